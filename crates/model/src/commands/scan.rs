//! KEYS, SCAN and RANDOMKEY: what walks through a database.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk, c_text, c_unsigned, error, sorted_bulks};
use crate::glob;
use crate::table::{Row, row};
use crate::value::Item;
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] =
    &[row("KEYS", 2, "", keys), row("RANDOMKEY", 1, "", randomkey), row("SCAN", -2, "", scan)];

/// The names of types that SCAN TYPE knows, whether or not a key can have them yet.
const TYPES: [&[u8]; 6] = [b"string", b"list", b"set", b"zset", b"hash", b"stream"];

/// What is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// A database.
    Keys,
    /// A hash.
    Fields,
    /// A set.
    Members,
    /// A sorted set.
    Scored,
}

/// The options of SCAN and its kin.
pub(crate) struct ScanOptions {
    /// MATCH; `*` without.
    pub(crate) pattern: Vec<u8>,
    /// TYPE, in lower case.
    type_name: Option<Vec<u8>>,
    /// Neither NOVALUES nor NOSCORES.
    pub(crate) with_values: bool,
}

impl ScanOptions {
    /// Reads options from word `from` on.
    pub(crate) fn parse(call: &Call<'_>, from: usize, what: Scanned) -> Result<ScanOptions, Error> {
        let mut options = ScanOptions { pattern: b"*".to_vec(), type_name: None, with_values: true };
        let mut at = from;
        while at < call.argv.len() {
            let has_value = at + 1 < call.argv.len();
            let word = call.option(at);
            match word.as_slice() {
                b"COUNT" if has_value => positive(call.int(at + 1)?)?,
                b"MATCH" if has_value => options.pattern = call.word(at + 1).to_vec(),
                b"TYPE" if has_value && what == Scanned::Keys => {
                    options.type_name = Some(type_name(call.word(at + 1))?);
                }
                b"NOVALUES" if what == Scanned::Fields => options.with_values = false,
                b"NOSCORES" if what == Scanned::Scored => options.with_values = false,
                b"NOVALUES" => return Err(error("NOVALUES option can only be used in HSCAN")),
                b"NOSCORES" => return Err(error("NOSCORES option can only be used in ZSCAN")),
                _ => return Err(Error::Syntax),
            }
            at += if word.starts_with(b"NO") { 1 } else { 2 };
        }
        Ok(options)
    }
}

fn positive(count: i64) -> Result<(), Error> {
    if count < 1 { Err(Error::Syntax) } else { Ok(()) }
}

fn type_name(word: &[u8]) -> Result<Vec<u8>, Error> {
    let name = word.to_ascii_lowercase();
    match TYPES.contains(&name.as_slice()) {
        true => Ok(name),
        false => Err(Error::UnknownTypeName(word.to_vec())),
    }
}

/// Checks a cursor. Its value is the server's own affair.
pub(crate) fn cursor(call: &Call<'_>, index: usize) -> Result<(), Error> {
    c_unsigned(c_text(call.word(index))).map(|_| ()).ok_or(Error::InvalidCursor)
}

/// The two parts of a reply to SCAN.
pub(crate) fn cursor_and_items(reply: &Reply) -> Option<(&[u8], &[Reply])> {
    match reply {
        Reply::Array(parts) => match parts.as_slice() {
            [cursor, Reply::Array(items)] => Some((as_bulk(cursor)?, items)),
            _ => None,
        },
        _ => None,
    }
}

fn keys(call: &mut Call<'_>) -> Outcome {
    let (keyspace, pattern) = (&*call.keyspace, call.word(1));
    let living = keyspace.databases[call.db() as usize].iter().filter(|(_, item)| !keyspace.is_dead(item));
    let expected: Vec<&[u8]> =
        living.map(|(key, _)| key.as_slice()).filter(|key| glob::selects(pattern, key)).collect();
    call.form(&format!("the {} keys that fit the pattern, in any order", expected.len()), |reply| match reply
    {
        Reply::Array(items) => sorted_bulks(items).as_ref() == Some(&expected),
        _ => false,
    })
}

fn randomkey(call: &mut Call<'_>) -> Outcome {
    let (keyspace, db) = (&*call.keyspace, call.db());
    let living = keyspace.databases[db as usize].values().any(|item| !keyspace.is_dead(item));
    match living {
        false => Answer::null(),
        true => call.form("a key of the database", |reply| {
            as_bulk(reply).is_some_and(|key| keyspace.get(db, key).is_some())
        }),
    }
}

fn scan(call: &mut Call<'_>) -> Outcome {
    cursor(call, 1)?;
    let options = ScanOptions::parse(call, 2, Scanned::Keys)?;
    let (keyspace, db) = (&*call.keyspace, call.db());
    let has_type =
        |item: &Item| options.type_name.as_ref().is_none_or(|name| item.value.type_name().as_bytes() == name);
    let fits =
        |key: &[u8]| keyspace.get(db, key).is_some_and(has_type) && glob::selects(&options.pattern, key);
    call.form("a cursor and keys that fit the options", |reply| {
        let Some((next, items)) = cursor_and_items(reply) else { return false };
        let is_cursor = next == b"0" || parse_i64(next).is_some() || next.iter().all(u8::is_ascii_digit);
        is_cursor && items.iter().all(|item| as_bulk(item).is_some_and(&fits))
    })
}
