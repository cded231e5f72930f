//! The arithmetic of INCRBYFLOAT and HINCRBYFLOAT: x87's 80-bit extended precision, in software.
//!
//! The real servers compute in C's `long double` and print with `%.17Lf`. On x86-64 that is a number with a
//! 64-bit mantissa; here it is the same everywhere, to the last bit: conversions are exact on big integers
//! and round once, to nearest, ties to even.

mod parse;

use num_bigint::{BigInt, BigUint, Sign};

/// An 80-bit number: anything but NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extended(Number);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    /// `mantissa` times two to the `exponent`.
    Finite {
        negative: bool,
        mantissa: u64,
        exponent: i32,
    },
    Infinite {
        negative: bool,
    },
}

/// The weight of the lowest bit of the smallest denormal number, and of the greatest number.
const EXPONENT_MIN: i64 = -16_445;
const EXPONENT_MAX: i64 = 16_320;
const MANTISSA_BITS: i64 = 64;
/// Digits that are printed after the point.
const DECIMALS: usize = 17;

impl Extended {
    /// Reads text as the real servers do, with C's `strtold`: decimal or hexadecimal, with or without an
    /// exponent, or infinite. `None` when it is anything else, overflows, or is not zero but rounds to it.
    pub fn parse(text: &[u8]) -> Option<Extended> {
        parse::parse(text)
    }

    /// The sum, rounded once; `None` when it is not a finite number.
    pub fn plus(self, other: Extended) -> Option<Extended> {
        let ((left, left_exponent), (right, right_exponent)) = (self.exact()?, other.exact()?);
        let common = left_exponent.min(right_exponent);
        let sum = (left << (left_exponent - common)) + (right << (right_exponent - common));
        let negative = sum.sign() == Sign::Minus;
        Some(Extended::round(negative, sum.into_parts().1, i64::from(common))).filter(|sum| sum.is_finite())
    }

    /// The product with a whole number, rounded once as C does, and then up to the next integer. What is below the least
    /// integer is that; `None` beyond the greatest.
    pub fn times_rounded_up(self, factor: u32) -> Option<i64> {
        let beyond = |number: Extended| number.is_negative().then_some(i64::MIN);
        let Some((value, exponent)) = self.exact() else { return beyond(self) };
        let product = value * factor;
        let product = Extended::round(self.is_negative(), product.into_parts().1, i64::from(exponent));
        let Some((value, exponent)) = product.exact() else { return beyond(product) };
        // A shift of a negative number rounds down.
        let whole = if exponent >= 0 { value << exponent } else { -(-value >> -exponent) };
        i64::try_from(whole).ok().or_else(|| beyond(product))
    }

    fn is_negative(self) -> bool {
        match self.0 {
            Number::Finite { negative, .. } | Number::Infinite { negative } => negative,
        }
    }

    /// Whether it is neither of the infinities.
    pub fn is_finite(self) -> bool {
        matches!(self.0, Number::Finite { .. })
    }

