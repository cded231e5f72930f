//! The wall clock jumps, as when an operator or NTP sets it.

use super::{Fault, Row, read_as, schema_of};
use crate::format::Mistake;
use crate::stage::Stage;
use resplay_apps::units::DurationText;
use resplay_world::FaultId;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

pub(super) const ROW: Row = Row {
    name: "clock-jump",
    summary: "a host's wall clock jumps; counts the inputs its process took since",
    any_host: true,
    lasts: true,
    schema: schema_of::<ClockJump>,
    read: read_as::<ClockJump>,
};

/// Options of `clock-jump`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClockJump {
    /// Whose clock.
    node: String,
    /// How far; a leading minus jumps back.
    by: String,
}

impl ClockJump {
    fn by_us(&self) -> Result<i64, String> {
        let (sign, text) = self.by.strip_prefix('-').map_or((1, self.by.as_str()), |rest| (-1, rest));
        let time: DurationText = text.parse().map_err(|error| format!("{error}"))?;
        Ok(sign * i64::try_from(time.0.as_micros()).unwrap_or(i64::MAX))
    }

    fn jump(&self, stage: &mut Stage, sign: i64) -> Vec<FaultId> {
        let host = stage.host(&self.node);
        let by_us = self.by_us().unwrap_or_default();
        vec![stage.world.jump_wall(host, sign * by_us)]
    }
}

impl Fault for ClockJump {
    fn hosts(&self) -> Vec<(&'static str, &str)> {
        vec![("node", &self.node)]
    }

    fn check(&self) -> Result<(), (&'static str, Mistake)> {
        self.by_us().map(drop).map_err(|message| ("by", Mistake::new(message)))
    }

    fn begin(&self, stage: &mut Stage, _: Duration) -> Vec<FaultId> {
        self.jump(stage, 1)
    }

    fn end(&self, stage: &mut Stage, _: &[FaultId]) {
        self.jump(stage, -1);
    }

    fn describe(&self) -> Option<String> {
        Some(format!("{}: the wall clock jumps by {}", self.node, self.by))
    }

    fn describe_end(&self) -> Option<String> {
        Some(format!("{}: the wall clock is set right", self.node))
    }
}
