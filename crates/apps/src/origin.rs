//! The origin: a database behind a cache, slow and with few connections at work at once. It speaks lines:
//! `GET page:1` is answered by `FOUND 1024` and that many bytes, or by `MISSING`.

use crate::runtime::{AppNode, Context, Permit, Semaphore, TcpStream};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{Bytes, DurationText};
use resplay_base::CloseWhy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use std::time::Duration;

/// The port that every origin listens on.
pub const ORIGIN_PORT: u16 = 5432;
/// The origin holds every page whose name begins like this, and no other.
pub const PAGE_PREFIX: &str = "page:";

/// The row of this application.
pub const APP: App = App {
    kind: "origin",
    summary: "a database behind a cache: slow, and serving few queries at once",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `origin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// How long a query takes once it is its turn.
    pub latency: DurationText,
    /// How many queries are served at once; the others queue, first come first served.
    pub concurrency: u32,
    /// The size of a page.
    pub page_size: Bytes,
}

impl Default for Options {
    fn default() -> Options {
        Options { latency: DurationText(Duration::from_millis(50)), concurrency: 20, page_size: Bytes(1024) }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    if options.concurrency == 0 {
        return Err(OptionError::new("concurrency", "must be at least 1, or no query is ever served"));
    }
    Ok(AppNode::new(&env.name, env.seed, |context| serve(context, options)))
}

async fn serve(context: Context, options: Options) {
    let mut listener = context.listen(ORIGIN_PORT);
    let turns = Semaphore::new(options.concurrency as usize);
    let database = Rc::new(Database { context: context.clone(), turns, options });
    loop {
        match listener.accept().await {
            Ok(stream) => drop(context.spawn(Rc::clone(&database).session(stream))),
            Err(why) => return context.metrics().failure(context.mono(), "listen", &why),
        }
    }
}

struct Database {
    context: Context,
    turns: Semaphore,
    options: Options,
}

impl Database {
    /// Answers one connection, line by line, until it ends.
    async fn session(self: Rc<Self>, mut stream: TcpStream) {
        let mut inbox = Vec::new();
        while let Ok(line) = read_line(&mut stream, &mut inbox).await {
            let answer = match line.strip_prefix("GET ") {
                Some(page) => self.query(page).await,
                None => b"ERROR unknown request\n".to_vec(),
            };
            if stream.write(&answer).await.is_err() {
                return;
            }
        }
    }

    async fn query(&self, page: &str) -> Vec<u8> {
        let metrics = self.context.metrics();
        let asked = self.context.mono();
        metrics.count("queries");
        let turn = self.turn().await;
        self.context.sleep(self.options.latency.0).await;
        drop(turn);
        metrics.latency("query", self.context.mono().since(asked));
        if page.starts_with(PAGE_PREFIX) {
            return self.found(page);
        }
        metrics.count("missing-pages");
        b"MISSING\n".to_vec()
    }

    /// Waits in the queue for a turn, and measures both.
    async fn turn(&self) -> Permit {
        let metrics = self.context.metrics();
        if self.turns.free() == 0 {
            metrics.maximum("queue", self.turns.waiting() as u64 + 1);
        }
        let turn = self.turns.acquire().await;
        let working = self.options.concurrency as usize - self.turns.free();
        metrics.maximum("concurrent-queries", working as u64);
        turn
    }

    fn found(&self, page: &str) -> Vec<u8> {
        let size = usize::try_from(self.options.page_size.0).unwrap_or(usize::MAX);
        let mut answer = format!("FOUND {size}\n").into_bytes();
        answer.extend(page.bytes().cycle().take(size));
        answer
    }
}

/// A client of the origin, with one connection.
pub struct OriginClient {
    context: Context,
    host: String,
    timeout: Duration,
    session: Option<(TcpStream, Vec<u8>)>,
}

impl OriginClient {
    /// A client of the origin on that host, which gives up on a query after `timeout`.
    pub fn new(context: &Context, host: &str, timeout: Duration) -> OriginClient {
        OriginClient { context: context.clone(), host: host.to_owned(), timeout, session: None }
    }

    /// Asks for a page; `None` when there is no such page. After an error the next query connects anew.
    pub async fn query(&mut self, page: &str) -> Result<Option<Vec<u8>>, String> {
        let session = self.session.take();
        let asked = exchange(&self.context, &self.host, session, page);
        let (session, body) = match self.context.timeout(self.timeout, asked).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(why)) => return Err(format!("origin: connection ended ({why:?})")),
            Err(_) => return Err("origin: no answer in time".to_owned()),
        };
        self.session = Some(session);
        Ok(body)
    }
}

type Answered = ((TcpStream, Vec<u8>), Option<Vec<u8>>);

/// One query, on the given connection or a new one, which comes back with the answer.
async fn exchange(
    context: &Context,
    host: &str,
    session: Option<(TcpStream, Vec<u8>)>,
    page: &str,
) -> Result<Answered, CloseWhy> {
    let (mut stream, mut inbox) = match session {
        Some(session) => session,
        None => (context.connect(host, ORIGIN_PORT).await?, Vec::new()),
    };
    stream.write(format!("GET {page}\n").as_bytes()).await?;
    let line = read_line(&mut stream, &mut inbox).await?;
    let Some(size) = line.strip_prefix("FOUND ").and_then(|size| size.parse().ok()) else {
        return Ok(((stream, inbox), None));
    };
    while inbox.len() < size {
        stream.read(&mut inbox).await?;
    }
    let rest = inbox.split_off(size);
    Ok(((stream, rest), Some(inbox)))
}

/// The next line, without its end.
async fn read_line(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Result<String, CloseWhy> {
    loop {
        if let Some(end) = inbox.iter().position(|byte| *byte == b'\n') {
            let rest = inbox.split_off(end + 1);
            let line = std::mem::replace(inbox, rest);
            return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        stream.read(inbox).await?;
    }
}
