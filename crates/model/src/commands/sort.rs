//! SORT.

use crate::answer::{Answer, Outcome, bulk_or_null};
use crate::call::{Call, c_text, error};
use crate::partial_sort::partial_sort;
use crate::table::{Row, row};
use crate::value::{List, Set, Value, Zset};
use resplay_resp::Error;
use std::cmp::Ordering;
use std::ops::Range;

pub(crate) const ROWS: &[Row] =
    &[row("SORT", -2, "wm", |call| sort(call, true)), row("SORT_RO", -2, "", |call| sort(call, false))];

#[derive(Default)]
struct Options {
    is_descending: bool,
    is_alpha: bool,
    offset: i64,
    count: Option<i64>,
    by: Option<Vec<u8>>,
    /// Some BY, the last or not, has no star.
    is_as_found: bool,
    get: Vec<Vec<u8>>,
    store: Option<Vec<u8>>,
}

fn options(call: &Call<'_>, may_store: bool) -> Result<Options, Error> {
    let (mut options, mut at) = (Options::default(), 2);
    while at < call.argv.len() {
        let left = call.argv.len() - at - 1;
        let value = |n: usize| call.word(at + n).to_vec();
        at += match call.option(at).as_slice() {
            b"ASC" => {
                options.is_descending = false;
                1
            }
            b"DESC" => {
                options.is_descending = true;
                1
            }
            b"ALPHA" => {
                options.is_alpha = true;
                1
            }
            b"LIMIT" if left >= 2 => {
                options.offset = call.int(at + 1)?;
                options.count = Some(call.int(at + 2)?);
                3
            }
            b"STORE" if may_store && left >= 1 => {
                options.store = Some(value(1));
                2
            }
            b"BY" if left >= 1 => {
                options.is_as_found |= !c_text(call.word(at + 1)).contains(&b'*');
                options.by = Some(value(1));
                2
            }
            b"GET" if left >= 1 => {
                options.get.push(value(1));
                2
            }
            _ => return Err(Error::Syntax),
        };
    }
    Ok(options)
}

/// What a pattern names for an element: the element itself, a string, or a field of a hash.
fn look_up(call: &Call<'_>, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    if c_text(pattern) == b"#" {
        return Some(element.to_vec());
    }
    // Star and arrow are looked for as in C, up to a NUL.
    let star = c_text(pattern).iter().position(|&byte| byte == b'*')?;
    let (before, after) = (&pattern[..star], &pattern[star + 1..]);
    let searched = c_text(after);
    let arrow = searched.windows(2).position(|two| two == b"->").filter(|at| at + 2 < searched.len());
    let (tail, field) = match arrow {
        Some(at) => (&after[..at], Some(&after[at + 2..])),
        None => (after, None),
    };
    let key = [before, element, tail].concat();
    match (&call.keyspace.get(call.session.db, &key)?.value, field) {
        (Value::Hash(hash), Some(field)) => hash.get(field).map(<[u8]>::to_vec),
        (Value::Text(text), None) => Some(text.bytes.clone()),
        _ => None,
    }
}

/// An element with what it is sorted by.
struct Entry {
    element: Vec<u8>,
    weight: Option<Vec<u8>>,
    score: f64,
}

fn score(weight: Option<&Vec<u8>>) -> Result<f64, Error> {
    let Some(weight) = weight else { return Ok(0.0) };
    // It is read as text in C, which ends at a NUL.
    let weight = c_text(weight);
    let text = std::str::from_utf8(weight)
        .unwrap_or("x")
        .trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let number = match weight.is_empty() {
        true => Some(0.0),
        false => resplay_resp::number::parse_f64(text.as_bytes()),
    };
    // Less than a normal number is out of range to `strtod`.
    let number = number.filter(|number| !number.is_subnormal());
    number.ok_or_else(|| error("One or more scores can't be converted into double"))
}

