//! A middle box resets every connection between two hosts.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "reset",
    summary: "every connection between two hosts is reset; counts connections",
    any_host: true,
    lasts: false,
    schema: schema_of::<Reset>,
    read: read_as::<Reset>,
};

/// Options of `reset`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Reset {
    /// One host.
    from: String,
    /// The other.
    to: String,
}

impl Fault for Reset {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("from", &self.from), ("to", &self.to)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let (from, to) = (stage.host(&self.from), stage.host(&self.to));
        vec![stage.world.reset_connections(from, to)]
    }

    fn describe(&self) -> Option<String> {
        Some(format!("connections between {} and {} are reset", self.from, self.to))
    }
}
