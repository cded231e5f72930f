//! The server commands.

mod bgrewriteaof;
mod bgsave;
mod command;
mod config;
mod dbsize;
mod debug;
mod flushall;
mod flushdb;
mod info;
mod lastsave;
mod memory;
mod save;
mod shutdown;
mod slowlog;
mod swapdb;
mod time;

use crate::context::Context;
use crate::row::Row;
use resplay_resp::{Args, Error};

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] = &[
    &bgrewriteaof::ROW,
    &bgsave::ROW,
    &command::ROW,
    &config::ROW,
    &dbsize::ROW,
    &debug::ROW,
    &flushall::ROW,
    &flushdb::ROW,
    &info::ROW,
    &lastsave::ROW,
    &memory::ROW,
    &save::ROW,
    &shutdown::ROW,
    &slowlog::ROW,
    &swapdb::ROW,
    &time::ROW,
];

/// FLUSHALL and FLUSHDB take ASYNC or SYNC: memory is given back at once either way.
fn check_flush(args: Args<'_>) -> Result<(), Error> {
    let is_known = |word: &[u8]| word.eq_ignore_ascii_case(b"async") || word.eq_ignore_ascii_case(b"sync");
    match args.len() {
        1 => Ok(()),
        2 if is_known(&args[1]) => Ok(()),
        _ => Err(Error::Syntax),
    }
}

/// SAVE and BGSAVE: one file at a time.
fn refuse_while_saving(ctx: &Context<'_>) -> Result<(), Error> {
    match ctx.server.rdb.background() {
        Some(_) => Err(Error::Custom("ERR Background save already in progress".to_string())),
        None => Ok(()),
    }
}

fn flush(ctx: &mut Context<'_>, db: u32) {
    ctx.data.touch_all(db, None);
    let keys = ctx.data.flush(db);
    ctx.data.dirty += keys;
    ctx.data.work.elements += keys;
}