impl Entry {
    fn compare(&self, other: &Entry, options: &Options) -> Ordering {
        let order = match (options.is_alpha, &options.by) {
            (false, _) => {
                let by_score = self.score.partial_cmp(&other.score).unwrap_or(Ordering::Equal);
                by_score.then_with(|| self.element.cmp(&other.element))
            }
            // What is stored is ordered by all its bytes, what is shown as text in C, which ends at a NUL.
            (true, _) if options.store.is_some() => self.weight.cmp(&other.weight),
            (true, _) => self.weight.as_deref().map(c_text).cmp(&other.weight.as_deref().map(c_text)),
        };
        if options.is_descending { order.reverse() } else { order }
    }
}

/// The elements of a list, set or sorted set, and whether they have an order of their own.
fn elements(call: &Call<'_>) -> Result<(Vec<Vec<u8>>, bool, &'static str), Error> {
    match call.keyspace.get(call.session.db, &call.argv[1]).map(|item| &item.value) {
        None => Ok((Vec::new(), true, "list")),
        Some(Value::List(list)) => Ok((list.items.clone(), true, "list")),
        Some(Value::Set(set)) => Ok((Set::members(set), !set.is_unordered(), "set")),
        Some(Value::Zset(zset)) => {
            Ok((zset.iter().map(|(member, _)| member.to_vec()).collect(), true, "zset"))
        }
        Some(_) => Err(Error::WrongType),
    }
}

fn sort(call: &mut Call<'_>, may_store: bool) -> Outcome {
    let mut options = options(call, may_store)?;
    let (mut found, is_ordered, type_name) = elements(call)?;
    let (db, key) = (call.db(), call.word(1));
    // The real server takes a sorted set out of its compact form to look at it.
    call.keyspace.alter(db, key, |zset: &mut Zset, _| zset.spread());
    let mut is_sorted = !options.is_as_found;
    if !is_sorted && type_name == "set" && options.store.is_some() {
        (is_sorted, options.is_alpha, options.by) = (true, true, None);
    }
    if !is_sorted && matches!(type_name, "list" | "zset") && options.is_descending {
        found.reverse();
    }
    let total = found.len() as i64;
    let start = options.offset.clamp(0, total);
    let count = options.count.filter(|count| *count >= 0).unwrap_or(total).min(total - start);
    let wanted = start as usize..(start + count) as usize;
    if is_sorted {
        found = sorted(call, found, wanted.clone(), &options)?;
    } else if !is_ordered {
        return call.form("the members of the set", |reply| reply.as_slice().is_some());
    }
    let part = &found[wanted];
    let patterns = if options.get.is_empty() { vec![b"#".to_vec()] } else { options.get.clone() };
    let shown =
        part.iter().flat_map(|element| patterns.iter().map(|pattern| look_up(call, pattern, element)));
    let shown: Vec<Option<Vec<u8>>> = shown.collect();
    match options.store {
        None => Answer::array(shown.iter().map(|value| bulk_or_null(value.as_deref()))),
        Some(key) => {
            let items: Vec<Vec<u8>> = shown.into_iter().map(Option::unwrap_or_default).collect();
            let count = items.len();
            let list = List::collect(items, &call.keyspace.settings);
            call.store(&key, Some(list).filter(|_| count > 0), 'l', "sortstore");
            Answer::count(count)
        }
    }
}

/// In order, as far as is wanted: by weights of others the real server sorts no more than that.
fn sorted(
    call: &Call<'_>,
    found: Vec<Vec<u8>>,
    wanted: Range<usize>,
    options: &Options,
) -> Result<Vec<Vec<u8>>, Error> {
    let entry = |element: Vec<u8>| {
        let weight = match &options.by {
            Some(pattern) => look_up(call, pattern, &element),
            None => Some(element.clone()),
        };
        let score = if options.is_alpha { 0.0 } else { score(weight.as_ref())? };
        Ok(Entry { element, weight, score })
    };
    let mut entries = found.into_iter().map(entry).collect::<Result<Vec<Entry>, Error>>()?;
    match options.by.is_some() && wanted != (0..entries.len()) {
        true => partial_sort(&mut entries, wanted, &|one: &Entry, other: &Entry| one.compare(other, options)),
        false => entries.sort_by(|one, other| one.compare(other, options)),
    }
    Ok(entries.into_iter().map(|entry| entry.element).collect())
}
