//! Reading the append-only file back: which files there are, what is in them, what to do about a cut-off tail, and
//! where to go on writing.
//!
//! One disk operation is under way at a time. [`Load::done`] takes its result and says what comes next; the
//! order of steps is that of [`Step`].

use super::{Files, Script};
use crate::config::Settings;
use crate::rdb::{Intake, Refusal};
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, Mono, Now, OpId, READ_MAX};
use resplay_persistence::aof::{Cut, Reader, Truncated, Verdict};
use resplay_persistence::manifest::Kind;
use resplay_persistence::messages::{self, Line};
use resplay_persistence::{Manifest, aof, rdb};

/// A reading in progress.
#[derive(Clone, Debug)]
pub struct Load {
    /// What for.
    pub purpose: LoadFor,
    /// The operation that is under way.
    pub op: OpId,
    step: Step,
    /// Operations to do one after the other before the step that follows.
    script: Script,
    /// Which files there are.
    pub files: Files,
    fresh_base: FreshBase,
    /// `aof-load-truncated`.
    tolerates_cut: bool,
    /// `aof-disable-auto-gc`.
    keeps_history: bool,
    rdb_reader: rdb::Reader,
    /// The lengths of the files to load, as they were in the beginning.
    lengths: Vec<u64>,
    /// The file being read: its place in the manifest, its reader, and how far.
    at: usize,
    content: Content,
    reader: Reader,
    offset: u64,
    /// The piece just read was its last.
    is_whole: bool,
    /// The incremental file to go on writing, and its length.
    incremental: (Handle, u64),
    /// When it began.
    pub began: Now,
    file_began: Mono,
    /// What was taken of files in RDB form.
    pub intake: Intake,
    /// Lines for the log, not yet written.
    pub lines: Vec<Line>,
}

/// What files are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFor {
    /// The start of a process that appends to them.
    Boot,
    /// The start of a process that does not, but may come to: the manifest alone.
    Manifest,
    /// DEBUG LOADAOF of the client with this id; nothing changes but the data.
    Debug(u64),
}

/// The base file of a server that has no files yet: one of no data.
#[derive(Clone, Debug, Default)]
pub struct FreshBase {
    /// Where it is written first.
    pub temporary: String,
    /// Its form, `aof-use-rdb-preamble`.
    pub is_rdb: bool,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What the next bytes of a file are.
#[derive(Clone, Debug)]
enum Content {
    Rdb(Box<rdb::Reader>),
    Commands,
}

/// Where the reading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Which files are in the directory?
    List,
    /// Reading the manifest.
    Manifest,
    /// Is there a single file of an old version? `true`: the manifest already names it.
    LookForOld(bool),
    /// Moving the old file into the directory.
    Migrate,
    /// How long are the files?
    Measure,
    /// Opening a file.
    Open,
    /// Reading a file.
    Read,
    /// Cutting the last file's tail off.
    Cut(Truncated),
    /// Making the first files, or another incremental one.
    Prepare,
    /// Deleting what a rewrite has replaced.
    Delete,
}

/// What follows a step.
#[derive(Debug)]
pub enum Next {
    /// Do this.
    Disk(DiskOp),
    /// Take what [`Load::rdb`] has, then what [`Load::next_command`] gives, then call [`Load::fed`].
    Take,
    /// Everything is read, and there is a file to go on writing.
    Ready,
    /// The server must not go on. `Load::lines` says why.
    Refuse,
}

/// What the reading is told of the server.
#[derive(Debug)]
pub struct Start<'a> {
    /// Its parameters.
    pub settings: &'a Settings,
    /// What compact values may hold.
    pub limits: rdb::Limits,
    /// What a server without files begins with.
    pub fresh_base: FreshBase,
    /// When it begins.
    pub now: Now,
}

