//! Stories of hosts that lose power, or whose disks fail.

use super::toy::{Pair, SECOND, Toy};
use resplay_base::{Boot, DiskOp, Handle};

const LOG: Handle = Handle(1);

fn open(path: &str) -> DiskOp {
    DiskOp::Open { path: path.into(), handle: LOG, create: true, truncate: false }
}

fn append(text: &str) -> DiskOp {
    DiskOp::Append { handle: LOG, bytes: text.into() }
}

fn fsync() -> DiskOp {
    DiskOp::Fsync { handle: LOG }
}

fn sync_dir() -> DiskOp {
    DiskOp::SyncDir { dir: ".".into() }
}

/// What is in the file `log` after the server did this and, so many milliseconds later, lost power.
fn after_power_loss(seed: u64, ops: &[DiskOp], ms: u64) -> Option<String> {
    let mut pair = Pair::with(seed, Default::default());
    pair.disk(pair.server, ops.to_vec());
    pair.run(ms);
    pair.world.power_loss(pair.server);
    pair.world.restart(pair.server, Toy::default(), Boot::default());
    let bytes = pair.world.disk(pair.server).read("log")?;
    Some(String::from_utf8(bytes.to_vec()).expect("text"))
}

#[test]
fn what_was_synced_survives_and_the_rest_may_be_torn_anywhere() {
    let ops = [open("log"), append("synced "), fsync(), sync_dir(), append("pending")];
    let found: Vec<String> = (0..60).filter_map(|seed| after_power_loss(seed, &ops, 100)).collect();
    assert_eq!(found.len(), 60);
    assert!(
        found.iter().all(|text| text.starts_with("synced ") && "synced pending".starts_with(text.as_str()))
    );
    for outcome in ["synced ", "synced pending"] {
        assert!(found.iter().any(|text| text == outcome), "never {outcome:?}");
    }
    assert!(found.iter().any(|text| text.len() > 7 && text.len() < 14), "never torn");
}

#[test]
fn a_new_name_may_be_lost_without_a_directory_sync_even_if_the_file_was_synced() {
    let ops = [open("log"), append("x"), fsync()];
    let lost = (0..30).filter(|&seed| after_power_loss(seed, &ops, 100).is_none()).count();
    assert!((1..30).contains(&lost), "{lost} of 30");
}

#[test]
fn a_rename_without_a_directory_sync_shows_the_old_file_or_the_new_one_whole() {
    let old = [open("log"), append("old"), fsync(), sync_dir(), DiskOp::Close { handle: LOG }];
    let new = [open("temp"), append("new"), fsync()];
    let rename = DiskOp::Rename { from: "temp".into(), to: "log".into() };
    let mut ops = [&old[..], &new[..], &[rename]].concat();
    let found: Vec<_> = (0..30).filter_map(|seed| after_power_loss(seed, &ops, 100)).collect();
    assert_eq!(found.len(), 30);
    assert!(found.iter().any(|text| text == "old") && found.iter().any(|text| text == "new"));
    assert!(found.iter().all(|text| text == "old" || text == "new"));
    ops.push(sync_dir());
    assert!((0..30).all(|seed| after_power_loss(seed, &ops, 100).as_deref() == Some("new")));
}

#[test]
fn the_kernel_writes_back_by_itself_in_time() {
    let ops = [open("log"), append("x")];
    assert!((0..30).all(|seed| after_power_loss(seed, &ops, 32_000).as_deref() == Some("x")));
}

#[test]
fn a_sync_under_way_when_the_power_fails_promises_nothing() {
    let ops = [open("log"), sync_dir(), append("x"), fsync()];
    let lost = (0..30).filter(|&seed| after_power_loss(seed, &ops, 0) != Some("x".into())).count();
    assert!(lost > 0);
}

#[test]
fn a_crash_of_the_process_loses_nothing_that_was_written() {
    let mut pair = Pair::new();
    pair.disk(pair.server, [open("log"), append("cached")]);
    pair.run(1);
    pair.world.crash(pair.server);
    assert_eq!(pair.world.disk(pair.server).read("log"), Some(&b"cached"[..]));
}

