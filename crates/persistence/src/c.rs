//! What C's library makes of numbers: the real servers read their files with it.

/// `strtol` and `atoll`: blanks, a sign, digits, and whatever follows; saturates; zero if there are no digits.
pub(crate) fn strtol(text: &[u8]) -> i64 {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let (negative, digits) = match &text[blanks..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.map(|byte| i64::from(byte - b'0')).fold(0i64, |value, digit| {
        let tens = value.saturating_mul(10);
        if negative { tens.saturating_sub(digit) } else { tens.saturating_add(digit) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_digits_do() {
        for (text, number) in
            [("12\r\n", 12), (" \t-7x", -7), ("+3", 3), ("", 0), ("x1", 0), ("--1", 0), ("1\x002", 1)]
        {
            assert_eq!(strtol(text.as_bytes()), number, "{text:?}");
        }
    }

    #[test]
    fn numbers_out_of_range_saturate() {
        assert_eq!(strtol(b"99999999999999999999"), i64::MAX);
        assert_eq!(strtol(b"-99999999999999999999"), i64::MIN);
    }
}
