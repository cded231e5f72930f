//! Stories of one disk: the states that a crash may leave.

use crate::disk::{CrashModel, CutKind, Disk, DiskImage, DiskProfile};
use crate::faults::Ledger;
use resplay_base::{DiskError, DiskOk, DiskOp, Handle, OpId, Random};

const FILE: Handle = Handle(1);

fn disk(profile: DiskProfile) -> Disk {
    Disk::new(profile, Random::stream(1, "disk/test"))
}

fn run(disk: &mut Disk, what: DiskOp) -> Result<DiskOk, DiskError> {
    let (slot, _) = disk.start(0, 0, OpId(1), what, &mut Ledger::default());
    disk.finish(slot).expect("started").1.result
}

fn open(path: &str) -> DiskOp {
    DiskOp::Open { path: path.into(), handle: FILE, create: true, truncate: false }
}

fn append(bytes: &[u8]) -> DiskOp {
    DiskOp::Append { handle: FILE, bytes: bytes.to_vec() }
}

fn write_at(offset: u64, bytes: &[u8]) -> DiskOp {
    DiskOp::WriteAt { handle: FILE, offset, bytes: bytes.to_vec() }
}

/// A durable file `/data/f` with these bytes, then these operations; the different contents after a crash.
fn contents_after(start: &str, ops: &[DiskOp]) -> Vec<String> {
    let mut disk = disk(DiskProfile::default());
    disk.write("f", start);
    run(&mut disk, open("f")).expect("opens");
    ops.iter().for_each(|op| drop(run(&mut disk, op.clone()).expect("works")));
    let content = |state: &DiskImage| String::from_utf8_lossy(&state.files["/data/f"]).replace('\0', "_");
    let mut contents: Vec<String> = disk.crash_states(0, 100).iter().map(content).collect();
    contents.sort();
    contents.dedup();
    contents
}

#[test]
fn appends_can_be_cut_at_their_borders_and_in_the_middle() {
    assert_eq!(contents_after("a", &[append(b"bc"), append(b"de")]), ["a", "ab", "abc", "abcd", "abcde"]);
}

#[test]
fn a_sync_ends_what_a_crash_can_take_back() {
    assert_eq!(
        contents_after("", &[append(b"ab"), DiskOp::Fsync { handle: FILE }, append(b"c")]),
        ["ab", "abc"]
    );
}

#[test]
fn overwrites_and_truncations_keep_their_order() {
    let ops = [write_at(1, b"XY"), DiskOp::Truncate { handle: FILE, len: 2 }, append(b"!")];
    assert_eq!(contents_after("abcd", &ops), ["aX", "aX!", "aXYd", "aXcd", "abcd"]);
}

#[test]
fn a_sync_after_an_overwrite_takes_all_in() {
    let ops = [append(b"cd"), write_at(0, b"AB"), DiskOp::Fsync { handle: FILE }, append(b"e")];
    assert_eq!(contents_after("ab", &ops), ["ABcd", "ABcde"]);
}

#[test]
fn a_sync_under_way_keeps_its_promise_through_an_overwrite() {
    let mut disk = disk(DiskProfile::default());
    disk.write("f", "");
    for op in [open("f"), append(b"ab")] {
        run(&mut disk, op).expect("works");
    }
    let (sync, _) = disk.start(0, 0, OpId(1), DiskOp::Fsync { handle: FILE }, &mut Ledger::default());
    for op in [append(b"cd"), write_at(0, b"A")] {
        run(&mut disk, op).expect("works");
    }
    disk.finish(sync).expect("under way");
    let states = disk.crash_states(0, 100);
    let contents: Vec<&[u8]> = states.iter().map(|state| state.files["/data/f"].as_slice()).collect();
    assert_eq!(contents, [&b"ab"[..], b"Abcd", b"abcd", b"abc"]);
}

/// Random appends, overwrites, truncations and syncs; a crash leaves the bytes after some operation not before
/// the last sync, or that operation and the beginning of the next write.
#[test]
fn random_histories_leave_legal_states() {
    for seed in 0..300 {
        let mut random = Random::stream(seed, "test");
        let mut disk = Disk::new(DiskProfile::default(), Random::stream(seed, "disk/test"));
        disk.write("f", "");
        run(&mut disk, open("f")).expect("opens");
        let (mut content, mut legal) = (Vec::new(), vec![Vec::new()]);
        for _ in 0..random.below(12) {
            let op = random_op(&mut random, content.len() as u64);
            run(&mut disk, op.clone()).expect("works");
            if op == (DiskOp::Fsync { handle: FILE }) {
                legal = vec![content.clone()];
            } else {
                legal.extend(torn_states(&content, &op));
                content = legal[legal.len() - 1].clone();
            }
        }
        assert_eq!(disk.read("f"), Some(content.as_slice()), "seed {seed}");
        for state in disk.crash_states(0, 200) {
            assert!(legal.contains(&state.files["/data/f"]), "seed {seed}: {state:?} is not in {legal:?}");
        }
        disk.crash(0);
        assert!(legal.iter().any(|state| Some(state.as_slice()) == disk.read("f")), "seed {seed}");
    }
}

