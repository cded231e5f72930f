//! Verifies: no two clients hold a lock at the same time, and whoever reads a held lock sees its holder's token. A lock is a key that clients
//! take with SET NX and a token of their own. A hold is certain from the moment at which the client had its OK until somebody asks to
//! release it, or until the time to live has passed since it was asked for, whichever comes first; the server may let it last longer at
//! both ends. A release is a DEL of the key by a client that took this token or read it last, or a script that gets
//! the key and the token.
//!
//! A server may forget a lock when it ends: where its ends and starts are known, a hold ends with the life in which it began.
//!
//! Does not verify: that a free lock is granted; what a client does that stays longer than the time to live; what a crash may take back
//! (`promise-ledger` does); servers whose clock somebody sets in the run; keys that any other command touches, that are taken inside a
//! transaction, deleted by somebody who knows of no token, or evicted; and all once a command touches every key. It blames
//! nobody: a DEL without WATCH may hit the lock of another client, and shows as a broken promise. A history from
//! elsewhere must be one life of a server, and each token in it be used once.

mod locks;

use crate::evidence::{Evidence, Verdict, plural};
use crate::keys::touching_all;
use crate::lives::Lives;
use locks::{Grant, Lock, Read};
use std::collections::BTreeMap;

/// A server counts in whole milliseconds, so a hold may be so much shorter than its time to live.
const ROUNDING_NS: u64 = 1_000_000;

/// Looks for locks with two holders.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let operations = evidence.history.operations.iter();
    if let Some(detail) = touching_all(operations.filter(|operation| !locks::is_script(operation))) {
        return Verdict::of(detail, Vec::new());
    }
    let mut lives: BTreeMap<&str, Lives> = BTreeMap::new();
    let (mut count, mut grants, mut findings) = (0, 0, Vec::new());
    for ((node, key), lock) in &locks::read(evidence) {
        let lives = lives.entry(node).or_insert_with(|| Lives::of(node, evidence));
        let holds = holds(lock, lives);
        let faults = doubles(&holds).chain(lock.reads.iter().filter_map(|read| misread(read, &holds)));
        findings.extend(faults.map(|fault| format!("{node}: {}: {fault}", key.escape_ascii())));
        (count, grants) = (count + 1, grants + holds.len());
    }
    let (holds, locks) = (plural(grants, "hold"), plural(count, "lock"));
    Verdict::of(format!("{holds} of {locks} looked at"), findings)
}

/// When a client certainly held a lock: from then until just before then.
struct Hold<'e, 'l> {
    grant: &'l Grant<'e>,
    from_ns: u64,
    until_ns: u64,
}

impl Hold<'_, '_> {
    /// `web/1 held it with `a1` from 3 ms to 9 ms at least`.
    fn told(&self) -> String {
        let (client, token) = (self.grant.client, self.grant.token.escape_ascii());
        format!(
            "{client} held it with `{token}` from {} to {} ms at least",
            ms(self.from_ns),
            ms(self.until_ns)
        )
    }
}

fn ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

/// In the order in which they began.
fn holds<'e, 'l>(lock: &'l Lock<'e>, lives: &Lives) -> Vec<Hold<'e, 'l>> {
    let mut holds: Vec<Hold> = lock.grants.iter().filter_map(|grant| hold(grant, lock, lives)).collect();
    holds.sort_by_key(|hold| hold.from_ns);
    holds
}

/// `None` if none is certain.
fn hold<'e, 'l>(grant: &'l Grant<'e>, lock: &'l Lock<'e>, lives: &Lives) -> Option<Hold<'e, 'l>> {
    let life = match lives.homes(grant.from_ns, Some(grant.to_ns))? {
        (first, last) if first == last => first,
        _ => return None,
    };
    let expiry = grant.ttl_ns.map(|ttl| grant.from_ns.saturating_add(ttl).saturating_sub(ROUNDING_NS));
    let release = lock.release_after(grant.token, grant.from_ns);
    let ends = [expiry, release, Some(lives.end_ns(life))];
    let until_ns = ends.into_iter().flatten().min()?;
    (grant.to_ns < until_ns).then_some(Hold { grant, from_ns: grant.to_ns, until_ns })
}

/// A sentence for each hold that began while there was another.
fn doubles(holds: &[Hold<'_, '_>]) -> impl Iterator<Item = String> {
    let mut longest: Option<&Hold> = None;
    holds.iter().filter_map(move |hold| {
        let other = longest.filter(|other| hold.from_ns < other.until_ns);
        if longest.is_none_or(|other| other.until_ns < hold.until_ns) {
            longest = Some(hold);
        }
        let client = hold.grant.client;
        other.map(|other| format!("granted to {client} at {} ms, while {}", ms(hold.from_ns), other.told()))
    })
}

/// What is wrong with a read in the midst of a hold.
fn misread(read: &Read<'_>, holds: &[Hold<'_, '_>]) -> Option<String> {
    let begun = holds.partition_point(|hold| hold.from_ns <= read.from_ns);
    let hold = holds[..begun].last().filter(|hold| read.to_ns < hold.until_ns)?;
    let is_right = read.token.as_deref() == Some(hold.grant.token);
    let seen = read.token.as_ref().map_or("nothing".into(), |token| format!("`{}`", token.escape_ascii()));
    (!is_right)
        .then(|| format!("{} read {seen} at {} ms, while {}", read.client, ms(read.from_ns), hold.told()))
}

#[cfg(test)]
mod tests;
