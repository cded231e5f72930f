//! The catalogue of error replies: each text stands here once.

use std::borrow::Cow;
use std::fmt;

/// Declares [`Error`]: variants with a fixed text, and variants whose text depends on what they hold.
macro_rules! catalogue {
    (
        fixed { $($(#[$fixed_doc:meta])* $fixed:ident => $text:literal,)* }
        built { $($(#[$built_doc:meta])* $built:ident($($field:ident: $type:ty),+) => $wire:expr,)* }
    ) => {
        /// An error reply. [`Error::wire`] gives its exact text.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Error {
            $($(#[$fixed_doc])* $fixed,)*
            $($(#[$built_doc])* $built($($type),+),)*
        }

        impl Error {
            /// The text of the reply, without the leading minus sign and the line end.
            pub fn wire(&self) -> Cow<'_, [u8]> {
                match self {
                    $(Error::$fixed => Cow::Borrowed($text.as_bytes()),)*
                    $(Error::$built($($field),+) => Cow::from($wire),)*
                }
            }
        }
    };
}

catalogue! {
    fixed {
        /// A command met a key of another type.
        WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
        /// Options that contradict each other, or an unknown word.
        Syntax => "ERR syntax error",
        /// An argument that must be a 64-bit integer, or a string value that must.
        NotAnInteger => "ERR value is not an integer or out of range",
        /// An argument that must be a floating-point number.
        NotAFloat => "ERR value is not a valid float",
        /// An integer argument outside its range.
        OutOfRange => "ERR value is out of range",
        /// An argument that must be positive.
        NotPositive => "ERR value is out of range, must be positive",
        /// INCR and its kin left 64 bits.
        Overflow => "ERR increment or decrement would overflow",
        /// DECRBY of the least integer.
        DecrementOverflow => "ERR decrement would overflow",
        /// INCRBYFLOAT and HINCRBYFLOAT left the range of numbers.
        NanOrInfinity => "ERR increment would produce NaN or Infinity",
        /// HINCRBY on a field that holds no integer.
        HashNotAnInteger => "ERR hash value is not an integer",
        /// HINCRBYFLOAT on a field that holds no number.
        HashNotAFloat => "ERR hash value is not a float",
        /// APPEND or SETRANGE beyond `proto-max-bulk-len`.
        StringTooLong => "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        /// SETRANGE before the start.
        OffsetOutOfRange => "ERR offset is out of range",
        /// A key that must exist does not.
        NoSuchKey => "ERR no such key",
        /// SCAN's cursor is no unsigned integer.
        InvalidCursor => "ERR invalid cursor",
        /// SELECT and COPY beyond `databases`.
        DbOutOfRange => "ERR DB index is out of range",
        /// MOVE and COPY onto themselves.
        SameObject => "ERR source and destination objects are the same",
        /// SWAPDB's first argument.
        InvalidFirstDb => "ERR invalid first DB index",
        /// SWAPDB's second argument.
        InvalidSecondDb => "ERR invalid second DB index",
        /// EXPIRE with NX and another condition.
        ExpireNxAndOthers => "ERR NX and XX, GT or LT options at the same time are not compatible",
        /// EXPIRE with GT and LT.
        ExpireGtAndLt => "ERR GT and LT options at the same time are not compatible",
        /// MSET and MSETNX with a key that has no value.
        WrongArityMset => "ERR wrong number of arguments for MSET",
        /// OBJECT FREQ without an LFU policy.
        NotLfu => "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        /// OBJECT IDLETIME under an LFU policy.
        NotLru => "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        /// MULTI within a transaction.
        NestedMulti => "ERR MULTI calls can not be nested",
        /// EXEC outside a transaction.
        ExecWithoutMulti => "ERR EXEC without MULTI",
        /// DISCARD outside a transaction.
        DiscardWithoutMulti => "ERR DISCARD without MULTI",
        /// WATCH within a transaction.
        WatchInsideMulti => "ERR WATCH inside MULTI is not allowed",
        /// A command that may not be queued.
        NotAllowedInTransaction => "ERR Command not allowed inside a transaction",
        /// EXEC after a command could not be queued.
        ExecAbort => "EXECABORT Transaction discarded because of previous errors.",
        /// Memory is full and the policy frees none.
        OutOfMemory => "OOM command not allowed when used memory > 'maxmemory'.",
        /// The dataset is being read from disk.
        Loading => "LOADING Valkey is loading the dataset in memory",
        /// The client has to authenticate first.
        NoAuth => "NOAUTH Authentication required.",
        /// HELLO before authentication, without AUTH.
        NoAuthHello => "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        /// AUTH with a wrong name or password.
        WrongPass => "WRONGPASS invalid username-password pair or user is disabled.",
        /// AUTH where no password is set.
        NoPasswordSet => "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        /// HELLO with a version that is no integer.
        ProtocolVersionNotAnInteger => "ERR Protocol version is not an integer or out of range",
        /// HELLO with an unknown version.
        NoProto => "NOPROTO unsupported protocol version",
        /// CLIENT SETNAME with a blank or control character.
        ClientName => "ERR Client names cannot contain spaces, newlines or special characters.",
        /// CLIENT KILL of an address nobody has.
        NoSuchClient => "ERR No such client",
        /// CLIENT KILL ID below one.
        ClientIdNotPositive => "ERR client-id should be greater than 0",
        /// CLIENT LIST ID with a bad id.
        InvalidClientId => "ERR Invalid client ID",
        /// No room for a further connection.
        MaxClients => "ERR max number of clients reached",
        /// A connection from outside to a server without password and bind.
        ProtectedMode => "DENIED Running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers, you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting from the same host the server is running, however MAKE SURE the server is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.",
        /// COMMAND GETKEYS of something else than a command.
        InvalidCommand => "ERR Invalid command specified",
        /// COMMAND GETKEYS with the wrong number of words.
        InvalidCommandArity => "ERR Invalid number of arguments specified for command",
        /// COMMAND GETKEYS of a command without keys.
        NoKeys => "ERR The command has no key arguments",
        /// COMMAND GETKEYS of words that lead to no keys.
        InvalidCommandArguments => "ERR Invalid arguments specified for command",
    }
    built {
        /// Too few or too many words; holds the command's full name in lower case (`client|kill`).
        WrongArity(name: String) => format!("ERR wrong number of arguments for '{name}' command").into_bytes(),
        /// No such command; made by [`Error::unknown_command`], holds the whole text.
        UnknownCommand(text: Vec<u8>) => text.as_slice(),
        /// No such subcommand; made by [`Error::unknown_subcommand`], holds the whole text.
        UnknownSubcommand(text: Vec<u8>) => text.as_slice(),
        /// A time to live that is not positive or too far away; holds the command's name in lower case.
        InvalidExpire(command: String) => format!("ERR invalid expire time in '{command}' command").into_bytes(),
        /// Any other text, its code in front.
        Custom(text: String) => text.as_bytes(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.wire()))
    }
}

impl std::error::Error for Error {}
