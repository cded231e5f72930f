//! What clients did with locks.

use crate::evidence::Evidence;
use crate::keys::{LeftAlone, name};
use resplay_history::{Operation, Outcome};
use resplay_resp::decode;
use std::collections::{BTreeMap, BTreeSet};

/// A key, and all that was done with it.
#[derive(Default)]
pub(super) struct Lock<'e> {
    pub(super) grants: Vec<Grant<'e>>,
    pub(super) reads: Vec<Read<'e>>,
    /// Whose token was to be released, and when that was asked for.
    releases: BTreeSet<(Vec<u8>, u64)>,
    /// The token that each client took or read last. With pools, another client may release a lock than took it.
    known: BTreeMap<&'e str, Vec<u8>>,
    /// Somebody tried to take it.
    is_lock: bool,
    /// Somebody deleted it who knew of no token.
    is_meddled_with: bool,
}

/// SET NX that was answered with OK.
pub(super) struct Grant<'e> {
    pub(super) client: &'e str,
    pub(super) token: &'e [u8],
    /// `None`: for ever.
    pub(super) ttl_ns: Option<u64>,
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
}

/// GET, and its reply.
pub(super) struct Read<'e> {
    pub(super) client: &'e str,
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    pub(super) token: Option<Vec<u8>>,
}

impl<'e> Lock<'e> {
    /// When somebody first asked to release this token, not before then.
    pub(super) fn release_after(&self, token: &[u8], ns: u64) -> Option<u64> {
        let token = token.to_vec();
        let mut releases = self.releases.range((token.clone(), ns)..=(token, u64::MAX));
        releases.next().map(|(_, ns)| *ns)
    }

    /// In the order in which they were asked for.
    fn see(&mut self, operation: &'e Operation, verb: Verb<'e>) {
        let (client, from_ns) = (operation.client.as_str(), operation.invoked_ns);
        match verb {
            Verb::Take { token, ttl_ns, .. } => {
                self.is_lock = true;
                let to_ns = operation.completed_ns.filter(|_| operation.reply() == Some(b"+OK\r\n"));
                let Some(to_ns) = to_ns else { return };
                self.known.insert(client, token.to_vec());
                self.grants.push(Grant { client, token, ttl_ns, from_ns, to_ns });
            }
            Verb::Read { .. } => {
                let Some(read) = read_of(operation) else { return };
                match &read.token {
                    Some(token) => self.known.insert(client, token.clone()),
                    None => self.known.remove(client),
                };
                self.reads.push(read);
            }
            Verb::Delete { .. } => match self.known.get(client) {
                Some(token) => drop(self.releases.insert((token.clone(), from_ns))),
                None => self.is_meddled_with = true,
            },
            Verb::Script { words, .. } => {
                self.releases.extend(words.iter().map(|word| (word.to_vec(), from_ns)));
            }
            Verb::None => {}
        }
    }
}

fn read_of(operation: &Operation) -> Option<Read<'_>> {
    let (reply, _) = decode(operation.reply()?).ok().flatten()?;
    let token = match reply.as_bytes() {
        Some(b"QUEUED") => return None,
        Some(token) if !reply.is_error() => Some(token.to_vec()),
        _ if reply.is_null() => None,
        _ => return None,
    };
    let (client, from_ns) = (operation.client.as_str(), operation.invoked_ns);
    Some(Read { client, from_ns, to_ns: operation.completed_ns?, token })
}

/// What a command means to a lock.
enum Verb<'e> {
    Take {
        key: &'e [u8],
        token: &'e [u8],
        ttl_ns: Option<u64>,
    },
    Read {
        key: &'e [u8],
    },
    Delete {
        key: &'e [u8],
    },
    /// A script with this key and these words, taken for one that deletes the key if it holds one of the words.
    Script {
        key: &'e [u8],
        words: Vec<&'e [u8]>,
    },
    /// Nothing.
    None,
}

impl<'e> Verb<'e> {
    fn key(&self) -> Option<&'e [u8]> {
        match self {
            Verb::Take { key, .. } | Verb::Read { key } | Verb::Delete { key } | Verb::Script { key, .. } => {
                Some(key)
            }
            Verb::None => None,
        }
    }

    /// `None` if the check follows no key through this command.
    fn of(operation: &'e Operation) -> Option<Verb<'e>> {
        let words: Vec<&[u8]> = operation.command.iter().skip(1).map(Vec::as_slice).collect();
        Some(match (name(operation).as_str(), words.as_slice()) {
            ("SET", [key, token, options @ ..]) => Verb::Take { key, token, ttl_ns: ttl_ns(options)? },
            ("GET", [key]) => Verb::Read { key },
            ("DEL" | "UNLINK", [key]) => Verb::Delete { key },
            ("EVAL" | "EVALSHA", [_, b"1", key, words @ ..]) => Verb::Script { key, words: words.to_vec() },
            ("EXISTS" | "PTTL" | "TTL" | "WATCH" | "UNWATCH" | "MULTI" | "EXEC" | "DISCARD" | "HELLO", _) => {
                Verb::None
            }
            _ => return None,
        })
    }
}

/// The time to live that these options of SET give; `None` if they are not NX and perhaps PX or EX.
fn ttl_ns(options: &[&[u8]]) -> Option<Option<u64>> {
    let (mut options, mut is_nx, mut ttl_ns) = (options.iter(), false, None);
    while let Some(option) = options.next() {
        let unit_ns = match option.to_ascii_uppercase().as_slice() {
            b"NX" => {
                is_nx = true;
                continue;
            }
            b"PX" => 1_000_000,
            b"EX" => 1_000_000_000,
            _ => return None,
        };
        let count: u64 = str::from_utf8(options.next()?).ok()?.parse().ok()?;
        ttl_ns = Some(count.saturating_mul(unit_ns));
    }
    is_nx.then_some(ttl_ns)
}

/// Whether it is a script that touches one lock only.
pub(super) fn is_script(operation: &Operation) -> bool {
    matches!(Verb::of(operation), Some(Verb::Script { .. }))
}

/// The locks that can be followed, by node and key.
pub(super) fn read(evidence: &Evidence) -> BTreeMap<(&str, &[u8]), Lock<'_>> {
    let mut locks: BTreeMap<(&str, &[u8]), Lock<'_>> = BTreeMap::new();
    let mut left_alone = LeftAlone::default();
    let is_judged = |operation: &&Operation| {
        !evidence.set_clocks.contains(&operation.node) && !matches!(operation.outcome, Outcome::Failed(_))
    };
    let mut operations: Vec<&Operation> = evidence.history.operations.iter().filter(is_judged).collect();
    operations.sort_by_key(|operation| operation.invoked_ns);
    for operation in operations {
        match Verb::of(operation) {
            Some(Verb::Take { .. }) if operation.reply() == Some(b"+QUEUED\r\n") => {
                left_alone.all_named_by(operation);
            }
            Some(verb) => {
                let Some(key) = verb.key() else { continue };
                locks.entry((&operation.node, key)).or_default().see(operation, verb);
            }
            None => left_alone.all_named_by(operation),
        }
    }
    left_alone.all_evicted(evidence);
    locks
        .retain(|(node, key), lock| lock.is_lock && !lock.is_meddled_with && !left_alone.contains(node, key));
    locks
}
