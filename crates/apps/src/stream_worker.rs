//! Workers of a consumer group: each reads entries with XREADGROUP, processes them and acknowledges them with XACK.
//! Entries that others left pending for too long are taken over with XAUTOCLAIM; an entry that was delivered too
//! often goes to a stream of dead letters.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{DurationText, MaybeDuration};
use crate::work::{self, Hands, Verb};
use resplay_base::Mono;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "stream-worker",
    summary: "members of a consumer group process and acknowledge entries, and reclaim those that others left",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `stream-worker`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// The stream.
    pub source: String,
    /// The consumer group.
    pub group: String,
    /// How many consumers there are in this application.
    pub clients: u32,
    /// How the clients connect. Reads block for `block`, which must be shorter than the read timeout.
    pub connection: ConnectionOptions,
    /// How many entries a consumer takes at once.
    pub batch: u32,
    /// How long a read waits for news.
    pub block: DurationText,
    /// About how long an entry takes.
    pub work: DurationText,
    /// Take over entries that have been pending for this long.
    pub claim_idle: MaybeDuration,
    /// How often to look for such entries.
    pub claim_every: DurationText,
    /// An entry delivered so often without success goes to the dead letters; zero: never.
    pub max_deliveries: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            source: "jobs".into(),
            group: "workers".into(),
            clients: 2,
            connection: ConnectionOptions::default(),
            batch: 5,
            block: DurationText(Duration::from_secs(1)),
            work: DurationText(Duration::from_millis(50)),
            claim_idle: MaybeDuration(Some(Duration::from_secs(5))),
            claim_every: DurationText(Duration::from_secs(1)),
            max_deliveries: 0,
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
        let consumer = Consumer {
            client: Client::new(&context, number, &node, &options.connection),
            hands: Hands::new(&context, number, options.work.0),
            name: format!("{}-{number}", context.name()),
            context: context.clone(),
            options: options.clone(),
            number,
            next_claim: Mono::default(),
        };
        context.spawn(consumer.run());
    }
}

/// An entry as it was delivered; without a job when it was deleted meanwhile.
struct Entry {
    id: Vec<u8>,
    job: Option<String>,
}

struct Consumer {
    context: Context,
    options: Options,
    client: Client,
    hands: Hands,
    name: String,
    number: u32,
    next_claim: Mono,
}

impl Consumer {
    async fn run(mut self) {
        while self.join().await.is_err() {}
        // What it had in its hands when it was cut off is still its own.
        while self.read_or_join(b"0").await.is_err() {}
        loop {
            if self.is_time_to_claim() {
                // An error shows in the metrics, and the next round tries again.
                let _ = self.reclaim().await;
            }
            let _ = self.read_or_join(b">").await;
        }
    }

    /// A server that lost its data has no group any more: whoever finds that out founds it anew.
    async fn read_or_join(&mut self, from: &[u8]) -> Result<(), ClientError> {
        let result = self.read(from).await;
        self.client.wait_if_refused(&result).await;
        match &result {
            Err(ClientError::Server(text)) if text.starts_with("NOGROUP") => self.join().await,
            _ => result,
        }
    }

    async fn join(&mut self) -> Result<(), ClientError> {
        let (source, group) = (self.options.source.clone(), self.options.group.clone());
        let words: &[&[u8]] = &[b"XGROUP", b"CREATE", source.as_bytes(), group.as_bytes(), b"0", b"MKSTREAM"];
        match self.client.request(words).await {
            Err(ClientError::Server(text)) if text.starts_with("BUSYGROUP") => Ok(()),
            other => {
                self.client.wait_if_refused(&other).await;
                other.map(drop)
            }
        }
    }

    /// Reads a batch and works on it: what nobody has got yet (`>`), or what is already its own (`0`).
    async fn read(&mut self, from: &[u8]) -> Result<(), ClientError> {
        let (batch, block) = (self.options.batch.to_string(), self.options.block.0.as_millis().to_string());
        let Options { source, group, .. } = self.options.clone();
        let words: &[&[u8]] = &[
            b"XREADGROUP",
            b"GROUP",
            group.as_bytes(),
            self.name.as_bytes(),
            b"COUNT",
            batch.as_bytes(),
            b"BLOCK",
            block.as_bytes(),
            b"STREAMS",
            source.as_bytes(),
            from,
        ];
        let reply = self.client.request(words).await?;
        self.work_on(delivered(&reply)).await;
        Ok(())
    }

