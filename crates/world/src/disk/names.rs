//! Directories: which names there are, which of them are durable, and the changes between.

use resplay_base::DiskError;
use std::collections::BTreeMap;

/// An inode's number.
pub(crate) type InodeId = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Dir,
    File(InodeId),
}

/// Absolute paths to what they name.
pub(crate) type Tree = BTreeMap<String, Entry>;

#[derive(Clone, Debug)]
pub(crate) struct Names {
    live: Tree,
    durable: Tree,
    pending: Vec<NameOp>,
    version: u64,
}

/// A change of names that a crash can take back.
#[derive(Clone, Debug)]
pub(crate) struct NameOp {
    version: u64,
    durable_at: u64,
    what: NameChange,
}

#[derive(Clone, Debug)]
pub(crate) enum NameChange {
    Add { path: String, entry: Entry },
    Remove { path: String },
    Move { from: String, to: String },
}

impl Names {
    /// Durable directories, nothing else.
    pub(crate) fn with_dirs(dirs: &[&str]) -> Names {
        let live: Tree = dirs.iter().map(|dir| ((*dir).to_owned(), Entry::Dir)).collect();
        Names { durable: live.clone(), live, pending: Vec::new(), version: 0 }
    }

    pub(crate) fn live(&self) -> &Tree {
        &self.live
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn get(&self, path: &str) -> Option<Entry> {
        self.live.get(path).copied()
    }

    pub(crate) fn file(&self, path: &str) -> Result<InodeId, DiskError> {
        match self.get(path) {
            Some(Entry::File(inode)) => Ok(inode),
            Some(Entry::Dir) => Err(DiskError::BadPath),
            None => Err(DiskError::NotFound),
        }
    }

    /// Names in a directory, sorted.
    pub(crate) fn list(&self, dir: &str) -> Result<Vec<String>, DiskError> {
        match self.get(dir) {
            None => Err(DiskError::NotFound),
            Some(Entry::File(_)) => Err(DiskError::BadPath),
            Some(Entry::Dir) => Ok(children(&self.live, dir)),
        }
    }

    /// Changes the live names; the change is durable by itself at `durable_at`.
    pub(crate) fn change(&mut self, durable_at: u64, what: NameChange) -> Result<(), DiskError> {
        self.check(&what)?;
        what.apply(&mut self.live);
        self.version += 1;
        self.pending.push(NameOp { version: self.version, durable_at, what });
        Ok(())
    }

    /// Adds a name that is durable at once, with the directories above it.
    pub(crate) fn plant(&mut self, path: &str, entry: Entry) {
        let mut above = parent(path);
        while !self.live.contains_key(above) {
            self.live.insert(above.to_owned(), Entry::Dir);
            self.durable.insert(above.to_owned(), Entry::Dir);
            above = parent(above);
        }
        self.live.insert(path.to_owned(), entry);
        self.durable.insert(path.to_owned(), entry);
    }

    /// Makes durable what was changed in `dir` up to `version`, and what those changes build on.
    pub(crate) fn sync_dir(&mut self, dir: &str, version: u64) {
        let mut needed = vec![dir.to_owned()];
        let mut keep = vec![false; self.pending.len()];
        for (op, keep) in self.pending.iter().zip(&mut keep).rev() {
            let dirs = op.what.dirs();
            if op.version <= version && dirs.iter().any(|dir| needed.iter().any(|other| other == dir)) {
                *keep = true;
                needed.extend(dirs.iter().map(|dir| (*dir).to_owned()));
            }
        }
        self.make_durable(&keep);
    }

    /// Makes durable what the kernel has committed by `now`.
    pub(crate) fn settle(&mut self, now: u64) {
        let n = self.pending.iter().take_while(|op| op.durable_at <= now).count();
        let keep: Vec<bool> = (0..self.pending.len()).map(|index| index < n).collect();
        self.make_durable(&keep);
    }

    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The durable names after a crash that keeps, in every directory, a prefix of its changes. `stop` is asked
    /// for each change whether its directories stop there. What a change builds on must be there: a directory that
    /// is lost takes its names along.
    pub(crate) fn after_crash(&self, mut stop: impl FnMut(usize) -> bool) -> Tree {
        let mut tree = self.durable.clone();
        let mut stopped: Vec<&str> = Vec::new();
        for (index, op) in self.pending.iter().enumerate() {
            let dirs = op.what.dirs();
            if dirs.iter().any(|dir| stopped.contains(dir)) || !op.what.fits(&tree) || stop(index) {
                stopped.extend(dirs);
            } else {
                op.what.apply(&mut tree);
            }
        }
        tree
    }

    /// The different trees that a crash may leave, at most `limit`: nothing of what is pending, all of it, then
    /// every directory stopped by itself.
    pub(crate) fn crash_trees(&self, limit: usize) -> Vec<Tree> {
        let mut changes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, op) in self.pending.iter().enumerate() {
            op.what.dirs().into_iter().for_each(|dir| changes.entry(dir).or_default().push(index));
        }
        let mut trees = vec![self.after_crash(|_| true), self.after_crash(|_| false)];
        let combinations = changes.values().fold(1usize, |product, at| product.saturating_mul(at.len() + 1));
        for mut number in 0..combinations.min(limit.saturating_mul(4)) {
            // One digit per directory: the change at which it stops, or none.
            let stops: Vec<usize> = changes
                .values()
                .filter_map(|at| {
                    let digit = number % (at.len() + 1);
                    number /= at.len() + 1;
                    at.get(digit).copied()
                })
                .collect();
            trees.push(self.after_crash(|index| stops.contains(&index)));
        }
        let mut different: Vec<Tree> = Vec::new();
        for tree in trees {
            if different.len() < limit && !different.contains(&tree) {
                different.push(tree);
            }
        }
        different
    }

