//! C's `strtold` on a whole text, as the real servers check it.

use super::{Extended, Number};
use num_bigint::BigUint;

/// The real servers copy the text into a buffer of this size, its end mark included.
const TEXT_BYTES_MAX: usize = 5 * 1024 - 1;
/// Beyond these powers of ten everything is infinite, or rounds to zero.
const TENS_MAX: i64 = 4_940;
const TENS_MIN: i64 = -4_970;
/// Quotients are computed to this many bits: 64 to keep, and more than one to round by.
const QUOTIENT_BITS: u64 = 68;

pub(super) fn parse(text: &[u8]) -> Option<Extended> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if [&b"inf"[..], b"infinity"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(Extended(Number::Infinite { negative }));
    }
    let number = match text {
        [b'0', b'x' | b'X', rest @ ..] => hexadecimal(negative, &Digits::split(rest, 16, b'p')?),
        _ => decimal(negative, &Digits::split(text, 10, b'e')?),
    };
    // errno would be ERANGE, with an infinity or a zero
    number.filter(|number| number.is_finite())
}

/// The parts of a number in some radix.
struct Digits {
    /// All significant digits, without the point.
    value: BigUint,
    /// How many of them there are.
    count: i64,
    /// How many stand behind the point.
    decimals: i64,
    /// The exponent as written, saturated.
    exponent: i64,
}

impl Digits {
    fn split(text: &[u8], radix: u8, exponent_mark: u8) -> Option<Digits> {
        let is_mark = |byte: &u8| byte.to_ascii_lowercase() == exponent_mark;
        let (digits, exponent) = match text.iter().position(is_mark) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, decimals) = match digits.iter().position(|&byte| byte == b'.') {
            Some(point) => (&digits[..point], &digits[point + 1..]),
            None => (digits, &[][..]),
        };
        let values: Vec<u8> = whole
            .iter()
            .chain(decimals)
            .map(|&byte| char::from(byte).to_digit(u32::from(radix)).map(|digit| digit as u8))
            .collect::<Option<_>>()?;
        let significant = values.iter().position(|&digit| digit != 0).unwrap_or(values.len());
        let significant = &values[significant..];
        if values.is_empty() {
            return None;
        }
        Some(Digits {
            value: BigUint::from_radix_be(significant, u32::from(radix)).unwrap_or_default(),
            count: significant.len() as i64,
            decimals: decimals.len() as i64,
            exponent,
        })
    }
}

/// A sign and digits; what no number can reach saturates.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude =
        digits.iter().fold(0i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000_000_000));
    Some(if negative { -magnitude } else { magnitude })
}

/// `None` when it rounds to zero without being zero.
fn decimal(negative: bool, digits: &Digits) -> Option<Extended> {
    let tens = digits.exponent - digits.decimals;
    if digits.count == 0 {
        return Some(zero(negative));
    }
    match digits.count + tens {
        TENS_MAX.. => return Some(Extended(Number::Infinite { negative })),
        ..TENS_MIN => return None,
        _ => {}
    }
    let power = BigUint::from(10u8).pow(u32::try_from(tens.unsigned_abs()).ok()?);
    let number = if tens >= 0 {
        Extended::round(negative, &digits.value * power, 0)
    } else {
        divide(negative, &digits.value, &power)
    };
    (number != zero(negative)).then_some(number)
}

/// The quotient, rounded once: whether anything remains is kept as one more bit.
fn divide(negative: bool, numerator: &BigUint, denominator: &BigUint) -> Extended {
    let left = (QUOTIENT_BITS + denominator.bits()).saturating_sub(numerator.bits());
    let shifted = numerator << left;
    let quotient = &shifted / denominator;
    let remains = &quotient * denominator != shifted;
    Extended::round(negative, (quotient << 1u8) + u8::from(remains), -(left as i64) - 1)
}

/// `None` when it rounds to zero without being zero.
fn hexadecimal(negative: bool, digits: &Digits) -> Option<Extended> {
    if digits.count == 0 {
        return Some(zero(negative));
    }
    let number = Extended::round(negative, digits.value.clone(), digits.exponent - 4 * digits.decimals);
    (number != zero(negative)).then_some(number)
}

fn zero(negative: bool) -> Extended {
    Extended(Number::Finite { negative, mantissa: 0, exponent: 0 })
}
