//! The append-only file and its manifest: bytes to values and back; no policy, no files.
