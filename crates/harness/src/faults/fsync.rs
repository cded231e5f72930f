//! Syncs that are slow, fail, or lie: three rows on the same host option.

use super::{Fault, Row, read_as, schema_of};
use crate::stage::Stage;
use resplay_apps::units::DurationText;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const SLOW: Row = Row {
    name: "slow-disk",
    summary: "every sync takes longer; counts syncs",
    any_host: false,
    lasts: true,
    schema: schema_of::<Slow>,
    read: read_as::<Slow>,
};

pub(super) const FAIL: Row = Row {
    name: "fsync-fail",
    summary: "syncs fail with an I/O error; counts failed syncs",
    any_host: false,
    lasts: true,
    schema: schema_of::<Fail>,
    read: read_as::<Fail>,
};

pub(super) const LYING: Row = Row {
    name: "lying-fsync",
    summary: "syncs report success and do nothing; counts those with something to do",
    any_host: false,
    lasts: true,
    schema: schema_of::<Lying>,
    read: read_as::<Lying>,
};

/// Options of `slow-disk`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Slow {
    /// Whose disk.
    node: String,
    /// How much longer.
    by: DurationText,
}

impl Fault for Slow {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        vec![stage.world.slow_fsync(host, u64::try_from(self.by.0.as_nanos()).unwrap_or(u64::MAX))]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.slow_fsync(host, 0);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: every sync takes {} longer", self.node, self.by))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: the disk is as fast as before", self.node))
    }
}

/// Options of `fsync-fail`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fail {
    /// Whose disk.
    node: String,
    /// How many syncs fail.
    #[serde(default = "once")]
    times: u64,
    /// Whether the kernel then takes the dirty pages for clean, as Linux does.
    #[serde(default)]
    drop_dirty: bool,
}

fn once() -> u64 {
    1
}

impl Fault for Fail {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        vec![stage.world.fail_fsync(host, self.times, self.drop_dirty)]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.fail_fsync(host, 0, false);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: syncs fail", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: syncs succeed again", self.node))
    }
}

/// Options of `lying-fsync`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Lying {
    /// Whose disk.
    node: String,
}

impl Fault for Lying {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        vec![stage.world.lying_fsync(host, true)]
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        let host = stage.host(&self.node);
        stage.world.lying_fsync(host, false);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: syncs report success and do nothing", self.node))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: syncs are honest again", self.node))
    }
}
