//! The disk is replaced by an empty one.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_apps::units::DurationText;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "disk-loss",
    summary: "a process is killed and its disk replaced by an empty one; counts files that are gone",
    any_host: false,
    lasts: false,
    schema: schema_of::<DiskLoss>,
    read: read_as::<DiskLoss>,
};

/// Options of `disk-loss`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DiskLoss {
    /// Which server's machine.
    node: String,
    /// When the server is started again; never if left out.
    restart_after: Option<DurationText>,
}

impl Fault for DiskLoss {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        stage.kill(&self.node);
        let host = stage.host(&self.node);
        vec![stage.world.wipe(host)]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        stage.restart(&self.node);
    }

    fn own_length(&self) -> Option<Duration> {
        self.restart_after.map(|time| time.0)
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} is killed, and its disk is lost", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{} is started again on an empty disk", self.node))
    }
}
