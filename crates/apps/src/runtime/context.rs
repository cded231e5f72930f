//! What application code has of the world.

use super::combine::{Either, Elapsed, race};
use super::executor::{JoinHandle, joinable};
use super::net::{Connect, TcpListener, TcpStream};
use super::state::{Shared, State};
use super::timer::Sleep;
use crate::metrics::Metrics;
use resplay_base::{CloseWhy, Endpoint, Mono, Now, Random};
use resplay_history::Operation;
use std::cell::RefMut;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

/// A handle to the host, cheap to clone. Every task has one.
#[derive(Clone)]
pub struct Context {
    shared: Rc<Shared>,
}

/// Names an operation that is under way.
pub struct Ticket(Option<u64>);

impl Context {
    /// The application's name in the scenario.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Both clocks of the host.
    pub fn now(&self) -> Now {
        self.shared.now.get()
    }

    /// The host's monotonic clock.
    pub fn mono(&self) -> Mono {
        self.now().mono
    }

    /// Waits.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.mono() + duration)
    }

    /// Waits for an instant; one that has passed is over at once.
    pub fn sleep_until(&self, due: Mono) -> Sleep {
        Sleep::until(self, due)
    }

    /// Waits for a future, but no longer than this. A future that is done in the last instant counts as done.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Result<F::Output, Elapsed> {
        match race(future, self.sleep(limit)).await {
            Either::First(value) => Ok(value),
            Either::Second(()) => Err(Elapsed),
        }
    }

    /// Starts a task beside this one.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> JoinHandle<T> {
        let (task, handle) = joinable(future);
        self.state().spawned.push(task);
        handle
    }

    /// Listens on a port of every address of this host. A failure shows in the first `accept`.
    pub fn listen(&self, port: u16) -> TcpListener {
        TcpListener::open(self, Endpoint::tcp("*", port))
    }

    /// Connects to a host by name or address.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, CloseWhy> {
        Connect::start(self, Endpoint::tcp(host, port)).await
    }

    /// The random stream of that name, for instance one per client; asking twice gives the same draws again.
    pub fn random(&self, name: &str) -> Random {
        Random::stream(self.shared.seed, &format!("app/{}/{name}", self.shared.name))
    }

    /// Puts an operation into the history, if one is kept; otherwise it is not even made.
    pub fn record(&self, operation: impl FnOnce() -> Operation) {
        if self.shared.keep_history.get() {
            let operation = operation();
            self.state().operations.push(operation);
        }
    }

    /// Begins an operation, if a history is kept: should nobody live to see its end, it is in the history as it is now.
    pub fn begin(&self, operation: impl FnOnce() -> Operation) -> Ticket {
        if !self.shared.keep_history.get() {
            return Ticket(None);
        }
        let operation = operation();
        let mut state = self.state();
        state.tickets += 1;
        let number = state.tickets;
        state.under_way.insert(number, operation);
        Ticket(Some(number))
    }

    /// Ends an operation: puts it into the history with what `known` fills in.
    pub fn end(&self, ticket: Ticket, known: impl FnOnce(&mut Operation)) {
        let mut state = self.state();
        let operation = ticket.0.and_then(|number| state.under_way.remove(&number));
        if let Some(mut operation) = operation {
            known(&mut operation);
            state.operations.push(operation);
        }
    }

    /// Counters, latencies, errors and notable events.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    pub(super) fn new(shared: Rc<Shared>) -> Context {
        Context { shared }
    }

    /// Borrowed for a moment only: never across an await, a wake, or the drop of a future.
    pub(super) fn state(&self) -> RefMut<'_, State> {
        self.shared.state.borrow_mut()
    }
}
