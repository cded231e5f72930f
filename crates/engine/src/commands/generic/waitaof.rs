//! WAITAOF: Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the primary and/or replicas.

use crate::blocking::Reason;
use crate::commands::options::{Unit, deadline, integer};
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of WAITAOF.
pub(super) const ROW: Row = Row {
    summary: "Blocks until all of the preceding write commands sent by the connection are written to the append-only file of the primary and/or replicas.",
    complexity: "O(1)",
    group: "generic",
    since: "7.2.0",
    arity: 4,
    flags: flag::BLOCKING,
    acl: &["connection"],
    tips: &["request_policy:all_shards", "response_policy:agg_min"],
    arguments: &[
        Arg::new("numlocal", Kind::Integer),
        Arg::new("numreplicas", Kind::Integer),
        Arg::new("timeout", Kind::Integer),
    ],
    ..Row::new("waitaof", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let is_local = local(&args[1])?;
    let needs_replicas = replicas(&args[2])? > 0;
    let until = deadline(&args[3], Unit::Milliseconds, ctx.now)?;
    if is_local && !ctx.server.aof.is_enabled() {
        let why = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
        return Err(Error::Custom(why.to_string()));
    }
    let end = ctx.client.written;
    let is_done = !needs_replicas && (!is_local || ctx.server.aof.durable() >= end);
    if is_done || !ctx.may_block() {
        ctx.reply_synced(end);
    } else {
        ctx.block(Reason::Synced { end, needs_replicas }, until, None);
    }
    Ok(())
}

/// This server's own file: asked for or not.
fn local(text: &[u8]) -> Result<bool, Error> {
    match integer(text)? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::Custom("ERR value is out of range, value must between 0 and 1".to_string())),
    }
}

fn replicas(text: &[u8]) -> Result<i64, Error> {
    integer(text).ok().filter(|replicas| *replicas >= 0).ok_or(Error::NotPositive)
}
