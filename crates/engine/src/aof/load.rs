//! Reading the append-only file back at the start: which files there are, their commands, what to do about a
//! cut-off tail, and where to go on writing.
//!
//! One disk operation is under way at a time. [`Load::done`] takes its result and says what comes next; the
//! order of steps is that of [`Step`].

use crate::config::Settings;
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, Mono, READ_MAX};
use resplay_persistence::aof::{Cut, Reader, Truncated, Verdict};
use resplay_persistence::messages::{self, Line};
use resplay_persistence::{Manifest, aof};
use std::collections::VecDeque;

/// A reading in progress.
#[derive(Clone, Debug)]
pub struct Load {
    step: Step,
    /// Operations to do one after the other before the step that follows.
    script: VecDeque<DiskOp>,
    directory: String,
    file_name: String,
    /// `aof-load-truncated`.
    tolerates_cut: bool,
    manifest: Manifest,
    /// The file being read: its place in the manifest, its reader, and how far.
    at: usize,
    reader: Reader,
    offset: u64,
    /// The piece just read was its last.
    is_whole: bool,
    handles: u64,
    /// When it began.
    pub began: Mono,
    file_began: Mono,
    /// Lines for the log, not yet written.
    pub lines: Vec<Line>,
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
    /// Opening a file.
    Open,
    /// Reading a file.
    Read,
    /// Cutting the last file's tail off.
    Cut(Truncated),
    /// Making the first incremental file, or opening the last.
    Prepare,
}

/// What follows a step.
#[derive(Debug)]
pub enum Next {
    /// Do this.
    Disk(DiskOp),
    /// Run the commands that `Load::next_command` gives, then call `Load::fed`.
    Run,
    /// Everything is read: go on writing here.
    Ready {
        /// The open incremental file.
        handle: Handle,
        /// Its length, in bytes.
        size: u64,
    },
    /// The server must not start. `Load::lines` says why.
    Refuse,
}

impl Load {
    /// A reading of the files that these settings name.
    pub fn new(settings: &Settings, began: Mono) -> Load {
        Load {
            step: Step::List,
            script: VecDeque::new(),
            directory: settings.appenddirname.clone(),
            file_name: settings.appendfilename.clone(),
            tolerates_cut: settings.aof_load_truncated,
            manifest: Manifest::default(),
            at: 0,
            reader: Reader::new(),
            offset: 0,
            is_whole: false,
            handles: 0,
            began,
            file_began: began,
            lines: Vec::new(),
        }
    }

    /// The first operation.
    pub fn first_step(&mut self) -> DiskOp {
        DiskOp::List { dir: self.directory.clone() }
    }

    /// The operation under way is over.
    pub fn done(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        if !self.script.is_empty() {
            return match result {
                Ok(_) => self.follow_script(),
                Err(error) => self.refuse(messages::cannot_open(&self.file_name, error)),
            };
        }
        match self.step {
            Step::List => self.listed(result),
            Step::Manifest => self.manifest_read(result),
            Step::LookForOld(named) => self.looked_for_old(named, result),
            Step::Migrate => self.migrated(result),
            Step::Open => self.opened(result),
            Step::Read => self.piece_read(result),
            Step::Cut(cut) => self.cut_done(cut, result),
            Step::Prepare => self.prepared(result),
        }
    }

    /// Starts a script whose last operation's result goes to `step`.
    fn run_script(&mut self, step: Step, script: impl IntoIterator<Item = DiskOp>) -> Next {
        self.step = step;
        self.script = script.into_iter().collect();
        self.follow_script()
    }

    fn follow_script(&mut self) -> Next {
        match self.script.pop_front() {
            Some(op) => Next::Disk(op),
            None => Next::Refuse,
        }
    }

