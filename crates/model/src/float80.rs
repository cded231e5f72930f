//! The x87's 80-bit extended precision, which INCRBYFLOAT and HINCRBYFLOAT compute in: 64 bits of mantissa, rounded
//! to nearest even, worked out with whole numbers.

use crate::natural::Natural;
use std::cmp::Ordering;

/// The exponent of the lowest bit of the smallest number.
const LOWEST: i64 = -16445;
/// The exponent of the highest bit of the greatest number.
const HIGHEST: i64 = 16383;

/// A number: `mantissa · 2^exponent`, or an infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Float80 {
    is_negative: bool,
    /// At most 64 bits; `None` is infinity.
    mantissa: Option<u64>,
    exponent: i64,
}

impl Float80 {
    /// Reads a number as `strtold` does, in full and without spaces in front; NaN and what leaves the range are no
    /// numbers.
    pub(crate) fn parse(text: &[u8]) -> Option<Float80> {
        let text = std::str::from_utf8(text).ok()?;
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let magnitude = match unsigned.to_ascii_lowercase().as_str() {
            "inf" | "infinity" => Float80 { is_negative: false, mantissa: None, exponent: 0 },
            lower => match lower.strip_prefix("0x") {
                Some(digits) => parse_digits(digits, 16)?,
                None => parse_digits(lower, 10)?,
            },
        };
        Some(Float80 { is_negative: text.starts_with('-'), ..magnitude })
    }

    /// As a double; what is too great for one becomes infinite, and what is too small a tiny number.
    pub(crate) fn as_f64(&self) -> f64 {
        let size = match self.mantissa {
            None => f64::INFINITY,
            Some(0) => 0.0,
            Some(mantissa) => {
                let scale = libm::pow(2.0, self.exponent as f64);
                (mantissa as f64 * scale).max(f64::MIN_POSITIVE)
            }
        };
        if self.is_negative { -size } else { size }
    }

    pub(crate) fn is_infinite(&self) -> bool {
        self.mantissa.is_none()
    }

    /// The sum; `None` when it is no finite number.
    pub(crate) fn plus(&self, other: &Float80) -> Option<Float80> {
        let floor = self.exponent.min(other.exponent);
        let aligned =
            |number: &Float80| Some(Natural::from(number.mantissa?).shifted_left(number.exponent - floor));
        let (mine, theirs) = (aligned(self)?, aligned(other)?);
        let (is_negative, sum) = match (self.is_negative == other.is_negative, mine.compare(&theirs)) {
            (true, _) => (self.is_negative, mine.plus(&theirs)),
            (false, Ordering::Less) => (other.is_negative, theirs.minus(&mine)),
            (false, _) => (self.is_negative, mine.minus(&theirs)),
        };
        let rounded = round(&sum, floor, false);
        (!rounded.is_infinite()).then_some(Float80 { is_negative, ..rounded })
    }

