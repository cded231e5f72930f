//! Patterns of KEYS, SCAN and CONFIG GET.

/// Whether a pattern selects a key, or an element of a collection: a lone star selects all.
pub(crate) fn selects(pattern: &[u8], name: &[u8]) -> bool {
    pattern == b"*" || matches(pattern, name)
}

/// Whether a pattern fits a whole text: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a literal. Where there is no text, the real
/// servers try no star.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() { pattern.is_empty() } else { stars(pattern) <= STARS_MAX && fits(pattern, text) }
}

/// How many runs of stars may stand before the end of a pattern that fits.
const STARS_MAX: usize = 1000;

/// How many runs of stars stand before a pattern's end.
fn stars(mut pattern: &[u8]) -> usize {
    let mut stars = 0;
    while let Some((&first, rest)) = pattern.split_first() {
        stars += usize::from(first == b'*' && rest.first().is_some_and(|next| *next != b'*'));
        pattern = match (first, rest) {
            (b'\\', [_, after @ ..]) => after,
            (b'[', class_and_after) => class(class_and_after, 0).1,
            (_, after) => after,
        };
    }
    stars
}

fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let Some((&first, rest)) = pattern.split_first() else { return text.is_empty() };
    match (first, text.split_first()) {
        (b'*', _) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        (b'?', Some((_, tail))) => fits(rest, tail),
        (b'[', Some((&byte, tail))) => {
            let (is_in, after) = class(rest, byte);
            is_in && fits(after, tail)
        }
        (b'\\', Some((&byte, tail))) if !rest.is_empty() => rest[0] == byte && fits(&rest[1..], tail),
        (literal, Some((&byte, tail))) => literal == byte && fits(rest, tail),
        (_, None) => false,
    }
}

/// Whether a byte is in the class that begins after `[`, and the pattern behind it. A class may lack its end.
fn class(pattern: &[u8], byte: u8) -> (bool, &[u8]) {
    let (is_negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut fits = false;
    loop {
        rest = match rest {
            [b'\\', literal, rest @ ..] => {
                fits |= *literal == byte;
                rest
            }
            [b']', rest @ ..] => return (fits != is_negated, rest),
            [] => return (fits != is_negated, rest),
            [from, b'-', to, rest @ ..] => {
                // A C compiler's char has a sign on x86-64: bytes from 0x80 on come first.
                let [from, to, byte] = [*from, *to, byte].map(|byte| byte ^ 0x80);
                fits |= (from.min(to)..=from.max(to)).contains(&byte);
                rest
            }
            [literal, rest @ ..] => {
                fits |= *literal == byte;
                rest
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_the_documentation_says() {
        for (pattern, text, expect) in [
            ("h?llo", "hello", true),
            ("h*llo", "heeeello", true),
            ("h*llo", "hllo!", false),
            ("h[ae]llo", "hello", true),
            ("h[^e]llo", "hello", false),
            ("h[b-a]llo", "hallo", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("*", "", false),
            ("", "", true),
            ("", "a", false),
            ("[a", "a", true),
            ("[\\]]", "]", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn bytes_above_127_come_first_in_a_range() {
        assert!(matches(b"[a-\xff]", b"A") && !matches(b"[a-\xff]", b"b") && !matches(b"[a-\xff]", b"\x80"));
    }

    #[test]
    fn more_than_a_thousand_stars_fit_nothing() {
        assert!(matches(&b"*b".repeat(1_000), &b"b".repeat(1_000)));
        assert!(!matches(&b"*b".repeat(1_001), &b"b".repeat(1_001)));
        assert!(matches(&b"*".repeat(1_001), b"b") && matches(&b"b*".repeat(1_001), &b"b".repeat(1_001)));
    }
}
