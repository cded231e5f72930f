//! How accesses are remembered: 24 bits a key, as the real servers do it. Under an LRU policy the bits are a
//! clock in seconds; under an LFU policy 16 bits of minutes (for decay) and a logarithmic counter of 8 bits.

use resplay_base::{Now, Random};

const CLOCK_MASK: u32 = (1 << 24) - 1;
/// The counter of a new key, so that it is not evicted before it had a chance.
const LFU_INITIAL: u32 = 5;

/// The clocks and settings behind access stamps.
#[derive(Clone, Debug)]
pub struct Access {
    seconds: u32,
    minutes: u32,
    /// `lfu-log-factor`.
    pub log_factor: u32,
    /// `lfu-decay-time` in minutes.
    pub decay_minutes: u32,
    /// CLIENT NO-TOUCH, or loading: accesses leave no trace.
    pub is_frozen: bool,
    /// What the eviction policy goes by.
    pub stamps: Stamps,
    random: Random,
}

/// How keys were used, as far as the eviction policy goes by it: what a file tells of them, as in the real servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamps {
    /// Nothing.
    #[default]
    Untold,
    /// For how long they were not used: under an LRU policy.
    Idle,
    /// How often they were used: under an LFU policy.
    Frequency,
}

impl Default for Access {
    fn default() -> Access {
        Access {
            seconds: 0,
            minutes: 0,
            log_factor: 10,
            decay_minutes: 1,
            is_frozen: false,
            stamps: Stamps::default(),
            random: Random::stream(0, "lfu"),
        }
    }
}

impl Access {
    /// Draws come from this seed.
    pub fn seeded(seed: u64) -> Access {
        Access { random: Random::stream(seed, "lfu"), ..Access::default() }
    }

    /// Whether stamps hold frequencies.
    #[inline]
    pub fn is_lfu(&self) -> bool {
        self.stamps == Stamps::Frequency
    }

    /// Time goes on.
    pub fn tick(&mut self, now: Now) {
        let seconds = now.wall.as_secs();
        self.seconds = seconds as u32 & CLOCK_MASK;
        self.minutes = (seconds / 60) as u32 & 0xffff;
    }

    /// The stamp of a key just created.
    pub fn fresh(&self) -> u32 {
        if self.is_lfu() { self.minutes << 8 | LFU_INITIAL } else { self.seconds }
    }

    /// The stamp after one more access.
    pub fn touched(&mut self, stamp: u32) -> u32 {
        if self.is_lfu() {
            let counter = self.frequency(stamp);
            self.minutes << 8 | self.incremented(counter)
        } else {
            self.seconds
        }
    }

    /// The stamp of a key that comes with a past: how long it was not used, in seconds, or its frequency. What the
    /// policy does not ask for does not count.
    pub fn restored(&self, idle_s: Option<i64>, freq: Option<u8>) -> u32 {
        match (self.is_lfu(), idle_s, freq) {
            (true, _, Some(freq)) => self.minutes << 8 | u32::from(freq),
            (false, Some(idle_s), _) => self.seconds.wrapping_sub(idle_s as u32) & CLOCK_MASK,
            _ => self.fresh(),
        }
    }

    /// Seconds since the last access.
    pub fn idle_secs(&self, stamp: u32) -> u64 {
        u64::from(self.seconds.wrapping_sub(stamp) & CLOCK_MASK)
    }

    /// The counter, decayed by the time that passed since the last access.
    pub fn frequency(&self, stamp: u32) -> u32 {
        let elapsed = self.minutes.wrapping_sub(stamp >> 8) & 0xffff;
        let periods = elapsed.checked_div(self.decay_minutes).unwrap_or(0);
        (stamp & 0xff).saturating_sub(periods)
    }

    fn incremented(&mut self, counter: u32) -> u32 {
        if counter == 255 {
            return counter;
        }
        let base = f64::from(counter.saturating_sub(LFU_INITIAL));
        let chance = 1.0 / (base * f64::from(self.log_factor) + 1.0);
        counter + u32::from(self.random.chance(chance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_base::{Mono, WallUs};

    fn at(secs: i64) -> Now {
        Now { mono: Mono(0), wall: WallUs(secs * 1_000_000) }
    }

    #[test]
    fn idle_time_survives_the_wrap_of_the_24_bit_clock() {
        let mut access = Access::default();
        access.tick(at((1 << 24) - 1));
        let stamp = access.fresh();
        access.tick(at((1 << 24) + 9));
        assert_eq!(access.idle_secs(stamp), 10);
    }

    #[test]
    fn a_restored_key_has_the_past_that_the_policy_asks_for() {
        let mut access = Access::default();
        access.tick(at(5_000));
        assert_eq!(access.idle_secs(access.restored(Some(1_000), None)), 1_000);
        assert_eq!(access.idle_secs(access.restored(Some(6_000), None)), 6_000, "before the clock began");
        assert_eq!(access.restored(None, Some(7)), access.fresh());
        access.stamps = Stamps::Frequency;
        assert_eq!(access.frequency(access.restored(None, Some(200))), 200);
        assert_eq!(access.restored(Some(1_000), None), access.fresh());
    }

    #[test]
    fn a_counter_decays_by_one_a_minute() {
        let mut access = Access { stamps: Stamps::Frequency, ..Access::default() };
        access.tick(at(600));
        let stamp = access.fresh();
        access.tick(at(780));
        assert_eq!(access.frequency(stamp), LFU_INITIAL - 3);
    }
}
