//! The model itself: takes journal entries one by one.

use crate::answer::Objection;
use crate::call::Call;
use crate::dispatch::{Circumstances, Fate, process};
use crate::keyspace::{Database, Keyspace};
use crate::mismatch::Mismatch;
use crate::recent::{Recent, Who, show_words};
use crate::serving::Turns;
use crate::session::Session;
use crate::settings::Settings;
use crate::table;
use crate::value::Item;
use crate::waiting::Wait;
use resplay_base::WallUs;
use resplay_base::journal::{Entry, Event, Wake};
use resplay_resp::Protocol;
use std::collections::BTreeMap;

/// How many earlier commands a mismatch shows.
const SHOWN: usize = 8;

/// What a server that has done what the journal says must look like.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(crate) keyspace: Keyspace,
    pub(crate) sessions: BTreeMap<u64, Session>,
    /// For what is replayed from a file.
    loader: Session,
    pub(crate) recent: Recent,
    /// The entry before was [`Event::OverMemory`].
    is_over_memory: bool,
    /// Keys were evicted since the last command, or client that was served.
    has_made_room: bool,
    /// Nothing has been served since the start, so LOADING is a fair answer.
    pub(crate) may_be_loading: bool,
    pub(crate) turns: Turns,
    /// Keys that are said to have expired, but not where the model saw them last.
    unexplained: Vec<(u32, Vec<u8>)>,
    pub(crate) scratch: Vec<u8>,
    /// Sectors may be missing in the middle of a log.
    may_have_holes: bool,
}

impl Model {
    /// A server that has not started yet: the first entry should be [`Event::Booted`].
    pub fn new() -> Model {
        Model::default()
    }

    /// The same, on a disk that may keep what was written late and lose what was written early. A log has no checksum, so
    /// that a missing sector reads as zeros; a command that is loaded may then fail.
    pub fn on_reordering_disk() -> Model {
        Model { may_have_holes: true, ..Model::default() }
    }

    /// The keys of a database in order, those whose time has passed but that were not reclaimed included.
    pub fn keys(&self, db: u32) -> impl Iterator<Item = (&[u8], &Item)> {
        let database = self.keyspace.databases.get(db as usize);
        database.into_iter().flatten().map(|(key, item)| (key.as_slice(), item))
    }

    /// A key as it lies there, its time passed or not.
    pub fn key(&self, db: u32, key: &[u8]) -> Option<&Item> {
        self.keyspace.databases.get(db as usize)?.get(key)
    }

    /// How many databases there are.
    pub fn databases(&self) -> u32 {
        self.keyspace.databases.len() as u32
    }

