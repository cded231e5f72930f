//! WAIT: Blocks until the asynchronous replication of all preceding write commands sent by the connection is completed.

use crate::blocking::Reason;
use crate::commands::options::{Unit, deadline, integer};
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of WAIT.
pub(super) const ROW: Row = Row {
    summary: "Blocks until the asynchronous replication of all preceding write commands sent by the connection is completed.",
    complexity: "O(1)",
    group: "generic",
    since: "3.0.0",
    arity: 3,
    flags: flag::BLOCKING,
    acl: &["connection"],
    tips: &["request_policy:all_shards", "response_policy:agg_min"],
    arguments: &[Arg::new("numreplicas", Kind::Integer), Arg::new("timeout", Kind::Integer)],
    ..Row::new("wait", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let replicas = integer(&args[1])?;
    let until = deadline(&args[2], Unit::Milliseconds, ctx.now)?;
    if replicas <= 0 || !ctx.may_block() {
        ctx.reply.int(0);
    } else {
        ctx.block(Reason::Replicas, until, None);
    }
    Ok(())
}
