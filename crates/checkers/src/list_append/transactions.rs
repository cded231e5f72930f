//! What clients did to lists, as transactions: MULTI to EXEC, and any other command as a transaction of one.

use crate::keys::name;
use resplay_history::{Operation, Outcome};
use resplay_resp::{Reply, decode};
use std::collections::{BTreeMap, BTreeSet};

/// Steps that took place at once, or not at all.
#[derive(Debug)]
pub(super) struct Transaction<'e> {
    pub(super) client: &'e str,
    pub(super) node: &'e str,
    /// When the command that made it happen was sent,
    pub(super) from_ns: u64,
    /// and when its reply was there, if it came.
    pub(super) to_ns: Option<u64>,
    pub(super) fate: Fate,
    pub(super) steps: Vec<Step<'e>>,
}

/// What a client knows of its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Unknown,
    Aborted,
}

/// One command of a transaction.
#[derive(Debug)]
pub(super) enum Step<'e> {
    /// RPUSH, and how long the list was afterwards, if that is known.
    Append { key: &'e [u8], elements: &'e [Vec<u8>], length: Option<usize> },
    /// The whole list, by LRANGE.
    Read { key: &'e [u8], list: Vec<Vec<u8>> },
}

impl<'e> Step<'e> {
    pub(super) fn key(&self) -> &'e [u8] {
        match self {
            Step::Append { key, .. } | Step::Read { key, .. } => key,
        }
    }

    /// The step that a command with this reply is: `None` if it is none that is specified, or one without effect and reply.
    fn of(command: &'e [Vec<u8>], reply: Option<&Reply>) -> Option<Step<'e>> {
        match Verb::of(command)? {
            Verb::Append(key, elements) => {
                let length = reply.and_then(Reply::as_int).and_then(|length| usize::try_from(length).ok());
                Some(Step::Append { key, elements, length })
            }
            Verb::Read(key) => {
                let items = reply?.as_slice()?.iter().map(|item| item.as_bytes().map(<[u8]>::to_vec));
                Some(Step::Read { key, list: items.collect::<Option<_>>()? })
            }
        }
    }
}

/// What is specified.
enum Verb<'e> {
    Append(&'e [u8], &'e [Vec<u8>]),
    Read(&'e [u8]),
}

impl<'e> Verb<'e> {
    fn of(command: &'e [Vec<u8>]) -> Option<Verb<'e>> {
        match command {
            [name, key, elements @ ..] if name.eq_ignore_ascii_case(b"RPUSH") && !elements.is_empty() => {
                Some(Verb::Append(key, elements))
            }
            [name, key, from, to] if name.eq_ignore_ascii_case(b"LRANGE") && from == b"0" && to == b"-1" => {
                Some(Verb::Read(key))
            }
            _ => None,
        }
    }
}

/// Whether the check follows keys through this command.
pub(super) fn is_known(operation: &Operation) -> bool {
    let frame = ["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "HELLO"];
    frame.contains(&name(operation).as_str()) || Verb::of(&operation.command).is_some()
}

/// The transactions of a history.
pub(super) fn read(operations: &[Operation]) -> Vec<Transaction<'_>> {
    let mut clients: BTreeMap<(&str, &str), Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        clients.entry((&operation.client, &operation.node)).or_default().push(operation);
    }
    let mut done = Vec::new();
    for mut own in clients.into_values() {
        in_order(&mut own);
        let mut connection = Connection { done, ..Connection::default() };
        own.into_iter().for_each(|operation| connection.see(operation));
        connection.lost();
        done = connection.done;
    }
    done
}

/// As they were sent: a history may have them in the order of replies, those without one at its end. A client may greet only when it
/// is asked for something else, and so later than that began.
fn in_order(own: &mut Vec<&Operation>) {
    let is_greeting = |operation: &Operation| name(operation) == "HELLO";
    own.sort_by_key(|operation| (operation.invoked_ns, is_greeting(operation)));
    let mut cause_ns = None;
    let mut keyed: Vec<((u64, bool), &Operation)> = Vec::new();
    for operation in own.iter() {
        let from_ns = operation.invoked_ns;
        let cause = cause_ns.filter(|(_, to_ns)| is_greeting(operation) && *to_ns > from_ns);
        keyed.push((cause.map_or((from_ns, true), |(cause_ns, _)| (cause_ns, false)), operation));
        if !is_greeting(operation) {
            cause_ns = Some((from_ns, operation.completed_ns.unwrap_or(u64::MAX)));
        }
    }
    keyed.sort_by_key(|(key, _)| *key);
    *own = keyed.into_iter().map(|(_, operation)| operation).collect();
}

/// The connection of a client, and the transactions that ended there.
#[derive(Default)]
struct Connection<'e> {
    done: Vec<Transaction<'e>>,
    watched: BTreeSet<&'e [u8]>,
    /// What was read of watched keys: if EXEC goes through, it is still so.
    reads: Vec<Step<'e>>,
    queue: Option<Queue<'e>>,
}

/// What MULTI has gathered.
#[derive(Default)]
struct Queue<'e> {
    commands: Vec<&'e Operation>,
    /// When the first command was sent that had no reply: with it the connection was gone.
    broken_ns: Option<u64>,
    /// A command was not taken, so EXEC refuses.
    is_refused: bool,
}

