//! What a counter may hold, from the increments that are or may be in it.

use super::uses::Use;
use std::fmt;

/// Amounts from the least to the most. Sums of 64-bit numbers: these do not overflow here, whatever the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    least: i128,
    most: i128,
}

impl Amounts {
    pub(super) const ZERO: Amounts = Amounts { least: 0, most: 0 };

    /// An increment may be in it as well.
    pub(super) fn perhaps(self, by: i128) -> Amounts {
        Amounts { least: self.least + by.min(0), most: self.most + by.max(0) }
    }

    /// Each of these and each of those.
    pub(super) fn plus(self, other: Amounts) -> Amounts {
        Amounts { least: self.least + other.least, most: self.most + other.most }
    }

    pub(super) fn contains(self, amount: i128) -> bool {
        (self.least..=self.most).contains(&amount)
    }

    /// Those of these amounts that become this value when so much is added.
    pub(super) fn explaining(self, value: i128, added: Amounts) -> Amounts {
        Amounts { least: self.least.max(value - added.most), most: self.most.min(value - added.least) }
    }
}

impl fmt::Display for Amounts {
    /// `7`, `7 to 9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.least == self.most {
            true => write!(f, "{}", self.least),
            false => write!(f, "{} to {}", self.least, self.most),
        }
    }
}

/// The increments of a life. A positive one may be in the counter from its request on, and is in it from its reply on: it
/// raises the most at the former, the least at the latter. A negative one the other way round.
#[derive(Default)]
pub(super) struct Sums {
    may_add: Running,
    may_take: Running,
    adds: Running,
    takes: Running,
}

impl Sums {
    /// A certain increment took place in this life, before its reply; another perhaps, and perhaps later.
    pub(super) fn add(&mut self, one: &Use<'_>, is_certain: bool) {
        self.may_add.0.push((one.from_ns, one.by.max(0)));
        self.may_take.0.push((one.from_ns, one.by.min(0)));
        if let Some(to_ns) = one.to_ns.filter(|_| is_certain) {
            self.adds.0.push((to_ns, one.by.max(0)));
            self.takes.0.push((to_ns, one.by.min(0)));
        }
    }

    pub(super) fn in_order(mut self) -> Sums {
        let all = [&mut self.may_add, &mut self.may_take, &mut self.adds, &mut self.takes];
        all.into_iter().for_each(Running::accumulate);
        self
    }

    /// What was added between the beginning of the life and the moment at which this operation took place; its own increment is certain
    /// to it.
    pub(super) fn added(&self, one: &Use<'_>) -> Amounts {
        let to_ns = one.to_ns.unwrap_or(u64::MAX);
        // What begins when another ends overlaps with it.
        Amounts {
            least: self.adds.before(one.from_ns) + self.may_take.until(to_ns) + one.by.max(0),
            most: self.may_add.until(to_ns) + self.takes.before(one.from_ns) + one.by.min(0),
        }
    }
}

/// Times and amounts; in order, each with the sum up to it.
#[derive(Default)]
struct Running(Vec<(u64, i128)>);

impl Running {
    fn accumulate(&mut self) {
        self.0.sort_by_key(|(ns, _)| *ns);
        let mut sum = 0;
        for (_, amount) in &mut self.0 {
            sum += *amount;
            *amount = sum;
        }
    }

    fn before(&self, ns: u64) -> i128 {
        self.sum(self.0.partition_point(|(at, _)| *at < ns))
    }

    fn until(&self, ns: u64) -> i128 {
        self.sum(self.0.partition_point(|(at, _)| *at <= ns))
    }

    fn sum(&self, count: usize) -> i128 {
        count.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}
