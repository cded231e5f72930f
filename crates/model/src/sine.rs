//! Sine, cosine and their inverse to the last bit: computed with twice the digits, then rounded. Only operations that
//! every processor does alike.

/// A number as the sum of two, of which the second is what the first lacks.
#[derive(Clone, Copy)]
struct Twice(f64, f64);

/// Terms smaller than this change nothing any more.
const NOTHING: f64 = 1e-36;

impl Twice {
    fn sum(a: f64, b: f64) -> Twice {
        let sum = a + b;
        let from_b = sum - a;
        Twice(sum, (a - (sum - from_b)) + (b - from_b))
    }

    fn product(a: f64, b: f64) -> Twice {
        let halves = |value: f64| {
            let high = value * 134_217_729.0;
            let high = high - (high - value);
            (high, value - high)
        };
        let (product, a, b) = (a * b, halves(a), halves(b));
        Twice(product, ((a.0 * b.0 - product) + a.0 * b.1 + a.1 * b.0) + a.1 * b.1)
    }

    fn plus(self, other: Twice) -> Twice {
        let high = Twice::sum(self.0, other.0);
        let low = Twice::sum(self.1, other.1);
        let sum = Twice::sum(high.0, high.1 + low.0);
        Twice::sum(sum.0, sum.1 + low.1)
    }

    fn times(self, other: Twice) -> Twice {
        let product = Twice::product(self.0, other.0);
        Twice::sum(product.0, product.1 + (self.0 * other.1 + self.1 * other.0))
    }

    fn over(self, divisor: f64) -> Twice {
        let quotient = self.0 / divisor;
        let back = Twice::product(quotient, divisor);
        Twice::sum(quotient, (((self.0 - back.0) - back.1) + self.1) / divisor)
    }
}

/// Taylor's series from a first term on; `n` is the last factor of the first term's factorial.
fn series(x: f64, first: Twice, mut n: f64) -> Twice {
    let square = Twice::product(x, x);
    let (mut sum, mut term) = (first, first);
    while term.0.abs() > NOTHING {
        let next = term.times(square).over(n + 1.0).over(n + 2.0);
        term = Twice(-next.0, -next.1);
        sum = sum.plus(term);
        n += 2.0;
    }
    sum
}

/// The sine of an angle of at most a turn.
pub(crate) fn sin(x: f64) -> f64 {
    series(x, Twice(x, 0.0), 1.0).0
}

/// The cosine of an angle of at most a turn.
pub(crate) fn cos(x: f64) -> f64 {
    series(x, Twice(1.0, 0.0), 0.0).0
}

/// The angle from zero to a quarter turn that has this sine.
pub(crate) fn asin(x: f64) -> f64 {
    let near = libm::asin(x);
    let lacks = Twice(x, 0.0).plus(series(-near, Twice(-near, 0.0), 1.0));
    let step = lacks.0 / cos(near);
    near + if step.is_finite() { step } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_comes_within_the_last_digits() {
        let mut random = resplay_base::Random::stream(11, "angles");
        for _ in 0..2_000 {
            let x = random.unit() * 1.5;
            let near = |one: f64, other: f64| assert!((one - other).abs() <= 4e-16 * one.abs(), "{x}");
            near(sin(x), libm::sin(x));
            near(cos(x), libm::cos(x));
            near(asin(x / 1.5), libm::asin(x / 1.5));
        }
        assert_eq!([sin(0.0), cos(0.0), asin(0.0)], [0.0, 1.0, 0.0]);
    }
}