    fn refuse(&mut self, line: Line) -> Next {
        self.lines.push(line);
        Next::Refuse
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.directory)
    }

    fn new_handle(&mut self) -> Handle {
        self.handles += 1;
        Handle(self.handles)
    }

    fn handle(&self) -> Handle {
        Handle(self.handles)
    }

    fn listed(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let manifest = Manifest::file_name(&self.file_name);
        match result {
            Ok(DiskOk::Names(names)) if names.contains(&manifest) => {
                let path = self.path(&manifest);
                let handle = self.new_handle();
                let open = DiskOp::Open { path, handle, create: false, truncate: false };
                self.run_script(Step::Manifest, [open, DiskOp::Read { handle, offset: 0, len: READ_MAX }])
            }
            Ok(_) | Err(DiskError::NotFound) => self.look_for_old(false),
            Err(error) => self.refuse(messages::cannot_make_directory(&self.directory.clone(), error)),
        }
    }

    fn manifest_read(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let path = self.path(&Manifest::file_name(&self.file_name));
        let bytes = match result {
            Ok(DiskOk::Bytes(bytes)) => bytes,
            Ok(_) => Vec::new(),
            Err(error) => return self.refuse(messages::cannot_open_manifest(&path, error)),
        };
        match Manifest::parse(&bytes) {
            Ok(manifest) => self.manifest = manifest,
            Err(error) => {
                self.lines.extend(messages::bad_manifest(&error));
                return Next::Refuse;
            }
        }
        if self.manifest.awaits_single_file(&self.file_name) {
            return self.look_for_old(true);
        }
        self.open_next()
    }

    fn look_for_old(&mut self, is_named: bool) -> Next {
        self.step = Step::LookForOld(is_named);
        Next::Disk(DiskOp::Stat { path: self.file_name.clone() })
    }

    fn looked_for_old(&mut self, is_named: bool, result: Result<DiskOk, DiskError>) -> Next {
        if !matches!(result, Ok(DiskOk::Stat(Some(_)))) {
            return if is_named { self.open_next() } else { self.prepare_new() };
        }
        let (from, to) = (self.file_name.clone(), self.path(&self.file_name));
        let sync = DiskOp::SyncDir { dir: self.directory.clone() };
        let mut script = Vec::new();
        if !is_named {
            self.manifest = Manifest::of_single_file(&self.file_name);
            script.extend(self.make_directory());
            script.extend(self.write_manifest());
        }
        script.extend([DiskOp::Rename { from, to }, sync]);
        self.run_script(Step::Migrate, script)
    }

    fn migrated(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match result {
            Ok(_) => {
                self.lines.push(messages::migrated(&self.file_name, &self.directory));
                self.open_next()
            }
            Err(error) => self.refuse(messages::cannot_open(&self.file_name, error)),
        }
    }

    /// The directory, durable in its parent.
    fn make_directory(&self) -> [DiskOp; 2] {
        [DiskOp::MakeDir { path: self.directory.clone() }, DiskOp::SyncDir { dir: ".".to_string() }]
    }

    /// A new manifest takes the old one's place in one step, and only once it is durable.
    fn write_manifest(&mut self) -> [DiskOp; 6] {
        let temporary = self.path(&Manifest::temporary_name(&self.file_name));
        let handle = self.new_handle();
        [
            DiskOp::Open { path: temporary.clone(), handle, create: true, truncate: true },
            DiskOp::Append { handle, bytes: self.manifest.print().into_bytes() },
            DiskOp::Fsync { handle },
            DiskOp::Close { handle },
            DiskOp::Rename { from: temporary, to: self.path(&Manifest::file_name(&self.file_name)) },
            DiskOp::SyncDir { dir: self.directory.clone() },
        ]
    }

    fn file(&self) -> Option<(String, bool)> {
        let file = self.manifest.to_load().nth(self.at)?;
        Some((file.name.clone(), file.kind == resplay_persistence::manifest::Kind::Base))
    }

    fn is_last(&self) -> bool {
        self.manifest.to_load().count() == self.at + 1
    }

    fn open_next(&mut self) -> Next {
        let Some((name, _)) = self.file() else { return self.prepare_new() };
        self.reader = Reader::new();
        self.offset = 0;
        let handle = self.new_handle();
        self.run_script(
            Step::Open,
            [DiskOp::Open { path: self.path(&name), handle, create: false, truncate: false }],
        )
    }

    fn opened(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let name = self.file().map(|(name, _)| name).unwrap_or_default();
        match result {
            Ok(_) => self.read_on(),
            Err(error @ DiskError::NotFound) => self.refuse(messages::no_length(&name, error)),
            Err(error) => self.refuse(messages::cannot_open_for_reading(&name, error)),
        }
    }

    fn read_on(&mut self) -> Next {
        self.step = Step::Read;
        Next::Disk(DiskOp::Read { handle: self.handle(), offset: self.offset, len: READ_MAX })
    }

    fn piece_read(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        let name = self.file().map(|(name, _)| name).unwrap_or_default();
        let bytes = match result {
            Ok(DiskOk::Bytes(bytes)) => bytes,
            Ok(_) => Vec::new(),
            Err(error) => return self.refuse(messages::read_error(&name, error)),
        };
        if self.offset == 0 && bytes.starts_with(aof::RDB_MAGIC) {
            let text = format!(
                "The append only file {name} begins with an RDB preamble, which this version cannot read yet"
            );
            return self.refuse(Line { level: '#', text });
        }
        let is_end = bytes.len() < READ_MAX as usize;
        self.offset += bytes.len() as u64;
        self.reader.feed(&bytes);
        self.is_whole = is_end;
        Next::Run
    }

    /// The next command of the piece just read; `None` when it is used up.
    pub fn next_command(&mut self) -> Result<Option<aof::Command<'_>>, Line> {
        let name = self.manifest.to_load().nth(self.at).map(|file| file.name.clone()).unwrap_or_default();
        self.reader.next_command().map_err(|_| messages::bad_format(&name))
    }

    /// The name of the file being read.
    pub fn reading(&self) -> String {
        self.file().map(|(name, _)| name).unwrap_or_default()
    }

    /// The piece's commands have run.
    pub fn fed(&mut self, now: Mono) -> Next {
        if !self.is_whole {
            return self.read_on();
        }
        let (name, _) = self.file().unwrap_or_default();
        match std::mem::take(&mut self.reader).finish() {
            Verdict::Clean => self.file_done(now),
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
        let handle = self.handle();
        self.run_script(Step::Cut(cut), [DiskOp::Truncate { handle, len: cut.valid_up_to }])
    }

    fn cut_done(&mut self, cut: Truncated, result: Result<DiskOk, DiskError>) -> Next {
        let (name, _) = self.file().unwrap_or_default();
        if let Err(error) = result {
            self.lines.push(messages::cannot_truncate(&name, error));
            return self.refuse(messages::unexpected_end(&name));
        }
        self.lines.push(messages::truncated(&name));
        self.offset = cut.valid_up_to;
        self.file_done(self.file_began)
    }

    fn file_done(&mut self, now: Mono) -> Next {
        if let Some((name, is_base)) = self.file() {
            let seconds = now.since(self.file_began).as_secs_f64();
            self.lines.push(messages::file_loaded(&name, is_base, seconds));
        }
        self.file_began = now;
        if self.is_last() {
            self.lines.push(messages::loaded(now.since(self.began).as_secs_f64()));
            let Some(file) = self.manifest.last_incremental() else { return self.prepare_new() };
            self.lines.push(messages::opened(&file.name, false));
            return Next::Ready { handle: self.handle(), size: self.offset };
        }
        self.at += 1;
        self.open_next()
    }

    /// A new incremental file, and a manifest that names it.
    fn prepare_new(&mut self) -> Next {
        let name = self.manifest.add_incremental(&self.file_name).name.clone();
        self.lines.push(messages::opened(&name, true));
        let mut script: Vec<DiskOp> = self.make_directory().into();
        let manifest = self.write_manifest();
        let handle = self.new_handle();
        script.push(DiskOp::Open { path: self.path(&name), handle, create: true, truncate: true });
        script.extend(manifest);
        self.offset = 0;
        self.run_script(Step::Prepare, script)
    }

    fn prepared(&mut self, result: Result<DiskOk, DiskError>) -> Next {
        match result {
            Ok(_) => Next::Ready { handle: self.handle(), size: 0 },
            Err(error) => self.refuse(messages::cannot_open(&self.file_name, error)),
        }
    }
}
