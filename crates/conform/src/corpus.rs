//! The corpus as a whole: the transcripts and the known differences, from a directory or from this binary itself.

use crate::divergences::Divergences;
use crate::transcript::Transcript;
use include_dir::{Dir, include_dir};
use std::path::Path;
use std::{fs, io};

/// What was in `corpus/` when this crate was built, so that the binary alone is enough.
static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../corpus");

/// Facts and protocol transcripts of other crates lie beside the cases.
const OTHER: &str = "spec";

/// Every transcript, and the rows about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    /// By path below the corpus, as `string/ranges.txt`, in order.
    pub files: Vec<(String, Transcript)>,
    /// What is known to differ.
    pub divergences: Divergences,
}

impl Corpus {
    /// The corpus that this binary was built with.
    pub fn embedded() -> Result<Corpus, String> {
        let mut texts = Vec::new();
        collect(&EMBEDDED, &mut texts);
        let rows = EMBEDDED.get_file("divergences.toml").and_then(|file| file.contents_utf8());
        Corpus::of(texts, rows.unwrap_or_default())
    }

    /// The corpus in a directory.
    pub fn open(root: &Path) -> Result<Corpus, String> {
        let mut texts = Vec::new();
        walk(root, "", &mut texts).map_err(|error| format!("{}: {error}", root.display()))?;
        let rows = root.join("divergences.toml");
        let rows = match fs::read_to_string(&rows) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| format!("{}: {error}", rows.display()))?,
        };
        if texts.is_empty() {
            return Err(format!("{}: there is no transcript", root.display()));
        }
        Corpus::of(texts, &rows)
    }

    fn of(mut texts: Vec<(String, String)>, rows: &str) -> Result<Corpus, String> {
        texts.sort();
        let read = |(path, text): (String, String)| match Transcript::parse(&text) {
            Ok(transcript) => Ok((path, transcript)),
            Err(error) => Err(format!("{path}: {error}")),
        };
        let files = texts.into_iter().map(read).collect::<Result<_, String>>()?;
        let divergences = Divergences::parse(rows).map_err(|error| format!("divergences.toml: {error}"))?;
        Ok(Corpus { files, divergences })
    }
}

fn collect(dir: &Dir, texts: &mut Vec<(String, String)>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if let Some(text) = file.contents_utf8().filter(|_| path.ends_with(".txt")) {
            texts.push((path, text.to_owned()));
        }
    }
    dir.dirs().filter(|dir| !dir.path().ends_with(OTHER)).for_each(|dir| collect(dir, texts));
}

fn walk(root: &Path, below: &str, texts: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if entry.file_type()?.is_dir() && name != OTHER {
            walk(root, &path, texts)?;
        } else if name.ends_with(".txt") {
            texts.push((path, fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_carries_the_corpus_as_it_lies_here() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
        let here = Corpus::open(&here).expect("the corpus is sound");
        let names = |corpus: &Corpus| corpus.files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
        let embedded = Corpus::embedded().expect("the corpus is sound");
        let advice = "a new transcript is embedded when conform/src/corpus.rs is compiled: touch it";
        assert_eq!(names(&embedded), names(&here), "{advice}");
        assert_eq!(embedded, here);
    }
}
