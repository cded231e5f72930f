//! Sets: sorted integers or one small buffer while they are small, a hash table from the first member on that
//! exceeds a limit. A set goes back to a smaller encoding only where a command builds it anew.
//!
//! | encoding | order | holds |
//! | --- | --- | --- |
//! | `intset` | rising | integers, up to [`Limits::max_integers`] |
//! | `listpack` | of insertion | anything short, up to [`Limits::max_entries`] |
//! | `hashtable` | as [`Members::nth`] | anything |

mod intset;

use crate::dict::Members;
use crate::listpack::{self, Item, Listpack};
use crate::memory;
use crate::string::Scratch;
use intset::Intset;
use resplay_base::Random;
use resplay_resp::number::parse_i64;

/// What a small set may hold (`set-max-intset-entries`, `set-max-listpack-entries`, `set-max-listpack-value`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most members of an intset.
    pub max_integers: usize,
    /// The most members of a listpack.
    pub max_entries: usize,
    /// The longest member of a listpack, in bytes.
    pub max_value: usize,
    /// Keys the hash function of tables, the server's secret.
    pub seed: u64,
}

/// Beyond this an intset becomes a table, whatever the limit says.
const INTEGERS_MAX: usize = 1 << 30;
/// A listpack becomes a table before it takes more bytes.
const LISTPACK_BYTES_MAX: usize = 1 << 30;

/// Different byte strings.
#[derive(Clone)]
pub struct Set(Repr);

#[derive(Clone)]
enum Repr {
    Integers(Box<Intset>),
    Packed(Box<Listpack>),
    Table(Box<Table>),
}

#[derive(Clone)]
struct Table {
    dict: Members,
    /// The sum of what members take on their own, for the memory formula.
    string_bytes: usize,
}

/// How a set is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Sorted integers.
    Intset,
    /// One buffer.
    Listpack,
    /// A hash table.
    Hashtable,
}

impl Set {
    /// An empty set of that encoding.
    pub fn new(encoding: Encoding, seed: u64) -> Set {
        Set(match encoding {
            Encoding::Intset => Repr::Integers(Box::new(Intset::new())),
            Encoding::Listpack => Repr::Packed(Box::default()),
            Encoding::Hashtable => Repr::Table(Box::new(Table::new(seed))),
        })
    }

    /// An empty set for a command that adds so many members, `first` before the others.
    pub fn expecting(first: &[u8], members: usize, limits: &Limits) -> Set {
        let encoding = if members <= limits.max_integers && parse_i64(first).is_some() {
            Encoding::Intset
        } else if members <= limits.max_entries {
            Encoding::Listpack
        } else {
            Encoding::Hashtable
        };
        Set::new(encoding, limits.seed)
    }

    /// Takes the buffer of an intset; `None` if it is none, or is empty. A table if it has too many members.
    pub fn from_intset(bytes: Vec<u8>, limits: &Limits) -> Option<Set> {
        let ints = Intset::from_bytes(bytes)?;
        let is_large = ints.len() > limits.max_integers;
        let mut set = Set(Repr::Integers(Box::new(ints)));
        if is_large {
            set.make_table(limits.seed);
        }
        Some(set)
    }

    /// Takes the members of a listpack; `None` if one is there twice. A table if they are too many, whatever their
    /// length.
    pub fn from_listpack(pack: Listpack, limits: &Limits) -> Option<Set> {
        if !pack.has_unique(1) {
            return None;
        }
        let is_large = pack.len() > limits.max_entries;
        let mut set = Set(Repr::Packed(Box::new(pack)));
        if is_large {
            set.make_table(limits.seed);
        }
        Some(set)
    }

