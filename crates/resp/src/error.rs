//! The catalogue of error replies: each text stands here once.

use crate::args::Args;
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
        /// HRANDFIELD with the least integer, whose magnitude does not fit.
        CountOutOfRange => "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
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
        // Bitmaps and HyperLogLogs.
        /// A bit's number that is none, or lies beyond what a string may have.
        BitOffset => "ERR bit offset is not an integer or out of range",
        /// A string that is no HyperLogLog.
        NotAHyperLogLog => "WRONGTYPE Key is not a valid HyperLogLog string value.",
        /// A HyperLogLog whose registers make no sense.
        CorruptedHyperLogLog => "INVALIDOBJ Corrupted HLL object detected",

        // Lists.
        /// LSET beyond either end.
        IndexOutOfRange => "ERR index out of range",

        // Sets.

        // Sorted sets.
        /// ZADD with XX and NX.
        ZaddXxAndNx => "ERR XX and NX options at the same time are not compatible",
        /// ZADD with two of GT, LT and NX.
        ZaddGtLtAndNx => "ERR GT, LT, and/or NX options at the same time are not compatible",
        /// ZADD INCR of several members.
        ZaddIncrPairs => "ERR INCR option supports a single increment-element pair",
        /// Infinities that cancel out.
        ScoreNan => "ERR resulting score is not a number (NaN)",
        /// The end of a range of scores.
        MinMaxNotAFloat => "ERR min or max is not a float",
        /// The end of a range of members.
        MinMaxNotAStringRange => "ERR min or max not valid string range item",
        /// WEIGHTS of ZUNION and its kin.
        WeightNotAFloat => "ERR weight value is not a float",
        /// ZRANGE by rank with LIMIT.
        LimitByRank => "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
        /// ZRANGE BYLEX with WITHSCORES.
        WithScoresByLex => "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
        /// ZSCAN's NOSCORES elsewhere.
        NoScoresOutsideZscan => "ERR NOSCORES option can only be used in ZSCAN",

        // Geo.

        // Streams.
        /// An id that is none.
        InvalidStreamId => "ERR Invalid stream ID specified as stream command argument",
        /// An interval that begins after the last possible id.
        InvalidStartId => "ERR invalid start ID for the interval",
        /// An interval that ends before the first possible id.
        InvalidEndId => "ERR invalid end ID for the interval",

        // Publish and subscribe.
        /// SSUBSCRIBE inside a transaction.
        SsubscribeDenied => "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client",
        /// DEBUG where `enable-debug-command` forbids it.
        DebugNotAllowed => "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",

        // All types.
        /// The number of keys of LMPOP, ZMPOP and their kin below one.
        NumkeysNotPositive => "ERR numkeys should be greater than 0",
        /// COUNT of LMPOP, ZMPOP and their kin below one.
        CountNotPositive => "ERR count should be greater than 0",
        /// LIMIT of SINTERCARD and ZINTERCARD below zero.
        LimitNegative => "ERR LIMIT can't be negative",
        /// A key that must exist does not.
        NoSuchKey => "ERR no such key",
        /// SORT by what is no number.
        SortNotNumbers => "ERR One or more scores can't be converted into double",
        /// SCAN's cursor is no unsigned integer.
        InvalidCursor => "ERR invalid cursor",
        /// SCAN and its kin with HSCAN's NOVALUES.
        NoValuesOutsideHscan => "ERR NOVALUES option can only be used in HSCAN",
        /// SELECT and COPY beyond `databases`.
        DbOutOfRange => "ERR DB index is out of range",
        /// MOVE and COPY onto themselves.
        SameObject => "ERR source and destination objects are the same",
        /// RESTORE onto a key that is there.
        BusyKey => "BUSYKEY Target key name already exists.",
        /// RESTORE with a payload that has no footer, or a wrong one.
        BadPayload => "ERR DUMP payload version or checksum are wrong",
        /// RESTORE with a payload that is no value.
        BadDataFormat => "ERR Bad data format",
        /// RESTORE with a time to live below zero.
        NegativeTtl => "ERR Invalid TTL value, must be >= 0",
        /// RESTORE with an idle time below zero.
        NegativeIdleTime => "ERR Invalid IDLETIME value, must be >= 0",
        /// RESTORE with a frequency that is no byte.
        FrequencyOutOfRange => "ERR Invalid FREQ value, must be >= 0 and <= 255",
        /// SWAPDB's first argument.
        InvalidFirstDb => "ERR invalid first DB index",
        /// SWAPDB's second argument.
        InvalidSecondDb => "ERR invalid second DB index",
        /// EXPIRE with NX and another condition.
        ExpireNxAndOthers => "ERR NX and XX, GT or LT options at the same time are not compatible",
        /// EXPIRE with GT and LT.
        ExpireGtAndLt => "ERR GT and LT options at the same time are not compatible",
        /// OBJECT FREQ without an LFU policy.
        NotLfu => "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        /// OBJECT IDLETIME under an LFU policy.
        NotLru => "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        /// EXEC outside a transaction.
        ExecWithoutMulti => "ERR EXEC without MULTI",
        /// DISCARD outside a transaction.
        DiscardWithoutMulti => "ERR DISCARD without MULTI",
        /// A command that may not be queued, MULTI and WATCH among them.
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
        /// The reply to a command that waited until CLIENT UNBLOCK … ERROR.
        Unblocked => "UNBLOCKED client unblocked via CLIENT UNBLOCK",
        /// No room for a further connection.
        MaxClients => "ERR max number of clients reached",
        /// A connection from outside to a server without password and bind.
        ProtectedMode => "DENIED Running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers, you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting from the same host the server is running, however MAKE SURE it's not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.",
        /// CLIENT KILL MAXAGE that is no integer.
        MaxAgeNotAnInteger => "ERR maxage is not an integer or out of range",
        /// CLIENT KILL MAXAGE below one.
        MaxAgeNotPositive => "ERR maxage should be greater than 0",
        /// SLOWLOG GET below -1.
        SlowlogCount => "ERR count should be greater than or equal to -1",
        /// SHUTDOWN that could not save.
        ShutdownFailed => "ERR Errors trying to SHUTDOWN. Check logs.",
        /// SHUTDOWN ABORT where there is nothing to stop.
        NoShutdown => "ERR No shutdown in progress.",
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
        /// EXPIRE with an unknown condition, quoted as sent.
        UnsupportedOption(option: Vec<u8>) => quoted("ERR Unsupported option ", without_line_ends(c_text(option)), ""),
        /// SCAN TYPE with a name no type has.
        UnknownTypeName(name: Vec<u8>) => quoted("ERR unknown type name '", c_text(name), "'"),
        /// A consumer group that is not there, or its key: the key, the group.
        NoGroup(key: Vec<u8>, group: Vec<u8>) => no_group(key, group, ""),
        /// The same for XREADGROUP.
        NoGroupToRead(key: Vec<u8>, group: Vec<u8>) => no_group(key, group, " in XREADGROUP with GROUP option"),
        /// The same for XGROUP, where the key is there: the group, the key.
        NoGroupOfKey(group: Vec<u8>, key: Vec<u8>) => {
            let text = quoted("NOGROUP No such consumer group '", c_text(group), "' for key name '");
            [text, quoted("", c_text(key), "'")].concat()
        },
        /// XCLAIM with an unknown option, quoted as sent.
        UnrecognizedXclaimOption(option: Vec<u8>) => {
            quoted("ERR Unrecognized XCLAIM option '", c_text(option), "'")
        },
        /// HELLO with an unknown or incomplete option.
        HelloOption(option: Vec<u8>) => quoted("ERR Syntax error in HELLO option '", c_text(option), "'"),
        /// CLIENT LIST and KILL TYPE with a type no client has.
        UnknownClientType(name: Vec<u8>) => quoted("ERR Unknown client type '", c_text(name), "'"),
        /// CLIENT KILL USER of a user that is not there.
        NoSuchUser(name: Vec<u8>) => quoted("ERR No such user '", c_text(name), "'"),
        /// CLIENT SETINFO of something else than a library's name or version.
        UnrecognizedOption(option: Vec<u8>) => quoted("ERR Unrecognized option '", c_text(option), "'"),
        /// CLIENT SETINFO with a blank or control character; holds the attribute (`lib-name`).
        ClientInfo(attribute: String) => {
            format!("ERR {attribute} cannot contain spaces, newlines or special characters.").into_bytes()
        },
        /// CONFIG SET of a parameter that does not exist.
        ConfigUnknown(name: Vec<u8>) => {
            quoted("ERR Unknown option or number of arguments for CONFIG SET - '", c_text(name), "'")
        },
        /// CONFIG SET that came to nothing: the parameter, and why.
        ConfigSet(name: Vec<u8>, why: String) => quoted(
            "ERR CONFIG SET failed (possibly related to argument '",
            name,
            &format!("') - {why}"),
        ),
        /// A write after the append-only file could not be written; holds the operating system's reason.
        AofWriteFailed(why: String) => format!("MISCONF Errors writing to the AOF file: {why}").into_bytes(),
        /// A subcommand with words it does not understand: the subcommand as sent, the command in upper case.
        SubcommandSyntax(subcommand: Vec<u8>, command: String) => quoted(
            "ERR unknown subcommand or wrong number of arguments for '",
            cut(subcommand, QUOTED_MAX),
            &format!("'. Try {command} HELP."),
        ),
        /// PFDEBUG with a subcommand that is not there, quoted as sent.
        UnknownPfdebug(name: Vec<u8>) => quoted("ERR Unknown PFDEBUG subcommand '", c_text(name), "'"),
        /// What a client that subscribes may not run in RESP2; holds the command's full name in lower case.
        SubscribedContext(name: &'static str) => format!(
            "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        ).into_bytes(),
        /// UNSUBSCRIBE and its kin by a client that subscribes to nothing; holds the command's name in lower case.
        NotSubscribed(name: &'static str) => {
            format!("NOSUB '{name}' command executed not in subscribed mode").into_bytes()
        },
        /// Any other text, its code in front.
        Custom(text: String) => text.as_bytes(),
    }
}

