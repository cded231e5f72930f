//! A ring that must stay a ring. Keys point to one another in a circle; clients exchange neighbours in transactions
//! guarded by WATCH, and turn a list of the same nodes round with LMOVE. Whoever looks must find every node once.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{DurationText, Period, Rate};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "ring",
    summary: "clients reorder a ring of keys in transactions, turn a list round, and look whether all is still there",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `ring`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many nodes the ring has, at least 4.
    pub size: u32,
    /// How many clients change it.
    pub clients: u32,
    /// How many changes all clients together try.
    pub rate: Rate,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// Whether a client watches what it has read before it writes.
    pub watch: bool,
    /// How often the ring is looked at.
    pub check_every: DurationText,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            size: 10,
            clients: 10,
            rate: Rate { count: 200, per: Period::Second },
            connection: ConnectionOptions::default(),
            watch: true,
            check_every: DurationText(Duration::from_secs(1)),
        }
    }
}

/// The list that is turned round.
const LIST: &[u8] = b"ring:list";

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    if options.size < 4 {
        return Err(OptionError::new("size", "must be at least 4"));
    }
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    let mut client = Client::new(&context, 0, &node, &options.connection);
    loop {
        let done = set_up(&mut client, options.size).await;
        client.wait_if_refused(&done).await;
        if done.is_ok() {
            break;
        }
    }
    for number in 1..=options.clients {
        let turner = Turner {
            random: context.random(&format!("turner {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            number,
        };
        context.spawn(turner.run());
    }
    let mut guard = Guard { context, client, options, is_broken: false };
    loop {
        guard.context.sleep(guard.options.check_every.0).await;
        // An error shows in the metrics, and the next round looks again.
        let _ = guard.look().await;
    }
}

fn key(node: u32) -> String {
    format!("ring:{node}")
}

/// Lays the ring and the list, each at once.
async fn set_up(client: &mut Client, size: u32) -> Result<(), ClientError> {
    let pairs: Vec<(String, String)> =
        (0..size).map(|node| (key(node), ((node + 1) % size).to_string())).collect();
    let words = pairs.iter().flat_map(|(key, next)| [key.as_bytes(), next.as_bytes()]);
    let words: Vec<&[u8]> = [&b"MSET"[..]].into_iter().chain(words).collect();
    client.request(&words).await?;
    let nodes: Vec<String> = (0..size).map(|node| node.to_string()).collect();
    let words = [&b"RPUSH"[..], LIST].into_iter().chain(nodes.iter().map(String::as_bytes));
    client.request(&[b"DEL", LIST]).await?;
    client.request(&words.collect::<Vec<_>>()).await.map(drop)
}

struct Turner {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    number: u32,
}

impl Turner {
    async fn run(mut self) {
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            // An error shows in the metrics; a transaction in doubt took place as a whole or not at all.
            let _ = match self.random.below(4) {
                0 => self.turn_list().await,
                _ => self.exchange().await,
            };
        }
    }

    async fn turn_list(&mut self) -> Result<(), ClientError> {
        self.client.request(&[b"LMOVE", LIST, LIST, b"LEFT", b"RIGHT"]).await?;
        self.context.metrics().count("turns");
        Ok(())
    }

    /// Of four nodes in a row, a → b → c → d, makes a → c → b → d.
    async fn exchange(&mut self) -> Result<(), ClientError> {
        let a = self.random.below(u64::from(self.options.size)) as u32;
        let mut row = vec![a];
        for _ in 0..3 {
            let at = key(row[row.len() - 1]);
            if self.options.watch {
                self.client.request(&[b"WATCH", at.as_bytes()]).await?;
            }
            let next = number(&self.client.request(&[b"GET", at.as_bytes()]).await?);
            row.push(next.unwrap_or(a));
        }
        let distinct: BTreeSet<u32> = row.iter().copied().collect();
        if distinct.len() < 4 {
            // Only a broken ring, or one that changed while it was read.
            return self.client.request(&[b"UNWATCH"]).await.map(drop);
        }
        self.commit(&row).await
    }

    async fn commit(&mut self, row: &[u32]) -> Result<(), ClientError> {
        let [a, b, c, d] = [row[0], row[1], row[2], row[3]];
        let set = |from: u32, to: u32| (key(from), to.to_string());
        let sets = [set(a, c), set(c, b), set(b, d)];
        let sets: Vec<[&[u8]; 3]> =
            sets.iter().map(|(key, next)| [&b"SET"[..], key.as_bytes(), next.as_bytes()]).collect();
        let commands: [&[&[u8]]; 5] = [&[b"MULTI"], &sets[0], &sets[1], &sets[2], &[b"EXEC"]];
        let result = self.client.pipeline(&commands).await.pop();
        match result {
            Some(Ok(Reply::Null)) => self.context.metrics().count("conflicts"),
            Some(Ok(_)) => self.context.metrics().count("exchanges"),
            _ => self.context.metrics().count("exchanges-in-doubt"),
        }
        Ok(())
    }
}

fn number(reply: &Reply) -> Option<u32> {
    std::str::from_utf8(reply.as_bytes()?).ok()?.parse().ok()
}

struct Guard {
    context: Context,
    client: Client,
    options: Options,
    is_broken: bool,
}

impl Guard {
    async fn look(&mut self) -> Result<(), ClientError> {
        let keys: Vec<String> = (0..self.options.size).map(key).collect();
        let words: Vec<&[u8]> = [&b"MGET"[..]].into_iter().chain(keys.iter().map(String::as_bytes)).collect();
        let reply = self.client.request(&words).await?;
        let next: Vec<Option<u32>> = reply.as_slice().unwrap_or_default().iter().map(number).collect();
        let list = self.client.request(&[b"LRANGE", LIST, b"0", b"-1"]).await?;
        let list: Vec<Option<u32>> = list.as_slice().unwrap_or_default().iter().map(number).collect();
        self.context.metrics().count("looks");
        let size = self.options.size;
        let found = [faults_of_ring(&next, size), faults_of_list(&list, size)];
        if let Some(fault) = found.into_iter().flatten().next()
            && !std::mem::replace(&mut self.is_broken, true)
        {
            self.context.metrics().violation(self.context.mono(), fault);
        }
        Ok(())
    }
}

/// What is wrong with a ring, given each node's next.
fn faults_of_ring(next: &[Option<u32>], size: u32) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut at = 0;
    while seen.insert(at) {
        at = next.get(at as usize).copied().flatten()?;
    }
    (seen.len() < size as usize || at != 0)
        .then(|| format!("of {size} nodes only {} are on the way round", seen.len()))
}

/// What is wrong with a list that must be a rotation of all nodes.
fn faults_of_list(list: &[Option<u32>], size: u32) -> Option<String> {
    let first = list.first().copied().flatten().unwrap_or(0);
    let expected = (0..size).map(|step| Some((first + step) % size));
    (!list.iter().copied().eq(expected)).then(|| format!("the list of {size} nodes is no rotation: {list:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_in_two_pieces_and_a_list_out_of_order_are_found() {
        let next = |nodes: &[u32]| nodes.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(faults_of_ring(&next(&[2, 3, 1, 0]), 4), None);
        assert!(faults_of_ring(&next(&[1, 0, 3, 2]), 4).is_some());
        assert_eq!(faults_of_list(&next(&[2, 3, 0, 1]), 4), None);
        assert!(faults_of_list(&next(&[2, 0, 3, 1]), 4).is_some());
        assert!(faults_of_list(&next(&[0, 1, 2]), 4).is_some());
    }
}
