//! Scenarios: from a file through the world to a verdict.
//!
//! [`Scenario::parse`] reads a file; [`run`] plays one of its variants with a seed; the [`Outcome`] says how it
//! went, and [`snapshot`] prints several side by side. Crash cuts ([`cuts`]) judge what is restored after a power loss at
//! each operation of a disk. Reading order: `format`, `stage`, `faults`, `run`, `cuts`.
//!
//! Invariant: a run is a pure function of the file's text, the variant, the overrides and the seed; nothing here
//! reads a file, a clock or the environment.

mod checks;
pub mod cuts;
mod directives;
mod facts;
pub mod faults;
pub mod format;
pub mod goals;
mod host;
pub mod hunt;
pub mod museum;
mod outcome;
mod recorder;
mod report;
mod rounding;
mod run;
mod stage;
mod table;
mod torn;
mod trace;
mod transcript;

pub use checks::rows as checks;
pub use format::{Mistake, Scenario, schema};
pub use host::HostNode;
pub use outcome::{Outcome, Verdict};
pub use report::{Line, Report};
pub use run::{Request, run, run_traced};
pub use stage::{Note, Stage};
pub use table::{side_by_side, snapshot};
pub use trace::{TraceEvent, parting};
pub use transcript::transcript;

/// Name and summary of every kind of application.
pub fn apps() -> impl Iterator<Item = (&'static str, &'static str)> {
    resplay_apps::APPS.iter().map(|app| (app.kind, app.summary))
}
