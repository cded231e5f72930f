//! Unique visitors, counted twice: exactly by a set, and by a HyperLogLog in 12 kB. The error is measured.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, at_least_one, parse};
use crate::units::{DurationText, Period, Rate};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "visitors",
    summary: "visits are counted by a set and by a HyperLogLog, and the error is measured",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `visitors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many different people there are.
    pub people: u64,
    /// How many clients report visits.
    pub clients: u32,
    /// How many reports all clients together send.
    pub rate: Rate,
    /// How many visits a report holds.
    pub batch: u32,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// How often the two counts are compared.
    pub compare_every: DurationText,
    /// The largest error that is no violation, in thousandths. The documented standard error is 8.1.
    pub error_max: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            people: 50_000,
            clients: 10,
            rate: Rate { count: 100, per: Period::Second },
            batch: 20,
            connection: ConnectionOptions::default(),
            compare_every: DurationText(Duration::from_secs(1)),
            error_max: 40,
        }
    }
}

/// The two keys.
const SET: &[u8] = b"visitors:set";
const HLL: &[u8] = b"visitors:hll";

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("people", options.people)])?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let reporter = Reporter {
            random: context.random(&format!("reporter {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            number,
        };
        context.spawn(reporter.run());
    }
    let mut client = Client::new(&context, options.clients, &node, &options.connection);
    loop {
        context.sleep(options.compare_every.0).await;
        // An error shows in the metrics, and the next round compares again.
        let _ = compare(&context, &mut client, options.error_max).await;
    }
}

struct Reporter {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    number: u32,
}

impl Reporter {
    async fn run(mut self) {
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            self.report().await;
        }
    }

    /// Both counts in one transaction, so that they always know the same people.
    async fn report(&mut self) {
        let people: Vec<String> = (0..self.options.batch)
            .map(|_| format!("person-{}", self.random.below(self.options.people)))
            .collect();
        let words = |verb: &'static [u8], key: &'static [u8]| {
            [verb, key].into_iter().chain(people.iter().map(String::as_bytes)).collect::<Vec<_>>()
        };
        let (sadd, pfadd) = (words(b"SADD", SET), words(b"PFADD", HLL));
        let results = self.client.pipeline(&[&[b"MULTI"], &sadd, &pfadd, &[b"EXEC"]]).await;
        if matches!(results.last(), Some(Ok(_))) {
            self.context.metrics().add("visits", u64::from(self.options.batch));
        }
    }
}

async fn compare(context: &Context, client: &mut Client, error_max: u64) -> Result<(), ClientError> {
    let commands: [&[&[u8]]; 6] = [
        &[b"MULTI"],
        &[b"SCARD", SET],
        &[b"PFCOUNT", HLL],
        &[b"MEMORY", b"USAGE", SET],
        &[b"MEMORY", b"USAGE", HLL],
        &[b"EXEC"],
    ];
    let reply = client.pipeline(&commands).await.pop().expect("a result per command")?;
    let figures: Vec<i64> = reply.as_slice().unwrap_or_default().iter().filter_map(Reply::as_int).collect();
    let [exact, estimate, set_bytes, hll_bytes] = figures.as_slice() else { return Ok(()) };
    let error = exact.abs_diff(*estimate) * 1000 / exact.unsigned_abs().max(1);
    let metrics = context.metrics();
    metrics.count("comparisons");
    metrics.maximum("unique-visitors", exact.unsigned_abs());
    metrics.maximum("hll-error-permille", error);
    metrics.maximum("set-bytes", set_bytes.unsigned_abs());
    metrics.maximum("hll-bytes", hll_bytes.unsigned_abs());
    if error > error_max {
        metrics.violation(context.mono(), format!("{estimate} visitors counted where there are {exact}"));
    }
    Ok(())
}
