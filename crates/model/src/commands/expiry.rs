//! Times to live.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::table::{Row, row};
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("EXPIRE", -3, "w", |call| expire(call, 1_000, true, "expire")),
    row("EXPIREAT", -3, "w", |call| expire(call, 1_000, false, "expireat")),
    row("EXPIRETIME", 2, "", |call| time(call, |when, _| when / 1_000 + i64::from(when % 1_000 >= 500))),
    row("PERSIST", 2, "w", persist),
    row("PEXPIRE", -3, "w", |call| expire(call, 1, true, "pexpire")),
    row("PEXPIREAT", -3, "w", |call| expire(call, 1, false, "pexpireat")),
    row("PEXPIRETIME", 2, "", |call| time(call, |when, _| when)),
    row("PTTL", 2, "", |call| time(call, |when, now| when - now)),
    row("TTL", 2, "", |call| time(call, |when, now| (when - now).saturating_add(500) / 1_000)),
];

/// NX, XX, GT and LT.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(call: &Call<'_>) -> Result<Conditions, Error> {
        let mut set = Conditions::default();
        for index in 3..call.argv.len() {
            match call.option(index).as_slice() {
                b"NX" => set.nx = true,
                b"XX" => set.xx = true,
                b"GT" => set.gt = true,
                b"LT" => set.lt = true,
                _ => return Err(unsupported(call.word(index))),
            }
        }
        match set {
            Conditions { nx: true, xx, gt, lt } if xx || gt || lt => Err(Error::ExpireNxAndOthers),
            Conditions { gt: true, lt: true, .. } => Err(Error::ExpireGtAndLt),
            set => Ok(set),
        }
    }

    /// Whether the time may become `new`; no time at all counts as the end of days.
    fn allow(&self, old: Option<i64>, new: i64) -> bool {
        let is_refused = (self.nx && old.is_some())
            || (self.xx && old.is_none())
            || (self.gt && old.is_none_or(|old| new <= old))
            || (self.lt && old.is_some_and(|old| new >= old));
        !is_refused
    }
}

fn unsupported(word: &[u8]) -> Error {
    Error::UnsupportedOption(word.to_vec())
}

fn expire(call: &mut Call<'_>, unit_ms: i64, is_relative: bool, name: &str) -> Outcome {
    let conditions = Conditions::parse(call)?;
    let base = if is_relative { call.keyspace.now } else { 0 };
    let when = call.int(2)?.checked_mul(unit_ms).and_then(|ms| ms.checked_add(base));
    let when = when.ok_or_else(|| Error::InvalidExpire(name.to_owned()))?;
    let (db, key) = (call.db(), call.word(1));
    let Some(item) = call.keyspace.get_mut(db, key) else { return Answer::int(0) };
    if !conditions.allow(item.expires_at, when) {
        return Answer::int(0);
    }
    item.expires_at = Some(when);
    match call.keyspace.is_over(when) {
        true => {
            delete_now(call, db, key);
            call.notify('g', "del", key);
        }
        false => {
            call.keyspace.changed(db, key);
            call.notify('g', "expire", key);
        }
    }
    Answer::int(1)
}

/// A time in the past deletes at once, as DEL would.
fn delete_now(call: &mut Call<'_>, db: u32, key: &[u8]) {
    if let Some(item) = call.keyspace.get_mut(db, key) {
        item.expires_at = None;
    }
    call.keyspace.remove(db, key);
}

fn persist(call: &mut Call<'_>) -> Outcome {
    let (db, key) = (call.db(), call.word(1));
    let had_ttl = call.keyspace.get_mut(db, key).is_some_and(|item| item.expires_at.take().is_some());
    if had_ttl {
        call.keyspace.changed(db, key);
        call.notify('g', "persist", key);
    }
    Answer::flag(had_ttl)
}

/// -2 without the key, -1 without a time, else what `show` makes of the time and the clock.
fn time(call: &mut Call<'_>, show: fn(i64, i64) -> i64) -> Outcome {
    let now = call.keyspace.now;
    match call.keyspace.get(call.db(), call.word(1)).map(|item| item.expires_at) {
        None => Answer::int(-2),
        Some(None) => Answer::int(-1),
        Some(Some(when)) => Answer::int(show(when, now).max(0)),
    }
}
