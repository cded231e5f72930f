//! Faults: one file each, one row in [`FAULTS`]. A scenario says when (`at`, `every`, `for`) and which:
//!
//! ```toml
//! [faults.outage]
//! at = "1m..2m"                  # a time, or a window in which the seed draws one
//! power-loss = { node = "cache", restart-after = "5s" }
//! ```
//!
//! Every fault counts how often it took effect, not how often it was injected; a run in which one never did fails.
//!
//! To add one: a file with its options, its `ROW` and its [`Fault`], and a line in the table.

mod bit_rot;
mod clock_jump;
mod crash;
mod cut;
mod disk_full;
mod disk_loss;
mod fsync;
mod operator;
mod partition;
mod pause;
mod power_loss;
mod reset;
mod slow_cpu;
mod stall;
mod start;
mod when;

pub use operator::{commands as operator_commands, words};
pub use when::{Schedule, When, schedule};

use crate::format::{Mistake, Tree, read};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// One kind of fault.
pub struct Row {
    /// Its key in a scenario.
    pub name: &'static str,
    /// What it does and what counts as taking effect, in a line.
    pub summary: &'static str,
    /// Whether it may hit applications' hosts too, not only servers.
    pub any_host: bool,
    /// Whether `for` says how long it lasts; else it is over at once, or says so itself.
    pub lasts: bool,
    /// The JSON schema of its options.
    pub schema: fn() -> Schema,
    /// Reads its options.
    pub read: fn(&Tree) -> Result<Box<dyn Fault>, Mistake>,
}

/// Every kind, by name.
pub const FAULTS: &[Row] = &[
    bit_rot::ROW,
    clock_jump::ROW,
    crash::ROW,
    cut::ROW,
    disk_full::ROW,
    disk_loss::ROW,
    fsync::FAIL,
    fsync::LYING,
    operator::ROW,
    partition::ROW,
    pause::ROW,
    power_loss::ROW,
    reset::ROW,
    slow_cpu::ROW,
    fsync::SLOW,
    stall::ROW,
    start::ROW,
];

/// A fault with its options.
pub trait Fault: Send + Sync {
    /// The hosts it names, each with the key of the option that does.
    fn hosts(&self) -> Vec<(&'static str, &str)>;

    /// An option that is of the right type and yet wrong, with its key.
    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        Ok(())
    }

    /// How long at most it waits for a certain moment before it begins, if it does.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Runs on until the moment that it waits for, but no longer than until then; whether it has come.
    fn wait(&self, _: &mut Stage, _until_ns: u64) -> bool {
        true
    }

    /// Begins; `lasts` is how long it will last. Returns the entries in the world's ledger of effects.
    fn begin(&self, stage: &mut Stage, lasts: Duration) -> Vec<FaultId>;

    /// Ends what it began.
    fn end(&self, _: &mut Stage, _: &[FaultId]) {}

    /// How long it lasts, if its own options say so.
    fn own_length(&self) -> Option<Duration> {
        None
    }

    /// Its line in the timeline when it begins; none for those that write their own.
    fn describe(&self) -> Option<String>;

    /// Its line in the timeline when it ends.
    fn describe_end(&self) -> Option<String> {
        None
    }

    /// A command that the operator is to run.
    fn command(&self) -> Option<operator::Command<'_>> {
        None
    }
}

/// The one kind of fault that a table of a scenario names, and its options.
pub fn find(tree: &Tree) -> Result<(&'static Row, &Tree), Mistake> {
    let mut found = None;
    for entry in tree.entries().iter().filter(|entry| !when::KEYS.contains(&entry.key.as_str())) {
        let row = FAULTS.iter().find(|row| row.name == entry.key);
        let row = row.ok_or_else(|| {
            let known = FAULTS.iter().map(|row| row.name).chain(when::KEYS);
            Mistake::unknown("fault", &entry.key, known).at(&entry.mark)
        })?;
        if found.replace((row, &entry.tree)).is_some() {
            return Err(entry.mark.mistake("a second kind of fault").with_help("give it a table of its own"));
        }
    }
    found.ok_or_else(|| {
        let known: Vec<&str> = FAULTS.iter().map(|row| row.name).collect();
        tree.mark.mistake("the kind of fault is missing").with_help(format!("known: {}", known.join(", ")))
    })
}

/// Reads a fault's options.
fn read_as<F: Fault + DeserializeOwned + 'static>(tree: &Tree) -> Result<Box<dyn Fault>, Mistake> {
    Ok(Box::new(read::<F>(tree)?))
}

fn schema_of<F: JsonSchema>() -> Schema {
    schemars::schema_for!(F)
}

/// A factor for texts: `3` prints as `3`, `2.5` as `2.5`.
fn plain(number: f64) -> String {
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_sorted_and_no_key_of_time_is_among_them() {
        assert!(FAULTS.is_sorted_by_key(|row| row.name));
        assert!(FAULTS.iter().all(|row| !when::KEYS.contains(&row.name)));
    }
}
