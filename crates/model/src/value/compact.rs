//! How many bytes elements take in a listpack, which decides when a list leaves that form.

use resplay_resp::number::parse_i64;

/// The bytes of an empty listpack: its length, its count, and the end.
const EMPTY_BYTES: u64 = 7;

/// The bytes of a listpack with these elements.
pub(super) fn listpack_bytes<'a>(elements: impl Iterator<Item = &'a [u8]>) -> u64 {
    EMPTY_BYTES + elements.map(element_bytes).sum::<u64>()
}

/// An element's bytes: its head and content, and the length backwards.
fn element_bytes(element: &[u8]) -> u64 {
    let content = match parse_i64(element) {
        Some(0..=127) => 1,
        Some(-4096..=4095) => 2,
        Some(-0x8000..=0x7fff) => 3,
        Some(-0x80_0000..=0x7f_ffff) => 4,
        Some(-0x8000_0000..=0x7fff_ffff) => 5,
        Some(_) => 9,
        None => {
            element.len() as u64
                + if element.len() < 64 {
                    1
                } else if element.len() < 4096 {
                    2
                } else {
                    5
                }
        }
    };
    let backwards = match content {
        0..=127 => 1,
        128..=16_382 => 2,
        16_383..=2_097_150 => 3,
        2_097_151..=268_435_454 => 4,
        _ => 5,
    };
    content + backwards
}
