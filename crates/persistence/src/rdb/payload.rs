//! A single value: its type and bytes as in a file, the version (2 bytes), and the CRC-64 of all that.

use super::build::{Build, Built};
use super::codes::is_type;
use super::source::{Source, Stop};
use super::strings::Strings;
use super::sum::Sum;
use super::value_writer::{ValueWriter, type_of};
use super::{Limits, VERSION_MAX, Version};
use resplay_datatypes::Value;
use resplay_resp::Error;
use std::fmt;

/// The version and the checksum, in bytes.
const FOOTER: usize = 10;

/// What DUMP replies; whether strings are compressed (`rdbcompression`).
pub fn dump(value: &Value, version: Version, compress: bool) -> Vec<u8> {
    let mut out = vec![type_of(value, version)];
    let (mut writer, mut strings) = (ValueWriter::new(value, version), Strings::new(compress));
    while !writer.write(value, &mut strings, &mut out, usize::MAX) {}
    out.extend(version.number().to_le_bytes());
    let sum = Sum::of(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// Why a payload is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// Its footer is missing, from a newer version, or not its own.
    Footer,
    /// It is no value.
    Format,
}

impl RestoreError {
    /// What RESTORE replies.
    pub fn reply(self) -> Error {
        match self {
            RestoreError::Footer => Error::BadPayload,
            RestoreError::Format => Error::BadDataFormat,
        }
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reply().fmt(f)
    }
}

impl std::error::Error for RestoreError {}

/// The value of a payload. As in the real servers, what stands between the value's end and the footer does not matter.
pub fn restore(payload: &[u8], limits: &Limits) -> Result<Value, RestoreError> {
    let body = payload.len().checked_sub(FOOTER).ok_or(RestoreError::Footer)?;
    let version = u16::from_le_bytes([payload[body], payload[body + 1]]);
    let sum = Sum::of(&payload[..body + 2]).to_le_bytes();
    if version > VERSION_MAX || payload[body + 2..] != sum {
        return Err(RestoreError::Footer);
    }
    match read(&mut Source::new(payload), limits) {
        Ok(Built::Value(value)) => Ok(value),
        Ok(Built::Empty) | Err(_) => Err(RestoreError::Format),
    }
}

fn read(source: &mut Source<'_>, limits: &Limits) -> Result<Built, Stop> {
    let form = source.byte()?;
    if !is_type(form) {
        return Err(super::Why::corrupt("Unknown RDB encoding type").into());
    }
    let mut build = Build::begin(form, source, limits)?;
    loop {
        if let Some(built) = build.step(source, limits)? {
            return Ok(built);
        }
    }
}
