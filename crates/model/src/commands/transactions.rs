//! MULTI and WATCH. EXEC itself is in `dispatch`: it runs other commands.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::table::{Row, row};
use resplay_resp::Error;

pub(crate) const ROWS: &[Row] = &[
    row("DISCARD", 1, "l", discard),
    row("EXEC", 1, "l", |_| Err(Error::ExecWithoutMulti)),
    row("MULTI", 1, "ln", multi),
    row("UNWATCH", 1, "l", unwatch),
    row("WATCH", -2, "ln", watch),
];

fn multi(call: &mut Call<'_>) -> Outcome {
    call.session.queue = Some(Vec::new());
    Answer::ok()
}

fn discard(call: &mut Call<'_>) -> Outcome {
    if call.session.queue.is_none() {
        return Err(Error::DiscardWithoutMulti);
    }
    call.session.leave_multi();
    unwatch(call)
}

fn watch(call: &mut Call<'_>) -> Outcome {
    let (id, db) = (call.session.id, call.db());
    for key in &call.argv[1..] {
        let is_dead = call.keyspace.physical(db, key).is_some_and(|item| call.keyspace.is_dead(item));
        call.keyspace.watches.add(id, db, key, is_dead);
    }
    Answer::ok()
}

fn unwatch(call: &mut Call<'_>) -> Outcome {
    call.keyspace.watches.forget(call.session.id);
    Answer::ok()
}
