//! PUBSUB: A container for Pub/Sub commands.

mod channels;
mod help;
mod numpat;
mod numsub;
mod shardchannels;
mod shardnumsub;

use crate::context::Context;
use crate::pubsub::Kind;
use crate::row::Row;
use resplay_resp::{Args, Error};

/// What the server knows of PUBSUB.
pub(super) const ROW: Row = Row {
    summary: "A container for Pub/Sub commands.",
    complexity: "Depends on subcommand.",
    group: "pubsub",
    since: "2.8.0",
    arity: -2,
    subcommands: &[
        &channels::ROW,
        &help::ROW,
        &numpat::ROW,
        &numsub::ROW,
        &shardchannels::ROW,
        &shardnumsub::ROW,
    ],
    ..Row::new("pubsub", crate::commands::bare_container)
};

/// PUBSUB CHANNELS and SHARDCHANNELS.
fn reply_names(ctx: &mut Context<'_>, args: Args<'_>, kind: Kind) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::SubcommandSyntax(args[1].to_vec(), "PUBSUB".to_string()));
    }
    let names = ctx.server.pubsub.names(kind, args.get(2));
    ctx.data.work.elements += ctx.server.pubsub.len(kind) as u64;
    ctx.reply.array(names.len());
    names.iter().for_each(|name| ctx.reply.bulk(name));
    Ok(())
}

/// PUBSUB NUMSUB and SHARDNUMSUB.
fn reply_counts(ctx: &mut Context<'_>, args: Args<'_>, kind: Kind) {
    let names = args.from(2);
    ctx.data.work.elements += names.len() as u64;
    ctx.reply.array(2 * names.len());
    for name in names.iter() {
        ctx.reply.bulk(name);
        ctx.reply.int(ctx.server.pubsub.listeners(kind, name) as i64);
    }
}
