//! A value's bytes, a piece at a time: where the writer stands is a position in the value, not a borrow of it.

use super::stream::StreamWriter;
use super::strings::{Strings, put_len};
use super::{Version, codes};
use resplay_datatypes::list::{List, Node};
use resplay_datatypes::set::Encoding;
use resplay_datatypes::{Hash, Scratch, Set, Value, Zset};

/// The number of the form that a value is written in.
pub(super) fn type_of(value: &Value, version: Version) -> u8 {
    match value {
        Value::Str(_) => codes::STRING,
        Value::List(_) => codes::LIST_QUICKLIST_2,
        Value::Set(set) => match (set.encoding_kind(), version) {
            (Encoding::Intset, _) => codes::SET_INTSET,
            (Encoding::Listpack, Version::V11) => codes::SET_LISTPACK,
            (Encoding::Listpack, Version::V10) | (Encoding::Hashtable, _) => codes::SET,
        },
        Value::Zset(zset) if zset.as_listpack().is_some() => codes::ZSET_LISTPACK,
        Value::Zset(_) => codes::ZSET_2,
        Value::Hash(hash) if hash.is_compact() => codes::HASH_LISTPACK,
        Value::Hash(_) => codes::HASH,
        Value::Stream(_) => match version {
            Version::V10 => codes::STREAM_LISTPACKS_2,
            Version::V11 => codes::STREAM_LISTPACKS_3,
        },
    }
}

/// Where in a value the writer stands.
#[derive(Clone)]
pub(super) struct ValueWriter {
    version: Version,
    is_begun: bool,
    at: At,
}

#[derive(Clone)]
enum At {
    /// The value is one string.
    Whole,
    /// The next node of a list, and whether its kind is written.
    Node {
        next: usize,
        has_kind: bool,
    },
    /// The next member of a set.
    Member(usize),
    /// The next pair of a hash table, and whether its field is written.
    Pair {
        place: usize,
        has_field: bool,
    },
    /// How many elements of a skiplist are left: the greatest comes first.
    Ranks(usize),
    Stream(StreamWriter),
}

impl ValueWriter {
    pub fn new(value: &Value, version: Version) -> ValueWriter {
        let at = match (type_of(value, version), value) {
            (codes::LIST_QUICKLIST_2, _) => At::Node { next: 0, has_kind: false },
            (codes::SET, _) => At::Member(0),
            (codes::HASH, _) => At::Pair { place: 0, has_field: false },
            (codes::ZSET_2, Value::Zset(zset)) => At::Ranks(zset.len()),
            (_, Value::Stream(_)) => At::Stream(StreamWriter::new(version)),
            _ => At::Whole,
        };
        ValueWriter { version, is_begun: false, at }
    }

    /// Appends more of the value, as long as `out` is shorter than `full`; whether it is finished.
    pub fn write(&mut self, value: &Value, strings: &mut Strings, out: &mut Vec<u8>, full: usize) -> bool {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        match (&mut self.at, value) {
            (At::Whole, value) => whole(value, strings, out, full),
            (At::Node { next, has_kind }, Value::List(list)) => {
                if is_first {
                    put_len(out, list.nodes_len() as u64);
                }
                nodes(list, (next, has_kind), strings, out, full)
            }
            (At::Member(next), Value::Set(set)) => {
                if is_first {
                    put_len(out, set.len() as u64);
                }
                members(set, next, strings, out, full)
            }
            (At::Pair { place, has_field }, Value::Hash(hash)) => {
                if is_first {
                    put_len(out, hash.len() as u64);
                }
                pairs(hash, (place, has_field), strings, out, full)
            }
            (At::Ranks(left), Value::Zset(zset)) => {
                if is_first {
                    put_len(out, zset.len() as u64);
                }
                elements(zset, left, strings, out, full)
            }
            (At::Stream(writer), Value::Stream(stream)) => writer.write(stream, strings, out, full, is_first),
            _ => unreachable!("version {:?}: the value became one of another type", self.version),
        }
    }
}

fn whole(value: &Value, strings: &mut Strings, out: &mut Vec<u8>, full: usize) -> bool {
    match value {
        Value::Str(text) => strings.put_some(out, full, text.bytes(&mut Scratch::new())),
        Value::Set(set) => {
            strings.put(out, set.as_bytes().expect("a set that is one string is small"));
            true
        }
        Value::Zset(zset) => {
            strings
                .put(out, zset.as_listpack().expect("a sorted set that is one string is compact").as_bytes());
            true
        }
        Value::Hash(hash) => {
            strings.put(out, hash.to_listpack().expect("a hash that is one string is compact").as_bytes());
            true
        }
        Value::List(_) | Value::Stream(_) => unreachable!("it is not one string"),
    }
}

fn nodes(
    list: &List,
    (next, has_kind): (&mut usize, &mut bool),
    strings: &mut Strings,
    out: &mut Vec<u8>,
    full: usize,
) -> bool {
    while let Some(node) = list.node(*next) {
        if out.len() >= full {
            return false;
        }
        let (kind, bytes) = match node {
            Node::Packed(pack) => (codes::NODE_PACKED, pack.as_bytes()),
            Node::Plain(bytes) => (codes::NODE_PLAIN, bytes),
        };
        if !std::mem::replace(has_kind, true) {
            put_len(out, kind);
        }
        if !strings.put_some(out, full, bytes) {
            return false;
        }
        *has_kind = false;
        *next += 1;
    }
    true
}

fn members(set: &Set, next: &mut usize, strings: &mut Strings, out: &mut Vec<u8>, full: usize) -> bool {
    let mut scratch = Scratch::new();
    for member in set.iter_from(*next) {
        if out.len() >= full || !strings.put_some(out, full, member.bytes(&mut scratch)) {
            return false;
        }
        *next += 1;
    }
    true
}

fn pairs(
    hash: &Hash,
    (place, has_field): (&mut usize, &mut bool),
    strings: &mut Strings,
    out: &mut Vec<u8>,
    full: usize,
) -> bool {
    let mut behind = *place;
    while let Some((field, value)) = hash.next_from(&mut behind) {
        if out.len() >= full {
            return false;
        }
        if !*has_field {
            *has_field = strings.put_some(out, full, field);
        }
        if !*has_field || !strings.put_some(out, full, value) {
            return false;
        }
        *has_field = false;
        *place = behind;
    }
    true
}

fn elements(zset: &Zset, left: &mut usize, strings: &mut Strings, out: &mut Vec<u8>, full: usize) -> bool {
    let mut scratch = Scratch::new();
    for (member, score) in zset.range(0..*left).rev() {
        if out.len() >= full || !strings.put_some(out, full, member.bytes(&mut scratch)) {
            return false;
        }
        out.extend(score.to_le_bytes());
        *left -= 1;
    }
    true
}
