//! Bytes as text: readable where they are text, exact everywhere.

use std::fmt::Write;

/// Prints bytes as ASCII text; [`unescape`] gives them back.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    bytes.iter().for_each(|&byte| escape_byte(&mut text, byte));
    text
}

fn escape_byte(text: &mut String, byte: u8) {
    match byte {
        b'\\' => text.push_str("\\\\"),
        b'\r' => text.push_str("\\r"),
        b'\n' => text.push_str("\\n"),
        b'\t' => text.push_str("\\t"),
        b' '..=b'~' => text.push(char::from(byte)),
        _ => write!(text, "\\x{byte:02x}").expect("writing to a String cannot fail"),
    }
}

/// Reads what [`escape`] prints. Characters outside ASCII stand for their UTF-8 bytes. The error is a sentence.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let (byte, length) = unescape_one(&rest[at..])?;
        bytes.push(byte);
        rest = &rest[at + length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(bytes)
}

/// The byte that the escape at the beginning of `text` stands for, and the escape's length.
fn unescape_one(text: &str) -> Result<(u8, usize), String> {
    match text.as_bytes().get(1) {
        Some(b'\\') => Ok((b'\\', 2)),
        Some(b'r') => Ok((b'\r', 2)),
        Some(b'n') => Ok((b'\n', 2)),
        Some(b't') => Ok((b'\t', 2)),
        Some(b'x') => hex_byte(text.get(2..4)).map(|byte| (byte, 4)).ok_or_else(|| bad_escape(text, 4)),
        _ => Err(bad_escape(text, 2)),
    }
}

/// Two hexadecimal digits; `from_str_radix` alone would take a sign too.
fn hex_byte(digits: Option<&str>) -> Option<u8> {
    let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

fn bad_escape(text: &str, length: usize) -> String {
    let shown: String = text.chars().take(length).collect();
    format!("`{shown}` is no escape: only \\\\, \\r, \\n, \\t and \\xNN are")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_the_rest_is_hexadecimal() {
        assert_eq!(escape(b"a b\r\n\0\xff\\"), r"a b\r\n\x00\xff\\");
        assert_eq!(unescape("é").as_deref(), Ok("é".as_bytes()));
    }

    #[test]
    fn a_cut_or_unknown_escape_is_an_error() {
        for text in ["\\", "\\x", "\\x1", "\\xg0", "\\x+1", "\\é", "\\xé0"] {
            assert!(unescape(text).is_err(), "{text}");
        }
    }
}