impl<'e> Connection<'e> {
    fn see(&mut self, operation: &'e Operation) {
        let broken_ns = self.queue.as_ref().and_then(|queue| queue.broken_ns);
        if broken_ns.is_some_and(|when| operation.invoked_ns > when) {
            self.lost();
        }
        let is_unknown = matches!(operation.outcome, Outcome::Unknown(_));
        match name(operation).as_str() {
            "MULTI" if is_unknown || operation.reply() == Some(b"+OK\r\n") => {
                let broken_ns = is_unknown.then_some(operation.invoked_ns);
                self.queue = Some(Queue { broken_ns, ..Queue::default() });
            }
            "EXEC" => self.exec(operation),
            "DISCARD" | "RESET" | "HELLO" => self.lost(),
            "WATCH" if operation.reply() == Some(b"+OK\r\n") => {
                self.watched.extend(operation.command[1..].iter().map(Vec::as_slice));
            }
            "UNWATCH" if self.queue.is_none() => self.unwatch(),
            _ if self.queue.is_some() => self.queue(operation),
            _ => self.single(operation),
        }
        if self.queue.is_none() && operation.reply().is_none() {
            self.unwatch();
        }
    }

    /// The connection is gone, or whatever was begun on it given up.
    fn lost(&mut self) {
        if let Some(queue) = self.queue.take() {
            let steps = queue.commands.iter().filter_map(|operation| Step::of(&operation.command, None));
            let steps = steps.collect();
            let Some(first) = queue.commands.first() else { return self.unwatch() };
            self.finish(first, Fate::Aborted, steps);
        }
        self.unwatch();
    }

    fn unwatch(&mut self) {
        self.watched.clear();
        self.reads.clear();
    }

    fn queue(&mut self, operation: &'e Operation) {
        let Some(queue) = &mut self.queue else { return };
        match &operation.outcome {
            Outcome::Reply(reply) if reply == b"+QUEUED\r\n" => queue.commands.push(operation),
            Outcome::Reply(reply) if reply.starts_with(b"-") => queue.is_refused = true,
            Outcome::Unknown(_) => {
                queue.broken_ns.get_or_insert(operation.invoked_ns);
                queue.commands.push(operation);
            }
            // It is no transaction any more: another connection.
            Outcome::Reply(_) | Outcome::Failed(_) => {
                self.lost();
                self.single(operation);
            }
        }
    }

    fn exec(&mut self, operation: &'e Operation) {
        let Some(queue) = self.queue.take() else { return };
        let reply = operation.reply().and_then(|bytes| decode(bytes).ok()?).map(|(reply, _)| reply);
        let results =
            reply.as_ref().and_then(Reply::as_slice).filter(|all| all.len() == queue.commands.len());
        let fate = match (&reply, results) {
            _ if queue.is_refused => Fate::Aborted,
            (Some(_), Some(_)) => Fate::Committed,
            (Some(reply), None) if reply.is_null() || reply.is_error() => Fate::Aborted,
            _ if matches!(operation.outcome, Outcome::Failed(_)) => Fate::Aborted,
            _ => Fate::Unknown,
        };
        let mut steps = if fate == Fate::Aborted { Vec::new() } else { std::mem::take(&mut self.reads) };
        let mut failed = Vec::new();
        for (index, queued) in queue.commands.iter().enumerate() {
            let result = results.map(|all| &all[index]);
            let step = Step::of(&queued.command, result);
            let to = if result.is_some_and(Reply::is_error) { &mut failed } else { &mut steps };
            to.extend(step);
        }
        self.unwatch();
        self.finish(operation, fate, steps);
        self.finish(operation, Fate::Aborted, failed);
    }

    fn single(&mut self, operation: &'e Operation) {
        let reply = operation.reply().and_then(|bytes| decode(bytes).ok()?).map(|(reply, _)| reply);
        let fate = match (&operation.outcome, &reply) {
            (Outcome::Failed(_), _) => Fate::Aborted,
            (_, Some(reply)) if reply.is_error() => Fate::Aborted,
            // The transaction that it went into is not in the history as it should be.
            (_, Some(Reply::Simple(_))) => Fate::Unknown,
            (_, Some(_)) => Fate::Committed,
            _ => Fate::Unknown,
        };
        let steps: Vec<Step> = Step::of(&operation.command, reply.as_ref()).into_iter().collect();
        if let [Step::Read { key, list }] = steps.as_slice()
            && self.watched.contains(key)
        {
            self.reads.push(Step::Read { key, list: list.clone() });
        }
        self.finish(operation, fate, steps);
    }

    fn finish(&mut self, last: &'e Operation, fate: Fate, steps: Vec<Step<'e>>) {
        if steps.is_empty() {
            return;
        }
        let (client, node) = (last.client.as_str(), last.node.as_str());
        let to_ns = last.completed_ns.filter(|_| fate != Fate::Unknown);
        self.done.push(Transaction { client, node, from_ns: last.invoked_ns, to_ns, fate, steps });
    }
}
