//! Parameters of encrypted connections.

use super::super::directive::Directive;
use super::super::directive::Kind::{Bool, Enum, Integer, Text, Word};
use super::super::special;
use super::INT_MAX;

/// Sorted by name.
pub(super) const ROWS: &[Directive] = &[
    Directive::new("max-new-tls-connections-per-cycle", Integer(1, 1000), "1"),
    Directive::new("tls-auth-clients", Enum(&["no", "yes", "optional"]), "yes"),
    Directive::new("tls-ca-cert-dir", Text, ""),
    Directive::new("tls-ca-cert-file", Text, ""),
    Directive::new("tls-cert-file", Text, ""),
    Directive::new("tls-ciphers", Text, ""),
    Directive::new("tls-ciphersuites", Text, ""),
    Directive::new("tls-client-cert-file", Text, ""),
    Directive::new("tls-client-key-file", Text, ""),
    Directive::new("tls-client-key-file-pass", Text, "").secret(),
    Directive::new("tls-cluster", Word(special::encrypted), "no"),
    Directive::new("tls-dh-params-file", Text, ""),
    Directive::new("tls-key-file", Text, ""),
    Directive::new("tls-key-file-pass", Text, "").secret(),
    Directive::new("tls-port", Integer(0, 65_535), "0"),
    Directive::new("tls-prefer-server-ciphers", Bool, "no"),
    Directive::new("tls-protocols", Text, ""),
    Directive::new("tls-replication", Word(special::encrypted), "no"),
    Directive::new("tls-session-cache-size", Integer(0, INT_MAX), "20480"),
    Directive::new("tls-session-cache-timeout", Integer(0, INT_MAX), "300"),
    Directive::new("tls-session-caching", Bool, "yes"),
];