impl Load {
    /// A reading of these files, whose manifest is not known yet, and its first operation.
    pub fn new(purpose: LoadFor, mut files: Files, start: Start<'_>) -> (Load, DiskOp) {
        let Start { settings, limits, fresh_base, now } = start;
        let mut intake = Intake::new(now.wall);
        intake.drops_expired = false;
        files.manifest = Manifest::default();
        let first = DiskOp::List { dir: files.directory() };
        let load = Load {
            purpose,
            op: OpId(0),
            step: Step::List,
            script: Script::default(),
            files,
            fresh_base,
            tolerates_cut: settings.aof_load_truncated,
            keeps_history: settings.aof_disable_auto_gc,
            rdb_reader: rdb::Reader::new(&limits, settings.rdbchecksum),
            lengths: Vec::new(),
            at: 0,
            content: Content::Commands,
            reader: Reader::new(),
            offset: 0,
            is_whole: false,
            incremental: (Handle(0), 0),
            began: now,
            file_began: now.mono,
            intake,
            lines: Vec::new(),
        };
        (load, first)
    }

    /// Bytes read, and bytes in all files.
    pub fn progress(&self) -> (u64, u64) {
        let before: u64 = self.lengths.iter().take(self.at).sum();
        (before + self.offset, self.lengths.iter().sum())
    }

    /// The incremental file to go on writing, and its length; the length of the base; the length of all files.
    pub fn outcome(&self) -> (Handle, u64, u64, u64) {
        let (handle, len) = self.incremental;
        let has_base = self.files.manifest.to_load().next().is_some_and(|file| file.kind == Kind::Base);
        let base = self.lengths.first().copied().filter(|_| has_base).unwrap_or(0);
        (handle, len, base, self.lengths.iter().sum())
    }

    /// The operation under way is over.
    pub fn done(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let result = self.script.judge(result);
        if !self.script.is_over() {
            return match result {
                Err(_) if self.step == Step::Delete && self.script.was_unlink() => self.follow_script(),
                Err(error) if matches!(self.step, Step::Cut(_)) => self.cut_failed(error),
                Err(error) => self.failed(error),
                Ok(_) => self.follow_script(),
            };
        }
        match self.step {
            Step::List => self.listed(result),
            Step::Manifest => self.manifest_read(result),
            Step::LookForOld(named) => self.looked_for_old(named, result),
            Step::Migrate => self.migrated(result),
            Step::Measure => self.measured(result),
            Step::Open => self.opened(result),
            Step::Read => self.piece_read(result),
            Step::Cut(cut) => self.cut_done(cut, result),
            Step::Prepare => self.prepared(result),
            Step::Delete => result.map_or_else(|error| self.failed(error), |_| Next::Ready),
        }
    }

    /// Starts a script whose last operation's result goes to `step`.
    fn run_script(&mut self, step: Step, script: impl IntoIterator<Item = DiskOp>) -> Next {
        self.step = step;
        self.script.extend(script);
        self.follow_script()
    }

    fn follow_script(&mut self) -> Next {
        match self.script.follow() {
            Some(op) => Next::Disk(op),
            None => Next::Refuse,
        }
    }

    /// The operation under way cannot be done. What is to be deleted may stay.
    fn failed(&mut self, why: DiskError) -> Next {
        self.lines.push(self.script.complaint(why));
        match self.step {
            Step::Delete => Next::Ready,
            _ => Next::Refuse,
        }
    }

    fn refuse(&mut self, line: Line) -> Next {
        self.lines.push(line);
        Next::Refuse
    }

    fn listed(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let manifest = Manifest::file_name(&self.files.name);
        match result {
            Ok(DiskOk::Names(names)) if names.contains(&manifest) => {
                let open = self.files.open(&manifest);
                let handle = self.files.handle();
                let read = DiskOp::Read { handle, offset: 0, len: READ_MAX };
                self.run_script(Step::Manifest, [open, read])
            }
            Ok(_) | Err(DiskError::NotFound) if self.purpose == LoadFor::Manifest => Next::Ready,
            Ok(_) | Err(DiskError::NotFound) => self.look_for_old(false),
            Err(error) => self.refuse(messages::cannot_make_directory(&self.files.directory, error)),
        }
    }

