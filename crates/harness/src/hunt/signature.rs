//! What tells one bug from another: the check that failed, and its first complaint without what varies from run to run.

use crate::outcome::{Outcome, Verdict};

/// At most so much of a complaint.
const CHARS_MAX: usize = 120;

/// The signature of a run that did not pass; `None` if it did.
pub fn signature(outcome: &Outcome) -> Option<String> {
    if outcome.verdict == Verdict::Pass {
        return None;
    }
    Some(outcome.why.first().map_or_else(|| "no reason given".to_string(), |complaint| of(complaint)))
}

/// One line. Where the reference model objects, the command's name says more than its arguments, and so do the first words of
/// what was expected.
fn of(complaint: &str) -> String {
    let mut lines = complaint.lines();
    // In brackets stand examples.
    let first = lines.next().unwrap_or_default().split(" (`").next().unwrap_or_default();
    let first = general(first);
    let Some((place, command)) = first.split_once(": at # ms: ") else { return first };
    let words: Vec<&str> = command.split(' ').collect();
    let name = if words[0] == "loaded" { words.iter().take(2) } else { words.iter().take(1) };
    let name: Vec<&str> = name.copied().collect();
    let expected: Vec<&str> = lines.next().unwrap_or_default().split_ascii_whitespace().take(3).collect();
    let general = general(&format!("{place}: {}: {}", name.join(" "), expected.join(" ")));
    general.trim_end_matches([':', ' ']).to_string()
}

/// Numbers become `#`, and what stands in quotes or back-quotes is cut to its first word.
fn general(line: &str) -> String {
    let mut text = String::new();
    let (mut quote, mut is_cut) = (None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '`' | '"') => (quote, is_cut) = (Some(c), false),
            (Some(end), c) if c == end => quote = None,
            (Some(_), ' ') => is_cut = true,
            _ if is_cut && quote.is_some() => continue,
            _ => {}
        }
        if c.is_ascii_digit() {
            if !text.ends_with('#') {
                text.push('#');
            }
        } else if !(is_cut && quote.is_some()) {
            text.push(c);
        }
    }
    text.chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::{general, of};

    #[test]
    fn what_varies_is_left_out() {
        assert_eq!(
            general("model: cache: entry 17 at 1234 ms: `SET ledger:3 x` replied +OK"),
            "model: cache: entry # at # ms: `SET` replied +OK"
        );
    }

    #[test]
    fn an_objection_of_the_model_is_known_by_its_command() {
        let complaint = "model: cache, journal entry 7: at 12 ms: PFADD k a b\n  expected (error) WRONGTYPE Key\n  got      1";
        assert_eq!(of(complaint), "model: cache, journal entry #: PFADD: expected (error) WRONGTYPE");
        let loaded = "model: cache, journal entry 7: at 12 ms: loaded XADD s * a b\n  expected nothing";
        assert_eq!(of(loaded), "model: cache, journal entry #: loaded XADD: expected nothing");
    }
}
