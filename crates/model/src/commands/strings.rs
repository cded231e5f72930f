//! Strings read and written whole.

use crate::answer::{Answer, Outcome, bulk_or_null};
use crate::call::Call;
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Text, Value};
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("GET", 2, "", get),
    row("GETDEL", 2, "w", getdel),
    row("GETSET", 3, "wm", getset),
    row("MGET", -2, "", mget),
    row("MSET", -3, "wm", mset),
    row("MSETNX", -3, "wm", msetnx),
    row("STRLEN", 2, "", strlen),
];

fn get(call: &mut Call<'_>) -> Outcome {
    Answer::bulk_or_null(call.text(1)?.map(|text| text.bytes.as_slice()))
}

fn getdel(call: &mut Call<'_>) -> Outcome {
    let answer = get(call)?;
    if call.keyspace.remove(call.session.db, call.word(1)).is_some() {
        call.notify('g', "del", call.word(1));
    }
    Ok(answer)
}

fn getset(call: &mut Call<'_>) -> Outcome {
    let answer = get(call)?;
    put(call, 1);
    Ok(answer)
}

/// Sets the key in word `index` to the word behind it.
fn put(call: &mut Call<'_>, index: usize) {
    let value = Value::Text(Text::whole(call.word(index + 1)));
    call.keyspace.put(call.session.db, call.word(index), value, Ttl::Clear);
    call.notify('$', "set", call.word(index));
}

fn mget(call: &mut Call<'_>) -> Outcome {
    let value = |index| bulk_or_null(call.text(index).ok().flatten().map(|text| text.bytes.as_slice()));
    Answer::array((1..call.argv.len()).map(value))
}

fn mset(call: &mut Call<'_>) -> Outcome {
    need_pairs(call, "mset")?;
    (1..call.argv.len()).step_by(2).for_each(|index| put(call, index));
    Answer::ok()
}

fn msetnx(call: &mut Call<'_>) -> Outcome {
    need_pairs(call, "msetnx")?;
    let mut keys = (1..call.argv.len()).step_by(2);
    let is_free = keys.all(|index| call.keyspace.get(call.db(), call.word(index)).is_none());
    if is_free {
        (1..call.argv.len()).step_by(2).for_each(|index| put(call, index));
    }
    Answer::flag(is_free)
}

fn need_pairs(call: &Call<'_>, name: &str) -> Result<(), Error> {
    if call.argv.len() % 2 == 1 { Ok(()) } else { Err(Error::WrongArity(name.to_owned())) }
}

fn strlen(call: &mut Call<'_>) -> Outcome {
    Answer::count(call.text(1)?.map_or(0, |text| text.bytes.len()))
}
