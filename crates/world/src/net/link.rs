//! One direction between two hosts: how long bytes take, and what is wrong with it.

use crate::faults::FaultId;
use crate::profile::LinkProfile;
use resplay_base::Random;

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) profile: LinkProfile,
    /// Faults that cut this direction.
    pub(crate) cuts: Vec<FaultId>,
    /// The fault that changed the profile.
    pub(crate) changed: Option<FaultId>,
    /// The fault that has new connections refused.
    pub(crate) refuse: Option<FaultId>,
    /// The fault that drops the first packet of new connections.
    pub(crate) black_hole: Option<FaultId>,
    /// When the line has sent all that it was given so far, in nanoseconds.
    free_at: u64,
    random: Random,
}

/// What headers add to each segment, in bytes.
const HEADER_BYTES: u64 = 66;

impl Link {
    pub(crate) fn new(profile: LinkProfile, random: Random) -> Link {
        Link { profile, cuts: Vec::new(), changed: None, refuse: None, black_hole: None, free_at: 0, random }
    }

    /// When a segment of so many bytes, handed over at `now`, gets to the other end.
    pub(crate) fn carry(&mut self, now: u64, bytes: u64) -> u64 {
        let sent = match self.profile.bandwidth_bytes_per_s {
            None => now,
            Some(rate) => self.transmit(now, bytes + HEADER_BYTES, rate),
        };
        sent + self.profile.latency_ns + self.random.below(self.profile.jitter_ns)
    }

    fn transmit(&mut self, now: u64, bytes: u64, rate: u64) -> u64 {
        let takes = u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1));
        self.free_at = self.free_at.max(now).saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
        self.free_at
    }
}
