//! The faults of a plan. What no server could survive is left out: disks that lie, drop or spoil what they were given
//! break the promise by themselves, and have scenarios of their own.

use super::config::says;
use super::{Phases, Swarm};
use resplay_base::Random;

/// A fault that a plan may have.
struct Row {
    name: &'static str,
    /// Its key and options; beside the server, one of these applications may be hit.
    draw: fn(&mut Random, &[&str]) -> String,
    /// Whether it lasts as long as `for` says.
    lasts: bool,
}

const ROWS: &[Row] = &[
    Row { name: "app-away", draw: |random, apps| isolated(one_of(random, apps)), lasts: true },
    Row { name: "app-crash", draw: app_crash, lasts: false },
    Row { name: "app-paused", draw: |random, apps| paused(one_of(random, apps)), lasts: true },
    Row { name: "clock", draw: |random, _| clock_jump(random), lasts: false },
    Row { name: "crash", draw: |random, _| restarted("crash", "cache", random), lasts: false },
    Row { name: "full", draw: |_, _| DISK_FULL.to_string(), lasts: true },
    Row { name: "isolated", draw: |_, _| isolated("cache"), lasts: true },
    Row { name: "operator", draw: |random, _| operator(random), lasts: false },
    Row { name: "paused", draw: |_, _| paused("cache"), lasts: true },
    Row { name: "power", draw: |random, _| restarted("power-loss", "cache", random), lasts: false },
    Row { name: "reconfigured", draw: |random, _| operator(random), lasts: false },
    Row { name: "slow-cpu", draw: |random, _| slow_cpu(random.between(2, 200)), lasts: true },
    Row { name: "slow-disk", draw: |random, _| slow_disk(random.between(1, 4_000)), lasts: true },
    Row { name: "stalled", draw: |_, _| "stall = { node = \"cache\" }".to_string(), lasts: true },
    Row { name: "torn", draw: |random, _| torn(random), lasts: false },
];

/// Faults that belong together.
struct Story {
    name: &'static str,
    /// How many plans have it.
    share: f64,
    /// Whether this server, with these other faults, can keep its promises through it.
    is_fair: fn(&str, &str) -> bool,
    draw: fn(&mut Random) -> Vec<Chapter>,
}

/// One of them.
struct Chapter {
    /// So many milliseconds after the first.
    after_ms: u64,
    lasts_ms: Option<u64>,
    /// Its key and options.
    options: String,
}

const STORIES: &[Story] = &[
    Story { name: "fsync", share: 0.5, is_fair: keeps_word_when_syncs_fail, draw: failing_syncs },
    Story {
        name: "rewrite-cut",
        share: 0.7,
        is_fair: |_, _| true,
        draw: |random| cut_off("BGREWRITEAOF", random),
    },
    Story { name: "save-cut", share: 0.25, is_fair: |_, _| true, draw: |random| cut_off("BGSAVE", random) },
];

