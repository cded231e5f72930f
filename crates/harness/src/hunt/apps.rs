//! The applications of a plan, and the checks that come with them.

use super::Swarm;
use resplay_base::Random;
use resplay_spec::draw::FAMILIES;
use std::collections::BTreeSet;
use std::fmt::Write;

/// An application that a plan may have.
struct Row {
    kind: &'static str,
    /// Its options, drawn.
    draw: fn(&Swarm, &mut Random) -> String,
    /// Other applications that it needs, whole tables.
    with: &'static str,
    /// What it promises beyond what is always checked.
    checks: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        kind: "cache-aside",
        draw: cache_aside,
        with: "[apps.origin]\nkind = \"origin\"\n",
        checks: &["expiry"],
    },
    Row { kind: "leaderboard", draw: plain, with: "", checks: &[] },
    Row { kind: "ledger-writer", draw: ledger_writer, with: "", checks: &[] },
    Row { kind: "random-commands", draw: random_commands, with: "", checks: &[] },
    Row { kind: "ring", draw: plain, with: "", checks: &[] },
    Row { kind: "session-store", draw: session_store, with: "", checks: &["expiry"] },
    Row { kind: "stream-worker", draw: stream_worker, with: PRODUCER, checks: &[] },
];

const PRODUCER: &str = "[apps.producer]\nkind = \"producer\"\nrate = \"10/s\"\n";

/// What is checked in every plan.
const ALWAYS: [&str; 3] = ["liveness", "model", "promise-ledger"];

/// The tables of the applications, at least one, and the checks.
pub(super) fn draw(swarm: &Swarm) -> (String, BTreeSet<&'static str>) {
    let mut text = String::new();
    let mut checks = BTreeSet::from(ALWAYS);
    let mut taken: Vec<&Row> = ROWS.iter().filter(|row| swarm.takes(&format!("app/{}", row.kind))).collect();
    if taken.is_empty() {
        taken.push(&ROWS[swarm.random("app").index(ROWS.len())]);
    }
    for row in &taken {
        let mut random = swarm.random(&format!("app/{}", row.kind));
        let options = (row.draw)(swarm, &mut random);
        let everywhere =
            if row.kind == "random-commands" && taken.len() == 1 { "everywhere = true\n" } else { "" };
        write!(text, "[apps.{0}]\nkind = \"{0}\"\n{options}{everywhere}\n", row.kind)
            .expect("a string takes all");
        if !row.with.is_empty() {
            writeln!(text, "{}", row.with).expect("a string takes all");
        }
        checks.extend(row.checks);
    }
    (text, checks)
}

fn clients_and_rate(random: &mut Random) -> String {
    let (clients, rate) = (random.between(1, 8), random.between(5, 80));
    format!("clients = {clients}\nrate = \"{rate}/s\"\n")
}

fn plain(_: &Swarm, random: &mut Random) -> String {
    clients_and_rate(random)
}

fn ledger_writer(_: &Swarm, random: &mut Random) -> String {
    clients_and_rate(random) + &format!("keys = {}\n", random.between(1, 20))
}

fn session_store(_: &Swarm, random: &mut Random) -> String {
    let ttl = ["none", "200ms", "2s", "1m"][random.index(4)];
    let (payload, clients) = (["0b", "30b", "2kb", "20kb"][random.index(4)], random.between(1, 8));
    // Large ones seldom: bytes cost a run as much time as commands do.
    let rate = if payload == "20kb" { random.between(2, 10) } else { random.between(5, 80) };
    format!("clients = {clients}\nrate = \"{rate}/s\"\nttl = \"{ttl}\"\npayload = \"{payload}\"\n")
}

fn cache_aside(_: &Swarm, random: &mut Random) -> String {
    let ttl = ["500ms", "3s", "1m"][random.index(3)];
    let strategy = ["none", "mutex", "xfetch"][random.index(3)];
    let pages = random.between(1, 40);
    clients_and_rate(random) + &format!("ttl = \"{ttl}\"\nstrategy = \"{strategy}\"\npages = {pages}\n")
}

fn stream_worker(_: &Swarm, random: &mut Random) -> String {
    let (clients, batch) = (random.between(1, 6), random.between(1, 20));
    let work = ["0s", "50ms", "2s"][random.index(3)];
    format!("clients = {clients}\nbatch = {batch}\nwork = \"{work}\"\n")
}

/// About half of the families, since most commands would meet a key of another type with all of them.
fn random_commands(swarm: &Swarm, random: &mut Random) -> String {
    let taken = FAMILIES.iter().filter(|family| swarm.takes(&format!("family/{}", family.name)));
    let names: Vec<String> = taken.map(|family| format!("\"{}\"", family.name)).collect();
    let (clients, rate) = (random.between(1, 6), random.between(20, 200));
    format!("clients = {clients}\nrate = \"{rate}/s\"\nfamilies = [{}]\n", names.join(", "))
}