    /// The names are these, and durable.
    pub(crate) fn become_tree(&mut self, tree: Tree) {
        self.durable.clone_from(&tree);
        self.live = tree;
        self.pending.clear();
    }

    /// Whether any name, live or to be found after a crash, stands for this inode.
    pub(crate) fn refers_to(&self, inode: InodeId) -> bool {
        let entry = Entry::File(inode);
        let adds = |op: &NameOp| matches!(op.what, NameChange::Add { entry: added, .. } if added == entry);
        let in_tree = |tree: &Tree| tree.values().any(|other| *other == entry);
        in_tree(&self.live) || in_tree(&self.durable) || self.pending.iter().any(adds)
    }

    fn make_durable(&mut self, keep: &[bool]) {
        let mut keep = keep.iter();
        let durable = &mut self.durable;
        self.pending.retain(|op| {
            let done = keep.next().copied().unwrap_or(false);
            if done {
                op.what.apply(durable);
            }
            !done
        });
    }

    fn check(&self, what: &NameChange) -> Result<(), DiskError> {
        match what {
            NameChange::Add { path, .. } => self.check_parent(path),
            NameChange::Remove { path } => self.file(path).map(drop),
            NameChange::Move { from, to } => {
                let moved = self.get(from).ok_or(DiskError::NotFound)?;
                self.check_parent(to)?;
                match (moved, self.get(to)) {
                    (_, None) | (Entry::File(_), Some(Entry::File(_))) => Ok(()),
                    _ => Err(DiskError::BadPath),
                }
            }
        }
    }

    fn check_parent(&self, path: &str) -> Result<(), DiskError> {
        match self.get(parent(path)) {
            Some(Entry::Dir) => Ok(()),
            Some(Entry::File(_)) => Err(DiskError::BadPath),
            None => Err(DiskError::NotFound),
        }
    }
}

impl NameChange {
    /// Whether what the change builds on is there.
    fn fits(&self, tree: &Tree) -> bool {
        let has_parent = |path: &str| tree.get(parent(path)) == Some(&Entry::Dir);
        match self {
            NameChange::Add { path, .. } => has_parent(path),
            NameChange::Remove { path } => tree.contains_key(path),
            NameChange::Move { from, to } => tree.contains_key(from) && has_parent(to),
        }
    }

    fn apply(&self, tree: &mut Tree) {
        match self {
            NameChange::Add { path, entry } => drop(tree.insert(path.clone(), *entry)),
            NameChange::Remove { path } => drop(tree.remove(path)),
            NameChange::Move { from, to } => {
                let below = format!("{from}/");
                let moved: Vec<String> =
                    tree.keys().filter(|path| *path == from || path.starts_with(&below)).cloned().collect();
                for path in moved {
                    if let Some(entry) = tree.remove(&path) {
                        tree.insert(format!("{to}{}", &path[from.len()..]), entry);
                    }
                }
            }
        }
    }

    /// The directories that it changes.
    fn dirs(&self) -> Vec<&str> {
        match self {
            NameChange::Add { path, .. } | NameChange::Remove { path } => vec![parent(path)],
            NameChange::Move { from, to } => vec![parent(from), parent(to)],
        }
    }
}

/// The path made absolute and plain: relative to `cwd`, without `.`, `..` and doubled slashes.
pub(crate) fn absolute(cwd: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory that a path's last part lies in.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(at) => &path[..at],
    }
}

fn children(tree: &Tree, dir: &str) -> Vec<String> {
    let prefix = if dir == "/" { "/".to_owned() } else { format!("{dir}/") };
    let below =
        tree.range(prefix.clone()..).map(|(path, _)| path).take_while(|path| path.starts_with(&prefix));
    let names = below.map(|path| &path[prefix.len()..]);
    names.filter(|name| !name.is_empty() && !name.contains('/')).map(str::to_owned).collect()
}
