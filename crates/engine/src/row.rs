//! A command's row: everything the server knows about a command besides its behaviour. COMMAND, key
//! extraction, arity checks, memory checks and documentation all read it.

use crate::context::Context;
use resplay_resp::{Args, Error};

/// A command's behaviour. Replies go to the context; an error is written by the caller.
pub type Run = fn(&mut Context<'_>, Args<'_>) -> Result<(), Error>;

/// Command flags, as COMMAND prints them.
pub mod flag {
    /// Changes data.
    pub const WRITE: u32 = 1 << 0;
    /// Only reads data.
    pub const READONLY: u32 = 1 << 1;
    /// Refused while memory is over the limit.
    pub const DENYOOM: u32 = 1 << 2;
    /// For the operator.
    pub const ADMIN: u32 = 1 << 3;
    /// Part of publish and subscribe.
    pub const PUBSUB: u32 = 1 << 4;
    /// Not allowed from scripts.
    pub const NOSCRIPT: u32 = 1 << 5;
    /// May wait.
    pub const BLOCKING: u32 = 1 << 6;
    /// Allowed while loading the dataset.
    pub const LOADING: u32 = 1 << 7;
    /// Allowed on a replica with a broken link.
    pub const STALE: u32 = 1 << 8;
    /// Not shown to MONITOR.
    pub const SKIP_MONITOR: u32 = 1 << 9;
    /// Not shown in the slow log.
    pub const SKIP_SLOWLOG: u32 = 1 << 10;
    /// Accepted with ASKING.
    pub const ASKING: u32 = 1 << 11;
    /// Constant or logarithmic time.
    pub const FAST: u32 = 1 << 12;
    /// Allowed before authentication.
    pub const NO_AUTH: u32 = 1 << 13;
    /// May replicate although it is no write.
    pub const MAY_REPLICATE: u32 = 1 << 14;
    /// Key arguments are optional.
    pub const NO_MANDATORY_KEYS: u32 = 1 << 15;
    /// Refused during asynchronous loading.
    pub const NO_ASYNC_LOADING: u32 = 1 << 16;
    /// Not allowed inside MULTI.
    pub const NO_MULTI: u32 = 1 << 17;
    /// Allowed while a script is busy.
    pub const ALLOW_BUSY: u32 = 1 << 18;
    /// Needs an enabling configuration.
    pub const PROTECTED: u32 = 1 << 19;
    /// Present in Sentinel mode too.
    pub const SENTINEL: u32 = 1 << 20;
    /// Present in Sentinel mode only.
    pub const ONLY_SENTINEL: u32 = 1 << 21;
    /// Touches keys that its arguments do not name.
    pub const TOUCHES_ARBITRARY_KEYS: u32 = 1 << 22;

    /// Names in the order in which COMMAND lists them; internal flags have none.
    pub const NAMES: &[(u32, &str)] = &[
        (WRITE, "write"),
        (READONLY, "readonly"),
        (DENYOOM, "denyoom"),
        (ADMIN, "admin"),
        (PUBSUB, "pubsub"),
        (NOSCRIPT, "noscript"),
        (BLOCKING, "blocking"),
        (LOADING, "loading"),
        (STALE, "stale"),
        (SKIP_MONITOR, "skip_monitor"),
        (SKIP_SLOWLOG, "skip_slowlog"),
        (ASKING, "asking"),
        (FAST, "fast"),
        (NO_AUTH, "no_auth"),
        (NO_MANDATORY_KEYS, "no_mandatory_keys"),
        (NO_ASYNC_LOADING, "no_async_loading"),
        (NO_MULTI, "no_multi"),
        (ALLOW_BUSY, "allow_busy"),
    ];
}