    async fn work_on(&mut self, entries: Vec<Entry>) {
        for Entry { id, job } in entries {
            let source = self.options.source.clone();
            match job {
                Some(job) if self.hands.work(&source, &job).await => self.acknowledge(&id).await,
                Some(_) => {}
                None => {
                    self.context.metrics().count("deleted-while-pending");
                    self.acknowledge(&id).await;
                }
            }
        }
    }

    async fn acknowledge(&mut self, id: &[u8]) {
        let Options { source, group, .. } = self.options.clone();
        match self.client.request(&[b"XACK", source.as_bytes(), group.as_bytes(), id]).await {
            Ok(Reply::Int(0)) => self.context.metrics().count("acknowledged-too-late"),
            Ok(_) => self.context.metrics().count("acknowledged"),
            Err(_) => self.context.metrics().count("not-acknowledged"),
        }
    }

    fn is_time_to_claim(&mut self) -> bool {
        let now = self.context.mono();
        let is_due = self.options.claim_idle.0.is_some() && now >= self.next_claim;
        if is_due {
            self.next_claim = now + self.options.claim_every.0;
        }
        is_due
    }

    async fn reclaim(&mut self) -> Result<(), ClientError> {
        let Some(idle) = self.options.claim_idle.0 else { return Ok(()) };
        let idle = idle.as_millis().to_string();
        if self.options.max_deliveries > 0 {
            self.bury(&idle).await?;
        }
        let Options { source, group, batch, .. } = self.options.clone();
        let batch = batch.to_string();
        let words: &[&[u8]] = &[
            b"XAUTOCLAIM",
            source.as_bytes(),
            group.as_bytes(),
            self.name.as_bytes(),
            idle.as_bytes(),
            b"0",
            b"COUNT",
            batch.as_bytes(),
        ];
        let reply = self.client.request(words).await?;
        let [_, entries, deleted] = reply.as_slice().unwrap_or_default() else { return Ok(()) };
        let entries = entries_of(entries);
        self.context.metrics().add("reclaimed", entries.len() as u64);
        self.context
            .metrics()
            .add("deleted-while-pending", deleted.as_slice().unwrap_or_default().len() as u64);
        self.work_on(entries).await;
        Ok(())
    }

    /// Moves what was delivered too often to the dead letters.
    async fn bury(&mut self, idle: &str) -> Result<(), ClientError> {
        let Options { source, group, .. } = self.options.clone();
        let words: &[&[u8]] =
            &[b"XPENDING", source.as_bytes(), group.as_bytes(), b"IDLE", idle.as_bytes(), b"-", b"+", b"100"];
        let reply = self.client.request(words).await?;
        for pending in reply.as_slice().unwrap_or_default() {
            let [id, _, _, deliveries] = pending.as_slice().unwrap_or_default() else { continue };
            let is_hopeless = deliveries.as_int().unwrap_or(0) as u64 >= self.options.max_deliveries;
            if let Some(id) = id.as_bytes().filter(|_| is_hopeless) {
                self.bury_one(id, idle).await?;
            }
        }
        Ok(())
    }

    /// Only who claims the entry buries it: another may be at it already.
    async fn bury_one(&mut self, id: &[u8], idle: &str) -> Result<(), ClientError> {
        let Options { source, group, .. } = self.options.clone();
        let words: &[&[u8]] =
            &[b"XCLAIM", source.as_bytes(), group.as_bytes(), self.name.as_bytes(), idle.as_bytes(), id];
        let reply = self.client.request(words).await?;
        for Entry { id, job } in entries_of(&reply) {
            let Some(job) = job else { continue };
            let dead = format!("{source}:dead");
            self.client.request(&[b"XADD", dead.as_bytes(), b"*", b"job", job.as_bytes()]).await?;
            work::record(&self.context, self.number, Verb::DeadLettered, &source, &job);
            self.context.metrics().count("dead-lettered");
            self.acknowledge(&id).await;
        }
        Ok(())
    }
}

/// The entries of a reply to XREADGROUP of one stream, under RESP3.
fn delivered(reply: &Reply) -> Vec<Entry> {
    match reply {
        Reply::Map(streams) => streams.iter().flat_map(|(_, entries)| entries_of(entries)).collect(),
        _ => Vec::new(),
    }
}

fn entries_of(reply: &Reply) -> Vec<Entry> {
    let entries = reply.as_slice().unwrap_or_default().iter();
    let entry = |entry: &Reply| {
        let [id, fields] = entry.as_slice()? else { return None };
        let job = fields.as_slice().and_then(|fields| fields.get(1)).and_then(Reply::as_bytes);
        let job = job.map(|job| String::from_utf8_lossy(job).into_owned());
        Some(Entry { id: id.as_bytes()?.to_vec(), job })
    };
    entries.filter_map(entry).collect()
}
