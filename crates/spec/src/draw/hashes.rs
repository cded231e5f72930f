//! How commands on hashes look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "hashes",
    shapes: &[
        "HSET <key> <field> <value> *<field>,<value>",
        "HSET <key> <field> <value> *<field>,<value>",
        "HMSET <key> <field> <value> *<field>,<value>",
        "HSETNX <key> <field> <value>",
        "HGET <key> <field>",
        "HMGET <key> <field> *<field>",
        "HGETALL <key>",
        "HKEYS <key>",
        "HVALS <key>",
        "HLEN <key>",
        "HDEL <key> <field> *<field>",
        "HEXISTS <key> <field>",
        "HSTRLEN <key> <field>",
        "HINCRBY <key> <field> <int>",
        "HINCRBYFLOAT <key> <field> <float>",
        "HSCAN <key> 0 COUNT 1000 ?MATCH,<pattern> ?NOVALUES",
    ],
    kinds: &[],
};
