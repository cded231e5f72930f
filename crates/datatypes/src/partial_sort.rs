//! Sorting only the beginning of a list, with equal elements in the order in which the real servers leave them: a
//! quicksort that skips what nobody asked for (after J. Bentley and M. McIlroy, "Engineering a sort function", 1993).

use std::cmp::Ordering;

/// Below so many elements they are inserted one by one.
const FEW: usize = 7;
/// Above so many elements the pivot is chosen among nine.
const MANY: usize = 40;

/// Sorts so that the first `wanted` elements are the least ones, in order.
pub fn sort_head<T>(items: &mut [T], wanted: usize, compare: &impl Fn(&T, &T) -> Ordering) {
    let mut items = items;
    let mut wanted = wanted;
    while wanted > 0 {
        if items.len() < FEW {
            insert_all(items, compare);
            return;
        }
        let pivot = choose(items, compare);
        items.swap(0, pivot);
        let (less, greater) = partition(items, compare);
        if less > 1 {
            sort_head(&mut items[..less], wanted.min(less), compare);
        }
        let start = items.len() - greater;
        if greater <= 1 || wanted <= start {
            return;
        }
        items = &mut items[start..];
        wanted -= start;
    }
}

fn insert_all<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    for end in 1..items.len() {
        let mut at = end;
        while at > 0 && compare(&items[at - 1], &items[at]).is_gt() {
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Where the pivot is: the median of three or of nine.
fn choose<T>(items: &[T], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let (count, middle) = (items.len(), items.len() / 2);
    let median = |one, two, three| median(items, [one, two, three], compare);
    if count == FEW {
        return middle;
    }
    let (mut first, mut center, mut last) = (0, middle, count - 1);
    if count > MANY {
        let step = count / 8;
        first = median(first, first + step, first + 2 * step);
        center = median(center - step, center, center + step);
        last = median(last - 2 * step, last - step, last);
    }
    median(first, center, last)
}

fn median<T>(items: &[T], [one, two, three]: [usize; 3], compare: &impl Fn(&T, &T) -> Ordering) -> usize {
    let order = |one: usize, other: usize| compare(&items[one], &items[other]);
    if order(one, two).is_lt() {
        if order(two, three).is_lt() {
            two
        } else if order(one, three).is_lt() {
            three
        } else {
            one
        }
    } else if order(two, three).is_gt() {
        two
    } else if order(one, three).is_lt() {
        one
    } else {
        three
    }
}

/// Arranges the elements around the first one: how many are less (they stand first) and how many greater (they stand
/// last). Equal ones are collected at both ends and then brought to the middle.
fn partition<T>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) -> (usize, usize) {
    let count = items.len();
    // Equal ones are before `front` and from `back` on; between them, less ones before `low`, greater ones from `high`.
    let (mut front, mut low, mut high, mut back) = (1, 1, count, count);
    loop {
        while low < high {
            match compare(&items[low], &items[0]) {
                Ordering::Greater => break,
                Ordering::Equal => {
                    items.swap(front, low);
                    front += 1;
                }
                Ordering::Less => {}
            }
            low += 1;
        }
        while low < high {
            match compare(&items[high - 1], &items[0]) {
                Ordering::Less => break,
                Ordering::Equal => {
                    back -= 1;
                    items.swap(high - 1, back);
                }
                Ordering::Greater => {}
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
    let (less, greater) = (low - front, back - high);
    exchange(items, 0, low, front.min(less));
    exchange(items, low, count, greater.min(count - back));
    (less, greater)
}

/// Exchanges the `count` elements from `start` on with the `count` elements before `end`.
fn exchange<T>(items: &mut [T], start: usize, end: usize, count: usize) {
    for at in 0..count {
        items.swap(start + at, end - count + at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_sorted_whatever_the_list_is() {
        let mut state = 7u32;
        for count in 0..200 {
            for values in [2, 10, 1_000_000] {
                let items: Vec<u32> = (0..count)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        (state >> 8) % values
                    })
                    .collect();
                let mut sorted = items.clone();
                sorted.sort_unstable();
                for wanted in [1, count / 3, count] {
                    let mut own = items.clone();
                    sort_head(&mut own, wanted, &u32::cmp);
                    assert_eq!(own[..wanted.min(count)], sorted[..wanted.min(count)]);
                    own.sort_unstable();
                    assert_eq!(own, sorted, "nothing is lost");
                }
            }
        }
    }
}