fn random_op(random: &mut Random, len: u64) -> DiskOp {
    let bytes = vec![b'a' + random.below(26) as u8; 1 + random.index(5)];
    match random.below(5) {
        0 | 1 => DiskOp::Append { handle: FILE, bytes },
        2 => DiskOp::WriteAt { handle: FILE, offset: random.below(len + 2), bytes },
        3 => DiskOp::Truncate { handle: FILE, len: random.below(len + 1) },
        _ => DiskOp::Fsync { handle: FILE },
    }
}

/// The bytes after each beginning of one operation, written naively; the last is after all of it.
fn torn_states(content: &[u8], op: &DiskOp) -> Vec<Vec<u8>> {
    let (offset, bytes) = match op {
        DiskOp::Append { bytes, .. } => (content.len(), bytes),
        DiskOp::WriteAt { offset, bytes, .. } => (*offset as usize, bytes),
        DiskOp::Truncate { len, .. } => return vec![content[..*len as usize].to_vec()],
        _ => return Vec::new(),
    };
    let torn = |n: usize| {
        let mut state = content.to_vec();
        state.resize(state.len().max(offset + n), 0);
        state[offset..offset + n].copy_from_slice(&bytes[..n]);
        state
    };
    (1..=bytes.len()).map(torn).collect()
}

#[test]
fn a_write_beyond_the_end_leaves_zeros() {
    assert_eq!(contents_after("a", &[write_at(3, b"d")]), ["a", "a__d"]);
}

#[test]
fn names_and_bytes_are_lost_apart_from_each_other() {
    let mut disk = disk(DiskProfile::default());
    disk.write("f", "old");
    for op in [open("t"), append(b"new"), DiskOp::Rename { from: "t".into(), to: "f".into() }] {
        run(&mut disk, op).expect("works");
    }
    let content = |state: &DiskImage| String::from_utf8_lossy(&state.files["/data/f"]).into_owned();
    let mut contents: Vec<String> = disk.crash_states(0, 100).iter().map(content).collect();
    contents.sort();
    contents.dedup();
    assert_eq!(contents, ["", "n", "ne", "new", "old"], "the classic: renamed before its bytes were durable");
}

