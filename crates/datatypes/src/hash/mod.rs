//! Hashes: compact while small, a hash table from the first field on that exceeds a limit. There is no way
//! back.

mod packed;

use crate::dict::{Dict, EntryId};
use crate::listpack::Listpack;
use crate::memory;
use crate::small::SmallBytes;
use crate::string::Scratch;
use packed::Packed;
use resplay_base::Random;
use std::collections::BTreeSet;

/// What a compact hash may hold (`hash-max-listpack-entries`, `hash-max-listpack-value`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most fields.
    pub max_entries: usize,
    /// The longest field or value, in bytes.
    pub max_value: usize,
    /// Keys the hash function of tables, the server's secret.
    pub seed: u64,
}

/// A map from fields to values. One word in place.
#[derive(Clone)]
pub struct Hash(Repr);

/// To choose at most one pair in so many, pairs are drawn until they are different.
const DRAWN_PART: usize = 3;

#[derive(Clone)]
enum Repr {
    Packed(Box<Packed>),
    Table(Box<Table>),
}

#[derive(Clone)]
struct Table {
    dict: Dict<SmallBytes>,
    /// The sum of what fields and values take on their own, for the memory formula.
    string_bytes: usize,
}

impl Hash {
    /// An empty hash.
    #[expect(
        clippy::new_without_default,
        reason = "an empty hash is a passing state, not a sensible default"
    )]
    pub fn new() -> Hash {
        Hash(Repr::Packed(Box::default()))
    }

    /// Takes the fields and values of a listpack, by turns; `None` if a field is there twice, or lacks its value. A table
    /// if they are too many, whatever their length.
    pub fn from_listpack(pack: &Listpack, limits: &Limits) -> Option<Hash> {
        if !pack.len().is_multiple_of(2) || !pack.has_unique(2) {
            return None;
        }
        let is_large = pack.len() / 2 > limits.max_entries;
        let (mut packed, mut table) =
            (Packed::default(), Table { dict: Dict::new(limits.seed), string_bytes: 0 });
        let (mut items, mut one, mut other) = (pack.iter(), Scratch::new(), Scratch::new());
        while let (Some(field), Some(value)) = (items.next(), items.next()) {
            let (field, value) = (field.bytes(&mut one), value.bytes(&mut other));
            if is_large {
                table.set(field, value);
            } else {
                packed.push(field, value);
            }
        }
        Some(Hash(if is_large { Repr::Table(Box::new(table)) } else { Repr::Packed(Box::new(packed)) }))
    }

    /// Whether it is compact.
    pub fn is_compact(&self) -> bool {
        matches!(self.0, Repr::Packed(_))
    }

    /// A compact hash as a listpack, as a dump holds it; `None` if it is a table.
    pub fn to_listpack(&self) -> Option<Listpack> {
        let Repr::Packed(packed) = &self.0 else { return None };
        let words: Vec<&[u8]> = packed.iter().flat_map(|(field, value)| [field, value]).collect();
        let mut pack = Listpack::new();
        pack.insert(None, &words);
        Some(pack)
    }

    /// The first pair of a table from a place on, places counted from 0; the place moves behind it. `None` behind the
    /// last, and always if the hash is compact.
    pub fn next_from(&self, place: &mut usize) -> Option<(&[u8], &[u8])> {
        match &self.0 {
            Repr::Packed(_) => None,
            Repr::Table(table) => {
                let dict = &table.dict;
                let id = dict.entry_from(*place)?;
                *place = dict.place(id) + 1;
                Some((dict.key(id), dict.value(id).as_slice()))
            }
        }
    }

    /// How many fields there are.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(packed) => packed.len,
            Repr::Table(table) => table.dict.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    #[inline]
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        match &self.0 {
            Repr::Packed(packed) => packed.get(field),
            Repr::Table(table) => table.dict.get(field).map(SmallBytes::as_slice),
        }
    }

    /// Whether a field is there.
    pub fn contains(&self, field: &[u8]) -> bool {
        self.get(field).is_some()
    }

    /// Sets a field; whether it is new. Becomes a table if that exceeds a limit.
    pub fn set(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        if field.len() > limits.max_value || value.len() > limits.max_value {
            self.make_table(limits.seed);
        }
        match &mut self.0 {
            Repr::Table(table) => table.set(field, value),
            Repr::Packed(packed) => {
                let new = packed.set(field, value);
                if packed.len > limits.max_entries {
                    self.make_table(limits.seed);
                }
                new
            }
        }
    }

    /// Prepares for so many pairs of one command: more than the limit make it a table at once, even if their
    /// fields repeat.
    pub fn expect(&mut self, pairs: usize, limits: &Limits) {
        if pairs > limits.max_entries {
            self.make_table(limits.seed);
        }
    }

    /// Removes a field; whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        match &mut self.0 {
            Repr::Packed(packed) => packed.remove(field),
            Repr::Table(table) => table.remove(field),
        }
    }

    /// Fields and values: a compact hash in the order of first insertion, a table as [`Dict::iter`].
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let (packed, table) = match &self.0 {
            Repr::Packed(packed) => (Some(packed.iter()), None),
            Repr::Table(table) => (None, Some(table.dict.iter())),
        };
        let table = table.into_iter().flatten().map(|(field, value)| (field, value.as_slice()));
        packed.into_iter().flatten().chain(table)
    }

    /// HSCAN: a compact hash comes whole, a table as [`Dict::scan`]. Returns the next cursor, 0 at the end.
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(&[u8], &[u8])) -> u64 {
        match &self.0 {
            Repr::Table(table) => table.dict.scan(cursor, |field, value| visit(field, value)),
            Repr::Packed(packed) => {
                packed.iter().for_each(|(field, value)| visit(field, value));
                0
            }
        }
    }

    /// A uniformly chosen pair: O(1) in a table, a walk in a compact hash.
    pub fn random(&self, random: &mut Random) -> Option<(&[u8], &[u8])> {
        match &self.0 {
            Repr::Packed(packed) => packed.iter().nth(random.index(packed.len)),
            Repr::Table(table) => table.dict.random(random).map(|id| table.pair(id)),
        }
    }

    /// So many different pairs (or all there are), each choice as likely as any other. From a table that has many more
    /// it draws until it has enough different ones.
    pub fn distinct(&self, count: usize, random: &mut Random) -> Vec<(&[u8], &[u8])> {
        match &self.0 {
            Repr::Table(table) if count <= table.dict.len() / DRAWN_PART => table.draw(count, random),
            _ => {
                let mut left = self.len();
                let mut wanted = count.min(left);
                let is_chosen = |_: &(&[u8], &[u8])| {
                    let is_chosen = random.index(left) < wanted;
                    left -= 1;
                    wanted -= usize::from(is_chosen);
                    is_chosen
                };
                self.iter().filter(is_chosen).collect()
            }
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Table(_) => "hashtable",
        }
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        match &self.0 {
            Repr::Packed(packed) => memory::listpack(packed.entry_bytes),
            Repr::Table(table) => {
                memory::OBJECT + memory::DICT + memory::FIELD * table.dict.len() + table.string_bytes
            }
        }
    }

    fn make_table(&mut self, seed: u64) {
        let Repr::Packed(packed) = &self.0 else { return };
        let mut table = Table { dict: Dict::new(seed), string_bytes: 0 };
        for (field, value) in packed.iter() {
            table.set(field, value);
        }
        self.0 = Repr::Table(Box::new(table));
    }
}

impl Table {
    fn pair(&self, id: EntryId) -> (&[u8], &[u8]) {
        (self.dict.key(id), self.dict.value(id))
    }

    fn draw(&self, count: usize, random: &mut Random) -> Vec<(&[u8], &[u8])> {
        let mut drawn = BTreeSet::new();
        while drawn.len() < count {
            drawn.extend(self.dict.random(random));
        }
        drawn.into_iter().map(|id| self.pair(id)).collect()
    }

    fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.string_bytes += memory::sds(value.len());
        match self.dict.insert(field, SmallBytes::new(value)).1 {
            Some(old) => {
                self.string_bytes -= memory::sds(old.len());
                false
            }
            None => {
                self.string_bytes += memory::sds(field.len());
                true
            }
        }
    }

    fn remove(&mut self, field: &[u8]) -> bool {
        let Some(value) = self.dict.remove(field) else { return false };
        self.string_bytes -= memory::sds(field.len()) + memory::sds(value.len());
        true
    }
}

#[cfg(test)]
mod tests;
