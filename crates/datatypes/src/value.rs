//! What a key holds.

use crate::hash::Hash;
use crate::list::List;
use crate::set::Set;
use crate::stream::Stream;
use crate::string::Str;
use crate::zset::Zset;
use std::fmt;

/// A key's value: three words in place.
#[derive(Clone)]
pub enum Value {
    /// A string.
    Str(Str),
    /// A list.
    List(List),
    /// A set.
    Set(Set),
    /// A sorted set.
    Zset(Zset),
    /// A hash.
    Hash(Hash),
    /// A stream.
    Stream(Stream),
}

/// Calls a method that every type has.
macro_rules! each {
    ($value:expr, $it:ident => $call:expr) => {
        match $value {
            Value::Str($it) => $call,
            Value::List($it) => $call,
            Value::Set($it) => $call,
            Value::Zset($it) => $call,
            Value::Hash($it) => $call,
            Value::Stream($it) => $call,
        }
    };
}

impl Value {
    /// What TYPE says.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Str(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Zset(_) => "zset",
            Value::Hash(_) => "hash",
            Value::Stream(_) => "stream",
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        each!(self, it => it.encoding())
    }

    /// Memory by the formula of [`crate::memory`], in bytes, in O(1).
    #[inline]
    pub fn logical_bytes(&self) -> usize {
        each!(self, it => it.logical_bytes())
    }

    /// How many elements it has: what it costs to visit it whole.
    pub fn elements(&self) -> usize {
        match self {
            Value::Str(_) => 1,
            Value::List(list) => list.len(),
            Value::Set(set) => set.len(),
            Value::Zset(zset) => zset.len(),
            Value::Hash(hash) => hash.len(),
            Value::Stream(stream) => stream.len(),
        }
    }
}

/// What it is, not what is in it: that may be millions of elements.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} elements)", self.type_name(), self.encoding(), self.elements())
    }
}

/// A type that a value may be of.
pub trait Typed: Into<Value> {
    /// The value as this type, if it is of it.
    fn of(value: &Value) -> Option<&Self>;
    /// The same, to change.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
}

macro_rules! typed {
    ($($name:ident)*) => {$(
        impl Typed for $name {
            #[inline]
            fn of(value: &Value) -> Option<&Self> {
                match value {
                    Value::$name(it) => Some(it),
                    _ => None,
                }
            }

            #[inline]
            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                match value {
                    Value::$name(it) => Some(it),
                    _ => None,
                }
            }
        }

        impl From<$name> for Value {
            fn from(it: $name) -> Value {
                Value::$name(it)
            }
        }
    )*};
}

typed!(Str List Set Zset Hash Stream);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_three_words() {
        assert_eq!(size_of::<Value>(), 24);
    }
}
