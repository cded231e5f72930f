//! Clients that wait: for a key (BLPOP, BZPOPMIN, XREAD BLOCK and their kin) until its time is up. As in the real
//! servers, a client whose key became ready runs its command again, as if it had just sent it; if it finds nothing
//! then, it waits on, behind the others, with the deadline that it had.

use crate::context::Context;
use crate::dispatch;
use crate::keyspace::blocking::{Awaited, Place, Waiting};
use crate::server::Server;
use crate::session::Client;
use crate::state::State;
use resplay_base::journal::Wake;
use resplay_base::{Fd, Host, Mono};
use resplay_resp::{Args, Error, OwnedArgs};
use std::time::Duration;

/// A client's waiting.
#[derive(Clone, Debug)]
pub struct Blocked {
    /// For what.
    pub reason: Reason,
    /// Until when; `None`: without end.
    pub deadline: Option<Mono>,
    /// The command that waits.
    pub argv: OwnedArgs,
    /// When it began, on the host's monotonic clock.
    pub since: Mono,
}

/// What a client waits for.
#[derive(Clone, Debug)]
pub enum Reason {
    /// One of these keys of a database.
    Keys {
        /// What must be there.
        awaited: Awaited,
        /// The database.
        db: u32,
        /// The keys, each once.
        keys: Vec<Box<[u8]>>,
    },
    /// Replicas, of which there are none.
    Replicas,
    /// An RDB file is written or read, or the process is about to end: no other command runs meanwhile, so that for the
    /// journal it is a command like any other.
    Files,
    /// The append-only file, up to here.
    Synced {
        /// Where the client's writes end in the file, in bytes.
        end: u64,
        /// Replicas are waited for as well.
        needs_replicas: bool,
    },
}

/// Something that makes a client wait no longer, besides its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nudge {
    /// Its time is up, or CLIENT UNBLOCK says that it shall be so.
    TimedOut,
    /// CLIENT UNBLOCK … ERROR.
    Error,
}

impl Context<'_> {
    /// Whether the running command may wait: not inside a transaction, and not while a file is read back.
    pub fn may_block(&self) -> bool {
        self.client.multi.is_none() && !self.data.is_loading
    }

    /// The running command waits for one of these keys. If it ran again after a first wait, its first deadline
    /// holds. `argv` is what to run when a key is ready, if that is not the command as it was sent.
    pub fn block_on_keys<'k>(
        &mut self,
        awaited: Awaited,
        keys: impl IntoIterator<Item = &'k [u8]>,
        deadline: Option<Mono>,
        argv: Option<OwnedArgs>,
    ) {
        let mut unique: Vec<Box<[u8]>> = Vec::new();
        for key in keys {
            if !unique.iter().any(|other| **other == *key) {
                unique.push(key.into());
            }
        }
        let db = self.client.db;
        unique.iter().for_each(|key| self.data.waiting.add(self.client.id, awaited, db, key));
        self.block(Reason::Keys { awaited, db, keys: unique }, deadline, argv);
    }

    /// The running command waits for something that is not a key.
    pub fn block(&mut self, reason: Reason, deadline: Option<Mono>, argv: Option<OwnedArgs>) {
        let deadline = self.client.resumed.unwrap_or(deadline);
        if let Some(at) = deadline {
            self.server.timeouts.insert((at, self.client.id));
        }
        if matches!(reason, Reason::Synced { .. }) {
            self.server.awaiting_sync.push(self.client.id);
        }
        let argv = argv.unwrap_or_default();
        self.client.blocked = Some(Blocked { reason, deadline, argv, since: self.now.mono });
    }
}

impl Context<'_> {
    /// The reply of WAITAOF: whether this server's file is durable up to there, and how many replicas' are.
    pub fn reply_synced(&mut self, end: u64) {
        let is_synced = self.server.aof.is_enabled() && self.server.aof.durable() >= end;
        self.reply.array(2);
        self.reply.int(i64::from(is_synced));
        self.reply.int(0);
    }
}

/// A command that waited ends without running again: it counts now.
fn end_waiting(ctx: &mut Context<'_>, blocked: &Blocked, has_failed: bool) {
    if let Ok(found) = ctx.server.table.lookup(blocked.argv.as_args()) {
        dispatch::count_call(ctx, found, Duration::ZERO, has_failed);
    }
}

/// Fills in the command of a client that has just begun to wait, if it waits with the words that it sent.
pub fn remember(client: &mut Client, args: Args<'_>) {
    if let Some(blocked) = &mut client.blocked
        && blocked.argv.as_args().is_empty()
    {
        blocked.argv = OwnedArgs::from(&args);
    }
}

impl Server {
    /// Serves those who wait for keys that became ready, in the order in which keys became ready and clients came.
    /// What they do may make further keys ready.
    pub(crate) fn serve_ready(&mut self, host: &mut dyn Host) {
        while self.data.waiting.has_ready() {
            for place in self.data.waiting.take_ready() {
                // Whoever begins to wait again meanwhile has its turn only when the key is ready once more.
                for (client, awaited) in self.data.waiting.at(&place) {
                    self.serve(host, client, awaited, &place);
                }
            }
        }
    }

    fn serve(&mut self, host: &mut dyn Host, client: u64, awaited: Awaited, place: &Place) {
        let database = self.data.database(place.0);
        let now_ms = host.now().wall.as_millis();
        let entry = database.find(&place.1).map(|id| database.entry(id));
        let living = entry.filter(|entry| database.expire_ms(entry).is_none_or(|at| now_ms <= at));
        let is_served =
            awaited == Awaited::StreamOrGone || living.is_some_and(|entry| awaited.fits(&entry.value));
        let Some(fd) = self.clients.fd_of(client).filter(|_| is_served) else { return };
        self.with_client(host, fd, |ctx| {
            if let Some(blocked) = stop_waiting(ctx).filter(|_| !ctx.client.is_closing) {
                dispatch::resume(ctx, &blocked);
            }
        });
        self.went_on(fd);
    }

