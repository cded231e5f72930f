//! Sine, cosine and arc sine to the last bit, as the C library of the real servers has them nearly always: distances
//! become scores, and those are printed with all their digits.
//!
//! A number of twice the precision is a pair: a double and what its rounding left over.

use std::f64::consts::FRAC_PI_2;

/// What is left of π/2 beyond a double, and beyond two.
const FRAC_PI_2_REST: [f64; 2] = [6.123_233_995_736_766e-17, -1.497_384_904_859_169_8e-33];
/// Beyond this the library's own precision must do.
const REDUCED_MAX: f64 = 8.0;

/// The sine of an angle in radians.
pub(crate) fn sin(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() || x.abs() > REDUCED_MAX { libm::sin(x) } else { sin_pair(x).rounded() }
}

/// The cosine of an angle in radians.
pub(crate) fn cos(x: f64) -> f64 {
    if x.is_nan() || x.abs() > REDUCED_MAX {
        return libm::cos(x);
    }
    let (quarter, rest) = reduce(x);
    quadrant(quarter + 1, rest).rounded()
}

/// The angle in radians that has this sine.
pub(crate) fn asin(x: f64) -> f64 {
    let near = libm::asin(x);
    // At the ends the sine tells too little of the angle.
    if x == 0.0 || x.is_nan() || x.abs() > 0.999 {
        return near;
    }
    let sine = sin_pair(near);
    near + (x - sine.high - sine.low) / libm::cos(near)
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    fn rounded(self) -> f64 {
        self.high + self.low
    }

    fn negated(self) -> Pair {
        Pair { high: -self.high, low: -self.low }
    }

    fn plus(self, other: Pair) -> Pair {
        let sum = exact_sum(self.high, other.high);
        exact_sum(sum.high, sum.low + (self.low + other.low))
    }

    fn times(self, other: Pair) -> Pair {
        let product = exact_product(self.high, other.high);
        exact_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

/// One over a whole number.
const fn inverse(of: f64) -> Pair {
    let high = 1.0 / of;
    let back = exact_product(high, of);
    Pair { high, low: (1.0 - back.high - back.low) / of }
}

fn exact_sum(one: f64, other: f64) -> Pair {
    let high = one + other;
    let part = high - one;
    Pair { high, low: (one - (high - part)) + (other - part) }
}

const fn exact_product(one: f64, other: f64) -> Pair {
    let ((a, b), (c, d)) = (halves(one), halves(other));
    let high = one * other;
    Pair { high, low: ((a * c - high) + a * d + b * c) + b * d }
}

/// Two numbers of half the digits, so that products of them are exact.
const fn halves(value: f64) -> (f64, f64) {
    let wide = value * 134_217_729.0;
    let upper = wide - (wide - value);
    (upper, value - upper)
}

/// How many quarter turns, and the rest: at most an eighth of a turn.
fn reduce(x: f64) -> (i64, Pair) {
    let quarters = libm::round(x / FRAC_PI_2);
    let mut rest = Pair { high: x, low: 0.0 };
    for part in [FRAC_PI_2, FRAC_PI_2_REST[0], FRAC_PI_2_REST[1]] {
        rest = rest.plus(exact_product(-quarters, part));
    }
    (quarters as i64, rest)
}

fn sin_pair(x: f64) -> Pair {
    let (quarter, rest) = reduce(x);
    quadrant(quarter, rest)
}

/// The sine of so many quarter turns and a rest.
fn quadrant(quarter: i64, rest: Pair) -> Pair {
    let value = if quarter & 1 == 0 { small_sin(rest) } else { small_cos(rest) };
    if quarter & 2 == 0 { value } else { value.negated() }
}

/// How many terms are summed up in doubles; the next one is too small to matter.
const TERMS: usize = 9;

/// `1/first!`, `1/(first+2)!`, …
const fn coefficients(first: usize) -> [f64; TERMS] {
    let (mut all, mut factorial, mut n) = ([0.0; TERMS], 1.0, 1);
    while n < first + 2 * TERMS {
        factorial *= n as f64;
        if n >= first && (n - first).is_multiple_of(2) {
            all[(n - first) / 2] = 1.0 / factorial;
        }
        n += 1;
    }
    all
}

/// The alternating sum of these terms of a series in `square`.
fn tail(square: f64, coefficients: &[f64; TERMS]) -> Pair {
    Pair { high: coefficients.iter().rev().fold(0.0, |sum, term| term - square * sum), low: 0.0 }
}

/// x - x³/3! + x⁵/5! - …
fn small_sin(x: Pair) -> Pair {
    const OVER_3: Pair = inverse(6.0);
    const OVER_5: Pair = inverse(120.0);
    const FROM_7: [f64; TERMS] = coefficients(7);
    let square = x.times(x);
    let inner = OVER_5.plus(square.times(tail(square.high, &FROM_7).negated()));
    let outer = OVER_3.negated().plus(square.times(inner));
    x.plus(x.times(square.times(outer)))
}

/// 1 - x²/2! + x⁴/4! - …
fn small_cos(x: Pair) -> Pair {
    const OVER_4: Pair = inverse(24.0);
    const OVER_6: Pair = inverse(720.0);
    const FROM_8: [f64; TERMS] = coefficients(8);
    let square = x.times(x);
    let third = OVER_6.negated().plus(square.times(tail(square.high, &FROM_8)));
    let second = OVER_4.plus(square.times(third));
    let first = Pair { high: -0.5, low: 0.0 }.plus(square.times(second));
    Pair { high: 1.0, low: 0.0 }.plus(square.times(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_further_from_the_librarys_than_its_error() {
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let unit = (state >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0;
            let near = |one: f64, other: f64| (one - other).abs() <= other.abs() * f64::EPSILON;
            assert!(near(sin(unit * 7.0), libm::sin(unit * 7.0)), "sin {unit}");
            assert!(near(cos(unit * 7.0), libm::cos(unit * 7.0)), "cos {unit}");
            assert!(near(asin(unit), libm::asin(unit)), "asin {unit}");
        }
    }

    /// From the C library that the real servers use.
    #[test]
    fn values_that_the_plain_library_rounds_wrongly_are_right() {
        for (function, x, value) in RECORDED {
            assert_eq!(function(*x).to_bits(), value.to_bits(), "{x:e}");
        }
    }

    type Function = fn(f64) -> f64;
    const RECORDED: &[(Function, f64, f64)] = &[
        (sin, -2.50927620724667, -0.5910149279829048),
        (sin, -4.428316616987076, 0.9599220516638166),
        (sin, -0.8525600361986856, -0.7529675221748487),
        (cos, 4.035912949918092, -0.6260489828335),
        (cos, -2.01705911872539, -0.4315973462492407),
        (cos, -4.2244176555787725, -0.46883495418023474),
        (asin, -0.8691613760515251, -1.0535039801551005),
        (asin, -0.5935434796942392, -0.635454651007818),
        (asin, 0.9475901504186661, 1.245606670399862),
    ];
}
