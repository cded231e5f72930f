//! How commands on strings look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "strings",
    shapes: &[
        "SET <key> <value>",
        "SET <key> <value> ?NX ?XX ?GET ?KEEPTTL ?EX,<seconds> ?PX,<ms> ?EXAT,<at> ?PXAT,<at-ms>",
        "GET <key>",
        "GETSET <key> <value>",
        "GETDEL <key>",
        "GETEX <key> ?EX,<seconds> ?PX,<ms> ?EXAT,<at> ?PERSIST",
        "SETNX <key> <value>",
        "SETEX <key> <seconds> <value>",
        "PSETEX <key> <ms> <value>",
        "MGET <key> *<key>",
        "MSET <key> <value> *<key>,<value>",
        "MSETNX <key> <value> *<key>,<value>",
        "APPEND <key> <value>",
        "STRLEN <key>",
        "INCR <key>",
        "DECR <key>",
        "INCRBY <key> <int>",
        "DECRBY <key> <int>",
        "INCRBYFLOAT <key> <float>",
        "GETRANGE <key> <index> <index>",
        "SUBSTR <key> <index> <index>",
        "SETRANGE <key> <offset> <value>",
        "LCS <key> <key> ?LEN ?IDX ?WITHMATCHLEN ?MINMATCHLEN,<index>",
        "LCS <lcs-key> <lcs-key> ?LEN",
        "LCS <lcs-key> <lcs-key> IDX ?WITHMATCHLEN ?MINMATCHLEN,<index>",
        "SET <lcs-key> <lcs-value>",
        "APPEND <lcs-key> <lcs-value>",
    ],
    kinds: &[
        ("lcs-key", &["a", "b", "c"]),
        ("lcs-value", &["abcbdab", "bdcaba", "xaxbxcx", "abab", "ba", "aab", "", "12321"]),
    ],
};
