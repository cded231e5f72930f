//! Which scenario files there are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files named, and those in the directories named, sorted in each; without names all of `scenarios/`, which is
/// looked for from the current directory upwards, else in the project that this binary was built from.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    if paths.is_empty() {
        return walk(&root());
    }
    let found = paths.iter().map(|path| if path.is_dir() { walk(path) } else { Ok(vec![path.clone()]) });
    Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
}

fn root() -> PathBuf {
    const NAME: &str = "scenarios";
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(NAME);
    if Path::new(NAME).is_dir() {
        return NAME.into();
    }
    let current = std::env::current_dir().unwrap_or_default();
    let above = current.ancestors().map(|directory| directory.join(NAME)).find(|path| path.is_dir());
    above.unwrap_or(built_from)
}

fn walk(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    collect(directory, &mut found).map_err(|error| format!("{}: {error}", directory.display()))?;
    if found.is_empty() {
        return Err(format!("{}: there is no scenario", directory.display()));
    }
    found.sort();
    Ok(found)
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    Ok(())
}
