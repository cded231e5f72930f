//! A fault that hits nothing counts nothing.

use super::toy::{Pair, SECOND};
use crate::LinkProfile;

#[test]
fn faults_that_nobody_feels_count_nothing() {
    let mut pair = Pair::new();
    pair.run(1_000);
    let (server, client) = (pair.server, pair.client);
    let world = &mut pair.world;
    let now = world.now();
    let faults = [
        world.cut_both(server, client),
        world.refuse(client, server),
        world.black_hole(client, server),
        world.set_link(client, server, LinkProfile::default()),
        world.reset_connections(server, client),
        world.slow_cpu(server, 5.0),
        world.slow_reader(server, Some(10)),
        world.limit_memory(server, Some(1)),
        world.jump_wall(server, 1_000_000),
        world.drift(server, 100),
        world.freeze_wall(server, true),
        world.slow_fsync(server, SECOND),
        world.stall_disk(server, now + SECOND),
        world.fail_fsync(server, 3, false),
        world.lying_fsync(server, true),
        world.limit_disk(server, Some(0)),
        world.read_only_disk(server, true),
        world.bit_rot(server, "missing", 0),
        world.zero_tail(server, "missing", 1),
        world.pause(server),
        world.wipe(client),
    ];
    world.run_until(now + 10 * SECOND);
    let counted: Vec<u64> = faults.iter().map(|&fault| world.effects(fault)).collect();
    assert_eq!(counted, vec![0; faults.len()]);
}

#[test]
fn a_cut_is_felt_by_whoever_sends_into_it_and_by_nobody_else() {
    let mut pair = Pair::connected();
    let there = pair.world.cut(pair.client, pair.server);
    pair.run(100);
    assert_eq!(pair.world.effects(there), 0, "an idle connection feels no cut");
    pair.say(b"x");
    pair.run(100);
    assert_eq!(pair.world.effects(there), 1);
}

#[test]
fn healing_one_fault_leaves_another_cut_of_the_same_link() {
    let mut pair = Pair::connected();
    let all = pair.world.partition(&[pair.client], &[pair.server]);
    pair.world.cut(pair.client, pair.server);
    pair.world.heal_fault(all);
    pair.say(b"x");
    pair.run(3_000);
    assert_eq!(pair.received(pair.server), "");
    assert_eq!(pair.world.effects(all), 0);
}
