//! What a power loss leaves: a legal subset of what was not synced.

use crate::digest::Digest;
use crate::disk::names::{Entry, InodeId, Tree};
use crate::disk::{Disk, Inode};
use resplay_base::Random;
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

    /// How many bytes at the beginning of a file a power loss at `now` surely leaves; 0 if there is no such file.
    pub fn durable_len(&mut self, path: &str, now: u64) -> u64 {
        let inode = self.names.file(path).ok().and_then(|number| self.inodes.get_mut(&number));
        inode.map_or(0, |inode| {
            inode.settle(now);
            inode.durable_len()
        })
    }

    /// At most `limit` different states that a power loss at `now` may leave, in a fixed order: nothing of the
    /// pending operations, all of them, every cut of a file's last write with all else whole, every state of the
    /// names, every border between two writes, then all combinations or, where these are too many, drawn ones.
    pub fn crash_states(&mut self, now: u64, limit: usize) -> Vec<DiskImage> {
        self.legal_states(now, limit, Random::stream(0, "crash states")).1
    }

    /// How many choices a power loss at `now` has (at most `u64::MAX`), and the states, as `crash_states` gives them.
    pub(super) fn legal_states(
        &mut self,
        now: u64,
        limit: usize,
        mut random: Random,
    ) -> (u64, Vec<DiskImage>) {
        self.at_stake(now);
        let choices = Choices::of(self, self.profile.crash_model);
        let mut seen = BTreeSet::new();
        let mut images = Vec::new();
        let mut take = |image: DiskImage| {
            if images.len() < limit && seen.insert(image.digest()) {
                images.push(image);
            }
            images.len() < limit
        };
        let goes_on = choices.listed(&mut random).iter().all(|pick| take(choices.image(pick)));
        if goes_on {
            let draws = choices.count().min(limit.saturating_mul(2) as u64);
            let is_small = choices.count() <= LISTED_MAX && choices.is_ordered();
            let numbers = 0..if is_small { choices.count() } else { draws };
            let image = |number| match is_small {
                true => choices.image(&choices.numbered(number)),
                false => choices.drawn(&mut random),
            };
            let _ = numbers.map(image).all(take);
        }
        (choices.count(), images)
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

    /// The absolute paths of all files, sorted.
    pub fn paths(&self) -> impl DoubleEndedIterator<Item = &str> {
        let files = self.names.live().iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        files.map(|(path, _)| path.as_str())
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

/// Up to so many combinations are listed; beyond, states are drawn.
const LISTED_MAX: u64 = 4096;

/// The most trees of names that are told apart.
const TREES_MAX: usize = 256;

/// The independent choices of a crash: which changes of names are kept, and how much of each dirty file.
struct Choices<'a> {
    disk: &'a Disk,
    model: CrashModel,
    trees: Vec<Tree>,
    files: Vec<(InodeId, &'a Inode)>,
}

/// A tree, and the number of a cut of each dirty file.
#[derive(Clone)]
struct Pick {
    tree: usize,
    cuts: Vec<u64>,
}

impl Choices<'_> {
    fn of(disk: &Disk, model: CrashModel) -> Choices<'_> {
        let files = disk.inodes.iter().filter(|(_, inode)| inode.cut_count() > 1);
        let files = files.map(|(id, inode)| (*id, inode)).collect();
        Choices { disk, model, trees: disk.names.crash_trees(TREES_MAX), files }
    }

    /// Whether a file keeps a beginning of what was written to it.
    fn is_ordered(&self) -> bool {
        self.model == CrashModel::Prefix
    }

    /// How many combinations there are.
    fn count(&self) -> u64 {
        let ways = self.files.iter().map(|(_, inode)| match self.model {
            CrashModel::Prefix => inode.cut_count(),
            CrashModel::Reorder => {
                let sectors = u32::try_from(inode.pending_sectors()).unwrap_or(u32::MAX);
                2u64.saturating_pow(sectors)
            }
        });
        ways.fold(self.trees.len() as u64, u64::saturating_mul)
    }

    /// The picks that come before any combination.
    fn listed(&self, random: &mut Random) -> Vec<Pick> {
        let none = Pick { tree: 0, cuts: vec![0; self.files.len()] };
        let whole = self.files.iter().map(|(_, inode)| inode.cut_count() - 1).collect();
        let all = Pick { tree: self.trees.len().min(2) - 1, cuts: whole };
        let mut picks = vec![none.clone(), all.clone()];
        // Sectors are whole, so where they come in any order no write is cut at a byte.
        for at in (0..self.files.len()).filter(|_| self.is_ordered()) {
            picks.extend(self.last_write(at, random).into_iter().map(|cut| all.with_cut(at, cut)));
        }
        for tree in 0..self.trees.len() {
            picks.extend([Pick { tree, ..all.clone() }, Pick { tree, ..none.clone() }]);
        }
        for (at, (_, inode)) in self.files.iter().enumerate() {
            picks.extend(inode.borders().into_iter().rev().map(|cut| all.with_cut(at, cut)));
        }
        picks
    }

    /// The cuts of a file's last write, in a drawn order: a part of them is then a sample.
    fn last_write(&self, at: usize, random: &mut Random) -> Vec<u64> {
        let borders = self.files[at].1.borders();
        let [.., from, to] = borders[..] else { return Vec::new() };
        let mut cuts: Vec<u64> = (from..to).collect();
        for index in (1..cuts.len()).rev() {
            cuts.swap(index, random.index(index + 1));
        }
        cuts
    }

    /// A combination by its number, below `count`.
    fn numbered(&self, mut number: u64) -> Pick {
        let mut digit = |base: u64| {
            let digit = number % base;
            number /= base;
            digit
        };
        let tree = digit(self.trees.len() as u64) as usize;
        Pick { tree, cuts: self.files.iter().map(|(_, inode)| digit(inode.cut_count())).collect() }
    }

    fn image(&self, pick: &Pick) -> DiskImage {
        let content = |at: usize| {
            let inode = self.files[at].1;
            inode.image(inode.cut(pick.cuts[at]))
        };
        self.build(pick.tree, content)
    }

    /// Any state, each file and the names by themselves.
    fn drawn(&self, random: &mut Random) -> DiskImage {
        let tree = random.index(self.trees.len());
        let left: Vec<Vec<u8>> = self
            .files
            .iter()
            .map(|(_, inode)| match self.model {
                CrashModel::Prefix => inode.image(inode.cut(random.below(inode.cut_count()))),
                CrashModel::Reorder => inode.after_crash(self.model, random),
            })
            .collect();
        self.build(tree, |at| left[at].clone())
    }

    /// The image of a tree, given what is left of each dirty file.
    fn build(&self, tree: usize, left: impl Fn(usize) -> Vec<u8>) -> DiskImage {
        build(&self.trees[tree], |id| match self.files.iter().position(|(dirty, _)| *dirty == id) {
            Some(at) => left(at),
            None => self.disk.inodes.get(&id).map_or(Vec::new(), |inode| inode.image(inode.cut(0))),
        })
    }
}

impl Pick {
    fn with_cut(&self, at: usize, cut: u64) -> Pick {
        let mut pick = self.clone();
        pick.cuts[at] = cut;
        pick
    }
}

impl Entry {
    fn inode(self) -> Option<InodeId> {
        match self {
            Entry::File(inode) => Some(inode),
            Entry::Dir => None,
        }
    }
}
