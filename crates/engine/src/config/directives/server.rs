//! Parameters of the process, its logs and its statistics.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Text, Word, Words};
use super::super::special;
use super::INT_MAX;

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("always-show-logo", Bool, "no").immutable(),
    Directive::new("availability-zone", Text, ""),
    Directive::new("bgsave-cpulist", Text, "").alias("bgsave_cpulist").immutable(),
    Directive::new("bio-cpulist", Text, "").alias("bio_cpulist").immutable(),
    Directive::new("busy-reply-threshold", Integer(0, i64::MAX), "5000").alias("lua-time-limit"),
    Directive::new("crash-log-enabled", Bool, "yes"),
    Directive::new("crash-memcheck-enabled", Bool, "yes"),
    Directive::new("daemonize", Bool, "no").immutable(),
    Directive::new("databases", Integer(1, INT_MAX), "16").immutable().acts(),
    Directive::new("disable-thp", Bool, "yes").immutable().acts(),
    Directive::new("dynamic-hz", Bool, "yes"),
    Directive::new("enable-debug-assert", Bool, "no").immutable().hidden(),
    Directive::new("extended-redis-compatibility", Bool, "no"),
    Directive::new("hide-user-data-from-log", Bool, "yes").acts(),
    Directive::new("hz", Word(special::hz), "10").acts(),
    Directive::new("ignore-warnings", Text, ""),
    Directive::new("jemalloc-bg-thread", Bool, "yes"),
    Directive::new("latency-monitor-threshold", Integer(0, i64::MAX), "0"),
    Directive::new("latency-tracking", Bool, "yes"),
    Directive::new("latency-tracking-info-percentiles", Words(special::percentiles), "50 99 99.9"),
    Directive::new("locale-collate", Word(special::locale), ""),
    Directive::new("logfile", Text, "").immutable().acts(),
    Directive::new("loglevel", Enum(&["debug", "verbose", "notice", "warning", "nothing"]), "notice"),
    Directive::new("notify-keyspace-events", Word(special::notify_events), "").acts(),
    Directive::new("pidfile", Text, "").immutable(),
    Directive::new(
        "proc-title-template",
        Word(special::title_template),
        "{title} {listen-addr} {server-mode}",
    ),
    Directive::new("propagation-error-behavior", Enum(&["ignore", "panic", "panic-on-replicas"]), "ignore"),
    Directive::new("server-cpulist", Text, "").alias("server_cpulist").immutable(),
    Directive::new("set-proc-title", Bool, "yes").immutable(),
    Directive::new("shutdown-on-sigint", Words(special::shutdown_flags), "default").acts(),
    Directive::new("shutdown-on-sigterm", Words(special::shutdown_flags), "default").acts(),
    Directive::new("shutdown-timeout", Integer(0, INT_MAX), "10"),
    Directive::new("slowlog-log-slower-than", Integer(-1, i64::MAX), "10000").acts(),
    Directive::new("slowlog-max-len", Integer(0, i64::MAX), "128").acts(),
    Directive::new("supervised", Enum(&["upstart", "systemd", "auto", "no"]), "no").immutable(),
    Directive::new("syslog-enabled", Bool, "no").immutable(),
    Directive::new(
        "syslog-facility",
        Enum(&["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"]),
        "local0",
    )
    .immutable(),
    Directive::new("syslog-ident", Text, "valkey").immutable(),
    Directive::new("use-exit-on-panic", Bool, "no").hidden(),
    Directive::new("watchdog-period", Integer(0, INT_MAX), "0").hidden(),
];
