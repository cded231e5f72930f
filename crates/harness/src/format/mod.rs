//! The scenario format: TOML with named parts, variants by dotted path, and mistakes that point at their words.
//!
//! Reading goes in two steps. [`Scenario::parse`] reads a file and lays each variant over the base once, so that
//! every mistake shows at once; [`Scenario::plan`] gives what a run needs. [`schema()`] describes the same types
//! to editors.

mod file;
mod mistake;
mod paths;
mod plan;
mod print;
mod read;
mod scenario;
mod schema;
mod tree;

pub use file::{Checks, Cuts, Disk, Expected, File, Network, NodeSpec, Word};
pub use mistake::{Mark, Mistake, Source, nearest};
pub use plan::{AppPlan, FaultPlan, NodePlan, OPERATOR, Plan};
pub use read::read;
pub use scenario::Scenario;
pub use schema::schema;
pub use tree::{Entry, Tree, Value};

#[cfg(test)]
mod tests;
