//! Inline requests: a line of words, quoted as in a shell. The rules are those of `sdssplitargs`.

use crate::args::Span;
use std::fmt;

/// Quotes that do not close, or close in the middle of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnbalancedQuotes;

impl fmt::Display for UnbalancedQuotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quote is not closed, or text sticks to a closing one")
    }
}

impl std::error::Error for UnbalancedQuotes {}

/// Splits `line` into words: their bytes go to `words`, one after the other, where `spans` says.
pub(crate) fn split(line: &[u8], words: &mut Vec<u8>, spans: &mut Vec<Span>) -> Result<(), UnbalancedQuotes> {
    let mut splitter = Splitter { line, at: 0, words };
    while splitter.skip_blanks() {
        let start = splitter.words.len();
        splitter.word()?;
        spans.push(Span { start, end: splitter.words.len() });
    }
    Ok(())
}

struct Splitter<'a> {
    line: &'a [u8],
    at: usize,
    words: &'a mut Vec<u8>,
}

impl Splitter<'_> {
    /// Whether a word begins after the blanks.
    fn skip_blanks(&mut self) -> bool {
        while self.peek(0).is_some_and(is_space) {
            self.at += 1;
        }
        self.peek(0).is_some()
    }

    /// One word; quotes may begin anywhere in it, but must end it. Vertical tabs and form feeds separate words
    /// only where blanks are skipped: in the middle of a word they belong to it.
    fn word(&mut self) -> Result<(), UnbalancedQuotes> {
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => return Ok(()),
                b'"' => return self.double_quoted(),
                b'\'' => return self.single_quoted(),
                _ => self.words.push(byte),
            }
        }
        Ok(())
    }

    fn double_quoted(&mut self) -> Result<(), UnbalancedQuotes> {
        loop {
            match self.rest() {
                [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    self.take(4, hex(*high) << 4 | hex(*low));
                }
                [b'\\', escaped, ..] => self.take(2, unescape(*escaped)),
                [b'"', ..] => return self.closing_quote(),
                [byte, ..] => self.take(1, *byte),
                [] => return Err(UnbalancedQuotes),
            }
        }
    }

    fn single_quoted(&mut self) -> Result<(), UnbalancedQuotes> {
        loop {
            match self.rest() {
                [b'\\', b'\'', ..] => self.take(2, b'\''),
                [b'\'', ..] => return self.closing_quote(),
                [byte, ..] => self.take(1, *byte),
                [] => return Err(UnbalancedQuotes),
            }
        }
    }

    /// A closing quote must be followed by a space or by nothing at all.
    fn closing_quote(&mut self) -> Result<(), UnbalancedQuotes> {
        self.at += 1;
        match self.peek(0) {
            Some(byte) if !is_space(byte) => Err(UnbalancedQuotes),
            _ => Ok(()),
        }
    }

    fn take(&mut self, consumed: usize, byte: u8) {
        self.words.push(byte);
        self.at += consumed;
    }

    fn rest(&self) -> &[u8] {
        &self.line[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.line.get(self.at + ahead).copied()
    }
}

/// `isspace` of the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or(0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: &[&str]) {
        let (mut words, mut spans) = (Vec::new(), Vec::new());
        split(line.as_bytes(), &mut words, &mut spans).expect("balanced quotes");
        let got: Vec<String> =
            spans.iter().map(|span| words[span.start..span.end].escape_ascii().to_string()).collect();
        assert_eq!(got, expect, "{line:?}");
    }

    fn check_unbalanced(line: &str) {
        let (mut words, mut spans) = (Vec::new(), Vec::new());
        assert_eq!(split(line.as_bytes(), &mut words, &mut spans), Err(UnbalancedQuotes), "{line:?}");
    }

    #[test]
    fn blanks_separate_words() {
        check("", &[]);
        check("  \t ", &[]);
        check(" SET  a\tb ", &["SET", "a", "b"]);
    }

    #[test]
    fn quotes_hold_blanks_and_empty_words() {
        check(r#"SET "a b" '' "" "#, &["SET", "a b", "", ""]);
        check(r#"SET pre"fix a" 'b'"#, &["SET", "prefix a", "b"]);
    }

    #[test]
    fn escapes_are_undone_in_double_quotes_only() {
        check(r#""\x41\n\q\"" '\x41\'"'"#, &["A\\nq\\\"", "\\\\x41\\'\\\""]);
        check(r#""\xzz" "\x4""#, &["xzz", "x4"]);
    }

    #[test]
    fn quotes_must_close_and_end_their_word() {
        for line in [r#""a"#, "'a", r#""a"b"#, "'a'b", r#""a\"#, r#"""""#] {
            check_unbalanced(line);
        }
    }

    #[test]
    fn vertical_tabs_separate_only_between_words() {
        check("a\x0bb \x0b c", &["a\\x0bb", "c"]);
    }
}
