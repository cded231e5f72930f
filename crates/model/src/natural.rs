//! Natural numbers of any size, in the schoolbook way. Enough for what the 80-bit floats need, and no more.

use std::cmp::Ordering;

/// A natural number: 32-bit digits, least first, none of them leading zeros.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Natural(Vec<u32>);

impl From<u64> for Natural {
    fn from(value: u64) -> Natural {
        Natural(vec![value as u32, (value >> 32) as u32]).trimmed()
    }
}

impl Natural {
    fn trimmed(mut self) -> Natural {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bits the number has; zero has none.
    pub(crate) fn bits(&self) -> i64 {
        self.0.last().map_or(0, |top| self.0.len() as i64 * 32 - i64::from(top.leading_zeros()))
    }

    /// Multiplies and adds small numbers: appends a digit of base `by`.
    pub(crate) fn times_plus(&self, by: u32, plus: u32) -> Natural {
        let mut carry = u64::from(plus);
        let mut digits = Vec::with_capacity(self.0.len() + 1);
        for &digit in &self.0 {
            carry += u64::from(digit) * u64::from(by);
            digits.push(carry as u32);
            carry >>= 32;
        }
        digits.push(carry as u32);
        Natural(digits).trimmed()
    }

    /// Times ten to this power.
    pub(crate) fn times_ten_to(&self, power: u32) -> Natural {
        (0..power).fold(self.clone(), |value, _| value.times_plus(10, 0))
    }

    /// Divides by a small number; quotient and rest.
    fn divided_by(&self, by: u32) -> (Natural, u32) {
        let mut rest = 0u64;
        let mut digits = self.0.clone();
        for digit in digits.iter_mut().rev() {
            rest = rest << 32 | u64::from(*digit);
            *digit = (rest / u64::from(by)) as u32;
            rest %= u64::from(by);
        }
        (Natural(digits).trimmed(), rest as u32)
    }

    pub(crate) fn plus(&self, other: &Natural) -> Natural {
        let mut carry = 0u64;
        let digit = |number: &Natural, at: usize| u64::from(number.0.get(at).copied().unwrap_or(0));
        let length = self.0.len().max(other.0.len()) + 1;
        let digits = (0..length).map(|at| {
            carry += digit(self, at) + digit(other, at);
            let low = carry as u32;
            carry >>= 32;
            low
        });
        Natural(digits.collect()).trimmed()
    }

    /// The difference; the other must not be greater.
    pub(crate) fn minus(&self, other: &Natural) -> Natural {
        let mut borrow = 0i64;
        let digits = self.0.iter().enumerate().map(|(at, &digit)| {
            let difference = i64::from(digit) - i64::from(other.0.get(at).copied().unwrap_or(0)) - borrow;
            borrow = i64::from(difference < 0);
            difference as u32
        });
        Natural(digits.collect()).trimmed()
    }

    /// Times two to this power.
    pub(crate) fn shifted_left(&self, by: i64) -> Natural {
        let (whole, part) = ((by / 32) as usize, (by % 32) as u32);
        let shifted = self.times_plus_wide(1u64 << part);
        Natural([vec![0; whole], shifted.0].concat()).trimmed()
    }

    fn times_plus_wide(&self, by: u64) -> Natural {
        let low = self.times_plus(by as u32, 0);
        match by >> 32 {
            0 => low,
            high => low.plus(&Natural([vec![0], self.times_plus(high as u32, 0).0].concat())),
        }
    }

    /// Divided by two to this power; the number and whether anything but zeros was dropped.
    pub(crate) fn shifted_right(&self, by: i64) -> (Natural, bool) {
        let (whole, part) = ((by / 32) as usize, (by % 32) as u32);
        let Some(kept) = self.0.get(whole..) else { return (Natural::default(), !self.is_zero()) };
        let (quotient, rest) = Natural(kept.to_vec()).divided_by_power(part);
        (quotient, rest != 0 || self.0[..whole].iter().any(|&digit| digit != 0))
    }

    fn divided_by_power(&self, part: u32) -> (Natural, u32) {
        self.divided_by(1u32 << part)
    }

    /// Divides; the quotient, which must fit 128 bits, and whether a rest remains. One bit at a time.
    pub(crate) fn divided(&self, by: &Natural) -> (u128, bool) {
        let mut rest = self.clone();
        let mut quotient = 0u128;
        for bit in (0..=(self.bits() - by.bits()).max(0)).rev() {
            let part = by.shifted_left(bit);
            if rest.compare(&part) != Ordering::Less {
                rest = rest.minus(&part);
                quotient |= 1 << bit;
            }
        }
        (quotient, !rest.is_zero())
    }

    pub(crate) fn compare(&self, other: &Natural) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    pub(crate) fn is_odd(&self) -> bool {
        self.0.first().is_some_and(|digit| digit & 1 == 1)
    }

    /// The low 128 bits.
    pub(crate) fn low(&self) -> u128 {
        self.0.iter().take(4).rev().fold(0, |value, &digit| value << 32 | u128::from(digit))
    }

    /// In decimal, without leading zeros; nothing for zero.
    pub(crate) fn decimal(&self) -> String {
        let mut rest = self.clone();
        let mut groups = Vec::new();
        while !rest.is_zero() {
            let (quotient, group) = rest.divided_by(1_000_000_000);
            groups.push(format!("{group:09}"));
            rest = quotient;
        }
        groups.reverse();
        groups.concat().trim_start_matches('0').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_agrees_with_128_bits() {
        let (a, b) = (0xdead_beef_1234_5678_u64, 0xffff_ffff_u64);
        let wide = |value: u64| Natural::from(value);
        assert_eq!(wide(a).plus(&wide(b)).low(), u128::from(a) + u128::from(b));
        assert_eq!(wide(a).minus(&wide(b)).low(), u128::from(a - b));
        assert_eq!(wide(a).shifted_left(61).low(), u128::from(a) << 61);
        assert_eq!(wide(a).shifted_left(61).shifted_right(61), (wide(a), false));
        assert_eq!(wide(a).divided(&wide(b)), (u128::from(a / b), a % b != 0));
        assert_eq!(wide(a).times_ten_to(5).decimal(), (u128::from(a) * 100_000).to_string());
    }
}
