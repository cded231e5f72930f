//! `conform`: the corpus, or random histories, against the engine in this process or any server.

mod human;
mod json;
mod junit;
mod random;
mod report;

use crate::args::{ConformArgs, Format};
use crate::run::print;
use crate::{HOLDS, USAGE, VIOLATED};
use indicatif::{ProgressBar, ProgressStyle};
use resplay_conform::suite::{self, Judged, Tally};
use resplay_conform::{Address, Booted, Corpus, Guest, Stage};
use resplay_engine::Server;

/// Does what was asked for; gives the exit status.
pub fn conform(args: &ConformArgs) -> u8 {
    let done = match (args.report, args.random) {
        (true, _) => report::write(args),
        (_, Some(count)) => random::compare(args, count),
        _ => replay(args),
    };
    match done {
        Ok(true) => HOLDS,
        Ok(false) => VIOLATED,
        Err(why) => {
            eprintln!("resplay conform: {why}");
            USAGE
        }
    }
}

/// Turns judged cases into text as they come, in order.
trait Printer {
    /// After each case.
    fn done(&mut self, judged: &Judged) -> String;
    /// After the last.
    fn end(&mut self, tally: &Tally) -> String;
}

/// The corpus against one server; whether it agrees.
fn replay(args: &ConformArgs) -> Result<bool, String> {
    let corpus = corpus(args)?;
    let filter = args.filter.as_deref();
    let cases = suite::count(&corpus, filter);
    if cases == 0 {
        return Err(
            "no case of the corpus fits the filter; it names commands or files, as 'H*' or 'string/*'".into(),
        );
    }
    let Some(address) = &args.target else {
        let mut stage = Booted::new(Server::new);
        return play(args, &corpus, cases, &mut stage, "the engine in this process");
    };
    let mut guest = visit(address, args.flush)?;
    let title = format!("{} at {address}", guest.identity().name);
    let played = play(args, &corpus, cases, &mut guest, &title);
    // Whatever happened: it is left as it was.
    leave(&mut guest, address);
    played
}

fn play(
    args: &ConformArgs,
    corpus: &Corpus,
    cases: usize,
    stage: &mut dyn Stage,
    title: &str,
) -> Result<bool, String> {
    let mut printer: Box<dyn Printer> = match args.format {
        Format::Human => Box::new(human::Human::new(title, stage.server())),
        Format::Json => Box::new(json::Json),
        Format::Junit => Box::new(junit::Junit::default()),
    };
    let (mut tally, bar) = (Tally::default(), progress(cases as u64, "cases"));
    let played = suite::run(corpus, args.filter.as_deref(), stage, |judged| {
        tally.take(&judged);
        let text = printer.done(&judged);
        bar.inc(1);
        bar.suspend(|| print(&text));
    });
    bar.finish_and_clear();
    played.map_err(|error| format!("{title}: {error}"))?;
    let is_named =
        |command: &String| args.filter.as_ref().is_some_and(|filter| suite::is_like(filter, command));
    if tally.rows.keys().any(is_named) {
        // The other commands of these cases are not what was asked about.
        tally.rows.retain(|command, _| is_named(command));
    }
    print(&printer.end(&tally));
    Ok(tally.holds())
}

/// The corpus in the binary, or in a directory.
fn corpus(args: &ConformArgs) -> Result<Corpus, String> {
    args.corpus.as_deref().map_or_else(Corpus::embedded, Corpus::open)
}

/// A visit to somebody's server, which must be empty or may be emptied.
fn visit(address: &Address, may_flush: bool) -> Result<Guest, String> {
    let guest = Guest::visit(address).map_err(|error| format!("{address}: {error}"))?;
    if guest.has_keys() && !may_flush {
        return Err(format!(
            "{address} has keys, and every key there would be deleted: give --flush to allow that"
        ));
    }
    Ok(guest)
}

/// Says what could not be set back.
fn leave(guest: &mut Guest, address: &Address) {
    match guest.leave() {
        Ok(refused) if refused.is_empty() => {}
        Ok(refused) => eprintln!("resplay conform: {address} refused to set back {}", refused.join(", ")),
        Err(error) => eprintln!("resplay conform: {address} could not be set back: {error}"),
    }
}

/// A bar on a terminal, nothing in a pipe.
fn progress(len: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} to go"));
    ProgressBar::new(len).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// `1 case`, `2 cases`.
fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
