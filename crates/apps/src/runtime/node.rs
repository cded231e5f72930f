//! The node: inputs to wakers, and what the tasks ask for to effects.

use super::context::Context;
use super::executor::Executor;
use super::net::Socket;
use super::state::{Ask, Shared, State};
use crate::metrics::{Metrics, Report};
use resplay_base::{CloseWhy, Effect, Exit, Fd, Host, Input, Listener, Mono, Node, Tag};
use resplay_history::Operation;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What a task weighs for a host with a memory limit, in bytes: a nominal figure, as applications are not what
/// runs out of memory here.
const TASK_BYTES: u64 = 4096;

type Main = Box<dyn FnOnce(Context) -> Pin<Box<dyn Future<Output = ()>>>>;

/// A simulated application. Its tasks cannot be cloned, so a world with applications is replayed, not branched.
pub struct AppNode {
    // Declared before `shared`: dropping a task closes its connections, which goes through it.
    executor: Executor,
    main: Option<Main>,
    /// Unsent bytes by the number of the connection; here and not in the shared part, so that they can be lent.
    output: Vec<Output>,
    shared: Rc<Shared>,
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    sent: usize,
}

impl AppNode {
    /// An application that runs `main` when it boots. The seed and the name determine its random streams.
    pub fn new<F>(name: &str, seed: u64, main: impl FnOnce(Context) -> F + 'static) -> AppNode
    where
        F: Future<Output = ()> + 'static,
    {
        let shared = Shared {
            name: name.to_owned(),
            seed,
            now: Cell::default(),
            state: RefCell::default(),
            metrics: Metrics::default(),
            keep_history: Cell::new(true),
        };
        AppNode {
            executor: Executor::default(),
            main: Some(Box::new(|context| Box::pin(main(context)))),
            output: Vec::new(),
            shared: Rc::new(shared),
        }
    }

    /// What the application measured so far.
    pub fn report(&self) -> Report {
        self.shared.metrics.report()
    }

    /// What the application measured so far, taken out: for its next life, when this one is cut off.
    pub fn take_metrics(&mut self) -> Metrics {
        self.shared.metrics.take()
    }

    /// Goes on from what an earlier life measured.
    pub fn resume_metrics(&mut self, before: Metrics) {
        self.shared.metrics.resume(before);
    }

    /// Whether to keep a history, from now on; at first it is kept. It takes memory for every command and reply.
    pub fn keep_history(&mut self, keep: bool) {
        self.shared.keep_history.set(keep);
    }

    /// The history since the last call, in the order of completion; at its end, as they were begun, the operations under way.
    pub fn take_operations(&mut self) -> Vec<Operation> {
        let mut state = self.state();
        let mut operations = std::mem::take(&mut state.operations);
        operations.extend(std::mem::take(&mut state.under_way).into_values());
        operations
    }

    fn state(&self) -> std::cell::RefMut<'_, State> {
        self.shared.state.borrow_mut()
    }

    fn deliver(&mut self, input: Input<'_>) {
        match input {
            Input::Boot(_) => self.boot(),
            Input::Accepted { fd, listener, .. } => self.accepted(fd, listener),
            Input::ListenFailed { listener, why } => self.listen_failed(listener, why),
            Input::Connected { fd, tag, .. } => self.connected(fd, tag),
            Input::ConnectFailed { tag, why } => self.connect_failed(tag, why),
            Input::Data { fd, bytes } => self.data(fd, bytes),
            Input::Closed { fd, why } => self.closed(fd, why),
            Input::Signal(_) => self.state().ask(Effect::Exit(Exit(0))),
            // Timers fire by the clock, writers were woken by `sent`, and applications have no files.
            Input::Timer | Input::Flush | Input::Writable { .. } | Input::DiskDone(_) => {}
        }
    }

    fn boot(&mut self) {
        if let Some(main) = self.main.take() {
            self.executor.adopt(main(Context::new(Rc::clone(&self.shared))));
        }
    }

