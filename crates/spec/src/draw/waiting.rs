//! How commands look that wait for others, and what those others do about it.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "waiting",
    shapes: &[
        "BLPOP <awaited> <awaited> <wait>",
        "BRPOP <awaited> <wait>",
        "BLMOVE <awaited> <awaited> <end> <end> <wait>",
        "BRPOPLPUSH <awaited> <awaited> <wait>",
        "BLMPOP <wait> 2 <awaited> <awaited> <end> ?COUNT,2",
        "BZPOPMIN <awaited-zset> <awaited-zset> <wait>",
        "BZPOPMAX <awaited-zset> <wait>",
        "BZMPOP <wait> 1 <awaited-zset> MIN ?COUNT,2",
        "XREAD BLOCK <wait-ms> STREAMS <awaited-stream> $",
        "XGROUP CREATE <awaited-stream> g $ MKSTREAM",
        "XREADGROUP GROUP g a BLOCK <wait-ms> STREAMS <awaited-stream> >",
        "RPUSH <awaited> <value> *<value>",
        "LPUSH <awaited> <value>",
        "LPUSH <awaited> <value>",
        "LMOVE <awaited> <awaited> <end> <end>",
        "RENAME <awaited> <awaited>",
        "COPY <awaited> <awaited> REPLACE",
        "SWAPDB 0 1",
        "SORT <awaited> ALPHA STORE <awaited>",
        "ZADD <awaited-zset> 1 <field> 2 <field>",
        "ZADD <awaited-zset> 3 <field>",
        "ZUNIONSTORE <awaited-zset> 1 <awaited-zset>",
        "XADD <awaited-stream> <awaited-id> f <field>",
        "XGROUP DESTROY <awaited-stream> g",
        "DEL <awaited> <awaited-zset> <awaited-stream>",
        "SET <awaited> <value>",
        "MULTI",
        "EXEC",
        "EXEC",
    ],
    kinds: &[
        ("awaited", &["bl", "bl", "bl", "bm", "bm", "bz"]),
        ("awaited-zset", &["bz", "bz", "by", "by", "bl"]),
        ("awaited-stream", &["bx", "bx", "bx", "bl"]),
        ("awaited-id", &["1-1", "1-*", "2-*", "3-*", "9-*", "70000-*"]),
        ("end", &["LEFT", "RIGHT"]),
        // A time that passes costs real time, so it is rare.
        ("wait", &["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "100", "-1", "x", "0.01"]),
        ("wait-ms", &["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "100000", "-1", "x", "5"]),
    ],
};
