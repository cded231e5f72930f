//! Workers of a list: each takes a job from its end with BRPOP, and with it all responsibility; or moves it with
//! BLMOVE to a list of its own until it is done, where a successor finds it.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::DurationText;
use crate::work::Hands;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "queue-worker",
    summary: "clients take jobs from a list, for good or by way of a processing list",
    schema: || schemars::schema_for!(Options),
    build,
};

/// How a worker takes a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// BRPOP: the server forgets it.
    Pop,
    /// BLMOVE to a processing list, LREM when it is done.
    Lmove,
}

/// Options of `queue-worker`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// The list.
    pub source: String,
    /// How a job is taken: `pop` or `lmove`.
    pub mode: Mode,
    /// How many workers there are in this application.
    pub clients: u32,
    /// How the clients connect. Waiting takes up to `block`, which must be shorter than the read timeout.
    pub connection: ConnectionOptions,
    /// How long to wait for a job at once.
    pub block: DurationText,
    /// About how long a job takes.
    pub work: DurationText,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            source: "jobs".into(),
            mode: Mode::Pop,
            clients: 2,
            connection: ConnectionOptions::default(),
            block: DurationText(Duration::from_secs(1)),
            work: DurationText(Duration::from_millis(50)),
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    if options.block.0 >= options.connection.read_timeout.0 {
        return Err(OptionError::new("block", "must be shorter than `connection.read-timeout`"));
    }
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let worker = Worker {
            client: Client::new(&context, number, &node, &options.connection),
            hands: Hands::new(&context, number, options.work.0),
            own: format!("{}:processing:{}-{number}", options.source, context.name()),
            context: context.clone(),
            options: options.clone(),
        };
        context.spawn(worker.run());
    }
}

struct Worker {
    context: Context,
    options: Options,
    client: Client,
    hands: Hands,
    /// The key of its processing list; the next life of this worker has the same.
    own: String,
}

impl Worker {
    async fn run(mut self) {
        if self.options.mode == Mode::Lmove {
            loop {
                let done = self.put_back().await;
                self.client.wait_if_refused(&done).await;
                if done.is_ok() {
                    break;
                }
            }
        }
        loop {
            // An error shows in the metrics, and the next round tries again.
            let taken = self.take().await;
            self.client.wait_if_refused(&taken).await;
            if let Ok(Some(job)) = taken {
                self.do_job(&job).await;
            }
        }
    }

    /// What an earlier life left half done goes back to the front of the queue.
    async fn put_back(&mut self) -> Result<(), ClientError> {
        let (own, source) = (self.own.clone(), self.options.source.clone());
        let words: &[&[u8]] = &[b"LMOVE", own.as_bytes(), source.as_bytes(), b"LEFT", b"RIGHT"];
        while let Reply::Bulk(_) = self.client.request(words).await? {
            self.context.metrics().count("put-back");
        }
        Ok(())
    }

    async fn take(&mut self) -> Result<Option<String>, ClientError> {
        let (own, source) = (self.own.clone(), self.options.source.clone());
        let block = self.options.block.0.as_secs_f64().to_string();
        let (source, block) = (source.as_bytes(), block.as_bytes());
        let reply = match self.options.mode {
            Mode::Pop => self.client.request(&[b"BRPOP", source, block]).await?,
            Mode::Lmove => {
                let words: &[&[u8]] = &[b"BLMOVE", source, own.as_bytes(), b"RIGHT", b"LEFT", block];
                self.client.request(words).await?
            }
        };
        let job = match &reply {
            Reply::Array(items) => items.get(1).and_then(Reply::as_bytes),
            reply => reply.as_bytes(),
        };
        Ok(job.map(|job| String::from_utf8_lossy(job).into_owned()))
    }

    async fn do_job(&mut self, job: &str) {
        let source = self.options.source.clone();
        let is_done = self.hands.work(&source, job).await;
        if is_done && self.options.mode == Mode::Lmove {
            let own = self.own.clone();
            // If this fails the job is done a second time by the next life.
            let _ = self.client.request(&[b"LREM", own.as_bytes(), b"1", job.as_bytes()]).await;
        }
    }
}