/// How much of a client's word an error quotes, in bytes.
const QUOTED_MAX: usize = 128;

impl Error {
    /// No command has the name `args[0]`: quotes it and the words after it, 128 bytes of each.
    pub fn unknown_command(args: &Args<'_>) -> Error {
        let mut words = Vec::new();
        for word in args.iter().skip(1) {
            if words.len() >= QUOTED_MAX {
                break;
            }
            words.extend(quoted("'", cut(word, QUOTED_MAX - words.len()), "' "));
        }
        let name = cut(args.get(0).unwrap_or_default(), QUOTED_MAX);
        let mut text = quoted("ERR unknown command '", name, "', with args beginning with: ");
        text.extend(words);
        Error::UnknownCommand(text)
    }

    /// The command `args[0]` has no subcommand `args[1]`.
    pub fn unknown_subcommand(args: &Args<'_>) -> Error {
        let command = args.get(0).unwrap_or_default().to_ascii_uppercase();
        let subcommand = cut(args.get(1).unwrap_or_default(), QUOTED_MAX);
        let mut text = quoted("ERR unknown subcommand '", subcommand, "'. Try ");
        text.extend(quoted("", &command, " HELP."));
        Error::UnknownSubcommand(text)
    }
}

fn quoted(before: &str, word: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), word, after.as_bytes()].concat()
}

