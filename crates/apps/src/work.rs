//! What workers of queues have in common: how jobs are named, how long one takes, and what goes into the history.

use crate::runtime::Context;
use resplay_base::Random;
use resplay_history::Operation;
pub(crate) use resplay_history::Verb;
use std::time::Duration;

/// The end of the name of a job that fails whoever processes it.
pub(crate) const POISON: &str = "-poison";

/// Puts what became of a job into the history.
pub(crate) fn record(context: &Context, client: u32, verb: Verb, queue: &str, job: &str) {
    context.record(|| {
        let label = format!("{}/{client}", context.name());
        Operation::work(&label, context.mono().0, verb, queue.as_bytes(), job.as_bytes())
    });
}

/// A worker's hands.
pub(crate) struct Hands {
    context: Context,
    random: Random,
    client: u32,
    /// About how long a job takes: it is drawn from half of it to half as much again.
    mean: Duration,
}

impl Hands {
    /// Those of one client of an application.
    pub(crate) fn new(context: &Context, client: u32, mean: Duration) -> Hands {
        Hands { context: context.clone(), random: context.random(&format!("work {client}")), client, mean }
    }

    /// Does a job, and says so in the history; false if it failed.
    pub(crate) async fn work(&mut self, queue: &str, job: &str) -> bool {
        let mean = self.mean.as_nanos() as u64;
        let takes = self.random.between(mean / 2, mean + mean / 2);
        self.context.sleep(Duration::from_nanos(takes)).await;
        if job.ends_with(POISON) {
            self.context.metrics().count("failures");
            return false;
        }
        record(&self.context, self.client, Verb::Processed, queue, job);
        self.context.metrics().count("processed");
        true
    }
}
