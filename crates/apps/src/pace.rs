//! When a client acts: random arrivals at a mean rate.

use crate::runtime::Context;
use crate::units::Rate;
use resplay_base::{Mono, Random};
use std::time::Duration;

/// Paces one of several clients that share a rate. The times between two actions are exponentially distributed,
/// as for many independent users; an action that takes longer than that is followed by the next one at once, and
/// the actions missed meanwhile are not made up for.
pub struct Pacer {
    context: Context,
    random: Random,
    mean: Duration,
    next: Mono,
}

impl Pacer {
    /// The pace of one of `clients`; `stream` names its random stream.
    pub fn new(context: &Context, stream: &str, rate: Rate, clients: u32) -> Pacer {
        let mut random = context.random(stream);
        let mean = rate.interval(clients);
        // The process has no memory, so the first action is as far away as any.
        let next = context.mono() + exponential(&mut random, mean);
        Pacer { context: context.clone(), random, mean, next }
    }

    /// Waits until it is time for the next action.
    pub async fn wait(&mut self) {
        self.context.sleep_until(self.next).await;
        self.next = self.context.mono() + exponential(&mut self.random, self.mean);
    }
}

/// A duration drawn from the exponential distribution with that mean.
fn exponential(random: &mut Random, mean: Duration) -> Duration {
    let nanos = mean.as_nanos() as f64 * -libm::log(1.0 - random.unit());
    Duration::from_nanos(nanos as u64)
}
