//! Values with units, as options write them: `"50ms"`, `"100/s"`, `"8mb"`, `"none"`. Each prints the way it reads,
//! and its error says what would have been accepted.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A text that is no such value: what was given, and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadUnit {
    /// What was given.
    pub given: String,
    /// What is accepted.
    pub accepted: &'static str,
}

impl fmt::Display for BadUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not {}", self.given, self.accepted)
    }
}

impl std::error::Error for BadUnit {}

/// A duration: a number and one of `ns`, `us`, `ms`, `s`, `m`, `h`, `d`; several such parts add up (`1m30s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DurationText(pub Duration);

/// A duration, or `none`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaybeDuration(pub Option<Duration>);

/// How often, as a number per second, minute or hour: `50/s`, `10/m`, `3/h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many in each period.
    pub count: u64,
    /// The period.
    pub per: Period,
}

/// What a rate counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// `s`.
    Second,
    /// `m`.
    Minute,
    /// `h`.
    Hour,
}

/// A number of bytes with the units of the real servers' configuration: `b`, `k` (1000), `kb` (1024), `m`, `mb`,
/// `g`, `gb`; a bare number is bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// A part of a whole, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(f64);

const DURATION: &str = "a duration such as \"50ms\", \"1m30s\" or \"2h\" (units: ns, us, ms, s, m, h, d)";
const MAYBE_DURATION: &str =
    "\"none\" or a duration such as \"50ms\", \"1m30s\" or \"2h\" (units: ns, us, ms, s, m, h, d)";
const RATE: &str = "a rate such as \"50/s\", \"10/m\" or \"3/h\", above zero";
const BYTES: &str = "a size such as \"100b\", \"64kb\" or \"8mb\" (units: b, k, kb, m, mb, g, gb)";
const SHARE: &str = "a share from 0.0 to 1.0";

/// Nanoseconds by unit, the longest first.
const DURATION_UNITS: [(&str, u64); 7] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Bytes by unit, as the real servers take them in lower or upper case.
const BYTE_UNITS: [(&str, u64); 8] = [
    ("gb", 1 << 30),
    ("mb", 1 << 20),
    ("kb", 1 << 10),
    ("g", 1_000_000_000),
    ("m", 1_000_000),
    ("k", 1_000),
    ("b", 1),
    ("", 1),
];

impl FromStr for DurationText {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<DurationText, BadUnit> {
        let nanos = parse_parts(text).ok_or_else(|| bad(text, DURATION))?;
        Ok(DurationText(Duration::from_nanos(nanos)))
    }
}

/// Nanoseconds of `1m30s`; `None` when it is no duration or too long for 64 bits.
fn parse_parts(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0u64;
    while !rest.is_empty() {
        let (number, after) = split_number(rest)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let scale = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(number.checked_mul(scale)?)?;
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

/// The number that a text begins with, and the rest.
fn split_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        if left == 0 {
            return f.write_str("0s");
        }
        for (unit, scale) in DURATION_UNITS {
            if left >= scale {
                write!(f, "{}{unit}", left / scale)?;
                left %= scale;
            }
        }
        Ok(())
    }
}

impl FromStr for MaybeDuration {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<MaybeDuration, BadUnit> {
        if text == "none" {
            return Ok(MaybeDuration(None));
        }
        let nanos = parse_parts(text).ok_or_else(|| bad(text, MAYBE_DURATION))?;
        Ok(MaybeDuration(Some(Duration::from_nanos(nanos))))
    }
}

impl fmt::Display for MaybeDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(duration) => DurationText(duration).fmt(f),
            None => f.write_str("none"),
        }
    }
}

impl Period {
    const ALL: [(&'static str, Period, u64); 3] =
        [("s", Period::Second, 1), ("m", Period::Minute, 60), ("h", Period::Hour, 3600)];

    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        self.row().2
    }

    fn row(self) -> (&'static str, Period, u64) {
        Period::ALL[self as usize]
    }
}

impl Rate {
    /// The mean time between two events when `shares` sources share this rate evenly.
    pub fn interval(self, shares: u32) -> Duration {
        let nanos = u128::from(self.per.seconds()) * 1_000_000_000 * u128::from(shares.max(1));
        Duration::from_nanos(u64::try_from(nanos / u128::from(self.count.max(1))).unwrap_or(u64::MAX))
    }
}

impl FromStr for Rate {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<Rate, BadUnit> {
        parse_rate(text).ok_or_else(|| bad(text, RATE))
    }
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (count, unit) = text.split_once('/')?;
    let count = count.parse().ok().filter(|count| *count > 0)?;
    let per = Period::ALL.iter().find(|(name, ..)| *name == unit)?.1;
    Some(Rate { count, per })
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.per.row().0)
    }
}

