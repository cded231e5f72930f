//! Reading a file that comes in pieces.

use super::build::{Build, Built};
use super::codes;
use super::error::{Error, Why, module_name};
use super::source::{Source, Stop};
use super::sum::Sum;
use super::{Limits, VERSION_MAX};
use crate::c::strtol;
use resplay_datatypes::Value;
use std::fmt;

/// Takes a file in pieces of any size and gives what is in it.
///
/// [`Reader::feed`] a piece, take [`Reader::next_item`] until there is none, feed the next; at the end of the file ask
/// for [`Reader::finish`]. Holds what is not read yet: less than a piece, a key, and one string of the value in progress,
/// which is read again only when it is whole.
#[derive(Clone)]
pub struct Reader {
    limits: Limits,
    verifies: bool,
    file_len: Option<u64>,
    buffer: Vec<u8>,
    /// Where in the buffer the next part begins.
    at: usize,
    /// How much of the buffer is in the sum.
    summed: usize,
    sum: Sum,
    /// Where in the file the buffer begins.
    base: u64,
    /// How many bytes the next part has at least.
    needs: usize,
    version: u16,
    state: State,
    key: Pending,
}

#[derive(Clone)]
enum State {
    Magic,
    Part,
    Value(Vec<u8>, Build),
    Sum,
    End,
}

/// What was said of the key to come.
#[derive(Clone, Default)]
struct Pending {
    expire_ms: Option<i64>,
    idle_s: Option<u64>,
    freq: Option<u8>,
}

/// What a file has.
pub enum Item {
    /// An auxiliary field.
    Aux {
        /// Its name.
        name: Vec<u8>,
        /// Its value; a number in digits.
        value: Vec<u8>,
    },
    /// What follows is in the database of that number.
    SelectDb(u64),
    /// How many keys that database has: a hint.
    ResizeDb {
        /// All of them.
        keys: u64,
        /// Those with a time to live.
        expires: u64,
    },
    /// A key.
    Key(Key),
    /// A key whose value has no elements: it is to be skipped.
    EmptyKey(Vec<u8>),
    /// The source of a library of functions.
    Function(Vec<u8>),
    /// The end; what follows, if anything does, is [`Reader::rest`].
    End(Checksum),
}

/// A key with what a file says of it.
pub struct Key {
    /// Its name.
    pub key: Vec<u8>,
    /// Its value.
    pub value: Value,
    /// When it expires, in milliseconds since 1970.
    pub expire_ms: Option<i64>,
    /// For how long it was not used, in seconds.
    pub idle_s: Option<u64>,
    /// How often it was used, as OBJECT FREQ says it.
    pub freq: Option<u8>,
}

/// What became of the checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It is right.
    Right,
    /// It was written with `rdbchecksum no`.
    Off,
    /// Nobody looked: the version has none, or the reader was told not to.
    Unchecked,
}

impl fmt::Debug for Reader {
    /// Where it stands; what it holds may be large.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("consumed", &self.consumed())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// The magic word with the version.
const MAGIC_LEN: u64 = 9;
/// The first version with a checksum.
const FIRST_WITH_SUM: u16 = 5;

impl Reader {
    /// A reader at the start of a file; whether it `verifies` the checksum (`rdbchecksum`).
    pub fn new(limits: &Limits, verifies: bool) -> Reader {
        Reader {
            limits: *limits,
            verifies,
            file_len: None,
            buffer: Vec::new(),
            at: 0,
            summed: 0,
            sum: Sum::new(),
            base: 0,
            needs: 1,
            version: 0,
            state: State::Magic,
            key: Pending::default(),
        }
    }

    /// Tells how long the file is, in bytes: a string that would be longer is refused at once, not at the file's end.
    pub fn expect_len(&mut self, file_len: u64) {
        self.file_len = Some(file_len);
    }

    /// Adds the file's next bytes. Best called when [`Reader::next_item`] has none left.
    pub fn feed(&mut self, piece: &[u8]) {
        self.add_up();
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        (self.at, self.summed) = (0, 0);
        self.buffer.extend_from_slice(piece);
    }

    /// The next item; `None` while bytes are missing, and behind the end.
    pub fn next_item(&mut self) -> Result<Option<Item>, Error> {
        loop {
            if matches!(self.state, State::End) || self.buffer.len() - self.at < self.needs {
                return Ok(None);
            }
            let start = self.consumed();
            match self.step() {
                Ok(Some(item)) => return Ok(Some(item)),
                Ok(None) => {}
                Err(Stop::Bad(why)) => return Err(Error { offset: start, why }),
                Err(Stop::Short(needs)) => {
                    self.needs = needs;
                    let end = start.saturating_add(needs as u64);
                    if self.file_len.is_some_and(|len| end > len) {
                        return Err(Error { offset: start, why: Why::Truncated });
                    }
                    return Ok(None);
                }
            }
        }
    }

    /// Whether the file is whole, once all of it was fed and no item is left.
    pub fn finish(&self) -> Result<(), Error> {
        match self.state {
            State::End => Ok(()),
            _ => Err(Error { offset: self.consumed(), why: Why::Truncated }),
        }
    }

