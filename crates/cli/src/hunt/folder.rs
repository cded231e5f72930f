//! The folder of a hunt: `runs.jsonl` has a line per run in the order of their numbers, `hunt.json` what is hunted.

use super::work::Line;
use crate::args::HuntArgs;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// What must be the same for a hunt to go on in a folder.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The version of this program.
    version: String,
    /// Given scenarios.
    paths: Vec<String>,
    /// Bugs of the museum.
    bugs: Vec<String>,
    /// Which part of the runs.
    shard: String,
}

impl Settings {
    /// What the command line asks for.
    pub fn of(args: &HuntArgs) -> Settings {
        Settings {
            version: env!("CARGO_PKG_VERSION").to_string(),
            paths: args.paths.iter().map(|path| path.display().to_string()).collect(),
            bugs: args.bugs.clone(),
            shard: format!("{}/{}", args.shard.number, args.shard.of),
        }
    }
}

/// The folder, and all of its runs.
pub struct Folder {
    runs: BufWriter<File>,
    lines: Vec<Line>,
}

impl Folder {
    /// Makes it, or goes on with it.
    pub fn open(path: &Path, settings: &Settings) -> io::Result<Folder> {
        let named = |error: io::Error, path: &Path| io::Error::other(format!("{}: {error}", path.display()));
        fs::create_dir_all(path).map_err(|error| named(error, path))?;
        check_settings(&path.join("hunt.json"), settings)?;
        let file = path.join("runs.jsonl");
        let lines = read(&file).map_err(|error| named(error, &file))?;
        let opened = OpenOptions::new().append(true).open(&file).map_err(|error| named(error, &file))?;
        Ok(Folder { runs: BufWriter::new(opened), lines })
    }

    /// All runs so far.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// One more, on the disk at once: whoever is killed here loses no run.
    pub fn add(&mut self, line: Line) -> io::Result<()> {
        writeln!(self.runs, "{}", serde_json::to_string(&line)?)?;
        self.runs.flush()?;
        self.lines.push(line);
        Ok(())
    }
}

fn check_settings(path: &Path, settings: &Settings) -> io::Result<()> {
    let text = serde_json::to_string_pretty(settings)? + "\n";
    match fs::read_to_string(path) {
        Ok(there) if there == text => Ok(()),
        Ok(_) => Err(io::Error::other(format!(
            "{} is of another hunt (other scenarios, bugs, shard or version); give another --out",
            path.display()
        ))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::write(path, text),
        Err(error) => Err(error),
    }
}

/// The runs in a file; a last line that was cut off is cut away.
fn read(path: &Path) -> io::Result<Vec<Line>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    if whole < text.len() || text.is_empty() {
        fs::write(path, &text[..whole])?;
    }
    text[..whole].lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}
