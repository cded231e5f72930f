//! One command under way.

use crate::answer::{Answer, Outcome};
use crate::float80::Float80;
use crate::keyspace::{Keyspace, Ttl};
use crate::session::Session;
use crate::settings::Settings;
use crate::value::{Hash, Kind, Text};
use crate::waiting::Wait;
use resplay_resp::number::{parse_f64, parse_i64};
use resplay_resp::{Error, Reply, Writer, decode};
use std::ops::RangeInclusive;

/// What a command works with.
pub(crate) struct Call<'a> {
    /// The databases, the configuration and the clock.
    pub(crate) keyspace: &'a mut Keyspace,
    /// The connection it came from.
    pub(crate) session: &'a mut Session,
    /// Its words, the name first.
    pub(crate) argv: &'a [Vec<u8>],
    /// Whether it runs inside a transaction.
    pub(crate) is_in_exec: bool,
    /// What its client waits for, once it ran.
    pub(crate) wait: Option<Wait>,
    /// The bytes that the node replied, for commands that have a choice.
    pub(crate) actual: &'a [u8],
}

impl<'a> Call<'a> {
    /// A word; the row's arity says which are there.
    pub(crate) fn word(&self, index: usize) -> &'a [u8] {
        &self.argv[index]
    }

    /// A word in capitals, for options; empty if it is not there.
    pub(crate) fn option(&self, index: usize) -> Vec<u8> {
        self.argv.get(index).map(|word| word.to_ascii_uppercase()).unwrap_or_default()
    }

    /// A word as an integer.
    pub(crate) fn int(&self, index: usize) -> Result<i64, Error> {
        let word = self.argv.get(index).ok_or(Error::Syntax)?;
        parse_i64(word).ok_or(Error::NotAnInteger)
    }

    /// A word as a database number; `bad` is the error for what is no integer at all.
    pub(crate) fn db_number(&self, index: usize) -> Result<u32, Error> {
        let number = self.int32(index)?;
        let is_there = |number: &u32| (*number as usize) < self.keyspace.databases.len();
        u32::try_from(number).ok().filter(is_there).ok_or(Error::DbOutOfRange)
    }

    /// A word as a C `int`.
    fn int32(&self, index: usize) -> Result<i32, Error> {
        let range = "ERR value is out of range, value must between -2147483648 and 2147483647";
        i32::try_from(self.int(index)?).map_err(|_| Error::Custom(range.to_owned()))
    }

    /// The selected database.
    pub(crate) fn db(&self) -> u32 {
        self.session.db
    }

    /// The value that a word names, of a certain type.
    pub(crate) fn read<T: Kind>(&self, index: usize) -> Result<Option<&T>, Error> {
        self.keyspace.read(self.session.db, &self.argv[index])
    }

    /// The string that a word names.
    pub(crate) fn text(&self, index: usize) -> Result<Option<&Text>, Error> {
        self.read(index)
    }

    /// The hash that word 1 names.
    pub(crate) fn hash(&self) -> Result<Option<&Hash>, Error> {
        self.read(1)
    }

    /// Changes the value that a word names, in a new one if there is none. See [`Keyspace::edit`].
    pub(crate) fn edit<T: Kind, R>(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut T, &Settings) -> R,
    ) -> Result<R, Error> {
        self.keyspace.edit(self.session.db, &self.argv[index], change)
    }

    /// Something happened to a key of the selected database.
    pub(crate) fn notify(&mut self, class: char, event: &str, key: &[u8]) {
        self.keyspace.notify(class, event, self.session.db, key);
    }

    /// The same, and if nothing was left of the key that it was deleted.
    pub(crate) fn notify_shrunk(&mut self, class: char, event: &str, key: &[u8]) {
        self.notify(class, event, key);
        if self.keyspace.get(self.session.db, key).is_none() {
            self.notify('g', "del", key);
        }
    }

    /// Writes a result over whatever a key holds, or deletes the key if there is no result; true if there is one.
    pub(crate) fn store<T: Kind>(&mut self, key: &[u8], result: Option<T>, class: char, event: &str) -> bool {
        let db = self.session.db;
        match result {
            Some(value) => {
                self.keyspace.put(db, key, value.into_value(), Ttl::Clear);
                self.notify(class, event, key);
                true
            }
            None => {
                if self.keyspace.remove(db, key).is_some() {
                    self.notify('g', "del", key);
                }
                false
            }
        }
    }

    /// A word as an integer in a range; `bad` is the error for all else.
    pub(crate) fn int_in(&self, index: usize, range: RangeInclusive<i64>, bad: &str) -> Result<i64, Error> {
        let word = self.argv.get(index).ok_or(Error::Syntax)?;
        parse_i64(word).filter(|value| range.contains(value)).ok_or_else(|| error(bad))
    }

    /// Whether the command may wait: not inside a transaction, and not while a file is read back.
    pub(crate) fn may_wait(&self) -> bool {
        !self.is_in_exec && !self.keyspace.is_loading
    }

    /// A word as a time to wait, in seconds: until when, in milliseconds since 1970; `None` without end.
    pub(crate) fn deadline(&self, index: usize) -> Result<Option<i64>, Error> {
        let word = self.word(index);
        // The real server has room for more than a double has.
        let seconds = parse_f64(word).or_else(|| Some(Float80::parse(word)?.as_f64()));
        let seconds = seconds.ok_or_else(|| error("timeout is not a float or out of range"))?;
        self.deadline_after(seconds * 1_000.0)
    }

    /// The same in milliseconds.
    pub(crate) fn deadline_ms(&self, index: usize) -> Result<Option<i64>, Error> {
        let ms =
            parse_i64(self.word(index)).ok_or_else(|| error("timeout is not an integer or out of range"))?;
        self.deadline_after(ms as f64)
    }

    fn deadline_after(&self, ms: f64) -> Result<Option<i64>, Error> {
        if ms > i64::MAX as f64 {
            return Err(error("timeout is out of range"));
        }
        let ms = if ms > 0.0 { ms.ceil() } else { ms } as i64;
        if ms < 0 {
            return Err(error("timeout is negative"));
        }
        let until = self.keyspace.now.checked_add(ms).ok_or_else(|| error("timeout is out of range"))?;
        Ok((ms > 0).then_some(until))
    }

    /// The actual reply as a value; `None` if its bytes are not exactly one.
    pub(crate) fn chosen(&self) -> Option<Reply> {
        match decode(self.actual) {
            Ok(Some((reply, used))) if used == self.actual.len() => Some(reply),
            _ => None,
        }
    }

    /// Whether the actual reply is this one.
    pub(crate) fn is_exactly(&self, reply: &Reply) -> bool {
        let mut bytes = Vec::new();
        Writer::new(&mut bytes, self.session.protocol).reply(reply);
        bytes == self.actual
    }

    /// Checks the actual reply's form alone; `legal` says it in words.
    pub(crate) fn form(&self, legal: &str, fits: impl FnOnce(&Reply) -> bool) -> Outcome {
        Answer::judge(self.chosen().is_some_and(|reply| fits(&reply)), legal)
    }

    /// An array of help lines.
    pub(crate) fn help(&mut self) -> Outcome {
        self.form("an array of simple strings", |reply| match reply {
            Reply::Array(lines) => lines.iter().all(|line| matches!(line, Reply::Simple(_))),
            _ => false,
        })
    }
}

