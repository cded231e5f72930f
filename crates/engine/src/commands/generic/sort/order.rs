//! The order that SORT gives.
//!
//! Texts are compared as C's `strcoll` does in the C locale, up to the first NUL byte, unless the result is stored.
//! So different elements may be equal, and their order then is a matter of how they are sorted: as with glibc's
//! `qsort`, which keeps it, or, when BY comes with LIMIT, with a quicksort that looks only at the part to show.

use super::options::Options;
use super::pattern::{look_up, until_nul};
use crate::context::Context;
use resplay_resp::{Error, number};
use std::cmp::Ordering;
use std::ops::Range;

/// An element with what it is sorted by.
struct Weighed {
    element: Vec<u8>,
    weight: Weight,
}

enum Weight {
    Number(f64),
    Text(Vec<u8>),
    /// BY led to nothing, which comes before any text.
    Nothing,
    /// The element's own text.
    Own,
}

/// The elements at the places `shown` of the order asked for.
pub(super) fn sorted(
    ctx: &mut Context<'_>,
    elements: Vec<Vec<u8>>,
    options: &Options<'_>,
    shown: Range<usize>,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut weighed = Vec::with_capacity(elements.len());
    let mut are_numbers = true;
    for element in elements {
        let weight = weigh(ctx, &element, options);
        are_numbers &= weight.is_some();
        weighed.push(Weighed { element, weight: weight.unwrap_or(Weight::Nothing) });
    }
    if !are_numbers {
        return Err(Error::SortNotNumbers);
    }
    let compare = |one: &Weighed, other: &Weighed| {
        let order = compare(one, other, options.store.is_some());
        if options.is_descending { order.reverse() } else { order }
    };
    if options.by.is_some() && shown != (0..weighed.len()) {
        sort_part(&mut weighed, 0, &shown, &compare);
    } else {
        weighed.sort_by(compare);
    }
    ctx.data.work.elements += weighed.len() as u64;
    Ok(weighed.drain(shown).map(|weighed| weighed.element).collect())
}

/// What to sort an element by; `None` if that should be a number and is none.
fn weigh(ctx: &mut Context<'_>, element: &[u8], options: &Options<'_>) -> Option<Weight> {
    let found = options.by.map(|by| look_up(ctx, by, element));
    match found {
        None if options.is_alpha => Some(Weight::Own),
        None => parse(element).map(Weight::Number),
        Some(None) if options.is_alpha => Some(Weight::Nothing),
        Some(None) => Some(Weight::Number(0.0)),
        Some(Some(text)) if options.is_alpha => Some(Weight::Text(text)),
        Some(Some(text)) => parse(&text).map(Weight::Number),
    }
}

/// A number as C's `strtod` reads it, if it reads the whole text and it is in range.
fn parse(text: &[u8]) -> Option<f64> {
    let text = until_nul(text);
    if text.is_empty() {
        return Some(0.0);
    }
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    number::parse_f64(&text[blanks..]).filter(|value| !value.is_subnormal())
}

fn compare(one: &Weighed, other: &Weighed, is_stored: bool) -> Ordering {
    let collate = |one: &[u8], other: &[u8]| match is_stored {
        true => one.cmp(other),
        false => until_nul(one).cmp(until_nul(other)),
    };
    match (&one.weight, &other.weight) {
        (Weight::Number(first), Weight::Number(second)) => {
            // Numbers are never NaN. The order of equal ones must not depend on chance.
            first.partial_cmp(second).unwrap_or(Ordering::Equal).then_with(|| one.element.cmp(&other.element))
        }
        (Weight::Text(first), Weight::Text(second)) => collate(first, second),
        (Weight::Nothing, Weight::Text(_)) => Ordering::Less,
        (Weight::Text(_), Weight::Nothing) => Ordering::Greater,
        (Weight::Own, Weight::Own) => collate(&one.element, &other.element),
        _ => Ordering::Equal,
    }
}

/// Below that many elements insertion is quicker.
const FEW: usize = 7;
/// Above that many elements the pivot is chosen among nine.
const MANY: usize = 40;

