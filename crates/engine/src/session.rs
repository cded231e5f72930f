//! A connection: what is known of the client, its unparsed input and its unsent output; and the table of all.

use crate::blocking::Blocked;
use crate::commands::Found;
use crate::keyspace::watch::{Change, Comes, Touched};
use crate::pubsub::Subscriptions;
use crate::row::Row;
use resplay_base::{Address, Fd, Mono};
use resplay_resp::{Limits, OwnedArgs, Protocol, Requests};
use std::collections::BTreeMap;

/// Bytes that a client counts for besides its buffers, in the published memory formula.
pub const CLIENT_BYTES: u64 = 1_920;

/// Who a client is and what state it is in.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each a flag of CLIENT LIST or CLIENT REPLY"
)]
pub struct Client {
    /// Never reused.
    pub id: u64,
    /// The connection.
    pub fd: Fd,
    /// The other end.
    pub peer: Address,
    /// This end.
    pub local: Address,
    /// CLIENT SETNAME.
    pub name: Vec<u8>,
    /// CLIENT SETINFO LIB-NAME.
    pub lib_name: Vec<u8>,
    /// CLIENT SETINFO LIB-VER.
    pub lib_ver: Vec<u8>,
    /// SELECT.
    pub db: u32,
    /// HELLO.
    pub protocol: Protocol,
    /// When it connected.
    pub created: Mono,
    /// When it last sent a command.
    pub active: Mono,
    /// The command it ran last.
    pub last: Option<&'static Row>,
    /// It may run commands.
    pub is_authenticated: bool,
    /// Between MULTI and EXEC.
    pub multi: Option<Multi>,
    /// What it listens to.
    pub subscriptions: Subscriptions,
    /// Where the append-only file ended after the last command with which it changed anything.
    pub written: u64,
    /// Keys it watches.
    pub watched: Vec<Watched>,
    /// A watched key changed: EXEC will fail.
    pub is_cas_dirty: bool,
    /// It waits for something; its further requests wait with it.
    pub blocked: Option<Blocked>,
    /// A command that waited runs again, with this deadline.
    pub resumed: Option<Option<Mono>>,
    /// CLIENT REPLY.
    pub replies: ReplyMode,
    /// Where in the output the replies of a transaction's commands end, if it is one that ran last: they were taken back,
    /// or not, one by one.
    pub kept: usize,
    /// It should be closed after what is sent to it, but it wants no replies, and nothing was to be sent: it is heard no
    /// more, but stays.
    pub is_ignored: bool,
    /// Send what there is, then close.
    pub is_closing: bool,
    /// CLIENT NO-EVICT.
    pub no_evict: bool,
    /// CLIENT NO-TOUCH.
    pub no_touch: bool,
    /// Bytes received, over all time.
    pub bytes_in: u64,
    /// Bytes sent, over all time.
    pub bytes_out: u64,
    /// Commands run, over all time.
    pub commands: u64,
}

/// A transaction being queued.
#[derive(Clone, Debug, Default)]
pub struct Multi {
    /// The commands, in order.
    pub queue: Vec<(Found, OwnedArgs)>,
    /// How many commands EXEC is running now.
    pub running: usize,
    /// A command could not be queued: EXEC will refuse.
    pub is_aborted: bool,
    /// Flags of all queued commands together.
    pub flags: u32,
}

/// A watched key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Its database.
    pub db: u32,
    /// The key.
    pub key: Box<[u8]>,
    /// It was already past its time when the watch began: its removal is then no change.
    pub was_dead: bool,
}

/// What CLIENT REPLY asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReplyMode {
    /// Answer.
    #[default]
    On,
    /// Answer nothing until told otherwise.
    Off,
    /// CLIENT REPLY SKIP itself is running: skip the next.
    SkipNext,
    /// Do not answer this one.
    SkipThis,
}

