//! CONFIG SET: Sets configuration parameters in-flight.

use crate::aof::AskedBy;
use crate::blocking::Reason;
use crate::config::Config;
use crate::context::Context;
use crate::row::{Arg, Kind, Row, flag};
use crate::server::adopt_settings;
use resplay_resp::{Args, Error};

/// What the server knows of CONFIG SET.
pub(super) const ROW: Row = Row {
    summary: "Sets configuration parameters in-flight.",
    complexity: "O(N) when N is the number of configuration parameters provided",
    group: "server",
    since: "2.0.0",
    history: &[("7.0.0", "Added the ability to set multiple parameters in one call.")],
    arity: -4,
    flags: flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE,
    tips: &["request_policy:all_nodes", "response_policy:all_succeeded"],
    arguments: &[Arg::new("data", Kind::Block)
        .multiple()
        .of(&[Arg::new("parameter", Kind::String), Arg::new("value", Kind::String)])],
    ..Row::new("config|set", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    if !args.len().is_multiple_of(2) {
        return Err(Error::Syntax);
    }
    let pairs: Vec<(&[u8], &[u8])> =
        (2..args.len()).step_by(2).map(|at| (&args[at], &args[at + 1])).collect();
    let mut config = ctx.server.config.clone();
    let changed = config.set_many(&pairs, ctx.client.peer.is_loopback())?;
    for directive in &changed {
        refuse_at_run_time(directive.name)?;
    }
    let before = std::mem::replace(&mut ctx.server.config, config);
    for directive in &changed {
        apply(ctx, directive.name);
    }
    adopt_settings(ctx.data, ctx.server);
    if !changed.iter().any(|directive| directive.name == "appendonly") || !switch_aof(ctx, before) {
        ctx.reply.ok();
    }
    Ok(())
}

/// Turns the append-only file on or off; whether the reply comes later, when it is known whether that can be done.
fn switch_aof(ctx: &mut Context<'_>, before: Config) -> bool {
    if !ctx.server.config.settings.appendonly {
        ctx.server.turn_off_aof(ctx.data, ctx.host);
        return false;
    }
    let is_alone = ctx.client.multi.is_none();
    let asked_by = is_alone.then(|| AskedBy::Config(ctx.client.id, Box::new(before)));
    let waits = ctx.server.turn_on_aof(ctx.data, ctx.host, asked_by);
    if waits {
        ctx.block(Reason::Files, None, None);
    }
    waits
}

/// Parameters that the real servers can change at run time and this one cannot yet: it fails as they do when
/// the operating system refuses.
fn refuse_at_run_time(name: &str) -> Result<(), Error> {
    let why = match name {
        "bind" => "Failed to bind to specified addresses.",
        "port" => "Unable to listen on this port. Check server logs.",
        _ => return Ok(()),
    };
    Err(Error::ConfigSet(name.into(), why.to_string()))
}

/// What else follows from a change.
fn apply(ctx: &mut Context<'_>, name: &str) {
    let settings = &ctx.server.config.settings;
    match name {
        // The timer evicts at once, rather than the next command that meets full memory.
        "maxmemory" => ctx.server.is_evicting = settings.maxmemory > 0,
        "slowlog-max-len" => ctx.server.slowlog.trim(settings.slowlog_max_len),
        "dir" => {
            let dir = settings.dir.clone();
            ctx.server.root.change(&dir);
        }
        // Without a password nobody has to authenticate any more.
        "requirepass" if settings.requirepass.is_empty() => {
            ctx.client.is_authenticated = true;
            ctx.clients.for_each(|session| session.client.is_authenticated = true);
        }
        _ => {}
    }
}
