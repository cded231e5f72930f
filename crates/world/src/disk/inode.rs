//! One file's bytes: what a reader sees (the page cache), what is durable, and the operations between.

use crate::disk::crash::CrashModel;
use resplay_base::Random;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(crate) struct Inode {
    content: Vec<u8>,
    dirty: Dirty,
    /// Counts operations; a sync takes in those that were there when it started.
    version: u64,
    /// How old dirty bytes grow before the kernel writes them back by itself, in nanoseconds.
    writeback_age: u64,
    /// Syncs under way.
    syncs: Vec<SyncPoint>,
}

/// What a sync takes in: the operations and the length there were when it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyncPoint {
    version: u64,
    len: u64,
}

/// What a crash can take back.
#[derive(Clone, Debug)]
enum Dirty {
    /// The durable image is the content's first `synced` bytes: the file only grew since the last sync.
    Grown { synced: u64, marks: VecDeque<Mark>, ends: VecDeque<u64> },
    /// Anything else.
    Changed { durable: Vec<u8>, ops: Vec<Op> },
}

/// All up to `end` is durable once `at` has come.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: u64,
    end: u64,
}

#[derive(Clone, Debug)]
struct Op {
    version: u64,
    durable_at: u64,
    what: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate { len: u64 },
}

/// Ends of appends that are remembered as likely places of a cut.
const ENDS_KEPT: usize = 1024;
const SECOND: u64 = 1_000_000_000;
const SECTOR: usize = 512;

