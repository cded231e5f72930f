//! APPEND: Appends a string to the value of a key. Creates the key if it doesn't exist.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Str, Value};
use resplay_resp::{Args, Error};

/// What the server knows of APPEND.
pub(super) const ROW: Row = Row {
    summary: "Appends a string to the value of a key. Creates the key if it doesn't exist.",
    complexity: "O(1). The amortized time complexity is O(1) assuming the appended value is small and the already present value is of any size, since the dynamic string library used by the server will double the free space available on every reallocation.",
    group: "string",
    since: "2.0.0",
    arity: 3,
    flags: flag::WRITE | flag::DENYOOM | flag::FAST,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "INSERT"],
        notes: None,
    }],
    arguments: &[Arg::key("key", 0), Arg::new("value", Kind::String)],
    ..Row::new("append", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let len = match ctx.data.write_string(&args[1])? {
        None => {
            ctx.data.insert(&args[1], Value::Str(Str::from_bytes(&args[2])));
            args[2].len()
        }
        Some(id) => {
            let old = super::string_len(ctx.data, id);
            super::check_length(ctx, old, args[2].len())?;
            ctx.data.edit(id, |value| super::buffer(value).extend_from_slice(&args[2]));
            old + args[2].len()
        }
    };
    ctx.data.changed(&args[1]);
    ctx.data.notify(class::STRING, "append", &args[1]);
    ctx.data.work.bytes += args[2].len() as u64;
    ctx.reply.int(len as i64);
    Ok(())
}
