//! The published formula of `used_memory` and MEMORY USAGE: what the real server's allocator would give for
//! the same logical contents. It sees lengths and counts only, never a container's capacity, so it is the
//! same on every machine and after every history.
//!
//! Shapes are those of Valkey 8.0 on a 64-bit machine with jemalloc:
//!
//! | what | bytes |
//! | --- | --- |
//! | a key | `class(17 + 3 + length + 1)` (a longer header from 256 bytes on), plus its share of the bucket array |
//! | an expiry | 32 for the entry, plus its share of the bucket array |
//! | a value's object | 16 |
//! | an integer | the object |
//! | a string of at most 44 bytes | `class(16 + 3 + length + 1)`, the object included |
//! | a longer string, or one changed in place | the object, `class(sds)` |
//! | a compact hash | the object, `class(7 + its entries)`, an entry as in a listpack |
//! | a set of integers | the object, `class(8 + 2, 4 or 8 for each)` |
//! | a compact set | the object, `class(7 + its entries)` |
//! | a set's hash table | the object, 56, per member 5, a share of the buckets, `class(sds)` |
//! | a compact sorted set | the object, `class(7 + its entries)`: members and scores |
//! | a skiplist | the object, 48, 56, 640 for its head, per member 44 as a hash table's field, 53.3 for its node, `class(sds)` |
//! | a hash table | the object, 56, per field 32, a share of the buckets, `class(sds)` of field and value |
//! | a compact list | the object, `class(7 + its entries)` |
//! | a list of nodes | the object, 40, per node 40 and `class(7 + its entries)`, or `class(length)` of a large element |
//! | a stream | the object, 80, per node its id in a radix tree of two nodes an id, `class(listpack)` (4096 for the last) |
//! | a consumer group | 40, its tree, per pending entry 24, its id in two radix trees of two nodes an id |
//! | a consumer | 32, its name, its tree |
//! | a radix tree of ids | 16 an id, 244 a node, at least one |
//!
//! `class` rounds up to jemalloc's size classes; an *sds* is a header, the bytes, and a zero: the header has 1
//! byte below 32 bytes, 3 from there, 5 from 256 and 9 from 65,536 on. A share of the buckets is 12 bytes: a
//! bucket takes 8, and a table is between half full and full.
//!
//! MEMORY USAGE of strings and compact hashes is the real server's to the byte, but for the room in reserve that a string
//! keeps after APPEND, SETRANGE, SETBIT or PFADD made it longer: that depends on its history. Of a hash table the real server
//! answers an estimate from five samples, and 8 bytes less per entry than its allocator gives. Of a list of nodes it
//! is the real server's answer with `SAMPLES 0`, to the byte; without that it looks at the first five nodes only. (Its
//! allocator gives 8 bytes more for each of the structs of 40 bytes.)

use resplay_resp::number::parse_i64;

/// A value's object header.
pub const OBJECT: usize = 16;
/// A dictionary of its own: the struct, without buckets and entries.
pub const DICT: usize = 56;
/// An entry of a hash table with its share of the buckets, without field and value.
pub const FIELD: usize = 32 + BUCKET_SHARE;
/// A member of a set's table with its share of the buckets, without its bytes: the first of a bucket lies in it, the
/// others (about three of ten) take 16 bytes each.
pub const MEMBER: usize = 5 + BUCKET_SHARE;
/// A list of nodes: the struct, without its nodes.
pub const QUICKLIST: usize = 40;
/// A node of a list, without what it holds.
pub const LIST_NODE: usize = 40;
/// What an expiry adds to a key: an entry and its share of the buckets.
pub const EXPIRY_BYTES: usize = 32 + BUCKET_SHARE;

const BUCKET_SHARE: usize = 12;
/// The struct of a sorted set (16), that of its list (32), and the list's head with 32 levels.
const SKIPLIST: usize = 16 + 32 + 640;
const LISTPACK_FRAME: usize = 7;

/// A key in the keyspace without its value.
#[inline]
pub fn key_overhead(key_len: usize) -> usize {
    entry_with_key(key_len) + BUCKET_SHARE
}

/// What MEMORY USAGE counts of a key besides its value: no share of the buckets, and nothing for an expiry.
pub fn entry_with_key(key_len: usize) -> usize {
    size_class(17 + sds_header(key_len.max(32)) + key_len + 1)
}

/// A string of at most 44 bytes, in one piece with its object.
pub fn embedded_string(len: usize) -> usize {
    size_class(OBJECT + 3 + len + 1)
}

/// A string apart from its object.
pub fn raw_string(len: usize) -> usize {
    OBJECT + sds(len)
}

/// A string on its own.
pub fn sds(len: usize) -> usize {
    size_class(sds_header(len) + len + 1)
}

/// A compact hash whose entries take so many bytes ([`listpack_entry`]).
pub fn listpack(entry_bytes: usize) -> usize {
    OBJECT + size_class(LISTPACK_FRAME + entry_bytes)
}

/// A sorted set as a skiplist of so many members, without the members' own bytes: set, list, dictionary and head; then
/// for each an entry of the dictionary and a node, which has another level of 16 bytes once in four times.
pub fn skiplist(len: usize) -> usize {
    OBJECT + SKIPLIST + DICT + FIELD * len + (48 * len + 16 * len / 3)
}

