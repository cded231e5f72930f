//! A session store: users log in (a session is written), come back (recent sessions are read) and sometimes log
//! out (the session is deleted). Whether sessions have a TTL decides what becomes of the memory.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{Bytes, MaybeDuration, Period, Rate, Share};
use resplay_base::{Mono, Random};
use resplay_resp::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The row of this application.
pub const APP: App = App {
    kind: "session-store",
    summary: "users log in, come back and log out; each session is a key",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `session-store`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server that keeps the sessions; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients there are.
    pub clients: u32,
    /// How many sessions all clients together create.
    pub rate: Rate,
    /// How the clients connect.
    pub connection: ConnectionOptions,
    /// How long a session lives.
    pub ttl: MaybeDuration,
    /// The size of a session.
    pub payload: Bytes,
    /// How many recent sessions a client reads after each one it creates.
    pub reads: u32,
    /// The chance that after creating a session a client deletes a recent one.
    pub logout: Share,
    /// How many of its sessions a client remembers as recent.
    pub remember: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 20,
            rate: Rate { count: 50, per: Period::Second },
            connection: ConnectionOptions::default(),
            ttl: MaybeDuration(None),
            payload: Bytes(1024),
            reads: 2,
            logout: Share::new(0.05).expect("within 0 and 1"),
            remember: 100,
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
        let frontend = Frontend {
            random: context.random(&format!("frontend {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            context: context.clone(),
            options: options.clone(),
            number,
            created: 0,
            recent: VecDeque::new(),
        };
        context.spawn(frontend.run());
    }
}

/// One client, with the sessions it remembers.
struct Frontend {
    context: Context,
    options: Options,
    client: Client,
    random: Random,
    number: u32,
    created: u64,
    recent: VecDeque<Session>,
}

struct Session {
    key: String,
    /// Until then the server promises to keep it, but for eviction; `None`: for ever.
    kept_until: Option<Mono>,
}

impl Frontend {
    async fn run(mut self) {
        let stream = format!("arrivals {}", self.number);
        let mut pacer = Pacer::new(&self.context, &stream, self.options.rate, self.options.clients);
        loop {
            pacer.wait().await;
            self.log_in().await;
            for _ in 0..self.options.reads {
                self.come_back().await;
            }
            if self.random.chance(self.options.logout.get()) {
                self.log_out().await;
            }
        }
    }

    async fn log_in(&mut self) {
        let asked = self.context.mono();
        self.created += 1;
        let key = format!("session:{}-{}", self.number, self.created);
        let payload = self.payload();
        let result = self.set(&key, &payload).await;
        self.context.metrics().latency("write", self.context.mono().since(asked));
        match result {
            Ok(_) => {
                self.context.metrics().count("logins");
                self.remember(key, asked);
            }
            Err(ClientError::Server(text)) if text.starts_with("OOM") => {
                self.context.metrics().count("logins-refused-oom");
            }
            Err(_) => self.context.metrics().count("logins-failed"),
        }
    }

    async fn set(&mut self, key: &str, payload: &[u8]) -> Result<Reply, ClientError> {
        match self.options.ttl.0 {
            None => self.client.request(&[b"SET", key.as_bytes(), payload]).await,
            Some(ttl) => {
                let ttl_ms = ttl.as_millis().max(1).to_string();
                self.client.request(&[b"SET", key.as_bytes(), payload, b"PX", ttl_ms.as_bytes()]).await
            }
        }
    }

    /// Random letters, so that no two sessions are alike.
    fn payload(&mut self) -> Vec<u8> {
        let mut payload = vec![0; usize::try_from(self.options.payload.0).unwrap_or(usize::MAX)];
        self.random.fill(&mut payload);
        payload.iter_mut().for_each(|byte| *byte = b'a' + *byte % 26);
        payload
    }

    /// The TTL counts from when the server ran the command, so from `asked` on it surely lasts that long.
    fn remember(&mut self, key: String, asked: Mono) {
        let kept_until = self.options.ttl.0.map(|ttl| asked + ttl);
        self.recent.push_back(Session { key, kept_until });
        if self.recent.len() > self.options.remember as usize {
            self.recent.pop_front();
        }
    }

    async fn come_back(&mut self) {
        if self.recent.is_empty() {
            return;
        }
        let index = self.random.index(self.recent.len());
        let asked = self.context.mono();
        let reply = self.client.request(&[b"GET", self.recent[index].key.as_bytes()]).await;
        self.context.metrics().latency("read", self.context.mono().since(asked));
        match reply {
            Ok(Reply::Null) => self.gone(index),
            Ok(_) => self.context.metrics().count("sessions-found"),
            Err(_) => self.context.metrics().count("reads-failed"),
        }
    }

    /// The session is not there: expired, or the user was thrown out.
    fn gone(&mut self, index: usize) {
        let now = self.context.mono();
        let Some(session) = self.recent.remove(index) else { return };
        if session.kept_until.is_none_or(|until| now < until) {
            self.context.metrics().count("sessions-vanished");
        } else {
            self.context.metrics().count("sessions-expired");
        }
    }

    async fn log_out(&mut self) {
        if self.recent.is_empty() {
            return;
        }
        let index = self.random.index(self.recent.len());
        let Some(session) = self.recent.remove(index) else { return };
        match self.client.request(&[b"DEL", session.key.as_bytes()]).await {
            Ok(_) => self.context.metrics().count("logouts"),
            Err(_) => self.context.metrics().count("logouts-failed"),
        }
    }
}
