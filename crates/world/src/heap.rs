//! The event heap: ordered by time, then by the order of scheduling (or a seeded draw, when asked).

use crate::event::Event;
use resplay_base::Random;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Scheduled events. The earliest may stand in `front`: an event scheduled to come next (a process that is done
/// in a microsecond) then never sinks into the heap.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventHeap {
    front: Option<Slot>,
    rest: BinaryHeap<Slot>,
    sequence: u64,
    shuffle: Option<Box<Random>>,
}

/// An event with its key: time in the upper half, the tie-breaker in the lower.
#[derive(Clone, Copy, Debug)]
struct Slot {
    key: u128,
    event: Event,
}

impl EventHeap {
    /// From now on, events of the same nanosecond come in an order drawn from this stream.
    pub(crate) fn shuffle_ties(&mut self, random: Random) {
        self.shuffle = Some(Box::new(random));
    }

    pub(crate) fn push(&mut self, time: u64, event: Event) {
        let slot = Slot { key: u128::from(time) << 64 | u128::from(self.tie()), event };
        match self.front {
            Some(front) if slot.key < front.key => {
                self.rest.push(front);
                self.front = Some(slot);
            }
            None if self.rest.peek().is_none_or(|first| slot.key < first.key) => self.front = Some(slot),
            _ => self.rest.push(slot),
        }
    }

    pub(crate) fn pop(&mut self) -> Option<(u64, Event)> {
        let slot = self.front.take().or_else(|| self.rest.pop())?;
        Some((slot.time(), slot.event))
    }

    /// The time of the next event, in nanoseconds.
    pub(crate) fn next_time(&self) -> Option<u64> {
        self.front.as_ref().or_else(|| self.rest.peek()).map(Slot::time)
    }

    fn tie(&mut self) -> u64 {
        self.sequence += 1;
        match &mut self.shuffle {
            None => self.sequence,
            Some(random) => u64::from(random.next_u32()) << 32 | self.sequence & 0xffff_ffff,
        }
    }
}

impl Slot {
    fn time(&self) -> u64 {
        (self.key >> 64) as u64
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Slot) -> bool {
        self.key == other.key
    }
}

impl Eq for Slot {}

impl PartialOrd for Slot {
    fn partial_cmp(&self, other: &Slot) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Slot {
    /// Reversed: the standard heap gives its greatest first.
    fn cmp(&self, other: &Slot) -> Ordering {
        other.key.cmp(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::HostId;

    fn order(shuffle: Option<u64>) -> Vec<(u64, u32)> {
        let mut heap = EventHeap::default();
        if let Some(seed) = shuffle {
            heap.shuffle_ties(Random::stream(seed, "ties"));
        }
        for (time, host) in [(5, 0), (3, 1), (5, 2), (1, 3), (5, 4), (3, 5), (5, 6), (5, 7)] {
            heap.push(time, Event::Timer { host: HostId(host) });
        }
        let host =
            |event| if let Event::Timer { host } = event { host.0 } else { unreachable!("timers only") };
        std::iter::from_fn(|| heap.pop().map(|(time, event)| (time, host(event)))).collect()
    }

    #[test]
    fn events_come_by_time_and_ties_in_the_order_they_were_scheduled() {
        assert_eq!(order(None), [(1, 3), (3, 1), (3, 5), (5, 0), (5, 2), (5, 4), (5, 6), (5, 7)]);
    }

    #[test]
    fn shuffled_ties_keep_the_times_and_repeat_with_the_seed() {
        assert_eq!(order(Some(1)), order(Some(1)));
        assert!((2..9).any(|seed| order(Some(seed)) != order(None)));
        let times: Vec<u64> = order(Some(3)).iter().map(|&(time, _)| time).collect();
        assert_eq!(times, [1, 3, 3, 5, 5, 5, 5, 5]);
    }
}
