//! Writes the scenarios that failing cuts make.

use super::jobs::Done;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where scenarios of failing cuts are kept.
const REGRESSIONS: &str = "corpus/regressions";

/// Writes one file for each scenario and variant.
pub struct Keeper {
    directory: Option<PathBuf>,
    kept: BTreeSet<(String, String)>,
    told: Vec<String>,
}

impl Keeper {
    /// Writes to this directory; if none is named, to `corpus/regressions` here or in a directory above, if there is one.
    pub fn new(directory: Option<PathBuf>) -> Keeper {
        let directory = directory.or_else(|| {
            let current = std::env::current_dir().unwrap_or_default();
            current.ancestors().map(|above| above.join(REGRESSIONS)).find(|path| path.is_dir())
        });
        Keeper { directory, kept: BTreeSet::new(), told: Vec::new() }
    }

    /// Takes over what a run has to keep. The error is a sentence.
    pub fn take(&mut self, done: &Done) -> Result<(), String> {
        let Some(kept) = &done.kept else { return Ok(()) };
        let variant = (done.outcome.scenario.clone(), done.outcome.column().to_string());
        if !self.kept.insert(variant) {
            return Ok(());
        }
        let Some(directory) = &self.directory else {
            let text = "To keep failing cuts as scenarios, name a directory with --keep-cuts DIR";
            if self.told.is_empty() {
                self.told.push(text.to_string());
            }
            return Ok(());
        };
        let path = directory.join(&kept.file_name);
        write(directory, &path, &kept.text).map_err(|error| format!("{}: {error}", path.display()))?;
        self.told.push(format!("Kept as a scenario: resplay run {}", path.display()));
        Ok(())
    }

    /// What to tell the user at the end, a line each.
    pub fn told(&self) -> &[String] {
        &self.told
    }
}

fn write(directory: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(path, text)
}
