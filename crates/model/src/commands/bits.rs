//! Strings as rows of bits.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, c_text, error};
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Origin, Text, Value};
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("BITCOUNT", -2, "", bitcount),
    row("BITFIELD", -2, "wm", |call| bitfield(call, false)),
    row("BITFIELD_RO", -2, "", |call| bitfield(call, true)),
    row("BITOP", -4, "wm", bitop),
    row("BITPOS", -3, "", bitpos),
    row("GETBIT", 3, "", getbit),
    row("SETBIT", 4, "wm", setbit),
];

/// A bit, the most significant of a byte first; zero behind the end.
fn bit(bytes: &[u8], at: u64) -> bool {
    bytes.get((at / 8) as usize).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
}

fn set_bit(bytes: &mut [u8], at: u64, on: bool) {
    let mask = 1 << (7 - at % 8);
    let byte = &mut bytes[(at / 8) as usize];
    *byte = if on { *byte | mask } else { *byte & !mask };
}

/// A word as the place of a bit; with `#` in front in units of so many bits.
fn offset(call: &Call<'_>, index: usize, unit: Option<u64>) -> Result<u64, Error> {
    let bad = || error("bit offset is not an integer or out of range");
    let word = call.word(index);
    let (unit, digits) = match (unit, word.split_first()) {
        (Some(unit), Some((b'#', digits))) => (unit, digits),
        _ => (1, word),
    };
    // The real server does not see when a place in units leaves 64 bits.
    let number = parse_i64(digits).ok_or_else(bad)?.wrapping_mul(unit as i64);
    let is_fine = number >= 0 && ((number >> 3) as u64) < call.keyspace.settings.bulk_bytes_max;
    if is_fine { Ok(number as u64) } else { Err(bad()) }
}

/// The bytes of the string that word 1 names, made long enough to hold this bit; whether it had to grow.
fn grown(call: &Call<'_>, last: u64) -> Result<(Vec<u8>, bool), Error> {
    let mut bytes = call.text(1)?.map(|text| text.bytes.clone()).unwrap_or_default();
    let length = bytes.len().max((last / 8) as usize + 1);
    let grew = length > bytes.len() || call.text(1)?.is_none();
    bytes.resize(length, 0);
    Ok((bytes, grew))
}

/// Writes back bytes that were changed in place. Even without a change the string is kept differently.
fn write(call: &mut Call<'_>, bytes: Vec<u8>, is_change: bool) {
    let text = Text { bytes, origin: Origin::Edited };
    let (db, key) = (call.db(), call.word(1));
    if is_change {
        call.keyspace.put(db, key, Value::Text(text), Ttl::Keep);
        call.notify('$', "setbit", key);
    } else if call.keyspace.get(db, key).is_none() {
        call.keyspace.put(db, key, Value::Text(text), Ttl::Keep);
    } else {
        call.keyspace.alter(db, key, |place: &mut Text, _| *place = text);
    }
}

fn setbit(call: &mut Call<'_>) -> Outcome {
    let at = offset(call, 2, None)?;
    let on = call.int_in(3, 0..=1, "bit is not an integer or out of range")? == 1;
    let (mut bytes, grew) = grown(call, at)?;
    let old = bit(&bytes, at);
    set_bit(&mut bytes, at, on);
    write(call, bytes, grew || old != on);
    Answer::flag(old)
}

fn getbit(call: &mut Call<'_>) -> Outcome {
    let at = offset(call, 2, None)?;
    Answer::flag(call.text(1)?.is_some_and(|text| bit(&text.bytes, at)))
}

/// Whether a range counts bits rather than bytes.
fn counts_bits(call: &Call<'_>, index: usize) -> Result<bool, Error> {
    match call.option(index).as_slice() {
        b"BIT" => Ok(true),
        b"BYTE" => Ok(false),
        _ => Err(Error::Syntax),
    }
}

/// The bits from `start` to `end`, both counted from either end; `None` if there are none.
fn range(length: usize, start: i64, end: i64, in_bits: bool) -> Option<std::ops::RangeInclusive<u64>> {
    let total = if in_bits { length as i64 * 8 } else { length as i64 };
    let absolute = |index: i64| (if index < 0 { total.saturating_add(index) } else { index }).max(0);
    let (start, end) = (absolute(start), absolute(end).min(total - 1));
    let (first, last) = if in_bits { (start, end) } else { (start.saturating_mul(8), end * 8 + 7) };
    (start <= end).then_some(first as u64..=last as u64)
}

