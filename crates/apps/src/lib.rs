//! Simulated applications, written as people write them, on a deterministic async adaptor.