impl Inode {
    /// A file whose bytes are all durable.
    pub(crate) fn durable(content: Vec<u8>) -> Inode {
        let dirty = Dirty::clean(content.len() as u64);
        Inode { content, dirty, version: 0, writeback_age: 0, syncs: Vec::new() }
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    pub(crate) fn len(&self) -> u64 {
        self.content.len() as u64
    }

    /// Bytes that a sync would have to write, at most.
    pub(crate) fn dirty_bytes(&self) -> u64 {
        match &self.dirty {
            Dirty::Grown { synced, .. } => self.len() - synced,
            Dirty::Changed { ops, .. } => ops.iter().map(|op| op.what.bytes()).sum(),
        }
    }

    /// Whether a crash at `now` could take anything back.
    pub(crate) fn is_dirty(&mut self, now: u64) -> bool {
        self.settle(now);
        match &self.dirty {
            Dirty::Grown { synced, .. } => *synced < self.len(),
            Dirty::Changed { durable, .. } => *durable != self.content,
        }
    }

    pub(crate) fn append(&mut self, now: u64, age: impl FnOnce() -> u64, bytes: &[u8]) {
        self.touch(now, age);
        let at = self.durable_at(now);
        self.content.extend_from_slice(bytes);
        let end = self.len();
        match &mut self.dirty {
            Dirty::Grown { marks, ends, .. } => {
                ends.push_back(end);
                if ends.len() > ENDS_KEPT {
                    ends.pop_front();
                }
                match marks.back_mut().filter(|mark| mark.at >= at) {
                    Some(mark) => mark.end = end,
                    None => marks.push_back(Mark { at, end }),
                }
            }
            Dirty::Changed { .. } => self.note(at, Change::write(end - bytes.len() as u64, bytes)),
        }
    }

    pub(crate) fn write_at(&mut self, now: u64, age: impl FnOnce() -> u64, offset: u64, bytes: &[u8]) {
        if offset == self.len() {
            return self.append(now, age, bytes);
        }
        self.change(now, age, Change::write(offset, bytes));
    }

    pub(crate) fn truncate(&mut self, now: u64, age: impl FnOnce() -> u64, len: u64) {
        if len != self.len() {
            self.change(now, age, Change::Truncate { len });
        }
    }

    pub(crate) fn start_sync(&mut self) -> SyncPoint {
        let point = SyncPoint { version: self.version, len: self.len() };
        self.syncs.push(point);
        point
    }

    /// What was there when the sync started is durable.
    pub(crate) fn finish_sync(&mut self, point: SyncPoint) {
        if !self.syncs.contains(&point) {
            // Everything was found durable meanwhile; what came after it is none of this sync's business.
            return;
        }
        self.syncs.retain(|other| *other != point);
        match &mut self.dirty {
            Dirty::Grown { synced, marks, ends } => {
                *synced = point.len.max(*synced);
                marks.retain(|mark| mark.end > *synced);
                ends.retain(|end| *end > *synced);
            }
            Dirty::Changed { durable, ops } => settle_ops(durable, ops, |op| op.version <= point.version),
        }
        self.forget_if_clean();
    }

    /// The kernel marks dirty pages clean without having written them: they stay readable until the next boot.
    pub(crate) fn drop_dirty(&mut self) {
        self.become_changed();
        if let Dirty::Changed { ops, .. } = &mut self.dirty {
            ops.clear();
        }
    }

    /// Damages bytes under everybody's feet: in the cache and on the platter.
    pub(crate) fn damage(&mut self, damage: impl Fn(&mut [u8])) {
        damage(&mut self.content);
        if let Dirty::Changed { durable, .. } = &mut self.dirty {
            damage(durable);
        }
    }

    /// How many bytes at its beginning no power loss takes or changes.
    pub(crate) fn durable_len(&self) -> u64 {
        match &self.dirty {
            Dirty::Grown { synced, .. } => *synced,
            Dirty::Changed { durable, ops } if ops.is_empty() => durable.len() as u64,
            Dirty::Changed { durable, .. } => {
                durable.iter().zip(&self.content).take_while(|(safe, now)| safe == now).count() as u64
            }
        }
    }

    /// Makes durable what the kernel has written back by `now`.
    pub(crate) fn settle(&mut self, now: u64) {
        match &mut self.dirty {
            Dirty::Grown { synced, marks, .. } => {
                while let Some(mark) = marks.front().filter(|mark| mark.at <= now) {
                    *synced = mark.end;
                    marks.pop_front();
                }
            }
            Dirty::Changed { durable, ops } => settle_ops(durable, ops, |op| op.durable_at <= now),
        }
        self.forget_if_clean();
    }

    /// The bytes that one legal crash leaves.
    pub(crate) fn after_crash(&self, model: CrashModel, random: &mut Random) -> Vec<u8> {
        match model {
            CrashModel::Reorder => self.after_reordering(random),
            CrashModel::Prefix => {
                let cuts = self.cuts();
                match random.below(4) {
                    0 => self.image(cuts[0]),
                    1 => self.image(cuts[cuts.len() - 1]),
                    _ => self.torn_image(&cuts, random),
                }
            }
        }
    }

    /// How many different cuts a crash may make: before the first pending byte, after each.
    pub(crate) fn cut_count(&self) -> u64 {
        match &self.dirty {
            Dirty::Grown { synced, .. } => self.len() - synced + 1,
            Dirty::Changed { ops, .. } => ops.iter().map(Op::steps).sum::<u64>() + 1,
        }
    }

    /// The cut of this number, below [`Inode::cut_count`]: 0 keeps nothing that is pending, the last one all.
    pub(crate) fn cut(&self, number: u64) -> Cut {
        match &self.dirty {
            Dirty::Grown { synced, .. } => Cut { whole: *synced, torn: number },
            Dirty::Changed { ops, .. } => {
                let (mut left, mut whole) = (number, 0);
                while let Some(op) = ops.get(whole as usize).filter(|op| op.steps() <= left) {
                    left -= op.steps();
                    whole += 1;
                }
                Cut { whole, torn: left }
            }
        }
    }

    /// The numbers of the cuts between two operations, the first 0, the last keeping all.
    pub(crate) fn borders(&self) -> Vec<u64> {
        match &self.dirty {
            Dirty::Grown { synced, .. } => self.cuts().iter().map(|cut| cut.whole - synced).collect(),
            Dirty::Changed { ops, .. } => {
                let sums = ops.iter().scan(0, |sum, op| {
                    *sum += op.steps();
                    Some(*sum)
                });
                std::iter::once(0).chain(sums).collect()
            }
        }
    }

    fn torn_image(&self, cuts: &[Cut], random: &mut Random) -> Vec<u8> {
        let at = random.index(cuts.len());
        let cut = cuts[at];
        let width = cuts.get(at + 1).map_or(0, |next| self.width(cut, *next));
        let torn = if random.chance(0.5) { random.below(width) } else { 0 };
        self.image(Cut { torn, ..cut })
    }

    /// The whole operations after which a crash may come, first none, last all.
    fn cuts(&self) -> Vec<Cut> {
        match &self.dirty {
            Dirty::Grown { synced, ends, .. } => {
                let later = ends.iter().filter(|end| *end > synced);
                let borders = std::iter::once(synced).chain(later);
                borders.map(|&whole| Cut { whole, torn: 0 }).collect()
            }
            Dirty::Changed { ops, .. } => {
                (0..=ops.len() as u64).map(|whole| Cut { whole, torn: 0 }).collect()
            }
        }
    }

    /// How many bytes lie between a cut and the next one.
    fn width(&self, cut: Cut, next: Cut) -> u64 {
        match &self.dirty {
            Dirty::Grown { .. } => next.whole - cut.whole,
            Dirty::Changed { ops, .. } => ops[cut.whole as usize].what.bytes(),
        }
    }

    /// The bytes that a crash at this cut leaves.
    pub(crate) fn image(&self, cut: Cut) -> Vec<u8> {
        match &self.dirty {
            Dirty::Grown { .. } => self.content[..(cut.whole + cut.torn) as usize].to_vec(),
            Dirty::Changed { durable, ops } => {
                let mut image = durable.clone();
                ops[..cut.whole as usize].iter().for_each(|op| op.what.apply(&mut image));
                if let Some(op) = ops.get(cut.whole as usize).filter(|_| cut.torn > 0) {
                    op.what.torn(cut.torn).apply(&mut image);
                }
                image
            }
        }
    }

    /// How many sectors of pending writes there are, each of which gets there or not.
    pub(crate) fn pending_sectors(&self) -> u64 {
        let mut whole = self.clone();
        whole.become_changed();
        let Dirty::Changed { ops, .. } = whole.dirty else { return 0 };
        ops.iter().map(|op| op.what.sectors().len() as u64).sum()
    }

    /// Every sector of every pending write got there or not, each by itself.
    fn after_reordering(&self, random: &mut Random) -> Vec<u8> {
        let mut whole = self.clone();
        whole.become_changed();
        let Dirty::Changed { mut durable, ops } = whole.dirty else { return whole.content };
        for op in &ops {
            op.what.sectors().iter().filter(|_| random.chance(0.5)).for_each(|part| part.apply(&mut durable));
        }
        durable
    }

    fn change(&mut self, now: u64, age: impl FnOnce() -> u64, what: Change) {
        self.become_changed();
        self.touch(now, age);
        let at = self.durable_at(now);
        // Settling may have found the file clean and made it simple again.
        self.become_changed();
        what.apply(&mut self.content);
        self.note(at, what);
    }

    fn note(&mut self, durable_at: u64, what: Change) {
        let version = self.version;
        if let Dirty::Changed { ops, .. } = &mut self.dirty {
            ops.push(Op { version, durable_at, what });
        }
    }

    fn touch(&mut self, now: u64, age: impl FnOnce() -> u64) {
        self.settle(now);
        if self.dirty.is_clean(self.content.len() as u64) {
            self.writeback_age = age();
        }
        self.version += 1;
    }

    /// The flusher wakes once a second.
    fn durable_at(&self, now: u64) -> u64 {
        now.saturating_add(self.writeback_age).div_ceil(SECOND).saturating_mul(SECOND)
    }

    fn become_changed(&mut self) {
        let Dirty::Grown { synced, marks, ends } = &self.dirty else { return };
        let mut borders: Vec<u64> =
            ends.iter().copied().chain(self.syncs.iter().map(|sync| sync.len)).collect();
        borders.retain(|end| end > synced);
        borders.sort_unstable();
        borders.dedup();
        let starts = std::iter::once(*synced).chain(borders.iter().copied());
        let op = |(start, &end): (u64, &u64)| Op {
            version: self.version_at(end),
            durable_at: marks.iter().find(|mark| mark.end >= end).map_or(u64::MAX, |mark| mark.at),
            what: Change::write(start, &self.content[start as usize..end as usize]),
        };
        let ops = starts.zip(&borders).map(op).collect();
        self.dirty = Dirty::Changed { durable: self.content[..*synced as usize].to_vec(), ops };
    }

    /// The version by which a file that only grew had this length, as far as a sync under way needs to know.
    fn version_at(&self, len: u64) -> u64 {
        let within = self.syncs.iter().filter(|sync| sync.len >= len).map(|sync| sync.version);
        within.min().unwrap_or(self.version)
    }

    fn forget_if_clean(&mut self) {
        if let Dirty::Changed { durable, ops } = &self.dirty
            && ops.is_empty()
            && *durable == self.content
        {
            self.dirty = Dirty::clean(self.content.len() as u64);
            self.syncs.clear();
        }
    }
}

/// A crash after so many whole operations (or bytes, for a file that only grew) and `torn` bytes of the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    whole: u64,
    torn: u64,
}

