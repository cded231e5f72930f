//! The faults of a plan. What no server could survive is left out: disks that lie, drop or spoil what they were given
//! break the promise by themselves, and have scenarios of their own.

use super::Swarm;
use super::config::says;
use resplay_base::Random;

/// A fault that a plan may have.
struct Row {
    name: &'static str,
    /// Its key and options.
    draw: fn(&mut Random) -> String,
    /// Whether it lasts as long as `for` says.
    lasts: bool,
}

const ROWS: &[Row] = &[
    Row { name: "clock", draw: clock_jump, lasts: false },
    Row { name: "crash", draw: |random| restarted("crash", random), lasts: false },
    Row { name: "full", draw: |_| "disk-full = { node = \"cache\" }".to_string(), lasts: true },
    Row { name: "isolated", draw: |_| "partition = { isolate = [\"cache\"] }".to_string(), lasts: true },
    Row { name: "operator", draw: operator, lasts: false },
    Row { name: "paused", draw: |_| "pause = { node = \"cache\" }".to_string(), lasts: true },
    Row { name: "power", draw: |random| restarted("power-loss", random), lasts: false },
    Row { name: "reconfigured", draw: operator, lasts: false },
    Row { name: "slow-cpu", draw: slow_cpu, lasts: true },
    Row { name: "slow-disk", draw: slow_disk, lasts: true },
    Row { name: "stalled", draw: |_| "stall = { node = \"cache\" }".to_string(), lasts: true },
    Row { name: "torn", draw: torn, lasts: false },
];

/// What operators do.
const COMMANDS: [&str; 17] = [
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGSAVE",
    "BGSAVE SCHEDULE",
    "CLIENT KILL TYPE normal",
    "CONFIG RESETSTAT",
    "CONFIG REWRITE",
    "CONFIG SET appendfsync everysec",
    "CONFIG SET appendonly no",
    "CONFIG SET appendonly yes",
    "CONFIG SET auto-aof-rewrite-percentage 10",
    "CONFIG SET hash-max-listpack-entries 1",
    "CONFIG SET maxmemory 1mb",
    "CONFIG SET maxmemory 0",
    "CONFIG SET maxmemory-policy allkeys-lru",
    "MEMORY PURGE",
    "SAVE",
];

/// The tables of the faults: each that is taken, once to three times.
pub(super) fn draw(swarm: &Swarm, chaos_s: u64, server: &str) -> String {
    let mut text = String::new();
    for row in ROWS.iter().filter(|row| swarm.takes(&format!("fault/{}", row.name))) {
        let mut random = swarm.random(&format!("fault/{}", row.name));
        let times = if is_survivable(row, server) { random.between(1, 3) } else { 0 };
        (1..=times).for_each(|number| text += &table(row, number, &mut random, chaos_s));
    }
    text
}

fn table(row: &Row, number: u64, random: &mut Random, chaos_s: u64) -> String {
    let options = (row.draw)(random);
    let (first, last) = (chaos_s * 50, chaos_s * 800);
    let lasts = match row.lasts {
        true => format!("for = \"{}ms\"\n", random.between(1, chaos_s * 200)),
        false => String::new(),
    };
    format!("[faults.{}-{number}]\nat = \"{first}ms..{last}ms\"\n{lasts}{options}\n\n", row.name)
}

/// Under `always` a server with a full disk ends, as it must.
fn is_survivable(row: &Row, server: &str) -> bool {
    row.name != "full" || !says(server, "appendfsync", "always")
}

fn restarted(kind: &str, random: &mut Random) -> String {
    format!("{kind} = {{ node = \"cache\", restart-after = \"{}ms\" }}", random.between(1, 3_000))
}

fn torn(random: &mut Random) -> String {
    let after = random.between(1, 3_000);
    format!("power-loss = {{ node = \"cache\", mid-append = true, restart-after = \"{after}ms\" }}")
}

fn clock_jump(random: &mut Random) -> String {
    // The model sees the wall clock alone: set back by less than clients wait, it would seem to run on.
    let by = ["300ms", "5s", "1h", "-1h"][random.index(4)];
    format!("clock-jump = {{ node = \"cache\", by = \"{by}\" }}")
}

fn slow_cpu(random: &mut Random) -> String {
    format!("slow-cpu = {{ node = \"cache\", factor = {} }}", random.between(2, 200))
}

fn slow_disk(random: &mut Random) -> String {
    format!("slow-disk = {{ node = \"cache\", by = \"{}ms\" }}", random.between(1, 4_000))
}

fn operator(random: &mut Random) -> String {
    let command = COMMANDS[random.index(COMMANDS.len())];
    format!("operator = {{ node = \"cache\", run = \"{command}\" }}")
}
