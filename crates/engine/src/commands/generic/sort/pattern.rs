//! The patterns of BY and GET: the name of a key with a place for the element, and perhaps of a field.

use crate::context::Context;
use resplay_datatypes::{Scratch, Value};

/// Whether a pattern has a place for an element.
pub(super) fn has_place(pattern: &[u8]) -> bool {
    until_nul(pattern).contains(&b'*')
}

/// What a pattern leads to: the element itself for `#`, a string, or a field of a hash for a pattern that ends in
/// `->` and a field. Counts a hit or a miss.
pub(super) fn look_up(ctx: &mut Context<'_>, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    if until_nul(pattern) == b"#" {
        return Some(element.to_vec());
    }
    let (key, field) = resolve(pattern, element)?;
    ctx.data.work.elements += 1;
    match (ctx.data.read(&key)?, field) {
        (Value::Str(string), None) => Some(string.bytes(&mut Scratch::new()).to_vec()),
        (Value::Hash(hash), Some(field)) => hash.get(field).map(<[u8]>::to_vec),
        _ => None,
    }
}

/// The key, and the field if the pattern names one. An arrow with nothing behind it is part of the key.
fn resolve<'a>(pattern: &'a [u8], element: &[u8]) -> Option<(Vec<u8>, Option<&'a [u8]>)> {
    let place = until_nul(pattern).iter().position(|byte| *byte == b'*')?;
    let (before, after) = (&pattern[..place], &pattern[place + 1..]);
    let text = until_nul(after);
    let arrow = text.windows(2).position(|pair| pair == b"->").filter(|at| at + 2 < text.len());
    let (after, field) = match arrow {
        Some(at) => (&after[..at], Some(&after[at + 2..])),
        None => (after, None),
    };
    Some(([before, element, after].concat(), field))
}

/// As C reads a string.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_a_key_and_perhaps_a_field() {
        let check = |pattern: &[u8], key: &[u8], field: Option<&[u8]>| {
            assert_eq!(resolve(pattern, b"1"), Some((key.to_vec(), field)), "{}", pattern.escape_ascii());
        };
        check(b"w_*", b"w_1", None);
        check(b"*_w*", b"1_w*", None);
        check(b"w_*->f", b"w_1", Some(b"f"));
        check(b"w_*_x->f->g", b"w_1_x", Some(b"f->g"));
        check(b"w_*->", b"w_1->", None);
        check(b"w->x*", b"w->x1", None);
        check(b"w_*->\0", b"w_1->\0", None);
        check(b"w_*\0->f", b"w_1\0->f", None);
        assert_eq!(resolve(b"w", b"1"), None);
        assert_eq!(resolve(b"w\0*", b"1"), None);
    }
}
