//! The files of the append-only log: their names, and the operations by which there come to be others.

use crate::root::Root;
use resplay_base::{DiskOp, Handle};
use resplay_persistence::Manifest;
use resplay_persistence::messages::{self, Line};

/// Which files there are, and where.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// As the manifest on the disk names them.
    pub manifest: Manifest,
    /// The server's directory.
    pub root: Root,
    /// `appenddirname`.
    pub directory: String,
    /// `appendfilename`.
    pub name: String,
    handles: u64,
}

impl Files {
    /// No files yet.
    pub fn new(root: Root, directory: &str, name: &str) -> Files {
        Files { root, directory: directory.to_string(), name: name.to_string(), ..Files::default() }
    }

    /// The path of the directory.
    pub fn directory(&self) -> String {
        self.root.path(&self.directory)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> String {
        self.root.path(&format!("{}/{name}", self.directory))
    }

    /// Where the manifest is.
    pub fn manifest_path(&self) -> String {
        self.path(&Manifest::file_name(&self.name))
    }

    /// While a rewrite makes the first base, what is written meanwhile is here.
    pub fn temporary_incremental(&self) -> String {
        format!("temp-{}.incr", self.name)
    }

    /// A handle that was not used before.
    pub fn new_handle(&mut self) -> Handle {
        self.handles += 1;
        Handle(self.handles)
    }

    /// The handle used last.
    pub fn handle(&self) -> Handle {
        Handle(self.handles)
    }

    /// Handles that others have used are used no more.
    pub fn adopt_handles(&mut self, others: &Files) {
        self.handles = self.handles.max(others.handles);
    }

    /// Opens a file of the directory, which must be there.
    pub fn open(&mut self, name: &str) -> DiskOp {
        let handle = self.new_handle();
        DiskOp::Open { path: self.path(name), handle, create: false, truncate: false }
    }

    /// Makes an empty file in the directory, and opens it.
    pub fn create(&mut self, name: &str) -> DiskOp {
        let handle = self.new_handle();
        DiskOp::Open { path: self.path(name), handle, create: true, truncate: true }
    }

    /// The directory, durable in its parent.
    pub fn make_directory(&self) -> [DiskOp; 2] {
        [DiskOp::MakeDir { path: self.directory() }, self.root_synced()]
    }

    /// What happened in the directory is durable.
    pub fn synced(&self) -> DiskOp {
        DiskOp::SyncDir { dir: self.directory() }
    }

    /// What happened in the server's directory is durable.
    pub fn root_synced(&self) -> DiskOp {
        DiskOp::SyncDir { dir: self.root.directory() }
    }

    /// A new manifest takes the old one's place in one step, and only once it is durable; then so are the names of all
    /// files that it names.
    pub fn write(&mut self, manifest: &Manifest) -> [DiskOp; 6] {
        let temporary = self.path(&Manifest::temporary_name(&self.name));
        let handle = self.new_handle();
        [
            DiskOp::Open { path: temporary.clone(), handle, create: true, truncate: true },
            DiskOp::Append { handle, bytes: manifest.print().into_bytes() },
            DiskOp::Fsync { handle },
            DiskOp::Close { handle },
            DiskOp::Rename { from: temporary, to: self.manifest_path() },
            self.synced(),
        ]
    }

    /// What deletes the files that the base has replaced, and then names them no longer; and what is said of it.
    pub fn delete_history(&mut self) -> (Vec<Line>, Vec<DiskOp>) {
        let mut manifest = self.manifest.clone();
        let history = manifest.forget_history();
        let lines = history.iter().map(|file| messages::removes_history(&file.name)).collect();
        let mut script: Vec<DiskOp> =
            history.iter().map(|file| DiskOp::Unlink { path: self.path(&file.name) }).collect();
        script.extend(self.write(&manifest));
        self.manifest = manifest;
        (lines, script)
    }
}
