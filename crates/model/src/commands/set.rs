//! SET, GETEX and their older kin: what gives a string a time to live.

use crate::answer::{Answer, Outcome, bulk_or_null};
use crate::call::Call;
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::{Text, Value};
use resplay_resp::number::parse_i64;
use resplay_resp::{Error, Reply};

pub(crate) const ROWS: &[Row] = &[
    row("SET", -3, "wm", set),
    row("SETEX", 4, "wm", |call| set_for(call, b"EX", "setex")),
    row("PSETEX", 4, "wm", |call| set_for(call, b"PX", "psetex")),
    row("SETNX", 3, "wm", setnx),
    row("GETEX", -2, "w", getex),
];

/// The options of SET and GETEX.
#[derive(Default)]
struct Options {
    nx: bool,
    xx: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    expiry: Option<Expiry>,
}

/// EX, PX, EXAT or PXAT with its word.
struct Expiry {
    unit: Vec<u8>,
    word: Vec<u8>,
}

/// Reads options from word `from` on.
fn options(call: &Call<'_>, from: usize, is_set: bool) -> Result<Options, Error> {
    let mut options = Options::default();
    let mut at = from;
    while at < call.argv.len() {
        let word = call.option(at);
        // The same unit may be given again, another one may not.
        let is_other_unit = options.expiry.as_ref().is_some_and(|expiry| expiry.unit != word);
        let ttl_is_open = !is_other_unit && !options.keep_ttl && !options.persist;
        match word.as_slice() {
            b"NX" if is_set && !options.xx => options.nx = true,
            b"XX" if is_set && !options.nx => options.xx = true,
            b"GET" if is_set => options.get = true,
            b"KEEPTTL" if is_set && options.expiry.is_none() => options.keep_ttl = true,
            b"PERSIST" if !is_set && options.expiry.is_none() => options.persist = true,
            unit @ (b"EX" | b"PX" | b"EXAT" | b"PXAT") if ttl_is_open && at + 1 < call.argv.len() => {
                options.expiry = Some(Expiry::new(unit, call.word(at + 1)));
                at += 1;
            }
            _ => return Err(Error::Syntax),
        }
        at += 1;
    }
    Ok(options)
}

impl Expiry {
    fn new(unit: &[u8], word: &[u8]) -> Expiry {
        Expiry { unit: unit.to_vec(), word: word.to_vec() }
    }

    /// Milliseconds since 1970; `command` names the culprit.
    fn when(&self, now: i64, command: &str) -> Result<i64, Error> {
        let number = parse_i64(&self.word).ok_or(Error::NotAnInteger)?;
        let unit = if self.unit.starts_with(b"EX") { 1_000 } else { 1 };
        let base = if self.unit.ends_with(b"AT") { 0 } else { now };
        let when = number.checked_mul(unit).and_then(|ms| ms.checked_add(base));
        when.filter(|_| number > 0).ok_or_else(|| Error::InvalidExpire(command.to_owned()))
    }
}

fn set(call: &mut Call<'_>) -> Outcome {
    let options = options(call, 3, true)?;
    let (db, key, now) = (call.db(), call.word(1), call.keyspace.now);
    let when = options.expiry.as_ref().map(|expiry| expiry.when(now, "set")).transpose()?;
    let old =
        if options.get { bulk_or_null(call.text(1)?.map(|text| text.bytes.as_slice())) } else { Reply::ok() };
    let exists = || call.keyspace.get(db, key).is_some();
    if (options.nx && exists()) || (options.xx && !exists()) {
        return if options.get { Ok(Answer::Reply(old)) } else { Answer::null() };
    }
    if when.is_some_and(|when| call.keyspace.is_over(when)) {
        if call.keyspace.remove(db, key).is_some() {
            call.notify('g', "del", key);
        }
        return Ok(Answer::Reply(old));
    }
    let ttl = match when {
        Some(when) => Ttl::At(when),
        None if options.keep_ttl => Ttl::Keep,
        None => Ttl::Clear,
    };
    call.keyspace.put(db, key, Value::Text(Text::whole(call.word(2))), ttl);
    call.notify('$', "set", key);
    if matches!(ttl, Ttl::At(_)) {
        call.notify('g', "expire", key);
    }
    Ok(Answer::Reply(old))
}

fn set_for(call: &mut Call<'_>, unit: &[u8], name: &str) -> Outcome {
    let when = Expiry::new(unit, call.word(2)).when(call.keyspace.now, name)?;
    let value = Value::Text(Text::whole(call.word(3)));
    call.keyspace.put(call.session.db, call.word(1), value, Ttl::At(when));
    call.notify('$', "set", call.word(1));
    call.notify('g', "expire", call.word(1));
    Answer::ok()
}

fn setnx(call: &mut Call<'_>) -> Outcome {
    let (db, key) = (call.db(), call.word(1));
    let is_free = call.keyspace.get(db, key).is_none();
    if is_free {
        call.keyspace.put(db, key, Value::Text(Text::whole(call.word(2))), Ttl::Clear);
        call.notify('$', "set", key);
    }
    Answer::flag(is_free)
}

fn getex(call: &mut Call<'_>) -> Outcome {
    let options = options(call, 2, false)?;
    let (db, key, now) = (call.db(), call.word(1), call.keyspace.now);
    let Some(value) = call.text(1)?.map(|text| text.bytes.clone()) else { return Answer::null() };
    let when = options.expiry.as_ref().map(|expiry| expiry.when(now, "getex")).transpose()?;
    match when {
        Some(when) if call.keyspace.is_over(when) => {
            call.keyspace.remove(db, key);
            call.notify('g', "del", key);
        }
        Some(when) => set_expiry(call, Some(when)),
        None if options.persist => set_expiry(call, None),
        None => {}
    }
    Answer::bulk(&value)
}

/// Gives word 1's key another time to live; taking away what is not there is no change.
fn set_expiry(call: &mut Call<'_>, when: Option<i64>) {
    let (db, key) = (call.db(), call.word(1));
    let Some(item) = call.keyspace.get_mut(db, key) else { return };
    if when.is_some() || item.expires_at.is_some() {
        item.expires_at = when;
        call.keyspace.changed(db, key);
        call.notify('g', if when.is_some() { "expire" } else { "persist" }, key);
    }
}
