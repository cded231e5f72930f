//! Numbers as the real servers read and print them: the same value in other words is often an error (`+1`,
//! `01`, ` 1`), and what is printed goes into replies and files.

use crate::grisu;

/// Parses a 64-bit integer by the rules of `string2ll`: digits with an optional minus sign and nothing else; no
/// leading zeros, no `-0`, no spaces, no plus sign.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        b"0" => return Some(0),
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !matches!(digits.first(), Some(b'1'..=b'9')) || digits.len() > 19 {
        return None;
    }
    let magnitude = parse_digits(digits)?;
    match negative {
        true => 0i64.checked_sub_unsigned(magnitude),
        false => i64::try_from(magnitude).ok(),
    }
}

/// At most 19 decimal digits, so they always fit.
fn parse_digits(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0u64, |value, byte| match byte {
        b'0'..=b'9' => Some(value * 10 + u64::from(byte - b'0')),
        _ => None,
    })
}

/// Parses a double by the rules of `string2d`: what `strtod` takes in the C locale, in full, without leading
/// spaces; infinities may be spelt out, NaN and what over- or underflows are refused.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    read_f64(text).filter(|(_, is_within)| *is_within).map(|(value, _)| value)
}

/// Parses the end of a range of scores, which the real servers hand to `strtod` as it is: up to a zero byte, blanks may
/// stand in front, nothing at all is zero, and what leaves the range of doubles becomes infinite or zero.
pub fn parse_f64_bound(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    if text.is_empty() { Some(0.0) } else { read_f64(&text[blanks..]).map(|(value, _)| value) }
}

/// A double, and whether it lies within the range of doubles rather than being the nearest there is.
fn read_f64(text: &[u8]) -> Option<(f64, bool)> {
    let (negative, rest) = split_sign(text);
    let (magnitude, is_within) = match rest {
        rest if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") => {
            (f64::INFINITY, true)
        }
        [b'0', b'x' | b'X', digits @ ..] => read_hex(digits)?,
        decimal => read_decimal(decimal)?,
    };
    Some((if negative { -magnitude } else { magnitude }, is_within))
}

/// Parses a double as a client reads it in a reply: NaN is welcome.
pub(crate) fn parse_f64_reply(text: &[u8]) -> Option<f64> {
    match split_sign(text).1 {
        b"nan" => Some(f64::NAN),
        _ => parse_f64(text),
    }
}

fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    }
}

/// Decimal digits, a point, an exponent.
fn read_decimal(text: &[u8]) -> Option<(f64, bool)> {
    let is_plain =
        text.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_plain || matches!(text.first(), Some(b'+' | b'-')) {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let mantissa = text.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or(text);
    let is_zero = mantissa.iter().all(|byte| matches!(byte, b'0' | b'.'));
    Some((value, value.is_finite() && (value != 0.0 || is_zero)))
}

/// Hexadecimal digits after `0x`, a point, and a binary exponent after `p`.
fn read_hex(text: &[u8]) -> Option<(f64, bool)> {
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'p' | b'P')) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (bits, shift) = hex_mantissa(mantissa)?;
    let value = scaled(bits, shift.saturating_add(exponent));
    Some((value, value.is_finite() && (value != 0.0 || bits == 0)))
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i64, |value, byte| (value * 10 + i64::from(byte - b'0')).min(1 << 40));
    Some(if negative { -value } else { value })
}

/// The digits' top bits, the lowest one sticky, and the power of two they stand before.
fn hex_mantissa(text: &[u8]) -> Option<(u64, i64)> {
    let (mut bits, mut shift, mut digits, mut point) = (0u64, 0i64, 0usize, false);
    for &byte in text {
        if byte == b'.' && !point {
            point = true;
            continue;
        }
        let digit = u64::from(char::from(byte).to_digit(16)?);
        digits += 1;
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            shift -= if point { 4 } else { 0 };
        } else {
            bits |= u64::from(digit != 0);
            shift += if point { 0 } else { 4 };
        }
    }
    (digits > 0).then_some((bits, shift))
}

/// `bits · 2^shift`, rounded once to nearest even.
fn scaled(bits: u64, shift: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let top = 63 - i64::from(bits.leading_zeros()) + shift;
    if top > 1023 {
        return f64::INFINITY;
    }
    // The exponent of the lowest bit a double of this size keeps.
    let lowest = (top - 52).max(-1074);
    let drop = lowest - shift;
    let kept = if drop <= 0 { u128::from(bits) << (-drop).min(64) } else { round_shift(bits, drop) };
    power_scaled(kept as u64, lowest)
}

