//! Which keys a check can follow through a history: those that no command touches but the ones it knows.

use crate::evidence::Evidence;
use resplay_base::journal::Event;
use resplay_history::Operation;
use std::collections::BTreeSet;

/// Commands that touch keys which they do not name.
const EVERYWHERE: [&str; 8] =
    ["FLUSHALL", "FLUSHDB", "SWAPDB", "SELECT", "EVAL", "EVALSHA", "FCALL", "DEBUG"];

/// What there is to say of a history in which a command touches every key: nothing.
pub(crate) fn touching_all<'e>(operations: impl IntoIterator<Item = &'e Operation>) -> Option<String> {
    let is_everywhere = |operation: &&Operation| EVERYWHERE.contains(&name(operation).as_str());
    let operation = operations.into_iter().find(is_everywhere)?;
    Some(format!("nothing to judge: {} touches every key", name(operation)))
}

/// The name of a command, in capitals; anything that is no text is no command either.
pub(crate) fn name(operation: &Operation) -> String {
    operation
        .command
        .first()
        .map_or(String::new(), |name| name.to_ascii_uppercase().escape_ascii().to_string())
}

/// Keys that are left alone, by node and name.
#[derive(Default)]
pub(crate) struct LeftAlone<'e>(BTreeSet<(&'e str, &'e [u8])>);

impl<'e> LeftAlone<'e> {
    /// Any word of this command may be a key.
    pub(crate) fn all_named_by(&mut self, operation: &'e Operation) {
        let words = operation.command.iter().skip(1).map(Vec::as_slice);
        self.0.extend(words.map(|word| (operation.node.as_str(), word)));
    }

    /// This key is.
    pub(crate) fn insert(&mut self, node: &'e str, key: &'e [u8]) {
        self.0.insert((node, key));
    }

    /// Every key that a server evicted is.
    pub(crate) fn all_evicted(&mut self, evidence: &'e Evidence) {
        for (node, journal) in &evidence.journals {
            let evicted = journal.iter().filter_map(|entry| match &entry.event {
                Event::Evicted { key, .. } => Some(key.as_slice()),
                _ => None,
            });
            self.0.extend(evicted.map(|key| (node.as_str(), key)));
        }
    }

    /// Whether this key is.
    pub(crate) fn contains(&self, node: &str, key: &[u8]) -> bool {
        self.0.contains(&(node, key))
    }
}