/// ACL categories that a row states itself; the others follow from its flags.
pub mod acl {
    /// Names in the order in which COMMAND lists them.
    pub const NAMES: &[&str] = &[
        "keyspace",
        "read",
        "write",
        "set",
        "sortedset",
        "list",
        "hash",
        "string",
        "bitmap",
        "hyperloglog",
        "geo",
        "stream",
        "pubsub",
        "admin",
        "fast",
        "slow",
        "blocking",
        "dangerous",
        "connection",
        "transaction",
        "scripting",
    ];
}

/// One argument of a command, for COMMAND DOCS.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// Its name in the documentation.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// What the documentation shows instead of the name.
    pub display: Option<&'static str>,
    /// Which key specification describes it.
    pub key_spec: Option<u8>,
    /// The word that introduces it.
    pub token: Option<&'static str>,
    /// The version that brought it.
    pub since: Option<&'static str>,
    /// The version that deprecated it.
    pub deprecated_since: Option<&'static str>,
    /// It may be left out.
    pub is_optional: bool,
    /// It may be repeated.
    pub is_multiple: bool,
    /// Each repetition has the token again.
    pub is_multiple_token: bool,
    /// Parts of a block, or alternatives.
    pub children: &'static [Arg],
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the documentation's own")]
pub enum Kind {
    String,
    Integer,
    Double,
    Key,
    Pattern,
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl Kind {
    /// As COMMAND DOCS prints it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::String => "string",
            Kind::Integer => "integer",
            Kind::Double => "double",
            Kind::Key => "key",
            Kind::Pattern => "pattern",
            Kind::UnixTime => "unix-time",
            Kind::PureToken => "pure-token",
            Kind::OneOf => "oneof",
            Kind::Block => "block",
        }
    }
}

impl Arg {
    /// An argument with nothing special about it.
    pub const fn new(name: &'static str, kind: Kind) -> Arg {
        Arg {
            name,
            kind,
            display: None,
            key_spec: None,
            token: None,
            since: None,
            deprecated_since: None,
            is_optional: false,
            is_multiple: false,
            is_multiple_token: false,
            children: &[],
        }
    }
    /// A key that the key specification of that number describes.
    pub const fn key(name: &'static str, spec: u8) -> Arg {
        let mut arg = Arg::new(name, Kind::Key);
        arg.key_spec = Some(spec);
        arg
    }
    /// A word that stands for itself.
    pub const fn word(name: &'static str, token: &'static str) -> Arg {
        Arg::new(name, Kind::PureToken).token(token)
    }
    /// Names keys that the key specification of that number describes.
    pub const fn spec(mut self, spec: u8) -> Arg {
        self.key_spec = Some(spec);
        self
    }
    /// Introduced by this word.
    pub const fn token(mut self, token: &'static str) -> Arg {
        self.token = Some(token);
        self
    }
    /// Shown under another name.
    pub const fn display(mut self, display: &'static str) -> Arg {
        self.display = Some(display);
        self
    }
    /// Present since that version.
    pub const fn since(mut self, version: &'static str) -> Arg {
        self.since = Some(version);
        self
    }
    /// Deprecated since that version.
    pub const fn deprecated(mut self, version: &'static str) -> Arg {
        self.deprecated_since = Some(version);
        self
    }
    /// It may be left out.
    pub const fn optional(mut self) -> Arg {
        self.is_optional = true;
        self
    }
    /// It may be repeated.
    pub const fn multiple(mut self) -> Arg {
        self.is_multiple = true;
        self
    }
    /// It may be repeated, its token each time.
    pub const fn multiple_token(mut self) -> Arg {
        self.is_multiple_token = true;
        self
    }
    /// Its parts or alternatives.
    pub const fn of(mut self, children: &'static [Arg]) -> Arg {
        self.children = children;
        self
    }
}

/// Where a command's keys stand and what it does to them.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// How to find the first key.
    pub begin: Begin,
    /// How to find the others.
    pub find: Find,
    /// RO, RW, ACCESS, … as COMMAND prints them, in order.
    pub flags: &'static [&'static str],
    /// A remark for readers of COMMAND.
    pub notes: Option<&'static str>,
}