    /// The buffer of a small set: what a dump holds.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.0 {
            Repr::Integers(ints) => Some(ints.as_bytes()),
            Repr::Packed(pack) => Some(pack.as_bytes()),
            Repr::Table(_) => None,
        }
    }

    /// Prepares for so many members of one command: more than its encoding may hold make it a table at once, even
    /// if they are there already.
    pub fn expect(&mut self, members: usize, limits: &Limits) {
        let max = match &self.0 {
            Repr::Integers(_) => limits.max_integers,
            Repr::Packed(_) => limits.max_entries,
            Repr::Table(_) => return,
        };
        if members > max {
            self.make_table(limits.seed);
        }
    }

    /// How many members there are.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Integers(ints) => ints.len(),
            Repr::Packed(pack) => pack.len(),
            Repr::Table(table) => table.dict.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether these bytes are a member.
    #[inline]
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.0 {
            Repr::Integers(ints) => parse_i64(member).is_some_and(|int| ints.contains(int)),
            Repr::Packed(pack) => pack.find(pack.first(), member, 1).is_some(),
            Repr::Table(table) => table.dict.contains(member),
        }
    }

    /// As `contains`, for a member of another set.
    #[inline]
    pub fn contains_item(&self, member: Item<'_>) -> bool {
        match (&self.0, member) {
            (Repr::Integers(ints), Item::Int(int)) => ints.contains(int),
            _ => self.contains(member.bytes(&mut Scratch::new())),
        }
    }

    /// Adds a member; whether it is new. Takes another encoding if that exceeds a limit of this one.
    pub fn add(&mut self, member: &[u8], limits: &Limits) -> bool {
        match &mut self.0 {
            Repr::Table(table) => table.add(member),
            Repr::Packed(pack) => {
                if pack.find(pack.first(), member, 1).is_some() {
                    return false;
                }
                let fits = pack.len() < limits.max_entries
                    && member.len() <= limits.max_value
                    && pack.byte_len() + member.len() <= LISTPACK_BYTES_MAX;
                if fits {
                    pack.push_back(member);
                    return true;
                }
                self.make_table(limits.seed).add(member)
            }
            Repr::Integers(ints) => match parse_i64(member) {
                Some(int) => {
                    let is_new = ints.insert(int);
                    if is_new && ints.len() > limits.max_integers.min(INTEGERS_MAX) {
                        self.make_table(limits.seed);
                    }
                    is_new
                }
                None => {
                    self.add_to_integers(member, limits);
                    true
                }
            },
        }
    }

    /// As `add`, for a member of another set.
    pub fn add_item(&mut self, member: Item<'_>, limits: &Limits) -> bool {
        self.add(member.bytes(&mut Scratch::new()), limits)
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Integers(ints) => parse_i64(member).is_some_and(|int| ints.remove(int)),
            Repr::Packed(pack) => match pack.find(pack.first(), member, 1) {
                Some(at) => {
                    pack.remove(at, 1);
                    pack.shrink();
                    true
                }
                None => false,
            },
            Repr::Table(table) => table.remove(member),
        }
    }

    /// Members in the order of the encoding. Those of a table are bytes even if they are digits.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Repr::Integers(ints) => Source::Integers { ints, next: 0 },
            Repr::Packed(pack) => Source::Packed(pack.iter()),
            Repr::Table(table) => Source::Table { dict: &table.dict, next: 0 },
        })
    }

    /// The members from a position of that order on: O(1) to begin with, but a walk in a listpack.
    pub fn iter_from(&self, index: usize) -> Iter<'_> {
        let mut members = self.iter();
        match &mut members.0 {
            Source::Integers { next, .. } | Source::Table { next, .. } => *next = index.min(self.len()),
            Source::Packed(items) => items.by_ref().take(index).for_each(drop),
        }
        members
    }

    /// The member at a position of that order: O(1), but a walk in a listpack.
    pub fn nth(&self, index: usize) -> Option<Item<'_>> {
        match &self.0 {
            Repr::Integers(ints) => ints.get(index).map(Item::Int),
            Repr::Packed(pack) => pack.seek(index).map(|at| pack.get(at)),
            Repr::Table(table) => table.dict.nth(index).map(|id| Item::Bytes(table.dict.key(id))),
        }
    }

    /// The members at these positions, which rise.
    pub fn pick(&self, indices: impl Iterator<Item = usize>) -> Vec<Item<'_>> {
        let Repr::Packed(pack) = &self.0 else {
            return indices.filter_map(|index| self.nth(index)).collect();
        };
        let (mut items, mut passed) = (pack.iter(), 0);
        let mut next = |index: usize| {
            let item = items.nth(index - passed);
            passed = index + 1;
            item
        };
        indices.filter_map(&mut next).collect()
    }

    /// A uniformly chosen member.
    pub fn random(&self, random: &mut Random) -> Option<Item<'_>> {
        self.nth(random.index(self.len()))
    }

    /// SSCAN: a small set comes whole, a table as [`DictOf::scan`](crate::dict::DictOf::scan). Returns the next cursor, 0 at the end.
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(&[u8])) -> u64 {
        if let Repr::Table(table) = &self.0 {
            return table.dict.scan(cursor, |member, ()| visit(member));
        }
        self.iter().for_each(|member| visit(member.bytes(&mut Scratch::new())));
        0
    }

    /// Becomes an intset if all members are integers and not too many.
    pub fn compact_integers(&mut self, limits: &Limits) {
        if self.encoding_kind() == Encoding::Intset || self.len() > limits.max_integers.min(INTEGERS_MAX) {
            return;
        }
        let mut ints = Intset::new();
        for member in self.iter() {
            let Some(int) = integer(member) else { return };
            ints.insert(int);
        }
        self.0 = Repr::Integers(Box::new(ints));
    }

    /// How it is kept.
    pub fn encoding_kind(&self) -> Encoding {
        match &self.0 {
            Repr::Integers(_) => Encoding::Intset,
            Repr::Packed(_) => Encoding::Listpack,
            Repr::Table(_) => Encoding::Hashtable,
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match self.encoding_kind() {
            Encoding::Intset => "intset",
            Encoding::Listpack => "listpack",
            Encoding::Hashtable => "hashtable",
        }
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        memory::OBJECT
            + match &self.0 {
                Repr::Integers(ints) => memory::size_class(ints.byte_len()),
                Repr::Packed(pack) => memory::size_class(pack.byte_len()),
                Repr::Table(table) => memory::DICT + memory::MEMBER * table.dict.len() + table.string_bytes,
            }
    }

    /// A set of integers gets its first other member.
    fn add_to_integers(&mut self, member: &[u8], limits: &Limits) {
        let Repr::Integers(ints) = &self.0 else { return };
        let ends = [ints.get(0), ints.len().checked_sub(1).and_then(|last| ints.get(last))];
        let digits = |int: i64| Scratch::new().format(int).len();
        let longest = ends.iter().flatten().map(|int| digits(*int)).max().unwrap_or(0);
        let fits = ints.len() < limits.max_entries
            && member.len() <= limits.max_value
            && longest <= limits.max_value
            && ints.len() * (longest + 2) + member.len() <= LISTPACK_BYTES_MAX;
        if !fits {
            self.make_table(limits.seed).add(member);
            return;
        }
        let mut pack = Listpack::new();
        for int in ints.iter() {
            pack.push_back(Scratch::new().format(int).as_bytes());
        }
        pack.push_back(member);
        self.0 = Repr::Packed(Box::new(pack));
    }

    fn make_table(&mut self, seed: u64) -> &mut Table {
        if self.encoding_kind() != Encoding::Hashtable {
            let mut table = Table::new(seed);
            self.scan(0, |member| {
                table.add(member);
            });
            self.0 = Repr::Table(Box::new(table));
        }
        match &mut self.0 {
            Repr::Table(table) => table,
            _ => unreachable!("it was made a table"),
        }
    }
}

