//! The pubsub commands.

mod psubscribe;
mod publish;
mod pubsub_;
mod punsubscribe;
mod spublish;
mod ssubscribe;
mod subscribe;
mod sunsubscribe;
mod unsubscribe;

use crate::context::Context;
use crate::pubsub::Kind;
use crate::row::Row;
use resplay_resp::Args;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &psubscribe::ROW,
    &publish::ROW,
    &pubsub_::ROW,
    &punsubscribe::ROW,
    &spublish::ROW,
    &ssubscribe::ROW,
    &subscribe::ROW,
    &sunsubscribe::ROW,
    &unsubscribe::ROW,
];

/// SUBSCRIBE and its kin: each name is confirmed, known or not.
fn subscribe(ctx: &mut Context<'_>, args: Args<'_>, kind: Kind, word: &str) {
    for name in args.from(1).iter() {
        ctx.server.pubsub.subscribe(ctx.client, kind, name);
        ctx.confirm(word, kind, Some(name));
    }
    ctx.data.work.elements += args.len() as u64 - 2;
}

/// UNSUBSCRIBE and its kin: each name is confirmed, subscribed to or not; without names, all that there are, or none.
fn unsubscribe(ctx: &mut Context<'_>, args: Args<'_>, kind: Kind, word: &str) {
    let all = if args.len() == 1 { ctx.client.subscriptions.names(kind) } else { Vec::new() };
    if args.len() == 1 && all.is_empty() {
        ctx.confirm(word, kind, None);
    }
    let names = args.from(1);
    for name in names.iter().chain(all.iter().map(|name| &**name)) {
        ctx.server.pubsub.unsubscribe(ctx.client, kind, name);
        ctx.confirm(word, kind, Some(name));
    }
    ctx.data.work.elements += (names.len() + all.len()).saturating_sub(1) as u64;
}
