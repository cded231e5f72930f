//! Connections as application code sees them. Errors are the reasons why a connection ended.

use super::context::Context;
use super::state::Ask;
use resplay_base::{CloseWhy, Effect, Endpoint, Fd, Listener, Tag};
use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context as Poller, Poll, Waker};

/// A writer waits while this much is unsent, in bytes, as it would for a full socket buffer.
const UNSENT_BYTES_MAX: usize = 64 << 10;
/// The peer is told to wait while this much is unread, in bytes.
const UNREAD_BYTES_MAX: usize = 256 << 10;

/// One connection: shared by its stream and the node's table.
pub(super) struct Socket {
    fd: Fd,
    inner: RefCell<SocketState>,
}

#[derive(Default)]
pub(super) struct SocketState {
    /// Arrived and not read.
    unread: Vec<u8>,
    /// Bytes handed to the node that the host has not taken yet.
    unsent: usize,
    ended: Option<CloseWhy>,
    paused: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Socket {
    pub(super) fn new(fd: Fd) -> Socket {
        Socket { fd, inner: RefCell::default() }
    }

    pub(super) fn fd(&self) -> Fd {
        self.fd
    }

    /// Bytes arrived; answers whether the peer has to wait from now on.
    pub(super) fn arrived(&self, bytes: &[u8]) -> bool {
        let mut state = self.inner.borrow_mut();
        state.unread.extend_from_slice(bytes);
        wake(&mut state.reader);
        let full = state.unread.len() > UNREAD_BYTES_MAX;
        full && !std::mem::replace(&mut state.paused, true)
    }

    /// The host took bytes.
    pub(super) fn sent(&self, n: usize) {
        let mut state = self.inner.borrow_mut();
        state.unsent = state.unsent.saturating_sub(n);
        if state.unsent < UNSENT_BYTES_MAX {
            wake(&mut state.writer);
        }
    }

    /// The connection is gone.
    pub(super) fn ended(&self, why: CloseWhy) {
        let mut state = self.inner.borrow_mut();
        state.ended = Some(why);
        // Its number may soon be another connection's: nothing is to be resumed any more.
        state.paused = false;
        wake(&mut state.reader);
        wake(&mut state.writer);
    }

    fn state(&self) -> RefMut<'_, SocketState> {
        self.inner.borrow_mut()
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

/// An established connection; dropping it closes it after what was written is sent.
pub struct TcpStream {
    context: Context,
    socket: Rc<Socket>,
}

impl TcpStream {
    pub(super) fn new(context: &Context, socket: Rc<Socket>) -> TcpStream {
        TcpStream { context: context.clone(), socket }
    }

    /// Appends what has arrived to `into`, waiting for at least one byte; answers how many bytes. The end of the
    /// stream is the error `Eof`, once everything before it was read.
    pub async fn read(&mut self, into: &mut Vec<u8>) -> Result<usize, CloseWhy> {
        let n = poll_fn(|poller| self.poll_read(poller, into)).await?;
        self.resume();
        Ok(n)
    }

    /// Hands bytes to the host, after waiting while too much is unsent. That the peer gets them is not promised.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), CloseWhy> {
        poll_fn(|poller| self.poll_room(poller)).await?;
        self.socket.state().unsent += bytes.len();
        self.context.state().asks.push(Ask::Write(self.socket.fd, bytes.to_vec()));
        Ok(())
    }

    /// Closes the connection after what was written is sent.
    pub fn close(self) {}

    fn poll_read(&self, poller: &mut Poller<'_>, into: &mut Vec<u8>) -> Poll<Result<usize, CloseWhy>> {
        let mut state = self.socket.state();
        let n = state.unread.len();
        if n == 0 {
            return end_or_wait(state, |state| &mut state.reader, poller);
        }
        if into.is_empty() {
            std::mem::swap(into, &mut state.unread);
        } else {
            into.append(&mut state.unread);
        }
        Poll::Ready(Ok(n))
    }

    fn poll_room(&self, poller: &mut Poller<'_>) -> Poll<Result<(), CloseWhy>> {
        let state = self.socket.state();
        if state.ended.is_none() && state.unsent < UNSENT_BYTES_MAX {
            return Poll::Ready(Ok(()));
        }
        end_or_wait(state, |state| &mut state.writer, poller)
    }

    /// Lets the peer go on, if it was told to wait: everything has been read.
    fn resume(&self) {
        if std::mem::replace(&mut self.socket.state().paused, false) {
            self.context.state().ask(Effect::PauseRead { fd: self.socket.fd, paused: false });
        }
    }
}

/// The error of an ended connection, or a place among those who wait.
fn end_or_wait<T>(
    mut state: RefMut<'_, SocketState>,
    place: impl FnOnce(&mut SocketState) -> &mut Option<Waker>,
    poller: &Poller<'_>,
) -> Poll<Result<T, CloseWhy>> {
    if let Some(why) = state.ended {
        return Poll::Ready(Err(why));
    }
    *place(&mut state) = Some(poller.waker().clone());
    Poll::Pending
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        let mut state = self.context.state();
        if state.remove_socket(&self.socket) {
            state.ask(Effect::Close { fd: self.socket.fd });
        }
    }
}

