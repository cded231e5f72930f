//! What is taken into the data of the items of a file, be it an RDB file or the base of an append-only file.

use crate::keyspace::Dataset;
use crate::log::log_line;
use resplay_base::journal::Event;
use resplay_base::{Host, WallUs, Work};
use resplay_persistence::aof;
use resplay_persistence::messages::{Line, rdb as messages};
use resplay_persistence::rdb::{Checksum, Error, Item, Key, Reader};

/// So many empty keys are named in the log.
const EMPTY_KEYS_TOLD: u64 = 10;

/// What was taken of a file so far.
#[derive(Clone, Debug)]
pub struct Intake {
    /// When it began.
    began: WallUs,
    /// Keys whose time was over when it began are left out. (Not of an append-only file: what follows its base may
    /// still give them another.)
    pub drops_expired: bool,
    /// A key that is there already is replaced.
    pub replaces: bool,
    /// The database that the file has selected.
    db: u32,
    /// What it came to.
    pub counts: Counts,
    /// The memory that the data took in the server that wrote it, in bytes, if the file tells.
    pub used_bytes: u64,
    /// Sources of libraries of functions.
    pub functions: Vec<Vec<u8>>,
}

/// Keys of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that are in the data now.
    pub loaded: u64,
    /// Those whose time was over.
    pub expired: u64,
    /// Those whose values have no elements.
    pub empty: u64,
}

/// Why a file is not read.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the log.
    pub lines: Vec<Line>,
    /// Nothing of it was read.
    pub is_harmless: bool,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal { lines: messages::refused(&error), is_harmless: messages::is_harmless(&error) }
    }
}

impl Refusal {
    fn of(line: Line) -> Refusal {
        Refusal { lines: vec![line], is_harmless: false }
    }
}

impl Intake {
    /// Nothing of a file whose reading begins now.
    pub fn new(began: WallUs) -> Intake {
        Intake {
            began,
            drops_expired: true,
            replaces: false,
            db: 0,
            counts: Counts::default(),
            used_bytes: 0,
            functions: Vec::new(),
        }
    }

    /// Takes all that the reader has; whether that was the file's end.
    pub fn take(
        &mut self,
        data: &mut Dataset,
        host: &mut dyn Host,
        reader: &mut Reader,
    ) -> Result<bool, Refusal> {
        data.begin(host.now(), 0);
        let before = self.counts.loaded;
        let mut is_over = false;
        while let Some(item) = reader.next_item()? {
            is_over = matches!(item, Item::End(_));
            self.take_item(data, host, item)?;
        }
        host.charge(Work { elements: self.counts.loaded - before, ..Work::default() });
        Ok(is_over)
    }

    fn take_item(&mut self, data: &mut Dataset, host: &mut dyn Host, item: Item) -> Result<(), Refusal> {
        match item {
            Item::Aux { name, value } => {
                if name == b"used-mem" {
                    self.used_bytes = String::from_utf8_lossy(&value).parse().unwrap_or_default();
                }
                let line = messages::aux(&name, &value, self.began.as_secs());
                line.into_iter().for_each(|line| log_line(host, line));
            }
            Item::SelectDb(db) => {
                let databases = data.databases();
                let known = u32::try_from(db).ok().filter(|db| *db < databases);
                self.db = known.ok_or_else(|| Refusal::of(messages::too_few_databases(databases)))?;
            }
            Item::ResizeDb { .. } => {}
            Item::Key(key) => self.take_key(data, key)?,
            Item::EmptyKey(key) => {
                self.counts.empty += 1;
                if self.counts.empty <= EMPTY_KEYS_TOLD {
                    log_line(host, messages::empty_key(&key));
                }
            }
            Item::Function(source) => self.functions.push(source),
            Item::End(Checksum::Off) => log_line(host, messages::no_checksum()),
            Item::End(_) => {}
        }
        Ok(())
    }

    fn take_key(&mut self, data: &mut Dataset, key: Key) -> Result<(), Refusal> {
        let is_dead = |at_ms: i64| at_ms < self.began.as_millis();
        if self.drops_expired && key.expire_ms.is_some_and(is_dead) {
            self.counts.expired += 1;
            return Ok(());
        }
        self.counts.loaded += 1;
        let name = key.key.clone();
        tell_loaded(data, self.db, &key, self.replaces);
        if data.load(self.db, key) || self.replaces {
            return Ok(());
        }
        Err(Refusal::of(messages::duplicate(&name, self.db)))
    }

    /// The end was reached: tells what it came to.
    pub fn finish(&self, host: &mut dyn Host) {
        let Counts { loaded, expired, empty } = self.counts;
        log_line(host, messages::done(loaded, expired, empty));
        if !self.functions.is_empty() {
            log_line(host, messages::functions_kept(self.functions.len()));
        }
    }
}

/// The journal has commands that make the key: whoever follows it knows no files.
fn tell_loaded(data: &mut Dataset, db: u32, key: &Key, may_be_there: bool) {
    if data.journal.is_none() {
        return;
    }
    let mut record = |argv: Vec<Vec<u8>>| data.record(|| Event::Loaded { db, argv, is_retold: true });
    if may_be_there {
        record(vec![b"DEL".to_vec(), key.key.clone()]);
    }
    aof::rebuild(&key.key, &key.value, key.expire_ms, |words| {
        record(words.iter().map(|word| word.to_vec()).collect());
    });
}