fn bitcount(call: &mut Call<'_>) -> Outcome {
    let (start, end, in_bits) = match call.argv.len() {
        2 => (0, -1, false),
        3 => (call.int(2)?, -1, false),
        4 => (call.int(2)?, call.int(3)?, false),
        5 => {
            // The unit is looked at before the end.
            let (start, in_bits) = (call.int(2)?, counts_bits(call, 4)?);
            (start, call.int(3)?, in_bits)
        }
        _ => return Err(Error::Syntax),
    };
    let Some(text) = call.text(1)? else { return Answer::int(0) };
    if start < 0 && end < 0 && start > end {
        return Answer::int(0);
    }
    let bits = range(text.bytes.len(), start, end, in_bits);
    Answer::count(bits.map_or(0, |bits| bits.filter(|&at| bit(&text.bytes, at)).count()))
}

fn bitpos(call: &mut Call<'_>) -> Outcome {
    let wanted = match call.int(2)? {
        0 => false,
        1 => true,
        _ => return Err(error("The bit argument must be 1 or 0.")),
    };
    let words = call.argv.len();
    if words > 6 {
        return Err(Error::Syntax);
    }
    let start = if words > 3 { call.int(3)? } else { 0 };
    let in_bits = words == 6 && counts_bits(call, 5)?;
    let end = if words > 4 { call.int(4)? } else { -1 };
    let Some(text) = call.text(1)? else { return Answer::int(if wanted { -1 } else { 0 }) };
    let Some(bits) = range(text.bytes.len(), start, end, in_bits) else { return Answer::int(-1) };
    let after = *bits.end() as i64 + 1;
    match bits.into_iter().find(|&at| bit(&text.bytes, at) == wanted) {
        Some(at) => Answer::int(at as i64),
        // Without an end, zeros follow the string.
        None if !wanted && words < 5 => Answer::int(after),
        None => Answer::int(-1),
    }
}

fn bitop(call: &mut Call<'_>) -> Outcome {
    let operation = call.option(1);
    if !matches!(operation.as_slice(), b"AND" | b"OR" | b"XOR" | b"NOT") {
        return Err(Error::Syntax);
    }
    if operation == b"NOT" && call.argv.len() != 4 {
        return Err(error("BITOP NOT must be called with a single source key."));
    }
    let sources =
        (3..call.argv.len()).map(|index| Ok(call.text(index)?.map_or(Vec::new(), |text| text.bytes.clone())));
    let sources = sources.collect::<Result<Vec<Vec<u8>>, Error>>()?;
    let length = sources.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| sources.iter().map(move |source| source.get(at).copied().unwrap_or(0));
    let combine = |at: usize| match operation.as_slice() {
        b"AND" => column(at).fold(0xff, |all, byte| all & byte),
        b"OR" => column(at).fold(0, |all, byte| all | byte),
        b"XOR" => column(at).fold(0, |all, byte| all ^ byte),
        _ => !sources[0][at],
    };
    let bytes: Vec<u8> = (0..length).map(combine).collect();
    let result = (length > 0).then_some(Text { bytes, origin: Origin::Edited });
    call.store(call.word(2), result, '$', "set");
    Answer::count(length)
}

/// What BITFIELD does to one integer.
struct Field {
    action: Action,
    is_signed: bool,
    bits: u64,
    at: u64,
    overflow: Overflow,
}