#[test]
fn a_failed_sync_may_drop_the_pages_and_the_next_sync_does_not_bring_them_back() {
    let mut pair = Pair::new();
    pair.disk(pair.server, [open("log"), append("kept "), fsync(), sync_dir()]);
    pair.run(100);
    let fail = pair.world.fail_fsync(pair.server, 1, true);
    pair.disk(pair.server, [append("dropped"), fsync(), fsync()]);
    pair.run(100);
    let told: Vec<String> = pair.told(pair.server).into_iter().map(|(_, what)| what).collect();
    assert_eq!(told[told.len() - 3..], ["Ok(Wrote(7))", "Err(Io)", "Ok(Done)"]);
    assert_eq!(pair.world.effects(fail), 1);
    assert_eq!(pair.world.disk(pair.server).read("log"), Some(&b"kept dropped"[..]));
    pair.world.power_loss(pair.server);
    assert_eq!(pair.world.disk(pair.server).read("log"), Some(&b"kept "[..]));
}

#[test]
fn a_lying_sync_says_done_and_keeps_nothing() {
    let lost = (0..30).filter(|&seed| {
        let mut pair = Pair::with(seed, Default::default());
        let lie = pair.world.lying_fsync(pair.server, true);
        pair.disk(pair.server, [open("log"), append("x"), fsync(), sync_dir()]);
        pair.run(100);
        assert_eq!(pair.last(pair.server), "Ok(Done)");
        assert_eq!(pair.world.effects(lie), 2);
        pair.world.power_loss(pair.server);
        pair.world.disk(pair.server).read("log") != Some(b"x")
    });
    assert!(lost.count() > 0);
}

#[test]
fn a_full_disk_takes_what_fits_and_then_refuses() {
    let mut pair = Pair::new();
    let full = pair.world.limit_disk(pair.server, Some(6));
    pair.disk(pair.server, [open("log"), append("1234"), append("5678"), append("9")]);
    pair.run(1);
    let told: Vec<String> = pair.told(pair.server).into_iter().map(|(_, what)| what).collect();
    assert_eq!(told[told.len() - 3..], ["Ok(Wrote(4))", "Ok(Wrote(2))", "Err(NoSpace)"]);
    assert_eq!(pair.world.effects(full), 2);
}

#[test]
fn a_stalled_disk_answers_when_the_stall_is_over() {
    let mut pair = Pair::new();
    let stall = pair.world.stall_disk(pair.server, pair.world.now() + 2 * SECOND);
    pair.disk(pair.server, [open("log"), append("x")]);
    pair.run(1_990);
    assert_eq!(pair.last(pair.server), "Boot");
    pair.run(20);
    assert_eq!(pair.last(pair.server), "Ok(Wrote(1))");
    assert_eq!(pair.world.effects(stall), 2);
}

#[test]
fn rot_flips_one_bit_and_a_zeroed_tail_is_zero() {
    let mut pair = Pair::new();
    pair.world.disk_mut(pair.server).write("log", "aaaa");
    let rot = pair.world.bit_rot(pair.server, "log", 5);
    let tail = pair.world.zero_tail(pair.server, "log", 2);
    let none = pair.world.bit_rot(pair.server, "missing", 0);
    assert_eq!(pair.world.disk(pair.server).read("log"), Some(&[b'a', b'a' ^ 32, 0, 0][..]));
    assert_eq!([rot, tail, none].map(|fault| pair.world.effects(fault)), [1, 1, 0]);
}

#[test]
fn a_wiped_disk_is_empty() {
    let mut pair = Pair::new();
    pair.world.disk_mut(pair.server).write("appendonlydir/a.aof", "x");
    assert_eq!(pair.world.disk(pair.server).list("/data"), ["appendonlydir"]);
    let wipe = pair.world.wipe(pair.server);
    assert_eq!(pair.world.disk(pair.server).list("/data"), [""; 0]);
    assert_eq!(pair.world.effects(wipe), 1);
}
