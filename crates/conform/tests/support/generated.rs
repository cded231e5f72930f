//! Files of the repository that are made by tests.

use crate::switch::is_set;
use std::fs;
use std::path::{Path, PathBuf};

/// Compares a generated file with what should stand there, or writes it when asked. `test` is the one that makes it.
pub fn keep(path: &str, text: &str, test: &str) {
    if is_set("UPDATE") {
        return fs::write(root().join(path), text).expect("the file can be written");
    }
    let there = fs::read_to_string(root().join(path)).unwrap_or_default();
    let differs = there.lines().zip(text.lines()).find(|(there, text)| there != text);
    let advice = format!("UPDATE=1 cargo test -p resplay-conform --test {test}");
    assert!(there == text, "{path} is not up to date, first at {differs:?}: {advice}");
}

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
