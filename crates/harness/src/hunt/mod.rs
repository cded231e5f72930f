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

    /// Whether this seed is about a backup under heavy writes: much comes and goes on a slow disk.
    fn is_heavy(&self) -> bool {
        self.random("heavy").chance(0.04)
    }

    /// Whether next to nothing happens in this seed, so that a server must act without being asked to.
    fn is_quiet(&self) -> bool {
        !self.is_heavy() && self.random("quiet").chance(0.1)
    }

    /// One of these words.
    fn one_of<'w>(&self, name: &str, words: &[&'w str]) -> &'w str {
        words[self.random(name).index(words.len())]
    }
}

/// The phases of a plan, in seconds. Faults come and go; then some are left for good, and the core must get on with
/// them; then all is healed, and everybody must get on.
pub(crate) struct Phases {
    chaos_s: u64,
    /// Zero: nothing is left when the chaos is over.
    limp_s: u64,
}

/// How long the core limps: time for servers to come back, for clients to notice that a connection is dead, and to be heard.
const LIMP_S: u64 = 17;
/// When all is healed: time for clients to notice that a connection is dead, to connect again, and to be heard.
const QUIET_S: u64 = 18;

/// The plan of a seed, as the text of a scenario.
pub fn scenario_text(seed: u64) -> String {
    let swarm = Swarm { seed };
    let phases = Phases {
        chaos_s: swarm.random("chaos").between(5, 30),
        limp_s: if swarm.takes("limp") { LIMP_S } else { 0 },
    };
    let mut apps = apps::draw(&swarm);
    let config = config::draw(&swarm);
    let mut faults = faults::draw(&swarm, &phases, &config, &apps.names);
    let (core, away) = core(&swarm, &apps.names);
    if phases.limp_s > 0 {
        faults += &faults::draw_leftovers(&swarm, &phases, &config, &away);
    }
    let may_stay_away = may_refuse_to_start(&config, &faults) || config.contains("memory = ");
    // A server that cannot sync its log ends, under `always` and when it starts.
    let may_end = may_stay_away || faults.contains("fsync-fail");
    if may_stay_away {
        apps.checks.remove("liveness");
    }
    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{line}").expect("a string takes all");
    line(&format!("title = \"Hunt {seed}\""));
    line("lesson = \"Drawn by the hunt.\"");
    line(&format!("seed = {seed}"));
    line(&format!("duration = \"{}s\"", phases.chaos_s + phases.limp_s + QUIET_S));
    line("");
    line("[network]");
    line(&format!("latency = \"{}\"", swarm.one_of("latency", &["20us", "100us", "100us", "1ms", "15ms"])));
    line(&format!("jitter = \"{}\"", swarm.one_of("jitter", &["0s", "20us", "20us", "2ms"])));
    line("");
    config.lines().for_each(&mut line);
    apps.text.lines().for_each(&mut line);
    faults.lines().for_each(&mut line);
    line("[checks]");
    let names: Vec<String> = apps.checks.iter().map(|name| format!("\"{name}\"")).collect();
    line(&format!("require = [{}]", names.join(", ")));
    line("idle-faults = true");
    if phases.limp_s > 0 && !may_stay_away {
        let core: Vec<String> = core.iter().map(|name| format!("\"{name}\"")).collect();
        // A server that was killed at the end of the chaos comes back within three seconds.
        line(&format!("core = {{ from = \"{}s\", apps = [{}] }}", phases.chaos_s + 3, core.join(", ")));
    }
    if may_end {
        line("expect = { up = \"either\" }");
    }
    text
}

/// The applications that must get on while faults are left, at least one, and the others.
fn core<'a>(swarm: &Swarm, apps: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let first = swarm.random("core").index(apps.len());
    let is_core = |(index, name): &(usize, &&str)| *index == first || swarm.takes(&format!("core/{name}"));
    let (core, away): (Vec<_>, Vec<_>) = apps.iter().enumerate().partition(is_core);
    let names = |apps: Vec<(usize, &&'a str)>| apps.into_iter().map(|(_, name)| *name).collect();
    (names(core), names(away))
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
