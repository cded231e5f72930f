//! Parameters of Cluster.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Memory, Text, Word};
use super::super::special;
use super::INT_MAX;

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("cluster-allow-pubsubshard-when-down", Bool, "yes"),
    Directive::new("cluster-allow-reads-when-down", Bool, "no"),
    Directive::new("cluster-allow-replica-migration", Bool, "yes"),
    Directive::new("cluster-announce-bus-port", Integer(0, 65_535), "0"),
    Directive::new("cluster-announce-client-ipv4", Word(special::ipv4), ""),
    Directive::new("cluster-announce-client-ipv6", Word(special::ipv6), ""),
    Directive::new("cluster-announce-hostname", Word(special::host_name), ""),
    Directive::new("cluster-announce-human-nodename", Word(special::node_name), ""),
    Directive::new("cluster-announce-ip", Text, ""),
    Directive::new("cluster-announce-port", Integer(0, 65_535), "0"),
    Directive::new("cluster-announce-tls-port", Integer(0, 65_535), "0"),
    Directive::new("cluster-blacklist-ttl", Integer(i64::MIN, i64::MAX), "60"),
    Directive::new("cluster-config-file", Word(special::cluster_file_name), "nodes.conf").immutable(),
    Directive::new("cluster-enabled", Bool, "no").immutable(),
    Directive::new("cluster-link-sendbuf-limit", Memory(0, u64::MAX), "0"),
    Directive::new("cluster-migration-barrier", Integer(0, INT_MAX), "1"),
    Directive::new("cluster-node-timeout", Integer(0, i64::MAX), "15000"),
    Directive::new("cluster-ping-interval", Integer(0, i64::MAX), "0").hidden(),
    Directive::new("cluster-port", Integer(0, 65_535), "0").immutable(),
    Directive::new("cluster-preferred-endpoint-type", Enum(&["ip", "hostname", "unknown-endpoint"]), "ip"),
    Directive::new("cluster-replica-no-failover", Bool, "no").alias("cluster-slave-no-failover"),
    Directive::new("cluster-replica-validity-factor", Integer(0, INT_MAX), "10")
        .alias("cluster-slave-validity-factor"),
    Directive::new("cluster-require-full-coverage", Bool, "yes"),
    Directive::new("cluster-slot-stats-enabled", Bool, "no"),
];
