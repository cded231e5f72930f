//! The server as a node: what it does with each input.
//!
//! A batch of inputs ends with `Flush` (the real servers' beforeSleep): expire quickly, append what changed,
//! and only then announce replies. While the append-only file is awaited, nothing is announced.

use crate::aof::Replayer;
use crate::boot;
use crate::context::Context;
use crate::dispatch;
use crate::keyspace::Dataset;
use crate::keyspace::access::Access;
use crate::keyspace::expire::Effort;
use crate::log::{log, log_line};
use crate::memory;
use crate::output;
use crate::pubsub::Subscriptions;
use crate::rdb::Rdb;
use crate::session::{Client, ReplyMode, Session, Sessions};
use crate::state::{Shutdown, State, Why};
use resplay_base::journal::{self, Event};
use resplay_base::{
    Address, Boot, CloseWhy, DiskDone, Effect, Endpoint, Exit, Fd, Host, Input, Listener, Mono, Node, Signal,
};
use resplay_persistence::messages::rdb as messages;
use resplay_resp::{Args, Error, Limits, Progress, Protocol, Writer};
use std::collections::VecDeque;
use std::time::Duration;

/// One server process.
#[derive(Clone)]
pub struct Server {
    pub(crate) data: Dataset,
    pub(crate) clients: Sessions,
    pub(crate) state: State,
    keeps_journal: bool,
    /// When the next expiry cycle is due.
    cycle: Mono,
    /// Runs the commands of a file that is read back.
    pub(crate) replayer: Option<Replayer>,
    /// Connections that waited and may have further requests in their buffers.
    pub(crate) resumable: VecDeque<Fd>,
    /// Reused for connections to announce.
    pending: Vec<Fd>,
}

impl Default for Server {
    fn default() -> Server {
        Server::new()
    }
}

impl Server {
    /// A process that has not booted.
    pub fn new() -> Server {
        Server {
            data: Dataset::new(1, 0),
            clients: Sessions::default(),
            state: State::new(crate::config::Config::default(), 0),
            keeps_journal: false,
            cycle: Mono(0),
            replayer: None,
            resumable: VecDeque::new(),
            pending: Vec::new(),
        }
    }

    /// Keeps a journal from now on, or no longer.
    pub fn keep_journal(&mut self, on: bool) {
        self.keeps_journal = on;
        self.data.journal = on.then(Vec::new);
    }

