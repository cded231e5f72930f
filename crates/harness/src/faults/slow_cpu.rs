//! The CPU runs slower, as beside a noisy neighbour.

use super::{Fault, Row, plain, read_as, schema_of};
use crate::format::Mistake;
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "slow-cpu",
    summary: "a host's CPU runs slower; counts batches of inputs that ran so",
    any_host: true,
    lasts: true,
    schema: schema_of::<SlowCpu>,
    read: read_as::<SlowCpu>,
};

/// Options of `slow-cpu`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SlowCpu {
    /// Whose CPU.
    node: String,
    /// How many times slower.
    factor: f64,
}

impl Fault for SlowCpu {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        if self.factor > 1.0 { Ok(()) } else { Err(("factor", Mistake::new("must be above 1"))) }
    }

    fn begin(&self, stage: &mut Stage, lasts: Duration) -> Vec<FaultId> {
        vec![stage.slow_cpu(&self.node, self.factor, lasts)]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.slow_cpu(host, 1.0);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: the CPU is {} times slower", self.node, plain(self.factor)))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: the CPU is as fast as before", self.node))
    }
}
