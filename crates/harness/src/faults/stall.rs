//! The disk answers nothing for a while.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "stall",
    summary: "a disk finishes no operation for a while; counts operations that had to wait",
    any_host: false,
    lasts: true,
    schema: schema_of::<Stall>,
    read: read_as::<Stall>,
};

/// Options of `stall`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Stall {
    /// Whose disk.
    node: String,
}

impl Fault for Stall {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, lasts: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let until = stage.world.now().saturating_add(u64::try_from(lasts.as_nanos()).unwrap_or(u64::MAX));
        vec![stage.world.stall_disk(host, until)]
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: the disk stalls", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: the disk goes on", self.node))
    }
}
