//! Locks, as the documentation of SET describes them: `SET NX PX` with a token that nobody else uses, work, and a release that deletes
//! the key only if it still holds the token. A client that finds a lock taken goes away.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, at_least_one, parse};
use crate::units::{DurationText, Period, Rate, Share};
use resplay_base::Random;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "lock",
    summary: "clients take locks with SET NX PX, work, and release them if they still hold them",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `lock`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients there are.
    pub clients: u32,
    /// How often all clients together try to take a lock; one that holds a lock tries none.
    pub rate: Rate,
    /// How many locks there are, at least 1.
    pub locks: u32,
    /// After this time the server releases a lock by itself, at least 1 ms.
    pub ttl: DurationText,
    /// For how long a client works with a lock at most; as a rule less than the TTL.
    pub hold: DurationText,
    /// Which part of the holders works longer than the TTL, up to twice as long.
    pub overstay: Share,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 8,
            rate: Rate { count: 50, per: Period::Second },
            locks: 2,
            ttl: DurationText(Duration::from_secs(2)),
            hold: DurationText(Duration::from_millis(200)),
            overstay: Share::default(),
            connection: ConnectionOptions::default(),
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("locks", options.locks)])?;
    if options.ttl.0 < Duration::from_millis(1) {
        return Err(OptionError::new("ttl", "must be at least 1 ms"));
    }
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    // Another life of the application has other tokens.
    let life = context.random("life").next_u32();
    let holders = Rc::new(RefCell::new(vec![0; options.locks as usize]));
    for number in 0..options.clients {
        let worker = Worker {
            random: context.random(&format!("worker {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            name: format!("{life:x}-{number}"),
            attempts: 0,
            holders: Rc::clone(&holders),
        };
        let stream = format!("arrivals {number}");
        let pacer = Pacer::new(&context, &stream, options.rate, options.clients);
        context.spawn(worker.run(pacer));
    }
}

/// One client.
struct Worker {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    /// What its tokens begin with.
    name: String,
    attempts: u64,
    /// How many clients work with each lock.
    holders: Rc<RefCell<Vec<u64>>>,
}

impl Worker {
    async fn run(mut self, mut pacer: Pacer) {
        loop {
            pacer.wait().await;
            let lock = self.random.index(self.options.locks as usize);
            self.attempts += 1;
            let (key, token) = (format!("lock:{lock}"), format!("{}-{}", self.name, self.attempts));
            // An error shows in the metrics. A lock that was taken all the same ends by itself.
            match self.take(&key, &token).await {
                Ok(true) => {
                    self.work(lock).await;
                    self.release(&key, &token).await;
                }
                Ok(false) => self.context.metrics().count("locks-busy"),
                Err(_) => self.context.metrics().count("locks-not-taken"),
            }
        }
    }

    async fn take(&mut self, key: &str, token: &str) -> Result<bool, ClientError> {
        let ttl_ms = self.options.ttl.0.as_millis().to_string();
        let set: &[&[u8]] = &[b"SET", key.as_bytes(), token.as_bytes(), b"NX", b"PX", ttl_ms.as_bytes()];
        Ok(!self.client.request(set).await?.is_null())
    }

    /// What the lock is for.
    async fn work(&mut self, lock: usize) {
        self.context.metrics().count("locks-taken");
        self.holders.borrow_mut()[lock] += 1;
        self.context.metrics().maximum("holders", self.holders.borrow()[lock]);
        let (ttl, hold) = (self.options.ttl.0.as_nanos() as u64, self.options.hold.0.as_nanos() as u64);
        let (least, most) = if self.random.chance(self.options.overstay.get()) {
            (ttl, ttl.saturating_mul(2))
        } else {
            (0, hold)
        };
        self.context.sleep(Duration::from_nanos(self.random.between(least, most))).await;
        self.holders.borrow_mut()[lock] -= 1;
    }

    async fn release(&mut self, key: &str, token: &str) {
        let result = self.client.compare_and_delete(key.as_bytes(), token.as_bytes()).await;
        self.context.metrics().count(match result {
            Ok(true) => "locks-released",
            Ok(false) => "locks-outlived",
            Err(_) => "locks-left",
        });
    }
}
