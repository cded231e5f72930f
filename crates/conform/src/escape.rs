//! Bytes as text that a person reads and writes: `\r`, `\n`, `\t`, `\\`, `\xff`, and `\(ab*1000)` for a repeated
//! piece.

use std::fmt;

/// The shortest run of one byte that [`escape`] abbreviates.
const RUN_MIN: usize = 100;

/// Text that stands for no bytes; holds the place, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEscape(pub usize);

impl fmt::Display for BadEscape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad escape at byte {}", self.0)
    }
}

impl std::error::Error for BadEscape {}

/// Bytes as one line of ASCII text; [`unescape`] gives them back.
pub fn escape(bytes: &[u8]) -> String {
    let mut out = String::new();
    for run in bytes.chunk_by(|a, b| a == b) {
        let one = escape_byte(run[0]);
        match run.len() {
            RUN_MIN.. => out.push_str(&format!("\\({one}*{})", run.len())),
            len => out.push_str(&one.repeat(len)),
        }
    }
    // A space at the end of a line is one that editors strip and nobody sees.
    if out.ends_with(' ') {
        out.truncate(out.len() - 1);
        out.push_str("\\x20");
    }
    out
}

fn escape_byte(byte: u8) -> String {
    match byte {
        b'"' | b'\'' => char::from(byte).to_string(),
        _ => byte.escape_ascii().to_string(),
    }
}

/// The bytes that a text stands for.
pub fn unescape(text: &str) -> Result<Vec<u8>, BadEscape> {
    let (mut out, mut at) = (Vec::new(), 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let (piece, len) = unit(text, at).ok_or(BadEscape(at))?;
        out.extend(piece);
        at += len;
    }
    Ok(out)
}

/// Undoes the repeated pieces alone; the quoting rules of a shell undo the rest.
pub(crate) fn expand_repeats(text: &str) -> Result<Vec<u8>, BadEscape> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(plain) = text[at..].find("\\(") {
        out.extend_from_slice(&text.as_bytes()[at..at + plain]);
        let (piece, len) = repeat(text, at + plain).ok_or(BadEscape(at + plain))?;
        out.extend(piece);
        at += plain + len;
    }
    out.extend_from_slice(&text.as_bytes()[at..]);
    Ok(out)
}

/// One escape or plain byte at `at`, and how much text it takes.
fn unit(text: &str, at: usize) -> Option<(Vec<u8>, usize)> {
    let plain = |byte: u8, len: usize| Some((vec![byte], len));
    match text.as_bytes()[at..] {
        [b'\\', b'n', ..] => plain(b'\n', 2),
        [b'\\', b'r', ..] => plain(b'\r', 2),
        [b'\\', b't', ..] => plain(b'\t', 2),
        [b'\\', b'\\', ..] => plain(b'\\', 2),
        [b'\\', b'x', ..] => plain(u8::from_str_radix(text.get(at + 2..at + 4)?, 16).ok()?, 4),
        [b'\\', b'(', ..] => repeat(text, at),
        [b'\\', ..] => None,
        [byte, ..] => plain(byte, 1),
        [] => None,
    }
}

/// `\(piece*count)`.
fn repeat(text: &str, at: usize) -> Option<(Vec<u8>, usize)> {
    let inner = text.get(at + 2..)?;
    let end = inner.find(')')?;
    let (piece, count) = inner[..end].rsplit_once('*')?;
    Some((unescape(piece).ok()?.repeat(count.parse().ok()?), end + 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescape(&escape(&all)), Ok(all));
    }

    #[test]
    fn a_space_at_the_end_is_seen() {
        assert_eq!(escape(b" a "), " a\\x20");
        assert_eq!(unescape(" a\\x20"), Ok(b" a ".to_vec()));
    }

    #[test]
    fn long_runs_are_abbreviated() {
        assert_eq!(escape(&[b'x'; 300]), "\\(x*300)");
        assert_eq!(unescape("a\\(\\xff*3)b\\(xy*2)"), Ok(b"a\xff\xff\xffbxyxy".to_vec()));
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, at) in [("ab\\q", 2), ("\\x4", 0), ("\\(x*)", 0), ("a\\", 1), ("\\(x*3", 0)] {
            assert_eq!(unescape(text), Err(BadEscape(at)), "{text}");
        }
    }

    #[test]
    fn repeats_expand_before_words_are_split() {
        assert_eq!(
            expand_repeats("SET a \"\\x01\" \\(ab*2)é"),
            Ok("SET a \"\\x01\" ababé".as_bytes().to_vec())
        );
    }
}
