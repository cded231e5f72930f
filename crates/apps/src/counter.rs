//! Counters, from which a judge can tell whether an increment was lost or took place twice: clients add to a few of them, subtract, and
//! read them.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, at_least_one, parse};
use crate::units::{Period, Rate, Share};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::rc::Rc;

/// The row of this application.
pub const APP: App = App {
    kind: "counter",
    summary: "clients increment a few counters and read them, whose values the check counter-bounds then adds up",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `counter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients there are.
    pub clients: u32,
    /// How many commands all clients together send.
    pub rate: Rate,
    /// How many counters are in use at a time, at least 1.
    pub counters: u32,
    /// After about so many increments a counter is left and another begun, at least 1: increments of which nobody hears
    /// whether they took place blur what a counter must stand at.
    pub length: u32,
    /// The largest increment, at least 1.
    pub most: u32,
    /// Which part of the commands only reads.
    pub reads: Share,
    /// Which part of the increments is negative.
    pub negative: Share,
    /// Which part of the counters are fields of a hash; the others are strings.
    pub fields: Share,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 8,
            rate: Rate { count: 100, per: Period::Second },
            counters: 4,
            length: 100,
            most: 10,
            reads: Share::new(0.25).expect("a share"),
            negative: Share::new(0.25).expect("a share"),
            fields: Share::HALF,
            connection: ConnectionOptions::default(),
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("counters", options.counters), ("length", options.length), ("most", options.most)])?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    // Another life of the application has other counters.
    let life = context.random("life").next_u32();
    let increments = Rc::new(Cell::new(0));
    for number in 0..options.clients {
        let clerk = Clerk {
            random: context.random(&format!("clerk {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            life,
            increments: Rc::clone(&increments),
        };
        let stream = format!("arrivals {number}");
        let pacer = Pacer::new(&context, &stream, options.rate, options.clients);
        context.spawn(clerk.run(pacer));
    }
}

/// One client.
struct Clerk {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    life: u32,
    /// How many increments all clients together have tried.
    increments: Rc<Cell<u64>>,
}

/// Where a counter is.
enum Place {
    String { key: String },
    Field { key: String, field: String },
}

impl Place {
    fn read(&self) -> Vec<Vec<u8>> {
        match self {
            Place::String { key } => words(&["GET", key]),
            Place::Field { key, field } => words(&["HGET", key, field]),
        }
    }

    /// Where there are several words for the same, the short ones or those that suit the sign.
    fn increment(&self, by: i64, is_short: bool) -> Vec<Vec<u8>> {
        match self {
            Place::Field { key, field } => words(&["HINCRBY", key, field, &by.to_string()]),
            Place::String { key } if is_short && by == 1 => words(&["INCR", key]),
            Place::String { key } if is_short && by == -1 => words(&["DECR", key]),
            Place::String { key } if is_short && by < 0 => words(&["DECRBY", key, &(-by).to_string()]),
            Place::String { key } => words(&["INCRBY", key, &by.to_string()]),
        }
    }
}

fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

impl Clerk {
    async fn run(mut self, mut pacer: Pacer) {
        loop {
            pacer.wait().await;
            // An error shows in the metrics; what is in doubt is for the judge.
            let _ = match self.random.chance(self.options.reads.get()) {
                true => self.read().await,
                false => self.increment().await,
            };
        }
    }

    /// One of the counters in use.
    fn place(&mut self) -> Place {
        let counters = u64::from(self.options.counters);
        let generation = self.increments.get() / (counters * u64::from(self.options.length));
        let number = self.random.below(counters);
        match (number as f64) < self.options.fields.get() * counters as f64 {
            true => {
                Place::Field { key: format!("count:{:x}:{generation}", self.life), field: number.to_string() }
            }
            false => Place::String { key: format!("count:{:x}:{generation}:{number}", self.life) },
        }
    }

    async fn read(&mut self) -> Result<(), ClientError> {
        let words = self.place().read();
        self.request(&words).await?;
        self.context.metrics().count("reads");
        Ok(())
    }

    async fn increment(&mut self) -> Result<(), ClientError> {
        let place = self.place();
        let by = self.random.between(1, u64::from(self.options.most)) as i64;
        let by = if self.random.chance(self.options.negative.get()) { -by } else { by };
        let words = place.increment(by, self.random.chance(0.5));
        self.increments.set(self.increments.get() + 1);
        let result = self.request(&words).await;
        self.context.metrics().count(match &result {
            Ok(_) => "increments",
            Err(ClientError::Server(_)) => "refused",
            Err(ClientError::Connect(_) | ClientError::ConnectTimeout) => "not-sent",
            Err(_) => "in-doubt",
        });
        result.map(drop)
    }

    async fn request(&mut self, words: &[Vec<u8>]) -> Result<Reply, ClientError> {
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        self.client.request(&words).await
    }
}
