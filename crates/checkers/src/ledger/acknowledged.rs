//! Which commands a client heard the reply of, before the crash.

use super::lives::Ending;
use crate::evidence::Evidence;
use std::collections::{BTreeMap, VecDeque};

/// A command's words and its reply: all that history and journal have in common.
type Exchange = (Vec<Vec<u8>>, Vec<u8>);

/// When replies were heard, in the order of time, for each exchange.
pub(super) struct Acknowledgements(BTreeMap<Exchange, VecDeque<u64>>);

impl Acknowledgements {
    /// All that was heard during the life that ended.
    pub(super) fn of(ending: &Ending<'_>, evidence: &Evidence) -> Acknowledgements {
        let life = ending.from_ns..=ending.at_ns;
        let mut heard: BTreeMap<Exchange, VecDeque<u64>> = BTreeMap::new();
        for operation in evidence.history.operations.iter().filter(|operation| operation.node == ending.node)
        {
            let (Some(reply), Some(at_ns)) = (operation.reply(), operation.completed_ns) else { continue };
            if life.contains(&at_ns) {
                heard.entry((operation.command.clone(), reply.to_vec())).or_default().push_back(at_ns);
            }
        }
        heard.values_mut().for_each(|times| times.make_contiguous().sort_unstable());
        Acknowledgements(heard)
    }

    /// When the next reply of this exchange was heard; `None` if nobody heard it in time.
    pub(super) fn next_of(&mut self, argv: &[Vec<u8>], reply: &[u8]) -> Option<u64> {
        self.0.get_mut(&(argv.to_vec(), reply.to_vec()))?.pop_front()
    }
}
