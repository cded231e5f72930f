//! The real server's sort of a part: Bentley and McIlroy's, which leaves alone what is not asked for. What is
//! equal comes out in an order that only the same steps give.

use std::cmp::Ordering;
use std::ops::Range;

/// Slices shorter than this are sorted by insertion.
const SHORT: usize = 7;
/// Slices longer than this choose the pivot among nine.
const LONG: usize = 40;

/// Puts those items where they belong that come at the places `wanted` in order.
pub(crate) fn partial_sort<T>(
    mut items: &mut [T],
    mut wanted: Range<usize>,
    compare: &impl Fn(&T, &T) -> Ordering,
) {
    loop {
        if items.len() < SHORT {
            return insert(items, compare);
        }
        items.swap(0, pivot(items, compare));
        let (less, more) = partition(items, compare);
        if less > 1 && wanted.start < less {
            partial_sort(&mut items[..less], wanted.clone(), compare);
        }
        let start = items.len() - more;
        if more < 2 || start >= wanted.end {
            return;
        }
        (items, wanted) = (&mut items[start..], wanted.start.saturating_sub(start)..wanted.end - start);
    }
}

fn insert<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let (n, middle) = (items.len(), items.len() / 2);
    let median = |a: usize, b: usize, c: usize| {
        let is_less = |one: usize, other: usize| compare(&items[one], &items[other]).is_lt();
        match is_less(a, b) {
            true if is_less(b, c) => b,
            true if is_less(a, c) => c,
            true => a,
            false if is_less(c, b) => b,
            false if is_less(a, c) => a,
            false => c,
        }
    };
    match n {
        SHORT => middle,
        n if n > LONG => {
            let d = n / 8;
            median(
                median(0, d, 2 * d),
                median(middle - d, middle, middle + d),
                median(n - 1 - 2 * d, n - 1 - d, n - 1),
            )
        }
        n => median(0, middle, n - 1),
    }
}

/// Parts what is less than the first item from what is more, with the equals between them: how many are less and
/// more.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let n = items.len();
    // Equals gather at both ends: before `a` and from `d` on. Between `b` and `c` nothing is known yet.
    let (mut a, mut b, mut c, mut d) = (1, 1, n, n);
    loop {
        while b < c && compare(&items[b], &items[0]).is_le() {
            if compare(&items[b], &items[0]).is_eq() {
                items.swap(a, b);
                a += 1;
            }
            b += 1;
        }
        while b < c && compare(&items[c - 1], &items[0]).is_ge() {
            if compare(&items[c - 1], &items[0]).is_eq() {
                items.swap(c - 1, d - 1);
                d -= 1;
            }
            c -= 1;
        }
        if b >= c {
            break;
        }
        items.swap(b, c - 1);
        (b, c) = (b + 1, c - 1);
    }
    let left = a.min(b - a);
    (0..left).for_each(|at| items.swap(at, b - left + at));
    let right = (d - c).min(n - d);
    (0..right).for_each(|at| items.swap(b + at, n - right + at));
    (b - a, d - c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_is_wanted_is_in_order() {
        let mut random = resplay_base::Random::stream(3, "sorts");
        for _ in 0..2_000 {
            let mut items: Vec<u64> = (0..random.below(120)).map(|_| random.below(30)).collect();
            let end = random.index(items.len() + 1);
            let wanted = random.index(end + 1)..end;
            let mut sorted = items.clone();
            sorted.sort_unstable();
            partial_sort(&mut items, wanted.clone(), &u64::cmp);
            assert_eq!(items[wanted.clone()], sorted[wanted]);
            items.sort_unstable();
            assert_eq!(items, sorted);
        }
    }
}
