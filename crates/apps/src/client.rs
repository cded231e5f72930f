//! A Redis client over the adaptor, as applications configure one: RESP3, pipelining, timeouts, reconnection with
//! backoff, a pool. Every command goes into the history, and every error into the metrics.

use crate::metrics::Metrics;
use crate::runtime::{Context, Permit, Semaphore, TcpStream, Ticket};
use crate::units::DurationText;
use resplay_base::{CloseWhy, Mono, Random};
use resplay_history::{Operation, Outcome};
use resplay_resp::{Reply, decode, encode_request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::rc::Rc;
use std::time::Duration;

/// The port of every server in a scenario.
pub const REDIS_PORT: u16 = 6379;
/// What errors of the connection are filed under; errors of the server are filed under the command.
const CONNECTION: &str = "connection";

/// How a client connects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConnectionOptions {
    /// Give up connecting after this time.
    pub connect_timeout: DurationText,
    /// Give up waiting for a reply, and drop the connection, after this time.
    pub read_timeout: DurationText,
    /// Wait about this long after the first failure to connect; twice as long after each further one.
    pub backoff: DurationText,
    /// Never wait longer than about this between attempts to connect.
    pub backoff_max: DurationText,
}

impl Default for ConnectionOptions {
    fn default() -> ConnectionOptions {
        ConnectionOptions {
            connect_timeout: DurationText(Duration::from_secs(2)),
            read_timeout: DurationText(Duration::from_secs(5)),
            backoff: DurationText(Duration::from_millis(100)),
            backoff_max: DurationText(Duration::from_secs(2)),
        }
    }
}

/// Why a command brought no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// No connection came to be; the command was not sent.
    Connect(CloseWhy),
    /// No connection came to be in time; the command was not sent.
    ConnectTimeout,
    /// No reply came in time; the command may have run.
    ReadTimeout,
    /// The connection ended before the reply; the command may have run.
    Closed(CloseWhy),
    /// The server sent something that is not RESP; the command may have run.
    Protocol(String),
    /// An error reply, word for word.
    Server(String),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Connect(why) => f.write_str(reason(*why)),
            ClientError::ConnectTimeout => f.write_str("connecting timed out"),
            ClientError::ReadTimeout => f.write_str("no reply in time"),
            ClientError::Closed(why) => write!(f, "{} while waiting for a reply", reason(*why)),
            ClientError::Protocol(what) => write!(f, "not RESP: {what}"),
            ClientError::Server(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ClientError {}

/// The words that operating systems use.
fn reason(why: CloseWhy) -> &'static str {
    match why {
        CloseWhy::Eof => "connection closed by the server",
        CloseWhy::Reset => "connection reset by peer",
        CloseWhy::Refused => "connection refused",
        CloseWhy::TimedOut => "connection timed out",
        CloseWhy::Unreachable => "no route to host",
    }
}

/// How long an application waits before it asks again for what was refused.
const REFUSED: Duration = Duration::from_millis(100);

/// One client with at most one connection, which it opens when it needs it.
pub struct Client {
    context: Context,
    /// As in the history: `web/17`.
    label: String,
    node: String,
    options: ConnectionOptions,
    random: Random,
    session: Option<Session>,
    /// Connections so far.
    connected: u64,
    /// Failures to connect since the last success.
    failures: u32,
    not_before: Mono,
}

impl Client {
    /// The client of that number of this application, for that server. Nothing is sent yet.
    pub fn new(context: &Context, number: u32, node: &str, options: &ConnectionOptions) -> Client {
        let label = format!("{}/{number}", context.name());
        Client {
            random: context.random(&format!("connection of {label}")),
            context: context.clone(),
            label,
            node: node.to_owned(),
            options: options.clone(),
            session: None,
            connected: 0,
            failures: 0,
            not_before: Mono::default(),
        }
    }

    /// How many connections there were so far; a change tells that the session is a new one.
    pub fn connections(&self) -> u64 {
        self.connected
    }

