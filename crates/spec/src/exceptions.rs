//! Where Valkey 8.0.1 itself does not answer as its specification says, each with a reason.

/// A reply that may differ from its schema.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// The command, by its full name.
    pub command: &'static str,
    /// What [`crate::Schema::check`] says of it, in part.
    pub says: &'static str,
    /// Why it is right nevertheless.
    pub reason: &'static str,
}

/// All of them. Each occurs in the corpus: a test of `conform` finds it there.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        command: "COMMAND GETKEYS",
        says: "an element comes twice",
        reason: "a command that names a key twice has it twice among its keys",
    },
    Exception {
        command: "GEOHASH",
        says: "null, not string",
        reason: "the schema does not tell of members that do not exist",
    },
    Exception {
        command: "LMOVE",
        says: "null, not string",
        reason: "the schema does not tell of lists that do not exist",
    },
    missing_key("OBJECT FREQ"),
    missing_key("OBJECT IDLETIME"),
    missing_key("OBJECT REFCOUNT"),
    Exception {
        command: "XCLAIM",
        says: "none of the 2 alternatives fits",
        reason: "an entry whose id is given twice is told twice",
    },
    Exception {
        command: "XINFO STREAM",
        says: "none of the 2 alternatives fits",
        reason: "a consumer that never got anything was active at -1",
    },
    Exception {
        command: "XPENDING",
        says: "none of the 2 alternatives fits",
        reason: "where nothing is pending, the first and the last id are null",
    },
    no_count("XRANGE"),
    no_count("XREVRANGE"),
];

const fn missing_key(command: &'static str) -> Exception {
    Exception {
        command,
        says: "null, not integer",
        reason: "the schema does not tell of keys that do not exist",
    }
}

const fn no_count(command: &'static str) -> Exception {
    Exception { command, says: "null, not array", reason: "with COUNT 0 the reply is null" }
}

impl Exception {
    /// The exception that covers an objection to a command's reply.
    pub(crate) fn covering(command: &str, why: &str) -> Option<&'static Exception> {
        EXCEPTIONS.iter().find(|exception| exception.command == command && why.contains(exception.says))
    }
}
