//! Numbers as parameters take them: plain, with a unit, in percent, octal.

use resplay_resp::number;

/// A decimal integer in a range.
pub fn integer(word: &[u8], min: i64, max: i64) -> Result<Vec<u8>, String> {
    let value = number::parse_i64(word).ok_or("argument couldn't be parsed into an integer")?;
    if !(min..=max).contains(&value) {
        return Err(outside(min, max));
    }
    Ok(value.to_string().into_bytes())
}

/// A number of bytes in a range.
pub fn memory(word: &[u8], min: u64, max: u64) -> Result<Vec<u8>, String> {
    let value = bytes(word).ok_or("argument must be a memory value")?;
    if !(min..=max).contains(&value) {
        return Err(outside(min, max));
    }
    Ok(value.to_string().into_bytes())
}

/// A number of bytes, or a percentage up to 100.
pub fn memory_or_percent(word: &[u8]) -> Result<Vec<u8>, String> {
    const WHY: &str = "argument must be a memory or percent value";
    // The real servers keep a percentage as a negative number of bytes, so a number beyond 63 bits is one too.
    let value = match word.strip_suffix(b"%") {
        Some(percent) => -number::parse_i64(percent).filter(|value| *value >= 0).ok_or(WHY)?,
        None => bytes(word).ok_or(WHY)? as i64,
    };
    match value {
        0.. => Ok(value.to_string().into_bytes()),
        -100..0 => Ok(format!("{}%", -value).into_bytes()),
        _ => Err("percentage argument must be less or equal to 100".to_string()),
    }
}

/// A file mode up to 777.
pub fn octal(word: &[u8]) -> Result<Vec<u8>, String> {
    const WHY: &str = "argument couldn't be parsed as an octal number";
    let (is_negative, digits) = match word {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = digits.iter().try_fold(0u64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
        _ => None,
    });
    let value = value.ok_or(WHY)?;
    if value > 0o777 || (is_negative && value > 0) {
        return Err(outside("0", "777"));
    }
    Ok(format!("{value:o}").into_bytes())
}

/// `100`, `100b`, `100k` (thousands), `100kb` (of 1024), and so for m and g; no number is zero. A product beyond
/// 64 bits wraps, as in the real servers.
pub fn bytes(word: &[u8]) -> Option<u64> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let factor: u64 = match &word[digits..].to_ascii_lowercase()[..] {
        b"" | b"b" => 1,
        b"k" => 1_000,
        b"kb" => 1 << 10,
        b"m" => 1_000_000,
        b"mb" => 1 << 20,
        b"g" => 1_000_000_000,
        b"gb" => 1 << 30,
        _ => return None,
    };
    let number = word[..digits]
        .iter()
        .fold(0u64, |value, byte| value.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
    Some(number.wrapping_mul(factor))
}

/// As `strtoll` reads a whole word: an optional sign and digits, leading blanks allowed, nothing is zero.
pub fn c_integer(word: &[u8]) -> Option<i64> {
    let word = word.trim_ascii_start();
    let unsigned = word.strip_prefix(b"+").unwrap_or(word);
    if unsigned.is_empty() {
        return Some(0);
    }
    std::str::from_utf8(unsigned).ok()?.parse().ok()
}

fn outside(min: impl std::fmt::Display, max: impl std::fmt::Display) -> String {
    format!("argument must be between {min} and {max} inclusive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_takes_units_of_a_thousand_and_of_1024() {
        let cases: &[(&str, Option<u64>)] = &[
            ("100mb", Some(104_857_600)),
            ("1k", Some(1_000)),
            ("1GB", Some(1 << 30)),
            ("5b", Some(5)),
            ("kb", Some(0)),
            ("17592186044416mb", Some(0)),
            ("99999999999999999999", Some(u64::MAX)),
            ("1tb", None),
            ("-1", None),
            ("1.5gb", None),
            (" 5", None),
        ];
        for (word, expect) in cases {
            assert_eq!(bytes(word.as_bytes()), *expect, "{word}");
        }
    }

    #[test]
    fn percentages_end_at_a_hundred() {
        assert_eq!(memory_or_percent(b"50%").unwrap(), b"50%");
        assert_eq!(memory_or_percent(b"0%").unwrap(), b"0");
        assert_eq!(memory_or_percent(b"99999999999999999999").unwrap(), b"1%");
        assert!(memory_or_percent(b"101%").unwrap_err().starts_with("percentage argument"));
        assert!(memory_or_percent(b"-3%").is_err());
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(octal(b"700").unwrap(), b"700");
        assert_eq!(octal(b"").unwrap(), b"0");
        assert!(octal(b"9").unwrap_err().ends_with("octal number"));
        assert_eq!(octal(b"1000").unwrap_err(), "argument must be between 0 and 777 inclusive");
    }
}
