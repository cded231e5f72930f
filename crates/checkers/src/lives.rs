//! When a server ran, and in which of its lives an operation may have taken place.

use crate::evidence::{EventKind, Evidence};

/// The lives of a server, in order.
pub(crate) struct Lives(Vec<(u64, u64)>);

impl Lives {
    /// One life from the beginning to the end of time, if nothing is known of the server.
    pub(crate) fn of(node: &str, evidence: &Evidence) -> Lives {
        let mut lives: Vec<(u64, u64)> = Vec::new();
        for event in evidence.events.iter().filter(|event| event.node == node) {
            match event.kind {
                EventKind::Started | EventKind::Restarted => lives.push((event.at_ns, u64::MAX)),
                _ => {
                    if let Some((_, end)) = lives.last_mut() {
                        *end = event.at_ns.min(*end);
                    }
                }
            }
        }
        Lives(if lives.is_empty() { vec![(0, u64::MAX)] } else { lives })
    }

    /// How many there are: at least one.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// When a life ended, in nanoseconds; the end of time if it did not.
    pub(crate) fn end_ns(&self, life: usize) -> u64 {
        self.0[life].1
    }

    /// The first and the last life in which an operation may have taken place that was under way then (`None`: to the end of time);
    /// nothing, if none fits.
    pub(crate) fn homes(&self, from_ns: u64, to_ns: Option<u64>) -> Option<(usize, usize)> {
        let to_ns = to_ns.unwrap_or(u64::MAX);
        let mut homes =
            (0..self.count()).filter(|life| self.0[*life].0 <= to_ns && from_ns <= self.0[*life].1);
        let first = homes.next()?;
        Some((first, homes.next_back().unwrap_or(first)))
    }
}
