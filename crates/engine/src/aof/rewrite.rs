//! The steps of a rewrite: what is written from now on goes into another incremental file, all data as it is now
//! into a new base, and only when that is durable does the manifest name it. Whatever happens, the files that the manifest
//! on the disk names have everything.
//!
//! Two orders are stricter than the real servers': the base's name is durable before the manifest names it, and the
//! old incremental file is synced before the manifest names the new one: a file that is not the last must be whole.

use super::{Files, Script};
use crate::config::Config;
use crate::whole_file::{self, Paths, WholeFile};
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, Now, OpId};
use resplay_persistence::Manifest;
use resplay_persistence::messages::{Line, rewrite as words};

/// A rewrite in progress.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Who waits to hear that it began.
    pub asked_by: Option<AskedBy>,
    /// When it began.
    pub began: Now,
    /// The operation that is under way.
    pub op: OpId,
    step: Step,
    /// Operations to do one after the other.
    script: Script,
    kind: Kind,
    is_rdb: bool,
    base: WholeFile,
    /// The first operation of the base.
    open: DiskOp,
    manifest: Manifest,
    incremental: Option<Handle>,
    /// The name of the base, once it has one.
    base_name: String,
}

/// A client that waits to hear that a rewrite began.
#[derive(Clone, Debug)]
pub enum AskedBy {
    /// BGREWRITEAOF of the client with this id.
    Command(u64),
    /// CONFIG SET of that client; and the configuration to go back to.
    Config(u64, Box<Config>),
}

/// What is written meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no append-only file: only the base is made.
    Off,
    /// Another incremental file.
    On,
    /// A temporary one, which gets its name together with the base: there is no log without it.
    First,
}

/// Where a rewrite stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// What came before is being appended to the file that was there.
    Drain,
    /// Making the incremental file. Up to here nobody is served.
    Begin,
    /// Writing the base.
    Write,
    /// Giving the base its name, and naming it in the manifest.
    Publish,
    /// Deleting what it replaces.
    Clean,
}

/// What follows a step.
#[derive(Debug)]
pub enum Next {
    /// Do this.
    Disk(DiskOp),
    /// From now on append to this file, if there is one; then begin the base: [`Rewrite::begin_base`].
    Begun(Option<Handle>),
    /// Hand the next piece over: [`Rewrite::append`].
    Piece,
    /// The base is in its place, and this long: [`Rewrite::clean`] follows.
    Published(u64),
    /// Everything is done.
    Done,
    /// It came to nothing; these operations clean up.
    Failed(Vec<DiskOp>),
}

/// How a rewrite is to be done.
#[derive(Debug)]
pub struct Plan {
    /// What is written meanwhile.
    pub kind: Kind,
    /// The base is an RDB file.
    pub is_rdb: bool,
    /// The process id, for names of temporary files.
    pub pid: u32,
    /// `aof-rewrite-incremental-fsync`.
    pub syncs_on_the_way: bool,
}

impl Rewrite {
    /// A rewrite that waits for what came before.
    pub fn new(plan: &Plan, files: &mut Files, asked_by: Option<AskedBy>, began: Now) -> Rewrite {
        let Plan { kind, is_rdb, pid, syncs_on_the_way } = *plan;
        let temporary = files.root.path(&format!("temp-rewriteaof-{pid}.aof"));
        let file = files.root.path(&format!("temp-rewriteaof-bg-{pid}.aof"));
        let paths = Paths { temporary, file, directory: None };
        let (base, open) = WholeFile::new(paths, files.new_handle(), syncs_on_the_way);
        Rewrite {
            asked_by,
            began,
            op: OpId(0),
            step: Step::Drain,
            script: Script::default(),
            kind,
            is_rdb,
            base,
            open,
            manifest: files.manifest.clone(),
            incremental: None,
            base_name: String::new(),
        }
    }

    /// Whether nobody is served until the next step.
    pub fn is_awaited(&self) -> bool {
        matches!(self.step, Step::Drain | Step::Begin)
    }

    /// Whether it waits for what came before.
    pub fn is_draining(&self) -> bool {
        self.step == Step::Drain
    }

    /// Whether the base was begun.
    pub fn is_begun(&self) -> bool {
        !self.is_awaited()
    }

    /// Whether the base is still being made.
    pub fn needs_snapshot(&self) -> bool {
        matches!(self.step, Step::Drain | Step::Begin | Step::Write)
    }

    /// What came before is in its file: the incremental file is made.
    pub fn begin(&mut self, files: &mut Files) -> (Option<Line>, Next) {
        self.step = Step::Begin;
        let name = match self.kind {
            Kind::Off => None,
            Kind::On => Some(self.manifest.add_incremental(&files.name).name.clone()),
            Kind::First => Some(files.temporary_incremental()),
        };
        self.script.extend(files.make_directory());
        if let Some(name) = &name {
            self.script.extend([files.create(name)]);
            self.incremental = Some(files.handle());
        }
        if self.kind == Kind::On {
            self.script.extend(files.write(&self.manifest));
        }
        (name.map(|name| words::incremental_created(&name)), self.follow_script())
    }