/// What operators do.
const COMMANDS: [&str; 20] = [
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGSAVE",
    "BGSAVE SCHEDULE",
    "CLIENT KILL TYPE normal",
    "CLIENT UNBLOCK 5",
    "CLIENT UNBLOCK 9",
    "CLIENT UNBLOCK 15 ERROR",
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

/// The tables of the faults that come and go: each that is taken, once to three times.
pub(super) fn draw(swarm: &Swarm, phases: &Phases, server: &str, apps: &[&str]) -> String {
    let mut text = String::new();
    for row in ROWS.iter().filter(|row| swarm.takes(&format!("fault/{}", row.name))) {
        let mut random = swarm.random(&format!("fault/{}", row.name));
        let times = if is_survivable(row.name, server) { random.between(1, 3) } else { 0 };
        (1..=times).for_each(|number| text += &table(row, number, &mut random, phases.chaos_s, apps));
    }
    let fair = STORIES.iter().filter(|story| (story.is_fair)(server, &text));
    let stories: String = fair.map(|story| told(story, swarm, phases)).collect();
    text += &stories;
    if swarm.is_heavy() {
        // When all is healed: what the server holds then is most.
        let at = phases.chaos_s + phases.limp_s + 5;
        text += &format!(
            "[faults.backup]\nat = \"{at}s\"\noperator = {{ node = \"cache\", run = \"BGSAVE\" }}\n\n"
        );
    }
    text
}

/// The tables of the faults that are left while the core must get on: the server limps, and who is not of the core is away.
pub(super) fn draw_leftovers(swarm: &Swarm, phases: &Phases, server: &str, away: &[&str]) -> String {
    let mut random = swarm.random("left");
    let limps = [
        ("left-full", DISK_FULL.to_string()),
        ("left-slow-cpu", slow_cpu(random.between(2, 5))),
        ("left-slow-disk", slow_disk(random.between(1, 100))),
    ];
    let limps = limps.into_iter().map(|(name, options)| (name.to_string(), options));
    let away = away.iter().map(|app| {
        let options = if random.chance(0.5) { paused(app) } else { isolated(app) };
        (format!("left-{app}"), options)
    });
    let all: Vec<(String, String)> = limps.chain(away).collect();
    let taken =
        all.iter().filter(|(name, _)| swarm.takes(&format!("fault/{name}")) && is_survivable(name, server));
    let (at, lasts) = (phases.chaos_s + 1, phases.limp_s - 1);
    taken
        .map(|(name, options)| format!("[faults.{name}]\nat = \"{at}s\"\nfor = \"{lasts}s\"\n{options}\n\n"))
        .collect()
}

fn table(row: &Row, number: u64, random: &mut Random, chaos_s: u64, apps: &[&str]) -> String {
    let options = (row.draw)(random, apps);
    let (first, last) = (chaos_s * 50, chaos_s * 800);
    let lasts = match row.lasts {
        true => format!("for = \"{}ms\"\n", random.between(1, chaos_s * 200)),
        false => String::new(),
    };
    format!("[faults.{}-{number}]\nat = \"{first}ms..{last}ms\"\n{lasts}{options}\n\n", row.name)
}

/// The tables of a story; none if the plan has it not.
fn told(story: &Story, swarm: &Swarm, phases: &Phases) -> String {
    let mut random = swarm.random(&format!("fault/{}", story.name));
    if !random.chance(story.share) {
        return String::new();
    }
    let begins_ms = random.between(phases.chaos_s * 50, phases.chaos_s * 800);
    let chapters = (1..).zip((story.draw)(&mut random));
    let tables = chapters.map(|(number, chapter)| {
        let at_ms = begins_ms + chapter.after_ms;
        let lasts = chapter.lasts_ms.map_or(String::new(), |ms| format!("for = \"{ms}ms\"\n"));
        format!("[faults.{}-{number}]\nat = \"{at_ms}ms\"\n{lasts}{}\n\n", story.name, chapter.options)
    });
    tables.collect()
}

/// For a while no sync succeeds; before they do again the power fails, and with it goes what was never synced. Under `always`
/// the server ends at the first that fails, and starts when they succeed.
fn failing_syncs(random: &mut Random) -> Vec<Chapter> {
    let (lasts, after) = (random.between(20, 2_000), random.between(100, 3_000));
    let fails = "fsync-fail = { node = \"cache\", times = 1000000 }".to_string();
    let power = format!("power-loss = {{ node = \"cache\", restart-after = \"{after}ms\" }}");
    vec![
        Chapter { after_ms: 0, lasts_ms: Some(lasts), options: fails },
        Chapter { after_ms: lasts - 1, lasts_ms: None, options: power },
    ]
}

/// The power fails while what this command writes takes the place of what was there.
fn cut_off(command: &str, random: &mut Random) -> Vec<Chapter> {
    let (begins, after) = (random.between(0, 200), random.between(1, 3_000));
    let command = format!("operator = {{ node = \"cache\", run = \"{command}\" }}");
    let power =
        format!("power-loss = {{ node = \"cache\", mid-rename = true, restart-after = \"{after}ms\" }}");
    vec![
        Chapter { after_ms: 0, lasts_ms: None, options: command },
        Chapter { after_ms: begins, lasts_ms: None, options: power },
    ]
}

/// Under `everysec` a failed sync breaks the promise, whatever the server does about it; there is a scenario on that.
fn keeps_word_when_syncs_fail(server: &str, faults: &str) -> bool {
    let promises = says(server, "appendfsync", "always") || says(server, "appendfsync", "no");
    promises && !faults.contains("CONFIG SET appendfsync")
}

/// Under `always` a server with a full disk ends, as it must.
fn is_survivable(name: &str, server: &str) -> bool {
    !name.ends_with("full") || !says(server, "appendfsync", "always")
}

const DISK_FULL: &str = "disk-full = { node = \"cache\" }";

fn isolated(host: &str) -> String {
    format!("partition = {{ isolate = [\"{host}\"] }}")
}

fn paused(host: &str) -> String {
    format!("pause = {{ node = \"{host}\" }}")
}

fn restarted(kind: &str, host: &str, random: &mut Random) -> String {
    format!("{kind} = {{ node = \"{host}\", restart-after = \"{}ms\" }}", random.between(1, 3_000))
}

fn app_crash(random: &mut Random, apps: &[&str]) -> String {
    restarted("crash", one_of(random, apps), random)
}

fn one_of<'a>(random: &mut Random, apps: &[&'a str]) -> &'a str {
    apps[random.index(apps.len())]
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

fn slow_cpu(factor: u64) -> String {
    format!("slow-cpu = {{ node = \"cache\", factor = {factor} }}")
}

fn slow_disk(by_ms: u64) -> String {
    format!("slow-disk = {{ node = \"cache\", by = \"{by_ms}ms\" }}")
}

fn operator(random: &mut Random) -> String {
    let command = COMMANDS[random.index(COMMANDS.len())];
    format!("operator = {{ node = \"cache\", run = \"{command}\" }}")
}
