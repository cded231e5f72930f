//! What a key holds.

use crate::hash::Hash;
use crate::string::Str;

/// A key's value: three words in place.
#[derive(Clone)]
pub enum Value {
    /// A string.
    Str(Str),
    /// A hash.
    Hash(Hash),
}

impl Value {
    /// What TYPE says.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Str(_) => "string",
            Value::Hash(_) => "hash",
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Str(string) => string.encoding(),
            Value::Hash(hash) => hash.encoding(),
        }
    }

    /// Memory by the formula of [`crate::memory`], in bytes, in O(1).
    #[inline]
    pub fn logical_bytes(&self) -> usize {
        match self {
            Value::Str(string) => string.logical_bytes(),
            Value::Hash(hash) => hash.logical_bytes(),
        }
    }

    /// How many elements it has: what it costs to visit it whole.
    pub fn elements(&self) -> usize {
        match self {
            Value::Str(_) => 1,
            Value::Hash(hash) => hash.len(),
        }
    }
}

impl From<Str> for Value {
    fn from(string: Str) -> Value {
        Value::Str(string)
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Value {
        Value::Hash(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
