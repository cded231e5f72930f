//! Expiry: lazily when a key is looked up, and by a cycle that sweeps the volatile keys of every database a
//! few at a time, as the real servers' active expire cycle does.

use super::notify::class;
use super::{Dataset, KeyStats};
use resplay_base::journal::Event;
use resplay_base::{Host, Mono, Work};
use resplay_datatypes::EntryId;
use std::time::Duration;

/// How hard the cycle tries; grows with `active-expire-effort`.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Keys looked at in one round of one database.
    pub keys_per_round: usize,
    /// A further round follows while more than this share of a round was dead, in percent.
    pub stale_percent: usize,
    /// The time the cycle may take.
    pub budget: Duration,
}

impl Effort {
    /// From `active-expire-effort` (1 to 10) and `hz`.
    pub fn new(effort: u32, hz: u32) -> Effort {
        let effort = effort.clamp(1, 10) - 1;
        let cpu_percent = u64::from(25 + 2 * effort);
        Effort {
            keys_per_round: (20 + 20 / 4 * effort) as usize,
            stale_percent: (10 - effort) as usize,
            budget: Duration::from_micros(cpu_percent * 1_000_000 / u64::from(hz.max(1)) / 100),
        }
    }
}

impl Dataset {
    /// Whether the entry's time has come.
    pub fn is_dead(&self, id: EntryId) -> bool {
        !self.is_loading && self.expiry(id).is_some_and(|at| self.now_ms() > at)
    }

    /// Removes a dead entry of the selected database, and says so to files, watchers and the journal.
    pub fn reclaim(&mut self, id: EntryId) {
        let (key, _) = self.take(id);
        self.stats.expired += 1;
        self.notify(class::EXPIRED, "expired", &key);
        self.forget_aloud(&key);
        let db = self.db;
        self.record(|| Event::Expired { db, key: key.to_vec() });
    }

    /// A key vanished without a command: propagate its removal and touch its watchers.
    pub(super) fn forget_aloud(&mut self, key: &[u8]) {
        let verb: &[u8] = if self.unlink_expired { b"UNLINK" } else { b"DEL" };
        self.propagation.push(self.db, &[verb, key]);
        self.touch(key);
    }

    /// One pass over all databases within the effort's budget.
    pub fn expire_cycle(&mut self, host: &mut dyn Host, effort: Effort) {
        let stop = host.now().mono + effort.budget;
        for db in 0..self.databases() {
            let finished = self.in_db(db, |data| data.sweep_database(host, effort, stop));
            if !finished {
                self.stats.expire_cap_reached += 1;
                return;
            }
        }
    }

    /// Rounds over one database until few are dead; false when the time is up.
    fn sweep_database(&mut self, host: &mut dyn Host, effort: Effort, stop: Mono) -> bool {
        while self.current().volatile_len() > 0 {
            let looked_at = effort.keys_per_round.min(self.current().volatile_len());
            let dead = self.sweep_round(looked_at);
            let after = host.charge(Work { elements: (looked_at + dead) as u64, ..Work::default() });
            if dead * 100 <= looked_at * effort.stale_percent {
                break;
            }
            if after >= stop {
                return false;
            }
        }
        true
    }

    fn sweep_round(&mut self, keys: usize) -> usize {
        let step = golden_step(self.current().volatile_len());
        let mut dead = 0;
        for _ in 0..keys {
            let len = self.current().volatile_len();
            if len == 0 {
                break;
            }
            let at = self.current().sweep % len;
            self.current_mut().sweep = at + step;
            let id = self.current().volatile(at);
            if self.is_dead(id) {
                self.reclaim(id);
                dead += 1;
            }
        }
        dead
    }

    /// Whether any key can expire: without one there is nothing to wake for.
    pub fn has_volatile(&self) -> bool {
        self.databases.iter().any(|db| db.volatile_len() > 0)
    }
}

/// How far from one key to the next, so that a few of them stand for all: the index is about in the order in which keys
/// came, and neighbours die together. By the golden ratio any few visits lie evenly spread; without a common divisor
/// they come to every key.
fn golden_step(len: usize) -> usize {
    let step = (len as f64 * 0.618_033_988_749_895) as usize;
    (step.max(1)..).find(|step| greatest_common_divisor(*step, len) == 1).unwrap_or(1)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl KeyStats {
    /// All counters back to zero.
    pub fn reset(&mut self) {
        *self = KeyStats::default();
    }
}

#[cfg(test)]
mod tests {
    use super::golden_step;
    use std::collections::BTreeSet;

    #[test]
    fn a_few_steps_are_spread_and_all_of_them_come_everywhere() {
        for len in [1, 2, 3, 20, 21, 100, 1_000, 9_999] {
            let step = golden_step(len);
            let visited: BTreeSet<usize> = (0..len).map(|visit| visit * step % len).collect();
            assert_eq!(visited.len(), len);
            let tenths: BTreeSet<usize> = (0..20).map(|visit| visit * step % len * 10 / len).collect();
            assert_eq!(tenths.len(), len.min(10), "{len}");
        }
    }
}