    /// Waits before the server is asked again for what it refused: a loop that asks at once adds to whatever ails it.
    /// What failed otherwise needs no wait here, since the next connection takes its time.
    pub async fn wait_if_refused<T>(&self, result: &Result<T, ClientError>) {
        if let Err(ClientError::Server(_)) = result {
            self.context.sleep(REFUSED).await;
        }
    }

    /// Connects unless connected, after the wait that the last failure asks for. Every command does this by itself.
    pub async fn connect(&mut self) -> Result<(), ClientError> {
        if self.session.is_some() {
            return Ok(());
        }
        self.context.sleep_until(self.not_before).await;
        match self.open().await {
            Ok(()) => self.failures = 0,
            Err(error) => {
                self.session = None;
                self.back_off();
                self.metrics().failure(self.context.mono(), CONNECTION, &error.to_string());
                return Err(error);
            }
        }
        Ok(())
    }

    /// Sends one command and waits for its reply. A call that is dropped half-way has an unknown outcome.
    pub async fn request(&mut self, words: &[&[u8]]) -> Result<Reply, ClientError> {
        let mut replies = self.pipeline(&[words]).await;
        replies.pop().expect("a pipeline has one result per command")
    }

    /// Deletes a key if it has this value, in one transaction on one connection; answers whether it did.
    pub async fn compare_and_delete(&mut self, key: &[u8], value: &[u8]) -> Result<bool, ClientError> {
        self.request(&[b"WATCH", key]).await?;
        let held = self.request(&[b"GET", key]).await?;
        if held.as_bytes() != Some(value) {
            self.request(&[b"UNWATCH"]).await?;
            return Ok(false);
        }
        let results = self.pipeline(&[&[b"MULTI"], &[b"DEL", key], &[b"EXEC"]]).await;
        let executed = results.into_iter().next_back().expect("a pipeline has one result per command")?;
        Ok(!executed.is_null())
    }

    /// Sends commands in one go and waits for all replies: one result per command, in their order.
    pub async fn pipeline(&mut self, commands: &[&[&[u8]]]) -> Vec<Result<Reply, ClientError>> {
        let invoked = self.context.mono();
        if let Err(error) = self.connect().await {
            let completed_ns = Some(self.context.mono().0);
            for words in commands {
                let failed = || self.operation(invoked, words, Outcome::Failed(error.to_string()));
                self.context.record(|| Operation { completed_ns, ..failed() });
            }
            return vec![Err(error); commands.len()];
        }
        let mut results = Vec::with_capacity(commands.len());
        if let Err(error) = self.exchange(invoked, commands, &mut results).await {
            self.metrics().failure(self.context.mono(), CONNECTION, &error.to_string());
            results.resize(commands.len(), Err(error));
        }
        results
    }

    /// Subscribes to channels (and connects if need be); messages then come by [`Client::message`]. A client that
    /// subscribes should do nothing else.
    pub async fn subscribe(&mut self, channels: &[&[u8]]) -> Result<(), ClientError> {
        self.connect().await?;
        let words: Vec<&[u8]> = [&b"SUBSCRIBE"[..]].iter().chain(channels).copied().collect();
        let mut session = self.session.take().ok_or(ClientError::Closed(CloseWhy::Eof))?;
        let mut bytes = Vec::new();
        encode_request(&mut bytes, &words);
        session.stream.write(&bytes).await.map_err(ClientError::Closed)?;
        self.session = Some(session);
        for _ in channels {
            match self.message(self.options.read_timeout.0).await? {
                Some(confirmation)
                    if confirmation.first().and_then(Reply::as_bytes) == Some(b"subscribe") => {}
                _ => return Err(ClientError::Protocol("a subscription was not confirmed".to_owned())),
            }
        }
        Ok(())
    }

    /// The next message that the server pushes; `None` if none comes in that time. An error ends the connection, and
    /// with it the subscription.
    pub async fn message(&mut self, limit: Duration) -> Result<Option<Vec<Reply>>, ClientError> {
        let mut session = self.session.take().ok_or(ClientError::Closed(CloseWhy::Eof))?;
        let message = match session.push(&self.context, limit).await {
            Ok(message) => message,
            Err(error) => {
                self.metrics().failure(self.context.mono(), CONNECTION, &error.to_string());
                return Err(error);
            }
        };
        self.session = Some(session);
        Ok(message)
    }

