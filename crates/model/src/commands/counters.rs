//! Strings as numbers.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::float80::Float80;
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Origin, Text, Value};
use resplay_resp::Error;
use resplay_resp::number::parse_i64;

pub(crate) const ROWS: &[Row] = &[
    row("DECR", 2, "wm", |call| add(call, -1)),
    row("DECRBY", 3, "wm", decrby),
    row("INCR", 2, "wm", |call| add(call, 1)),
    row("INCRBY", 3, "wm", |call| add(call, call.int(2)?)),
    row("INCRBYFLOAT", 3, "wm", incrbyfloat),
];

fn decrby(call: &mut Call<'_>) -> Outcome {
    let by = call.int(2)?.checked_neg().ok_or(Error::DecrementOverflow)?;
    add(call, by)
}

fn add(call: &mut Call<'_>, by: i64) -> Outcome {
    let old = match call.text(1)? {
        Some(text) => parse_i64(&text.bytes).ok_or(Error::NotAnInteger)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Error::Overflow)?;
    let value = Value::Text(Text::whole(new.to_string().as_bytes()));
    call.keyspace.put(call.session.db, call.word(1), value, Ttl::Keep);
    call.notify('$', "incrby", call.word(1));
    Answer::int(new)
}

fn incrbyfloat(call: &mut Call<'_>) -> Outcome {
    let parse = |text: &[u8]| Float80::parse(text).ok_or(Error::NotAFloat);
    let old = parse(call.text(1)?.map_or(b"0", |text| text.bytes.as_slice()))?;
    let new = old.plus(&parse(call.word(2))?).ok_or(Error::NanOrInfinity)?.print();
    let text = Text { bytes: new.clone().into_bytes(), origin: Origin::Printed };
    call.keyspace.put(call.session.db, call.word(1), Value::Text(text), Ttl::Keep);
    call.notify('$', "incrbyfloat", call.word(1));
    Answer::bulk(new.as_bytes())
}
