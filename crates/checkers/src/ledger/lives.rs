//! A node's journal cut into lives, and how each life ended.

use super::timeline::is_of_file;
use crate::evidence::{EventKind, Evidence, NodeEvent, Said};
use resplay_base::journal::{Entry, Event};

/// The end of a life after which the node served again.
pub(super) struct Ending<'e> {
    /// Which node.
    pub(super) node: &'e str,
    /// Which of its lives.
    pub(super) index: usize,
    /// When the life began, in nanoseconds of the world.
    pub(super) from_ns: u64,
    /// When it ended.
    pub(super) at_ns: u64,
    /// How.
    pub(super) kind: EventKind,
    /// The life that ended.
    pub(super) before: &'e [Entry],
    /// How the life that followed began, until its files were loaded.
    pub(super) after: &'e [Entry],
}

/// Pairs lives with the events of their node: each life is one start and one end. A life that never served (because
/// the node refused to start, say) shows nothing of what is left, so the next one that did is compared.
pub(super) fn endings<'e>(node: &'e str, journal: &'e [Entry], evidence: &'e Evidence) -> Vec<Ending<'e>> {
    let lives = lives(journal);
    let events: Vec<&NodeEvent> = evidence.events.iter().filter(|event| event.node == node).collect();
    let ends = ends(&events);
    let log = evidence.logs.get(node).map_or(&[][..], Vec::as_slice);
    let starts: Vec<u64> =
        events.iter().filter(|event| !event.kind.is_end()).map(|event| event.at_ns).collect();
    let loading_of = |index: usize| {
        // The last life may have no end.
        let to_ns = ends.get(index).map_or(u64::MAX, |end| end.at_ns);
        let span_ns = *starts.get(index)?..=to_ns;
        loading(lives[index], log.iter().filter(|said| span_ns.contains(&said.at_ns)))
    };
    let endings = lives.iter().zip(&ends).enumerate().filter(|(index, _)| loading_of(*index).is_some());
    let endings = endings.filter_map(|(index, (before, end))| {
        let (after, later) = (index + 1..lives.len()).find_map(|later| Some((loading_of(later)?, later)))?;
        // The power may have failed before anything was served again.
        let lost_power = ends[index..later].iter().any(|end| end.kind == EventKind::PowerLost);
        let kind = if lost_power { EventKind::PowerLost } else { end.kind };
        Some(Ending { node, index, from_ns: end.from_ns, at_ns: end.at_ns, kind, before, after })
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

/// The beginning of a life, until the last of its files was loaded; `None` if it said nothing of being ready in this log. Clients
/// may come meanwhile.
pub(super) fn loading<'e, 's>(
    life: &'e [Entry],
    mut log: impl Iterator<Item = &'s Said>,
) -> Option<&'e [Entry]> {
    let ready = log.find(|said| said.text.starts_with("Ready to accept connections"))?;
    let until_ready = life.get(..ready.to).unwrap_or(life);
    let last = until_ready.iter().rposition(|entry| is_of_file(&entry));
    Some(&life[..last.map_or(0, |last| last + 1)])
}

/// When a life began, when it ended, and how.
pub(super) struct End {
    from_ns: u64,
    pub(super) at_ns: u64,
    pub(super) kind: EventKind,
}

/// The end of each life. A power failure that comes when the process is gone takes what that left with the operating system,
/// as if it had come at once.
pub(super) fn ends(events: &[&NodeEvent]) -> Vec<End> {
    let (mut from_ns, mut is_up) = (0, true);
    let mut ends: Vec<End> = Vec::new();
    for event in events {
        match event.kind {
            kind if !kind.is_end() => (from_ns, is_up) = (event.at_ns, true),
            kind if is_up => {
                ends.push(End { from_ns, at_ns: event.at_ns, kind });
                is_up = false;
            }
            EventKind::PowerLost => {
                ends.iter_mut().last().expect("it was up once").kind = EventKind::PowerLost
            }
            _ => {}
        }
    }
    ends
}