    fn new_socket(&mut self, fd: Fd) -> Rc<Socket> {
        self.output(fd).clear();
        self.state().add_socket(fd)
    }

    fn accepted(&mut self, fd: Fd, listener: Listener) {
        let socket = self.new_socket(fd);
        if let Some(incoming) = self.state().listeners.get_mut(&listener) {
            incoming.push(socket);
        }
    }

    fn listen_failed(&mut self, listener: Listener, why: String) {
        if let Some(incoming) = self.state().listeners.get_mut(&listener) {
            incoming.fail(why);
        }
    }

    fn connected(&mut self, fd: Fd, tag: Tag) {
        let socket = self.new_socket(fd);
        let mut state = self.state();
        match state.attempts.get_mut(&tag) {
            Some(attempt) => attempt.settle(Ok(socket)),
            None => {
                // Whoever asked has given up.
                state.remove_socket(&socket);
                state.ask(Effect::Close { fd });
            }
        }
    }

    fn connect_failed(&mut self, tag: Tag, why: CloseWhy) {
        if let Some(attempt) = self.state().attempts.get_mut(&tag) {
            attempt.settle(Err(why));
        }
    }

    fn data(&mut self, fd: Fd, bytes: &[u8]) {
        let mut state = self.state();
        if state.socket(fd).is_some_and(|socket| socket.arrived(bytes)) {
            state.ask(Effect::PauseRead { fd, paused: true });
        }
    }

    fn closed(&mut self, fd: Fd, why: CloseWhy) {
        self.output(fd).clear();
        let mut state = self.state();
        if let Some(socket) = state.socket(fd) {
            state.remove_socket(&socket);
            socket.ended(why);
        }
    }

    /// Runs tasks until all of them wait.
    fn run(&mut self) {
        loop {
            let spawned = std::mem::take(&mut self.state().spawned);
            spawned.into_iter().for_each(|task| self.executor.adopt(task));
            if !self.executor.run_next() {
                return;
            }
        }
    }

    /// Passes on what the tasks asked for.
    fn flush(&mut self, host: &mut dyn Host) {
        let asks = std::mem::take(&mut self.state().asks);
        for ask in asks {
            match ask {
                Ask::Effect(effect) => host.effect(effect),
                Ask::Write(fd, bytes) => {
                    self.output(fd).push(bytes);
                    host.effect(Effect::Send { fd });
                }
            }
        }
    }

    fn output(&mut self, fd: Fd) -> &mut Output {
        let index = fd.0 as usize;
        if self.output.len() <= index {
            self.output.resize_with(index + 1, Output::default);
        }
        &mut self.output[index]
    }
}

impl Node for AppNode {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        let now = host.now();
        self.shared.now.set(now);
        self.deliver(input);
        self.state().timers.fire(now.mono);
        self.run();
        self.flush(host);
    }

    fn sent(&mut self, fd: Fd, n: usize) {
        self.output(fd).advance(n);
        if let Some(socket) = self.state().socket(fd) {
            socket.sent(n);
        }
    }

    fn unsent(&self, fd: Fd) -> &[u8] {
        self.output.get(fd.0 as usize).map_or(&[], |output| &output.bytes[output.sent..])
    }

    fn deadline(&self) -> Option<Mono> {
        if self.executor.is_ready() {
            return Some(self.shared.now.get().mono);
        }
        self.state().timers.next()
    }

    fn resident_bytes(&self) -> u64 {
        self.executor.len() as u64 * TASK_BYTES
    }
}

impl Output {
    fn push(&mut self, bytes: Vec<u8>) {
        if self.bytes.is_empty() {
            self.bytes = bytes;
        } else {
            self.bytes.drain(..self.sent);
            self.sent = 0;
            self.bytes.extend_from_slice(&bytes);
        }
    }

    fn advance(&mut self, n: usize) {
        self.sent = (self.sent + n).min(self.bytes.len());
        if self.sent == self.bytes.len() {
            self.clear();
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.sent = 0;
    }
}
