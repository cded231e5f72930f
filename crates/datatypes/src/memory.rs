//! The published formula of `used_memory` and MEMORY USAGE: what the real server's allocator would give for
//! the same logical contents. It sees lengths and counts only, never a container's capacity, so it is the
//! same on every machine and after every history.
//!
//! Shapes are those of Valkey 8.0 on a 64-bit machine with jemalloc:
//!
//! | what | bytes |
//! | --- | --- |
//! | a key | `class(17 + short sds)`, plus 8 for its share of the bucket array |
//! | an expiry | 24 for the entry, 8 for its share of the bucket array |
//! | a value's object | 16 |
//! | an integer | the object |
//! | a string of at most 44 bytes | `class(16 + 3 + length + 1)` |
//! | a longer string, or one changed in place | 16 + `class(sds)` |
//! | a compact hash | 16 + `class(7 + its entries)`, an entry as in a listpack |
//! | a hash table | 16 + 72 + per field 24 + 8 + `class(sds)` of the field and of the value |
//!
//! `class` rounds up to jemalloc's size classes; an *sds* is a header of 3 bytes (5 from 256 bytes on, 9 from
//! 65,536 on), the bytes, and a zero; a *short* one of less than 32 bytes has a header of 1.

use resplay_resp::number::parse_i64;

/// A value's object header.
pub const OBJECT: usize = 16;
/// A dictionary of its own: the struct, without buckets and entries.
pub const DICT: usize = 72;
/// What an expiry adds to a key: an entry and its share of the buckets.
pub const EXPIRY_BYTES: usize = 24 + BUCKET;
/// An entry of a hash table with its share of the buckets, without field and value.
pub const FIELD: usize = 24 + BUCKET;

const BUCKET: usize = 8;
const LISTPACK_FRAME: usize = 7;

/// A key in the keyspace without its value.
#[inline]
pub fn key_overhead(key_len: usize) -> usize {
    entry_with_key(key_len) + BUCKET
}

/// What MEMORY USAGE counts of a key besides its value: no share of the buckets, and nothing for an expiry.
pub fn entry_with_key(key_len: usize) -> usize {
    let header = if key_len < 32 { 1 } else { sds_header(key_len) };
    size_class(17 + header + key_len + 1)
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

fn sds_header(len: usize) -> usize {
    match len {
        0..256 => 3,
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
            let string = crate::Str::from_bytes(&vec![b'x'; value]);
            assert_eq!(entry_with_key(key) + string.logical_bytes(), answer, "{value} bytes");
        }
        assert_eq!(entry_with_key(1) + crate::Str::from_i64(12345).logical_bytes(), 48);
        assert_eq!(entry_with_key(44) + crate::Str::from_i64(1).logical_bytes(), 96);
    }
}