    async fn open(&mut self) -> Result<(), ClientError> {
        let connecting = self.context.connect(&self.node, REDIS_PORT);
        let connected = self.context.timeout(self.options.connect_timeout.0, connecting).await;
        let stream = connected.map_err(|_| ClientError::ConnectTimeout)?.map_err(ClientError::Connect)?;
        self.session = Some(Session { stream, inbox: Vec::new(), last: 0..0 });
        let name = self.label.clone();
        let hello: &[&[u8]] = &[b"HELLO", b"3", b"SETNAME", name.as_bytes()];
        let mut results = Vec::new();
        self.exchange(self.context.mono(), &[hello], &mut results).await?;
        results.pop().expect("an exchange has one result per command")?;
        self.connected += 1;
        Ok(())
    }

    /// Doubles the wait, and draws from its upper half so that clients do not come back all at once.
    fn back_off(&mut self) {
        let doubled = self.options.backoff.0.saturating_mul(1 << self.failures.min(16));
        let nanos = doubled.min(self.options.backoff_max.0).as_nanos() as u64;
        self.failures += 1;
        self.not_before = self.context.mono() + Duration::from_nanos(self.random.between(nanos / 2, nanos));
    }

    /// Sends the commands and appends one result for each reply; the error says why the others did not come.
    async fn exchange(
        &mut self,
        invoked: Mono,
        commands: &[&[&[u8]]],
        results: &mut Vec<Result<Reply, ClientError>>,
    ) -> Result<(), ClientError> {
        let mut tickets: VecDeque<Ticket> = commands.iter().map(|words| self.begin(invoked, words)).collect();
        let result = self.talk(commands, &mut tickets, results).await;
        if let Err(error) = &result {
            let unknown = || Outcome::Unknown(error.to_string());
            tickets
                .into_iter()
                .for_each(|ticket| self.context.end(ticket, |operation| operation.outcome = unknown()));
        }
        result
    }

    /// Takes off a ticket for each reply that came.
    async fn talk(
        &mut self,
        commands: &[&[&[u8]]],
        tickets: &mut VecDeque<Ticket>,
        results: &mut Vec<Result<Reply, ClientError>>,
    ) -> Result<(), ClientError> {
        // Taken out until all is well: an error, or a caller that gives up, takes the connection along.
        let mut session = self.session.take().ok_or(ClientError::Closed(CloseWhy::Eof))?;
        let limit = self.options.read_timeout.0;
        let mut bytes = Vec::new();
        commands.iter().for_each(|words| encode_request(&mut bytes, words));
        let written = self.context.timeout(limit, session.stream.write(&bytes)).await;
        written.map_err(|_| ClientError::ReadTimeout)?.map_err(ClientError::Closed)?;
        for words in commands {
            let reply = session.reply(&self.context, limit).await?;
            let ticket = tickets.pop_front().expect("a ticket per command");
            self.context.end(ticket, |operation| {
                operation.completed_ns = Some(self.context.mono().0);
                operation.outcome = Outcome::Reply(session.last().to_vec());
            });
            results.push(self.judge(words, reply));
        }
        self.session = Some(session);
        Ok(())
    }

    /// Turns an error reply into an error and tells the metrics how it went.
    fn judge(&self, words: &[&[u8]], reply: Reply) -> Result<Reply, ClientError> {
        let now = self.context.mono();
        let command = words.first().and_then(|name| str::from_utf8(name).ok()).unwrap_or("?");
        if let Reply::Error(text) = &reply {
            let text = String::from_utf8_lossy(text).into_owned();
            self.metrics().failure(now, command, &text);
            return Err(ClientError::Server(text));
        }
        self.metrics().success(now, command);
        self.metrics().success(now, CONNECTION);
        Ok(reply)
    }

    /// Begins an operation of which nothing is known yet.
    fn begin(&self, invoked: Mono, words: &[&[u8]]) -> Ticket {
        self.context.begin(|| self.operation(invoked, words, Outcome::Unknown("the client ended".to_owned())))
    }