enum Action {
    Get,
    Set(i64),
    Add(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

fn parse_fields(call: &Call<'_>) -> Result<Vec<Field>, Error> {
    let (mut fields, mut overflow, mut at) = (Vec::new(), Overflow::Wrap, 2);
    while at < call.argv.len() {
        let left = call.argv.len() - at - 1;
        let name = call.option(at);
        if name == b"OVERFLOW" && left >= 1 {
            overflow = match call.option(at + 1).as_slice() {
                b"WRAP" => Overflow::Wrap,
                b"SAT" => Overflow::Saturate,
                b"FAIL" => Overflow::Fail,
                _ => return Err(error("Invalid OVERFLOW type specified")),
            };
            at += 2;
            continue;
        }
        let words = match name.as_slice() {
            b"GET" if left >= 2 => 3,
            b"SET" | b"INCRBY" if left >= 3 => 4,
            _ => return Err(Error::Syntax),
        };
        let (is_signed, bits) = field_type(call.word(at + 1))?;
        let place = offset(call, at + 2, Some(bits))?;
        let action = match name.as_slice() {
            b"GET" => Action::Get,
            b"SET" => Action::Set(call.int(at + 3)?),
            _ => Action::Add(call.int(at + 3)?),
        };
        fields.push(Field { action, is_signed, bits, at: place, overflow });
        at += words;
    }
    Ok(fields)
}

fn field_type(word: &[u8]) -> Result<(bool, u64), Error> {
    let bad = "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
    let (is_signed, digits) = match c_text(word).split_first() {
        Some((b'i', digits)) => (true, digits),
        Some((b'u', digits)) => (false, digits),
        _ => return Err(error(bad)),
    };
    let bits = parse_i64(digits).filter(|bits| (1..=if is_signed { 64 } else { 63 }).contains(bits));
    Ok((is_signed, bits.ok_or_else(|| error(bad))? as u64))
}

impl Field {
    fn read(&self, bytes: &[u8]) -> i128 {
        let raw =
            (self.at..self.at + self.bits).fold(0i128, |value, at| value << 1 | i128::from(bit(bytes, at)));
        let is_negative = self.is_signed && raw >> (self.bits - 1) & 1 == 1;
        if is_negative { raw - (1 << self.bits) } else { raw }
    }

    fn write(&self, bytes: &mut [u8], value: i128) {
        (0..self.bits).for_each(|n| set_bit(bytes, self.at + n, value >> (self.bits - 1 - n) & 1 == 1));
    }

    /// What is stored for a sum that may be out of range; `None` if nothing is.
    fn fit(&self, value: i128, by: i64) -> Option<i128> {
        let (min, max) = match self.is_signed {
            true => (-(1i128 << (self.bits - 1)), (1i128 << (self.bits - 1)) - 1),
            false => (0, (1i128 << self.bits) - 1),
        };
        let sum = value + i128::from(by);
        // The real server's check leaves 64 bits when a value far below zero is set in a narrow field.
        let room = (max as i64).wrapping_sub(value as i64);
        let is_odd = self.is_signed && self.bits < 64 && by > room;
        if (min..=max).contains(&sum) && !is_odd {
            return Some(sum);
        }
        match self.overflow {
            Overflow::Fail => None,
            Overflow::Saturate => Some(if sum > max || is_odd { max } else { min }),
            Overflow::Wrap => {
                let wrapped = sum & ((1 << self.bits) - 1);
                Some(if wrapped > max { wrapped - (1 << self.bits) } else { wrapped })
            }
        }
    }

    /// An argument of SET is 64 bits without a sign where the field has none.
    fn given(&self, value: i64) -> i128 {
        if self.is_signed { i128::from(value) } else { i128::from(value as u64) }
    }
}

fn bitfield(call: &mut Call<'_>, must_read: bool) -> Outcome {
    let fields = parse_fields(call)?;
    let writes = || fields.iter().filter(|field| !matches!(field.action, Action::Get));
    if must_read && writes().next().is_some() {
        return Err(error("BITFIELD_RO only supports the GET subcommand"));
    }
    let highest = writes().map(|field| field.at + field.bits - 1).max();
    let (mut bytes, grew) = match highest {
        Some(last) => grown(call, last)?,
        None => (call.text(1)?.map(|text| text.bytes.clone()).unwrap_or_default(), false),
    };
    let (mut replies, mut is_change) = (Vec::new(), false);
    for field in &fields {
        let old = field.read(&bytes);
        let (new, reply) = match field.action {
            Action::Get => (None, Some(old)),
            Action::Set(value) => {
                let new = field.fit(field.given(value), 0);
                (new, new.map(|_| old))
            }
            Action::Add(value) => {
                let new = field.fit(old, value);
                (new, new)
            }
        };
        if let Some(new) = new {
            is_change |= grew || new != old;
            field.write(&mut bytes, new);
        }
        replies.push(reply.map_or(Reply::Null, |value| Reply::Int(value as i64)));
    }
    if highest.is_some() {
        write(call, bytes, is_change);
    }
    Answer::array(replies)
}
