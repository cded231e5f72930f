//! HRANDFIELD and HSCAN: where a hash leaves a choice.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk};
use crate::commands::scan::{ScanOptions, Scanned, cursor, cursor_and_items};
use crate::glob;
use crate::table::{Row, row};
use crate::value::Hash;
use resplay_resp::{Error, Protocol, Reply};
use std::collections::BTreeSet;

pub(crate) const ROWS: &[Row] = &[row("HRANDFIELD", -2, "", hrandfield), row("HSCAN", -3, "", hscan)];

/// Fields, with their values where they were asked for.
type Picks<'r> = Vec<(&'r [u8], Option<&'r [u8]>)>;

fn hrandfield(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() == 2 {
        return random_field(call);
    }
    let (count, with_values) = count(call)?;
    let Some(hash) = call.hash()? else { return Answer::array([]) };
    let expected = if count < 0 { count.unsigned_abs() as usize } else { hash.len().min(count as usize) };
    let is_distinct = count >= 0;
    let legal = format!("{expected} {}fields of the hash", if is_distinct { "different " } else { "" });
    let protocol = call.session.protocol;
    call.form(&legal, |reply| {
        let picks = picks(reply, with_values, protocol);
        picks.is_some_and(|picks| {
            picks.len() == expected && is_from(&picks, hash) && !(is_distinct && repeats(&picks))
        })
    })
}

fn random_field(call: &mut Call<'_>) -> Outcome {
    match call.hash()? {
        None => Answer::null(),
        Some(hash) => call.form("a field of the hash", |reply| {
            as_bulk(reply).is_some_and(|field| hash.get(field).is_some())
        }),
    }
}

/// The count, and whether values are wanted.
fn count(call: &Call<'_>) -> Result<(i64, bool), Error> {
    let count = call.int(2)?;
    if count == i64::MIN {
        let text = format!("ERR value is out of range, value must between {} and {}", -i64::MAX, i64::MAX);
        return Err(Error::Custom(text));
    }
    let with_values = call.argv.len() > 3;
    if call.argv.len() > 4 || (with_values && call.option(3) != b"WITHVALUES") {
        return Err(Error::Syntax);
    }
    let is_too_many = with_values && count.unsigned_abs() > i64::MAX.unsigned_abs() / 2;
    if is_too_many { Err(Error::OutOfRange) } else { Ok((count, with_values)) }
}

/// What a reply lists: pairs are nested in RESP3 and flat in RESP2.
fn picks(reply: &Reply, with_values: bool, protocol: Protocol) -> Option<Picks<'_>> {
    let Reply::Array(items) = reply else { return None };
    let pair = |field, value| Some((as_bulk(field)?, Some(as_bulk(value)?)));
    match (with_values, protocol) {
        (false, _) => items.iter().map(|item| Some((as_bulk(item)?, None))).collect(),
        (true, Protocol::Resp2) if items.len() % 2 == 0 => {
            items.chunks(2).map(|two| pair(&two[0], &two[1])).collect()
        }
        (true, Protocol::Resp2) => None,
        (true, Protocol::Resp3) => {
            items.iter().map(|item| nested(item).and_then(|(f, v)| pair(f, v))).collect()
        }
    }
}

fn nested(item: &Reply) -> Option<(&Reply, &Reply)> {
    match item {
        Reply::Array(two) if two.len() == 2 => Some((&two[0], &two[1])),
        _ => None,
    }
}

fn is_from(picks: &Picks<'_>, hash: &Hash) -> bool {
    picks
        .iter()
        .all(|(field, value)| hash.get(field).is_some_and(|held| value.is_none_or(|value| value == held)))
}

fn repeats(picks: &Picks<'_>) -> bool {
    picks.iter().map(|(field, _)| field).collect::<BTreeSet<_>>().len() < picks.len()
}

fn hscan(call: &mut Call<'_>) -> Outcome {
    cursor(call, 2)?;
    let Some(hash) = call.hash()? else { return nothing_found() };
    let options = ScanOptions::parse(call, 3, Scanned::Fields)?;
    let matching: BTreeSet<&[u8]> =
        hash.iter().map(|(field, _)| field).filter(|field| glob::selects(&options.pattern, field)).collect();
    let legal = "fields of the hash that fit the pattern; all of them and cursor 0 from a small hash";
    call.form(legal, |reply| {
        let Some((next, items)) = cursor_and_items(reply) else { return false };
        let list = Reply::Array(items.to_vec());
        let Some(picks) = picks(&list, options.with_values, Protocol::Resp2) else { return false };
        let fields: BTreeSet<&[u8]> = picks.iter().map(|(field, _)| *field).collect();
        let is_complete = next == b"0" && fields == matching && !repeats(&picks);
        is_from(&picks, hash) && fields.is_subset(&matching) && (hash.is_unordered() || is_complete)
    })
}

/// Cursor 0 and nothing more.
fn nothing_found() -> Outcome {
    Answer::array([Reply::bulk(*b"0"), Reply::Array(Vec::new())])
}
