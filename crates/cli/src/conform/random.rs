//! `conform --random`: the same random histories to two servers.

use super::{corpus, leave, progress, visit};
use crate::args::{ConformArgs, Format};
use crate::run::print;
use resplay_conform::random::{CLIENTS, Disagreement, Duel, Step, history, show};
use resplay_conform::{Corpus, InProcess, Target};
use resplay_engine::Server;
use resplay_resp::Protocol;
use serde::Serialize;

/// How many commands are sent before all data are compared and both servers emptied.
const HISTORY: u64 = 10_000;

/// How it ended, for programs; its fields come in this order.
#[derive(Serialize)]
struct Line {
    servers: [String; 2],
    seed: u64,
    commands: u64,
    /// Null if there is none: the shortest history found, as lines for redis-cli, and what each server said.
    difference: Option<String>,
}

/// Compares two servers with so many commands; whether they agree.
pub fn compare(args: &ConformArgs, count: u64) -> Result<bool, String> {
    let Some(other) = &args.against else {
        return Err(
            "--random compares two servers: give the other one with --against redis://HOST:PORT".into()
        );
    };
    if args.format == Format::Junit {
        return Err("--random prints for people or as json".into());
    }
    let corpus = corpus(args)?;
    let mut against = visit(other, args.flush)?;
    let other_name = format!("{} at {other}", against.identity().name);
    let told = match &args.target {
        None => {
            let words = ["--save", "", "--appendonly", "no"].map(str::to_owned);
            let mut own = InProcess::boot(Server::new(), &words).map_err(|error| error.to_string())?;
            let names = ["the engine".to_owned(), other_name];
            let ledger = ["resplay", against.identity().ledger];
            duel(args, count, &corpus, [&mut own, against.tcp()], names, ledger)
        }
        Some(address) => {
            let mut target = visit(address, args.flush)?;
            let names = [format!("{} at {address}", target.identity().name), other_name];
            let ledger = [target.identity().ledger, against.identity().ledger];
            let told = duel(args, count, &corpus, [target.tcp(), against.tcp()], names, ledger);
            leave(&mut target, address);
            told
        }
    };
    leave(&mut against, other);
    told
}

fn duel<'a>(
    args: &ConformArgs,
    count: u64,
    corpus: &'a Corpus,
    targets: [&'a mut dyn Target; 2],
    names: [String; 2],
    ledger: [&'a str; 2],
) -> Result<bool, String> {
    let failed = |error: std::io::Error| format!("{} and {}: {error}", names[0], names[1]);
    let mut duel = Duel::new(targets, ledger, &corpus.divergences);
    let known = duel.known().map_err(failed)?;
    let bar = progress(count, "commands");
    let (mut sent, mut number, mut told) = (0, 0, None);
    while sent < count && told.is_none() {
        let len = HISTORY.min(count - sent);
        // One seed is one run; its histories follow from it.
        let seed = args.seed.wrapping_mul(1_000_003).wrapping_add(number);
        let protocol = if number % 2 == 0 { Protocol::Resp2 } else { Protocol::Resp3 };
        let steps = history(seed, len as usize, args.filter.as_deref(), &|name| known.contains(name));
        if steps.is_empty() {
            bar.finish_and_clear();
            return Err("there is no random command that both servers have and the filter takes".into());
        }
        if let Some(found) = duel.play(&steps, protocol).map_err(failed)? {
            bar.set_message("making it shorter");
            told = Some(shorten(&mut duel, &steps, protocol, found, [&names[0], &names[1]]).map_err(failed)?);
        }
        (sent, number) = (sent + len, number + 1);
        bar.inc(len);
    }
    bar.finish_and_clear();
    print(&summary(args, names, sent, &told));
    Ok(told.is_none())
}

fn shorten(
    duel: &mut Duel<'_>,
    steps: &[Step],
    protocol: Protocol,
    found: Disagreement,
    names: [&str; 2],
) -> std::io::Result<String> {
    let (short, last) = duel.shrink(steps, protocol, found)?;
    let hello = if protocol == Protocol::Resp3 { "each client begins with HELLO 3\n" } else { "" };
    Ok(format!("{hello}{}{}", show(&short), last.told_by(names)))
}

fn summary(args: &ConformArgs, names: [String; 2], sent: u64, told: &Option<String>) -> String {
    if args.format == Format::Json {
        let line = Line { servers: names, seed: args.seed, commands: sent, difference: told.clone() };
        return serde_json::to_string(&line).expect("texts and numbers are always JSON") + "\n";
    }
    let [one, other] = names;
    let heading = format!("{one} and {other}, {CLIENTS} clients, seed {}", args.seed);
    match told {
        None => format!("{heading}: {sent} commands, no difference\n"),
        Some(told) => format!("{heading}: a difference within {sent} commands\n\n{told}"),
    }
}