impl FromStr for Bytes {
    type Err = BadUnit;

    fn from_str(text: &str) -> Result<Bytes, BadUnit> {
        parse_bytes(text).map(Bytes).ok_or_else(|| bad(text, BYTES))
    }
}

fn parse_bytes(text: &str) -> Option<u64> {
    let (number, unit) = split_number(text)?;
    let scale = BYTE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1;
    number.checked_mul(scale)
}

impl fmt::Display for Bytes {
    /// The largest unit that leaves nothing over.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, scale): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*scale);
        let (unit, scale) = BYTE_UNITS.iter().find(whole).unwrap_or(&("b", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

impl Share {
    /// A half.
    pub const HALF: Share = Share(0.5);

    /// A share, if the number is from 0 to 1.
    pub fn new(part: f64) -> Option<Share> {
        (0.0..=1.0).contains(&part).then_some(Share(part))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

fn bad(given: &str, accepted: &'static str) -> BadUnit {
    BadUnit { given: given.to_owned(), accepted }
}

/// Reading, printing and the schema of a value that is a text in TOML and JSON.
macro_rules! as_text {
    ($type:ident, $accepted:expr, $pattern:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                deserializer.deserialize_str(Text { accepted: $accepted, parse: $type::from_str })
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $accepted, "pattern": $pattern })
            }
        }
    };
}

as_text!(DurationText, DURATION, "^([0-9]+(ns|us|ms|s|m|h|d))+$");
as_text!(MaybeDuration, MAYBE_DURATION, "^(none|([0-9]+(ns|us|ms|s|m|h|d))+)$");
as_text!(Rate, RATE, "^[1-9][0-9]*/[smh]$");
as_text!(Bytes, BYTES, "^[0-9]+([bB]|[kKmMgG][bB]?)?$");

/// Visits a text, and says what is accepted when it is none.
struct Text<T> {
    accepted: &'static str,
    parse: fn(&str) -> Result<T, BadUnit>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.accepted)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        let part = f64::deserialize(deserializer)?;
        Share::new(part).ok_or_else(|| de::Error::custom(bad(&part.to_string(), SHARE)))
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "description": SHARE, "minimum": 0, "maximum": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration(text: &str) -> Option<Duration> {
        text.parse::<DurationText>().ok().map(|duration| duration.0)
    }

    #[test]
    fn durations_take_every_unit_and_add_their_parts() {
        assert_eq!(duration("50ms"), Some(Duration::from_millis(50)));
        assert_eq!(duration("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Some(Duration::from_secs(172_800)));
        for text in ["", "5", "ms", "5 s", "1.5s", "-1s", "5x", "1é", "99999999999d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn rates_divide_among_clients() {
        let interval = |text: &str, clients| text.parse::<Rate>().map(|rate| rate.interval(clients));
        assert_eq!(interval("50/s", 1), Ok(Duration::from_millis(20)));
        assert_eq!(interval("10/m", 20), Ok(Duration::from_secs(120)));
        assert!(["50", "50/d", "0/s", "/s", "-1/s"].iter().all(|text| interval(text, 1).is_err()));
    }

    #[test]
    fn bytes_read_as_the_real_servers_read_them() {
        let bytes = |text: &str| text.parse::<Bytes>().ok().map(|bytes| bytes.0);
        assert_eq!(bytes("8mb"), Some(8 << 20));
        assert_eq!(bytes("1K"), Some(1000));
        assert_eq!(bytes("123"), Some(123));
        assert_eq!(bytes("1tb"), None);
        assert_eq!(bytes("99999999999gb"), None);
    }

    #[test]
    fn what_is_printed_reads_as_the_same_value() {
        fn check<T: FromStr + ToString>(texts: &[&str]) {
            for text in texts {
                assert_eq!(&text.parse::<T>().ok().expect("valid").to_string(), text);
            }
        }
        check::<DurationText>(&["50ms", "1m30s", "0s", "1d", "1us1ns"]);
        check::<MaybeDuration>(&["none", "1h"]);
        check::<Rate>(&["50/s", "3/h"]);
        check::<Bytes>(&["8mb", "1k", "7b", "0b"]);
    }

    #[test]
    fn errors_say_what_is_accepted() {
        let error = |text: &str| text.parse::<DurationText>().expect_err("no duration").to_string();
        assert!(
            error("5 sec").starts_with("`5 sec` is not a duration such as \"50ms\""),
            "{}",
            error("5 sec")
        );
        assert!(error("5 sec").ends_with("(units: ns, us, ms, s, m, h, d)"));
    }
}
