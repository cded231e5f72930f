//! What a key holds: a file per type.

mod compact;
mod hash;
mod list;
mod ordered;
mod registers;
mod set;
mod stream;
mod text;
mod zset;

use crate::settings::Settings;
pub use hash::Hash;
pub use list::List;
pub(crate) use registers::{Corrupted, Registers, estimate};
pub use set::Set;
pub use stream::Stream;
pub(crate) use stream::{Group, ID_MAX, Id, Pending, Target, Trim, after, before};
pub use text::{Origin, Text};
pub use zset::Zset;

/// A key's value and the time at which it dies.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// Milliseconds since 1970; the key is dead when the clock shows more.
    pub expires_at: Option<i64>,
}

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(Text),
    /// A hash.
    Hash(Hash),
    /// A list.
    List(List),
    /// A set.
    Set(Set),
    /// A sorted set.
    Zset(Zset),
    /// A stream.
    Stream(Stream),
}

impl Value {
    /// As TYPE prints it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Hash(_) => "hash",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Zset(_) => "zset",
            Value::Stream(_) => "stream",
        }
    }

    /// As OBJECT ENCODING prints it; `None` if history leaves a choice.
    pub fn encoding(&self) -> Option<&'static str> {
        match self {
            Value::Text(text) => Some(text.encoding()),
            Value::Hash(hash) => hash.encoding(),
            Value::List(list) => list.encoding(),
            Value::Set(set) => set.encoding(),
            Value::Zset(zset) => zset.encoding(),
            Value::Stream(_) => Some("stream"),
        }
    }

    /// What it becomes when it is dumped and restored.
    pub(crate) fn reloaded(&self, settings: &Settings) -> Value {
        match self {
            Value::Text(text) => Text::whole(&text.bytes).into_value(),
            Value::Hash(hash) => hash.reloaded(settings).into_value(),
            Value::List(list) => list.reloaded(settings).into_value(),
            Value::Set(set) => set.reloaded(settings).into_value(),
            Value::Zset(zset) => zset.reloaded(settings).into_value(),
            Value::Stream(_) => self.clone(),
        }
    }

    /// It came from a file, which may have kept it in any form.
    pub(crate) fn forget_form(&mut self, settings: &Settings) {
        match self {
            Value::Text(_) => {}
            Value::Stream(stream) => stream.forget_form(),
            Value::Hash(hash) => hash.forget_form(),
            Value::List(list) => list.forget_form(),
            Value::Set(set) => set.forget_form(),
            Value::Zset(zset) => zset.forget_form(settings),
        }
    }

    /// What it holds, as words in a fixed order, without what only the server's memory knows: how it is kept, when and
    /// how often something pending was delivered (reading it once more is in no log), what is pending of an entry that was
    /// deleted (a base of commands does not keep it), and the sign of a score of zero, which the compact form does not keep.
    pub fn content(&self) -> Vec<Vec<u8>> {
        match self {
            Value::Text(text) => vec![text.bytes.clone()],
            Value::List(list) => list.items.clone(),
            Value::Set(set) => {
                let mut members = set.members();
                members.sort_unstable();
                members
            }
            Value::Hash(hash) => {
                let mut pairs: Vec<_> = hash.iter().collect();
                pairs.sort_unstable();
                pairs.into_iter().flat_map(|(field, value)| [field.to_vec(), value.to_vec()]).collect()
            }
            Value::Zset(zset) => {
                let pairs = zset.iter();
                pairs
                    .flat_map(|(member, score)| {
                        [member.to_vec(), (score + 0.0).to_bits().to_be_bytes().to_vec()]
                    })
                    .collect()
            }
            Value::Stream(stream) => stream.content(),
        }
    }
}

/// A type of value: how to find it in one that may be of another type.
pub(crate) trait Kind: Default {
    /// The value, if it is of this type.
    fn of(value: &Value) -> Option<&Self>;
    /// The value to change, if it is of this type.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// As a value.
    fn into_value(self) -> Value;
    /// Whether nothing is left, so that the key must go.
    fn is_gone(&self) -> bool;
}

/// One line per type: its variant, and when a key that holds it must go.
macro_rules! kinds {
    ($($type:ident: $is_gone:expr;)*) => {
        $(impl Kind for $type {
            fn of(value: &Value) -> Option<&$type> {
                if let Value::$type(inner) = value { Some(inner) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut $type> {
                if let Value::$type(inner) = value { Some(inner) } else { None }
            }
            fn into_value(self) -> Value {
                Value::$type(self)
            }
            fn is_gone(&self) -> bool {
                ($is_gone)(self)
            }
        })*
    };
}

kinds! {
    Text: |_: &Text| false;
    Hash: |hash: &Hash| hash.len() == 0;
    List: |list: &List| list.items.is_empty();
    Set: |set: &Set| set.len() == 0;
    Stream: |_: &Stream| false;
    Zset: |zset: &Zset| zset.len() == 0;
}
