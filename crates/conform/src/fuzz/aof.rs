//! Append-only directories.

use super::{Bytes, SMALL_STRINGS, is_tame};
use crate::inprocess::InProcess;
use crate::memdisk::MemoryDisk;
use crate::target::Target;
use resplay_base::{DiskOp, Handle};
use resplay_engine::Server;
use resplay_persistence::aof::Reader;
use std::collections::BTreeSet;

const ARGS: &[&str] = &["--appendonly", "yes", "--save", "", "--enable-debug-command", "yes"];
const DEFAULT: &str =
    "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n";
const NO: &[&str] = &["yes", "no"];

/// A server that finds these files starts, or refuses and says why. What it starts from it starts from again, to the same
/// data, and so it does once it has rewritten it.
///
/// The input: whether a cut tail is refused, whether there is a single file of old instead, how long a manifest there is (0:
/// one as of every server), and how long a base; then the manifest, the base, and the incremental file.
pub(super) fn aof(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (refuses, is_old) = (bytes.byte() % 2 == 1, bytes.byte() % 2 == 1);
    let lengths = [bytes.byte(), bytes.byte(), bytes.byte()].map(usize::from);
    let manifest = bytes.take(lengths[0]);
    let base = bytes.take(lengths[1] << 8 | lengths[2]);
    let incremental = bytes.0;
    if ![base, incremental].iter().all(|file| is_file_tame(file)) || names_twice(manifest) {
        return;
    }
    let mut disk = MemoryDisk::default();
    if is_old {
        put(&mut disk, "appendonly.aof", &[base, incremental].concat());
    } else {
        let manifest = if manifest.is_empty() { DEFAULT.as_bytes() } else { manifest };
        disk.run(DiskOp::MakeDir { path: "appendonlydir".into() }).expect("it makes one");
        put(&mut disk, "appendonlydir/appendonly.aof.manifest", manifest);
        put(&mut disk, "appendonlydir/appendonly.aof.1.base.rdb", base);
        put(&mut disk, "appendonlydir/appendonly.aof.1.incr.aof", incremental);
    }
    let Some((disk, digest)) = start(disk, refuses, false) else { return };
    let (disk, again) = start(disk, true, true).expect("it starts from what it started from");
    assert_eq!(again, digest, "the same files");
    let (_, rewritten) = start(disk, true, false).expect("it starts from what it wrote");
    assert_eq!(rewritten, digest, "after a rewrite");
}

fn put(disk: &mut MemoryDisk, path: &str, bytes: &[u8]) {
    let handle = Handle(u64::MAX);
    let open = DiskOp::Open { path: path.into(), handle, create: true, truncate: true };
    disk.run(open).expect("it opens");
    disk.run(DiskOp::Append { handle, bytes: bytes.to_vec() }).expect("it takes everything");
}

/// Its files and the digest of its data, if it starts.
fn start(disk: MemoryDisk, refuses: bool, rewrites: bool) -> Option<(MemoryDisk, Vec<u8>)> {
    let mut args: Vec<String> = SMALL_STRINGS.iter().chain(ARGS).map(|word| (*word).to_owned()).collect();
    args.extend(["--aof-load-truncated".to_owned(), NO[usize::from(refuses)].to_owned()]);
    let mut server = InProcess::boot_on(Server::new(), &args, disk).expect("it comes to rest");
    if server.exit().is_some() {
        assert!(server.log().iter().any(|line| line.starts_with('#')), "it says why: {:?}", server.log());
        return None;
    }
    server.control(&["DEBUG", "SET-ACTIVE-EXPIRE", "0"]).expect("it answers");
    if rewrites {
        let reply = server.control(&["BGREWRITEAOF"]).expect("it answers");
        assert!(reply.starts_with(b"+"), "{}", reply.escape_ascii());
        let status = server.control(&["INFO", "persistence"]).expect("it answers");
        assert!(status.windows(30).any(|window| window == b"aof_last_bgrewrite_status:ok\r\n"));
    }
    let digest = server.control(&["DEBUG", "DIGEST"]).expect("it answers");
    Some((server.disk().clone(), digest))
}

/// Whether a manifest names a file twice. If one of them is history, servers delete it, and what they need with it.
fn names_twice(manifest: &[u8]) -> bool {
    let words: Vec<&[u8]> = manifest.split(|byte| byte.is_ascii_whitespace()).collect();
    let names = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case(b"file")).map(|pair| pair[1]);
    let mut seen = BTreeSet::new();
    !names.into_iter().all(|name| seen.insert(name))
}

fn is_file_tame(file: &[u8]) -> bool {
    // An RDB file may come first; what follows it then is judged as it stands in the file.
    let starts = file.iter().enumerate().filter(|(_, byte)| **byte == b'*').map(|(at, _)| at);
    let first = starts.clone().next();
    first.is_none_or(|at| are_commands_tame(&file[at..]))
        && starts.take(64).all(|at| are_commands_tame(&file[at..]))
}

fn are_commands_tame(file: &[u8]) -> bool {
    let mut reader = Reader::new();
    reader.feed(file);
    while let Ok(Some(command)) = reader.next_command() {
        if !is_tame(&command.words.to_vecs()) {
            return false;
        }
    }
    true
}
