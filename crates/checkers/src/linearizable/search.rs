//! Whether operations that overlap have an order that explains their replies: the search of Wing and Gong with the pruning
//! of Lowe, who remembers which sets of operations led to which state.

use std::collections::BTreeSet;

/// What an operation does to a state.
pub(super) trait Specified {
    /// What operations work on.
    type State: Clone + Ord;
    /// The state afterwards; `None` if it could not have replied as it did.
    fn step(&self, state: &Self::State) -> Option<Self::State>;
}

/// An operation and when it was under way; `None`: to the end of time.
pub(super) struct Span<O> {
    pub(super) from_ns: u64,
    pub(super) to_ns: Option<u64>,
    pub(super) operation: O,
}

/// Looks for an order. `None` if there is one; else how many operations were explained at most.
pub(super) fn unexplained<O: Specified>(start: O::State, spans: &[Span<O>]) -> Option<usize> {
    let mut events = Events::of(spans);
    let mut done = Done::of(spans.len());
    let (mut state, mut taken, mut seen, mut most) = (start, Vec::new(), BTreeSet::new(), 0);
    let mut at = events.first();
    while let Some(event) = at {
        if event.is_call {
            let after = spans[event.span].operation.step(&state);
            let after = after.filter(|after| seen.insert((done.with(event.span), after.clone())));
            if let Some(after) = after {
                taken.push((event, std::mem::replace(&mut state, after)));
                done.set(event.span, true);
                events.lift(event.span);
                most = most.max(taken.len());
                at = events.first();
                continue;
            }
            at = events.after(event);
            continue;
        }
        // It is over and not explained: whatever was taken last was wrong.
        let (last, before) = match taken.pop() {
            Some(last) => last,
            None => return Some(most),
        };
        state = before;
        done.set(last.span, false);
        events.put_back(last.span);
        at = events.after(last);
    }
    None
}

/// Which operations have been taken.
struct Done(Vec<u64>);

impl Done {
    fn of(count: usize) -> Done {
        Done(vec![0; count.div_ceil(64)])
    }

    fn set(&mut self, index: usize, is_done: bool) {
        let bit = 1 << (index % 64);
        match is_done {
            true => self.0[index / 64] |= bit,
            false => self.0[index / 64] &= !bit,
        }
    }

    fn with(&self, index: usize) -> Vec<u64> {
        let mut bits = self.0.clone();
        bits[index / 64] |= 1 << (index % 64);
        bits
    }
}

/// The beginning or the end of a span.
#[derive(Clone, Copy)]
struct Event {
    span: usize,
    is_call: bool,
}

/// All beginnings and ends in the order of time, as a list that spans can be taken out of and put back into.
struct Events {
    events: Vec<Event>,
    /// Places of beginning and end, by span; one more than in `events`, since zero is the head of the list.
    places: Vec<(usize, usize)>,
    next: Vec<usize>,
    before: Vec<usize>,
}

impl Events {
    fn of<O>(spans: &[Span<O>]) -> Events {
        let mut times: Vec<(u64, bool, usize)> = Vec::new();
        for (index, span) in spans.iter().enumerate() {
            // What begins when another ends overlaps with it: calls first.
            times.push((span.from_ns, false, index));
            times.push((span.to_ns.unwrap_or(u64::MAX), true, index));
        }
        times.sort_unstable();
        let mut places = vec![(0, 0); spans.len()];
        let events = times.iter().enumerate().map(|(at, &(_, is_return, span))| {
            if is_return {
                places[span].1 = at + 1
            } else {
                places[span].0 = at + 1
            }
            Event { span, is_call: !is_return }
        });
        let events: Vec<Event> = events.collect();
        let count = events.len() + 1;
        let next = (0..count).map(|at| (at + 1) % count).collect();
        let before = (0..count).map(|at| (at + count - 1) % count).collect();
        Events { events, places, next, before }
    }

    fn first(&self) -> Option<Event> {
        self.at(self.next[0])
    }

    fn after(&self, event: Event) -> Option<Event> {
        let (call, end) = self.places[event.span];
        self.at(self.next[if event.is_call { call } else { end }])
    }

    fn at(&self, place: usize) -> Option<Event> {
        place.checked_sub(1).map(|at| self.events[at])
    }

    fn lift(&mut self, span: usize) {
        let (call, end) = self.places[span];
        for place in [call, end] {
            let (before, next) = (self.before[place], self.next[place]);
            self.next[before] = next;
            self.before[next] = before;
        }
    }

    /// The last that was lifted must be the first to be put back.
    fn put_back(&mut self, span: usize) {
        let (call, end) = self.places[span];
        for place in [end, call] {
            let (before, next) = (self.before[place], self.next[place]);
            self.next[before] = place;
            self.before[next] = place;
        }
    }
}
