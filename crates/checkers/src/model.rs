//! Verifies: everything that a node's journal says it did (replies, choices, evictions, expiries, refusals, and what
//! it loaded from its files) is what the real server could have done, by the reference model.
//!
//! Does not verify: that clients received those replies in that order, that nothing acknowledged was lost in a crash
//! (`promise-ledger` does), or the text of replies about the environment (INFO, CLIENT LIST, …).

use crate::evidence::{Evidence, Verdict, plural};
use resplay_base::journal::Entry;
use resplay_model::{Mismatch, Model};

/// Replays every node's journal.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let entries: usize = evidence.journals.values().map(Vec::len).sum();
    let nodes = plural(evidence.journals.len(), "node");
    let objections = evidence.journals.iter().filter_map(|(node, journal)| {
        let (position, mismatch) = replay(journal, evidence.model(node))?;
        Some(format!("{node}, journal entry {position}: {mismatch}"))
    });
    Verdict::of(format!("replayed {entries} journal entries of {nodes}"), objections.collect())
}

/// The first entry that the model objects to; after it the model is out of step, so there is no second.
fn replay(journal: &[Entry], mut model: Model) -> Option<(usize, Mismatch)> {
    journal.iter().enumerate().find_map(|(position, entry)| Some((position, model.apply(entry).err()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;

    #[test]
    fn a_read_that_returns_what_was_written_holds() {
        let story = Story::new(&[]).command("SET k 1", "+OK\r\n").command("GET k", "$1\r\n1\r\n");
        assert!(check(&story.evidence()).holds);
    }

    #[test]
    fn a_stale_read_is_found_and_shown_with_the_write_before_it() {
        let story = Story::new(&[]).command("SET k 1", "+OK\r\n").command("GET k", "$1\r\n0\r\n");
        let verdict = check(&story.evidence());
        assert!(!verdict.holds);
        let finding = &verdict.findings[0];
        assert!(finding.contains("expected \"1\"") && finding.contains("SET k 1  =>  OK"), "{finding}");
    }
}
