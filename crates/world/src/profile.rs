//! What links, hosts and TCP are like where a scenario says nothing.

use crate::cpu::CpuProfile;
use crate::disk::DiskProfile;
use resplay_base::WallUs;

/// What holds for the whole world.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Every host's wall clock at time zero. Default: 2024-01-01 00:00:00 UTC.
    pub wall_start: WallUs,
    /// Links between hosts for which nothing else is set.
    pub link: LinkProfile,
    /// A host's links to itself.
    pub loopback: LinkProfile,
    /// The shortest wait for an acknowledgement beyond the round trip; doubles with each retransmission. 200 ms.
    pub rto_min_ns: u64,
    /// The longest such wait. 120 s.
    pub rto_max_ns: u64,
    /// Bytes unacknowledged for that long end a connection with `TimedOut`. 924.6 s, the default of Linux.
    pub give_up_ns: u64,
    /// The wait for the first answer to a connection attempt; doubles. 1 s.
    pub syn_wait_ns: u64,
    /// How often an attempt is repeated. 6: it fails after 127 s.
    pub syn_retries: u32,
    /// Events of the same nanosecond come in a drawn order, not in the order of scheduling.
    pub shuffle_ties: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            wall_start: WallUs(1_704_067_200_000_000),
            link: LinkProfile::default(),
            loopback: LinkProfile { latency_ns: 8_000, jitter_ns: 0, ..LinkProfile::default() },
            rto_min_ns: 200_000_000,
            rto_max_ns: 120_000_000_000,
            give_up_ns: 924_600_000_000,
            syn_wait_ns: 1_000_000_000,
            syn_retries: 6,
            shuffle_ties: false,
        }
    }
}

impl Config {
    /// What a right wall clock shows at this true time, in nanoseconds.
    pub(crate) fn wall_start_at(&self, now: u64) -> WallUs {
        WallUs(self.wall_start.0.saturating_add((now / 1_000) as i64))
    }
}

/// One direction between two hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkProfile {
    /// Time on the way, in nanoseconds.
    pub latency_ns: u64,
    /// At most this much longer, uniformly; a connection's bytes stay in order.
    pub jitter_ns: u64,
    /// Shared by all connections of this direction; `None` is no limit.
    pub bandwidth_bytes_per_s: Option<u64>,
    /// What may be under way or unread per connection; the rest stays in the sending node.
    pub window_bytes: u64,
}

impl Default for LinkProfile {
    /// Two machines in one data centre.
    fn default() -> LinkProfile {
        LinkProfile {
            latency_ns: 100_000,
            jitter_ns: 20_000,
            bandwidth_bytes_per_s: None,
            window_bytes: 256 * 1024,
        }
    }
}

/// What a host is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostProfile {
    /// Its CPU.
    pub cpu: CpuProfile,
    /// Its disk.
    pub disk: DiskProfile,
    /// Memory for its process, in bytes; beyond, it is killed.
    pub memory_bytes: Option<u64>,
}