/// An attempt to connect, as the node knows it.
#[derive(Default)]
pub(super) struct Outgoing {
    result: Option<Result<Rc<Socket>, CloseWhy>>,
    waiting: Option<Waker>,
}

impl Outgoing {
    pub(super) fn settle(&mut self, result: Result<Rc<Socket>, CloseWhy>) {
        self.result = Some(result);
        wake(&mut self.waiting);
    }
}

/// An attempt to connect. One that is dropped early is closed as soon as it stands.
pub(super) struct Connect {
    context: Context,
    tag: Tag,
}

impl Connect {
    pub(super) fn start(context: &Context, to: Endpoint) -> Connect {
        let mut state = context.state();
        let tag = Tag(state.next_name());
        state.attempts.insert(tag, Outgoing::default());
        state.ask(Effect::Connect { tag, to });
        Connect { context: context.clone(), tag }
    }
}

impl Future for Connect {
    type Output = Result<TcpStream, CloseWhy>;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Self::Output> {
        let mut state = self.context.state();
        let attempt = state.attempts.entry(self.tag).or_default();
        let Some(result) = attempt.result.take() else {
            attempt.waiting = Some(poller.waker().clone());
            return Poll::Pending;
        };
        drop(state);
        Poll::Ready(result.map(|socket| TcpStream::new(&self.context, socket)))
    }
}

impl Drop for Connect {
    fn drop(&mut self) {
        let attempt = self.context.state().attempts.remove(&self.tag);
        if let Some(Outgoing { result: Some(Ok(socket)), .. }) = attempt {
            drop(TcpStream::new(&self.context, socket));
        }
    }
}

/// A listening port, as the node knows it.
#[derive(Default)]
pub(super) struct Incoming {
    queue: VecDeque<Rc<Socket>>,
    failed: Option<String>,
    waiting: Option<Waker>,
}

impl Incoming {
    pub(super) fn push(&mut self, socket: Rc<Socket>) {
        self.queue.push_back(socket);
        wake(&mut self.waiting);
    }

    pub(super) fn fail(&mut self, why: String) {
        self.failed = Some(why);
        wake(&mut self.waiting);
    }
}

/// A listening port. It stays open for the life of the application.
pub struct TcpListener {
    context: Context,
    listener: Listener,
}

impl TcpListener {
    pub(super) fn open(context: &Context, at: Endpoint) -> TcpListener {
        let mut state = context.state();
        let listener = Listener(u32::try_from(state.next_name()).unwrap_or(u32::MAX));
        state.listeners.insert(listener, Incoming::default());
        state.ask(Effect::Listen { listener, at });
        TcpListener { context: context.clone(), listener }
    }

    /// The next connection; or the operating system's words why the port could not be opened.
    pub async fn accept(&mut self) -> Result<TcpStream, String> {
        let socket = poll_fn(|poller| self.poll_accept(poller)).await?;
        Ok(TcpStream::new(&self.context, socket))
    }

    fn poll_accept(&self, poller: &mut Poller<'_>) -> Poll<Result<Rc<Socket>, String>> {
        let mut state = self.context.state();
        let incoming = state.listeners.entry(self.listener).or_default();
        if let Some(socket) = incoming.queue.pop_front() {
            return Poll::Ready(Ok(socket));
        }
        if let Some(why) = &incoming.failed {
            return Poll::Ready(Err(why.clone()));
        }
        incoming.waiting = Some(poller.waker().clone());
        Poll::Pending
    }
}
