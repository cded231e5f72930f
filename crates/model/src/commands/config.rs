//! CONFIG: of all parameters the model follows those in its settings.

use crate::answer::Outcome;
use crate::call::{Call, as_bulk};
use crate::commands::object::is_ok;
use crate::table::{Row, container, row};
use resplay_resp::Reply;

pub(crate) const ROWS: &[Row] = &[
    container("CONFIG"),
    row("CONFIG|GET", -3, "l", get),
    row("CONFIG|HELP", 2, "l", |call| call.help()),
    row("CONFIG|RESETSTAT", 2, "l", |_| crate::answer::Answer::ok()),
    row("CONFIG|REWRITE", 2, "l", ok_or_error),
    row("CONFIG|SET", -4, "l", set),
];

fn ok_or_error(call: &mut Call<'_>) -> Outcome {
    call.form("OK, or an error", |reply| is_ok(reply) || reply.is_error())
}

/// Which values a parameter takes is not the model's business: it believes the node, and follows.
fn set(call: &mut Call<'_>) -> Outcome {
    if call.chosen().is_some_and(|reply| is_ok(&reply)) || !call.session.is_heard() {
        for pair in call.argv[2..].chunks_exact(2) {
            let name = String::from_utf8_lossy(&pair[0]).to_ascii_lowercase();
            call.keyspace.settings.set(&name, &pair[1]);
        }
    }
    ok_or_error(call)
}

fn get(call: &mut Call<'_>) -> Outcome {
    let settings = &call.keyspace.settings;
    let is_right = |name: &Reply, value: &Reply| {
        let (Some(name), Some(value)) = (as_bulk(name), as_bulk(value)) else { return false };
        settings.get(&String::from_utf8_lossy(name)).is_none_or(|known| known == value)
    };
    call.form("names and values, with those that the model follows as they were set", |reply| match reply {
        Reply::Map(pairs) => pairs.iter().all(|(name, value)| is_right(name, value)),
        Reply::Array(items) => {
            items.len() % 2 == 0 && items.chunks(2).all(|pair| is_right(&pair[0], &pair[1]))
        }
        _ => false,
    })
}
