//! Patterns of KEYS, SCAN and CONFIG GET.

/// Whether a pattern selects a key, or an element of a collection: a lone star selects all.
pub(crate) fn selects(pattern: &[u8], name: &[u8]) -> bool {
    pattern == b"*" || matches(pattern, name)
}

/// Whether a pattern fits a whole text: `*`, `?`, `[a-z]`, `[^a]`, and `\` before a literal. Where there is no text, the real
/// servers try no star.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if text.is_empty() { pattern.is_empty() } else { fits(pattern, text) }
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
                fits |= (*from.min(to)..=*from.max(to)).contains(&byte);
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
}