impl Table {
    fn new(seed: u64) -> Table {
        Table { dict: Members::new(seed), string_bytes: 0 }
    }

    fn add(&mut self, member: &[u8]) -> bool {
        let is_new = self.dict.insert(member, ()).1.is_none();
        if is_new {
            self.string_bytes += memory::sds(member.len());
        }
        is_new
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        let is_there = self.dict.remove(member).is_some();
        if is_there {
            self.string_bytes -= memory::sds(member.len());
        }
        is_there
    }
}

/// A member as an integer, if it is the digits of one.
fn integer(member: Item<'_>) -> Option<i64> {
    match member {
        Item::Int(int) => Some(int),
        Item::Bytes(bytes) => parse_i64(bytes),
    }
}

/// A set's members.
#[derive(Clone)]
pub struct Iter<'a>(Source<'a>);

#[derive(Clone)]
enum Source<'a> {
    Integers { ints: &'a Intset, next: usize },
    Packed(listpack::Iter<'a>),
    Table { dict: &'a Members, next: usize },
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        match &mut self.0 {
            Source::Packed(items) => items.next(),
            Source::Integers { ints, next } => {
                let int = ints.get(*next)?;
                *next += 1;
                Some(Item::Int(int))
            }
            Source::Table { dict, next } => {
                let id = dict.nth(*next)?;
                *next += 1;
                Some(Item::Bytes(dict.key(id)))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = match &self.0 {
            Source::Packed(items) => items.len(),
            Source::Integers { ints, next } => ints.len() - next,
            Source::Table { dict, next } => dict.len() - next,
        };
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests;
