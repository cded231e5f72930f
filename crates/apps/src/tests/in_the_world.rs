//! The same applications in the real world: its links retransmit, its hosts lose power.

use super::{build, secs};
use crate::fake::{Keys, little_server};
use crate::runtime::AppNode;
use resplay_base::Boot;
use resplay_world::{HostId, HostProfile, World};
use std::time::Duration;

struct Drill {
    world: World<AppNode>,
    keys: Keys,
    cache: HostId,
    app: HostId,
}

/// A server, an origin, and one application.
fn drill(seed: u64, app: AppNode) -> Drill {
    let keys = Keys::default();
    let mut world = World::new(seed);
    let mut add =
        |name: &str, ip: &str, node| world.add_host(name, ip, HostProfile::default(), node, Boot::default());
    let cache = add("cache", "10.0.0.1", little_server(&keys));
    add("db", "10.0.0.2", build("origin", "db", ""));
    let app = add("app", "10.0.0.3", app);
    Drill { world, keys, cache, app }
}

impl Drill {
    fn app(&mut self) -> &mut AppNode {
        self.world.node_mut(self.app).expect("it runs")
    }
}

#[test]
fn a_run_in_the_world_repeats_to_the_byte() {
    let run = |seed| {
        let mut drill = drill(seed, build("cache-aside", "app", "ttl = \"2s\"\nclients = 100"));
        drill.world.run_for(secs(5));
        let operations = drill.app().take_operations();
        (drill.world.digest(), operations, drill.app().report())
    };
    let first = run(1);
    assert!(first.1.len() > 4000);
    assert!(first == run(1));
    assert_ne!(first.0, run(2).0);
}

#[test]
fn five_hundred_clients_stampede_over_the_worlds_links_too() {
    let mut drill = drill(1, build("cache-aside", "app", "ttl = \"10s\"\nrate = \"2000/s\""));
    drill.world.run_for(secs(25));
    let report = drill.app().report();
    assert!(report.maxima["concurrent-rebuilds"] > 100, "{report:#?}");
    assert!(report.errors.is_empty(), "{report:#?}");
}

#[test]
fn a_cut_link_times_commands_out_and_the_ledger_goes_on_when_it_heals() {
    let mut drill = drill(1, build("ledger-writer", "app", "connection = { read-timeout = \"1s\" }"));
    drill.world.run_for(secs(10));
    let cut = drill.world.cut_both(drill.app, drill.cache);
    drill.world.run_for(secs(10));
    let acknowledged = drill.app().report().counters["acknowledged"];
    assert!(drill.world.effects(cut) > 0);
    drill.world.heal(drill.app, drill.cache);
    drill.world.run_for(secs(10));
    let report = drill.app().report();
    assert!(report.errors["no reply in time"] >= 10, "{report:#?}");
    assert!(report.counters["acknowledged"] > acknowledged + 300, "{report:#?}");
    assert_eq!(report.counters["acknowledged-and-lost"], 0);
}

#[test]
fn a_server_that_loses_power_is_found_again_and_what_it_forgot_is_noticed() {
    let mut drill = drill(1, build("ledger-writer", "app", "clients = 3"));
    drill.world.run_for(secs(10));
    drill.world.power_loss(drill.cache);
    drill.world.run_for(Duration::from_millis(1500));
    drill.keys.values.borrow_mut().clear();
    drill.world.restart(drill.cache, little_server(&drill.keys), Boot::default());
    drill.world.run_for(secs(20));
    let report = drill.app().report();
    assert_eq!(report.counters["read-backs"], 3, "{report:#?}");
    assert!(report.counters["acknowledged-and-lost"] > 500, "{report:#?}");
}
