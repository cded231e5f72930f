//! A node's journal cut into lives, and how each life ended.

use crate::evidence::{EventKind, Evidence, NodeEvent};
use resplay_base::journal::{Entry, Event};

/// The end of a life after which the node served again.
pub(super) struct Ending<'e> {
    /// Which node.
    pub(super) node: &'e str,
    /// When the life began, in nanoseconds of the world.
    pub(super) from_ns: u64,
    /// When it ended.
    pub(super) at_ns: u64,
    /// How.
    pub(super) kind: EventKind,
    /// The life that ended.
    pub(super) before: &'e [Entry],
    /// The life that followed.
    pub(super) after: &'e [Entry],
}

/// Pairs lives with the events of their node: each life is one start and one end. A life that never served (because
/// the node refused to start, say) shows nothing of what is left, so the next one that did is compared.
pub(super) fn endings<'e>(node: &'e str, journal: &'e [Entry], evidence: &'e Evidence) -> Vec<Ending<'e>> {
    let lives = lives(journal);
    let events: Vec<&NodeEvent> = evidence.events.iter().filter(|event| event.node == node).collect();
    let ends: Vec<(u64, &NodeEvent)> = spans(&events);
    let ended = lives.iter().zip(&ends).enumerate().filter(|(_, (life, _))| served(life));
    let endings = ended.filter_map(|(index, (before, (from_ns, end)))| {
        let after = lives[index + 1..].iter().find(|life| served(life))?;
        Some(Ending { node, from_ns: *from_ns, at_ns: end.at_ns, kind: end.kind, before, after })
    });
    endings.collect()
}

/// Each life's entries, `Booted` first.
pub(super) fn lives(journal: &[Entry]) -> Vec<&[Entry]> {
    let starts = journal.iter().enumerate().filter(|(_, entry)| matches!(entry.event, Event::Booted { .. }));
    let mut bounds: Vec<usize> = starts.map(|(index, _)| index).collect();
    bounds.push(journal.len());
    bounds.windows(2).map(|two| &journal[two[0]..two[1]]).collect()
}

/// Whether the node got as far as letting clients in: by then it has loaded its files.
pub(super) fn served(life: &[Entry]) -> bool {
    life.iter().any(|entry| matches!(entry.event, Event::Connected { .. } | Event::Command { .. }))
}

/// When each life began, and the event that ended it.
fn spans<'e>(events: &[&'e NodeEvent]) -> Vec<(u64, &'e NodeEvent)> {
    let mut from_ns = 0;
    let mut spans = Vec::new();
    for event in events {
        match event.kind.is_end() {
            true => spans.push((from_ns, *event)),
            false => from_ns = event.at_ns,
        }
    }
    spans
}
