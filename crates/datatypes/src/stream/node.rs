//! A node: a run of entries in one listpack, laid out as in the real servers.
//!
//! The node's first entry lends its id and its field names to the others. In front stand
//!
//! | how many entries live | how many are deleted | how many names | the names | 0 |
//!
//! and then, for each entry,
//!
//! | flags | milliseconds and sequence beyond the first id | if the names differ: how many pairs | values, or pairs | how many elements these are |
//!
//! The last number leads from an entry's end to its start. A deleted entry keeps its place.

use super::Id;
use crate::listpack::{Item, Listpack, Position};
use resplay_resp::number::Digits;

const DELETED: i64 = 1;
const SAME_NAMES: i64 = 2;

/// Entries in one buffer. The id of the first is known to whoever holds the node.
#[derive(Clone, Debug)]
pub(super) struct Node(Listpack);

impl Node {
    /// A node that lends these names (of pairs of name and value), with no entry yet.
    pub fn new(pairs: &[&[u8]]) -> Node {
        let many = Digits::of(pairs.len() as i64 / 2);
        let mut words: Vec<&[u8]> = vec![b"0", b"0", many.as_bytes()];
        words.extend(pairs.iter().step_by(2));
        words.push(b"0");
        let mut pack = Listpack::new();
        pack.insert(None, &words);
        Node(pack)
    }

    /// Takes a node from outside; `None` if it is none in all its parts, or its counts are not those of its entries.
    pub fn from_listpack(pack: Listpack) -> Option<Node> {
        let node = Node(pack);
        let mut items = node.0.iter();
        let mut next = || items.next();
        let live = natural(next())?;
        let deleted = natural(next())?;
        let names = natural(next())?;
        for _ in 0..names {
            next()?;
        }
        (next()? == Item::Int(0)).then_some(())?;
        let (mut entries, mut marked) = (0, 0);
        while let Some(flags) = next() {
            let flags = natural(Some(flags))?;
            marked += u64::from(flags & DELETED as u64 != 0);
            entries += 1;
            check_entry(flags & SAME_NAMES as u64 != 0, names, &mut next)?;
        }
        (deleted == marked && live.checked_add(deleted) == Some(entries)).then_some(node)
    }

    /// The size of the buffer, in bytes.
    pub fn byte_len(&self) -> usize {
        self.0.byte_len()
    }

    /// The buffer.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// How many entries live.
    pub fn live(&self) -> u64 {
        self.number(self.0.first()) as u64
    }

    /// How many entries there are, deleted ones included.
    pub fn entries(&self) -> u64 {
        self.live() + self.number(self.0.seek(1)) as u64
    }

    /// Appends an entry; `first` is the id of the node.
    pub fn push(&mut self, first: Id, id: Id, pairs: &[&[u8]]) {
        let is_same = self.lends(pairs);
        let n = pairs.len() as i64 / 2;
        let flags = Digits::of(if is_same { SAME_NAMES } else { 0 });
        let ms = Digits::of(id.ms.wrapping_sub(first.ms) as i64);
        let seq = Digits::of(id.seq.wrapping_sub(first.seq) as i64);
        let (many, count) = (Digits::of(n), Digits::of(if is_same { n + 3 } else { 2 * n + 4 }));
        let mut words = Vec::with_capacity(pairs.len() + 5);
        words.extend([flags.as_bytes(), ms.as_bytes(), seq.as_bytes()]);
        if is_same {
            words.extend(pairs.iter().skip(1).step_by(2));
        } else {
            words.push(many.as_bytes());
            words.extend(pairs);
        }
        words.push(count.as_bytes());
        self.0.insert(None, &words);
        self.set_number(0, self.live() as i64 + 1);
    }

    /// The first entry, living or not.
    pub fn first_entry(&self) -> Option<Position> {
        let mut at = self.0.seek(2)?;
        for _ in 0..=self.number(Some(at)) {
            at = self.0.next(at)?;
        }
        self.0.next(at)
    }

    /// The end of the last entry.
    pub fn last_end(&self) -> Option<Position> {
        self.0.last()
    }

