//! Commands drawn at random, of every family: nobody would write such an application, which is the point. Clients draw
//! from few keys, so that they meet; words are at boundaries and of wrong types as well. The reference model says whether the
//! replies are right.

use crate::client::{Client, ConnectionOptions};
use crate::pace::Pacer;
use crate::runtime::{AppNode, Context};
use crate::table::{App, AppEnv, OptionError, parse};
use crate::units::{Period, Rate};
use resplay_base::Random;
use resplay_spec::draw::{FAMILIES, command};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The row of this application.
pub const APP: App = App {
    kind: "random-commands",
    summary: "clients send commands drawn at random from families of commands",
    schema: || schemars::schema_for!(Options),
    build,
};

/// Options of `random-commands`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The server; may be left out when there is only one.
    pub node: Option<String>,
    /// How many clients there are.
    pub clients: u32,
    /// How many commands all clients together send.
    pub rate: Rate,
    /// Families of commands to draw from; all if left out.
    pub families: Vec<String>,
    /// Draws commands, too, that touch the keys of other applications: FLUSHALL, SWAPDB and their like.
    pub everywhere: bool,
    /// How the clients connect.
    pub connection: ConnectionOptions,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            node: None,
            clients: 4,
            rate: Rate { count: 100, per: Period::Second },
            families: Vec::new(),
            everywhere: false,
            connection: ConnectionOptions::default(),
        }
    }
}

/// Commands that touch keys which they do not name.
const EVERYWHERE: [&str; 4] = ["FLUSHALL", "FLUSHDB", "RANDOMKEY", "SWAPDB"];

/// A setting that no log holds, and on which depends what bytes the commands of the log make: in the real servers, too, a
/// restart brings back another form of a HyperLogLog, and no judge could tell that from damage.
const FORM_OF_BYTES: &str = "CONFIG SET hll-sparse-max-bytes";

fn build(options: &toml::Table, env: &AppEnv) -> Result<AppNode, OptionError> {
    let options: Options = parse(options)?;
    let known = || FAMILIES.iter().map(|family| family.name);
    if let Some(unknown) = options.families.iter().find(|name| !known().any(|known| known == *name)) {
        let message = format!("unknown variant `{unknown}`");
        let known = known().map(str::to_string).collect();
        return Err(OptionError { known, ..OptionError::new("families", message) });
    }
    let node = env.server(options.node.as_deref())?;
    Ok(AppNode::new(&env.name, env.seed, |context| start(context, options, node)))
}

async fn start(context: Context, options: Options, node: String) {
    let shapes: Rc<[&str]> = shapes(&options).into();
    for number in 0..options.clients {
        let drawer = Drawer {
            random: context.random(&format!("commands of {number}")),
            client: Client::new(&context, number, &node, &options.connection),
            pacer: Pacer::new(&context, &format!("arrivals {number}"), options.rate, options.clients),
            shapes: shapes.clone(),
        };
        context.spawn(drawer.run());
    }
}

fn shapes(options: &Options) -> Vec<&'static str> {
    let is_drawn = |name| options.families.is_empty() || options.families.iter().any(|drawn| drawn == name);
    let families = FAMILIES.iter().filter(|family| is_drawn(family.name));
    let shapes = families.flat_map(|family| family.shapes).copied();
    let stays = |shape: &&str| !EVERYWHERE.iter().any(|name| shape.split(' ').next() == Some(name));
    let shapes = shapes.filter(|shape| !shape.starts_with(FORM_OF_BYTES));
    shapes.filter(|shape| options.everywhere || stays(shape)).collect()
}

/// Leaves out what changes memory and is in no file, in the real servers too, so that judges of what a crash takes back could
/// not follow: elements of a PFADD before it meets a broken HyperLogLog, and a string that BITFIELD makes longer for a number
/// that then overflows.
fn logged_wholly(words: &mut Vec<Vec<u8>>) {
    if words[0].eq_ignore_ascii_case(b"PFADD") {
        words.truncate(3);
    }
    if words[0].eq_ignore_ascii_case(b"BITFIELD") {
        let fails = words.iter_mut().filter(|word| word.eq_ignore_ascii_case(b"FAIL"));
        fails.for_each(|word| *word = b"SAT".to_vec());
    }
}

/// One client.
struct Drawer {
    random: Random,
    client: Client,
    pacer: Pacer,
    shapes: Rc<[&'static str]>,
}

impl Drawer {
    async fn run(mut self) {
        loop {
            self.pacer.wait().await;
            let mut words = command(&mut self.random, &self.shapes);
            logged_wholly(&mut words);
            let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            // Errors are as good as replies here; those of the connection show in the metrics.
            let _ = self.client.request(&words).await;
        }
    }
}
