//! HyperLogLogs.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::table::{Row, row};
use crate::value::{Origin, Registers, Value};
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("PFADD", -2, "wm", pfadd),
    row("PFCOUNT", -2, "", pfcount),
    row("PFMERGE", -2, "wm", pfmerge),
    row("PFSELFTEST", 1, "", |_| Answer::ok()),
];

/// The registers that a word names.
pub(crate) fn registers(call: &Call<'_>, index: usize) -> Result<Option<Registers>, Error> {
    let no_hll = || Error::Custom("WRONGTYPE Key is not a valid HyperLogLog string value.".to_owned());
    match call.keyspace.get(call.session.db, &call.argv[index]).map(|item| &item.value) {
        None => Ok(None),
        Some(Value::Registers(registers)) => Ok(Some(registers.clone())),
        Some(Value::Text(text)) => Ok(Some(Registers::parse(&text.bytes).ok_or_else(no_hll)?)),
        Some(_) => Err(Error::WrongType),
    }
}

fn write(call: &mut Call<'_>, registers: Registers) {
    let (db, key) = (call.db(), call.word(1));
    call.keyspace.put(db, key, Value::Registers(registers), crate::keyspace::Ttl::Keep);
}

fn pfadd(call: &mut Call<'_>) -> Outcome {
    let old = registers(call, 1)?;
    let mut new = old.clone().unwrap_or_default();
    let added = call.argv[2..].iter().filter(|element| new.add(element)).count();
    let is_change = added > 0 || old.is_none();
    if is_change {
        write(call, new);
        call.notify('$', "pfadd", call.word(1));
    }
    Answer::flag(is_change)
}

fn pfcount(call: &mut Call<'_>) -> Outcome {
    if call.argv.len() > 2 {
        let mut all = Registers::default();
        for index in 1..call.argv.len() {
            registers(call, index)?.iter().for_each(|one| all.merge(one));
        }
        return Answer::int(all.count());
    }
    let Some(mut one) = registers(call, 1)? else { return Answer::int(0) };
    let count = one.counted.unwrap_or_else(|| one.count());
    // The count is kept in the string, which is a change.
    match one.counted.replace(count) {
        None => write(call, one),
        Some(_) => unshare(call),
    }
    Answer::int(count)
}

/// The real server gets ready to keep a count before it sees that there is one.
fn unshare(call: &mut Call<'_>) {
    let (db, key) = (call.db(), call.word(1));
    if let Some(Value::Text(text)) = call.keyspace.get_mut(db, key).map(|item| &mut item.value) {
        text.origin = Origin::Edited;
    }
}

fn pfmerge(call: &mut Call<'_>) -> Outcome {
    let mut all = Registers::default();
    for index in 1..call.argv.len() {
        registers(call, index)?.iter().for_each(|one| all.merge(one));
    }
    all.counted = None;
    write(call, all);
    call.notify('$', "pfadd", call.word(1));
    Answer::ok()
}
