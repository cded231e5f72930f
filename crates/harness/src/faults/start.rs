//! Somebody starts what is down: after SHUTDOWN, or after a server refused to start.

use super::{Fault, Row, read_as, schema_of};
use crate::format::{Mistake, Word};
use crate::stage::Stage;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
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
    /// Directives that its operator wrote into its configuration file meanwhile, over those that were there.
    #[serde(default)]
    config: BTreeMap<String, Word>,
}

impl Fault for Start {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        let known = crate::directives::names();
        match self.config.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(("config", Mistake::unknown("directive", name, known.iter().copied()))),
        }
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let was_down = stage.world.node(host).is_none();
        stage.configure(&self.node, &self.config);
        stage.restart(&self.node);
        vec![stage.world.fault_with(u64::from(was_down))]
    }

    fn describe(&self) -> Option<String> {
        let config: Vec<String> =
            self.config.iter().map(|(name, word)| format!("{name} {}", word.0)).collect();
        Some(match config.is_empty() {
            true => format!("{} is started again", self.node),
            false => format!("{} is started again, now with {}", self.node, config.join(", ")),
        })
    }
}
