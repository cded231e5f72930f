//! Which commands a client heard the reply of, before the crash.

use crate::evidence::Evidence;
use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;

/// A command's words and its reply: all that history and journal have in common.
type Exchange = (Vec<Vec<u8>>, Vec<u8>);

/// When replies were heard, in the order of time, for each exchange.
pub(super) struct Acknowledgements(BTreeMap<Exchange, VecDeque<u64>>);

impl Acknowledgements {
    /// All that was asked and heard of a node in this span of the world's time, in nanoseconds. A reply to what was asked
    /// before may have been on its way while the process was killed, and is not one of the next process.
    pub(super) fn of(node: &str, span: RangeInclusive<u64>, evidence: &Evidence) -> Acknowledgements {
        let mut heard: BTreeMap<Exchange, VecDeque<u64>> = BTreeMap::new();
        for operation in evidence.history.operations.iter().filter(|operation| operation.node == node) {
            let (Some(reply), Some(at_ns)) = (operation.reply(), operation.completed_ns) else { continue };
            if span.contains(&at_ns) && operation.invoked_ns >= *span.start() {
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