    /// How many bytes of the file were read; behind the end, where what follows begins.
    pub fn consumed(&self) -> u64 {
        self.base + self.at as u64
    }

    /// What was fed and not read.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// The file's version; 0 while it is not known.
    pub fn version(&self) -> u16 {
        self.version
    }

    fn add_up(&mut self) {
        if self.verifies && !matches!(self.state, State::End) {
            self.sum.add(&self.buffer[self.summed..self.at]);
        }
        self.summed = self.at;
    }

    /// Reads the next part. One that is not whole changes nothing.
    fn step(&mut self) -> Result<Option<Item>, Stop> {
        let mut source = Source::new(&self.buffer[self.at..]);
        let (next, item) = match &mut self.state {
            State::Magic => {
                self.version = version(&mut source)?;
                (Some(State::Part), None)
            }
            State::Part => part(&mut source, &mut self.key, &self.limits)?,
            State::Value(key, build) => {
                let built = parts(build, &mut source, &self.limits)?;
                let item = built.map(|built| keyed(std::mem::take(key), built, &mut self.key));
                (item.as_ref().map(|_| State::Part), item)
            }
            State::Sum => {
                let item = self.end()?;
                return Ok(Some(item));
            }
            State::End => (None, None),
        };
        self.at += source.at();
        self.needs = match next {
            Some(State::Sum) if self.version < FIRST_WITH_SUM => 0,
            _ => 1,
        };
        if let Some(next) = next {
            self.state = next;
        }
        Ok(item)
    }

    fn end(&mut self) -> Result<Item, Stop> {
        if self.version < FIRST_WITH_SUM {
            self.state = State::End;
            return Ok(Item::End(Checksum::Unchecked));
        }
        let mut source = Source::new(&self.buffer[self.at..]);
        let found = u64::from_le_bytes(source.array()?);
        let size = source.at();
        self.add_up();
        let expected = self.sum.value();
        let checksum = match found {
            _ if !self.verifies => Checksum::Unchecked,
            0 => Checksum::Off,
            found if found == expected => Checksum::Right,
            found => return Err(Why::Checksum { expected, found }.into()),
        };
        self.at += size;
        self.state = State::End;
        Ok(Item::End(checksum))
    }
}

fn version(source: &mut Source<'_>) -> Result<u16, Stop> {
    let magic = source.take(MAGIC_LEN)?;
    let digits = magic.strip_prefix(b"REDIS").ok_or(Why::Signature)?;
    let version = strtol(digits);
    match u16::try_from(version) {
        Ok(version @ 1..=VERSION_MAX) => Ok(version),
        _ => Err(Why::Version(version as i32).into()),
    }
}

/// Reads as many parts of a value as are whole and good. What stops it is said when nothing was read before it.
fn parts(build: &mut Build, source: &mut Source<'_>, limits: &Limits) -> Result<Option<Built>, Stop> {
    loop {
        let start = source.at();
        match build.step(source, limits) {
            Ok(None) => {}
            Err(_) if start > 0 => {
                source.rewind(start);
                return Ok(None);
            }
            result => return result,
        }
    }
}

fn keyed(key: Vec<u8>, built: Built, pending: &mut Pending) -> Item {
    let Pending { expire_ms, idle_s, freq } = std::mem::take(pending);
    match built {
        Built::Value(value) => Item::Key(Key { key, value, expire_ms, idle_s, freq }),
        Built::Empty => Item::EmptyKey(key),
    }
}

/// Reads what begins with an opcode, or the name of a key.
fn part(
    source: &mut Source<'_>,
    key: &mut Pending,
    limits: &Limits,
) -> Result<(Option<State>, Option<Item>), Stop> {
    let item = match source.byte()? {
        codes::EXPIRE_TIME => {
            key.expire_ms = Some(i64::from(i32::from_le_bytes(source.array()?)) * 1000);
            None
        }
        codes::EXPIRE_TIME_MS => {
            key.expire_ms = Some(source.i64()?);
            None
        }
        codes::FREQ => {
            key.freq = Some(source.byte()?);
            None
        }
        codes::IDLE => {
            key.idle_s = Some(source.len()?);
            None
        }
        codes::EOF => return Ok((Some(State::Sum), None)),
        codes::SELECT_DB => Some(Item::SelectDb(source.len()?)),
        codes::RESIZE_DB => Some(Item::ResizeDb { keys: source.len()?, expires: source.len()? }),
        codes::SLOT_INFO => {
            for _ in 0..3 {
                source.len()?;
            }
            None
        }
        codes::AUX => {
            Some(Item::Aux { name: source.string()?.into_owned(), value: source.string()?.into_owned() })
        }
        codes::MODULE_AUX => return Err(Why::ModuleAux(module_name(source.len()?)).into()),
        codes::FUNCTION_PRE_GA => {
            return Err(Why::corrupt("Pre-release function format not supported.").into());
        }
        codes::FUNCTION2 => Some(Item::Function(source.string()?.into_owned())),
        form => {
            let name = source.string()?.into_owned();
            let build = Build::begin(form, source, limits)?;
            return Ok((Some(State::Value(name, build)), None));
        }
    };
    Ok((None, item))
}
