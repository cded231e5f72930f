//! How commands look, a file a family.

use super::choice;

mod bitmaps;
mod connection;
mod geo;
mod hashes;
mod hyperloglogs;
mod keys;
mod lists;
mod publishing;
mod sets;
mod sorted_sets;
mod streams;
mod strings;
mod transactions;
mod waiting;

/// A family's commands, and the words that only they use.
pub(super) struct Family {
    /// `<kind>` is drawn, `?a,b` may be there, `*a,b` may be there up to three times.
    pub shapes: &'static [&'static str],
    /// What its own kinds of words are drawn from.
    pub kinds: &'static [Kind],
}

/// A kind of words: its name, and what it is drawn from.
pub(super) type Kind = (&'static str, &'static [&'static str]);

/// All of them.
pub(super) const FAMILIES: &[&Family] = &[
    &bitmaps::FAMILY,
    &choice::FAMILY,
    &connection::FAMILY,
    &geo::FAMILY,
    &hashes::FAMILY,
    &hyperloglogs::FAMILY,
    &keys::FAMILY,
    &lists::FAMILY,
    &publishing::FAMILY,
    &sets::FAMILY,
    &sorted_sets::FAMILY,
    &streams::FAMILY,
    &strings::FAMILY,
    &transactions::FAMILY,
    &waiting::FAMILY,
];

/// What the kinds that all families share are drawn from. Most draws must meet, or no two commands concern the same thing.
pub(super) const KINDS: &[Kind] = &[
    ("key", &["a", "b", "c", "d", "e", "h", "h", "i", "i", "", "\u{ff}"]),
    ("field", &["f", "g", "j", "k", "l", ""]),
    ("db", &["0", "0", "0", "1", "1", "2", "16", "-1", "x"]),
    ("index", &["0", "1", "2", "5", "-1", "-2", "-5", "100", "-100", "x"]),
    ("offset", &["0", "1", "2", "5", "20", "-1", "536870912", "x"]),
    ("type", &["string", "hash", "list", "foo"]),
    ("pattern", &["*", "[a-c]", "?", "h*", "[^a]", "\\a", "", "f", "*\u{ff}"]),
    ("at", &["4102444800", "4102448400", "1", "0", "-1", "9223372036854775", "9223372036854775807", "x"]),
    ("at-ms", &["4102444800123", "4102448400999", "1", "0", "9223372036854775807", "1.5"]),
    ("int", &["1", "-1", "5", "100", "9223372036854775807", "-9223372036854775808", "x", "1.5", "", "01"]),
    (
        "float",
        &["1", "0.1", "-0.3", "1.5e3", "3.0", "1e17", "x", "inf", "nan", "", "1e-5", "123456789.123456789"],
    ),
    (
        "value",
        &[
            "1",
            "-1",
            "0",
            "10",
            "x",
            "hello world",
            "",
            "3.0",
            "0.1",
            "1e3",
            "9223372036854775807",
            "inf",
            " 1",
            "9223372036854775806",
            "\0\r\n",
            "012",
            "44-bytes-is-the-longest-string-that-is-embstr",
            "17",
            "a-string-of-65-bytes-is-one-too-long-for-a-hash-to-stay-a-listpack",
        ],
    ),
    (
        "command",
        &["get", "SET", "mset", "copy", "hset", "ping", "del", "nothing", "expire", "object|encoding"],
    ),
];
