//! The disk has no room beyond a limit.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_apps::units::Bytes;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "disk-full",
    summary: "a disk has no room beyond a limit; counts writes that did not fit",
    any_host: false,
    lasts: true,
    schema: schema_of::<DiskFull>,
    read: read_as::<DiskFull>,
};

/// Options of `disk-full`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DiskFull {
    /// Whose disk.
    node: String,
    /// Its room meanwhile; what is there already if left out.
    capacity: Option<Bytes>,
}

impl Fault for DiskFull {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let room = self.capacity.map_or_else(|| stage.world.disk(host).used_bytes(), |bytes| bytes.0);
        vec![stage.world.limit_disk(host, Some(room))]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.limit_disk(host, None);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: the disk is full", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: the disk has room again", self.node))
    }
}
