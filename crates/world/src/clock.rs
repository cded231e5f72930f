//! A host's two clocks. The crystal may run fast or slow (both clocks feel it); the wall clock may jump or stand
//! still (the monotonic clock does not feel that).

use resplay_base::{Mono, Now, WallUs};

#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// True time, in nanoseconds, at which the two readings below were right.
    base_at: u64,
    mono_base: u64,
    wall_base_ns: i64,
    drift_ppm: i64,
    wall_frozen: bool,
}

impl Clock {
    /// Both clocks of a host that boots at the true time `at`, with the wall clock at `wall`.
    pub(crate) fn new(at: u64, wall: WallUs) -> Clock {
        let wall_base_ns = wall.0.saturating_mul(1_000);
        Clock { base_at: at, mono_base: 0, wall_base_ns, drift_ppm: 0, wall_frozen: false }
    }

    pub(crate) fn read(&self, at: u64) -> Now {
        Now { mono: self.mono(at), wall: self.wall(at) }
    }

    pub(crate) fn mono(&self, at: u64) -> Mono {
        Mono(self.mono_base + self.elapsed(at))
    }

    pub(crate) fn wall(&self, at: u64) -> WallUs {
        WallUs(self.wall_ns(at).div_euclid(1_000))
    }

    /// The first true time at which the monotonic clock shows at least `mono`; never before `at`.
    pub(crate) fn when(&self, mono: Mono, at: u64) -> u64 {
        let ahead = mono.0.saturating_sub(self.mono_base);
        if self.drift_ppm == 0 {
            return at.max(self.base_at.saturating_add(ahead));
        }
        let rate = (1_000_000 + self.drift_ppm) as u128;
        let needed = (u128::from(ahead) * 1_000_000).div_ceil(rate);
        at.max(self.base_at.saturating_add(u64::try_from(needed).unwrap_or(u64::MAX)))
    }

    /// From `at` on, both clocks gain this many microseconds per second (lose, if negative).
    pub(crate) fn set_drift(&mut self, at: u64, ppm: i64) {
        self.rebase(at);
        self.drift_ppm = ppm.clamp(-900_000, 900_000);
    }

    pub(crate) fn jump_wall(&mut self, at: u64, by_us: i64) {
        self.rebase(at);
        self.wall_base_ns = self.wall_base_ns.saturating_add(by_us.saturating_mul(1_000));
    }

    /// Stops the wall clock, or lets it run on from where it stopped.
    pub(crate) fn freeze_wall(&mut self, at: u64, frozen: bool) {
        self.rebase(at);
        self.wall_frozen = frozen;
    }

    /// The host boots anew: the monotonic clock begins at zero, the wall clock (its battery) ran on.
    pub(crate) fn reboot(&mut self, at: u64) {
        self.rebase(at);
        self.mono_base = 0;
    }

    fn rebase(&mut self, at: u64) {
        let (mono, wall) = (self.mono(at), self.wall_ns(at));
        (self.base_at, self.mono_base, self.wall_base_ns) = (at, mono.0, wall);
    }

    fn wall_ns(&self, at: u64) -> i64 {
        if self.wall_frozen { self.wall_base_ns } else { self.wall_base_ns + self.elapsed(at) as i64 }
    }

    /// Nanoseconds on this host's crystal since the base.
    fn elapsed(&self, at: u64) -> u64 {
        let passed = at.saturating_sub(self.base_at);
        if self.drift_ppm == 0 {
            return passed;
        }
        (u128::from(passed) * (1_000_000 + self.drift_ppm) as u128 / 1_000_000) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn a_jump_moves_the_wall_clock_alone() {
        let mut clock = Clock::new(0, WallUs(10_000_000));
        clock.jump_wall(SECOND, -3_000_000);
        assert_eq!(clock.read(2 * SECOND), Now { mono: Mono(2 * SECOND), wall: WallUs(9_000_000) });
    }

    #[test]
    fn drift_moves_both_and_a_deadline_is_met_exactly_when_the_clock_shows_it() {
        let mut clock = Clock::new(0, WallUs(0));
        clock.set_drift(SECOND, 500);
        assert_eq!(clock.mono(3 * SECOND), Mono(3 * SECOND + 1_000_000));
        for mono in [Mono(2 * SECOND), Mono(2 * SECOND + 12_345), Mono(7_777_777_777)] {
            let at = clock.when(mono, 0);
            assert!(clock.mono(at) >= mono && clock.mono(at - 1) < mono, "{mono} at {at}");
        }
    }

    #[test]
    fn a_frozen_wall_clock_runs_on_from_where_it_stopped() {
        let mut clock = Clock::new(0, WallUs(0));
        clock.freeze_wall(SECOND, true);
        assert_eq!(clock.wall(5 * SECOND), WallUs(1_000_000));
        clock.freeze_wall(5 * SECOND, false);
        assert_eq!(clock.wall(6 * SECOND), WallUs(2_000_000));
        assert_eq!(clock.mono(6 * SECOND), Mono(6 * SECOND));
    }
}
