//! A file that is all commands, appended to a buffer: a base file without RDB preamble (`aof-use-rdb-preamble no`).

use super::commands::Commands;
use super::word::Word;
use super::{encode_select, encode_timestamp};
use crate::rdb::KeyInfo;
use resplay_datatypes::Value;
use resplay_resp::{Protocol, Writer as Wire};
use std::fmt;
use std::ops::ControlFlow;

/// Writes a file. Call in the order of the file: [`Writer::timestamp`], [`Writer::function`], then for each database
/// [`Writer::select`] and its keys; and [`Writer::take`] whenever there is enough. It has no beginning and no end.
///
/// A key is written by [`Writer::begin_key`] and then [`Writer::go_on`] until that says that it is finished: each call
/// takes a bounded time, whatever the value's size, except that a string or an entry of a stream is written at once. Until
/// it is finished the value must not change.
#[derive(Clone, Default)]
pub struct Writer {
    out: Vec<u8>,
    taken: u64,
    key: Option<(Box<[u8]>, Commands)>,
}

impl Writer {
    /// A writer with nothing in it.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// The annotation that what follows was written at this time, in seconds since 1970 (`aof-timestamp-enabled`).
    pub fn timestamp(&mut self, unix_s: i64) {
        self.assert_between_keys();
        encode_timestamp(&mut self.out, unix_s);
    }

    /// A library of functions.
    pub fn function(&mut self, source: &[u8]) {
        self.assert_between_keys();
        put(&mut self.out, &[Word::Bytes(b"FUNCTION"), Word::Bytes(b"LOAD"), Word::Bytes(source)]);
    }

    /// What follows is in this database.
    pub fn select(&mut self, database: u32) {
        self.assert_between_keys();
        encode_select(&mut self.out, database);
    }

    /// A key that [`Writer::go_on`] writes. How it was used is not told: there is no command for that.
    pub fn begin_key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        self.assert_between_keys();
        self.key = Some((key.into(), Commands::new(value, info.expire_ms)));
    }

    /// Writes on the key that was begun, a command at a time, until about so many bytes lie ready for [`Writer::take`];
    /// whether it is finished.
    pub fn go_on(&mut self, value: &Value, about_bytes: usize) -> bool {
        let Some((key, commands)) = &mut self.key else { return true };
        let out = &mut self.out;
        if out.len() >= about_bytes {
            return false;
        }
        let flow = commands.write(key, value, &mut |words| {
            put(out, words);
            if out.len() < about_bytes { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if flow.is_continue() {
            self.key = None;
        }
        flow.is_continue()
    }

    /// A key with its whole value.
    pub fn key(&mut self, key: &[u8], info: &KeyInfo, value: &Value) {
        self.begin_key(key, info, value);
        while !self.go_on(value, usize::MAX) {}
    }

    /// Whole parts that another writer has written.
    pub fn splice(&mut self, parts: &[u8]) {
        self.assert_between_keys();
        self.out.extend_from_slice(parts);
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
        self.taken += self.out.len() as u64;
        std::mem::take(&mut self.out)
    }

    fn assert_between_keys(&self) {
        debug_assert!(self.key.is_none(), "a value is not finished");
    }
}

impl fmt::Debug for Writer {
    /// Where it stands; what it holds may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_within_value = self.key.is_some();
        f.debug_struct("Writer")
            .field("written", &self.written())
            .field("is_within_value", &is_within_value)
            .finish_non_exhaustive()
    }
}

fn put(out: &mut Vec<u8>, words: &[Word<'_>]) {
    let mut wire = Wire::new(out, Protocol::Resp2);
    wire.array(words.len());
    for word in words {
        match word {
            Word::Int(int) => wire.bulk_int(*int),
            word => wire.bulk(&word.bytes()),
        }
    }
}

#[cfg(test)]
mod tests;