    fn manifest_read(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let bytes = match result {
            Ok(DiskOk::Bytes(bytes)) => bytes,
            Ok(_) => Vec::new(),
            Err(error) => {
                return self.refuse(messages::cannot_open_manifest(&self.files.manifest_path(), error));
            }
        };
        match Manifest::parse(&bytes) {
            Ok(manifest) => self.files.manifest = manifest,
            Err(error) => {
                self.lines.extend(messages::bad_manifest(&error));
                return Next::Refuse;
            }
        }
        if self.purpose == LoadFor::Manifest {
            return Next::Ready;
        }
        if self.files.manifest.awaits_single_file(&self.files.name) {
            return self.look_for_old(true);
        }
        self.measure_next()
    }

    fn look_for_old(&mut self, is_named: bool) -> Next {
        self.step = Step::LookForOld(is_named);
        Next::Disk(DiskOp::Stat { path: self.files.root.path(&self.files.name) })
    }

    fn looked_for_old(&mut self, is_named: bool, result: Result<DiskOk, DiskError>) -> Next {
        if !matches!(result, Ok(DiskOk::Stat(Some(_)))) {
            return if is_named { self.measure_next() } else { self.files_done() };
        }
        let (from, to) = (self.files.root.path(&self.files.name), self.files.path(&self.files.name));
        let mut script = Vec::new();
        if !is_named {
            let manifest = Manifest::of_single_file(&self.files.name);
            script.extend(self.files.make_directory());
            script.extend(self.files.write(&manifest));
            self.files.manifest = manifest;
        }
        script.extend([DiskOp::Rename { from, to }, self.files.synced()]);
        self.run_script(Step::Migrate, script)
    }

    fn migrated(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match result {
            Ok(_) => {
                self.lines.push(messages::migrated(&self.files.name, &self.files.directory));
                self.measure_next()
            }
            Err(error) => self.failed(error),
        }
    }

    /// Asks for the length of the next file, or begins with the first when all are known.
    fn measure_next(&mut self) -> Next {
        self.step = Step::Measure;
        let next = self.files.manifest.to_load().nth(self.lengths.len());
        match next.map(|file| self.files.path(&file.name)) {
            Some(path) => Next::Disk(DiskOp::Stat { path }),
            None => self.open_next(),
        }
    }

    fn measured(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let why = match result {
            Ok(DiskOk::Stat(Some(len))) => {
                self.lengths.push(len);
                return self.measure_next();
            }
            Ok(_) => DiskError::NotFound,
            Err(error) => error,
        };
        let file = self.files.manifest.to_load().nth(self.lengths.len());
        let name = file.map(|file| file.name.clone()).unwrap_or_default();
        self.refuse(messages::no_length(&name, why))
    }

    fn file(&self) -> Option<(String, Kind)> {
        let file = self.files.manifest.to_load().nth(self.at)?;
        Some((file.name.clone(), file.kind))
    }

    fn is_last(&self) -> bool {
        self.files.manifest.to_load().count() == self.at + 1
    }

    fn open_next(&mut self) -> Next {
        let Some((name, _)) = self.file() else { return self.files_done() };
        self.reader = Reader::new();
        self.content = Content::Commands;
        self.offset = 0;
        let open = self.files.open(&name);
        self.run_script(Step::Open, [open])
    }

    fn opened(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match result {
            Ok(_) => self.read_on(),
            Err(error) => self.refuse(messages::cannot_open_for_reading(&self.reading(), error)),
        }
    }

    fn read_on(&mut self) -> Next {
        self.step = Step::Read;
        Next::Disk(DiskOp::Read { handle: self.files.handle(), offset: self.offset, len: READ_MAX })
    }

    /// Whether the operation that is under way is one between two pieces of a long file.
    pub fn is_between_pieces(&self) -> bool {
        self.step == Step::Read && self.offset > 0
    }

