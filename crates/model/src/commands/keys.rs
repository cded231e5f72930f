//! Keys of any type, one database at a time.

use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::table::{Row, row};
use resplay_resp::Reply;

pub(crate) const ROWS: &[Row] = &[
    row("DEL", -2, "w", del),
    row("EXISTS", -2, "", count_existing),
    row("TOUCH", -2, "", count_existing),
    row("TYPE", 2, "", type_of),
    row("UNLINK", -2, "w", del),
];

fn del(call: &mut Call<'_>) -> Outcome {
    let db = call.db();
    let mut deleted = 0;
    for key in &call.argv[1..] {
        if call.keyspace.remove(db, key).is_some() {
            call.notify('g', "del", key);
            deleted += 1;
        }
    }
    Answer::count(deleted)
}

fn count_existing(call: &mut Call<'_>) -> Outcome {
    let db = call.db();
    Answer::count(call.argv[1..].iter().filter(|key| call.keyspace.get(db, key).is_some()).count())
}

fn type_of(call: &mut Call<'_>) -> Outcome {
    let item = call.keyspace.get(call.db(), call.word(1));
    let name = item.map_or("none", |item| item.value.type_name());
    Ok(Answer::Reply(Reply::Simple(name.into())))
}
