//! What a server without an append-only file promises: after any crash the data is that of the last snapshot that it
//! reported done (by the reply of SAVE, or in its log), or of one that was under way; if there was none, what the process
//! began with. Which moments these are, its log tells.
//!
//! A snapshot's moment is one of those around the input that made the server speak of it, because a line of the log
//! stands between two inputs. A snapshot in the middle of a transaction is none of them.

use crate::evidence::Said;

/// A background save begins.
const BEGINS: &str = "Background saving started by pid ";
/// A save that everybody waits for begins, and it is the last.
const BEGINS_AT_SHUTDOWN: &str = "Saving the final RDB snapshot before exiting.";
/// The file of any save is in its place. Of a background save more is said; others have now been waited for.
const IS_ON_DISK: &str = "DB saved on disk";
/// A background save ended well.
const ENDED_WELL: &str = "Background saving terminated with success";
/// A save came to nothing, or will: no more is heard of it, though its file may have got its name.
const ENDED_BADLY: [&str; 4] = [
    "Background saving error",
    "Background saving terminated by signal ",
    "There is a child saving an .rdb. Killing it!",
    "Error trying to save the DB",
];

/// A snapshot of all data for an RDB file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The data is that after so many entries of the journal at least,
    pub(super) from: usize,
    /// and at most.
    pub(super) to: usize,
    /// When it was reported done; `u64::MAX`: never.
    pub(super) done_ns: u64,
}

/// The snapshots of one process, in order, as its log tells.
pub(super) fn snapshots<'s>(log: impl Iterator<Item = &'s Said>) -> Vec<Snapshot> {
    let mut snapshots: Vec<Snapshot> = Vec::new();
    let (mut in_background, mut at_shutdown) = (None, None);
    for said in log {
        let new = Snapshot { from: said.from, to: said.to, done_ns: u64::MAX };
        let begins = |text: &str| said.text.starts_with(text);
        if begins(BEGINS) {
            in_background = Some(snapshots.len());
            snapshots.push(new);
        } else if begins(BEGINS_AT_SHUTDOWN) {
            at_shutdown = Some(snapshots.len());
            snapshots.push(new);
        } else if begins(ENDED_WELL) {
            in_background.take().into_iter().for_each(|at: usize| snapshots[at].done_ns = said.at_ns);
        } else if begins(IS_ON_DISK) && in_background.is_none() {
            match at_shutdown.take() {
                Some(at) => snapshots[at].done_ns = said.at_ns,
                None => snapshots.push(Snapshot { done_ns: said.at_ns, ..new }),
            }
        } else if ENDED_BADLY.iter().any(|text| begins(text)) {
            (in_background, at_shutdown) = (None, None);
        }
    }
    snapshots
}

/// The first of the snapshots that may come back when the power fails at `at_ns`: the last that was reported done before.
/// `None`: what the process began with may come back as well.
pub(super) fn first_possible(snapshots: &[Snapshot], at_ns: u64) -> Option<usize> {
    snapshots.iter().rposition(|snapshot| snapshot.done_ns < at_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines at these milliseconds, each after so many entries as its number.
    fn told(lines: &[(u64, &str)]) -> Vec<(usize, u64)> {
        let said: Vec<Said> = (0..)
            .zip(lines)
            .map(|(at, (at_ns, text))| Said { at_ns: *at_ns, from: at, to: at, text: text.to_string() })
            .collect();
        snapshots(said.iter()).into_iter().map(|snapshot| (snapshot.from, snapshot.done_ns)).collect()
    }

    #[test]
    fn a_background_save_is_of_its_beginning_and_done_when_it_says_so() {
        let lines = [(1, "Background saving started by pid 7"), (2, IS_ON_DISK), (3, ENDED_WELL)];
        assert_eq!(told(&lines), [(0, 3)]);
        assert_eq!(told(&lines[..2]), [(0, u64::MAX)]);
    }

    #[test]
    fn a_save_that_is_waited_for_is_of_its_end() {
        assert_eq!(told(&[(1, "Ready"), (2, IS_ON_DISK)]), [(1, 2)]);
        assert_eq!(told(&[(1, BEGINS_AT_SHUTDOWN), (2, IS_ON_DISK)]), [(0, 2)]);
    }

    #[test]
    fn a_save_that_was_given_up_is_not_done_by_the_next() {
        let lines = [
            (1, "Background saving started by pid 7"),
            (2, "There is a child saving an .rdb. Killing it!"),
            (3, BEGINS_AT_SHUTDOWN),
            (4, IS_ON_DISK),
        ];
        assert_eq!(told(&lines), [(0, u64::MAX), (2, 4)]);
    }

    #[test]
    fn only_the_last_that_is_done_and_later_ones_may_come_back() {
        let at = |done_ns| Snapshot { from: 0, to: 0, done_ns };
        let all = [at(5), at(9), at(u64::MAX)];
        assert_eq!([5, 6, 9, 10].map(|at_ns| first_possible(&all, at_ns)), [None, Some(0), Some(0), Some(1)]);
    }
}
