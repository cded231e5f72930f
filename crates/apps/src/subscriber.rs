//! A subscriber: hears what is published on a channel while it is connected, and nothing of what was published before.

use crate::client::{Client, ClientError, ConnectionOptions};
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The row of this application.
pub const APP: App = App {
    kind: "subscriber",
    summary: "clients subscribe to a channel and count what they hear",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `subscriber`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// The channel.
    pub channel: String,
    /// How many clients subscribe.
    pub clients: u32,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options { node: None, channel: "news".into(), clients: 1, connection: ConnectionOptions::default() }
    }
}

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    for number in 0..options.clients {
        let client = Client::new(&context, number, &node, &options.connection);
        context.spawn(listen(context.clone(), client, options.channel.clone()));
    }
}

async fn listen(context: Context, mut client: Client, channel: String) {
    loop {
        let subscribed = client.subscribe(&[channel.as_bytes()]).await;
        client.wait_if_refused(&subscribed).await;
        if subscribed.is_ok() {
            context.metrics().count("subscriptions");
            // Only an error ends it, and the next round subscribes again.
            let _ = hear(&context, &mut client).await;
        }
    }
}

async fn hear(context: &Context, client: &mut Client) -> Result<(), ClientError> {
    loop {
        if client.message(Duration::from_secs(60)).await?.is_some() {
            context.metrics().count("messages");
        }
    }
}
