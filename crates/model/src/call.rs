//! One command under way.

use crate::answer::{Answer, Outcome};
use crate::keyspace::Keyspace;
use crate::session::Session;
use crate::value::{Hash, Text};
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply, decode};

/// What a command works with.
pub(crate) struct Call<'a> {
    /// The databases, the configuration and the clock.
    pub(crate) keyspace: &'a mut Keyspace,
    /// The connection it came from.
    pub(crate) session: &'a mut Session,
    /// Its words, the name first.
    pub(crate) argv: &'a [Vec<u8>],
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

    /// The string that a word names.
    pub(crate) fn text(&self, index: usize) -> Result<Option<&Text>, Error> {
        self.keyspace.text(self.session.db, &self.argv[index])
    }

    /// The hash that word 1 names.
    pub(crate) fn hash(&self) -> Result<Option<&Hash>, Error> {
        self.keyspace.hash(self.session.db, &self.argv[1])
    }

    /// The actual reply as a value; `None` if its bytes are not exactly one.
    pub(crate) fn chosen(&self) -> Option<Reply> {
        match decode(self.actual) {
            Ok(Some((reply, used))) if used == self.actual.len() => Some(reply),
            _ => None,
        }
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
