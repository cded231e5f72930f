//! Glob patterns as KEYS, SCAN and CONFIG GET understand them: `*`, `?`, `[a-z]`, `[^a]` and backslash, byte by
//! byte.

/// Whether the whole text matches the pattern; with `nocase`, ASCII letters match in either case.
///
/// Only the last `*` is ever tried again, so a hostile pattern costs at most |pattern| × |text|. That changes
/// no answer: whatever an earlier star could have skipped, the last one can skip as well.
pub fn matches(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    if text.is_empty() {
        // The real servers try no star against nothing.
        return pattern.is_empty();
    }
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
        } else if let Some(next) = step(&pattern[p..], text[t], nocase) {
            (p, t) = (p + next, t + 1);
        } else if let Some((after_star, skipped_to)) = retry {
            retry = Some((after_star, skipped_to + 1));
            (p, t) = (after_star, skipped_to + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// As `matches`, for keys and elements of collections: a lone star is no pattern at all, so that it selects the empty
/// name too, which it does not match.
pub fn selects(pattern: &[u8], name: &[u8]) -> bool {
    pattern == b"*" || matches(pattern, name, false)
}

/// How many bytes of the pattern stand for this one byte of text; `None` when they do not match it.
fn step(pattern: &[u8], byte: u8, nocase: bool) -> Option<usize> {
    let same = |other: u8| fold(other, nocase) == fold(byte, nocase);
    match pattern {
        [] => None,
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => in_class(class, byte, nocase).map(|used| used + 1),
        [b'\\', escaped, ..] => same(*escaped).then_some(2),
        [literal, ..] => same(*literal).then_some(1),
    }
}

/// Reads a class after its bracket; an unclosed one ends with the pattern.
fn in_class(class: &[u8], byte: u8, nocase: bool) -> Option<usize> {
    let is_negated = class.first() == Some(&b'^');
    let mut at = usize::from(is_negated);
    let mut is_member = false;
    loop {
        let (from, to, used) = match class[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', escaped, ..] => (escaped, escaped, 2),
            [from, b'-', to, ..] => (from, to, 3),
            [one, ..] => (one, one, 1),
        };
        let (from, to) = (fold(from, nocase), fold(to, nocase));
        is_member |= (from.min(to)..=from.max(to)).contains(&fold(byte, nocase));
        at += used;
    }
    (is_member != is_negated).then_some(at)
}

fn fold(byte: u8, nocase: bool) -> u8 {
    if nocase { byte.to_ascii_lowercase() } else { byte }
}

#[cfg(test)]
mod tests {
    use super::{matches, selects};

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(matches(pattern.as_bytes(), text.as_bytes(), false), "{pattern} must match {text}");
        }
        for text in no {
            assert!(!matches(pattern.as_bytes(), text.as_bytes(), false), "{pattern} must not match {text}");
        }
    }

    #[test]
    fn stars_and_question_marks_stand_for_any_bytes() {
        check("*", &["a", "abc"], &[""]);
        check("a*c", &["ac", "abc", "abcc"], &["", "ab", "bac"]);
        check("h?llo", &["hello", "hallo"], &["hllo", "heello"]);
        check("*a*b*", &["ab", "xaxbx"], &["ba", "a"]);
        check("", &[""], &["a"]);
        check("**", &["a"], &[""]);
    }

    #[test]
    fn a_lone_star_selects_the_empty_name_too() {
        assert!(selects(b"*", b"") && selects(b"", b"") && selects(b"*", b"a"));
        assert!(!selects(b"**", b"") && !selects(b"?", b""));
    }

    #[test]
    fn classes_take_ranges_negation_and_escapes() {
        check("h[ae]llo", &["hello", "hallo"], &["hillo"]);
        check("h[^e]llo", &["hallo"], &["hello"]);
        check("h[a-b]llo", &["hallo", "hbllo"], &["hcllo"]);
        check("h[b-a]llo", &["hallo", "hbllo"], &["hcllo"]);
        check("[\\]]", &["]"], &["\\"]);
        check("a[bc", &["ab", "ac"], &["ad", "a"]);
        check("[]a", &[], &["a", "]a"]);
    }

    #[test]
    fn a_backslash_makes_the_next_byte_itself() {
        check("a\\*", &["a*"], &["ab", "a\\*"]);
        check("a\\", &["a\\"], &["a"]);
    }

    #[test]
    fn case_is_ignored_when_asked() {
        assert!(matches(b"MAX[A-M]*", b"maxmemory", true));
        assert!(!matches(b"MAX*", b"maxmemory", false));
    }

    #[test]
    fn many_stars_cost_no_exponential_time() {
        let pattern = b"a*".repeat(40);
        assert!(!matches(&[&pattern[..], b"b"].concat(), &b"a".repeat(5_000), false));
    }
}
