//! When a fault happens.

use super::Row;
use crate::format::{Mistake, Tree, read};
use resplay_apps::units::DurationText;
use resplay_base::Random;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// The keys of a fault that say when.
pub const KEYS: [&str; 3] = ["at", "every", "for"];

/// When a fault happens, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct When {
    /// A time from the start, or a window `from..to` in which one is drawn.
    pub at: Window,
    /// Again and again, this long after it began.
    pub every: Option<DurationText>,
    /// How long it lasts; to the end if left out.
    pub r#for: Option<DurationText>,
}

/// A time, or a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Window {
    from: Duration,
    to: Duration,
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    at: Window,
    every: Option<Duration>,
    /// How long it lasts; `None`: to the end of the run.
    pub lasts: Option<Duration>,
}

/// Reads when a fault of this kind happens.
pub fn schedule(tree: &Tree, row: &Row) -> Result<Schedule, Mistake> {
    if let Some(entry) = tree.entry("for").filter(|_| !row.lasts) {
        return Err(entry.mark.mistake(format!("`{}` is over at once", row.name)));
    }
    let when: When = read(tree)?;
    if let Some(every) = tree.get("every").filter(|_| when.every.is_some_and(|every| every.0.is_zero())) {
        return Err(every.mark.mistake("must be above zero"));
    }
    Ok(Schedule { at: when.at, every: when.every.map(|every| every.0), lasts: when.r#for.map(|time| time.0) })
}

impl Schedule {
    /// When it begins in a run of this length: the first time is drawn, others follow.
    pub fn times(&self, duration: Duration, random: &mut Random) -> Vec<Duration> {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let first = random.between(nanos(self.at.from), nanos(self.at.to));
        let step = self.every.map_or(u64::MAX, nanos);
        let mut times = Vec::new();
        let mut next = Some(first);
        while let Some(time) = next.filter(|time| *time < nanos(duration)) {
            times.push(Duration::from_nanos(time));
            next = time.checked_add(step);
        }
        times
    }
}

impl TryFrom<String> for Window {
    type Error = String;

    fn try_from(text: String) -> Result<Window, String> {
        let parse =
            |part: &str| part.trim().parse::<DurationText>().map(|time| time.0).map_err(|e| e.to_string());
        let (from, to) = text.split_once("..").unwrap_or((&text, &text));
        let window = Window { from: parse(from)?, to: parse(to)? };
        if window.from <= window.to { Ok(window) } else { Err(format!("`{text}` ends before it begins")) }
    }
}

impl JsonSchema for Window {
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "a time such as \"6m\", or a window such as \"1m..2m\"" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(at: &str, every: Option<u64>) -> Vec<u64> {
        let at = Window::try_from(at.to_string()).unwrap();
        let schedule = Schedule { at, every: every.map(Duration::from_secs), lasts: None };
        let times = schedule.times(Duration::from_secs(60), &mut Random::stream(1, "test"));
        times.into_iter().map(|time| time.as_secs()).collect()
    }

    #[test]
    fn a_time_is_kept_a_window_is_drawn_from_and_every_repeats_until_the_end() {
        assert_eq!(times("10s", None), [10]);
        assert_eq!(times("10s", Some(20)), [10, 30, 50]);
        assert!((20..=30).contains(&times("20s..30s", None)[0]));
        assert_eq!(times("2m", None), [0; 0]);
    }

    #[test]
    fn a_window_that_ends_before_it_begins_is_refused() {
        assert!(Window::try_from("2m..1m".to_string()).unwrap_err().contains("ends before"));
        assert!(Window::try_from("soon".to_string()).is_err());
    }
}
