//! Glob patterns as KEYS, SCAN and CONFIG GET understand them: `*`, `?`, `[a-z]`, `[^a]` and backslash, byte by
//! byte.

/// How many stars a pattern may have before its end; one with more matches nothing. A run of stars is one.
const STARS_MAX: usize = 1000;

/// Whether the whole text matches the pattern; with `nocase`, ASCII letters match in either case.
///
/// Only the last `*` is ever tried again, so a hostile pattern costs at most |pattern| × |text|. That changes
/// no answer: whatever an earlier star could have skipped, the last one can skip as well.
pub fn matches(pattern: &[u8], text: &[u8], nocase: bool) -> bool {
    if text.is_empty() {
        // The real servers try no star against nothing.
        return pattern.is_empty();
    }
    let (mut p, mut t, mut stars) = (0, 0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            stars += usize::from(pattern.get(p).is_some_and(|next| *next != b'*'));
            if stars > STARS_MAX {
                return false;
            }
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

/// Reads a class after its bracket; an unclosed one ends with the pattern. What is escaped keeps its case.
fn in_class(class: &[u8], byte: u8, nocase: bool) -> Option<usize> {
    let is_negated = class.first() == Some(&b'^');
    let mut at = usize::from(is_negated);
    let mut is_member = false;
    loop {
        let (fits, used) = match class[at..] {
            [] => break,
            [b']', ..] => {
                at += 1;
                break;
            }
            [b'\\', escaped, ..] => (escaped == byte, 2),
            [from, b'-', to, ..] => (in_range(from, to, byte, nocase), 3),
            [one, ..] => (fold(one, nocase) == fold(byte, nocase), 1),
        };
        is_member |= fits;
        at += used;
    }
    (is_member != is_negated).then_some(at)
}

/// A range may be upside down. Its ends are put in order before their case is ignored, and its bytes have a sign, as
/// they have for the real servers on x86-64: `[a-\xff]` has 0 to `a` and `\xff`.
fn in_range(from: u8, to: u8, byte: u8, nocase: bool) -> bool {
    let signed = |byte: u8| i8::from_ne_bytes([byte]);
    let (low, high) = if signed(from) > signed(to) { (to, from) } else { (from, to) };
    let [low, high, byte] = [low, high, byte].map(|byte| signed(fold(byte, nocase)));
    (low..=high).contains(&byte)
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
    fn the_ends_of_a_range_are_put_in_order_before_case_is_ignored() {
        assert!(matches(b"[A-z]x", b"mx", true) && matches(b"[z-A]x", b"mx", true));
        assert!(!matches(b"[Z-a]x", b"mx", true) && !matches(b"[a-Z]x", b"mx", true));
        assert!(matches(b"[M]x", b"mx", true) && !matches(b"[\\M]x", b"mx", true));
    }

    #[test]
    fn bytes_above_127_come_before_all_others_in_a_range() {
        assert!(matches(b"[a-\xff]", b"\xff", false) && matches(b"[a-\xff]", b"A", false));
        assert!(!matches(b"[a-\xff]", b"b", false) && !matches(b"[a-\xff]", b"\x80", false));
        assert!(matches(b"[\x80-\xff]", b"\xc0", false) && !matches(b"[\x80-\xff]", b"a", false));
    }

    #[test]
    fn more_than_a_thousand_stars_match_nothing() {
        let text = b"b".repeat(3_000);
        assert!(matches(&b"*b".repeat(1_000), &text, false));
        assert!(!matches(&b"*b".repeat(1_001), &text, false));
        assert!(matches(&b"b*".repeat(1_001), &text, false));
        assert!(matches(&b"*".repeat(2_000), &text, false));
    }

    #[test]
    fn many_stars_cost_no_exponential_time() {
        let pattern = b"a*".repeat(40);
        assert!(!matches(&[&pattern[..], b"b"].concat(), &b"a".repeat(5_000), false));
    }
}
