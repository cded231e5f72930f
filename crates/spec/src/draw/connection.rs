//! How commands on connection look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "connection",
    shapes: &[
        "PING ?<value>",
        "ECHO <value>",
        "CLIENT SETNAME <value>",
        "CLIENT GETNAME",
        "COMMAND GETKEYS <command> <key> <value> *<key>",
        "COMMAND INFO <command> <command>",
    ],
    kinds: &[],
};
