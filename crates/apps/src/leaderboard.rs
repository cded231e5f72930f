//! A leaderboard: players gain points with ZINCRBY, and look at the top and at their own rank. Each client plays for
//! one player alone, so it knows what the score must be.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{Period, Rate};
use resplay_base::Random;
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The row of this application.
pub const APP: App = App {
    kind: "leaderboard",
    summary: "players gain points in a sorted set and look at the top and at their own rank",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `leaderboard`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// The sorted set.
    pub board: String,
    /// How many players there are, each with a client.
    pub clients: u32,
    /// How many games all of them play.
    pub rate: Rate,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// The most points in a game.
    pub points: u32,
    /// How many players the top shows.
    pub top: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            board: "board".into(),
            clients: 200,
            rate: Rate { count: 100, per: Period::Second },
            connection: ConnectionOptions::default(),
            points: 100,
            top: 10,
        }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    if options.points == 0 || options.top == 0 {
        return Err(OptionError::new("", "`points` and `top` must be at least 1"));
    }
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let player = Player {
            random: context.random(&format!("player {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            name: format!("player-{number}"),
            context: context.clone(),
            options: options.clone(),
            number,
            sure: 0,
            in_doubt: 0,
        };
        context.spawn(player.run());
    }
}

struct Player {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    name: String,
    number: u32,
    /// Points that were acknowledged.
    sure: u64,
    /// Points of games whose reply did not come.
    in_doubt: u64,
}

impl Player {
    async fn run(mut self) {
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            self.play().await;
            // Errors show in the metrics.
            let _ = match self.random.chance(0.5) {
                true => self.look_at_top().await,
                false => self.look_at_rank().await,
            };
        }
    }

    async fn play(&mut self) {
        let points = self.random.between(1, u64::from(self.options.points));
        let (board, by) = (self.options.board.clone(), points.to_string());
        let words: &[&[u8]] = &[b"ZINCRBY", board.as_bytes(), by.as_bytes(), self.name.as_bytes()];
        let asked = self.context.mono();
        match self.client.request(words).await {
            Ok(_) => {
                self.sure += points;
                self.context.metrics().count("games");
            }
            Err(ClientError::Connect(_) | ClientError::ConnectTimeout) => {}
            Err(_) => self.in_doubt += points,
        }
        self.context.metrics().latency("game", self.context.mono().since(asked));
    }

    /// The top must fall from score to score.
    async fn look_at_top(&mut self) -> Result<(), ClientError> {
        let (board, last) = (self.options.board.clone(), (self.options.top - 1).to_string());
        let words: &[&[u8]] = &[b"ZRANGE", board.as_bytes(), b"0", last.as_bytes(), b"REV", b"WITHSCORES"];
        let reply = self.client.request(words).await?;
        let score = |pair: &Reply| pair.as_slice().and_then(|pair| pair.get(1)).and_then(double);
        let scores: Vec<f64> = reply.as_slice().unwrap_or_default().iter().filter_map(score).collect();
        self.context.metrics().count("tops");
        if scores.is_empty() || scores.windows(2).any(|two| two[0] < two[1]) {
            self.violation(format!("the top does not fall: {scores:?}"));
        }
        Ok(())
    }

    /// As many players are above as have more points, and the points are those that were won.
    async fn look_at_rank(&mut self) -> Result<(), ClientError> {
        let (board, name) = (self.options.board.clone(), self.name.clone());
        let (board, name) = (board.as_bytes(), name.as_bytes());
        let Some(score) = double(&self.client.request(&[b"ZSCORE", board, name]).await?) else {
            return Ok(());
        };
        let known = self.sure as f64..=(self.sure + self.in_doubt) as f64;
        if !known.contains(&score) {
            self.violation(format!("{} has {score} points instead of {known:?}", self.name));
        }
        let (above, with) = (format!("({score}"), score.to_string());
        let commands: [&[&[u8]]; 5] = [
            &[b"MULTI"],
            &[b"ZREVRANK", board, name],
            &[b"ZCOUNT", board, above.as_bytes(), b"+inf"],
            &[b"ZCOUNT", board, with.as_bytes(), b"+inf"],
            &[b"EXEC"],
        ];
        let reply = self.client.pipeline(&commands).await.pop().expect("a result per command")?;
        let counts: Vec<i64> =
            reply.as_slice().unwrap_or_default().iter().filter_map(Reply::as_int).collect();
        self.context.metrics().count("ranks");
        match counts.as_slice() {
            [rank, above, with] if (*above..*with).contains(rank) => {}
            other => self.violation(format!("{}: rank, above, at least as good: {other:?}", self.name)),
        }
        Ok(())
    }

    fn violation(&self, text: String) {
        self.context.metrics().violation(self.context.mono(), text);
    }
}

fn double(reply: &Reply) -> Option<f64> {
    match reply {
        Reply::Double(score) => Some(*score),
        _ => None,
    }
}
