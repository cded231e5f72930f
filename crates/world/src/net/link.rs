//! One direction between two hosts: how long bytes take, and what is wrong with it.

use crate::faults::FaultId;
use crate::host::HostId;
use crate::profile::{Config, LinkProfile};
use resplay_base::Random;

/// Every direction between two hosts. A link is made when something first uses it: most pairs never talk.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    seed: u64,
    /// Profiles of links between hosts and to themselves, until something else is set.
    usual: LinkProfile,
    loopback: LinkProfile,
    names: Vec<String>,
    /// `rows[from][to]`, both by host.
    rows: Vec<Vec<Option<Box<Link>>>>,
}

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

impl Links {
    pub(crate) fn new(seed: u64, config: &Config) -> Links {
        let (usual, loopback) = (config.link.clone(), config.loopback.clone());
        Links { seed, usual, loopback, names: Vec::new(), rows: Vec::new() }
    }

    pub(crate) fn add_host(&mut self, name: &str) {
        self.names.push(name.to_owned());
        self.rows.push(Vec::new());
    }

    /// The link, made if nothing used it so far. It draws from a stream of its own.
    pub(crate) fn get(&mut self, from: HostId, to: HostId) -> &mut Link {
        let (from_index, to_index) = (from.0 as usize, to.0 as usize);
        let row = &mut self.rows[from_index];
        if row.len() <= to_index {
            row.resize(to_index + 1, None);
        }
        row[to_index].get_or_insert_with(|| {
            let stream = format!("link/{}/{}", self.names[from_index], self.names[to_index]);
            let profile = if from == to { &self.loopback } else { &self.usual };
            Box::new(Link::new(profile.clone(), Random::stream(self.seed, &stream)))
        })
    }

    pub(crate) fn profile(&self, from: HostId, to: HostId) -> &LinkProfile {
        match self.rows[from.0 as usize].get(to.0 as usize) {
            Some(Some(link)) => &link.profile,
            _ if from == to => &self.loopback,
            _ => &self.usual,
        }
    }

    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Link> {
        self.rows.iter_mut().flatten().flatten().map(Box::as_mut)
    }
}

impl Link {
    fn new(profile: LinkProfile, random: Random) -> Link {
        Link { profile, cuts: Vec::new(), changed: None, refuse: None, black_hole: None, free_at: 0, random }
    }

    /// When a segment of so many bytes, handed over at `now`, gets to the other end.
    pub(crate) fn carry(&mut self, now: u64, bytes: u64) -> u64 {
        let sent = match self.profile.bandwidth_bytes_per_s {
            None => now,
            Some(rate) => self.transmit(now, bytes + HEADER_BYTES, rate),
        };
        sent.saturating_add(self.profile.latency_ns).saturating_add(self.random.below(self.profile.jitter_ns))
    }

    fn transmit(&mut self, now: u64, bytes: u64, rate: u64) -> u64 {
        let takes = u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1));
        self.free_at = self.free_at.max(now).saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
        self.free_at
    }
}