/// One field or value within a compact hash: an integer takes what it needs, a string its length, and both a
/// header and a back link.
pub fn listpack_entry(bytes: &[u8]) -> usize {
    let body = match parse_i64(bytes) {
        Some(int) => listpack_int(int),
        None if bytes.len() < 64 => 1 + bytes.len(),
        None if bytes.len() < 4096 => 2 + bytes.len(),
        None => 5 + bytes.len(),
    };
    body + back_link(body)
}

/// Rounds up to the next of jemalloc's size classes: multiples of 16 to 128 (and 8), then four per doubling.
#[inline]
pub fn size_class(bytes: usize) -> usize {
    match bytes {
        0..=8 => 8,
        9..=128 => bytes.next_multiple_of(16),
        _ => {
            let doubling = usize::BITS - (bytes - 1).leading_zeros(); // 2^doubling is the next power of two
            bytes.next_multiple_of(1 << (doubling - 3))
        }
    }
}

/// A radix tree of ids as MEMORY USAGE counts it: a share for each id, and 244 bytes for each of its nodes.
pub fn radix_tree(ids: usize, nodes: usize) -> usize {
    16 * ids + (4 + 30 * 8) * nodes
}

fn sds_header(len: usize) -> usize {
    match len {
        0..32 => 1,
        32..256 => 3,
        256..65_536 => 5,
        _ => 9,
    }
}

fn listpack_int(int: i64) -> usize {
    match int {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    }
}

fn back_link(body: usize) -> usize {
    match body {
        0..128 => 1,
        128..16_384 => 2,
        16_384..2_097_152 => 3,
        2_097_152..268_435_456 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hash, Limits, Set, Str, set};

    const SETS: [(&str, i64, usize); 6] = [
        ("0", 3, 64),
        ("0", 500, 1072),
        ("100000", 100, 496),
        ("5000000000", 20, 240),
        ("m", 5, 80),
        ("member-", 128, 1584),
    ];

    #[test]
    fn size_classes_are_jemallocs() {
        let classes = [1, 9, 17, 128, 129, 161, 257, 513, 1004, 1025, 4097].map(size_class);
        assert_eq!(classes, [8, 16, 32, 128, 160, 192, 320, 640, 1024, 1280, 5120]);
    }

    /// Recorded from `MEMORY USAGE` of Valkey 8.0.1: key length, value length, answer.
    #[test]
    fn strings_take_what_the_real_server_says() {
        for (key, value, answer) in
            [(2, 3, 64), (3, 20, 80), (3, 30, 96), (3, 44, 96), (3, 45, 112), (4, 100, 160), (5, 1000, 1072)]
        {
            let string = Str::from_bytes(&vec![b'x'; value]);
            assert_eq!(entry_with_key(key) + string.logical_bytes(), answer, "{value} bytes");
        }
    }

    /// Recorded likewise: the key lengths at which the answer for an integer changes, and the answer from there.
    #[test]
    fn keys_take_what_the_real_server_says() {
        let steps = [(1, 48), (12, 64), (28, 80), (44, 96), (92, 144), (108, 176), (236, 336), (298, 400)];
        let integer = Str::from_i64(12_345_678).logical_bytes();
        for (key, answer) in steps {
            assert_eq!(entry_with_key(key) + integer, answer, "{key} bytes");
            assert!(key == 1 || entry_with_key(key - 1) + integer < answer, "{key} bytes");
        }
    }

    /// Recorded likewise: fields, their length, the values' length, answer for a key of one byte.
    #[test]
    fn compact_hashes_take_what_the_real_server_says() {
        let limits = Limits { max_entries: 512, max_value: 64, seed: 0 };
        for (fields, field, value, answer) in
            [(1, 1, 1, 64), (5, 5, 10, 160), (20, 7, 30, 944), (100, 8, 64, 8240)]
        {
            let mut hash = Hash::new();
            for number in 0..fields {
                let name = format!("{:x<field$.field$}", format!("f{number}"));
                hash.set(name.as_bytes(), &vec![b'v'; value], &limits);
            }
            assert_eq!(entry_with_key(1) + hash.logical_bytes(), answer, "{fields} fields");
        }
    }

    /// Recorded likewise: members as numbers or words of that length, how many, answer for a key of one byte.
    #[test]
    fn compact_sets_take_what_the_real_server_says() {
        let limits = set::Limits { max_integers: 512, max_entries: 128, max_value: 64, seed: 0 };
        for (first, members, answer) in SETS {
            let mut set = Set::expecting(b"1", 1, &limits);
            for number in 0..members {
                let member = match first.parse::<i64>() {
                    Ok(first) => (first + number).to_string(),
                    Err(_) => format!("{first}{number}"),
                };
                set.add(member.as_bytes(), &limits);
            }
            assert_eq!(entry_with_key(1) + set.logical_bytes(), answer, "{members} from {first}");
        }
    }

    #[test]
    fn integers_in_compact_hashes_take_what_they_need() {
        let limits = Limits { max_entries: 512, max_value: 64, seed: 0 };
        let mut hash = Hash::new();
        for (field, value) in [("n", "12345"), ("m", "-7"), ("o", "123456789012")] {
            hash.set(field.as_bytes(), value.as_bytes(), &limits);
        }
        assert_eq!(entry_with_key(1) + hash.logical_bytes(), 96);
    }
}
