//! `conform --report`: the page on every command of Valkey 8.0.1.

use super::corpus;
use crate::args::ConformArgs;
use resplay_conform::{Booted, Stage, Started, report, suite};
use resplay_engine::Server;
use std::fs;

/// Where the page is kept.
const PAGE: &str = "reports/conformance.md";

/// Plays the corpus against the engine and redis-server, and writes the page; whether the engine agrees.
pub fn write(args: &ConformArgs) -> Result<bool, String> {
    let corpus = corpus(args)?;
    let bar = super::progress(2 * suite::count(&corpus, None) as u64, "cases");
    let tally = |stage: &mut dyn Stage| {
        let mut tally = suite::Tally::default();
        suite::run(&corpus, None, stage, |judged| {
            bar.inc(1);
            tally.take(&judged);
        })
        .map(|()| tally)
        .map_err(|error| error.to_string())
    };
    let mut booted = Booted::new(Server::new);
    let engine = tally(&mut booted)?;
    let redis = tally(&mut Started::new("redis-server", "7.0.15"))?;
    bar.finish_and_clear();
    let implemented = booted.target().and_then(report::implemented).map_err(|error| error.to_string())?;
    let page = report::page(&implemented, &engine, &report::cells(&redis));
    fs::write(PAGE, page).map_err(|error| format!("{PAGE}: {error}; run this at the root of the project"))?;
    println!("wrote {PAGE}");
    Ok(engine.holds())
}
