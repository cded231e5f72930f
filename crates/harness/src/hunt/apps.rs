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
    /// Other applications that it needs: whole tables, drawn.
    with: fn(&mut Random) -> String,
    /// What it promises beyond what is always checked.
    checks: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row { kind: "cache-aside", draw: cache_aside, with: origin, checks: &["expiry"] },
    Row { kind: "counter", draw: counter, with: nothing, checks: &["counter-bounds"] },
    Row { kind: "leaderboard", draw: plain, with: nothing, checks: &[] },
    Row { kind: "ledger-writer", draw: ledger_writer, with: nothing, checks: &[] },
    Row { kind: "list-append", draw: list_append, with: nothing, checks: &["list-append"] },
    Row { kind: "lock", draw: lock, with: nothing, checks: &["exclusion"] },
    Row { kind: "queue-worker", draw: queue_worker, with: clerk, checks: &[] },
    Row { kind: "random-commands", draw: random_commands, with: nothing, checks: &[] },
    Row { kind: "ring", draw: plain, with: nothing, checks: &[] },
    Row { kind: "session-store", draw: session_store, with: nothing, checks: &["expiry"] },
    Row { kind: "stream-worker", draw: stream_worker, with: producer, checks: &[] },
    Row { kind: "subscriber", draw: subscriber, with: publisher, checks: &[] },
    Row { kind: "visitors", draw: visitors, with: nothing, checks: &[] },
];

fn nothing(_: &mut Random) -> String {
    String::new()
}

fn origin(_: &mut Random) -> String {
    "[apps.origin]\nkind = \"origin\"\n".to_string()
}

/// Writes jobs into the stream of the stream workers; some fail whoever processes them, and old ones may be trimmed.
fn producer(random: &mut Random) -> String {
    let (rate, poison) = (random.between(2, 20), [0, 0, 5, 30][random.index(4)]);
    let max_len = [0, 0, 5, 100][random.index(4)];
    format!(
        "[apps.producer]\nkind = \"producer\"\nrate = \"{rate}/s\"\npoison-every = {poison}\nmax-len = {max_len}\n"
    )
}

/// Writes jobs into the list of the queue workers.
fn clerk(random: &mut Random) -> String {
    let rate = random.between(2, 20);
    format!("[apps.clerk]\nkind = \"producer\"\ninto = \"list\"\nsource = \"tasks\"\nrate = \"{rate}/s\"\n")
}

/// Publishes what it writes into a stream of its own.
fn publisher(random: &mut Random) -> String {
    let rate = random.between(2, 20);
    let keys = "source = \"news\"\npublish = \"news\"\nmax-len = 100\n";
    format!("[apps.publisher]\nkind = \"producer\"\n{keys}rate = \"{rate}/s\"\n")
}

/// What is checked in every plan.
const ALWAYS: [&str; 5] = ["clock", "delivery", "liveness", "model", "promise-ledger"];

/// The applications of a plan.
pub(super) struct Apps {
    /// Their tables.
    pub(super) text: String,
    /// Their names, but for those that others need.
    pub(super) names: Vec<&'static str>,
    /// What is checked.
    pub(super) checks: BTreeSet<&'static str>,
}

/// At least one.
pub(super) fn draw(swarm: &Swarm) -> Apps {
    let mut taken: Vec<&Row> = ROWS.iter().filter(|row| is_taken(swarm, row)).collect();
    if taken.is_empty() {
        taken.push(&ROWS[swarm.random("app").index(ROWS.len())]);
    }
    let mut apps = Apps { text: String::new(), names: Vec::new(), checks: BTreeSet::from(ALWAYS) };
    for row in &taken {
        let options = (row.draw)(swarm, &mut swarm.random(&format!("app/{}", row.kind)));
        let everywhere =
            if row.kind == "random-commands" && taken.len() == 1 { "everywhere = true\n" } else { "" };
        let with = (row.with)(&mut swarm.random(&format!("with/{}", row.kind)));
        write!(apps.text, "[apps.{0}]\nkind = \"{0}\"\n{options}{everywhere}\n{with}\n", row.kind)
            .expect("a string takes all");
        apps.names.push(row.kind);
        apps.checks.extend(row.checks);
    }
    apps
}

fn is_taken(swarm: &Swarm, row: &Row) -> bool {
    swarm.takes(&format!("app/{}", row.kind)) || (row.kind == "session-store" && swarm.is_heavy())
}

fn clients_and_rate(swarm: &Swarm, random: &mut Random) -> String {
    let (clients, rate) = match swarm.is_quiet() {
        true => (1, 1),
        false => (random.between(1, 8), random.between(5, 80)),
    };
    format!("clients = {clients}\nrate = \"{rate}/s\"\n")
}

fn plain(swarm: &Swarm, random: &mut Random) -> String {
    clients_and_rate(swarm, random)
}

fn ledger_writer(swarm: &Swarm, random: &mut Random) -> String {
    clients_and_rate(swarm, random) + &format!("keys = {}\n", random.between(1, 20))
}

