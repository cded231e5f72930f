//! One direction between two hosts carries nothing.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "cut",
    summary: "nothing gets from one host to another; counts the packets held back",
    any_host: true,
    lasts: true,
    schema: schema_of::<Cut>,
    read: read_as::<Cut>,
};

/// Options of `cut`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Cut {
    /// Where the packets come from.
    from: String,
    /// Where they do not arrive.
    to: String,
}

impl Fault for Cut {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("from", &self.from), ("to", &self.to)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let (from, to) = (stage.host(&self.from), stage.host(&self.to));
        vec![stage.world.cut(from, to)]
    }

    fn end(&self, stage: &mut Stage, faults: &[FaultId]) {
        faults.iter().for_each(|fault| stage.world.heal_fault(*fault));
    }

    fn describe(&self) -> Option<String> {
        Some(format!("nothing gets from {} to {}", self.from, self.to))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("packets get from {} to {} again", self.from, self.to))
    }
}
