//! The words of commands that are made of values.

use resplay_datatypes::listpack::Item;
use resplay_datatypes::stream::Id;
use resplay_resp::number::format_f64_shortest;
use std::borrow::Cow;

/// A word, not yet in digits if it is a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    Bytes(&'a [u8]),
    Int(i64),
    Count(u64),
    Score(f64),
    Id(Id),
}

impl<'a> Word<'a> {
    /// As it stands in a command.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        Cow::Owned(match self {
            Word::Bytes(bytes) => return Cow::Borrowed(bytes),
            Word::Int(int) => int.to_string().into_bytes(),
            Word::Count(count) => count.to_string().into_bytes(),
            Word::Score(score) => format_f64_shortest(*score).into_bytes(),
            Word::Id(id) => id.to_string().into_bytes(),
        })
    }
}

impl<'a> From<Item<'a>> for Word<'a> {
    fn from(item: Item<'a>) -> Word<'a> {
        match item {
            Item::Int(int) => Word::Int(int),
            Item::Bytes(bytes) => Word::Bytes(bytes),
        }
    }
}
