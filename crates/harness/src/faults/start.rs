//! Somebody starts what is down: after SHUTDOWN, or after a server refused to start.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "start",
    summary: "a server or application that is down is started again; counts those that were down",
    any_host: true,
    lasts: false,
    schema: schema_of::<Start>,
    read: read_as::<Start>,
};

/// Options of `start`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Start {
    /// Which server or application.
    node: String,
}

impl Fault for Start {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let was_down = stage.world.node(host).is_none();
        stage.restart(&self.node);
        vec![stage.world.fault_with(u64::from(was_down))]
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} is started again", self.node))
    }
}