    /// The entry that begins there.
    pub fn entry(&self, first: Id, at: Position) -> Option<Entry<'_>> {
        let pack = &self.0;
        let (ms_at, flags) = (pack.next(at)?, self.number(Some(at)));
        let seq_at = pack.next(ms_at)?;
        let id = Id {
            ms: first.ms.wrapping_add(self.number(Some(ms_at)) as u64),
            seq: first.seq.wrapping_add(self.number(Some(seq_at)) as u64),
        };
        let after = pack.next(seq_at)?;
        let (names, values, len) = if flags & SAME_NAMES != 0 {
            let many = pack.seek(2)?;
            (pack.next(many), after, self.number(Some(many)))
        } else {
            (None, pack.next(after)?, self.number(Some(after)))
        };
        Some(Entry { id, pack, at, flags, names, values, len: len as usize })
    }

    /// The entry that ends there; none if this is the end of the names.
    pub fn entry_before(&self, first: Id, end: Position) -> Option<Entry<'_>> {
        let mut at = end;
        let back = self.number(Some(end));
        for _ in 0..back {
            at = self.0.prev(at)?;
        }
        if back == 0 { None } else { self.entry(first, at) }
    }

    /// All entries in order, deleted ones included.
    pub fn all(&self, first: Id) -> impl Iterator<Item = Entry<'_>> {
        let start = self.first_entry().and_then(|at| self.entry(first, at));
        std::iter::successors(start, move |entry| self.entry(first, entry.after()?))
    }

    /// Marks an entry as deleted; [`Node::count_deleted`] must follow.
    pub fn mark(&mut self, at: Position) {
        let flags = self.number(Some(at)) | DELETED;
        self.0.replace(at, Digits::of(flags).as_bytes());
    }

    /// So many entries were marked.
    pub fn count_deleted(&mut self, n: u64) {
        let (live, deleted) = (self.live() as i64, self.number(self.0.seek(1)));
        self.set_number(0, live - n as i64);
        self.set_number(1, deleted + n as i64);
    }

    /// Gives back room that is not needed.
    pub fn shrink(&mut self) {
        self.0.shrink();
    }

    /// Whether the names of these pairs are the node's.
    fn lends(&self, pairs: &[&[u8]]) -> bool {
        let Some(mut at) = self.0.seek(2) else { return false };
        if self.number(Some(at)) != pairs.len() as i64 / 2 {
            return false;
        }
        for name in pairs.iter().step_by(2) {
            let Some(next) = self.0.next(at) else { return false };
            at = next;
            if self.0.get(at) != Item::of(name) {
                return false;
            }
        }
        true
    }

    fn number(&self, at: Option<Position>) -> i64 {
        match at.map(|at| self.0.get(at)) {
            Some(Item::Int(int)) => int,
            _ => 0,
        }
    }

    fn set_number(&mut self, index: usize, number: i64) {
        if let Some(at) = self.0.seek(index) {
            self.0.replace(at, Digits::of(number).as_bytes());
        }
    }
}

fn natural(item: Option<Item<'_>>) -> Option<u64> {
    match item? {
        Item::Int(int) => u64::try_from(int).ok(),
        Item::Bytes(_) => None,
    }
}

/// Passes an entry from behind its flags to its end.
fn check_entry<'a>(is_same: bool, names: u64, next: &mut impl FnMut() -> Option<Item<'a>>) -> Option<()> {
    for _ in 0..2 {
        matches!(next()?, Item::Int(_)).then_some(())?;
    }
    let pairs = if is_same { names } else { natural(next())? };
    let words = if is_same { pairs } else { pairs.checked_mul(2)? };
    for _ in 0..words {
        next()?;
    }
    let size = words + if is_same { 3 } else { 4 };
    (natural(next())? == size).then_some(())
}

/// An entry of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its id.
    pub id: Id,
    pack: &'a Listpack,
    /// Where it begins.
    pub(super) at: Position,
    flags: i64,
    /// The node's names, if they are its names.
    names: Option<Position>,
    values: Position,
    len: usize,
}

impl<'a> Entry<'a> {
    /// How many pairs of field and value it has.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none; it never is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its fields and values.
    pub fn pairs(&self) -> Pairs<'a> {
        Pairs { pack: self.pack, names: self.names, at: Some(self.values), left: self.len }
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.flags & DELETED != 0
    }

    /// Where the next entry begins.
    pub(super) fn after(&self) -> Option<Position> {
        let mut at = self.values;
        for _ in 0..if self.names.is_some() { self.len } else { 2 * self.len } {
            at = self.pack.next(at)?;
        }
        self.pack.next(at)
    }

    /// The end of the entry before.
    pub(super) fn before(&self) -> Option<Position> {
        self.pack.prev(self.at)
    }
}

/// The fields and values of an entry.
#[derive(Clone)]
pub struct Pairs<'a> {
    pack: &'a Listpack,
    names: Option<Position>,
    at: Option<Position>,
    left: usize,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (Item<'a>, Item<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at?;
        let (name, value) = match self.names {
            Some(name) => {
                self.names = self.pack.next(name);
                (name, at)
            }
            None => (at, self.pack.next(at)?),
        };
        self.at = self.pack.next(value);
        Some((self.pack.get(name), self.pack.get(value)))
    }
}