/// An error whose text no other place knows, with the usual code in front.
pub(crate) fn error(text: &str) -> Error {
    Error::Custom(format!("ERR {text}"))
}

/// The elements of an array or set, sorted for comparison without order; `None` if it is neither, or if an element
/// is no bulk string.
pub(crate) fn sorted_bulks(items: &[Reply]) -> Option<Vec<&[u8]>> {
    let mut bulks = items.iter().map(as_bulk).collect::<Option<Vec<_>>>()?;
    bulks.sort_unstable();
    Some(bulks)
}

/// A bulk string's bytes.
pub(crate) fn as_bulk(reply: &Reply) -> Option<&[u8]> {
    match reply {
        Reply::Bulk(bytes) => Some(bytes),
        _ => None,
    }
}

/// A word as C's functions see it: it ends before a zero byte.
pub(crate) fn c_text(word: &[u8]) -> &[u8] {
    word.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An unsigned 64-bit number, as generously as C's `strtoull` reads it: blanks and a sign may stand in front, and a negative
/// number counts from the other end, unless it is plainly one.
pub(crate) fn c_unsigned(text: &[u8]) -> Option<u64> {
    if let Some(plain) = parse_i64(text) {
        return u64::try_from(plain).ok();
    }
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: u64 = digits.parse().ok().filter(|_| is_number)?;
    Some(if text.starts_with('-') { value.wrapping_neg() } else { value })
}
