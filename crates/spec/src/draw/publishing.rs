//! How commands on publishing and waiting look, as far as they lead to one reply; and DEBUG, which tells whether both
//! servers hold the same data.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "publishing",
    shapes: &[
        "PUBLISH <channel> <value>",
        "SPUBLISH <channel> <value>",
        "PUBSUB CHANNELS ?<pattern>",
        "PUBSUB SHARDCHANNELS ?<pattern>",
        "PUBSUB NUMSUB *<channel>",
        "PUBSUB SHARDNUMSUB *<channel>",
        "PUBSUB NUMPAT",
        "UNSUBSCRIBE *<channel>",
        "WAIT <replicas> <no-time>",
        "WAITAOF <local> <replicas> <no-time>",
        "CLIENT UNBLOCK <nobody> ?<unblock>",
        "DEBUG DIGEST",
        "DEBUG DIGEST",
        "DEBUG DIGEST-VALUE <key> *<key>",
        "DEBUG POPULATE <few> ?<key> ?<few>",
    ],
    kinds: &[
        ("channel", &["c", "d", "", "a*"]),
        ("replicas", &["0", "0", "-1", "x", "9223372036854775808"]),
        ("local", &["0", "0", "1", "2", "x"]),
        ("no-time", &["0", "1", "x", "-1", "1.5"]),
        ("nobody", &["999999999", "0", "-1", "x"]),
        ("unblock", &["TIMEOUT", "ERROR", "error", "foo"]),
        ("few", &["0", "1", "3", "x", "-1"]),
    ],
};
