//! Numbers, to text and back.

use super::Bytes;
use resplay_datatypes::extended::Extended;
use resplay_resp::number::{
    Digits, format_f64, format_f64_17, format_f64_fixed, format_f64_shortest, parse_f64, parse_f64_bound,
    parse_i64,
};

/// Digits that tell any double from any other.
const DIGITS_MAX: usize = 17;

/// Numbers: what is printed is read as the same number, and text that is a number has the one form that is printed for it,
/// where there is only one.
///
/// The input: a 64-bit number, text.
pub(super) fn numbers(data: &[u8]) {
    let mut data = Bytes(data);
    let bits = data.u64();
    let text = data.0;
    integer(bits as i64);
    double(f64::from_bits(bits));
    integer_text(text);
    double_text(text);
    extended_text(text);
    exact_sum(bits as i64);
}

fn integer(value: i64) {
    assert_eq!(Digits::of(value).as_bytes(), value.to_string().as_bytes());
    assert_eq!(parse_i64(value.to_string().as_bytes()), Some(value));
}

/// The text of an integer is the only one for it.
fn integer_text(text: &[u8]) {
    if let Some(value) = parse_i64(text) {
        assert_eq!(Digits::of(value).as_bytes(), text);
    }
}

fn double(value: f64) {
    if value.is_nan() {
        assert_eq!(parse_f64(format_f64(value).as_bytes()), None, "NaN is refused");
        return;
    }
    for print in [format_f64, format_f64_17, format_f64_shortest] {
        let text = print(value);
        let read = parse_f64(text.as_bytes());
        assert_eq!(read.map(f64::to_bits), Some(value.to_bits()), "{value:e} printed as {text}");
    }
    let text = format_f64_shortest(value);
    let mantissa = text.split('e').next().unwrap_or_default();
    let digits = mantissa.trim_matches(|char: char| !char.is_ascii_digit() || char == '0');
    let digits = digits.chars().filter(char::is_ascii_digit).count();
    assert!(digits <= DIGITS_MAX, "{digits} digits in {text}");
    if value.is_finite() {
        let fixed = format_f64_fixed(value);
        let read = parse_f64(fixed.as_bytes()).expect("a number");
        assert!(
            (read - value).abs() <= f64::max(1e-17, value.abs() * f64::EPSILON),
            "{value:e} printed as {fixed}"
        );
    }
}

fn double_text(text: &[u8]) {
    let Some(value) = parse_f64(text) else { return };
    assert!(!value.is_nan());
    double(value);
    assert_eq!(
        parse_f64_bound(text).map(f64::to_bits),
        Some(value.to_bits()),
        "what is a number bounds a range"
    );
    let plain = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    if let Some(plain) = plain {
        assert_eq!(plain.to_bits(), value.to_bits(), "by the standard library");
    }
}

/// What is printed with 17 decimals is read as a number that is printed so.
fn extended_text(text: &[u8]) {
    let Some(value) = Extended::parse(text) else { return };
    let printed = value.print();
    let again = Extended::parse(printed.as_bytes()).map(Extended::print);
    assert_eq!(again.as_deref(), Some(printed.as_str()));
    let product = value.times_rounded_up(1_000);
    let is_positive = printed.starts_with(|char: char| char.is_ascii_digit()) && printed != "0";
    assert!(!is_positive || product.is_none_or(|product| product > 0), "{printed} rounded to {product:?}");
    if let Some(sum) = value.plus(Extended::from(0)) {
        assert_eq!(sum.print(), printed, "plus zero");
    }
}

/// A 64-bit integer fits the mantissa.
fn exact_sum(int: i64) {
    assert_eq!(Extended::from(int).print(), int.to_string());
    let zero = Extended::from(int).plus(Extended::from(-(int >> 1))).map(Extended::print);
    assert_eq!(zero, Some((i128::from(int) - i128::from(int >> 1)).to_string()));
}