    /// The number with 17 decimals, rounded to nearest even, without trailing zeros: what the real servers
    /// store and reply. Zero has no sign.
    pub fn print(self) -> String {
        let (negative, mantissa, exponent) = match self.0 {
            Number::Finite { negative, mantissa, exponent } => (negative, mantissa, exponent),
            Number::Infinite { negative: false } => return "inf".to_owned(),
            Number::Infinite { negative: true } => return "-inf".to_owned(),
        };
        let scaled = BigUint::from(mantissa) * BigUint::from(10u8).pow(DECIMALS as u32);
        let digits = match u64::try_from(exponent) {
            Ok(left) => scaled << left,
            Err(_) => shift_right_to_even(scaled, u64::from(exponent.unsigned_abs())),
        };
        let digits = format!("{digits:0>width$}", width = DECIMALS + 1);
        let (whole, decimals) = digits.split_at(digits.len() - DECIMALS);
        let text = format!("{whole}.{decimals}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        if negative && text != "0" { format!("-{text}") } else { text.to_owned() }
    }

    /// The finite number as a big integer and the exponent of two that belongs to it.
    fn exact(self) -> Option<(BigInt, i32)> {
        let Number::Finite { negative, mantissa, exponent } = self.0 else { return None };
        let magnitude = BigInt::from(mantissa);
        Some((if negative { -magnitude } else { magnitude }, exponent))
    }

    /// The number nearest to `mantissa` times two to the `exponent`.
    fn round(negative: bool, mantissa: BigUint, exponent: i64) -> Extended {
        let excess = (mantissa.bits() as i64 - MANTISSA_BITS).max(EXPONENT_MIN - exponent);
        let (mut mantissa, mut exponent) = match u64::try_from(excess) {
            Ok(drop) => (shift_right_to_even(mantissa, drop), exponent + excess),
            Err(_) => (mantissa, exponent),
        };
        let room = (MANTISSA_BITS - mantissa.bits() as i64).min(exponent - EXPONENT_MIN);
        if room < 0 {
            mantissa >>= 1u8; // rounding carried into a 65th bit; the lowest is zero then
            exponent += 1;
        } else {
            mantissa <<= room;
            exponent -= room;
        }
        match u64::try_from(mantissa) {
            Ok(0) => Extended(Number::Finite { negative, mantissa: 0, exponent: 0 }),
            Ok(mantissa) if exponent <= EXPONENT_MAX => {
                Extended(Number::Finite { negative, mantissa, exponent: exponent as i32 })
            }
            _ => Extended(Number::Infinite { negative }),
        }
    }
}

impl From<i64> for Extended {
    fn from(int: i64) -> Extended {
        Extended::round(int < 0, BigUint::from(int.unsigned_abs()), 0)
    }
}

/// Drops so many low bits, rounding to nearest, ties to even.
fn shift_right_to_even(number: BigUint, bits: u64) -> BigUint {
    if bits == 0 {
        return number;
    }
    let kept = &number >> bits;
    let half = number.bit(bits - 1);
    let beyond_half = number.trailing_zeros().is_some_and(|zeros| zeros < bits - 1);
    if half && (beyond_half || kept.bit(0)) { kept + 1u8 } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(text: &str) -> Option<String> {
        Extended::parse(text.as_bytes()).map(Extended::print)
    }

    #[test]
    fn what_strtold_reads_is_read() {
        for (text, printed) in [
            ("0x10", "16"),
            ("+.5", "0.5"),
            ("5.", "5"),
            ("-0", "0"),
            ("1e2", "100"),
            ("0e999999999999999999999", "0"),
            ("0X1.8p-1", "0.75"),
            ("-INF", "-inf"),
            ("infinity", "inf"),
        ] {
            assert_eq!(print(text).as_deref(), Some(printed), "{text}");
        }
    }

    #[test]
    fn a_product_is_rounded_up() {
        let product = |text: &str| Extended::parse(text.as_bytes()).and_then(|it| it.times_rounded_up(1000));
        for (text, rounded) in [
            ("0.001", 1),
            ("0.0011", 2),
            ("1e-400", 1),
            ("-0.0019", -1),
            ("2", 2000),
            ("-0", 0),
            ("-inf", i64::MIN),
        ] {
            assert_eq!(product(text), Some(rounded), "{text}");
        }
        assert_eq!(product("9223372036854775.807"), Some(i64::MAX));
        assert_eq!([product("9223372036854775.808"), product("1e400"), product("inf")], [None; 3]);
        assert_eq!(product("-1e400"), Some(i64::MIN));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["", " 1", "1 ", "nan", "1e", "0x", "0xp1", ".", "e5", "1e5000", "1e-5000", "1,5", "--1", "1\0"]
        {
            assert_eq!(print(text), None, "{text}");
        }
    }

    #[test]
    fn a_sum_is_rounded_to_64_bits_of_mantissa() {
        let two_to_64 = Extended::parse(b"18446744073709551616").expect("a number");
        assert_eq!(
            two_to_64.plus(Extended::from(1)).map(Extended::print).as_deref(),
            Some("18446744073709551616")
        );
        assert_eq!(
            two_to_64.plus(Extended::from(3)).map(Extended::print).as_deref(),
            Some("18446744073709551620")
        );
        assert_eq!(Extended::from(i64::MIN).print(), "-9223372036854775808");
    }

    #[test]
    fn no_sum_is_infinite() {
        let greatest = Extended::parse(b"0x1.fffffffffffffffep16383").expect("a number");
        assert_eq!(greatest.plus(greatest), None);
        let infinite = Extended::parse(b"inf").expect("a number");
        assert_eq!(infinite.plus(Extended::from(1)), None);
    }
}
