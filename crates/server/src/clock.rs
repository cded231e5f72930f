//! The machine's two clocks, the one place that reads them.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "this host is the real machine: its clocks are the truth"
)]

use resplay_base::{Mono, Now, WallUs};
use std::time::{Duration, Instant, SystemTime};

/// A reading of both clocks, renewed on request. Between two readings of the wall clock it is carried forward by the
/// monotonic one, so that most renewals cost one clock call.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Instant,
    anchor: Now,
    now: Now,
}

impl Clock {
    /// Starts the monotonic clock at zero.
    pub(crate) fn start() -> Clock {
        let now = Now { mono: Mono(0), wall: wall() };
        Clock { origin: Instant::now(), anchor: now, now }
    }

    /// The last reading.
    pub(crate) fn now(&self) -> Now {
        self.now
    }

    /// Reads both clocks: once per turn of the loop, so that a jump of the wall clock is seen.
    pub(crate) fn read(&mut self) {
        self.anchor = Now { mono: self.mono(), wall: wall() };
        self.now = self.anchor;
    }

    /// Reads the monotonic clock alone.
    pub(crate) fn advance(&mut self) -> Mono {
        let mono = self.mono();
        let passed_us = (mono.0 - self.anchor.mono.0) / 1_000;
        self.now = Now { mono, wall: WallUs(self.anchor.wall.0 + passed_us as i64) };
        mono
    }

    /// How long from now until `then`, zero if it is past.
    pub(crate) fn until(&self, then: Mono) -> Duration {
        then.since(self.mono())
    }

    fn mono(&self) -> Mono {
        Mono(u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

fn wall() -> WallUs {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    WallUs(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_go_on_together() {
        let mut clock = Clock::start();
        clock.read();
        let before = clock.now();
        while clock.advance().since(before.mono) < Duration::from_millis(2) {}
        let passed_us = clock.now().wall.0 - before.wall.0;
        assert!((2_000..1_000_000).contains(&passed_us), "{passed_us}");
    }
}
