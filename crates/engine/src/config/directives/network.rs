//! Parameters of listeners, clients and what they may do.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Memory, Octal, Text, Words};
use super::super::special;
use super::{INT_MAX, LONG_MAX, MIB, UINT_MAX};

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("acl-pubsub-default", Enum(&["allchannels", "resetchannels"]), "resetchannels"),
    Directive::new("aclfile", Text, "").immutable(),
    Directive::new("acllog-max-len", Integer(0, i64::MAX), "128"),
    Directive::new("bind", Words(special::bind), "* -::*").acts(),
    Directive::new("bind-source-addr", Text, ""),
    Directive::new(
        "client-output-buffer-limit",
        Words(special::output_buffer_limit),
        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    )
    .acts(),
    Directive::new("client-query-buffer-limit", Memory(MIB, LONG_MAX), "1073741824").acts(),
    Directive::new("enable-debug-command", Enum(&["no", "yes", "local"]), "no").immutable().acts(),
    Directive::new("enable-module-command", Enum(&["no", "yes", "local"]), "no").immutable(),
    Directive::new("enable-protected-configs", Enum(&["no", "yes", "local"]), "no").immutable().acts(),
    Directive::new("events-per-io-thread", Integer(0, INT_MAX), "2"),
    Directive::new("io-threads", Integer(1, 128), "1").immutable(),
    Directive::new("io-threads-do-reads", Bool, "yes").immutable(),
    Directive::new("max-new-connections-per-cycle", Integer(1, 1000), "10"),
    Directive::new("maxclients", Integer(1, UINT_MAX), "10000").acts(),
    Directive::new("port", Integer(0, 65_535), "6379").acts(),
    Directive::new("prefetch-batch-max-size", Integer(0, 128), "16"),
    Directive::new("protected-mode", Bool, "yes").acts(),
    Directive::new("proto-max-bulk-len", Memory(MIB, LONG_MAX), "536870912").acts(),
    Directive::new("requirepass", Text, "").secret().acts(),
    Directive::new("socket-mark-id", Integer(0, UINT_MAX), "0").immutable(),
    Directive::new("tcp-backlog", Integer(0, INT_MAX), "511").immutable().acts(),
    Directive::new("tcp-keepalive", Integer(0, INT_MAX), "300").acts(),
    Directive::new("timeout", Integer(0, INT_MAX), "0").acts(),
    Directive::new("tracking-table-max-keys", Integer(0, i64::MAX), "1000000"),
    Directive::new("unixsocket", Text, "").immutable().acts(),
    Directive::new("unixsocketgroup", Text, "").immutable(),
    Directive::new("unixsocketperm", Octal, "0").immutable().acts(),
];
