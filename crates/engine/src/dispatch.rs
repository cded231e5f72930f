//! From a client's words to a command that runs: looking it up, the checks before it (in the real servers'
//! order), queueing inside MULTI, running it, and what follows (statistics, slow log, propagation).

use crate::blocking::{self, Blocked};
use crate::commands::Found;
use crate::context::Context;
use crate::memory::Room;
use crate::propagation::Fate;
use crate::row::flag;
use resplay_base::Work;
use resplay_base::journal::{Event, Wake};
use resplay_resp::{Args, Error, OwnedArgs, Protocol};
use std::time::Duration;

/// Takes one request of a client.
pub fn process(ctx: &mut Context<'_>, args: Args<'_>) {
    let start = ctx.reply.out.len();
    ctx.client.active = ctx.now.mono;
    ctx.client.kept = 0;
    ctx.data.begin(ctx.now, ctx.client.db);
    if is_attack(args) {
        cut_off(ctx);
        return;
    }
    execute(ctx, args);
    let session = ctx.client.id;
    if let Some(awaits_files) = ctx.client.blocked.as_ref().map(|blocked| blocked.reason.is_files()) {
        blocking::remember(ctx.client, args);
        if awaits_files {
            return;
        }
        ctx.data.record(|| Event::Blocked { session, argv: args.to_vecs() });
    } else {
        settle_reply(ctx, start);
        let reply = &ctx.reply.out[start.min(ctx.reply.out.len())..];
        ctx.data.record(|| Event::Command { session, argv: args.to_vecs(), reply: reply.to_vec() });
    }
    if ctx.server.pubsub.has_mail() {
        ctx.deliver(start);
    }
}

/// Checks a request, and runs it, queues it or refuses it.
fn execute(ctx: &mut Context<'_>, args: Args<'_>) {
    let appended = ctx.server.aof.end();
    let admitted = admit(ctx, args);
    // Keys may have been evicted to make room.
    ctx.publish_notifications();
    ctx.server.pubsub.command_begins();
    match admitted {
        Ok(Admitted::Run(found)) => call(ctx, found, args),
        Ok(Admitted::Queue(found)) => queue(ctx, found, args),
        Err(refused) => refuse(ctx, refused),
    }
    finish_unit(ctx);
    if ctx.server.aof.end() != appended {
        ctx.client.written = ctx.server.aof.end();
    }
}

/// Runs a command that waited again, as if it had just come. It may begin to wait once more.
pub fn resume(ctx: &mut Context<'_>, blocked: &Blocked) {
    let start = ctx.reply.out.len();
    let args = blocked.argv.as_args();
    ctx.client.resumed = Some(blocked.deadline);
    execute(ctx, args);
    ctx.client.resumed = None;
    match ctx.client.blocked {
        Some(_) => blocking::remember(ctx.client, args),
        None => settle_woken(ctx, start, Wake::Served),
    }
    if ctx.server.pubsub.has_mail() {
        ctx.deliver(start);
    }
}

/// A command that waited has come to its end; its reply begins at `start`.
pub fn settle_woken(ctx: &mut Context<'_>, start: usize, why: Wake) {
    settle_reply(ctx, start);
    let (session, reply) = (ctx.client.id, &ctx.reply.out[start.min(ctx.reply.out.len())..]);
    ctx.data.record(|| Event::Woken { session, why, reply: reply.to_vec() });
}

/// A command that waited for files has come to its end; its reply begins at `start`.
pub fn settle_finished(ctx: &mut Context<'_>, start: usize, args: Args<'_>) {
    settle_reply(ctx, start);
    let (session, reply) = (ctx.client.id, &ctx.reply.out[start.min(ctx.reply.out.len())..]);
    ctx.data.record(|| Event::Command { session, argv: args.to_vecs(), reply: reply.to_vec() });
}

/// A browser was made to speak to this port: what follows in its request may look like commands.
fn is_attack(args: Args<'_>) -> bool {
    args[0].eq_ignore_ascii_case(b"post") || args[0].eq_ignore_ascii_case(b"host:")
}

fn cut_off(ctx: &mut Context<'_>) {
    let peer = ctx.client.peer.to_string();
    let text = format!(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Valkey. \
         Connection from {peer} aborted."
    );
    crate::log::log(ctx.host, '#', &text);
    ctx.client.is_closing = true;
}

/// What to do with a request that passed all checks.
enum Admitted {
    Run(Found),
    Queue(Found),
}

/// A request that must not run.
struct Refused {
    error: Error,
    found: Option<Found>,
    /// EXEC itself was refused: the transaction ends.
    ends_transaction: bool,
}