    fn follow_script(&mut self) -> Next {
        match (self.script.follow(), self.step) {
            (Some(what), _) => Next::Disk(what),
            (None, Step::Begin) => Next::Begun(self.incremental),
            (None, Step::Publish) => Next::Published(self.base.len()),
            (None, _) => Next::Done,
        }
    }

    /// The new incremental file is appended to; the base's first operation.
    pub fn begin_base(&mut self, files: &mut Files) -> DiskOp {
        self.step = Step::Write;
        files.manifest = self.manifest.clone();
        self.open.clone()
    }

    /// The next piece of the base; whether it is the last.
    pub fn append(&mut self, bytes: Vec<u8>, is_last: bool) -> DiskOp {
        self.base.append(bytes, is_last)
    }

    /// The operation under way is over; also what is said of it.
    pub fn done(&mut self, files: &mut Files, result: Result<DiskOk, DiskError>) -> (Vec<Line>, Next) {
        if self.step == Step::Write {
            return self.base_went_on(files, result);
        }
        match self.script.judge(result) {
            Err(why) if self.step == Step::Clean => self.clean_failed(why),
            Err(why) => (vec![self.script.complaint(why)], Next::Failed(self.clean_up(files))),
            Ok(_) => (Vec::new(), self.follow_script()),
        }
    }

    /// Nobody misses what could not be deleted; but a manifest that is not whole must not get its name.
    fn clean_failed(&mut self, why: DiskError) -> (Vec<Line>, Next) {
        match self.script.was_unlink() {
            true => (Vec::new(), self.follow_script()),
            false => (vec![self.script.complaint(why)], Next::Done),
        }
    }

    fn base_went_on(&mut self, files: &mut Files, result: Result<DiskOk, DiskError>) -> (Vec<Line>, Next) {
        match self.base.done(result) {
            whole_file::Next::Disk(what) => (Vec::new(), Next::Disk(what)),
            whole_file::Next::Piece => (Vec::new(), Next::Piece),
            whole_file::Next::Done => self.publish(files),
            whole_file::Next::Failed(step, why, mut clean_up) => {
                let line = match step {
                    whole_file::Step::Open => words::cannot_open_temporary(why),
                    whole_file::Step::Rename => words::cannot_rename(why),
                    _ => words::cannot_write(why),
                };
                clean_up.extend(self.remove_temporary_incremental(files));
                (vec![line], Next::Failed(clean_up))
            }
        }
    }

    fn base_temporary(&self, files: &Files) -> String {
        let path = &self.base.paths().file;
        let root = files.root.path("");
        path.strip_prefix(&root).unwrap_or(path).to_string()
    }

    fn publish(&mut self, files: &mut Files) -> (Vec<Line>, Next) {
        self.step = Step::Publish;
        let mut lines = vec![words::base_created(&self.base_temporary(files)), words::written()];
        self.base_name = self.manifest.replace_base(&files.name, self.is_rdb).name.clone();
        let (from, to) = (self.base.paths().file.clone(), files.path(&self.base_name));
        self.script.extend([DiskOp::Rename { from, to }]);
        lines.push(words::base_renamed(&self.base_temporary(files), &self.base_name));
        if self.kind == Kind::First {
            let (from, to) =
                (files.temporary_incremental(), self.manifest.add_incremental(&files.name).name.clone());
            self.script.extend([DiskOp::Rename { from: files.path(&from), to: files.path(&to) }]);
            lines.push(words::incremental_renamed(&from, &to));
        }
        self.manifest.retire_incrementals(if self.kind == Kind::Off { 0 } else { 1 });
        self.script.extend([files.synced()]);
        self.script.extend(files.write(&self.manifest));
        (lines, self.follow_script())
    }

    /// The base is in its place: what it replaces is deleted, unless it is to be kept (`aof-disable-auto-gc`).
    pub fn clean(&mut self, files: &mut Files, keeps_history: bool) -> (Vec<Line>, Next) {
        self.step = Step::Clean;
        files.manifest = self.manifest.clone();
        if keeps_history || files.manifest.history().is_empty() {
            return (Vec::new(), Next::Done);
        }
        let (lines, script) = files.delete_history();
        self.script.extend(script);
        (lines, self.follow_script())
    }

    /// What removes what was made, unless a manifest may name it already.
    pub fn clean_up(&self, files: &Files) -> Vec<DiskOp> {
        match self.step {
            Step::Drain | Step::Clean => Vec::new(),
            Step::Write => {
                let mut all = self.base.clean_up();
                all.extend(self.remove_temporary_incremental(files));
                all
            }
            // All but the last sync is done: the manifest has its name.
            Step::Begin | Step::Publish if self.script.is_over() => Vec::new(),
            Step::Begin => self.incremental.map(|handle| DiskOp::Close { handle }).into_iter().collect(),
            Step::Publish => {
                let unlink = |path: String| DiskOp::Unlink { path };
                let mut all =
                    vec![unlink(self.base.paths().file.clone()), unlink(files.path(&self.base_name))];
                all.extend(self.remove_temporary_incremental(files));
                all
            }
        }
    }

    /// What was written meanwhile makes no sense without the base.
    fn remove_temporary_incremental(&self, files: &Files) -> Option<DiskOp> {
        let path = files.path(&files.temporary_incremental());
        (self.kind == Kind::First).then_some(DiskOp::Unlink { path })
    }
}
