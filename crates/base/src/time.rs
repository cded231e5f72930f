//! Two clocks, kept apart by type: monotonic time for durations, wall time for what users see.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// Monotonic time of one host in nanoseconds since the host booted. Never goes back; pauses and skew may slow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

/// Wall-clock time of one host in microseconds since 1970. An operator or NTP may make it jump either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallUs(pub i64);

/// Both clocks of a host, read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For durations, timeouts and deadlines.
    pub mono: Mono,
    /// For expiry, TIME and everything that is compared with the outside world.
    pub wall: WallUs,
}

impl Mono {
    /// The later of "now" and this instant, as a duration from `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Whole milliseconds since boot.
    pub fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, by: Duration) -> Mono {
        Mono(self.0.saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Mono {
    type Output = Mono;
    fn sub(self, by: Duration) -> Mono {
        Mono(self.0.saturating_sub(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl WallUs {
    /// Milliseconds since 1970, rounded down, the unit in which keys expire.
    pub fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Seconds since 1970, rounded down.
    pub fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The wall time that many milliseconds after 1970.
    pub fn from_millis(ms: i64) -> WallUs {
        WallUs(ms.saturating_mul(1_000))
    }
}

impl fmt::Display for Mono {
    /// Seconds with six decimals: `12.500000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000_000, self.0 % 1_000_000_000 / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_before_1970_rounds_down() {
        assert_eq!(WallUs(-1).as_millis(), -1);
        assert_eq!(WallUs(-1).as_secs(), -1);
        assert_eq!(WallUs(1_999).as_millis(), 1);
    }

    #[test]
    fn durations_never_go_negative() {
        assert_eq!(Mono(5).since(Mono(9)), Duration::ZERO);
        assert_eq!(Mono(u64::MAX) + Duration::from_secs(1), Mono(u64::MAX));
    }
}
