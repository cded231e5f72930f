//! Eviction: while memory is over the limit, a few keys are sampled, the best candidates kept in a small pool
//! across samples, and the best of them removed: the real servers' approximation of LRU, LFU and TTL order.

use super::Dataset;
use super::notify::class;
use crate::config::Policy;
use resplay_base::Random;
use resplay_base::journal::Event;
use resplay_datatypes::EntryId;

const POOL_SIZE: usize = 16;

/// The most evictable keys seen so far, the best one last.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    candidates: Vec<Candidate>,
    /// The random policies take turns between databases.
    next_db: u32,
}

#[derive(Clone, Debug)]
struct Candidate {
    score: u64,
    db: u32,
    key: Box<[u8]>,
}

impl Pool {
    /// Removes one key by the policy; false when the policy finds none.
    pub fn evict_one(&mut self, data: &mut Dataset, rules: Rules, random: &mut Random, used: u64) -> bool {
        let victim = match rules.policy {
            Policy::NoEviction => None,
            Policy::AllkeysRandom | Policy::VolatileRandom => self.draw(data, rules, random),
            _ => self.best(data, rules, random),
        };
        let Some((db, id)) = victim else { return false };
        data.in_db(db, |data| data.evict(id, used));
        true
    }

    fn draw(&mut self, data: &Dataset, rules: Rules, random: &mut Random) -> Option<(u32, EntryId)> {
        for _ in 0..data.databases() {
            let db = self.next_db % data.databases();
            self.next_db = db + 1;
            if let Some(id) = rules.sample(data, db, random) {
                return Some((db, id));
            }
        }
        None
    }

    fn best(&mut self, data: &Dataset, rules: Rules, random: &mut Random) -> Option<(u32, EntryId)> {
        loop {
            let population = self.refill(data, rules, random);
            if population == 0 {
                return None;
            }
            while let Some(candidate) = self.candidates.pop() {
                // The key may be gone, or no longer volatile, since it was sampled.
                if let Some(id) = data.database(candidate.db).find(&candidate.key)
                    && rules.admits(data, candidate.db, id)
                {
                    return Some((candidate.db, id));
                }
            }
        }
    }

    fn refill(&mut self, data: &Dataset, rules: Rules, random: &mut Random) -> usize {
        let mut population = 0;
        for db in 0..data.databases() {
            let size = rules.population(data, db);
            population += size;
            for _ in 0..rules.samples.min(size) {
                if let Some(id) = rules.sample(data, db, random) {
                    self.offer(data, rules, db, id);
                }
            }
        }
        population
    }

    fn offer(&mut self, data: &Dataset, rules: Rules, db: u32, id: EntryId) {
        let score = rules.score(data, db, id);
        let is_full = self.candidates.len() == POOL_SIZE;
        if is_full && self.candidates[0].score >= score {
            return;
        }
        let key = data.database(db).key(id);
        if self.candidates.iter().any(|other| other.db == db && *other.key == *key) {
            return;
        }
        if is_full {
            self.candidates.remove(0);
        }
        let at = self.candidates.partition_point(|other| other.score < score);
        self.candidates.insert(at, Candidate { score, db, key: key.into() });
    }
}

/// What the configuration asks for.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// `maxmemory-policy`.
    pub policy: Policy,
    /// `maxmemory-samples`.
    pub samples: usize,
}

impl Rules {
    fn wants_volatile(self) -> bool {
        use Policy::{VolatileLfu, VolatileLru, VolatileRandom, VolatileTtl};
        matches!(self.policy, VolatileLru | VolatileLfu | VolatileRandom | VolatileTtl)
    }

    fn population(self, data: &Dataset, db: u32) -> usize {
        let database = data.database(db);
        if self.wants_volatile() { database.volatile_len() } else { database.len() }
    }

    fn sample(self, data: &Dataset, db: u32, random: &mut Random) -> Option<EntryId> {
        let database = data.database(db);
        if self.wants_volatile() { database.random_volatile(random) } else { database.random(random) }
    }

    fn admits(self, data: &Dataset, db: u32, id: EntryId) -> bool {
        !self.wants_volatile() || data.database(db).entry(id).is_volatile()
    }

    /// Higher goes first.
    fn score(self, data: &Dataset, db: u32, id: EntryId) -> u64 {
        let database = data.database(db);
        let entry = database.entry(id);
        match self.policy {
            Policy::VolatileTtl => u64::MAX - database.expire_ms(entry).unwrap_or(i64::MAX).max(0) as u64,
            Policy::AllkeysLfu | Policy::VolatileLfu => u64::from(255 - data.access.frequency(entry.stamp)),
            _ => data.access.idle_secs(entry.stamp),
        }
    }
}

impl Dataset {
    fn evict(&mut self, id: EntryId, used: u64) {
        let (key, _) = self.take(id);
        self.stats.evicted += 1;
        self.notify(class::EVICTED, "evicted", &key);
        self.forget_aloud(&key);
        let db = self.db;
        self.record(|| Event::Evicted { db, key: key.to_vec(), used });
    }
}
