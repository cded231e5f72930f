//! Which scenarios a command means: files as named, directories walked, or all that ship.

use miette::{IntoDiagnostic, Report, WrapErr, miette};
use resplay_harness::Scenario;
use std::fs;
use std::path::{Path, PathBuf};

/// The scenarios in these files and below these directories, in order of their paths; none named: all of
/// `scenarios/`.
pub fn scenarios(paths: &[PathBuf]) -> Result<Vec<Scenario>, Report> {
    let shipped = [shipped()?];
    let roots = if paths.is_empty() { &shipped[..] } else { paths };
    let mut files = Vec::new();
    for root in roots {
        let before = files.len();
        collect(root, &mut files)?;
        if files.len() == before {
            return Err(miette!("no scenario (a file that ends in .toml) below {}", root.display()));
        }
    }
    files.iter().map(|path| read(path)).collect()
}

/// `scenarios/` here or in a directory above; else where this program was built from.
fn shipped() -> Result<PathBuf, Report> {
    let here = std::env::current_dir().into_diagnostic()?;
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let above = |start: &Path| start.ancestors().map(|dir| dir.join("scenarios")).find(|dir| dir.is_dir());
    let found = above(&here).or_else(|| above(built_from));
    let found =
        found.ok_or_else(|| miette!("there is no directory `scenarios` here or above: name a scenario"))?;
    Ok(found.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(found))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Report> {
    let about = || format!("cannot read {}", path.display());
    if !fs::metadata(path).into_diagnostic().wrap_err_with(about)?.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let entries = fs::read_dir(path).into_diagnostic().wrap_err_with(about)?;
    let mut below: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    below.sort();
    for path in below {
        if path.is_dir() || path.extension().is_some_and(|ending| ending == "toml") {
            collect(&path, files)?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Scenario, Report> {
    let about = || format!("cannot read {}", path.display());
    let text = fs::read_to_string(path).into_diagnostic().wrap_err_with(about)?;
    Ok(Scenario::parse(&path.to_string_lossy(), &text)?)
}
