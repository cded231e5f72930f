//! The conformance corpus: record it, replay it, compare two servers.
