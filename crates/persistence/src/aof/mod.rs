//! The append-only file: commands as RESP requests one after the other, between them lines of annotation.
//!
//! - [`encode`] and its kin append what a server does while it runs.
//! - [`Writer`] appends the data as commands, a piece at a time; [`rebuild()`] gives the same commands of one key.
//! - [`Reader`] takes a file in pieces of any size and gives its commands.

mod commands;
mod reader;
mod rebuild;
mod stream;
mod word;
mod writer;

pub use reader::{Command, Corrupt, Cut, Reader, Truncated, Verdict, Why};
pub use rebuild::rebuild;
pub use writer::Writer;

use resplay_resp::{Args, Protocol, Writer as Wire};

/// What an RDB file begins with: a base file, or a preamble of an old append-only file.
pub const RDB_MAGIC: &[u8] = b"REDIS";

/// Appends a command. When the database changes, [`encode_select`] goes before it: that is the caller's policy.
pub fn encode(out: &mut Vec<u8>, command: Args<'_>) {
    let mut wire = Wire::new(out, Protocol::Resp2);
    wire.array(command.len());
    command.iter().for_each(|word| wire.bulk(word));
}

/// Appends a SELECT.
pub fn encode_select(out: &mut Vec<u8>, database: u32) {
    let mut wire = Wire::new(out, Protocol::Resp2);
    wire.array(2);
    wire.bulk(b"SELECT");
    wire.bulk_int(i64::from(database));
}

/// Appends the annotation that what follows was written at this time, in seconds since 1970
/// (`aof-timestamp-enabled`).
pub fn encode_timestamp(out: &mut Vec<u8>, unix_s: i64) {
    out.extend_from_slice(format!("#TS:{unix_s}\r\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::OwnedArgs;

    #[test]
    fn a_file_is_annotations_selects_and_commands() {
        let mut file = Vec::new();
        encode_timestamp(&mut file, 1_700_000_000);
        encode_select(&mut file, 15);
        encode(&mut file, OwnedArgs::from_words(&[&b"SET"[..], b"key", b"a\r\n\0"]).as_args());
        let text = "#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n15\r\n*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$4\r\na\r\n\0\r\n";
        assert_eq!(String::from_utf8(file).as_deref(), Ok(text));
    }
}
