//! Every input of `fuzz/corpus/`, without a fuzzer: what was found once does not come back.

use resplay_conform::fuzz::{TARGETS, run};
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// What a folder holds, sorted; nothing if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn every_target_has_a_binary_and_a_corpus_and_no_corpus_is_left_over() {
    let known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(known.is_sorted(), "TARGETS are sorted by name");
    assert_eq!(names(&fuzz().join("corpus")), known, "fuzz/corpus against TARGETS");
    let binaries: Vec<String> = known.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), binaries, "fuzz/fuzz_targets against TARGETS");
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for name in known {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} has no [[bin]] in fuzz/Cargo.toml");
    }
}

fn replay(target: &str) {
    let folder = fuzz().join("corpus").join(target);
    let inputs = names(&folder);
    assert!(!inputs.is_empty(), "{target} has no corpus");
    for name in inputs {
        // Shown when it fails.
        println!("fuzz/corpus/{target}/{name}");
        run(target, &fs::read(folder.join(name)).expect("an input"));
    }
}

macro_rules! corpora {
    ($($target:ident)+) => {
        const REPLAYED: &[&str] = &[$(stringify!($target)),+];
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })+
    };
}

corpora! { aof arguments glob history listpack numbers rdb reply requests restore server stream_ids }

#[test]
fn every_target_is_replayed() {
    assert!(TARGETS.iter().map(|(name, _)| *name).eq(REPLAYED.iter().copied()));
}

#[test]
#[should_panic(expected = "the target is in TARGETS")]
fn a_target_that_does_not_exist_is_not_passed_over() {
    run("no such target", b"");
}
