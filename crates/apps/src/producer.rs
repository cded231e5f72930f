//! A producer: jobs go into a list or a stream, each with a name that occurs only once, and may be published on a
//! channel as well. What the server acknowledged is accepted: somebody must process it.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{MaybeDuration, Period, Rate};
use crate::work::{self, POISON, Verb};
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of this application.
pub const APP: App = App {
    kind: "producer",
    summary: "clients put jobs into a list or a stream, and may publish them as well",
    schema: || schemars::schema_for!(Options),
    build,
};

/// What the jobs go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// XADD.
    Stream,
    /// LPUSH.
    List,
}

/// Options of `producer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// What the jobs go into: `stream` or `list`.
    pub into: Target,
    /// The key of that.
    pub source: String,
    /// A channel on which each job is published too.
    pub publish: Option<String>,
    /// How many clients produce.
    pub clients: u32,
    /// How many jobs all clients together produce.
    pub rate: Rate,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// Stop after this time, so that workers can finish before the run ends.
    pub stop_after: MaybeDuration,
    /// Streams: keep about so many entries (XADD MAXLEN); zero keeps all.
    pub max_len: u64,
    /// Every so manyth job of a client fails whoever processes it; zero: none.
    pub poison_every: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            into: Target::Stream,
            source: "jobs".into(),
            publish: None,
            clients: 4,
            rate: Rate { count: 20, per: Period::Second },
            connection: ConnectionOptions::default(),
            stop_after: MaybeDuration(None),
            max_len: 0,
            poison_every: 0,
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let producer = Producer {
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            number,
            made: 0,
        };
        context.spawn(producer.run());
    }
}

struct Producer {
    context: Context,
    options: Options,
    client: Client,
    number: u32,
    made: u64,
}

impl Producer {
    async fn run(mut self) {
        let stop = self.options.stop_after.0.map(|time| self.context.mono() + time);
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            if stop.is_some_and(|stop| self.context.mono() >= stop) {
                return;
            }
            self.produce().await;
        }
    }

    async fn produce(&mut self) {
        let job = self.name();
        let metrics = self.context.clone();
        match self.put(&job).await {
            Ok(_) => {
                work::record(&self.context, self.number, Verb::Accepted, &self.options.source, &job);
                metrics.metrics().count("accepted");
            }
            Err(_) => metrics.metrics().count("not-accepted"),
        }
        if let Some(channel) = self.options.publish.clone() {
            self.publish(&channel, &job).await;
        }
    }

    /// `client-number`, and whether it is poison.
    fn name(&mut self) -> String {
        self.made += 1;
        let is_poison = self.options.poison_every > 0 && self.made.is_multiple_of(self.options.poison_every);
        format!("{}-{}{}", self.number, self.made, if is_poison { POISON } else { "" })
    }

    async fn put(&mut self, job: &str) -> Result<Reply, ClientError> {
        let (source, job) = (self.options.source.clone(), job.as_bytes());
        let max_len = self.options.max_len.to_string();
        match self.options.into {
            Target::List => self.client.request(&[b"LPUSH", source.as_bytes(), job]).await,
            Target::Stream if self.options.max_len == 0 => {
                self.client.request(&[b"XADD", source.as_bytes(), b"*", b"job", job]).await
            }
            Target::Stream => {
                let max_len = max_len.as_bytes();
                let words: &[&[u8]] = &[b"XADD", source.as_bytes(), b"MAXLEN", max_len, b"*", b"job", job];
                self.client.request(words).await
            }
        }
    }

    async fn publish(&mut self, channel: &str, job: &str) {
        match self.client.request(&[b"PUBLISH", channel.as_bytes(), job.as_bytes()]).await {
            Ok(Reply::Int(0)) => self.context.metrics().count("published-to-nobody"),
            Ok(_) => self.context.metrics().count("published"),
            Err(_) => self.context.metrics().count("not-published"),
        }
    }
}
