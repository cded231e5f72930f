//! HyperLogLogs: strings of a certain form.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, error};
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Corrupted, Origin, Registers, Text, Value, estimate};
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("PFADD", -2, "wm", pfadd),
    row("PFCOUNT", -2, "", pfcount),
    row("PFMERGE", -2, "wm", pfmerge),
    row("PFDEBUG", 3, "wm", pfdebug),
    row("PFSELFTEST", 1, "", |_| Answer::ok()),
];

impl From<Corrupted> for Error {
    fn from(_: Corrupted) -> Error {
        Error::CorruptedHyperLogLog
    }
}

/// The HyperLogLog that a word names.
fn registers(call: &Call<'_>, index: usize) -> Result<Option<Registers>, Error> {
    let Some(text) = call.text(index)? else { return Ok(None) };
    Registers::parse(&text.bytes).map(Some).ok_or(Error::NotAHyperLogLog)
}

/// Writes it to the key in word `index`, as a string that was changed in place.
fn write(call: &mut Call<'_>, index: usize, registers: &Registers) {
    let text = Text { bytes: registers.bytes(), origin: Origin::Edited };
    let (db, key) = (call.db(), call.word(index));
    call.keyspace.put(db, key, Value::Text(text), Ttl::Keep);
}

/// The string has perhaps other bytes afterwards, of which nobody who watches it is told.
fn write_silently(call: &mut Call<'_>, index: usize, registers: &Registers) {
    let (db, key) = (call.db(), call.word(index));
    if let Some(Value::Text(text)) = call.keyspace.get_mut(db, key).map(|item| &mut item.value) {
        *text = Text { bytes: registers.bytes(), origin: Origin::Edited };
    }
}

fn pfadd(call: &mut Call<'_>) -> Outcome {
    let old = registers(call, 1)?;
    let mut new = old.clone().unwrap_or_else(Registers::new);
    let bytes_max = call.keyspace.settings.hll_sparse_bytes_max;
    let mut is_change = old.is_none();
    let mut failure = None;
    for element in &call.argv[2..] {
        match new.add(element, bytes_max) {
            Ok(is_new) => is_change |= is_new,
            Err(corrupted) => {
                failure = Some(corrupted);
                break;
            }
        }
    }
    if let Some(corrupted) = failure {
        // What was added before stays.
        write_silently(call, 1, &new);
        return Err(corrupted.into());
    }
    if is_change {
        new.set_changed();
        write(call, 1, &new);
        call.notify('$', "pfadd", call.word(1));
    } else {
        write_silently(call, 1, &new);
    }
    Answer::flag(is_change)
}

fn pfcount(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() > 2 {
        return Answer::int(estimate(&greatest(call)?.0));
    }
    let Some(mut one) = registers(call, 1)? else { return Answer::int(0) };
    // The real server gets ready to keep a count before it sees whether there is one.
    write_silently(call, 1, &one);
    if let Some(count) = one.counted() {
        return Answer::int(count);
    }
    let count = one.count()?;
    one.set_counted(count);
    write(call, 1, &one);
    Answer::int(count)
}

/// The greatest value of each register in all keys that are named, and whether one of them is dense.
fn greatest(call: &Call<'_>) -> Result<(Vec<u8>, bool), Error> {
    let mut values = Registers::new().values()?;
    let mut is_any_dense = false;
    for index in 1..call.argv.len() {
        let Some(one) = registers(call, index)? else { continue };
        is_any_dense |= !one.is_sparse();
        values.iter_mut().zip(one.values()?).for_each(|(most, value)| *most = value.max(*most));
    }
    Ok((values, is_any_dense))
}

fn pfmerge(call: &mut Call<'_>) -> Outcome {
    let (values, is_any_dense) = greatest(call)?;
    let bytes_max = call.keyspace.settings.hll_sparse_bytes_max;
    let mut target = registers(call, 1)?.unwrap_or_else(Registers::new);
    if is_any_dense {
        target.spread()?;
    }
    for (register, &value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
        target.raise(register, value, bytes_max)?;
    }
    target.set_changed();
    write(call, 1, &target);
    call.notify('$', "pfadd", call.word(1));
    Answer::ok()
}

fn pfdebug(call: &mut Call<'_>) -> Outcome {
    let mut found = registers(call, 2)?.ok_or_else(|| error("The specified key does not exist"))?;
    write_silently(call, 2, &found);
    let is_sparse = found.is_sparse();
    match call.option(1).as_slice() {
        b"GETREG" => {
            spread(call, &mut found)?;
            Answer::array(found.values()?.into_iter().map(|value| Reply::Int(i64::from(value))))
        }
        b"DECODE" => match found.words() {
            Some(words) => Answer::bulk(words.as_bytes()),
            None => Err(error("HLL encoding is not sparse")),
        },
        b"ENCODING" => {
            let word: &[u8] = if is_sparse { b"sparse" } else { b"dense" };
            Ok(Answer::Reply(Reply::Simple(word.to_vec())))
        }
        b"TODENSE" => {
            spread(call, &mut found)?;
            Answer::flag(is_sparse)
        }
        _ => Err(Error::UnknownPfdebug(call.word(1).to_vec())),
    }
}

fn spread(call: &mut Call<'_>, found: &mut Registers) -> Result<(), Error> {
    found.spread()?;
    write_silently(call, 2, found);
    Ok(())
}
