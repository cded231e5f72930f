//! The hunt: a seed becomes a plan of servers, applications and faults that nobody wrote down, printed as an ordinary
//! scenario; what fails is told apart by its signature.
//!
//! Swarm testing: a seed leaves out about half of everything, since what is rare beside all the rest happens often where
//! the rest is missing. Each choice has a random stream by its own name, so that one more choice shifts no other.

mod apps;
mod config;
mod faults;
mod shrink;
mod signature;

pub use shrink::{Shrunk, shrink};
pub use signature::signature;

use crate::format::Scenario;
use resplay_base::Random;
use std::fmt::Write;

/// Where choices of a seed come from.
pub(crate) struct Swarm {
    seed: u64,
}

impl Swarm {
    /// The stream of that name.
    fn random(&self, name: &str) -> Random {
        Random::stream(self.seed, &format!("hunt/{name}"))
    }

    /// Whether this seed takes what has that name: about every other does.
    fn takes(&self, name: &str) -> bool {
        self.random(&format!("swarm/{name}")).chance(0.5)
    }

    /// One of these words.
    fn one_of<'w>(&self, name: &str, words: &[&'w str]) -> &'w str {
        words[self.random(name).index(words.len())]
    }
}

/// After the last fault: time for clients to notice that a connection is dead, to connect again, and to be heard.
const QUIET_S: u64 = 18;

/// The plan of a seed, as the text of a scenario.
pub fn scenario_text(seed: u64) -> String {
    let swarm = Swarm { seed };
    // For so many seconds faults come and go.
    let chaos_s = swarm.random("chaos").between(5, 30);
    let (apps, mut checks) = apps::draw(&swarm);
    let config = config::draw(&swarm);
    let faults = faults::draw(&swarm, chaos_s, &config);
    let may_refuse = may_refuse_to_start(&config, &faults);
    if may_refuse {
        checks.remove("liveness");
    }
    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{line}").expect("a string takes all");
    line(&format!("title = \"Hunt {seed}\""));
    line("lesson = \"Drawn by the hunt.\"");
    line(&format!("seed = {seed}"));
    line(&format!("duration = \"{}s\"", chaos_s + QUIET_S));
    line("");
    line("[network]");
    line(&format!("latency = \"{}\"", swarm.one_of("latency", &["20us", "100us", "100us", "1ms", "15ms"])));
    line(&format!("jitter = \"{}\"", swarm.one_of("jitter", &["0s", "20us", "20us", "2ms"])));
    line("");
    config.lines().for_each(&mut line);
    apps.lines().for_each(&mut line);
    faults.lines().for_each(&mut line);
    line("[checks]");
    let names: Vec<String> = checks.iter().map(|name| format!("\"{name}\"")).collect();
    line(&format!("require = [{}]", names.join(", ")));
    line("idle-faults = true");
    if may_refuse {
        line("expect = { up = \"either\" }");
    }
    text
}

/// A disk that keeps what was written late and loses what was written early leaves a log that is broken in its middle. With
/// such a log no server starts, until somebody mends it.
fn may_refuse_to_start(server: &str, faults: &str) -> bool {
    server.contains("reorder = true") && faults.contains("power-loss")
}

/// The plan of a seed.
///
/// # Panics
/// If the generator wrote something that is no scenario.
pub fn scenario(seed: u64) -> Scenario {
    let text = scenario_text(seed);
    Scenario::parse(&format!("hunt-{seed}.toml"), &text)
        .unwrap_or_else(|mistake| panic!("the hunt's plan {seed} is no scenario: {mistake}\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_is_a_scenario_and_plans_differ() {
        let texts: std::collections::BTreeSet<String> = (1..=300).map(scenario_text).collect();
        assert_eq!(texts.len(), 300);
        (1..=300).for_each(|seed| drop(scenario(seed)));
    }

    #[test]
    fn about_half_of_everything_is_taken() {
        let taken = (1..=1_000).filter(|seed| Swarm { seed: *seed }.takes("something")).count();
        assert!((400..600).contains(&taken), "{taken}");
    }
}
