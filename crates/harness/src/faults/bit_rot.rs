//! One bit of a file flips, and nobody is told.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "bit-rot",
    summary: "one bit of a file on the disk flips; counts files that were there to be hit",
    any_host: false,
    lasts: false,
    schema: schema_of::<BitRot>,
    read: read_as::<BitRot>,
};

/// Options of `bit-rot`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BitRot {
    /// Whose disk.
    node: String,
    /// Which file; a relative path starts in the working directory.
    file: String,
    /// Which byte, counted from the start; the seed draws one if left out.
    byte: Option<u64>,
}

impl Fault for BitRot {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let length = stage.world.disk(host).read(&self.file).map_or(0, <[u8]>::len);
        let byte = self.byte.unwrap_or_else(|| stage.random.below(length.max(1) as u64));
        stage.note(format!("{}: a bit of {} flips", self.node, self.file));
        vec![stage.world.bit_rot(host, &self.file, byte)]
    }

    fn describe(&self) -> Option<String> {
        None
    }
}
