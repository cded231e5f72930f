//! Reading an append-only file back, with the real servers' judgement of damage.
//!
//! They read with C's `fgets` and `fread`, and that shows: a line is what comes before a line feed, before
//! the end of the file, or 1,023 bytes, whichever is first; numbers are what `strtol` makes of it; what stands
//! where the CR LF behind a word belongs is skipped unseen. So a file that ends in the middle of a command was
//! cut off, whatever the command, while a file that goes on with anything else is refused.

use crate::c::strtol;
use resplay_resp::{Args, Span};
use std::fmt;

/// Takes an append-only file in pieces of any size and gives its commands.
///
/// [`Reader::feed`] a piece, take [`Reader::next_command`] until there is none, feed the next; at the end of
/// the file ask for [`Reader::finish`]. Holds one piece and the command in progress.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    base: u64,
    /// Where in the buffer the command in progress begins.
    start: usize,
    /// Where in the buffer its next line or word begins.
    at: usize,
    words: Vec<Span>,
    /// How many of its words are still to come; `None` before its first line is read.
    missing: Option<u64>,
    /// The length of the word that begins at `at`, once its line is read.
    word: Option<u64>,
    /// Where in the file the last whole command ends.
    whole: u64,
    /// Where in the file a MULTI begins whose EXEC has not come.
    transaction: Option<u64>,
}

/// A command of the file.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// Its words; at least one.
    pub words: Args<'a>,
    /// Where in the file it ends, in bytes.
    pub end: u64,
}

/// How a file ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// After a whole command, outside a transaction.
    Clean,
    /// Its tail is missing: `aof-load-truncated` decides.
    Truncated(Truncated),
    /// Never to be loaded.
    Corrupt(Corrupt),
}

/// A file whose tail is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// Where to cut it, in bytes: after the last whole command, but before a MULTI whose EXEC is missing.
    ///
    /// Valkey 8.0.1 and Redis 7.0.15 do so only when the tail ended between two commands of the transaction.
    /// When it ended within one they cut at [`Truncated::whole`], append what comes next to the unfinished
    /// transaction, and throw all that away at the next start: acknowledged writes are lost.
    pub valid_up_to: u64,
    /// Where the last whole command ends, in bytes, be it part of an unfinished transaction.
    pub whole: u64,
    /// What was cut.
    pub cut: Cut,
}

/// What the missing tail belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A command lacks bytes.
    Command,
    /// A transaction lacks its EXEC.
    Transaction,
}

/// Bytes that belong into no append-only file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt {
    /// Where the line begins that makes no sense, in bytes.
    pub offset: u64,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A command should begin here, with `*`.
    NotACommand,
    /// The number of words is less than one, or none.
    WordCount,
    /// A word should begin here, with `$`.
    NotAWord,
    /// The length of the word is negative. (The real servers crash.)
    WordLength,
    /// A zero byte after `*`, with more to come. (The real servers take it for a failed read.)
    ZeroByte,
    /// The file begins as an RDB file.
    Rdb,
}

/// The longest piece of a line that is looked at, in bytes.
const LINE_MAX: usize = 1023;

impl Reader {
    /// A reader at the start of a file.
    pub fn new() -> Reader {
        Reader::default()
    }

    /// A reader behind so many bytes of something else in the same file.
    pub fn at(offset: u64) -> Reader {
        Reader { base: offset, whole: offset, ..Reader::default() }
    }

    /// Adds the file's next bytes. Best called when [`Reader::next_command`] has none left.
    pub fn feed(&mut self, piece: &[u8]) {
        self.forget_read();
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole command; `None` while bytes are missing.
    pub fn next_command(&mut self) -> Result<Option<Command<'_>>, Corrupt> {
        if self.missing == Some(0) {
            self.begin();
        }
        let complete = self.advance(false).map_err(|why| self.corrupt(why))?;
        if !complete {
            return Ok(None);
        }
        self.note_whole();
        Ok(Some(Command { words: Args::new(&self.buffer, &self.words), end: self.whole }))
    }

    /// The judgement, once the whole file was fed.
    pub fn finish(mut self) -> Verdict {
        loop {
            if self.missing == Some(0) {
                self.begin();
            }
            match self.advance(true) {
                Ok(true) => self.note_whole(),
                Ok(false) => break,
                Err(why) => return Verdict::Corrupt(self.corrupt(why)),
            }
        }
        let cut = match (self.missing, self.transaction) {
            (None, None) if self.at == self.buffer.len() => return Verdict::Clean,
            (None, Some(_)) if self.at == self.buffer.len() => Cut::Transaction,
            _ => Cut::Command,
        };
        let valid_up_to = self.transaction.unwrap_or(self.whole);
        Verdict::Truncated(Truncated { valid_up_to, whole: self.whole, cut })
    }

    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    fn corrupt(&self, why: Why) -> Corrupt {
        Corrupt { offset: self.offset(), why }
    }