/// The quicksort of Bentley and McIlroy ("Engineering a sort function", 1993), which leaves alone what lies beside
/// the part asked for. `base` is the place of the first element.
fn sort_part<T>(items: &mut [T], base: usize, wanted: &Range<usize>, compare: &impl Fn(&T, &T) -> Ordering) {
    let len = items.len();
    if len < FEW {
        for end in 1..len {
            let mut at = end;
            while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
                items.swap(at - 1, at);
                at -= 1;
            }
        }
        return;
    }
    items.swap(0, pivot(items, compare));
    let (less, greater) = partition(items, compare);
    let is_wanted = |from: usize, to: usize| base + from < wanted.end && base + to > wanted.start;
    if less > 1 && is_wanted(0, less) {
        sort_part(&mut items[..less], base, wanted, compare);
    }
    if greater > 1 && is_wanted(len - greater, len) {
        sort_part(&mut items[len - greater..], base + len - greater, wanted, compare);
    }
}

fn pivot<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let len = items.len();
    let median = |one: usize, two: usize, three: usize| {
        let is_less = |first: usize, second: usize| compare(&items[first], &items[second]).is_lt();
        if is_less(one, two) {
            if is_less(two, three) {
                two
            } else if is_less(one, three) {
                three
            } else {
                one
            }
        } else if compare(&items[two], &items[three]).is_gt() {
            two
        } else if is_less(one, three) {
            one
        } else {
            three
        }
    };
    let (first, middle, last) = (0, len / 2, len - 1);
    match len {
        FEW => middle,
        _ if len > MANY => {
            let step = len / 8;
            median(
                median(first, first + step, first + 2 * step),
                median(middle - step, middle, middle + step),
                median(last - 2 * step, last - step, last),
            )
        }
        _ => median(first, middle, last),
    }
}

/// Splits by the first element: what is less comes first, what is greater last; how many each are. Equals gather at
/// both ends meanwhile, and move to the middle at last.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let len = items.len();
    // items[..left] and items[right..] equal the pivot; what is from `low` up to and without `high` is open.
    let (mut left, mut low, mut high, mut right) = (1, 1, len, len);
    loop {
        while low < high && compare(&items[low], &items[0]).is_le() {
            if compare(&items[low], &items[0]).is_eq() {
                items.swap(left, low);
                left += 1;
            }
            low += 1;
        }
        while low < high && compare(&items[high - 1], &items[0]).is_ge() {
            if compare(&items[high - 1], &items[0]).is_eq() {
                items.swap(high - 1, right - 1);
                right -= 1;
            }
            high -= 1;
        }
        if low >= high {
            break;
        }
        items.swap(low, high - 1);
        low += 1;
        high -= 1;
    }
    let (less, greater) = (low - left, right - high);
    exchange(items, 0, low, left.min(less));
    exchange(items, low, len, greater.min(len - right));
    (less, greater)
}

/// Exchanges the `count` elements from `start` on with those before `end`.
fn exchange<T>(items: &mut [T], start: usize, end: usize, count: usize) {
    for n in 0..count {
        items.swap(start + n, end - count + n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_base::Random;

    #[test]
    fn the_part_asked_for_is_sorted() {
        let mut random = Random::stream(1, "numbers");
        for len in 0..120u64 {
            let items: Vec<u64> = (0..len).map(|_| random.below(len.div_ceil(2).max(1))).collect();
            let mut sorted = items.clone();
            sorted.sort_unstable();
            let start = random.index(items.len() + 1);
            let wanted = start..start + random.index(items.len() + 1 - start);
            let mut part = items;
            sort_part(&mut part, 0, &wanted, &Ord::cmp);
            assert_eq!(part[wanted.clone()], sorted[wanted]);
            part.sort_unstable();
            assert_eq!(part, sorted);
        }
    }

    #[test]
    fn numbers_are_what_strtod_reads() {
        let good = [("", 0.0), (" 1", 1.0), ("1e3", 1000.0), ("0x10", 16.0), ("+1", 1.0), ("1\0x", 1.0)];
        for (text, value) in good {
            assert_eq!(parse(text.as_bytes()), Some(value), "{text:?}");
        }
        for text in [" ", "1 ", "x", "nan", "1e400", "1e-310", "0x"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
