//! A ledger writer: each client writes values that occur only once into keys of its own, remembers which writes
//! were acknowledged, and goes on over every crash. After each reconnection it reads its keys back: an
//! acknowledged write that is no longer there was lost.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, at_least_one, parse};
use crate::units::{Period, Rate};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of this application.
pub const APP: App = App {
    kind: "ledger-writer",
    summary: "clients write unique values, remember what was acknowledged, and look for it after each crash",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `ledger-writer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server that is written to; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients write.
    pub clients: u32,
    /// How many writes all clients together make.
    pub rate: Rate,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// How many strings, and how many fields of a hash, each client writes in turns.
    pub keys: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 10,
            rate: Rate { count: 100, per: Period::Second },
            connection: ConnectionOptions::default(),
            keys: 20,
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("keys", options.keys)])?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let writer = Writer {
            random: context.random(&format!("writer {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            number,
            cells: cells(number, options.keys),
            written: 0,
            read_back_in: 1,
        };
        context.spawn(writer.run());
    }
}

/// One client, with all it ever wrote.
struct Writer {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    number: u32,
    /// Strings, then fields of one hash, then one counter.
    cells: Vec<Cell>,
    written: u64,
    /// The number of the connection in which the keys were last read back; there is nothing to read in the first.
    read_back_in: u64,
}

/// One place to write to, and what went there since it was last read back.
struct Cell {
    place: Place,
    /// Counters: what it stood at when it was last read back.
    counted: u64,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    String { key: String },
    Field { key: String, field: String },
    Counter { key: String },
}

/// A value that may have been written.
struct Attempt {
    value: String,
    acknowledged: bool,
}

fn cells(number: u32, keys: u32) -> Vec<Cell> {
    let strings = (0..keys).map(|n| Place::String { key: format!("ledger:{number}:{n}") });
    let fields =
        (0..keys).map(|n| Place::Field { key: format!("ledger:{number}:hash"), field: format!("f{n}") });
    let counter = Place::Counter { key: format!("ledger:{number}:count") };
    let places = strings.chain(fields).chain([counter]);
    places.map(Cell::new).collect()
}

impl Writer {
    async fn run(mut self) {
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            if self.client.connect().await.is_err() {
                self.context.metrics().count("not-connected");
                continue;
            }
            // Before the next write, which would hide what was lost.
            if self.client.connections() == self.read_back_in || self.read_back().await {
                self.write().await;
            }
        }
    }

    /// A third of the writes each go to a string, to a field, and to the counter.
    fn choose(&mut self) -> usize {
        let keys = self.options.keys as usize;
        match self.random.below(3) {
            0 => self.random.index(keys),
            1 => keys + self.random.index(keys),
            _ => 2 * keys,
        }
    }

    async fn write(&mut self) {
        self.written += 1;
        let index = self.choose();
        let cell = &mut self.cells[index];
        let value = format!("{}-{}", self.number, self.written);
        let result = match &cell.place {
            Place::String { key } => self.client.request(&[b"SET", key.as_bytes(), value.as_bytes()]).await,
            Place::Field { key, field } => {
                self.client.request(&[b"HSET", key.as_bytes(), field.as_bytes(), value.as_bytes()]).await
            }
            Place::Counter { key } => self.client.request(&[b"INCR", key.as_bytes()]).await,
        };
        let acknowledged = result.is_ok();
        cell.attempts.push(Attempt { value, acknowledged });
        self.context.metrics().count(if acknowledged { "acknowledged" } else { "not-acknowledged" });
    }

    /// Looks for every acknowledged write, and starts each cell's account anew with what is there. Answers whether
    /// the connection lasted until all were read.
    async fn read_back(&mut self) -> bool {
        let connection = self.client.connections();
        let mut lost = 0;
        for cell in &mut self.cells {
            match cell.place.read(&mut self.client).await {
                Ok(found) => lost += cell.settle(found),
                Err(_) => return false,
            }
        }
        self.read_back_in = connection;
        self.report_lost(lost);
        true
    }

    fn report_lost(&self, lost: u64) {
        let metrics = self.context.metrics();
        metrics.count("read-backs");
        metrics.add("acknowledged-and-lost", lost);
        if lost > 0 {
            let text = format!("client {}: {lost} acknowledged writes are lost", self.number);
            metrics.note(self.context.mono(), text);
        }
    }
}

impl Place {
    async fn read(&self, client: &mut Client) -> Result<Option<String>, ClientError> {
        let reply = match self {
            Place::String { key } | Place::Counter { key } => {
                client.request(&[b"GET", key.as_bytes()]).await?
            }
            Place::Field { key, field } => {
                client.request(&[b"HGET", key.as_bytes(), field.as_bytes()]).await?
            }
        };
        Ok(match reply {
            Reply::Bulk(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        })
    }
}

impl Cell {
    fn new(place: Place) -> Cell {
        Cell { place, counted: 0, attempts: Vec::new() }
    }

    /// How many acknowledged writes are surely lost, given what is there now; that is all the cell remembers then.
    fn settle(&mut self, found: Option<String>) -> u64 {
        if matches!(self.place, Place::Counter { .. }) {
            let lost = self.settle_count(found.as_deref());
            self.attempts.clear();
            return lost;
        }
        let place = self.attempts.iter().rposition(|attempt| Some(&attempt.value) == found.as_ref());
        let lost = self.missing_after(place);
        let kept = place.map(|index| self.attempts.swap_remove(index));
        self.attempts.clear();
        self.attempts.extend(kept);
        lost
    }

    /// Acknowledged writes after the one that is there. A write in doubt may have been carried out late, over them.
    fn missing_after(&self, place: Option<usize>) -> u64 {
        match place {
            Some(index) if !self.attempts[index].acknowledged => 0,
            Some(index) => acknowledged(&self.attempts[index + 1..]),
            None => acknowledged(&self.attempts),
        }
    }

    /// Acknowledged increments that the count falls short of.
    fn settle_count(&mut self, found: Option<&str>) -> u64 {
        let count = found.and_then(|text| text.parse().ok()).unwrap_or(0);
        let expected = std::mem::replace(&mut self.counted, count) + acknowledged(&self.attempts);
        expected.saturating_sub(count)
    }
}

fn acknowledged(attempts: &[Attempt]) -> u64 {
    attempts.iter().filter(|attempt| attempt.acknowledged).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(place: Place, attempts: &[(&str, bool)]) -> Cell {
        let mut cell = Cell::new(place);
        let made = attempts.iter().map(|(value, acknowledged)| (value.to_string(), *acknowledged));
        cell.attempts = made.map(|(value, acknowledged)| Attempt { value, acknowledged }).collect();
        cell
    }

    fn string(attempts: &[(&str, bool)]) -> Cell {
        cell(Place::String { key: "k".into() }, attempts)
    }

    fn found(value: &str) -> Option<String> {
        Some(value.to_owned())
    }

    #[test]
    fn acknowledged_writes_after_the_value_found_are_lost_and_others_are_not() {
        let attempts = [("a", true), ("b", true), ("c", false), ("d", true)];
        assert_eq!(string(&attempts).settle(found("d")), 0);
        assert_eq!(string(&attempts).settle(found("b")), 1);
        assert_eq!(string(&attempts).settle(None), 3);
    }

    #[test]
    fn a_write_in_doubt_may_be_there_or_not() {
        let attempts = [("a", true), ("b", false)];
        assert_eq!(string(&attempts).settle(found("a")), 0);
        assert_eq!(string(&attempts).settle(found("b")), 0);
    }

    #[test]
    fn a_write_in_doubt_that_was_carried_out_late_hides_later_ones_but_does_not_lose_them() {
        assert_eq!(string(&[("a", false), ("b", true)]).settle(found("a")), 0);
    }

    #[test]
    fn what_was_found_counts_as_the_beginning_afterwards() {
        let mut cell = string(&[("a", true), ("b", true)]);
        assert_eq!(cell.settle(found("a")), 1);
        assert_eq!(cell.settle(found("a")), 0);
        assert_eq!(cell.settle(None), 1);
    }

    #[test]
    fn a_counter_is_short_by_the_increments_that_are_lost() {
        let place = Place::Counter { key: "n".into() };
        let mut counter = cell(place, &[("1", true), ("2", true), ("3", false)]);
        assert_eq!(counter.settle(found("1")), 1);
        counter.attempts.push(Attempt { value: "4".into(), acknowledged: true });
        assert_eq!(counter.settle(found("2")), 0);
    }
}