    /// As `%.17Lf` prints it, without zeros at the end of the fraction; zero has no sign.
    pub(crate) fn print(&self) -> String {
        let scaled = Natural::from(self.mantissa.unwrap_or(0)).times_ten_to(17);
        let whole = match self.exponent >= 0 {
            true => scaled.shifted_left(self.exponent),
            false => shifted_right_rounded(&scaled, -self.exponent),
        };
        let digits = format!("{:0>18}", whole.decimal());
        let (integer, fraction) = digits.split_at(digits.len() - 17);
        let text = format!("{integer}.{fraction}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        let sign = if self.is_negative && text != "0" { "-" } else { "" };
        format!("{sign}{text}")
    }
}

/// Digits with at most one point, and an exponent: of ten after `e`, or of two after `p` in hexadecimal.
fn parse_digits(text: &str, base: u32) -> Option<Float80> {
    let (mantissa, exponent) = match text.split_once(if base == 10 { 'e' } else { 'p' }) {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let digits = all.chars().map(|c| c.to_digit(base)).collect::<Option<Vec<u32>>>()?;
    let value = digits.iter().fold(Natural::default(), |value, &digit| value.times_plus(base, digit));
    let places = fraction.len() as i64;
    let float = match base {
        10 => decimal(&value, exponent - places),
        _ => round(&value, exponent - 4 * places, false),
    };
    let is_in_range = !float.is_infinite() && (float.mantissa != Some(0) || value.is_zero());
    is_in_range.then_some(float)
}

/// A decimal exponent, bounded so far out that nothing changes.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.bytes().fold(0i64, |value, byte| (value * 10 + i64::from(byte - b'0')).min(1 << 40));
    Some(if text.starts_with('-') { -value } else { value })
}

/// `value · 10^power`, rounded.
fn decimal(value: &Natural, power: i64) -> Float80 {
    // Where the first digit stands, roughly: far out of range, so that no huge power need be computed.
    let magnitude = value.bits() * 30103 / 100_000 + power;
    if value.is_zero() || magnitude < -5_100 {
        return Float80 { is_negative: false, mantissa: Some(0), exponent: 0 };
    }
    if magnitude > 5_100 {
        return Float80 { is_negative: false, mantissa: None, exponent: 0 };
    }
    if power >= 0 {
        return round(&value.times_ten_to(power as u32), 0, false);
    }
    let divisor = Natural::from(1).times_ten_to(power.unsigned_abs() as u32);
    let shift = (divisor.bits() - value.bits() + 70).max(0);
    let (quotient, has_rest) = divide(&value.shifted_left(shift), &divisor);
    round(&quotient, -shift, has_rest)
}

/// Divides numbers of any size: brings the quotient below 128 bits first, keeping whether anything was dropped.
fn divide(value: &Natural, divisor: &Natural) -> (Natural, bool) {
    let excess = (value.bits() - divisor.bits() - 100).max(0);
    let (top, dropped) = value.shifted_right(excess);
    let (quotient, has_rest) = top.divided(divisor);
    let wide = Natural::from((quotient >> 64) as u64).shifted_left(64).plus(&Natural::from(quotient as u64));
    (wide.shifted_left(excess), dropped || has_rest)
}

/// `value · 2^exponent` to 64 bits of mantissa, nearest even; `has_more`: a little more than that.
fn round(value: &Natural, exponent: i64, has_more: bool) -> Float80 {
    let drop = (value.bits() - 64).max(LOWEST - exponent);
    if drop <= 0 {
        return Float80 { is_negative: false, mantissa: Some(value.low() as u64), exponent };
    }
    let mut rounded = halfway_rounded(value, drop, has_more);
    let mut exponent = exponent + drop;
    if rounded.bits() > 64 {
        rounded = rounded.shifted_right(1).0;
        exponent += 1;
    }
    let is_too_great = rounded.bits() + exponent - 1 > HIGHEST;
    Float80 { is_negative: false, mantissa: (!is_too_great).then_some(rounded.low() as u64), exponent }
}

fn shifted_right_rounded(value: &Natural, drop: i64) -> Natural {
    halfway_rounded(value, drop, false)
}

/// Drops so many bits, rounding to nearest, ties to even; `drop` must be positive.
fn halfway_rounded(value: &Natural, drop: i64, has_more: bool) -> Natural {
    let (with_half, has_less_than_half) = value.shifted_right(drop - 1);
    let (kept, half) = with_half.shifted_right(1);
    let is_up = half && (has_less_than_half || has_more || kept.is_odd());
    kept.plus(&Natural::from(u64::from(is_up)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(a: &str, b: &str) -> Option<String> {
        Float80::parse(a.as_bytes())?.plus(&Float80::parse(b.as_bytes())?).map(|sum| sum.print())
    }

    /// Recorded from the real server: SET k A, INCRBYFLOAT k B.
    #[test]
    fn sums_print_as_the_real_server_prints_them() {
        for (a, b, expect) in [
            ("10.50", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("3.0", "1.1", "4.1"),
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("-0.0", "-0", "0"),
            ("1e17", "0.5", "100000000000000000.5"),
            ("0x1p4", "0xA.8", "26.5"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(expect), "{a} + {b}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for text in ["", "nan", "1e5000", "1e-5000", "1 ", "1e", "0x", "--1", "1.2.3", ".", "1_0"] {
            assert_eq!(Float80::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(sum("inf", "1"), None);
        assert_eq!(sum("1.1e4932", "1.1e4932"), None);
    }
}