    /// Takes the next thing that the node did. After an objection the model is no longer in step: stop there.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Mismatch> {
        self.turns.note_clock(entry.at);
        self.keyspace.now = entry.at.as_millis();
        // Room is made for a command, or for a client that is served, and who waited for what had to go is served
        // when that command is through. On the way to it keys may expire, and subscribers hear of what went.
        if matches!(entry.event, Event::Evicted { .. }) && !std::mem::replace(&mut self.has_made_room, true) {
            self.note_ready();
        }
        let is_turn =
            matches!(entry.event, Event::Command { .. } | Event::Blocked { .. } | Event::Disconnected { .. });
        let made_room = (is_turn || matches!(entry.event, Event::Woken { .. }))
            && std::mem::take(&mut self.has_made_room)
            && !self.is_serving();
        if is_turn {
            self.nothing_is_overdue(entry.at, made_room)?;
        }
        let was_over_memory = std::mem::take(&mut self.is_over_memory);
        // A command may be run again for one who waited, and be refused then.
        let may_be_refused =
            matches!(entry.event, Event::Command { .. } | Event::Woken { why: Wake::Served, .. });
        if was_over_memory && !may_be_refused {
            return Err(self.event_mismatch(
                entry.at,
                "memory was full",
                "the command that is refused",
                "no command",
                &[],
            ));
        }
        match &entry.event {
            Event::Booted { databases, config } => self.boot(*databases, config),
            Event::Loaded { db, argv, is_retold } => self.load(entry.at, *db, argv, *is_retold)?,
            Event::Connected { session } => self.connect(*session),
            Event::Disconnected { session } => self.disconnect(*session),
            Event::Command { session, argv, reply } => {
                self.command(entry.at, *session, argv, reply, was_over_memory)?
            }
            Event::OverMemory { used, limit } => self.over_memory(entry.at, *used, *limit)?,
            Event::Evicted { db, key, used } => self.evict(entry.at, *db, key, *used)?,
            Event::Expired { db, key } => self.expire(entry.at, *db, key)?,
            Event::Blocked { session, argv } => self.blocked(entry.at, *session, argv)?,
            Event::Woken { session, why, reply } => {
                self.woken(entry.at, *session, *why, reply, was_over_memory)?
            }
            Event::Pushed { session, bytes } => self.pushed(entry.at, *session, bytes)?,
        }
        Ok(())
    }

    fn boot(&mut self, databases: u32, config: &[(String, String)]) {
        let payloads = std::mem::take(&mut self.keyspace.payloads);
        *self = Model { may_have_holes: self.may_have_holes, ..Model::new() };
        self.keyspace.payloads = payloads;
        self.may_be_loading = true;
        self.keyspace.databases = vec![Database::new(); databases as usize];
        let settings = &mut self.keyspace.settings;
        *settings = Settings::default();
        config.iter().for_each(|(name, value)| settings.set(name, value.as_bytes()));
    }

    fn connect(&mut self, session: u64) {
        let is_open = self.keyspace.settings.password.is_empty();
        self.sessions.insert(session, Session::new(session, is_open));
        self.keyspace.pubsub.speaks(session, Protocol::Resp2);
    }

    fn disconnect(&mut self, session: u64) {
        self.sessions.remove(&session);
        self.keyspace.watches.forget(session);
        self.keyspace.waiting.forget(session);
        self.keyspace.waiting.take_unblocked(session);
        self.keyspace.pubsub.forget(session);
    }

    /// A command from a file: it works as it did when it was written, whatever it would reply. The words of a
    /// transaction only hold others together, and a file never names a database but by SELECT.
    fn load(&mut self, at: WallUs, db: u32, argv: &[Vec<u8>], is_retold: bool) -> Result<(), Mismatch> {
        self.recent.push(at, Who::Server, argv, b"");
        let row = table::find(argv);
        let row = row.map_err(|error| self.load_mismatch(at, argv, error.to_string()))?;
        if matches!(row.name, "MULTI" | "EXEC" | "SELECT") {
            return Ok(());
        }
        self.loader.db = db;
        self.keyspace.is_loading = true;
        self.keyspace.is_retold = is_retold;
        let mut call = Call {
            keyspace: &mut self.keyspace,
            session: &mut self.loader,
            argv,
            is_in_exec: false,
            wait: None,
            actual: b"",
        };
        let outcome = (row.run)(&mut call);
        if let Some(key) = argv.get(1).filter(|_| is_retold) {
            self.keyspace.forget_form(db, key);
        }
        self.keyspace.is_loading = false;
        self.keyspace.is_retold = false;
        // What comes from a file serves nobody who waits.
        self.keyspace.waiting.take_ready();
        match outcome {
            Err(error) if !self.may_have_holes => Err(self.load_mismatch(at, argv, error.to_string())),
            _ => Ok(()),
        }
    }

    fn load_mismatch(&self, at: WallUs, argv: &[Vec<u8>], error: String) -> Mismatch {
        let what = format!("loaded {}", show_words(argv.iter().map(Vec::as_slice)));
        self.event_mismatch(at, &what, "a command that succeeds", &error, &keys_of(argv))
    }

    fn command(
        &mut self,
        at: WallUs,
        id: u64,
        argv: &[Vec<u8>],
        reply: &[u8],
        is_over_memory: bool,
    ) -> Result<(), Mismatch> {
        if self.keyspace.waiting.of(id).is_some() {
            return Err(self.event_mismatch(
                at,
                "a client that waits sent on",
                "no command",
                "a command",
                &[],
            ));
        }
        self.run(at, id, argv, reply, is_over_memory, Fate::Answered)?;
        self.explain(at, argv)?;
        if self.may_be_loading && !reply.starts_with(b"-LOADING ") {
            self.may_be_loading = table::find(argv).is_ok_and(|row| row.is('l'));
        }
        self.recent.push(at, Who::Client(id), argv, reply);
        self.nobody_heard_too_much(at)
    }

    /// Keys that expired where no key was: only a transaction can have moved them there.
    fn explain(&mut self, at: WallUs, argv: &[Vec<u8>]) -> Result<(), Mismatch> {
        let is_exec = argv.first().is_some_and(|name| name.eq_ignore_ascii_case(b"EXEC"));
        for (db, key) in std::mem::take(&mut self.unexplained) {
            if !is_exec {
                let expected = "a key whose time has passed";
                return Err(self.event_mismatch(
                    at,
                    "a key was expired",
                    expected,
                    "something else",
                    &[&key],
                ));
            }
            if self.key(db, &key).is_some_and(|item| self.keyspace.is_dead(item)) {
                self.keyspace.reclaim(db, &key);
            }
        }
        Ok(())
    }

    /// Runs a client's command and holds it against what the node did; what the client then waits for.
    pub(crate) fn run(
        &mut self,
        at: WallUs,
        id: u64,
        argv: &[Vec<u8>],
        reply: &[u8],
        is_over_memory: bool,
        fate: Fate,
    ) -> Result<Option<Wait>, Mismatch> {
        // Keys that expired on the way to this command are told of with it.
        self.keyspace.publish_events();
        let (is_open, may_be_loading) = (self.keyspace.settings.password.is_empty(), self.may_be_loading);
        let session = self.sessions.entry(id).or_insert_with(|| Session::new(id, is_open));
        let mut call = Call {
            keyspace: &mut self.keyspace,
            session,
            argv,
            is_in_exec: false,
            wait: None,
            actual: reply,
        };
        call.session.heard_of(reply);
        let result = match argv.is_empty() {
            true => Ok(None),
            false => {
                process(&mut call, &Circumstances { fate, is_over_memory, may_be_loading }, &mut self.scratch)
            }
        };
        if let Ok(None) = result {
            call.session.command_ended();
        }
        let protocol = call.session.protocol;
        self.keyspace.pubsub.speaks(id, protocol);
        result.map_err(|objection| self.reply_mismatch(at, argv, reply, &objection))
    }

    fn over_memory(&mut self, at: WallUs, used: u64, limit: u64) -> Result<(), Mismatch> {
        let settings = &self.keyspace.settings;
        let can_evict =
            settings.policy.starts_with("allkeys") && self.keyspace.databases.iter().any(|db| !db.is_empty());
        let expected = match () {
            () if limit != settings.memory_bytes_max => format!("the limit {}", settings.memory_bytes_max),
            () if used <= limit => "more memory used than the limit allows".to_owned(),
            () if can_evict => format!("{} to make room as long as there are keys", settings.policy),
            () => {
                self.is_over_memory = true;
                return Ok(());
            }
        };
        let got = format!("{used} bytes of {limit}");
        Err(self.event_mismatch(at, "a command was refused for memory", &expected, &got, &[]))
    }

    fn evict(&mut self, at: WallUs, db: u32, key: &[u8], used: u64) -> Result<(), Mismatch> {
        let settings = &self.keyspace.settings;
        let item = self.key(db, key);
        let limit = settings.memory_bytes_max;
        let is_volatile = item.is_some_and(|item| item.expires_at.is_some());
        let expected = match settings.policy.as_str() {
            _ if item.is_none() => Some("a key that exists".to_owned()),
            _ if limit == 0 || used <= limit => {
                Some(format!("more memory used than the limit of {limit} bytes"))
            }
            "noeviction" => Some("no eviction under noeviction".to_owned()),
            policy if policy.starts_with("volatile") && !is_volatile => {
                Some(format!("a key with a time to live ({policy})"))
            }
            _ => None,
        };
        if let Some(expected) = expected {
            return Err(self.event_mismatch(
                at,
                "a key was evicted",
                &expected,
                &format!("{used} bytes used"),
                &[key],
            ));
        }
        self.recent.push(at, Who::Server, &[b"evicted".as_slice(), key], b"");
        self.keyspace.notify('e', "evicted", db, key);
        self.keyspace.databases[db as usize].remove(key);
        self.keyspace.waiting.removed(db, key);
        self.keyspace.changed(db, key);
        Ok(())
    }

    fn expire(&mut self, at: WallUs, db: u32, key: &[u8]) -> Result<(), Mismatch> {
        let item = self.key(db, key);
        if item.is_some_and(|item| self.keyspace.is_dead(item)) {
            self.recent.push(at, Who::Server, &[b"expired".as_slice(), key], b"");
            self.keyspace.notify('x', "expired", db, key);
            self.keyspace.reclaim(db, key);
            return Ok(());
        }
        let is_in_transaction =
            |session: &Session| session.queue.as_ref().is_some_and(|queue| !queue.is_empty());
        if self.sessions.values().any(is_in_transaction) {
            // A transaction that ends next may have brought the key there before.
            self.unexplained.push((db, key.to_vec()));
            return Ok(());
        }
        let got = match item.map(|item| item.expires_at) {
            None => "no such key".to_owned(),
            Some(None) => "a key without a time to live".to_owned(),
            Some(Some(when)) => format!("a key that lives until {when} ms"),
        };
        Err(self.event_mismatch(at, "a key was expired", "a key whose time has passed", &got, &[key]))
    }

    pub(crate) fn event_mismatch(
        &self,
        at: WallUs,
        what: &str,
        expected: &str,
        got: &str,
        keys: &[&[u8]],
    ) -> Mismatch {
        let key = show_words(keys.iter().copied());
        let what = if key.is_empty() { what.to_owned() } else { format!("{what}: {key}") };
        let before = self.recent.mentioning(keys, SHOWN);
        Mismatch { at, what, expected: expected.to_owned(), got: got.to_owned(), before }
    }

    pub(crate) fn reply_mismatch(
        &self,
        at: WallUs,
        argv: &[Vec<u8>],
        reply: &[u8],
        objection: &Objection,
    ) -> Mismatch {
        let (expected, got) = Mismatch::show_both(&objection.expected, reply);
        let what = show_words(argv.iter().map(Vec::as_slice));
        Mismatch { at, what, expected, got, before: self.recent.mentioning(&keys_of(argv), SHOWN) }
    }
}

/// The words of a command that may be keys: good enough to look for what happened to them before.
pub(crate) fn keys_of(argv: &[Vec<u8>]) -> Vec<&[u8]> {
    argv.iter().skip(1).map(Vec::as_slice).collect()
}