fn admit(ctx: &mut Context<'_>, args: Args<'_>) -> Result<Admitted, Refused> {
    ctx.client.last = None;
    let found = ctx.server.table.lookup(args).map_err(|error| Refused {
        error,
        found: None,
        ends_transaction: false,
    })?;
    ctx.client.last = Some(found.row);
    let is_exec = found.row.name == "exec";
    let allowed = found.check_arity(args).and_then(|()| check(ctx, found));
    allowed.map_err(|error| Refused { error, found: Some(found), ends_transaction: is_exec })?;
    if ctx.client.multi.is_some() && !RUNS_INSIDE_MULTI.contains(&found.row.name) {
        return Ok(Admitted::Queue(found));
    }
    Ok(Admitted::Run(found))
}

/// Commands that are not queued inside MULTI.
const RUNS_INSIDE_MULTI: &[&str] = &["exec", "discard", "quit", "reset"];

/// The state of the server and the client allows the command now.
fn check(ctx: &mut Context<'_>, found: Found) -> Result<(), Error> {
    let row = found.row;
    if row.has(flag::PROTECTED) && !may_debug(ctx) {
        return Err(Error::DebugNotAllowed);
    }
    if !ctx.client.is_authenticated && !row.has(flag::NO_AUTH) {
        return Err(Error::NoAuth);
    }
    if ctx.client.multi.is_some() && row.has(flag::NO_MULTI) {
        return Err(Error::NotAllowedInTransaction);
    }
    check_memory(ctx, found)?;
    check_disk(ctx, found)?;
    if listens_only(ctx) && !RUNS_WHILE_SUBSCRIBED.contains(&row.name) {
        return Err(Error::SubscribedContext(row.name));
    }
    if ctx.client.subscriptions.is_empty() && UNSUBSCRIBES.contains(&row.name) {
        return Err(Error::NotSubscribed(row.name));
    }
    if ctx.server.is_loading() && !row.has(flag::LOADING) {
        return Err(Error::Loading);
    }
    Ok(())
}

/// `enable-debug-command` lets this client use DEBUG.
fn may_debug(ctx: &Context<'_>) -> bool {
    ctx.server.config.settings.enable_debug_command.permits(ctx.client.peer.is_loopback())
}

/// In RESP2 a message looks like a reply, so that a client that subscribes may do little else.
fn listens_only(ctx: &Context<'_>) -> bool {
    ctx.client.protocol == Protocol::Resp2 && !ctx.client.subscriptions.is_empty()
}

/// Commands for subscribers only.
const UNSUBSCRIBES: &[&str] = &["punsubscribe", "sunsubscribe", "unsubscribe"];

/// Commands that a subscriber may run in RESP2.
const RUNS_WHILE_SUBSCRIBED: &[&str] = &[
    "ping",
    "psubscribe",
    "punsubscribe",
    "quit",
    "reset",
    "ssubscribe",
    "subscribe",
    "sunsubscribe",
    "unsubscribe",
];

/// Flags of the transaction that an EXEC would run.
fn queued_flags(ctx: &Context<'_>, found: Found) -> u32 {
    let is_exec = found.row.name == "exec";
    ctx.client.multi.as_ref().filter(|_| is_exec).map_or(0, |multi| multi.flags)
}

fn check_memory(ctx: &mut Context<'_>, found: Found) -> Result<(), Error> {
    if ctx.server.config.settings.maxmemory == 0 {
        return Ok(());
    }
    let room = ctx.make_room();
    // An EXEC that watches what was evicted fails.
    fail_watchers(ctx);
    let needs_memory = (found.row.flags | queued_flags(ctx, found)) & flag::DENYOOM != 0;
    match room {
        Room::Full { used } if needs_memory => {
            ctx.record_full(used);
            Err(Error::OutOfMemory)
        }
        _ => Ok(()),
    }
}

/// While the data cannot be kept, nothing may change it; and PING fails too, for those who watch over the server.
fn check_disk(ctx: &Context<'_>, found: Found) -> Result<(), Error> {
    let writes = (found.row.flags | queued_flags(ctx, found)) & flag::WRITE != 0;
    if !writes && found.row.name != "ping" {
        return Ok(());
    }
    if ctx.server.rdb.refuses_writes(&ctx.server.config.settings) {
        return Err(Error::Custom(CANNOT_SAVE.to_string()));
    }
    match ctx.server.aof.error() {
        Some(why) => Err(Error::Custom(format!("MISCONF Errors writing to the AOF file: {why}"))),
        None => Ok(()),
    }
}

/// The error of `stop-writes-on-bgsave-error`.
const CANNOT_SAVE: &str = "MISCONF Valkey is configured to save RDB snapshots, but it's currently unable to persist to \
    disk. Commands that may modify the data set are disabled, because this instance is configured to report errors \
    during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Valkey logs for \
    details about the RDB error.";

