//! The typed options of a scenario, as they are written. The JSON schema is made from these types.

use resplay_apps::units::{Bytes, DurationText};
use schemars::JsonSchema;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A scenario: servers, applications, faults, and what must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// What happens, in a few words.
    pub title: String,
    /// What one learns from it, in a few sentences.
    pub lesson: String,
    /// How long it goes on, in virtual time.
    pub duration: DurationText,
    /// The seed that it runs with where the command line gives none; 1 if left out.
    pub seed: Option<u64>,
    /// How often the operator looks at INFO; at the end in any case.
    #[serde(default)]
    pub watch: DurationText,
    /// What the links between all hosts are like.
    #[serde(default)]
    pub network: Network,
    /// The servers, by name.
    pub nodes: BTreeMap<String, NodeSpec>,
    /// The applications, by name: `kind` and the options of that kind.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub apps: BTreeMap<String, toml::Table>,
    /// The faults, by name: when, and one kind of fault with its options.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub faults: BTreeMap<String, toml::Table>,
    /// What must hold.
    #[serde(default)]
    pub checks: Checks,
    /// Crash cuts: judges what every legal state of the disk at each of its operations restores.
    pub cuts: Option<Cuts>,
    /// Overrides by dotted path, by name; each variant runs beside the base.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub variants: BTreeMap<String, toml::Table>,
}

/// Links.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Network {
    /// Time on the way, in one direction.
    pub latency: DurationText,
    /// At most this much longer.
    pub jitter: DurationText,
    /// Bytes per second in each direction between two hosts; no limit if left out.
    pub bandwidth: Option<Bytes>,
    /// What may be under way or unread per connection and direction.
    pub window: Bytes,
}

impl Default for Network {
    /// Two machines in one data centre.
    fn default() -> Network {
        Network {
            latency: DurationText(Duration::from_micros(100)),
            jitter: DurationText(Duration::from_micros(20)),
            bandwidth: None,
            window: Bytes(256 * 1024),
        }
    }
}

/// A server and its machine.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NodeSpec {
    /// Configuration directives, as in `redis.conf`.
    pub config: BTreeMap<String, Word>,
    /// Memory of the machine: beyond, the kernel kills the server.
    pub memory: Option<Bytes>,
    /// The disk.
    pub disk: Disk,
    /// Files on the disk before the first start, with their text, by path; a relative path starts in the working
    /// directory.
    pub files: BTreeMap<String, String>,
}

/// A machine's disk.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Disk {
    /// How long a sync takes, beside its bytes.
    pub fsync: DurationText,
    /// Bytes per second.
    pub bandwidth: Bytes,
    /// Room for files; no limit if left out.
    pub capacity: Option<Bytes>,
    /// Whether unsynced writes may reach the disk in any order, not just the first so many.
    pub reorder: bool,
}

impl Default for Disk {
    /// A solid-state disk in a data centre.
    fn default() -> Disk {
        Disk {
            fsync: DurationText(Duration::from_micros(500)),
            bandwidth: Bytes(500_000_000),
            capacity: None,
            reorder: false,
        }
    }
}

/// What must hold at the end of a run.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Checks {
    /// Checks that must hold; `up` always counts among them.
    pub require: Vec<String>,
    /// Situations that must occur at least once in a run of the base.
    pub goals: Vec<String>,
    /// Checks that must fail: the scenario shows how.
    pub expect: BTreeMap<String, Expected>,
    /// Whether a fault may come to its end without ever having taken effect; otherwise such a run fails.
    pub idle_faults: bool,
    /// Who must get on although faults are left (`liveness`).
    pub core: Option<Core>,
}

/// A healthy core: its clients must get on whatever else is broken, until the last fault is over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Core {
    /// When they must have what they need. They then have the time that a client needs to come back.
    pub from: DurationText,
    /// The applications.
    pub apps: Vec<String>,
}

/// Crash cuts. At every operation of a server's disk that changes something, a power loss may leave one of several
/// states; a fresh server with the same configuration is started on them, and what it restores is judged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cuts {
    /// The servers whose disks are looked at; all if left out.
    pub nodes: Vec<String>,
    /// At most so many states of one cut point are judged; where there are more, the seed draws them.
    pub states: u32,
    /// Directives of the fresh servers, over those of the server itself: what its operator wrote into the file beside
    /// changing it at run time.
    pub config: BTreeMap<String, Word>,
    /// A fresh server is started on at most so many different states in one run. Where this, or their size, does not
    /// allow for all cut points, the seed draws some.
    pub images: u32,
    /// Whether a promise must be found broken: the run passes only then.
    pub expect: Option<Expected>,
    /// Judges cuts only where the command line asks with `--cuts`; otherwise every run does.
    pub when_asked: bool,
    /// Judges no cuts, even where the command line asks for all: the disk of this scenario breaks its own promises, or is
    /// too large to be looked at so often. A cut that is named can be shown all the same.
    pub never: bool,
}

impl Default for Cuts {
    fn default() -> Cuts {
        Cuts {
            nodes: Vec::new(),
            states: 64,
            config: BTreeMap::new(),
            images: 1_000,
            expect: None,
            when_asked: false,
            never: false,
        }
    }
}

/// What else a check may have to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// The run passes only if the check fails.
    Violated,
    /// The run passes whatever the check says.
    Either,
}

/// The value of a configuration directive: a text, a whole number, or true and false for yes and no.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the variants exist for the schema; every word is kept as text")]
enum AnyWord {
    Text(String),
    Number(i64),
    Truth(bool),
}

/// The value of a configuration directive, as its text.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "AnyWord")]
pub struct Word(pub String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        struct AsWord;
        impl Visitor<'_> for AsWord {
            type Value = Word;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a whole number, true or false")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word, E> {
                Ok(Word(text.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Word, E> {
                Ok(Word(number.to_string()))
            }
            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Word, E> {
                Ok(Word(if truth { "yes" } else { "no" }.to_string()))
            }
        }
        deserializer.deserialize_any(AsWord)
    }
}
