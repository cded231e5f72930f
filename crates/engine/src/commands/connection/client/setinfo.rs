//! CLIENT SETINFO: Sets information specific to the client or connection.

use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of CLIENT SETINFO.
pub(super) const ROW: Row = Row {
    summary: "Sets information specific to the client or connection.",
    complexity: "O(1)",
    group: "connection",
    since: "7.2.0",
    arity: 4,
    flags: flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::SENTINEL,
    acl: &["connection"],
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    arguments: &[Arg::new("attr", Kind::OneOf).of(&[
        Arg::new("libname", Kind::String).token("LIB-NAME"),
        Arg::new("libver", Kind::String).token("LIB-VER"),
    ])],
    ..Row::new("client|setinfo", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (option, value) = (&args[2], &args[3]);
    let place = if option.eq_ignore_ascii_case(b"lib-name") {
        &mut ctx.client.lib_name
    } else if option.eq_ignore_ascii_case(b"lib-ver") {
        &mut ctx.client.lib_ver
    } else {
        return Err(Error::UnrecognizedOption(option.to_vec()));
    };
    if !super::super::is_plain(value) {
        return Err(Error::ClientInfo(String::from_utf8_lossy(option).into_owned()));
    }
    *place = value.to_vec();
    ctx.reply.ok();
    Ok(())
}
