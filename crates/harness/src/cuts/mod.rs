//! Crash cuts: at every operation of a server's disk that changes something, every state that a power loss may
//! leave there is given to a fresh server with the same configuration, and what it restores is judged.
//!
//! A run is played twice. The first time its disks note their cut points, clients hear what they hear, and the
//! journals grow; then [`choose`] picks the cut points that can be afforded. The second time the disk is copied at
//! each of these; [`bench`] starts a fresh server on each state of the copy that is not known yet, and [`judge`]
//! holds what it restores against the moments of the first run. Which process comes back with which data depends
//! on the state and the configuration alone, so equal states are started once; what may be lost depends on the cut
//! point too, and is judged for each.
//!
//! Verifies: the fresh server starts, or refuses where the real server's rules let it (a cut tail under
//! `aof-load-truncated no`, bytes in disorder on a disk that reorders); its data are what the node held at some
//! moment, and no older than the promise derived from the configuration allows (`resplay_checkers::Moments`); and
//! what it answers about them is what the model says of what it loaded.
//!
//! Does not verify: a power loss during a fresh server's own start (that of the run's own starts is), or states of
//! several machines together.

mod bench;
mod choose;
mod judge;
mod keep;
mod name;
mod report;
mod restored;

pub use judge::judge;
pub use keep::{Kept, keep};
pub use name::CutName;
pub use report::{CutFailure, CutReport, CutRow};

use crate::format::{Cuts, Plan};
use resplay_base::WallUs;
use resplay_world::CutPoint;
use std::sync::atomic::AtomicU64;

/// What is asked for beside what the scenario says in `[cuts]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CutRequest<'a> {
    /// Judge cuts of a scenario that does not ask for it itself.
    pub is_on: bool,
    /// Only this cut point, or this state of it, told in detail.
    pub only: Option<&'a CutName>,
    /// Counts the states that fresh servers were started on, for a progress bar.
    pub started: Option<&'a AtomicU64>,
}

impl CutRequest<'_> {
    /// How cuts are judged in a run of this plan, if they are.
    pub(crate) fn spec(&self, plan: &Plan) -> Option<Cuts> {
        let is_asked = self.is_on || self.only.is_some();
        match &plan.cuts {
            Some(cuts) if cuts.never && self.only.is_none() => None,
            Some(cuts) if is_asked || !cuts.when_asked => Some(cuts.clone()),
            None if is_asked => Some(Cuts::default()),
            _ => None,
        }
    }
}

/// A disk at a cut point of the second play.
pub(crate) struct Cut<'a> {
    /// Whose disk.
    pub(crate) node: &'a str,
    /// The copy of it.
    pub(crate) point: CutPoint,
    /// How many entries the journal of the server's process had; `None` when none ran.
    pub(crate) entries: Option<usize>,
    /// The machine's wall clock.
    pub(crate) wall: WallUs,
}
