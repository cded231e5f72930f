//! SIGKILL: the process is gone, what it wrote stays in the page cache. An application that is started again knows
//! nothing of its first life; what it measured goes on.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_apps::units::DurationText;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "crash",
    summary: "a process is killed, its page cache stays; counts processes killed",
    any_host: true,
    lasts: false,
    schema: schema_of::<Crash>,
    read: read_as::<Crash>,
};

/// Options of `crash`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Crash {
    /// Which server or application.
    node: String,
    /// When it is started again; never if left out.
    restart_after: Option<DurationText>,
}

impl Fault for Crash {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        stage.kill(&self.node)
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        stage.restart(&self.node);
    }

    fn own_length(&self) -> Option<Duration> {
        self.restart_after.map(|time| time.0)
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} is killed", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{} is started again", self.node))
    }
}