    fn piece_read(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let bytes = match result {
            Ok(DiskOk::Bytes(bytes)) => bytes,
            Ok(_) => Vec::new(),
            Err(error) => return self.refuse(messages::read_error(&self.reading(), error)),
        };
        if self.offset == 0 && bytes.starts_with(aof::RDB_MAGIC) {
            self.begin_rdb();
        }
        self.is_whole = bytes.len() < READ_MAX as usize;
        self.offset += bytes.len() as u64;
        match &mut self.content {
            Content::Rdb(reader) => reader.feed(&bytes),
            Content::Commands => self.reader.feed(&bytes),
        }
        Next::Take
    }

    fn begin_rdb(&mut self) {
        self.lines.push(messages::reads_rdb(self.is_of_old()));
        let mut reader = self.rdb_reader.clone();
        if let Some(len) = self.lengths.get(self.at) {
            reader.expect_len(*len);
        }
        self.content = Content::Rdb(Box::new(reader));
    }

    /// The file was the whole log, before there were several.
    fn is_of_old(&self) -> bool {
        self.reading() == self.files.name
    }

    /// What was read of a part in RDB form, and where to count what is taken of it.
    pub fn rdb(&mut self) -> Option<(&mut rdb::Reader, &mut Intake)> {
        match &mut self.content {
            Content::Rdb(reader) => Some((reader, &mut self.intake)),
            Content::Commands => None,
        }
    }

    /// The part in RDB form is over: commands may follow.
    pub fn rdb_is_over(&mut self) {
        if let Content::Rdb(reader) = std::mem::replace(&mut self.content, Content::Commands) {
            self.reader = Reader::at(reader.consumed());
            self.reader.feed(reader.rest());
            if self.is_of_old() {
                self.lines.push(messages::reads_tail());
            }
        }
    }

    /// The part in RDB form is not to be read.
    pub fn refuse_rdb(&mut self, refusal: Refusal) {
        self.lines.extend(refusal.lines);
        if refusal.is_harmless {
            let line = messages::cannot_read_rdb(&self.reading(), self.is_of_old());
            self.lines.push(line);
        }
    }