impl ReplyMode {
    /// Whether the running command's reply will be taken back.
    pub fn is_muted(self) -> bool {
        matches!(self, ReplyMode::Off | ReplyMode::SkipThis)
    }

    /// What holds after a command, or after a request without words.
    pub fn next(self) -> ReplyMode {
        match self {
            ReplyMode::SkipNext => ReplyMode::SkipThis,
            ReplyMode::SkipThis => ReplyMode::On,
            other => other,
        }
    }
}

/// A connection.
#[derive(Clone, Debug)]
pub struct Session {
    /// The client.
    pub client: Client,
    /// The start of a request that is not complete.
    pub query: Vec<u8>,
    /// Where its parser stands.
    pub requests: Requests,
    /// Replies not yet sent, from `sent` on.
    pub out: Vec<u8>,
    /// It left more unread than its class may for long: when it will be closed.
    pub soft_due: Option<Mono>,
    sent: usize,
    accounted: u64,
    is_announced: bool,
}

impl Session {
    /// A fresh connection.
    pub fn new(client: Client, limits: Limits) -> Session {
        Session {
            client,
            query: Vec::new(),
            requests: Requests::new(limits),
            out: Vec::new(),
            soft_due: None,
            sent: 0,
            accounted: 0,
            is_announced: false,
        }
    }

    /// What the peer has not got yet.
    pub fn unsent(&self) -> &[u8] {
        &self.out[self.sent..]
    }

    /// The peer took that many bytes.
    pub fn sent(&mut self, n: usize) {
        self.sent += n;
        self.client.bytes_out += n as u64;
        if self.sent == self.out.len() {
            self.sent = 0;
            self.out.clear();
            // A reply of megabytes must not stay reserved for the rest of the connection's life.
            if self.out.capacity() > 1 << 20 {
                self.out = Vec::new();
            }
        }
    }

    /// Bytes in its buffers.
    pub fn buffered(&self) -> u64 {
        (self.query.len() + self.unsent().len()) as u64
    }

    /// Forgets the output: nobody will read it.
    pub fn drop_output(&mut self) {
        self.out.clear();
        self.sent = 0;
    }
}

/// All connections, by their host's number.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    slots: Vec<Option<Box<Session>>>,
    by_id: BTreeMap<u64, Fd>,
    last_id: u64,
    buffered: u64,
    pending: Vec<Fd>,
}