    /// What the journal holds since the last call.
    pub fn take_journal(&mut self) -> Vec<journal::Entry> {
        self.data.journal.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The journal so far.
    pub fn journal(&self) -> &[journal::Entry] {
        self.data.journal.as_deref().unwrap_or_default()
    }

    /// Memory in use, in bytes, by the published formula.
    pub fn used_memory(&self) -> u64 {
        memory::used_by(&self.data, &self.clients, &self.state)
    }

    /// Commands run since the start.
    pub fn commands_run(&self) -> u64 {
        self.state.stats.commands
    }

    fn boot(&mut self, host: &mut dyn Host, boot: Boot) {
        let seed = boot.seed;
        match boot::start(host, &boot) {
            Ok(state) => self.state = state,
            Err(message) => {
                log(host, '#', &message);
                host.effect(Effect::Exit(Exit(1)));
                return;
            }
        }
        let settings = &self.state.config.settings;
        self.data = Dataset::new(settings.databases, seed);
        self.data.access = Access::seeded(seed);
        self.data.journal = self.keeps_journal.then(Vec::new);
        self.data.begin(host.now(), 0);
        let (databases, config) = (settings.databases, &self.state.config);
        self.data.record(|| Event::Booted { databases, config: config.get(&[b"*"]) });
        self.adopt_settings();
        boot::listen(host, &self.state.config.settings);
        self.state.boot_files(&mut self.data, host);
    }

    /// Settings that other parts keep copies of.
    fn adopt_settings(&mut self) {
        adopt_settings(&mut self.data, &self.state);
    }

    fn accepted(&mut self, host: &mut dyn Host, fd: Fd, peer: Address, local: Address) {
        let now = host.now();
        let settings = &self.state.config.settings;
        let refusal = if self.clients.len() as u64 >= settings.maxclients {
            self.state.stats.rejected_connections += 1;
            Some(Error::MaxClients)
        } else if settings.protected_mode && settings.requirepass.is_empty() && !peer.is_loopback() {
            self.state.stats.rejected_connections += 1;
            Some(Error::ProtectedMode)
        } else {
            None
        };
        let id = self.clients.next_id();
        let client = self.new_client(id, fd, peer, local, now.mono);
        let limits = self.limits(&client);
        let mut session = Session::new(client, limits);
        self.state.stats.connections += 1;
        if let Some(error) = refusal {
            Writer::new(&mut session.out, Protocol::Resp2).error(&error);
            session.client.is_closing = true;
        }
        let id = session.client.id;
        self.clients.add(session);
        self.data.begin(now, 0);
        self.data.record(|| Event::Connected { session: id });
        if let Some(session) = self.clients.check_out(fd) {
            self.clients.check_in(session);
        }
    }

    fn new_client(&self, id: u64, fd: Fd, peer: Address, local: Address, now: Mono) -> Client {
        Client {
            id,
            fd,
            peer,
            local,
            name: Vec::new(),
            lib_name: Vec::new(),
            lib_ver: Vec::new(),
            db: 0,
            protocol: Protocol::Resp2,
            created: now,
            active: now,
            last: None,
            is_authenticated: self.state.config.settings.requirepass.is_empty(),
            multi: None,
            subscriptions: Subscriptions::default(),
            written: 0,
            watched: Vec::new(),
            is_cas_dirty: false,
            blocked: None,
            resumed: None,
            replies: ReplyMode::On,
            kept: 0,
            is_ignored: false,
            is_closing: false,
            no_evict: false,
            no_touch: false,
            bytes_in: 0,
            bytes_out: 0,
            commands: 0,
        }
    }

    /// The client in whose name files are read back. Its id is nobody's.
    pub(crate) fn nobody(&self, now: Mono) -> Client {
        let nowhere = Endpoint::tcp("", 0);
        self.new_client(0, Fd(u32::MAX), nowhere.clone(), nowhere, now)
    }

    fn limits(&self, client: &Client) -> Limits {
        Limits {
            max_bulk_bytes: self.state.config.settings.proto_max_bulk_len,
            authenticated: client.is_authenticated,
            ..Limits::default()
        }
    }

    fn received(&mut self, host: &mut dyn Host, fd: Fd, bytes: &[u8]) {
        let Some(mut session) = self.clients.check_out(fd) else { return };
        if session.client.hangs_up() {
            self.clients.check_in(session);
            return;
        }
        session.client.bytes_in += bytes.len() as u64;
        self.state.stats.bytes_in += bytes.len() as u64;
        if session.client.blocked.is_some() {
            session.query.extend_from_slice(bytes);
        } else if session.query.is_empty() {
            let (used, back) = self.run_requests(host, session, bytes);
            session = back;
            session.query.extend_from_slice(&bytes[used..]);
        } else {
            session.query.extend_from_slice(bytes);
            session = self.run_buffered(host, session);
        }
        if session.query.len() as u64 > self.state.config.settings.client_query_buffer_limit {
            log(
                host,
                '#',
                &format!("Closing client that reached max query buffer length: id={}", session.client.id),
            );
            session.query.clear();
            session.client.is_closing = true;
        }
        self.clients.check_in(session);
    }

    /// Runs all complete requests in the session's own buffer.
    fn run_buffered(&mut self, host: &mut dyn Host, mut session: Box<Session>) -> Box<Session> {
        let mut query = std::mem::take(&mut session.query);
        let (used, mut session) = self.run_requests(host, session, &query);
        query.drain(..used);
        session.query = query;
        session
    }

    /// Runs all complete requests in `input`, until one waits; how many bytes they took.
    fn run_requests(
        &mut self,
        host: &mut dyn Host,
        mut session: Box<Session>,
        input: &[u8],
    ) -> (usize, Box<Session>) {
        let mut at = 0;
        let mut now = host.now();
        let fd = session.client.fd;
        while !session.client.hangs_up() && session.client.blocked.is_none() {
            if self.state.awaits_files() {
                self.resumable.push_back(fd);
                return (at, session);
            }
            let Session { client, out, requests, .. } = &mut *session;
            requests.limits = self.limits(client);
            match requests.advance(&input[at..]) {
                Ok(Progress::Complete { consumed }) => {
                    let args = requests.args(&input[at..]);
                    at += consumed;
                    if args.is_empty() {
                        if !requests.is_blank() {
                            client.replies = client.replies.next();
                        }
                    } else {
                        self.run_request(host, &mut now, client, out, args);
                        if output::is_over_limit(host, now, &mut session, &mut self.state) {
                            session.drop_output();
                            session.client.is_closing = true;
                        }
                        if self.data.waiting.has_ready() || !self.state.nudges.is_empty() {
                            session = self.serve_others(host, session);
                        }
                    }
                }
                Ok(Progress::Incomplete) => return (at, session),
                Err(error) => {
                    self.refuse_protocol(host, client, out, &error.wire());
                    return (input.len(), session);
                }
            }
        }
        let used = if session.client.hangs_up() { input.len() } else { at };
        (used, session)
    }

    /// Between two commands of a client: what the first did may concern clients that wait.
    fn serve_others(&mut self, host: &mut dyn Host, session: Box<Session>) -> Box<Session> {
        let fd = session.client.fd;
        self.clients.check_in(session);
        self.unblock_asked(host);
        self.serve_ready(host);
        self.clients.check_out(fd).expect("nobody removes a connection while commands run")
    }

    /// Runs `work` for a client that is not checked out.
    pub(crate) fn with_client(&mut self, host: &mut dyn Host, fd: Fd, work: impl FnOnce(&mut Context<'_>)) {
        let Some(mut session) = self.clients.check_out(fd) else { return };
        let Session { client, out, .. } = &mut *session;
        let (now, protocol) = (host.now(), client.protocol);
        self.data.begin(now, client.db);
        work(&mut Context {
            host,
            now,
            data: &mut self.data,
            reply: Writer::new(out, protocol),
            client,
            clients: &mut self.clients,
            server: &mut self.state,
        });
        if output::is_over_limit(host, now, &mut session, &mut self.state) {
            session.drop_output();
            session.client.is_closing = true;
        }
        self.clients.check_in(session);
    }

    /// Those who waited go on with what they sent meanwhile.
    fn go_on(&mut self, host: &mut dyn Host) {
        while !self.state.awaits_files()
            && let Some(fd) = self.resumable.pop_front()
        {
            let Some(session) = self.clients.check_out(fd) else { continue };
            let session = match session.client.blocked {
                Some(_) => session,
                None => self.run_buffered(host, session),
            };
            self.clients.check_in(session);
        }
    }

    fn run_request(
        &mut self,
        host: &mut dyn Host,
        now: &mut resplay_base::Now,
        client: &mut Client,
        out: &mut Vec<u8>,
        args: Args<'_>,
    ) {
        *now = host.now();
        let protocol = client.protocol;
        let mut ctx = Context {
            host,
            now: *now,
            data: &mut self.data,
            reply: Writer::new(out, protocol),
            client,
            clients: &mut self.clients,
            server: &mut self.state,
        };
        dispatch::process(&mut ctx, args);
    }

    fn refuse_protocol(&mut self, host: &mut dyn Host, client: &mut Client, out: &mut Vec<u8>, wire: &[u8]) {
        log(host, '-', &format!("Protocol error from client: id={} {}", client.id, wire.escape_ascii()));
        self.state.stats.count_error(wire);
        client.hang_up(!out.is_empty());
        if !client.replies.is_muted() {
            Writer::new(out, client.protocol).error_text(wire);
        }
    }

    fn forget(&mut self, host: &mut dyn Host, fd: Fd) {
        let Some(session) = self.clients.remove(fd) else { return };
        self.data.begin(host.now(), 0);
        self.forget_client(session);
    }

    fn forget_client(&mut self, mut session: Box<Session>) {
        output::unwatch(&mut session, &mut self.state);
        let client = &mut session.client;
        self.state.pubsub.leave(client);
        self.forget_waiting(client);
        for watched in &client.watched {
            self.data.unwatch(client.id, watched.db, &watched.key);
        }
        let session = client.id;
        self.data.record(|| Event::Disconnected { session });
    }

    fn flush(&mut self, host: &mut dyn Host) {
        self.time_out_blocked(host);
        self.serve_ready(host);
        self.go_on(host);
        let total = self.state.stats.commands;
        self.state.stats.rate.tick(host.now().mono, total);
        self.state.stats.peak_memory = self.state.stats.peak_memory.max(self.used_memory());
        self.serve_propagation();
        if self.state.shutdown.is_some() {
            self.shut_down(host);
        }
        if self.state.awaits_files() {
            // One file at a time; a further batch follows when it is there.
            return;
        }
        let policy = self.state.aof_policy(&self.data);
        self.state.aof.flush(host, policy);
        if !self.state.aof.is_awaiting() {
            self.announce(host);
        }
    }

    /// Deletions by expiry and eviction outside any command.
    fn serve_propagation(&mut self) {
        if !self.data.propagation.is_empty() {
            self.state.feed_aof(&mut self.data);
        }
    }

    /// Asks the host to send, and to close what is done.
    fn announce(&mut self, host: &mut dyn Host) {
        let mut pending = std::mem::take(&mut self.pending);
        self.clients.take_pending(&mut pending);
        for fd in &pending {
            let Some(session) = self.clients.get(*fd) else { continue };
            if session.client.is_closing {
                host.effect(Effect::Close { fd: *fd });
                if session.unsent().is_empty() {
                    self.forget(host, *fd);
                }
            } else {
                host.effect(Effect::Send { fd: *fd });
            }
        }
        self.pending = pending;
    }

    fn timer(&mut self, host: &mut dyn Host) {
        let now = host.now();
        self.time_out_blocked(host);
        self.data.begin(now, 0);
        if self.state.is_evicting {
            memory::make_room(&mut self.data, &self.clients, &mut self.state, host);
        }
        if now.mono >= self.cycle {
            let settings = &self.state.config.settings;
            if self.data.has_volatile() && settings.active_expire_enabled {
                self.data.expire_cycle(host, Effort::new(settings.active_expire_effort, settings.hz));
            }
            self.close_idle(host);
            self.cycle = now.mono + self.period();
        }
        self.publish_outside(host);
        self.enforce_soft_limits(host);
        self.state.rewrite_if_due(&mut self.data, host);
        self.state.save_if_due(&mut self.data, host);
    }

    fn period(&self) -> Duration {
        Duration::from_millis(1000 / u64::from(self.state.config.settings.hz.max(1)))
    }

    fn close_idle(&mut self, host: &mut dyn Host) {
        let timeout = u64::from(self.state.config.settings.timeout);
        if timeout == 0 {
            return;
        }
        let now = host.now().mono;
        // Who waits, or listens, has nothing to say.
        let may_be_silent = |client: &Client| client.blocked.is_some() || !client.subscriptions.is_empty();
        let is_idle = |session: &&Session| {
            now.since(session.client.active).as_secs() > timeout && !may_be_silent(&session.client)
        };
        let idle: Vec<u64> = self.clients.iter().filter(is_idle).map(|session| session.client.id).collect();
        for id in idle {
            self.state.stats.timed_out += 1;
            self.clients.doom(id);
        }
    }

    fn has_cycle_work(&self) -> bool {
        let settings = &self.state.config.settings;
        (self.data.has_volatile() && settings.active_expire_enabled)
            || (settings.timeout > 0 && !self.clients.is_empty())
    }

    fn disk_done(&mut self, host: &mut dyn Host, done: DiskDone) {
        if Rdb::owns(done.op) {
            self.rdb_done(host, done);
            return;
        }
        if self.state.aof.loading().is_some_and(|load| load.op == done.op) {
            self.load_on(host, done);
            return;
        }
        let policy = self.state.aof_policy(&self.data);
        self.state.aof.disk_done(host, &done, policy);
        self.rewrite_done(host, &done);
        self.serve_synced(host);
    }

    fn signal(&mut self, host: &mut dyn Host, signal: Signal) {
        let settings = &self.state.config.settings;
        let (name, flags) = match signal {
            Signal::Term => ("SIGTERM", settings.shutdown_on_sigterm),
            Signal::Int => ("SIGINT", settings.shutdown_on_sigint),
        };
        log(host, '*', &format!("Received {name} scheduling shutdown..."));
        if self.state.shutdown.is_none() {
            self.state.shutdown =
                Some(Shutdown { why: Why::Signal, flags, is_begun: false, is_saving: false });
        }
    }

    /// Ends the process once the append-only file has everything, and the data is saved where that is wanted.
    fn shut_down(&mut self, host: &mut dyn Host) {
        let Some(shutdown) = self.state.shutdown.filter(|shutdown| !shutdown.is_saving) else { return };
        let is_loading = self.state.is_loading();
        if self.state.awaits_files() || (!shutdown.is_begun && !self.begin_shutdown(host, shutdown)) {
            return;
        }
        if !is_loading && !self.state.aof.is_settled() {
            self.state.aof.settle(host);
            return;
        }
        let flags = shutdown.flags;
        let wants_save = flags.save || (!self.state.config.settings.save.is_empty() && !flags.no_save);
        // What is half-read must not replace the file.
        if wants_save && !is_loading {
            self.state.shutdown = Some(Shutdown { is_saving: true, ..shutdown });
            self.save_finally(host);
        } else {
            self.exit(host);
        }
    }

    /// Ends what is written in the background; false if the process must not end.
    fn begin_shutdown(&mut self, host: &mut dyn Host, shutdown: Shutdown) -> bool {
        log(host, '*', "User requested shutdown...");
        self.state.kill_background_save(&mut self.data, host);
        if !self.state.kill_rewrite(&mut self.data, host, shutdown.flags.force) {
            self.give_up_shutdown(host);
            return false;
        }
        self.state.aof.begin_end();
        self.state.shutdown = Some(Shutdown { is_begun: true, ..shutdown });
        true
    }

    /// Whoever asked for the end of the process hears that it does not end.
    pub(crate) fn give_up_shutdown(&mut self, host: &mut dyn Host) {
        log_line(host, messages::cannot_shut_down());
        self.state.aof.give_up_end();
        self.state.shutdown = None;
        let waiting: Vec<u64> =
            self.clients.iter().filter_map(|session| session.client.awaits_files()).collect();
        for client in waiting {
            let error = Error::Custom("ERR Errors trying to SHUTDOWN. Check logs.".to_string());
            self.finish_waiting(host, client, Err(error));
        }
    }

    fn listen_failed(&mut self, host: &mut dyn Host, listener: Listener, why: &str) {
        let place = boot::listeners(&self.state.config.settings).into_iter().nth(listener.0 as usize);
        let at = place.as_ref().map_or_else(String::new, |place| place.at.to_string());
        if place.is_some_and(|place| place.is_optional) {
            log(host, '-', &format!("Not listening on {at}: {why}"));
            return;
        }
        log(host, '#', &format!("Failed listening on {at}: {why}, aborting."));
        host.effect(Effect::Exit(Exit(1)));
    }
}

/// Settings that the dataset keeps copies of; called after every change of the configuration.
pub(crate) fn adopt_settings(data: &mut Dataset, state: &State) {
    let settings = &state.config.settings;
    data.notifications.selected = settings.notify_keyspace_events;
    data.unlink_expired = settings.lazyfree_lazy_expire;
    data.access.stamps = settings.maxmemory_policy.stamps();
    data.access.log_factor = settings.lfu_log_factor;
    data.access.decay_minutes = settings.lfu_decay_time;
}

impl Node for Server {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        match input {
            Input::Data { fd, bytes } => self.received(host, fd, bytes),
            Input::Flush => self.flush(host),
            Input::Timer => self.timer(host),
            Input::Accepted { fd, peer, local, .. } => self.accepted(host, fd, peer, local),
            Input::Closed { fd, why: CloseWhy::Eof | CloseWhy::Reset | CloseWhy::TimedOut }
            | Input::Closed { fd, .. } => self.forget(host, fd),
            Input::DiskDone(done) => self.disk_done(host, done),
            Input::Boot(boot) => self.boot(host, boot),
            Input::ListenFailed { listener, why } => self.listen_failed(host, listener, &why),
            Input::Signal(signal) => self.signal(host, signal),
            // This server opens no connections yet, and unsent bytes are the host's to fetch.
            Input::Connected { .. } | Input::ConnectFailed { .. } | Input::Writable { .. } => {}
        }
    }

    fn sent(&mut self, fd: Fd, n: usize) {
        self.state.stats.bytes_out += n as u64;
        if self.clients.sent(fd, n)
            && let Some(session) = self.clients.remove(fd)
        {
            self.forget_client(session);
        } else {
            self.output_taken(fd);
        }
    }

    fn unsent(&self, fd: Fd) -> &[u8] {
        self.clients.get(fd).map_or(&[], Session::unsent)
    }

    fn deadline(&self) -> Option<Mono> {
        let cycle = self.has_cycle_work().then_some(self.cycle);
        let evicting = self.state.is_evicting.then_some(Mono(0));
        let aof = self.state.aof.deadline(self.state.aof_policy(&self.data));
        let rewrite = self.state.rewrite_due().map(|(_, at)| at);
        let waiting = self.state.timeouts.first().map(|(at, _)| *at);
        let save = self.state.save_due(self.data.dirty).map(|(_, at)| at);
        [cycle, evicting, aof, rewrite, waiting, save, self.soft_limit_due()].into_iter().flatten().min()
    }

    fn resident_bytes(&self) -> u64 {
        self.used_memory() + self.data.snapshot.as_ref().map_or(0, |snapshot| snapshot.bytes())
    }
}
