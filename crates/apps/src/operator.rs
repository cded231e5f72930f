//! The operator: watches servers through INFO, runs prepared commands, and looks at the slow log and the error
//! statistics at the end. What it sees becomes its timeline, line by line.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::runtime::{AppNode, Context};
use crate::table::{AppEnv, OptionError};
use resplay_base::Mono;
use resplay_resp::{Reply, split_words};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long before the end of the run the operator looks back.
const LOOK_BACK: Duration = Duration::from_secs(1);
/// How many entries of the slow log the operator reads.
const SLOW_ENTRIES: &[u8] = b"5";

/// What the operator is going to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The servers to watch.
    pub watch: Vec<String>,
    /// How often to look at INFO; zero: never.
    pub every: Duration,
    /// Commands to run.
    pub actions: Vec<Action>,
    /// How long the run lasts.
    pub duration: Duration,
}

/// A command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When, from the start of the run.
    pub at: Duration,
    /// On which server.
    pub node: String,
    /// What, as `redis-cli` would take it: words in single or double quotes may have spaces.
    pub run: String,
}

/// Builds an operator. The error is about a command line that cannot be read; its path is that line.
pub fn operator(env: &AppEnv, plan: Plan) -> Result<AppNode, OptionError> {
    for action in &plan.actions {
        let words = split_words(&action.run).map_err(|why| OptionError::new(&action.run, why.to_string()))?;
        if words.is_empty() {
            return Err(OptionError::new(&action.run, "no command"));
        }
    }
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, plan)))
}

async fn start(context: Context, plan: Plan) {
    let mut numbers = 0u32..;
    let mut desk = |node: &str| Desk::new(&context, node, numbers.next().unwrap_or_default());
    for node in &plan.watch {
        context.spawn(desk(node).watch(plan.every, plan.duration));
    }
    for action in plan.actions {
        context.spawn(desk(&action.node).act(action));
    }
}

/// One window on one server.
struct Desk {
    context: Context,
    client: Client,
    node: String,
    began: Mono,
}

impl Desk {
    fn new(context: &Context, node: &str, number: u32) -> Desk {
        let client = Client::new(context, number, node, &ConnectionOptions::default());
        Desk { context: context.clone(), client, node: node.to_owned(), began: context.mono() }
    }

    fn note(&self, text: impl AsRef<str>) {
        self.context.metrics().note(self.context.mono(), format!("{}: {}", self.node, text.as_ref()));
    }

    async fn act(mut self, action: Action) {
        self.context.sleep_until(self.began + action.at).await;
        let words = split_words(&action.run).unwrap_or_default();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let answer = match self.client.request(&words).await {
            Ok(reply) => show(&reply),
            Err(error) => error.to_string(),
        };
        self.note(format!("{} -> {answer}", action.run));
    }

    async fn watch(mut self, every: Duration, duration: Duration) {
        let last = self.began + duration.saturating_sub(LOOK_BACK);
        let mut next = self.began + every;
        while every > Duration::ZERO && next < last {
            self.context.sleep_until(next).await;
            self.sample().await;
            next = next + every;
        }
        self.context.sleep_until(last).await;
        self.sample().await;
        // A server that is down at the end has been noted by the sample.
        let _ = self.look_back().await;
    }

    async fn sample(&mut self) {
        match self.info(&[b"INFO"]).await {
            Ok(info) => {
                self.context.metrics().maximum("snapshot-bytes", snapshot_bytes(&info));
                self.note(summary(&info));
            }
            Err(error) => self.note(format!("INFO: {error}")),
        }
    }

    async fn look_back(&mut self) -> Result<(), ClientError> {
        let errors = self.info(&[b"INFO", b"errorstats"]).await?;
        for (name, value) in &errors {
            self.note(format!("{name}: {value}"));
        }
        let slow = self.client.request(&[b"SLOWLOG", b"GET", SLOW_ENTRIES]).await?;
        for entry in slow.as_slice().unwrap_or_default() {
            self.note(slow_line(entry));
        }
        Ok(())
    }

    async fn info(&mut self, words: &[&[u8]]) -> Result<BTreeMap<String, String>, ClientError> {
        let reply = self.client.request(words).await?;
        let text = String::from_utf8_lossy(reply.as_bytes().unwrap_or_default()).into_owned();
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Ok(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// What an operator reads in INFO: name there, and how it is called here.
const FIELDS: [(&str, &str); 8] = [
    ("used_memory_human", "memory"),
    ("connected_clients", "clients"),
    ("instantaneous_ops_per_sec", "ops/s"),
    ("keyspace_hits", "hits"),
    ("keyspace_misses", "misses"),
    ("evicted_keys", "evicted"),
    ("expired_keys", "expired"),
    ("db0", "db0"),
];

/// Where INFO says what a snapshot needed beside the data: the one under way, the last RDB file, the last rewrite.
const SNAPSHOTS: [&str; 3] = ["current_cow_peak", "rdb_last_cow_size", "aof_last_cow_size"];

/// The fields that are there, in a line.
fn summary(info: &BTreeMap<String, String>) -> String {
    let known = FIELDS.iter().filter_map(|(field, name)| Some(format!("{name} {}", info.get(*field)?)));
    let snapshot = Some(snapshot_bytes(info)).filter(|bytes| *bytes > 0);
    known.chain(snapshot.map(|bytes| format!("snapshot {bytes} bytes"))).collect::<Vec<_>>().join(", ")
}

/// The most that a snapshot needed beside the data.
fn snapshot_bytes(info: &BTreeMap<String, String>) -> u64 {
    let sizes = SNAPSHOTS.iter().filter_map(|field| info.get(*field)?.parse().ok());
    sizes.max().unwrap_or_default()
}

/// An entry of the slow log: id, time, microseconds, words, and more that is of no interest here.
fn slow_line(entry: &Reply) -> String {
    let fields = entry.as_slice().unwrap_or_default();
    let micros = fields.get(2).and_then(Reply::as_int).unwrap_or_default();
    let words = fields.get(3).and_then(Reply::as_slice).unwrap_or_default();
    let words: Vec<String> = words.iter().filter_map(Reply::as_bytes).map(shorten).collect();
    format!("slow: {} took {micros} us", words.join(" "))
}

/// A reply in a line.
fn show(reply: &Reply) -> String {
    match (reply.as_bytes(), reply.as_int()) {
        (Some(bytes), _) => shorten(bytes),
        (_, Some(value)) => value.to_string(),
        _ if reply.is_null() => "(nil)".to_owned(),
        _ => format!("{} elements", reply.as_slice().map_or(0, <[Reply]>::len)),
    }
}

/// Bytes as text, not too long for a line.
fn shorten(bytes: &[u8]) -> String {
    const CHARS_MAX: usize = 60;
    let text = bytes.escape_ascii().to_string();
    if text.len() <= CHARS_MAX { text } else { format!("{}…", &text[..CHARS_MAX]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_only_what_info_has() {
        let info = [("evicted_keys", "3"), ("connected_clients", "20")];
        let info = info.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        assert_eq!(summary(&info), "clients 20, evicted 3");
    }
}