impl Op {
    /// How many cuts lie within it and at its beginning: one per byte, one for a truncation.
    fn steps(&self) -> u64 {
        self.what.bytes().max(1)
    }
}

impl Dirty {
    fn clean(len: u64) -> Dirty {
        Dirty::Grown { synced: len, marks: VecDeque::new(), ends: VecDeque::new() }
    }

    fn is_clean(&self, len: u64) -> bool {
        match self {
            Dirty::Grown { synced, .. } => *synced == len,
            Dirty::Changed { ops, .. } => ops.is_empty(),
        }
    }
}

impl Change {
    fn write(offset: u64, bytes: &[u8]) -> Change {
        Change::Write { offset, bytes: bytes.to_vec() }
    }

    fn bytes(&self) -> u64 {
        match self {
            Change::Write { bytes, .. } => bytes.len() as u64,
            Change::Truncate { .. } => 0,
        }
    }

    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Change::Truncate { len } => image.resize(*len as usize, 0),
            Change::Write { offset, bytes } => {
                let (start, end) = (*offset as usize, *offset as usize + bytes.len());
                if image.len() < end {
                    image.resize(end, 0);
                }
                image[start..end].copy_from_slice(bytes);
            }
        }
    }

    /// The first `n` bytes of a write.
    fn torn(&self, n: u64) -> Change {
        match self {
            Change::Write { offset, bytes } => Change::write(*offset, &bytes[..bytes.len().min(n as usize)]),
            Change::Truncate { len } => Change::Truncate { len: *len },
        }
    }

    /// The same change in pieces that a disk writes in one go.
    fn sectors(&self) -> Vec<Change> {
        let Change::Write { offset, bytes } = self else { return vec![self.torn(0)] };
        let (mut parts, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let in_sector = (*offset as usize + at) % SECTOR;
            let end = bytes.len().min(at + SECTOR - in_sector);
            parts.push(Change::write(*offset + at as u64, &bytes[at..end]));
            at = end;
        }
        parts
    }
}

fn settle_ops(durable: &mut Vec<u8>, ops: &mut Vec<Op>, done: impl Fn(&Op) -> bool) {
    let n = ops.iter().take_while(|op| done(op)).count();
    ops.drain(..n).for_each(|op| op.what.apply(durable));
}
