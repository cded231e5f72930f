//! Transactions over lists, from which a judge can tell in which order they took place: clients append numbers that nobody else
//! appends and read whole lists, several at once between MULTI and EXEC, or read under WATCH what they then append to.

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
    kind: "list-append",
    summary: "clients append to lists and read them in transactions, whose order the check list-append then looks for",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `list-append`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients there are.
    pub clients: u32,
    /// How many transactions all clients together try.
    pub rate: Rate,
    /// How many lists are in use at a time, at least 1.
    pub lists: u32,
    /// After about so many elements a list is left and another begun, at least 1.
    pub length: u32,
    /// How many commands a transaction has at most, at least 1; one alone goes without MULTI.
    pub steps: u32,
    /// Which part of the transactions first reads what it appends to, under WATCH.
    pub watch: Share,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 8,
            rate: Rate { count: 100, per: Period::Second },
            lists: 3,
            length: 32,
            steps: 4,
            watch: Share::HALF,
            connection: ConnectionOptions::default(),
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    at_least_one([("lists", options.lists), ("length", options.length), ("steps", options.steps)])?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    // Another life of the application has other lists and other numbers.
    let life = context.random("life").next_u32();
    let appended = Rc::new(Cell::new(0));
    for number in 0..options.clients {
        let teller = Teller {
            random: context.random(&format!("teller {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            life,
            appended: Rc::clone(&appended),
        };
        let stream = format!("arrivals {number}");
        let pacer = Pacer::new(&context, &stream, options.rate, options.clients);
        context.spawn(teller.run(pacer));
    }
}

/// One client.
struct Teller {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    life: u32,
    /// How many elements all clients together have tried to append.
    appended: Rc<Cell<u64>>,
}

/// A command on a list.
enum Step {
    Append { list: String, element: String },
    Read { list: String },
}

impl Step {
    fn words(&self) -> Vec<&[u8]> {
        match self {
            Step::Append { list, element } => vec![b"RPUSH", list.as_bytes(), element.as_bytes()],
            Step::Read { list } => vec![b"LRANGE", list.as_bytes(), b"0", b"-1"],
        }
    }
}

impl Teller {
    async fn run(mut self, mut pacer: Pacer) {
        loop {
            pacer.wait().await;
            // An error shows in the metrics; what is in doubt is for the judge.
            let _ = match self.random.chance(self.options.watch.get()) {
                true => self.watched().await,
                false => self.plain().await,
            };
        }
    }

    /// One of the lists in use.
    fn list(&mut self) -> String {
        let lists = u64::from(self.options.lists);
        let generation = self.appended.get() / (lists * u64::from(self.options.length));
        format!("append:{:x}:{}", self.life, generation * lists + self.random.below(lists))
    }

    fn append(&mut self, list: String) -> Step {
        self.appended.set(self.appended.get() + 1);
        Step::Append { list, element: format!("{:x}-{}", self.life, self.appended.get()) }
    }

    fn draw(&mut self) -> Step {
        let list = self.list();
        if self.random.chance(0.5) { self.append(list) } else { Step::Read { list } }
    }

    /// Some steps, at once.
    async fn plain(&mut self) -> Result<(), ClientError> {
        let count = self.random.between(1, u64::from(self.options.steps));
        let steps: Vec<Step> = (0..count).map(|_| self.draw()).collect();
        if let [step] = steps.as_slice() {
            self.client.request(&step.words()).await?;
            self.context.metrics().count("singles");
            return Ok(());
        }
        self.commit(&steps).await
    }

    /// Reads one or two lists, and appends to one of them if they are still the same.
    async fn watched(&mut self) -> Result<(), ClientError> {
        let lists = [self.list(), self.list()];
        let lists = if lists[0] == lists[1] { &lists[..1] } else { &lists[..] };
        for list in lists {
            let read = self.read_under_watch(list).await;
            if read.is_err() {
                // Refused: the connection is still there, and so is the watch.
                self.client.request(&[b"UNWATCH"]).await?;
                return read;
            }
        }
        let step = self.append(lists[0].clone());
        self.commit(&[step]).await
    }

    async fn read_under_watch(&mut self, list: &str) -> Result<(), ClientError> {
        self.client.request(&[b"WATCH", list.as_bytes()]).await?;
        self.client.request(&Step::Read { list: list.to_owned() }.words()).await.map(drop)
    }

    /// MULTI to EXEC, in one go or one by one.
    async fn commit(&mut self, steps: &[Step]) -> Result<(), ClientError> {
        let words: Vec<Vec<&[u8]>> = steps.iter().map(Step::words).collect();
        let (multi, exec): ([&[u8]; 1], [&[u8]; 1]) = ([b"MULTI"], [b"EXEC"]);
        let mut commands: Vec<&[&[u8]]> = vec![&multi];
        commands.extend(words.iter().map(Vec::as_slice));
        let reply = if self.random.chance(0.5) {
            commands.push(&exec);
            self.client.pipeline(&commands).await.pop().expect("a result for EXEC")
        } else {
            self.one_by_one(&commands).await
        };
        match &reply {
            Ok(Reply::Null) => self.context.metrics().count("conflicts"),
            Ok(_) => self.context.metrics().count("transactions"),
            Err(ClientError::Server(_)) => self.context.metrics().count("refused"),
            Err(_) => self.context.metrics().count("in-doubt"),
        }
        reply.map(drop)
    }

    /// Others come in between; whatever goes wrong, nothing is left queued.
    async fn one_by_one(&mut self, commands: &[&[&[u8]]]) -> Result<Reply, ClientError> {
        for words in commands {
            let result = self.client.request(words).await;
            if let Err(ClientError::Server(_)) = &result {
                self.client.request(&[b"DISCARD"]).await?;
            }
            result?;
        }
        self.client.request(&[b"EXEC"]).await
    }
}