/// Where keys begin.
#[derive(Clone, Copy, Debug)]
pub enum Begin {
    /// At that argument.
    Index(i32),
    /// After that word, searched from that argument on (from the end when negative).
    Keyword(&'static str, i32),
    /// Only code can tell.
    Unknown,
}

/// How far keys go.
#[derive(Clone, Copy, Debug)]
pub enum Find {
    /// Up to `last` arguments after the first (negative: from the end), each `step`th; with `limit` above one,
    /// only that fraction of the arguments.
    Range {
        /// Offset of the last key.
        last: i32,
        /// Distance between keys.
        step: i32,
        /// Divisor, or zero.
        limit: i32,
    },
    /// An argument says how many.
    KeyNum {
        /// Offset of the number.
        at: i32,
        /// Offset of the first key.
        first: i32,
        /// Distance between keys.
        step: i32,
    },
    /// Only code can tell.
    Unknown,
}

/// A command or subcommand.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Lower-case name; a subcommand's full name, such as `client|kill`.
    pub name: &'static str,
    /// Its behaviour; for a container, that of the bare word (which is an arity error).
    pub run: Run,
    /// One sentence.
    pub summary: &'static str,
    /// In O-notation.
    pub complexity: &'static str,
    /// `string`, `hash`, `generic`, …
    pub group: &'static str,
    /// The version that brought it.
    pub since: &'static str,
    /// `deprecated`, `syscmd`.
    pub doc_flags: &'static [&'static str],
    /// The version that deprecated it.
    pub deprecated_since: Option<&'static str>,
    /// What to use instead.
    pub replaced_by: Option<&'static str>,
    /// Changes by version.
    pub history: &'static [(&'static str, &'static str)],
    /// Number of words; negative: at least that many.
    pub arity: i32,
    /// Bits of [`flag`].
    pub flags: u32,
    /// Stated ACL categories, lower case.
    pub acl: &'static [&'static str],
    /// Hints for clients and proxies.
    pub tips: &'static [&'static str],
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// What it does to its keys, where that depends on its other words.
    pub key_flags: Option<fn(Args<'_>) -> &'static [&'static str]>,
    /// Where the key stands that its last key specification does not know, if it is there.
    pub hidden_key: Option<fn(Args<'_>) -> Option<usize>>,
    /// Its key positions need code (or a key specification that is incomplete).
    pub movable_keys: bool,
    /// Its arguments.
    pub arguments: &'static [Arg],
    /// Its subcommands.
    pub subcommands: &'static [&'static Row],
}

impl Row {
    /// A row to fill in with struct update.
    pub const fn new(name: &'static str, run: Run) -> Row {
        Row {
            name,
            run,
            summary: "",
            complexity: "",
            group: "",
            since: "",
            doc_flags: &[],
            deprecated_since: None,
            replaced_by: None,
            history: &[],
            arity: 1,
            flags: 0,
            acl: &[],
            tips: &[],
            keys: &[],
            key_flags: None,
            hidden_key: None,
            movable_keys: false,
            arguments: &[],
            subcommands: &[],
        }
    }

    /// Whether it has all of these flags.
    pub const fn has(&self, flags: u32) -> bool {
        self.flags & flags == flags
    }

    /// Whether that many words (its own name included) fit.
    pub fn accepts(&self, words: usize) -> bool {
        let words = i32::try_from(words).unwrap_or(i32::MAX);
        if self.arity >= 0 { words == self.arity } else { words >= -self.arity }
    }

    /// The subcommand of that name, in any case.
    pub fn subcommand(&self, name: &[u8]) -> Option<&'static Row> {
        let prefix = self.name.len() + 1;
        self.subcommands.iter().copied().find(|row| row.name.as_bytes()[prefix..].eq_ignore_ascii_case(name))
    }
}
