//! The reference model: what the documentation and the real server say a command does, in the plainest code that
//! says it. It replays a node's journal and objects to the first thing that the real server would not have done.
//!
//! ```
//! use resplay_base::WallUs;
//! use resplay_base::journal::{Entry, Event};
//! use resplay_model::Model;
//!
//! let at = |event| Entry { at: WallUs(0), event };
//! let get = |reply: &[u8]| Event::Command { session: 1, argv: vec![b"GET".into(), b"k".into()], reply: reply.into() };
//! let mut model = Model::new();
//! model.apply(&at(Event::Booted { databases: 16, config: vec![] })).unwrap();
//! model.apply(&at(Event::Connected { session: 1 })).unwrap();
//! model.apply(&at(get(b"$-1\r\n"))).unwrap();
//! assert!(model.apply(&at(get(b"$1\r\nx\r\n"))).is_err());
//! ```
//!
//! Replies that can be known are compared to the byte. Where the documentation leaves a choice (a random key, the
//! order of a hash, what SCAN returns first) the command looks at what was chosen and says whether it was legal.
//! Of replies about the environment (INFO, TIME, CLIENT LIST, …) only the form is checked.
//!
//! Invariant: shares no code with the engine; of `resp` it uses the wire format, the error texts and the number
//! rules, which the conformance corpus proves on their own.

mod answer;
mod call;
mod commands;
mod dispatch;
mod float80;
mod geohash;
mod glob;
mod keyspace;
mod mismatch;
mod model;
mod natural;
mod partial_sort;
mod pubsub;
mod recent;
mod serving;
mod session;
mod settings;
mod sine;
mod table;
mod value;
mod waiting;
mod watch;

pub use mismatch::Mismatch;
pub use model::Model;
pub use recent::{show_reply, show_words};
pub use table::{command_names, knows};
pub use value::{Hash, Item, List, Set, Stream, Text, Value, Zset};