    fn operation(&self, invoked: Mono, words: &[&[u8]], outcome: Outcome) -> Operation {
        Operation {
            client: self.label.clone(),
            node: self.node.clone(),
            invoked_ns: invoked.0,
            completed_ns: None,
            command: words.iter().map(|word| word.to_vec()).collect(),
            outcome,
        }
    }

    fn metrics(&self) -> &Metrics {
        self.context.metrics()
    }
}

/// An open connection and what arrived on it.
struct Session {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// The last reply's place in `inbox`; nothing before its end is needed any more.
    last: Range<usize>,
}

impl Session {
    /// The next reply. Pushed messages are dropped: nothing here subscribes.
    async fn reply(&mut self, context: &Context, limit: Duration) -> Result<Reply, ClientError> {
        loop {
            match self.next()? {
                Some(Reply::Push(_)) => {}
                Some(reply) => return Ok(reply),
                None => {
                    let read = context.timeout(limit, self.stream.read(&mut self.inbox)).await;
                    read.map_err(|_| ClientError::ReadTimeout)?.map_err(ClientError::Closed)?;
                }
            }
        }
    }

    /// The next push; `None` if none comes in time.
    async fn push(&mut self, context: &Context, limit: Duration) -> Result<Option<Vec<Reply>>, ClientError> {
        loop {
            match self.next()? {
                Some(Reply::Push(items)) => return Ok(Some(items)),
                Some(reply) => return Err(ClientError::Protocol(format!("not a push: {reply:?}"))),
                None => match context.timeout(limit, self.stream.read(&mut self.inbox)).await {
                    Err(_) => return Ok(None),
                    Ok(read) => drop(read.map_err(ClientError::Closed)?),
                },
            }
        }
    }

    /// The next reply, if all of it has arrived.
    fn next(&mut self) -> Result<Option<Reply>, ClientError> {
        if self.last.end == self.inbox.len() {
            self.inbox.clear();
            self.last = 0..0;
        }
        let begin = self.last.end;
        let decoded =
            decode(&self.inbox[begin..]).map_err(|error| ClientError::Protocol(error.to_string()))?;
        let Some((reply, length)) = decoded else { return Ok(None) };
        self.last = begin..begin + length;
        Ok(Some(reply))
    }

    /// The bytes of the reply that `reply` gave last.
    fn last(&self) -> &[u8] {
        &self.inbox[self.last.clone()]
    }
}

/// A fixed number of clients for any number of tasks, first come first served; the one used last is used first,
/// as most pools do.
#[derive(Clone)]
pub struct Pool {
    inner: Rc<PoolInner>,
}

struct PoolInner {
    permits: Semaphore,
    idle: RefCell<Vec<Client>>,
    made: Cell<u32>,
    make: Box<dyn Fn(u32) -> Client>,
}

impl Pool {
    /// A pool of `size` clients, made with their numbers when they are needed.
    pub fn new(size: u32, make: impl Fn(u32) -> Client + 'static) -> Pool {
        let permits = Semaphore::new(size.max(1) as usize);
        let inner = PoolInner { permits, idle: RefCell::default(), made: Cell::new(0), make: Box::new(make) };
        Pool { inner: Rc::new(inner) }
    }

    /// Waits for a client; it goes back when it is dropped.
    pub async fn get(&self) -> Pooled {
        let permit = self.inner.permits.acquire().await;
        let idle = self.inner.idle.borrow_mut().pop();
        let client =
            idle.unwrap_or_else(|| (self.inner.make)(self.inner.made.replace(self.inner.made.get() + 1)));
        Pooled { client: Some(client), pool: Rc::clone(&self.inner), _permit: permit }
    }
}

/// A client lent by a pool.
pub struct Pooled {
    client: Option<Client>,
    pool: Rc<PoolInner>,
    // After the others: the next task may come when the client is back.
    _permit: Permit,
}

impl Deref for Pooled {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.client.as_ref().expect("present until dropped")
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Client {
        self.client.as_mut().expect("present until dropped")
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.pool.idle.borrow_mut().extend(self.client.take());
    }
}