fn counter(swarm: &Swarm, random: &mut Random) -> String {
    let (counters, length, most) = (random.between(1, 6), random.between(4, 300), random.between(1, 20));
    let [reads, negative, fields] = [(); 3].map(|()| random.between(0, 10) as f64 / 10.0);
    clients_and_rate(swarm, random)
        + &format!("counters = {counters}\nlength = {length}\nmost = {most}\n")
        + &format!("reads = {reads:.1}\nnegative = {negative:.1}\nfields = {fields:.1}\n")
}

/// Some hold a lock for longer than it lasts.
fn lock(swarm: &Swarm, random: &mut Random) -> String {
    let (locks, ttl) = (random.between(1, 4), ["50ms", "500ms", "2s", "10s"][random.index(4)]);
    let (hold, overstay) =
        (["1ms", "20ms", "300ms", "3s"][random.index(4)], [0.0, 0.0, 0.3][random.index(3)]);
    clients_and_rate(swarm, random)
        + &format!("locks = {locks}\nttl = \"{ttl}\"\nhold = \"{hold}\"\noverstay = {overstay:.1}\n")
}

fn list_append(swarm: &Swarm, random: &mut Random) -> String {
    let (lists, length, steps) = (random.between(1, 6), random.between(4, 60), random.between(1, 8));
    let watch = random.between(0, 10) as f64 / 10.0;
    clients_and_rate(swarm, random)
        + &format!("lists = {lists}\nlength = {length}\nsteps = {steps}\nwatch = {watch:.1}\n")
}

fn session_store(swarm: &Swarm, random: &mut Random) -> String {
    if swarm.is_heavy() {
        return "clients = 20\nrate = \"300/s\"\nttl = \"10s\"\npayload = \"2kb\"\n".to_string();
    }
    let ttl = ["none", "200ms", "2s", "1m"][random.index(4)];
    if swarm.is_quiet() {
        return format!("clients = 1\nrate = \"1/s\"\nttl = \"{ttl}\"\npayload = \"30b\"\n");
    }
    let (payload, clients) = (["0b", "30b", "2kb", "20kb"][random.index(4)], random.between(1, 8));
    // Large ones seldom: bytes cost a run as much time as commands do.
    let rate = if payload == "20kb" { random.between(2, 10) } else { random.between(5, 80) };
    format!("clients = {clients}\nrate = \"{rate}/s\"\nttl = \"{ttl}\"\npayload = \"{payload}\"\n")
}

/// Now and then a crowd on few pages with nothing against a stampede.
fn cache_aside(swarm: &Swarm, random: &mut Random) -> String {
    let mut crowd = swarm.random("crowd");
    if crowd.chance(0.2) && !swarm.is_quiet() {
        let (clients, pages, rate) = (crowd.between(20, 60), crowd.between(1, 3), crowd.between(100, 300));
        return format!(
            "clients = {clients}\nrate = \"{rate}/s\"\nttl = \"500ms\"\nstrategy = \"none\"\npages = {pages}\n"
        );
    }
    let ttl = ["500ms", "3s", "1m"][random.index(3)];
    let strategy = ["none", "mutex", "xfetch"][random.index(3)];
    let pages = random.between(1, 40);
    clients_and_rate(swarm, random)
        + &format!("ttl = \"{ttl}\"\nstrategy = \"{strategy}\"\npages = {pages}\n")
}

fn stream_worker(_: &Swarm, random: &mut Random) -> String {
    let (clients, batch) = (random.between(1, 6), random.between(1, 20));
    let work = ["0s", "50ms", "2s"][random.index(3)];
    let (idle, deliveries) = (["none", "1s", "10s"][random.index(3)], [0, 2, 3][random.index(3)]);
    format!(
        "clients = {clients}\nbatch = {batch}\nwork = \"{work}\"\nclaim-idle = \"{idle}\"\nmax-deliveries = {deliveries}\n"
    )
}

fn queue_worker(_: &Swarm, random: &mut Random) -> String {
    let (clients, mode) = (random.between(1, 6), ["pop", "lmove"][random.index(2)]);
    let work = ["0s", "50ms", "1s"][random.index(3)];
    format!("source = \"tasks\"\nclients = {clients}\nmode = \"{mode}\"\nwork = \"{work}\"\n")
}

fn subscriber(_: &Swarm, random: &mut Random) -> String {
    format!("channel = \"news\"\nclients = {}\n", random.between(1, 4))
}

/// Few people: the ledger keeps what each key held at each moment.
fn visitors(swarm: &Swarm, random: &mut Random) -> String {
    let (people, batch) = ([10, 100, 300][random.index(3)], random.between(1, 20));
    format!("people = {people}\nbatch = {batch}\n") + &clients_and_rate(swarm, random)
}

/// About half of the families, since most commands would meet a key of another type with all of them.
fn random_commands(swarm: &Swarm, random: &mut Random) -> String {
    let taken = FAMILIES.iter().filter(|family| swarm.takes(&format!("family/{}", family.name)));
    let names: Vec<String> = taken.map(|family| format!("\"{}\"", family.name)).collect();
    let (clients, rate) = match swarm.is_quiet() {
        true => (1, 2),
        false => (random.between(1, 6), random.between(20, 200)),
    };
    format!("clients = {clients}\nrate = \"{rate}/s\"\nfamilies = [{}]\n", names.join(", "))
}
