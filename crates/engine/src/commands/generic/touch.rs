//! TOUCH: Returns the number of existing keys out of those specified after updating the time they were last accessed.

use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of TOUCH.
pub(super) const ROW: Row = Row {
    summary: "Returns the number of existing keys out of those specified after updating the time they were last accessed.",
    complexity: "O(N) where N is the number of keys that will be touched.",
    group: "generic",
    since: "3.2.1",
    arity: -2,
    flags: flag::READONLY | flag::FAST,
    acl: &["keyspace"],
    tips: &["request_policy:multi_shard", "response_policy:agg_sum"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: -1, step: 1, limit: 0 },
        flags: &["RO"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0).multiple()],
    ..Row::new("touch", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let there = args.from(1).iter().filter(|key| ctx.data.read_id(key).is_some()).count();
    ctx.reply.int(there as i64);
    Ok(())
}
