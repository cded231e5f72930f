//! How commands on keys look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "keys",
    shapes: &[
        "DEL <key> *<key>",
        "UNLINK <key> *<key>",
        "EXISTS <key> *<key>",
        "TOUCH <key> *<key>",
        "TYPE <key>",
        "RENAME <key> <key>",
        "RENAMENX <key> <key>",
        "RESTORE <key> <ms> <value> ?REPLACE ?ABSTTL",
        "COPY <key> <key> ?REPLACE ?DB,<db>",
        "MOVE <key> <db>",
        "KEYS <pattern>",
        "SCAN 0 COUNT 1000 ?MATCH,<pattern> ?TYPE,<type>",
        "OBJECT ENCODING <key>",
        "EXPIRE <key> <seconds> ?NX ?XX ?GT ?LT",
        "PEXPIRE <key> <ms> ?NX ?XX ?GT ?LT",
        "EXPIREAT <key> <at> ?NX ?XX ?GT ?LT",
        "PEXPIREAT <key> <at-ms> ?NX ?XX ?GT ?LT",
        "TTL <key>",
        "PTTL <key>",
        "EXPIRETIME <key>",
        "PEXPIRETIME <key>",
        "PERSIST <key>",
        "SELECT <db>",
        "SWAPDB <db> <db>",
    ],
    kinds: &[],
};
