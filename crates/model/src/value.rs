//! What a key holds.

use crate::settings::Settings;
use resplay_resp::number::parse_i64;
use std::collections::BTreeMap;

/// A key's value and the time at which it dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Milliseconds since 1970; the key is dead when the clock shows more.
    pub expires_at: Option<i64>,
}

/// The types of this slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(Text),
    /// A hash.
    Hash(Hash),
}

impl Value {
    /// As TYPE prints it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Hash(_) => "hash",
        }
    }

    /// As OBJECT ENCODING prints it.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Text(text) => text.encoding(),
            Value::Hash(hash) if hash.is_table => "hashtable",
            Value::Hash(_) => "listpack",
        }
    }
}

/// How a string came to be, which is all that its encoding depends on beside its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Written whole by a command that looks for integers.
    Whole,
    /// The printed result of INCRBYFLOAT: never an integer in memory.
    Printed,
    /// Changed in place.
    Edited,
}

/// A string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its bytes.
    pub bytes: Vec<u8>,
    pub(crate) origin: Origin,
}

impl Text {
    /// A string as SET writes it.
    pub(crate) fn whole(bytes: &[u8]) -> Text {
        Text { bytes: bytes.to_vec(), origin: Origin::Whole }
    }

    fn encoding(&self) -> &'static str {
        match self.origin {
            Origin::Edited => "raw",
            Origin::Whole if self.bytes.len() <= 20 && parse_i64(&self.bytes).is_some() => "int",
            _ if self.bytes.len() <= 44 => "embstr",
            _ => "raw",
        }
    }
}

/// A hash: fields and values, and the order in which the fields came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hash {
    fields: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
    order: BTreeMap<u64, Vec<u8>>,
    next: u64,
    is_table: bool,
}

impl Hash {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is none; such a hash is no key's value.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field's value.
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.fields.get(field).map(|(_, value)| value.as_slice())
    }

    /// Fields and values, oldest field first.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.order.values().map(|field| (field.as_slice(), self.fields[field].1.as_slice()))
    }

    /// Whether replies may come in any order.
    pub(crate) fn is_unordered(&self) -> bool {
        self.is_table
    }

    /// Sets a field; true if it is new. Too long or too many, and the hash becomes a table for good.
    pub(crate) fn set(&mut self, field: &[u8], value: &[u8], settings: &Settings) -> bool {
        self.widen(&[field, value], settings);
        let is_new = match self.fields.get_mut(field) {
            Some((_, old)) => {
                *old = value.to_vec();
                false
            }
            None => {
                self.push(field, value);
                true
            }
        };
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

    fn push(&mut self, field: &[u8], value: &[u8]) {
        self.fields.insert(field.to_vec(), (self.next, value.to_vec()));
        self.order.insert(self.next, field.to_vec());
        self.next += 1;
    }

    /// Removes a field; true if it was there.
    pub(crate) fn remove(&mut self, field: &[u8]) -> bool {
        let Some((position, _)) = self.fields.remove(field) else { return false };
        self.order.remove(&position);
        true
    }
}
