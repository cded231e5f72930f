//! SADD: Adds one or more members to a set. Creates the key if it doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::Set;
use resplay_resp::{Args, Error};

/// What the server knows of SADD.
pub(super) const ROW: Row = Row {
    summary: "Adds one or more members to a set. Creates the key if it doesn't exist.",
    complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
    group: "set",
    since: "1.0.0",
    history: &[("2.4.0", "Accepts multiple `member` arguments.")],
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["set"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("member", Kind::String).multiple()],
    ..Row::new("sadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (key, members, limits) = (&args[1], args.from(2), super::limits(ctx));
    let add = |set: &mut Set| members.iter().filter(|member| set.add(member, &limits)).count();
    let added = match ctx.data.write_as::<Set>(key)? {
        Some(id) => ctx.data.edit_as::<Set, _>(id, |set| {
            set.expect(members.len(), &limits);
            add(set)
        }),
        None => {
            let mut set = Set::expecting(&members[0], members.len(), &limits);
            let added = add(&mut set);
            ctx.data.insert(key, set.into());
            added
        }
    };
    if added > 0 {
        ctx.data.changed(key);
        ctx.data.dirty += added as u64 - 1;
        ctx.data.notify(class::SET, "sadd", key);
    }
    ctx.data.work.elements += members.len() as u64 - 1;
    ctx.data.work.bytes += members.total_bytes() as u64;
    ctx.reply.int(added as i64);
    Ok(())
}
