//! What a fuzzer calls: one function a target, from bytes to a verdict, which is a panic or none. `fuzz/README.md` tells
//! how they are run; `tests/fuzz_corpus.rs` replays what was found, without a fuzzer.
//!
//! A target says for any bytes what must hold, so none of them asks for well-formed ones: bytes that mean nothing to it are
//! no finding. Two things are left out everywhere: what makes the real servers use memory or time without bound as well
//! (`is_tame`), and commands that the model does not know.

mod aof;
mod listpack;
mod numbers;
mod rdb;
mod server;
mod story;
mod wire;

pub use story::mutate_history;

/// A target: its name, and what it does with bytes. It panics where something is wrong.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by name.
pub const TARGETS: &[Target] = &[
    ("aof", aof::aof),
    ("arguments", story::arguments),
    ("glob", story::glob),
    ("history", story::history),
    ("listpack", listpack::listpack),
    ("numbers", numbers::numbers),
    ("rdb", rdb::rdb),
    ("reply", wire::reply),
    ("requests", wire::requests),
    ("restore", rdb::restored),
    ("server", server::server),
    ("stream_ids", story::stream_ids),
];

/// Calls the target of that name; panics if there is none, and where something is wrong.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("the target is in TARGETS");
    target(data);
}

/// How servers are started here: with strings of a megabyte at most.
const SMALL_STRINGS: &[&str] = &["--proto-max-bulk-len", "1mb"];
/// So many random elements may be asked for at once.
const DRAWS_MAX: i64 = 1_000;
/// A string may be made so long at once by a number alone, in bytes (or bits).
const REACH: i64 = 1_024;
/// From here on (in bits, which are the more) it is an error.
const BEYOND: i64 = 8 << 20;

/// Whether a command costs no more than its words and the data let expect, and leaves the server alive.
fn is_tame<W: AsRef<[u8]>>(words: &[W]) -> bool {
    let word = |at: usize| words.get(at).map(|word| word.as_ref().to_ascii_uppercase()).unwrap_or_default();
    let numbers = || {
        let words = words.iter().skip(2).map(AsRef::as_ref);
        words.filter_map(|word| resplay_resp::number::parse_i64(word.strip_prefix(b"#").unwrap_or(word)))
    };
    match word(0).as_slice() {
        b"SHUTDOWN" => false,
        b"CONFIG" => word(1) != b"SET" || (2..words.len()).all(|at| word(at) != b"PROTO-MAX-BULK-LEN"),
        b"SRANDMEMBER" | b"HRANDFIELD" | b"ZRANDMEMBER" => numbers().all(|count| count >= -DRAWS_MAX),
        b"SETRANGE" | b"SETBIT" | b"BITFIELD" => numbers().all(|at| !(REACH..BEYOND).contains(&at)),
        _ => true,
    }
}

/// Numbers from the front of the bytes; zeros when they are used up.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// At most so many bytes.
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn u64(&mut self) -> u64 {
        self.take(8).iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}