/// `bits >> drop`, rounded to nearest, ties to even.
fn round_shift(bits: u64, drop: i64) -> u128 {
    if drop > 64 {
        return 0;
    }
    let wide = u128::from(bits);
    let (quotient, rest, half) = (wide >> drop, wide & ((1u128 << drop) - 1), 1u128 << (drop - 1));
    quotient + u128::from(rest > half || (rest == half && quotient & 1 == 1))
}

/// `mantissa · 2^exponent` where the product is exact.
fn power_scaled(mantissa: u64, exponent: i64) -> f64 {
    let half = exponent / 2;
    let power = |exponent: i64| match exponent {
        -1022..=1023 => f64::from_bits(((exponent + 1023) as u64) << 52),
        _ => 0.0,
    };
    mantissa as f64 * power(half) * power(exponent - half)
}

/// Prints a double as the real server's `d2string` does: integers without a point, everything else in (nearly
/// always) the shortest digits that read back, with an exponent where it is far from one.
pub fn format_f64(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    // Integers up to half the range of an i64 are printed as such, with all their digits.
    if value.abs() <= (i64::MAX / 2) as f64 && value.trunc() == value {
        return (value as i64).to_string();
    }
    shortest(value)
}

/// Prints a double as C's `%.17g`: 17 digits without zeros at the end, an exponent of two digits or more.
pub fn format_f64_17(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return format_f64(value);
    }
    let scientific = format!("{:.16e}", value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    let mut out = if value < 0.0 { "-".to_owned() } else { String::new() };
    if !(-4..17).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let sign = if exponent < 0 { '-' } else { '+' };
        let point = if rest.is_empty() { "" } else { "." };
        return out + &format!("{first}{point}{rest}e{sign}{:02}", exponent.abs());
    }
    if exponent + 1 >= digits.len() as i32 {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', (exponent + 1) as usize - digits.len()));
    } else {
        fixed_point(&mut out, digits, exponent + 1);
    }
    out
}

/// Prints a finite double with up to 17 digits after the point, without zeros at the end.
pub fn format_f64_fixed(value: f64) -> String {
    let text = format!("{value:.17}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" => "0".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// Prints a double in (nearly always) the shortest digits that read back, large integers with an exponent too.
pub fn format_f64_shortest(value: f64) -> String {
    if value.is_finite() && value != 0.0 { shortest(value) } else { format_f64(value) }
}

fn shortest(value: f64) -> String {
    let (digits, exponent) = grisu::digits(value.abs());
    let mut out = String::with_capacity(26);
    out.push_str(if value < 0.0 { "-" } else { "" });
    lay_out(&mut out, &digits, exponent);
    out
}

/// Writes `digits · 10^exponent` where the real server puts points, zeros and exponents.
fn lay_out(out: &mut String, digits: &str, exponent: i32) {
    let count = digits.len() as i32;
    let magnitude = exponent + count - 1;
    if exponent >= 0 && magnitude.abs() < count + 7 {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', exponent as usize));
    } else if exponent < 0 && (exponent > -7 || magnitude.abs() < 4) {
        fixed_point(out, digits, count + exponent);
    } else {
        scientific(out, digits, magnitude);
    }
}

/// The point stands after `whole` digits; negative means zeros in front.
fn fixed_point(out: &mut String, digits: &str, whole: i32) {
    if whole <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', whole.unsigned_abs() as usize));
        out.push_str(digits);
    } else {
        let (front, back) = digits.split_at(whole as usize);
        out.extend([front, ".", back]);
    }
}

fn scientific(out: &mut String, digits: &str, magnitude: i32) {
    let (first, rest) = digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() {
        out.extend([".", rest]);
    }
    out.push_str(if magnitude < 0 { "e-" } else { "e+" });
    out.push_str(&magnitude.unsigned_abs().to_string());
}

/// Appends an integer in decimal.
pub fn write_i64(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(Digits::of(value).as_bytes());
}

/// An integer's decimal digits on the stack.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    bytes: [u8; 20],
    start: usize,
}

impl Digits {
    /// The digits of `value`, a minus sign in front of a negative one.
    pub fn of(value: i64) -> Digits {
        let mut digits = Digits { bytes: [0; 20], start: 20 };
        let mut rest = value.unsigned_abs();
        while rest >= 100 {
            digits.put_pair((rest % 100) as usize);
            rest /= 100;
        }
        if rest >= 10 {
            digits.put_pair(rest as usize);
        } else {
            digits.put(b'0' + rest as u8);
        }
        if value < 0 {
            digits.put(b'-');
        }
        digits
    }

    /// The digits as text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    fn put_pair(&mut self, pair: usize) {
        self.start -= 2;
        self.bytes[self.start..self.start + 2].copy_from_slice(&PAIRS[2 * pair..2 * pair + 2]);
    }
}

