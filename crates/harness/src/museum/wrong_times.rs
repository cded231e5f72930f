//! The bugs: a server that has the wrong time, as where a cached clock is refreshed too seldom, or that is never woken, as where
//! a timer is not armed.

use super::Bug;
use resplay_base::{Effect, Host, Input, Mono, Node, Now, WallUs, Work};

/// A wall clock, as the server reads it.
struct WrongClock {
    /// What it shows at a time.
    shows: Box<dyn FnMut(WallUs) -> WallUs>,
}

/// The wall clock stands where it stood when the server began.
pub(super) fn frozen() -> Box<dyn Bug> {
    let mut first = None;
    Box::new(WrongClock { shows: Box::new(move |now| *first.get_or_insert(now)) })
}

/// The wall clock knows whole seconds alone.
pub(super) fn in_seconds() -> Box<dyn Bug> {
    Box::new(WrongClock { shows: Box::new(|now| WallUs(now.0 - now.0.rem_euclid(1_000_000))) })
}

impl Bug for WrongClock {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let wall = (self.shows)(host.now().wall);
        server.handle(&mut Showing { host, wall }, input);
    }
}

/// The host, with another time of day.
struct Showing<'a> {
    host: &'a mut dyn Host,
    wall: WallUs,
}

impl Host for Showing<'_> {
    fn now(&self) -> Now {
        Now { wall: self.wall, ..self.host.now() }
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.host.charge(work)
    }
    fn effect(&mut self, effect: Effect) {
        self.host.effect(effect);
    }
}

struct NoTimers;

/// The server acts when something comes in, and at no other time.
pub(super) fn without_timers() -> Box<dyn Bug> {
    Box::new(NoTimers)
}

impl Bug for NoTimers {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        server.handle(host, input);
    }
    fn deadline(&self, _: &dyn Node) -> Option<Mono> {
        None
    }
}