#[test]
fn reordered_sectors_leave_holes() {
    let profile = DiskProfile { crash_model: CrashModel::Reorder, ..DiskProfile::default() };
    let mut found_hole = false;
    for seed in 0..50 {
        let mut disk = Disk::new(profile.clone(), Random::stream(seed, "disk/test"));
        disk.write("f", "");
        for op in [open("f"), append(&[b'x'; 2_048])] {
            run(&mut disk, op).expect("works");
        }
        disk.crash(0);
        let bytes = disk.read("f").expect("its name is durable");
        assert!(bytes.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        found_hole |= bytes.first() == Some(&0);
    }
    assert!(found_hole);
}

#[test]
fn a_crashed_disk_is_the_same_after_a_second_crash() {
    let mut disk = disk(DiskProfile::default());
    for op in [open("f"), append(b"abc"), DiskOp::MakeDir { path: "d".into() }] {
        run(&mut disk, op).expect("works");
    }
    assert!(disk.crash(0) > 0);
    let image = disk.image();
    assert_eq!(disk.crash(0), 0);
    assert_eq!(disk.image(), image);
}

#[test]
fn an_open_file_lives_on_without_its_name() {
    let mut disk = disk(DiskProfile::default());
    for op in [open("f"), append(b"abc"), DiskOp::Unlink { path: "f".into() }] {
        run(&mut disk, op).expect("works");
    }
    let read = DiskOp::Read { handle: FILE, offset: 1, len: 9 };
    assert_eq!(run(&mut disk, read.clone()), Ok(DiskOk::Bytes(b"bc".to_vec())));
    assert_eq!(disk.read("f"), None);
    run(&mut disk, DiskOp::Close { handle: FILE }).expect("works");
    assert_eq!(run(&mut disk, read), Err(DiskError::Io));
}

#[test]
fn paths_are_plain_and_errors_those_of_the_system_calls() {
    let mut disk = disk(DiskProfile::default());
    disk.write("dir/f", "x");
    let mut ask = |op| run(&mut disk, op);
    assert_eq!(ask(DiskOp::Stat { path: "./dir//../dir/f".into() }), Ok(DiskOk::Stat(Some(1))));
    assert_eq!(ask(DiskOp::Stat { path: "/data/dir".into() }), Ok(DiskOk::Stat(None)));
    assert_eq!(ask(DiskOp::Stat { path: "none".into() }), Err(DiskError::NotFound));
    assert_eq!(ask(DiskOp::List { dir: "dir/f".into() }), Err(DiskError::BadPath));
    assert_eq!(ask(DiskOp::List { dir: "/".into() }).map(names), Ok("data etc tmp".into()));
    assert_eq!(ask(open("none/f")), Err(DiskError::NotFound));
    assert_eq!(ask(open("dir")), Err(DiskError::BadPath));
    assert_eq!(ask(DiskOp::Unlink { path: "dir".into() }), Err(DiskError::BadPath));
    assert_eq!(ask(DiskOp::Rename { from: "none".into(), to: "f".into() }), Err(DiskError::NotFound));
    assert_eq!(ask(DiskOp::Rename { from: "dir".into(), to: "moved".into() }), Ok(DiskOk::Done));
    assert_eq!(ask(DiskOp::List { dir: "moved".into() }).map(names), Ok("f".into()));
}

fn names(ok: DiskOk) -> String {
    if let DiskOk::Names(names) = ok { names.join(" ") } else { String::new() }
}

#[test]
fn an_image_can_be_put_back() {
    let mut disk = disk(DiskProfile::default());
    disk.write("dir/f", "x");
    let image = disk.image();
    disk.wipe();
    disk.restore(&image);
    assert_eq!(disk.image(), image);
    assert_eq!(disk.at_stake(0), 0);
}

#[test]
fn the_first_states_are_the_same_whatever_the_limit() {
    let mut disk = disk(DiskProfile::default());
    for op in [open("f"), append(&[b'a'; 300]), append(&[b'b'; 300])] {
        run(&mut disk, op).expect("works");
    }
    let all = disk.crash_states(0, 10_000);
    assert_eq!(all.len(), 602, "no file, an empty one, and one cut after each of 600 bytes");
    assert_eq!(disk.crash_states(0, 50), all[..50]);
}

#[test]
fn states_that_are_too_many_to_list_are_drawn() {
    let mut disk = disk(DiskProfile::default());
    for (number, name) in [(1, "f"), (2, "g"), (3, "h")] {
        let handle = Handle(number);
        let path = name.to_string();
        run(&mut disk, DiskOp::Open { path, handle, create: true, truncate: false }).expect("opens");
        run(&mut disk, DiskOp::Append { handle, bytes: vec![b'x'; 2_000] }).expect("works");
    }
    let states = disk.crash_states(0, 8_000);
    let lengths: Vec<[usize; 3]> = states
        .iter()
        .map(|state| {
            ["f", "g", "h"].map(|name| state.files.get(&format!("/data/{name}")).map_or(0, Vec::len))
        })
        .collect();
    let is_mixed = |lengths: &&[usize; 3]| lengths.iter().all(|length| (1..2_000).contains(length));
    assert!(lengths.iter().filter(is_mixed).count() > 300, "{} states", states.len());
}

#[test]
fn directories_lose_their_names_each_by_itself_but_a_lost_directory_takes_all_along() {
    let mut disk = disk(DiskProfile::default());
    for op in [DiskOp::MakeDir { path: "d".into() }, open("d/f"), open("g")] {
        run(&mut disk, op).expect("works");
    }
    let names = |state: &DiskImage| state.files.keys().map(|path| path[6..].to_string()).collect::<Vec<_>>();
    let mut left: Vec<(bool, Vec<String>)> = disk
        .crash_states(0, 100)
        .iter()
        .map(|state| (state.dirs.contains("/data/d"), names(state)))
        .collect();
    left.sort();
    let told: Vec<(bool, String)> = left.into_iter().map(|(dir, names)| (dir, names.join(" "))).collect();
    let expected = [(false, ""), (true, ""), (true, "d/f"), (true, "d/f g"), (true, "g")];
    assert_eq!(told, expected.map(|(dir, names)| (dir, names.to_string())));
}

#[test]
fn cut_points_are_numbered_and_only_what_changes_something_is_one() {
    let mut disk = disk(DiskProfile::default());
    disk.watch_cuts([3, 4].into());
    let sync = DiskOp::Fsync { handle: FILE };
    let truncate = |len| DiskOp::Truncate { handle: FILE, len };
    for op in
        [open("f"), open("f"), append(b"abc"), append(b""), append(b"de"), sync, truncate(5), truncate(1)]
    {
        run(&mut disk, op).expect("works");
    }
    let kinds: Vec<CutKind> = disk.cut_marks().iter().map(|mark| mark.kind).collect();
    assert_eq!(kinds, [CutKind::Create, CutKind::Append, CutKind::Append, CutKind::Fsync, CutKind::Truncate]);
    let mut taken = disk.take_cuts();
    assert_eq!(taken.iter().map(|cut| cut.number).collect::<Vec<_>>(), [3, 4]);
    let (legal, states) = taken[1].states(100, Random::stream(1, "t"));
    assert_eq!((legal, states.len()), (12, 7), "before a sync is over, all that it covers may be lost");
}
