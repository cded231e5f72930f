//! What a power loss leaves: a legal subset of what was not synced.

use crate::digest::Digest;
use crate::disk::inode::Cut;
use crate::disk::names::{Entry, InodeId, Tree};
use crate::disk::{Disk, Inode};
use std::collections::{BTreeMap, BTreeSet};

/// Which subsets of a file's unsynced writes a crash may leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrashModel {
    /// The first so many, the last of them torn at any byte (a journaling file system in ordered mode).
    #[default]
    Prefix,
    /// Any sectors of 512 bytes, in any order; holes read as zeros.
    Reorder,
}

/// A disk's durable files, as a crash may leave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskImage {
    /// Absolute paths of directories.
    pub dirs: BTreeSet<String>,
    /// Absolute paths of files, with their bytes.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl DiskImage {
    /// A hash of all names and bytes.
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new(self.dirs.len() as u64);
        self.dirs.iter().for_each(|dir| digest.bytes(dir.as_bytes()));
        for (path, bytes) in &self.files {
            digest.bytes(path.as_bytes());
            digest.bytes(bytes);
        }
        digest.value()
    }
}

impl Disk {
    /// The power fails at `now` (true nanoseconds): only what is durable is left, and of the rest a drawn legal
    /// subset. Returns how many files and names the draw could choose about.
    pub fn crash(&mut self, now: u64) -> u64 {
        let at_stake = self.at_stake(now);
        let mut random = self.random.clone();
        let stop_chance = [0.0, 1.0, 0.3][random.index(3)];
        let tree = self.names.after_crash(|_| random.chance(stop_chance));
        let model = self.profile.crash_model;
        let after = |inode: &Inode| Inode::durable(inode.after_crash(model, &mut random));
        self.inodes = survivors(&self.inodes, &tree, after);
        self.names.become_tree(tree);
        self.random = random;
        self.forget_process();
        self.under_way.clear();
        at_stake
    }

    /// How many files and names hold something that a power loss at `now` may take back.
    pub fn at_stake(&mut self, now: u64) -> u64 {
        self.names.settle(now);
        let dirty = self.inodes.values_mut().filter_map(|inode| inode.is_dirty(now).then_some(())).count();
        (dirty + self.names.pending()) as u64
    }

    /// At most `limit` different states that a power loss at `now` may leave, in a fixed order: nothing of the
    /// pending operations, all of them, then every cut of one file or of the directories with the others whole or
    /// lost, then combinations. Writes are cut at their borders and in the middle.
    pub fn crash_states(&mut self, now: u64, limit: usize) -> Vec<DiskImage> {
        self.at_stake(now);
        let choices = Choices::of(self);
        let mut seen = BTreeSet::new();
        let states = choices.picks(limit).into_iter().map(|pick| choices.image(&pick));
        states.filter(|state| seen.insert(state.digest())).collect()
    }

    /// Replaces everything by an image, durable at once.
    pub fn restore(&mut self, image: &DiskImage) {
        self.names.become_tree(Tree::new());
        self.inodes.clear();
        self.forget_process();
        self.under_way.clear();
        image.dirs.iter().for_each(|dir| self.names.plant(dir, Entry::Dir));
        image.files.iter().for_each(|(path, bytes)| self.plant_file(path, bytes.clone()));
    }

    /// What a reader sees now.
    pub fn image(&self) -> DiskImage {
        build(self.names.live(), |inode| self.inodes.get(&inode).map_or(Vec::new(), |i| i.content().to_vec()))
    }
}

fn survivors(
    inodes: &BTreeMap<InodeId, Inode>,
    tree: &Tree,
    mut after: impl FnMut(&Inode) -> Inode,
) -> BTreeMap<InodeId, Inode> {
    let named: BTreeSet<InodeId> = tree.values().filter_map(|entry| entry.inode()).collect();
    named.iter().filter_map(|id| inodes.get(id).map(|inode| (*id, after(inode)))).collect()
}

fn build(tree: &Tree, mut content: impl FnMut(InodeId) -> Vec<u8>) -> DiskImage {
    let mut image = DiskImage::default();
    for (path, entry) in tree {
        match entry {
            Entry::Dir => drop(image.dirs.insert(path.clone())),
            Entry::File(inode) => drop(image.files.insert(path.clone(), content(*inode))),
        }
    }
    image
}

/// The independent choices of a crash: how many changes of names, and how much of each dirty file.
struct Choices<'a> {
    trees: Vec<Tree>,
    files: BTreeMap<InodeId, (&'a Inode, Vec<Cut>)>,
}

impl Choices<'_> {
    fn of(disk: &Disk) -> Choices<'_> {
        let trees = (0..=disk.names.pending()).map(|n| disk.names.after_crash(|index| index >= n)).collect();
        let files = disk.inodes.iter().map(|(id, inode)| (*id, (inode, inode.crash_cuts()))).collect();
        Choices { trees, files }
    }

    /// One index per choice, directories first.
    fn picks(&self, limit: usize) -> Vec<Vec<usize>> {
        let cuts = self.files.values().map(|(_, cuts)| cuts.len());
        let counts: Vec<usize> = std::iter::once(self.trees.len()).chain(cuts).collect();
        let none = vec![0; counts.len()];
        let all: Vec<usize> = counts.iter().map(|count| count - 1).collect();
        let mut picks = vec![none.clone(), all.clone()];
        for base in [&all, &none] {
            picks.extend((0..counts.len()).flat_map(|axis| sweep(base, axis, counts[axis])));
        }
        picks.extend(odometer(&counts, limit));
        let mut seen = BTreeSet::new();
        picks.retain(|pick| seen.insert(pick.clone()));
        picks.truncate(limit);
        picks
    }

    fn image(&self, pick: &[usize]) -> DiskImage {
        let cut: BTreeMap<InodeId, usize> =
            self.files.keys().copied().zip(pick[1..].iter().copied()).collect();
        build(&self.trees[pick[0]], |id| match self.files.get(&id) {
            Some((inode, cuts)) => inode.image(cuts[cut[&id]]),
            None => Vec::new(),
        })
    }
}

/// `base` with one choice taking each of its values.
fn sweep(base: &[usize], axis: usize, count: usize) -> impl Iterator<Item = Vec<usize>> {
    let base = base.to_vec();
    (0..count).map(move |value| {
        let mut pick = base.clone();
        pick[axis] = value;
        pick
    })
}

/// The first `limit` combinations, counted like an odometer.
fn odometer(counts: &[usize], limit: usize) -> Vec<Vec<usize>> {
    let total = counts.iter().fold(1usize, |product, &count| product.saturating_mul(count));
    let digits = |mut n: usize| {
        let digit = |&count: &usize| {
            let digit = n % count;
            n /= count;
            digit
        };
        counts.iter().map(digit).collect()
    };
    (0..total.min(limit)).map(digits).collect()
}

impl Entry {
    fn inode(self) -> Option<InodeId> {
        match self {
            Entry::File(inode) => Some(inode),
            Entry::Dir => None,
        }
    }
}
