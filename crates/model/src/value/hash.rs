//! Hashes.

use super::ordered::Ordered;
use crate::settings::Settings;

/// A hash: fields and values, and the order in which the fields came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hash {
    fields: Ordered<Vec<u8>>,
    is_table: bool,
    /// It came from a file: it may be a table although it need not.
    may_be_table: bool,
    /// It was read back from a table, whose order nobody saw.
    is_shuffled: bool,
}

impl Hash {
    /// How many fields there are.
    #[expect(clippy::len_without_is_empty, reason = "an empty hash is no key's value")]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field's value.
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.fields.get(field).map(Vec::as_slice)
    }

    /// Fields and values, oldest field first.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(field, value)| (field, value.as_slice()))
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        match self.is_table {
            true => Some("hashtable"),
            false => Some("listpack").filter(|_| !self.may_be_table),
        }
    }

    pub(super) fn forget_form(&mut self) {
        // A table in the file is none in memory if it is small enough, and the other way round.
        (self.is_table, self.may_be_table) = (false, true);
        self.is_shuffled = true;
    }

    /// Whether replies may come in any order.
    pub(crate) fn is_unordered(&self) -> bool {
        self.is_table || self.is_shuffled
    }

    /// What it becomes when it is written out and read back: a table is made anew, the compact form stays unless it has
    /// too many fields by now.
    pub(super) fn reloaded(&self, settings: &Settings) -> Hash {
        let may_be_table = self.may_be_table;
        let mut new = Hash { is_shuffled: self.is_unordered(), may_be_table, ..Hash::default() };
        let mut wide = settings.clone();
        if !self.is_table {
            wide.hash_value_bytes_max = u64::MAX;
        }
        new.widen_for(self.len(), &wide);
        for (field, value) in self.iter() {
            new.set(field, value, &wide);
        }
        new
    }

    /// Sets a field; true if it is new. Too long or too many, and the hash becomes a table for good.
    pub(crate) fn set(&mut self, field: &[u8], value: &[u8], settings: &Settings) -> bool {
        self.widen(&[field, value], settings);
        let is_new = self.fields.set(field, value.to_vec());
        self.is_table |= self.len() as u64 > settings.hash_entries_max;
        is_new
    }

    /// Becomes a table if a word is too long for the compact form.
    pub(crate) fn widen(&mut self, words: &[impl AsRef<[u8]>], settings: &Settings) {
        self.is_table |= words.iter().any(|word| word.as_ref().len() as u64 > settings.hash_value_bytes_max);
    }

    /// Becomes a table if so many fields are about to be set at once, new or not.
    pub(crate) fn widen_for(&mut self, fields: usize, settings: &Settings) {
        self.is_table |= fields as u64 > settings.hash_entries_max;
    }

    /// Removes a field; true if it was there.
    pub(crate) fn remove(&mut self, field: &[u8]) -> bool {
        self.fields.remove(field)
    }
}
