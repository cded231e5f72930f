//! The keys of a request, found by the key specifications of its command's row.

use crate::commands::Table;
use crate::row::{Begin, Find, KeySpec, Row};
use resplay_resp::{Args, Error};

/// A key of a request, and what is done to it.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The key.
    pub name: &'a [u8],
    /// RO, RW, …
    pub flags: &'static [&'static str],
}

/// The keys of a request.
pub fn of<'a>(table: &Table, request: Args<'a>) -> Result<Vec<Key<'a>>, Error> {
    let row = match table.resolve(request) {
        Ok(found) => found.row,
        Err(Error::WrongArity(_)) => return Err(without_arity(table, request)),
        Err(_) => return Err(Error::InvalidCommand),
    };
    if row.keys.is_empty() {
        return Err(Error::NoKeys);
    }
    let known: Option<Vec<Vec<Key<'a>>>> = row.keys.iter().map(|spec| keys_of(row, spec, request)).collect();
    let known = known.ok_or(Error::InvalidCommandArguments)?.concat();
    let keys: Vec<Key<'a>> = known.into_iter().chain(hidden_key(row, request)).collect();
    if keys.is_empty() { Err(Error::InvalidCommandArguments) } else { Ok(keys) }
}

/// A command without keys says so even if the number of words is wrong.
fn without_arity(table: &Table, request: Args<'_>) -> Error {
    match table.find(&request[0]) {
        Some(found) if is_keyless(found.row, request) => Error::NoKeys,
        _ => Error::InvalidCommandArity,
    }
}

/// A container without a subcommand has no keys either.
fn is_keyless(row: &Row, request: Args<'_>) -> bool {
    row.keys.is_empty() && (row.subcommands.is_empty() || request.len() == 1)
}

/// The keys that one specification tells; `None` if the request says that there are more than it has, or ends before
/// the first one.
fn keys_of<'a>(row: &Row, spec: &KeySpec, request: Args<'a>) -> Option<Vec<Key<'a>>> {
    let flags = row.key_flags.map_or(spec.flags, |flags| flags(request));
    let Some(first) = begin(spec.begin, request) else { return Some(Vec::new()) };
    if matches!(spec.begin, Begin::Index(_)) && first >= request.len() {
        return None;
    }
    let positions = positions(spec.find, first, request)?;
    let names = positions.into_iter().filter_map(|at| request.get(at));
    Some(names.map(|name| Key { name, flags }).collect())
}

fn hidden_key<'a>(row: &Row, request: Args<'a>) -> Option<Key<'a>> {
    let name = request.get(row.hidden_key?(request)?)?;
    Some(Key { name, flags: row.keys.last()?.flags })
}

fn begin(begin: Begin, request: Args<'_>) -> Option<usize> {
    match begin {
        Begin::Index(at) => usize::try_from(at).ok(),
        Begin::Keyword(word, from) => {
            let start =
                usize::try_from(from).unwrap_or(request.len().saturating_sub(from.unsigned_abs() as usize));
            (start..request.len())
                .find(|at| request[*at].eq_ignore_ascii_case(word.as_bytes()))
                .map(|at| at + 1)
        }
        Begin::Unknown => None,
    }
}

fn positions(find: Find, first: usize, request: Args<'_>) -> Option<Vec<usize>> {
    Some(match find {
        Find::Range { last, step, limit } => {
            let end = range_end(last, limit, first, request.len());
            (first..=end).step_by(step.max(1) as usize).collect()
        }
        Find::KeyNum { at, first: offset, step } => {
            let (start, step) = (first + offset as usize, step.max(1) as usize);
            let count = request.get(first + at as usize).and_then(resplay_resp::number::parse_i64);
            let count = count.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0)?;
            let room = request.len().saturating_sub(start) / step;
            (count <= room).then(|| (0..count).map(|nth| start + nth * step).collect())?
        }
        Find::Unknown => Vec::new(),
    })
}

fn range_end(last: i32, limit: i32, first: usize, len: usize) -> usize {
    match usize::try_from(last) {
        Ok(last) => first + last,
        Err(_) if limit > 1 => first + (len - first) / limit as usize - 1,
        Err(_) => len - last.unsigned_abs() as usize,
    }
}
