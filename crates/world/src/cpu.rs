//! What work costs. The table is rounded from measurements of valkey-server 8.0.1 with redis-benchmark: deeply
//! pipelined SET and GET take 1 µs each, an LRANGE of 600 elements 32 µs, 10 kB values some 5 µs more; without
//! pipelining, an idle core serves about 110,000 requests per second, nearly all of it system calls.

use resplay_base::Work;

/// Prices of a process's work on one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuProfile {
    /// Nanoseconds to wake up and collect what is ready, once per batch.
    pub wakeup_ns: u64,
    /// Nanoseconds per input (a system call to read or accept it).
    pub input_ns: u64,
    /// Nanoseconds per `Send` (a system call to write).
    pub send_ns: u64,
    /// Nanoseconds per command.
    pub command_ns: u64,
    /// Nanoseconds per element visited beyond the first.
    pub element_ns: u64,
    /// Picoseconds per byte parsed or copied.
    pub byte_ps: u64,
}

impl Default for CpuProfile {
    fn default() -> CpuProfile {
        CpuProfile {
            wakeup_ns: 1_500,
            input_ns: 2_500,
            send_ns: 4_000,
            command_ns: 900,
            element_ns: 50,
            byte_ps: 500,
        }
    }
}

/// A host's CPU: its prices, and how much slower it runs at present.
#[derive(Clone, Debug)]
pub(crate) struct Cpu {
    pub(crate) profile: CpuProfile,
    slowdown_permille: u64,
}

impl Cpu {
    pub(crate) fn new(profile: CpuProfile) -> Cpu {
        Cpu { profile, slowdown_permille: 1_000 }
    }

    /// Runs everything `factor` times slower (1 is normal speed).
    pub(crate) fn slow(&mut self, factor: f64) {
        self.slowdown_permille = (factor * 1_000.0).clamp(1.0, 1e12) as u64;
    }

    /// The time that work takes, in nanoseconds.
    pub(crate) fn cost(&self, work: Work) -> u64 {
        let commands = u64::from(work.commands).saturating_mul(self.profile.command_ns);
        let elements = work.elements.saturating_mul(self.profile.element_ns);
        let bytes = work.bytes.saturating_mul(self.profile.byte_ps) / 1_000;
        let pause = u64::try_from(work.pause.as_nanos()).unwrap_or(u64::MAX);
        self.stretch(commands.saturating_add(elements).saturating_add(bytes)).saturating_add(pause)
    }

    /// The time that `ns` of normal work takes at present; at least one nanosecond, so that time always passes.
    pub(crate) fn stretch(&self, ns: u64) -> u64 {
        if self.slowdown_permille == 1_000 {
            return ns.max(1);
        }
        let wide = u128::from(ns) * u128::from(self.slowdown_permille) / 1_000;
        u64::try_from(wide).unwrap_or(u64::MAX).max(1)
    }
}
