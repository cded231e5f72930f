//! The power fails: of what was not synced a legal part is left.

use super::{Fault, Row, read_as, schema_of};
use crate::format::Mistake;
use crate::stage::Stage;
use crate::torn;
use resplay_apps::units::DurationText;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "power-loss",
    summary: "a machine loses power, and with it unsynced writes; counts the process and all that had something to lose",
    any_host: false,
    lasts: false,
    schema: schema_of::<PowerLoss>,
    read: read_as::<PowerLoss>,
};

/// Options of `power-loss`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PowerLoss {
    /// Which server's machine.
    node: String,
    /// When the machine and its server are started again; never if left out.
    restart_after: Option<DurationText>,
    /// Wait for a moment in which the append-only file is not synced, and leave the last command that reached the
    /// disk cut in two. Without it, the seed draws what is left.
    #[serde(default)]
    mid_append: bool,
    /// Wait for such a moment too, and leave the append-only file as long as it was: what did not reach the disk reads
    /// as zeros, as on file systems that keep sizes before bytes.
    #[serde(default)]
    zero_tail: bool,
    /// Wait for a moment in which the server has just renamed or removed a file.
    #[serde(default)]
    mid_rename: bool,
}

impl PowerLoss {
    fn waits(&self) -> [(&'static str, bool); 3] {
        [("mid-append", self.mid_append), ("mid-rename", self.mid_rename), ("zero-tail", self.zero_tail)]
    }
}

impl Fault for PowerLoss {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        let mut waits = self.waits().into_iter().filter(|(_, is_on)| *is_on);
        match (waits.next(), waits.next()) {
            (Some((first, _)), Some((second, _))) => {
                Err((second, Mistake::new(format!("cannot be had together with `{first}`"))))
            }
            _ => Ok(()),
        }
    }

    fn patience(&self) -> Option<Duration> {
        self.waits().iter().any(|(_, is_on)| *is_on).then_some(torn::PATIENCE)
    }

    fn wait(&self, stage: &mut Stage, until_ns: u64) -> bool {
        // Without a process there is nothing in whose middle it could fail.
        if !stage.is_up(&self.node) {
            return true;
        }
        match self.mid_rename {
            true => torn::wait_for_rename(stage, &self.node, until_ns),
            false => torn::wait_for_append(stage, &self.node, until_ns),
        }
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        if !self.mid_append && !self.zero_tail || !stage.is_up(&self.node) {
            stage.note(format!("{}: the power fails", self.node));
            return stage.lose_power(&self.node);
        }
        let before = torn::append_only_file(stage, &self.node);
        let faults = stage.lose_power(&self.node);
        let told = match self.zero_tail {
            true => torn::fill_with_zeros(stage, &self.node, before),
            false => torn::tear(stage, &self.node, before),
        };
        stage.note(format!("{}: the power fails; {told}", self.node));
        faults
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        stage.restart(&self.node);
    }

    fn own_length(&self) -> Option<Duration> {
        self.restart_after.map(|time| time.0)
    }

    fn describe(&self) -> Option<String> {
        None
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{} is started again", self.node))
    }
}