    /// The next command of the piece just read; `None` when it is used up.
    pub fn next_command(&mut self) -> Result<Option<aof::Command<'_>>, Line> {
        let file = self.files.manifest.to_load().nth(self.at);
        let name = file.map(|file| file.name.as_str()).unwrap_or_default();
        self.reader.next_command().map_err(|_| messages::bad_format(name))
    }

    /// The name of the file being read.
    pub fn reading(&self) -> String {
        self.file().map(|(name, _)| name).unwrap_or_default()
    }

    /// Whether the piece just read was the first of its file.
    pub fn is_first_piece(&self) -> bool {
        self.offset <= u64::from(READ_MAX)
    }

    /// What was read is taken.
    pub fn fed(&mut self, now: Mono) -> Next {
        if !self.is_whole {
            return self.read_on();
        }
        if let Content::Rdb(reader) = &self.content
            && let Err(error) = reader.finish()
        {
            self.refuse_rdb(error.into());
            return Next::Refuse;
        }
        let name = self.reading();
        match std::mem::take(&mut self.reader).finish() {
            Verdict::Clean => self.file_done(now, self.offset == 0),
            Verdict::Corrupt(_) => self.refuse(messages::bad_format(&name)),
            Verdict::Truncated(cut) => self.cut(&name, cut),
        }
    }

    fn cut(&mut self, name: &str, cut: Truncated) -> Next {
        if cut.cut == Cut::Transaction {
            self.lines.push(messages::revert_transaction(name));
        }
        if !self.tolerates_cut {
            return self.refuse(messages::unexpected_end(name));
        }
        self.lines.extend(messages::truncating(name, cut.valid_up_to));
        if !self.is_last() {
            return self.refuse(messages::truncated_in_the_middle());
        }
        let handle = self.files.handle();
        // Durable at once (the real servers leave that to chance): files may follow, and then a tail that comes back is fatal.
        let truncate = DiskOp::Truncate { handle, len: cut.valid_up_to };
        self.run_script(Step::Cut(cut), [truncate, DiskOp::Fsync { handle }])
    }

    fn cut_done(&mut self, cut: Truncated, result: Result<DiskOk, DiskError>) -> Next {
        if let Err(error) = result {
            return self.cut_failed(error);
        }
        let name = self.reading();
        self.lines.push(messages::truncated(&name));
        self.offset = cut.valid_up_to;
        self.lengths[self.at] = cut.valid_up_to;
        self.file_done(self.file_began, false)
    }

    fn cut_failed(&mut self, why: DiskError) -> Next {
        let name = self.reading();
        self.lines.push(messages::cannot_truncate(&name, why));
        self.refuse(messages::unexpected_end(&name))
    }

    fn file_done(&mut self, now: Mono, is_empty: bool) -> Next {
        let (name, kind) = self.file().unwrap_or((String::new(), Kind::Base));
        // Of an empty file nothing is said, unless it is empty because its tail was cut off.
        if !is_empty {
            let seconds = now.since(self.file_began).as_secs_f64();
            self.lines.push(messages::file_loaded(&name, kind == Kind::Base, seconds));
        }
        self.file_began = now;
        let handle = self.files.handle();
        if self.is_last() {
            let took = now.since(self.began.mono).as_secs_f64();
            if self.purpose == LoadFor::Boot {
                self.lines.push(messages::loaded(took));
            }
            self.incremental = (handle, self.offset);
            return self.files_done();
        }
        self.at += 1;
        let Some((next, _)) = self.file() else { return Next::Refuse };
        self.reader = Reader::new();
        self.content = Content::Commands;
        self.offset = 0;
        let open = self.files.open(&next);
        self.run_script(Step::Open, [DiskOp::Close { handle }, open])
    }

    /// All that there was is read: there must be an incremental file to go on with.
    fn files_done(&mut self) -> Next {
        if self.purpose != LoadFor::Boot {
            return Next::Ready;
        }
        match self.files.manifest.last_incremental() {
            Some(file) => {
                self.lines.push(messages::opened(&file.name, false));
                self.delete_history()
            }
            None => self.prepare(),
        }
    }

    /// A new incremental file, and a base if there is none, and a manifest that names them.
    fn prepare(&mut self) -> Next {
        let mut manifest = self.files.manifest.clone();
        let mut script: Vec<DiskOp> = self.files.make_directory().into();
        if manifest.is_empty() {
            let base = manifest.replace_base(&self.files.name, self.fresh_base.is_rdb).name.clone();
            self.lines.push(messages::base_created(&base));
            script.extend(self.write_fresh_base(&base));
        }
        let name = manifest.add_incremental(&self.files.name).name.clone();
        self.lines.push(messages::opened(&name, true));
        script.push(self.files.create(&name));
        self.incremental = (self.files.handle(), 0);
        script.extend(self.files.write(&manifest));
        self.files.manifest = manifest;
        self.run_script(Step::Prepare, script)
    }

    fn write_fresh_base(&mut self, name: &str) -> [DiskOp; 6] {
        let FreshBase { temporary, bytes, .. } = std::mem::take(&mut self.fresh_base);
        self.lengths.push(bytes.len() as u64);
        let handle = self.files.new_handle();
        [
            DiskOp::Open { path: temporary.clone(), handle, create: true, truncate: true },
            DiskOp::Append { handle, bytes },
            DiskOp::Fsync { handle },
            DiskOp::Close { handle },
            DiskOp::Rename { from: temporary, to: self.files.path(name) },
            self.files.synced(),
        ]
    }

    fn prepared(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match result {
            Ok(_) => self.delete_history(),
            Err(error) => self.failed(error),
        }
    }

    fn delete_history(&mut self) -> Next {
        if self.keeps_history || self.files.manifest.history().is_empty() {
            return Next::Ready;
        }
        let (lines, script) = self.files.delete_history();
        self.lines.extend(lines);
        self.run_script(Step::Delete, script)
    }
}
