//! One server: keyspace, sessions, commands, expiry, eviction, transactions, configuration, AOF policy.
