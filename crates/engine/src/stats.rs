//! Counters for INFO, all but those of keys.

use resplay_base::Mono;
use std::collections::BTreeMap;
use std::time::Duration;

/// Counters since the start or the last CONFIG RESETSTAT.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Connections accepted.
    pub connections: u64,
    /// Connections refused because of `maxclients`.
    pub rejected_connections: u64,
    /// Commands run.
    pub commands: u64,
    /// Bytes received from clients.
    pub bytes_in: u64,
    /// Bytes sent to clients.
    pub bytes_out: u64,
    /// Error replies.
    pub errors: u64,
    /// Error replies by their first word.
    pub errors_by_kind: BTreeMap<String, u64>,
    /// The most memory ever used, in bytes.
    pub peak_memory: u64,
    /// Clients closed by the idle timeout.
    pub timed_out: u64,
    /// Clients closed because they left too much unread.
    pub output_limit_disconnections: u64,
    /// Commands per second.
    pub rate: Rate,
    calls: Vec<Calls>,
}

/// One command's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Times it ran.
    pub calls: u64,
    /// Time it took, all together.
    pub total: Duration,
    /// Times it was refused before it ran.
    pub rejected: u64,
    /// Times it ran and replied with an error.
    pub failed: u64,
}

impl Stats {
    /// A command's counters, by its number in the table.
    pub fn calls_mut(&mut self, command: u16) -> &mut Calls {
        let at = usize::from(command);
        if self.calls.len() <= at {
            self.calls.resize(at + 1, Calls::default());
        }
        &mut self.calls[at]
    }

    /// All counters, by a command's number in the table.
    pub fn calls(&self) -> impl Iterator<Item = (u16, &Calls)> {
        (0..).zip(&self.calls).filter(|(_, calls)| **calls != Calls::default())
    }

    /// Counts an error reply by its first word.
    pub fn count_error(&mut self, wire: &[u8]) {
        self.errors += 1;
        let kind = wire.split(|byte| *byte == b' ').next().unwrap_or(wire);
        let kind = String::from_utf8_lossy(kind).into_owned();
        // A script or a typo could otherwise invent kinds without end.
        if self.errors_by_kind.len() < 128 || self.errors_by_kind.contains_key(&kind) {
            *self.errors_by_kind.entry(kind).or_default() += 1;
        }
    }

    /// CONFIG RESETSTAT; the peak stays.
    pub fn reset(&mut self) {
        *self = Stats { peak_memory: self.peak_memory, rate: Rate::default(), ..Stats::default() };
    }
}

/// Commands per second, from how many there were at the start of the current and of the last whole second: no
/// timer has to run for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    second: u64,
    at_start: u64,
    last: u64,
}

impl Rate {
    /// Time goes on; `total` commands ran so far.
    pub fn tick(&mut self, now: Mono, total: u64) {
        let second = now.0 / 1_000_000_000;
        if second != self.second {
            self.last = (total - self.at_start) / (second - self.second).max(1);
            (self.second, self.at_start) = (second, total);
        }
    }

    /// The rate in the last second that is over.
    pub fn per_second(&self, now: Mono, total: u64) -> u64 {
        let mut rate = *self;
        rate.tick(now, total);
        rate.last
    }
}