/// The real servers cut line ends off the end of an error's text.
fn without_line_ends(word: &[u8]) -> &[u8] {
    let end = word.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    &word[..end.map_or(0, |end| end + 1)]
}

fn no_group(key: &[u8], group: &[u8], after: &str) -> Vec<u8> {
    let text = quoted("NOGROUP No such key '", c_text(key), "' or consumer group '");
    [text, quoted("", c_text(group), &format!("'{after}"))].concat()
}

/// The beginning of a word as `%.*s` prints it: at most so many bytes, and nothing from a NUL byte on.
fn cut(word: &[u8], bytes_max: usize) -> &[u8] {
    let word = &word[..word.len().min(bytes_max)];
    c_text(word)
}

/// A word as `%s` prints it: nothing from a NUL byte on.
fn c_text(word: &[u8]) -> &[u8] {
    word.split(|&byte| byte == 0).next().unwrap_or_default()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.wire()))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::OwnedArgs;

    fn unknown(words: &[&str]) -> String {
        Error::unknown_command(&OwnedArgs::from_words(words).as_args()).to_string()
    }

    #[test]
    fn an_unknown_command_is_quoted_with_its_arguments() {
        assert_eq!(unknown(&["foo"]), "ERR unknown command 'foo', with args beginning with: ");
        assert_eq!(
            unknown(&["foo", "a", ""]),
            "ERR unknown command 'foo', with args beginning with: 'a' '' "
        );
    }

    #[test]
    fn quoting_stops_at_128_bytes_and_at_nul() {
        let (long, xs) = ("f".repeat(200), "x".repeat(300));
        let expect = format!(
            "ERR unknown command '{}', with args beginning with: '{}' ",
            "f".repeat(128),
            "x".repeat(128)
        );
        assert_eq!(unknown(&[&long, &xs, "y"]), expect);
        assert_eq!(unknown(&["fo\0o", "a\0b"]), "ERR unknown command 'fo', with args beginning with: 'a' ");
        let (a123, a125) = ("a".repeat(123), "a".repeat(125));
        assert!(unknown(&["foo", &a123, "b", "c"]).ends_with("a' 'b' "));
        assert!(unknown(&["foo", &a125, "b", "c"]).ends_with("a' "));
    }

    #[test]
    fn an_unknown_subcommand_names_the_command_in_upper_case() {
        let args = OwnedArgs::from_words(&["client", "nope"]);
        let error = Error::unknown_subcommand(&args.as_args());
        assert_eq!(error.to_string(), "ERR unknown subcommand 'nope'. Try CLIENT HELP.");
    }

    #[test]
    fn built_texts_hold_their_arguments() {
        let check = |error: Error, expect: &str| assert_eq!(error.to_string(), expect);
        check(
            Error::WrongArity("client|kill".into()),
            "ERR wrong number of arguments for 'client|kill' command",
        );
        check(Error::InvalidExpire("setex".into()), "ERR invalid expire time in 'setex' command");
        check(
            Error::ConfigSet(b"hz".to_vec(), "duplicate parameter".into()),
            "ERR CONFIG SET failed (possibly related to argument 'hz') - duplicate parameter",
        );
    }
}