/// `00` to `99`: two digits per division.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut at = 0;
    while at < 100 {
        pairs[2 * at] = b'0' + (at / 10) as u8;
        pairs[2 * at + 1] = b'0' + (at % 10) as u8;
        at += 1;
    }
    pairs
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_spelling() {
        for value in [0, 1, -1, 42, i64::MAX, i64::MIN, 10_000_000_000_000_000] {
            assert_eq!(parse_i64(value.to_string().as_bytes()), Some(value));
        }
        for text in ["", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1a", "0x1", "9223372036854775808"] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_i64(b"-9223372036854775809"), None);
        assert_eq!(parse_i64(b"99999999999999999999"), None);
    }

    #[test]
    fn digits_equal_the_standard_formatting() {
        for shift in 0..64 {
            for value in [1i64 << shift, (1i64 << shift).wrapping_neg(), (1i64 << shift).wrapping_sub(1)] {
                assert_eq!(Digits::of(value).as_bytes(), value.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn doubles_are_read_as_strtod_reads_them() {
        let check = |text: &str, value: f64| assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text:?}");
        check("+1", 1.0);
        check(".5", 0.5);
        check("5.", 5.0);
        check("1E5", 1e5);
        check("4.9e-324", 5e-324);
        check("0e500", 0.0);
        check("-INF", f64::NEG_INFINITY);
        check("+infinity", f64::INFINITY);
    }

    #[test]
    fn hexadecimal_doubles_are_rounded_once() {
        let check = |text: &str, value: f64| assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text:?}");
        check("0x10", 16.0);
        check("-0x.8", -0.5);
        check("0X1.P+3", 8.0);
        check("0x1.8p-1074", 1e-323);
        check("0x1.fffffffffffff8p0", 2.0);
        check("0x1.00000000000008p0", 1.0);
        check("0x1.000000000000080001p0", 1.000_000_000_000_000_2);
        check("0x0p9999", 0.0);
        assert_eq!(parse_f64(b"0x1p1024"), None);
    }

    #[test]
    fn what_is_no_number_or_leaves_the_range_is_refused() {
        for text in ["", " ", "1 ", " 1", "nan", "-nan", "1_0", "1\0", "1e", "0x", "0x1p", "1e400", "1e-400"]
        {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
        }
        for text in ["2e-324", "--1", "1.0.0", "infinit", ".", "+", "e5", "1e5.5", "0b1", "1f"] {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text:?}");
        }
    }

    /// Recorded from ZSCAN of a skiplist in Valkey 8.0.1.
    #[test]
    fn seventeen_digits_are_printed_as_c_prints_them() {
        let check = |value: f64, text: &str| assert_eq!(format_f64_17(value), text);
        check(0.1, "0.10000000000000001");
        check(-3.0, "-3");
        check(1e16, "10000000000000000");
        check(1e17, "1e+17");
        check(0.0001, "0.0001");
        check(0.00001, "1.0000000000000001e-05");
        check(5e-324, "4.9406564584124654e-324");
        check(123_456.75, "123456.75");
        check(-0.0, "-0");
        check(f64::INFINITY, "inf");
    }

    #[test]
    fn ends_of_ranges_are_read_more_leniently() {
        let check =
            |text: &str, value: f64| assert_eq!(parse_f64_bound(text.as_bytes()), Some(value), "{text:?}");
        check("", 0.0);
        check("\t -5", -5.0);
        check("1\0x", 1.0);
        check("-1e400", f64::NEG_INFINITY);
        check("0x1p5000", f64::INFINITY);
        check("1e-400", 0.0);
        for text in [" ", "1 ", "nan", "(1", "1e", "0x", "."] {
            assert_eq!(parse_f64_bound(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn fixed_doubles_have_no_exponent_and_no_zeros_at_the_end() {
        let check = |value: f64, text: &str| assert_eq!(format_f64_fixed(value), text);
        check(13.361389338970184, "13.36138933897018433");
        check(1e-7, "0.0000001");
        check(-180.0, "-180");
        check(-1e-20, "0");
    }

    #[test]
    fn doubles_print_as_the_real_server_prints_them() {
        let check = |value: f64, text: &str| assert_eq!(format_f64(value), text);
        check(3.0, "3");
        check(0.1, "0.1");
        check(1e-6, "0.000001");
        check(1e-7, "1e-7");
        check(1.5e-7, "1.5e-7");
        check(4.104219662927003e-9, "4.104219662927003e-9");
        check(1e16, "10000000000000000");
        check(4_611_686_018_427_386_880.0, "4611686018427386880");
        check(5e18, "5e+18");
        check(1e20, "1e+20");
        check(123_456_789_012_345_680.0, "123456789012345680");
        check(5e-324, "5e-324");
        check(f64::MAX, "1.7976931348623157e+308");
        check(f64::NEG_INFINITY, "-inf");
    }
}