impl Sessions {
    /// A new client id.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds a connection.
    pub fn add(&mut self, session: Session) {
        let at = session.client.fd.0 as usize;
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, || None);
        }
        self.by_id.insert(session.client.id, session.client.fd);
        self.slots[at] = Some(Box::new(session));
    }

    /// The connection of that number.
    pub fn get(&self, fd: Fd) -> Option<&Session> {
        self.slots.get(fd.0 as usize)?.as_deref()
    }

    /// The connection of that number.
    pub fn get_mut(&mut self, fd: Fd) -> Option<&mut Session> {
        self.slots.get_mut(fd.0 as usize)?.as_deref_mut()
    }

    /// The connection of the client with that id.
    pub fn fd_of(&self, id: u64) -> Option<Fd> {
        self.by_id.get(&id).copied()
    }

    /// The client with that id (not one that is checked out).
    pub fn by_id(&mut self, id: u64) -> Option<&mut Session> {
        let fd = *self.by_id.get(&id)?;
        self.get_mut(fd)
    }

    /// Appends to the output of a client that is not checked out.
    pub fn push(&mut self, id: u64, bytes: &[u8]) {
        let Some(session) = self.fd_of(id).and_then(|fd| self.check_out(fd)) else { return };
        let mut session = session;
        session.out.extend_from_slice(bytes);
        self.check_in(session);
    }

    /// Takes a connection out while its commands run, so that they can see all others.
    pub fn check_out(&mut self, fd: Fd) -> Option<Box<Session>> {
        self.slots.get_mut(fd.0 as usize)?.take()
    }

    /// Puts it back, settles the account of its buffers, and remembers whether it has something to send.
    pub fn check_in(&mut self, mut session: Box<Session>) {
        self.settle(&mut session);
        let fd = session.client.fd;
        let has_news = !session.unsent().is_empty() || session.client.is_closing;
        if has_news && !std::mem::replace(&mut session.is_announced, true) {
            self.pending.push(fd);
        }
        self.slots[fd.0 as usize] = Some(session);
    }

    /// Removes a connection for good.
    pub fn remove(&mut self, fd: Fd) -> Option<Box<Session>> {
        let session = self.slots.get_mut(fd.0 as usize)?.take()?;
        self.by_id.remove(&session.client.id);
        self.buffered -= session.accounted;
        Some(session)
    }

    /// Takes note of bytes that the peer took; true when a closing connection has nothing left.
    pub fn sent(&mut self, fd: Fd, n: usize) -> bool {
        let Some(mut session) = self.slots.get_mut(fd.0 as usize).and_then(Option::take) else {
            return false;
        };
        session.sent(n);
        self.settle(&mut session);
        let is_done = session.client.is_closing && session.unsent().is_empty();
        self.slots[fd.0 as usize] = Some(session);
        is_done
    }

    /// Marks a client for closing: it gets no further reply.
    pub fn doom(&mut self, id: u64) {
        let Some(fd) = self.by_id.get(&id).copied() else { return };
        let Some(session) = self.get_mut(fd) else { return };
        session.drop_output();
        session.client.is_closing = true;
        if !std::mem::replace(&mut session.is_announced, true) {
            self.pending.push(fd);
        }
    }

    /// Connections with something to send, or to close, since the last call; in order.
    pub fn take_pending(&mut self, into: &mut Vec<Fd>) {
        into.clear();
        into.append(&mut self.pending);
        for fd in into {
            if let Some(session) = self.get_mut(*fd) {
                session.is_announced = false;
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Changes all that are not checked out.
    pub fn for_each(&mut self, change: impl FnMut(&mut Session)) {
        self.slots.iter_mut().flatten().map(|session| &mut **session).for_each(change);
    }

    /// All that are not checked out, by client id.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.by_id.values().filter_map(|fd| self.get(*fd))
    }

    /// Bytes that clients take, by the published formula.
    pub fn used_bytes(&self) -> u64 {
        self.buffered + self.len() as u64 * CLIENT_BYTES
    }

    fn settle(&mut self, session: &mut Session) {
        let now = session.buffered();
        self.buffered = self.buffered + now - session.accounted;
        session.accounted = now;
    }
}

impl Client {
    /// It sends nothing more that counts: it is closed once its output is sent. If it wants no replies, and has no output,
    /// the real servers forget to.
    pub fn hang_up(&mut self, has_output: bool) {
        if self.replies.is_muted() && !has_output {
            self.is_ignored = true;
        } else {
            self.is_closing = true;
        }
    }

    /// Whether what it sends, and what is sent to it, no longer counts.
    pub fn hangs_up(&self) -> bool {
        self.is_closing || self.is_ignored
    }

    /// A key it watches was touched: the transaction fails, unless the key was dead when the watch began and
    /// only its removal was noticed now, or unless one dead key took the place of another, or of none.
    pub fn key_touched(&mut self, touched: &Touched, is_gone: bool) {
        for watched in &mut self.watched {
            if watched.db != touched.db || watched.key != touched.key {
                continue;
            }
            match (watched.was_dead, touched.change) {
                (true, Change::Written) if is_gone => watched.was_dead = false,
                (true, Change::Exchanged { comes: Comes::Nothing, .. }) => watched.was_dead = false,
                (true, Change::Exchanged { comes: Comes::Dead, .. }) => {}
                (false, Change::Exchanged { was_there: false, comes: Comes::Dead }) => {
                    watched.was_dead = true
                }
                _ => self.is_cas_dirty = true,
            }
        }
    }
}
