//! The parts of a file, appended to a buffer.

use super::Version;
use super::codes;
use super::strings::{Strings, put_len};
use super::sum::Sum;
use super::value_writer::{ValueWriter, type_of};
use resplay_datatypes::Value;
use std::fmt;

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Who must be able to read it.
    pub version: Version,
    /// Whether strings are compressed (`rdbcompression`).
    pub compress: bool,
    /// Whether there is a checksum at the end, rather than zeros (`rdbchecksum`).
    pub checksum: bool,
}

impl Default for Options {
    /// What the real servers do unless they are told otherwise.
    fn default() -> Options {
        Options { version: Version::V11, compress: true, checksum: true }
    }
}

/// What a file says of a key besides its name and value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyInfo {
    /// When it expires, in milliseconds since 1970.
    pub expire_ms: Option<i64>,
    /// How it was used, where eviction goes by that.
    pub usage: Option<Usage>,
}

/// How a key was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Not for so many seconds.
    IdleS(u64),
    /// So often, as OBJECT FREQ says it.
    Freq(u8),
}

/// Writes a file. Call in the order of the file: [`Writer::begin`], [`Writer::aux`], [`Writer::function`], then for each
/// database [`Writer::select`] and its keys, then [`Writer::end`]; and [`Writer::take`] whenever there is enough.
///
/// A key's value is written by [`Writer::begin_key`] and then [`Writer::go_on`] until that says that it is finished:
/// each call takes a bounded time, whatever the value's size, except that a compact value (of at most as many bytes as
/// the configuration lets it have) is written at once. Until it is finished the value must not change.
#[derive(Clone)]
pub struct Writer {
    options: Options,
    out: Vec<u8>,
    /// Of what was taken away, and of `out` up to `summed`.
    sum: Sum,
    summed: usize,
    taken: u64,
    strings: Strings,
    value: Option<ValueWriter>,
}

impl Writer {
    /// A writer with nothing in it.
    pub fn new(options: Options) -> Writer {
        Writer {
            options,
            out: Vec::new(),
            sum: Sum::new(),
            summed: 0,
            taken: 0,
            strings: Strings::new(options.compress),
            value: None,
        }
    }

    /// The magic word and the version.
    pub fn begin(&mut self) {
        self.out.extend_from_slice(format!("REDIS{:04}", self.options.version.number()).as_bytes());
    }

    /// An auxiliary field, such as `valkey-ver`. A number is written in digits.
    pub fn aux(&mut self, name: &[u8], value: &[u8]) {
        self.out.push(codes::AUX);
        self.strings.put(&mut self.out, name);
        self.strings.put(&mut self.out, value);
    }

    /// A library of functions.
    pub fn function(&mut self, source: &[u8]) {
        self.out.push(codes::FUNCTION2);
        self.strings.put(&mut self.out, source);
    }

    /// What follows is in this database, which has so many keys, `expires` of them with a time to live.
    pub fn select(&mut self, database: u64, keys: u64, expires: u64) {
        self.out.push(codes::SELECT_DB);
        put_len(&mut self.out, database);
        self.out.push(codes::RESIZE_DB);
        put_len(&mut self.out, keys);
        put_len(&mut self.out, expires);
    }

    /// A key, all but its value.
    pub fn begin_key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        debug_assert!(self.value.is_none(), "a value is not finished");
        if let Some(expire_ms) = info.expire_ms {
            self.out.push(codes::EXPIRE_TIME_MS);
            self.out.extend(expire_ms.to_le_bytes());
        }
        match info.usage {
            None => {}
            Some(Usage::IdleS(idle_s)) => {
                self.out.push(codes::IDLE);
                put_len(&mut self.out, idle_s);
            }
            Some(Usage::Freq(freq)) => self.out.extend([codes::FREQ, freq]),
        }
        self.out.push(type_of(value, self.options.version));
        self.strings.put(&mut self.out, key);
        self.value = Some(ValueWriter::new(value, self.options.version));
    }

    /// Writes on the value of the key that was begun, until about so many bytes lie ready for [`Writer::take`];
    /// whether it is finished.
    pub fn go_on(&mut self, value: &Value, about_bytes: usize) -> bool {
        let Some(writer) = &mut self.value else { return true };
        let is_done = writer.write(value, &mut self.strings, &mut self.out, about_bytes);
        if is_done {
            self.value = None;
        }
        is_done
    }

    /// A key with its whole value.
    pub fn key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        self.begin_key(key, info, value);
        while !self.go_on(value, usize::MAX) {}
    }

    /// Whole parts that another writer has written (not its beginning, nor its end): they count for the checksum here.
    pub fn splice(&mut self, parts: &[u8]) {
        debug_assert!(self.value.is_none(), "a value is not finished");
        self.out.extend_from_slice(parts);
    }

    /// The end, and the checksum.
    pub fn end(&mut self) {
        self.out.push(codes::EOF);
        let sum = if self.options.checksum {
            self.add_up();
            self.sum.value()
        } else {
            0
        };
        self.out.extend(sum.to_le_bytes());
    }

    /// How many bytes lie ready.
    pub fn ready(&self) -> usize {
        self.out.len()
    }

    /// How many bytes were written in all, taken or not.
    pub fn written(&self) -> u64 {
        self.taken + self.out.len() as u64
    }

    /// Takes away what lies ready: the next piece of the file.
    pub fn take(&mut self) -> Vec<u8> {
        if self.options.checksum {
            self.add_up();
        }
        self.taken += self.out.len() as u64;
        self.summed = 0;
        std::mem::take(&mut self.out)
    }

    fn add_up(&mut self) {
        self.sum.add(&self.out[self.summed..]);
        self.summed = self.out.len();
    }
}

impl fmt::Debug for Writer {
    /// Where it stands; what it holds may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_within_value = self.value.is_some();
        f.debug_struct("Writer")
            .field("written", &self.written())
            .field("is_within_value", &is_within_value)
            .finish_non_exhaustive()
    }
}