fn refuse(ctx: &mut Context<'_>, refused: Refused) {
    let Refused { error, found, ends_transaction } = refused;
    if let Some(found) = found {
        ctx.server.stats.calls_mut(found.id).rejected += 1;
    }
    let error = if ends_transaction {
        crate::commands::abandon_transaction(ctx);
        let why = error.to_string();
        let why = why.strip_prefix("ERR ").unwrap_or(&why);
        Error::Custom(format!("EXECABORT Transaction discarded because of: {why}"))
    } else {
        if let Some(multi) = &mut ctx.client.multi {
            multi.is_aborted = true;
        }
        error
    };
    write_error(ctx, &error);
}

fn queue(ctx: &mut Context<'_>, found: Found, args: Args<'_>) {
    let Some(multi) = &mut ctx.client.multi else { return };
    // A transaction that can no longer run must not eat memory.
    if !multi.is_aborted && !ctx.client.is_cas_dirty {
        multi.queue.push((found, OwnedArgs::from(args)));
        multi.flags |= found.row.flags;
    }
    ctx.reply.simple(b"QUEUED");
}

/// Runs a command now: for a client, inside EXEC, or while a file is loaded.
pub fn call(ctx: &mut Context<'_>, found: Found, args: Args<'_>) {
    let dirty_before = ctx.data.dirty;
    let began = ctx.host.now().mono;
    ctx.data.work = Work { commands: 1, ..Work::default() };
    ctx.data.access.is_frozen = ctx.client.no_touch && found.row.name != "touch";
    let outcome = (found.row.run)(ctx, args);
    if let Err(error) = &outcome {
        write_error(ctx, error);
    }
    ctx.publish_notifications();
    let fate = ctx.data.propagation.take_fate();
    if fate == Fate::AsIs && ctx.data.dirty != dirty_before {
        propagate_as_is(ctx, args);
    }
    let took = ctx.host.charge(ctx.data.work).since(began);
    if ctx.client.blocked.is_some() {
        // It counts when it is over.
        return;
    }
    count_call(ctx, found, took, outcome.is_err());
    if !found.row.has(flag::SKIP_SLOWLOG) {
        ctx.server.slowlog.note(&ctx.server.config.settings, ctx.now, took, args, ctx.client);
    }
}

/// A command came to its end.
pub fn count_call(ctx: &mut Context<'_>, found: Found, took: Duration, has_failed: bool) {
    ctx.client.commands += 1;
    ctx.server.stats.commands += 1;
    let calls = ctx.server.stats.calls_mut(found.id);
    calls.calls += 1;
    calls.total += took;
    calls.failed += u64::from(has_failed);
}

fn propagate_as_is(ctx: &mut Context<'_>, args: Args<'_>) {
    if ctx.data.propagation.is_on {
        let words: Vec<&[u8]> = args.iter().collect();
        ctx.data.propagation.push(ctx.data.db, &words);
    }
}

/// Writes an error reply and counts it.
pub fn write_error(ctx: &mut Context<'_>, error: &Error) {
    let wire = error.wire();
    ctx.server.stats.count_error(&wire);
    ctx.reply.error_text(&wire);
}

/// An execution (a command, or a whole transaction) is over: hand on what it did.
pub fn finish_unit(ctx: &mut Context<'_>) {
    if !ctx.data.propagation.is_empty() {
        ctx.server.feed_aof(ctx.data);
    }
    fail_watchers(ctx);
}

/// Whoever watches a key that was touched hears of it.
fn fail_watchers(ctx: &mut Context<'_>) {
    if !ctx.data.is_watched() {
        return;
    }
    for touched in ctx.data.take_touched() {
        let is_gone = ctx.data.database(touched.db).find(&touched.key).is_none();
        let client = if touched.client == ctx.client.id {
            &mut *ctx.client
        } else if let Some(session) = ctx.clients.by_id(touched.client) {
            &mut session.client
        } else {
            continue;
        };
        client.key_touched(&touched, is_gone);
    }
}

/// CLIENT REPLY OFF and SKIP: the command ran, but its reply is taken back.
fn settle_reply(ctx: &mut Context<'_>, start: usize) {
    take_back_if_muted(ctx, start.max(ctx.client.kept));
    ctx.client.replies = ctx.client.replies.next();
}

/// Takes back what was answered from `start` on, if the client is to hear nothing now.
pub fn take_back_if_muted(ctx: &mut Context<'_>, start: usize) {
    if ctx.client.replies.is_muted() {
        ctx.reply.out.truncate(start);
    }
}