    /// Ends the waiting of those whose time is up.
    pub(crate) fn time_out_blocked(&mut self, host: &mut dyn Host) {
        let now = host.now().mono;
        while let Some((_, client)) = self.state.timeouts.first().copied().filter(|(at, _)| *at <= now) {
            self.nudge(host, client, Nudge::TimedOut, Wake::TimedOut);
        }
    }

    /// Does what CLIENT UNBLOCK asked for during the last command.
    pub(crate) fn unblock_asked(&mut self, host: &mut dyn Host) {
        for (client, nudge) in std::mem::take(&mut self.state.nudges) {
            self.nudge(host, client, nudge, Wake::Unblocked);
        }
    }

    fn nudge(&mut self, host: &mut dyn Host, client: u64, nudge: Nudge, why: Wake) {
        let Some(fd) = self.clients.fd_of(client) else {
            self.state.timeouts.retain(|(_, other)| *other != client);
            return;
        };
        self.with_client(host, fd, |ctx| {
            let Some(blocked) = stop_waiting(ctx) else { return };
            let start = ctx.reply.out.len();
            match nudge {
                Nudge::TimedOut => blocked.reason.reply_timed_out(ctx),
                Nudge::Error => dispatch::write_error(ctx, &Error::Unblocked),
            }
            end_waiting(ctx, &blocked, nudge == Nudge::Error);
            dispatch::settle_woken(ctx, start, why);
        });
        self.went_on(fd);
    }

    /// The append-only file was synced: some wait for that.
    pub(crate) fn serve_synced(&mut self, host: &mut dyn Host) {
        for client in self.state.awaiting_sync.clone() {
            let Some(fd) = self.clients.fd_of(client) else { continue };
            self.with_client(host, fd, |ctx| {
                let blocked = ctx.client.blocked.as_ref();
                let Some(Reason::Synced { end, needs_replicas: false }) =
                    blocked.map(|blocked| &blocked.reason)
                else {
                    return;
                };
                let end = *end;
                if ctx.server.aof.durable() < end {
                    return;
                }
                let start = ctx.reply.out.len();
                let Some(blocked) = stop_waiting(ctx) else { return };
                ctx.reply_synced(end);
                end_waiting(ctx, &blocked, false);
                dispatch::settle_woken(ctx, start, Wake::Served);
            });
            self.went_on(fd);
        }
    }

    /// A client that waits no longer may have sent further requests meanwhile.
    fn went_on(&mut self, fd: Fd) {
        if self.clients.get(fd).is_some_and(|session| session.client.blocked.is_none()) {
            self.resumable.push_back(fd);
        }
    }

    /// A client is gone: it waits for nothing.
    pub(crate) fn forget_waiting(&mut self, client: &Client) {
        if let Some(blocked) = &client.blocked {
            blocked.reason.forget(&mut self.data.waiting, &mut self.state, client.id);
            blocked.deadline.map(|at| self.state.timeouts.remove(&(at, client.id)));
        }
    }
}

impl Server {
    /// What a client's command waited for, a file, is over.
    pub(crate) fn finish_waiting(&mut self, host: &mut dyn Host, client: u64, outcome: Result<&str, Error>) {
        let Some(fd) = self.clients.fd_of(client) else { return };
        self.with_client(host, fd, |ctx| {
            let start = ctx.reply.out.len();
            let Some(blocked) = stop_waiting(ctx) else { return };
            match &outcome {
                Ok(text) => ctx.reply.simple(text.as_bytes()),
                Err(error) => dispatch::write_error(ctx, error),
            }
            end_waiting(ctx, &blocked, outcome.is_err());
            dispatch::settle_finished(ctx, start, blocked.argv.as_args());
        });
        self.went_on(fd);
    }
}

impl Client {
    /// Its id, if it waits for files.
    pub fn awaits_files(&self) -> Option<u64> {
        self.blocked.as_ref().filter(|blocked| blocked.reason.is_files()).map(|_| self.id)
    }
}

/// Takes the client out of all queues; what it waited for.
fn stop_waiting(ctx: &mut Context<'_>) -> Option<Blocked> {
    let blocked = ctx.client.blocked.take()?;
    blocked.reason.forget(&mut ctx.data.waiting, ctx.server, ctx.client.id);
    if let Some(at) = blocked.deadline {
        ctx.server.timeouts.remove(&(at, ctx.client.id));
    }
    Some(blocked)
}

impl Reason {
    /// Whether it is [`Reason::Files`]: nothing else can end that.
    pub fn is_files(&self) -> bool {
        matches!(self, Reason::Files)
    }

    fn forget(&self, waiting: &mut Waiting, server: &mut State, client: u64) {
        match self {
            Reason::Replicas | Reason::Files => {}
            Reason::Synced { .. } => server.awaiting_sync.retain(|other| *other != client),
            Reason::Keys { db, keys, .. } => keys.iter().for_each(|key| waiting.remove(client, *db, key)),
        }
    }

    fn reply_timed_out(&self, ctx: &mut Context<'_>) {
        match self {
            Reason::Keys { .. } => ctx.reply.null_array(),
            Reason::Replicas => ctx.reply.int(0),
            Reason::Files => {}
            Reason::Synced { end, .. } => ctx.reply_synced(*end),
        }
    }
}