    fn begin(&mut self) {
        (self.start, self.missing, self.word) = (self.at, None, None);
        self.words.clear();
    }

    /// Drops what lies before the command in progress.
    fn forget_read(&mut self) {
        if self.missing == Some(0) {
            self.begin();
        }
        let gone = self.start;
        self.buffer.drain(..gone);
        self.words
            .iter_mut()
            .for_each(|word| *word = Span { start: word.start - gone, end: word.end - gone });
        (self.base, self.start, self.at) = (self.base + gone as u64, 0, self.at - gone);
    }

    /// A MULTI within a transaction does nothing, nor does an EXEC outside of one.
    fn note_whole(&mut self) {
        let name = self.words.first().map_or(&[][..], |word| &self.buffer[word.start..word.end]);
        if name.eq_ignore_ascii_case(b"multi") {
            self.transaction.get_or_insert(self.whole);
        } else if name.eq_ignore_ascii_case(b"exec") {
            self.transaction = None;
        }
        self.whole = self.offset();
    }

    /// Reads on until a command is whole (true) or bytes are missing (false).
    fn advance(&mut self, at_end: bool) -> Result<bool, Why> {
        while self.missing.is_none() {
            if !self.command_line(at_end)? {
                return Ok(false);
            }
        }
        while self.missing != Some(0) {
            if !self.word_line(at_end)? || !self.word() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the number of words, or an annotation; false if bytes are missing.
    fn command_line(&mut self, at_end: bool) -> Result<bool, Why> {
        let Some(line) = self.line(at_end) else { return Ok(false) };
        match line.bytes {
            [b'#', ..] => {
                self.at += line.bytes.len();
                self.start = self.at;
                return Ok(true);
            }
            [b'*'] | [b'*', 0, ..] if line.ends_file => return Ok(false),
            [b'*', 0, ..] => return Err(Why::ZeroByte),
            [b'*', ..] => {}
            bytes if self.offset() == 0 && bytes.starts_with(super::RDB_MAGIC) => return Err(Why::Rdb),
            _ => return Err(Why::NotACommand),
        }
        let count = strtol(&line.bytes[1..]) as i32; // as `atoi` does
        self.at += line.bytes.len();
        match u64::try_from(count) {
            Ok(count @ 1..) => self.missing = Some(count),
            _ => {
                self.at = self.start;
                return Err(Why::WordCount);
            }
        }
        Ok(true)
    }

    /// Reads the length of the next word, unless that is done; false if bytes are missing.
    fn word_line(&mut self, at_end: bool) -> Result<bool, Why> {
        if self.word.is_some() {
            return Ok(true);
        }
        let Some(line) = self.line(at_end) else { return Ok(false) };
        if line.bytes[0] != b'$' {
            return Err(Why::NotAWord);
        }
        let len = u64::try_from(strtol(&line.bytes[1..])).map_err(|_| Why::WordLength)?;
        self.at += line.bytes.len();
        self.word = Some(len);
        Ok(true)
    }

    /// Takes the next word, and two bytes after it; false if bytes are missing.
    fn word(&mut self) -> bool {
        let (Some(len), Some(missing)) = (self.word, self.missing) else { return false };
        if ((self.buffer.len() - self.at) as u64) < len.saturating_add(2) {
            return false;
        }
        let end = self.at + len as usize;
        self.words.push(Span { start: self.at, end });
        (self.at, self.word, self.missing) = (end + 2, None, Some(missing - 1));
        true
    }

    /// What `fgets` gives at `at`; `None` if that depends on bytes to come, or there are none.
    fn line(&self, at_end: bool) -> Option<Line<'_>> {
        let rest = &self.buffer[self.at..];
        let window = &rest[..rest.len().min(LINE_MAX)];
        match window.iter().position(|&byte| byte == b'\n') {
            Some(feed) => Some(Line { bytes: &window[..=feed], ends_file: false }),
            None if window.len() == LINE_MAX => Some(Line { bytes: window, ends_file: false }),
            None if at_end && !window.is_empty() => Some(Line { bytes: window, ends_file: true }),
            None => None,
        }
    }
}

/// A line with its line feed, if it has one. Never empty.
struct Line<'a> {
    bytes: &'a [u8],
    /// Whether the end of the file was met while reading it.
    ends_file: bool,
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Why::NotACommand => "no command begins here",
            Why::WordCount => "a command must have at least one word",
            Why::NotAWord => "no word begins here",
            Why::WordLength => "a word cannot have a negative length",
            Why::ZeroByte => "a zero byte in place of a number",
            Why::Rdb => "this is an RDB file",
        };
        write!(f, "{why} (at offset {})", self.offset)
    }
}

impl std::error::Error for Corrupt {}

#[cfg(test)]
mod tests;
