//! SIGSTOP: the process stands still while its kernel and its peers go on.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "pause",
    summary: "a process stands still; counts every input that had to wait",
    any_host: true,
    lasts: true,
    schema: schema_of::<Pause>,
    read: read_as::<Pause>,
};

/// Options of `pause`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Pause {
    /// Whose process.
    node: String,
}

impl Fault for Pause {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, lasts: Duration) -> Vec<FaultId> {
        vec![stage.pause(&self.node, lasts)]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.resume(host);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} is paused", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{} runs on", self.node))
    }
}
