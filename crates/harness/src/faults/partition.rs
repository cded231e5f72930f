//! Some hosts do not reach the others, in neither direction.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_world::{FaultId, HostId};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "partition",
    summary: "some hosts and all others do not reach each other; counts the packets held back",
    any_host: true,
    lasts: true,
    schema: schema_of::<Partition>,
    read: read_as::<Partition>,
};

/// Options of `partition`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Partition {
    /// The hosts on one side.
    isolate: Vec<String>,
}

impl Fault for Partition {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        self.isolate.iter().map(|host| ("isolate", host.as_str())).collect()
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let inside: Vec<HostId> = self.isolate.iter().map(|name| stage.host(name)).collect();
        let outside: Vec<HostId> = stage.world.hosts().filter(|host| !inside.contains(host)).collect();
        vec![stage.world.partition(&inside, &outside)]
    }

    fn end(&self, stage: &mut Stage, faults: &[FaultId]) {
        faults.iter().for_each(|fault| stage.world.heal_fault(*fault));
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{} cut off from all others", self.isolate.join(", ")))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{} reached by all others again", self.isolate.join(", ")))
    }
}
