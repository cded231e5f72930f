//! The manifest: which files make up the append-only log, in which order. One line a file:
//! `file appendonly.aof.1.incr.aof seq 1 type i`.
//!
//! Up to version 6 there was a single file beside the directory. If it is there and the manifest names no file
//! (or there is none), it becomes the base file under its old name: the new manifest ([`Manifest::of_single_file`])
//! is made durable first, then the file is moved into the directory. A crash between the two leaves a manifest
//! for which [`Manifest::awaits_single_file`] is true; then only the move is left to do.

use resplay_resp::{Limits, Progress, Requests};
use std::fmt;
use std::fmt::Write as _;

/// The files of the append-only log, as the manifest names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    base: Option<File>,
    history: Vec<File>,
    incremental: Vec<File>,
    base_sequence: i64,
    incremental_sequence: i64,
}

/// A line of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name in the append-only directory.
    pub name: String,
    /// Its place among its kind; not zero.
    pub sequence: i64,
    /// Its part.
    pub kind: Kind,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All data at the time of the last rewrite.
    Base,
    /// Replaced by a rewrite; to be deleted.
    History,
    /// What was written since.
    Incremental,
}

/// Why a manifest is refused: the server exits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The line's number, from 1, and its text without blanks at its ends; missing where the real server does
    /// not say.
    pub line: Option<(usize, String)>,
    /// The real server's words.
    pub why: &'static str,
}

/// The longest line that is read, in bytes, its line feed included.
const LINE_MAX: usize = 1024;
const BAD_FORMAT: &str = "Invalid AOF manifest file format";

impl Manifest {
    /// The manifest's file name for an `appendfilename`.
    pub fn file_name(append_file_name: &str) -> String {
        format!("{append_file_name}.manifest")
    }

    /// The name under which a new manifest is written, before it replaces the old one.
    pub fn temporary_name(append_file_name: &str) -> String {
        format!("temp-{append_file_name}.manifest")
    }

    /// Reads a manifest.
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        if bytes.is_empty() {
            return Err(ManifestError { line: None, why: "Found an empty AOF manifest" });
        }
        let mut manifest = Manifest::default();
        for (line, number) in lines(bytes).zip(1..) {
            if line.starts_with(b"#") {
                continue;
            }
            let Some(line) = c_string(line).strip_suffix(b"\n") else {
                return Err(ManifestError {
                    line: None,
                    why: "The AOF manifest file contains too long line",
                });
            };
            let line = trim(line);
            let complain =
                |why| ManifestError { line: Some((number, String::from_utf8_lossy(line).into_owned())), why };
            manifest.add(parse_line(line).map_err(complain)?).map_err(complain)?;
        }
        Ok(manifest)
    }

    /// The manifest's text: the base file, the history, the incremental files.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for File { name, sequence, kind } in self.base.iter().chain(&self.history).chain(&self.incremental) {
            text.push_str("file ");
            print_name(&mut text, name);
            writeln!(text, " seq {sequence} type {}", kind.letter()).expect("a string takes everything");
        }
        text
    }

    /// The files to load, in order.
    pub fn to_load(&self) -> impl Iterator<Item = &File> {
        self.base.iter().chain(&self.incremental)
    }

    /// The files to delete.
    pub fn history(&self) -> &[File] {
        &self.history
    }

    /// Whether there is nothing to load.
    pub fn is_empty(&self) -> bool {
        self.base.is_none() && self.incremental.is_empty()
    }

    /// The incremental file to go on writing.
    pub fn last_incremental(&self) -> Option<&File> {
        self.incremental.last()
    }

    /// Adds the next incremental file.
    pub fn add_incremental(&mut self, append_file_name: &str) -> &File {
        self.incremental_sequence += 1;
        let sequence = self.incremental_sequence;
        let name = format!("{append_file_name}.{sequence}.incr.aof");
        self.incremental.push(File { name, sequence, kind: Kind::Incremental });
        &self.incremental[self.incremental.len() - 1]
    }

    /// Adds the base file that a rewrite has made, as an RDB file or as commands; the one before is history.
    pub fn replace_base(&mut self, append_file_name: &str, is_rdb: bool) -> &File {
        let past = self.base.take().map(File::into_history);
        self.history.splice(0..0, past);
        self.base_sequence += 1;
        let sequence = self.base_sequence;
        let extension = if is_rdb { "rdb" } else { "aof" };
        let name = format!("{append_file_name}.{sequence}.base.{extension}");
        self.base.insert(File { name, sequence, kind: Kind::Base })
    }

    /// What the incremental files had is in the base: they are history, but for the last `keep`.
    pub fn retire_incrementals(&mut self, keep: usize) {
        let past = self.incremental.len().saturating_sub(keep);
        let past: Vec<File> = self.incremental.drain(..past).map(File::into_history).collect();
        self.history.splice(0..0, past);
    }

    /// The files of the past are deleted.
    pub fn forget_history(&mut self) -> Vec<File> {
        std::mem::take(&mut self.history)
    }

    /// The manifest under which the single file of an old version is the base.
    pub fn of_single_file(append_file_name: &str) -> Manifest {
        let base = File { name: append_file_name.to_owned(), sequence: 1, kind: Kind::Base };
        Manifest { base: Some(base), base_sequence: 1, ..Manifest::default() }
    }

    /// Whether this is [`Manifest::of_single_file`]: if the file is still outside of the directory and not
    /// inside, it has yet to be moved.
    pub fn awaits_single_file(&self, append_file_name: &str) -> bool {
        self.incremental.is_empty() && self.base.as_ref().is_some_and(|base| base.name == append_file_name)
    }

    fn add(&mut self, file: File) -> Result<(), &'static str> {
        match file.kind {
            Kind::Base if self.base.is_some() => return Err("Found duplicate base file information"),
            Kind::Incremental if file.sequence <= self.incremental.last().map_or(0, |last| last.sequence) => {
                return Err("Found a non-monotonic sequence number");
            }
            Kind::Base => {
                self.base_sequence = file.sequence;
                self.base = Some(file);
            }
            Kind::History => self.history.push(file),
            Kind::Incremental => {
                self.incremental_sequence = file.sequence;
                self.incremental.push(file);
            }
        }
        Ok(())
    }
}

impl File {
    fn into_history(self) -> File {
        File { kind: Kind::History, ..self }
    }
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Kind::Base => 'b',
            Kind::History => 'h',
            Kind::Incremental => 'i',
        }
    }
}

/// Lines as C's `fgets` cuts them: after a line feed, or when they are too long.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').flat_map(|line| line.chunks(LINE_MAX))
}

/// What C sees of a line: it ends before a zero byte.
fn c_string(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == 0).next().unwrap_or_default()
}

fn trim(line: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = line.iter().position(|byte| !is_blank(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &line[start..end]
}

/// Pairs of a key and a value in any order; unknown keys are for later versions.
fn parse_line(line: &[u8]) -> Result<File, &'static str> {
    let words = split(line).filter(|words| words.len() >= 6 && words.len() % 2 == 0).ok_or(BAD_FORMAT)?;
    let (mut name, mut sequence, mut letter) = (None, 0, None);
    for pair in words.chunks_exact(2) {
        let (key, value) = (&pair[0], c_string(&pair[1]));
        if key.eq_ignore_ascii_case(b"file") {
            if value.iter().any(|byte| matches!(byte, b'/' | b'\\')) {
                return Err("File can't be a path, just a filename");
            }
            name = Some(String::from_utf8(value.to_vec()).map_err(|_| BAD_FORMAT)?);
        } else if key.eq_ignore_ascii_case(b"seq") {
            sequence = crate::c::strtol(value);
        } else if key.eq_ignore_ascii_case(b"type") {
            letter = value.first().copied();
        }
    }
    let (Some(name), Some(letter), true) = (name, letter, sequence != 0) else { return Err(BAD_FORMAT) };
    let kind = match letter {
        b'b' => Kind::Base,
        b'h' => Kind::History,
        b'i' => Kind::Incremental,
        _ => return Err("Unknown AOF file type"),
    };
    Ok(File { name, sequence, kind })
}

/// Words, quoted as in an inline request; `None` if quotes do not match.
fn split(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    // the blank in front keeps a line that begins with `*` from being taken for another kind of request
    let request = [b" ", line, b"\n"].concat();
    let mut parser = Requests::new(Limits::default());
    match parser.advance(&request) {
        Ok(Progress::Complete { .. }) => Some(parser.args(&request).to_vecs()),
        _ => None,
    }
}

/// Quotes a name if it holds anything but plain characters.
fn print_name(text: &mut String, name: &str) {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"');
    if name.bytes().all(is_plain) {
        text.push_str(name);
        return;
    }
    text.push('"');
    for byte in name.bytes() {
        match byte {
            b'\\' | b'"' => text.extend(['\\', char::from(byte)]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x07 => text.push_str("\\a"),
            0x08 => text.push_str("\\b"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => write!(text, "\\x{byte:02x}").expect("a string takes everything"),
        }
    }
    text.push('"');
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.line {
            Some((number, text)) => write!(f, "{} at line {number}: '{text}'", self.why),
            None => f.write_str(self.why),
        }
    }
}

impl std::error::Error for ManifestError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> &'static str {
        Manifest::parse(text.as_bytes()).map_or_else(|error| error.why, |_| "fine")
    }

    #[test]
    fn what_is_printed_reads_back() {
        let text = "file \"a b\\\"\\x7f\\n.2.base.rdb\" seq 2 type b\nfile x.1.incr.aof seq 1 type h\n\
                    file x.2.incr.aof seq 2 type i\nfile x.5.incr.aof seq 5 type i\n";
        let manifest = Manifest::parse(text.as_bytes()).expect("it is well formed");
        assert_eq!(manifest.print(), text);
        assert_eq!(Manifest::parse(manifest.print().as_bytes()), Ok(manifest));
    }

    #[test]
    fn the_next_incremental_file_follows_the_last() {
        let mut manifest = Manifest::default();
        assert!(manifest.is_empty());
        assert_eq!(manifest.add_incremental("appendonly.aof").name, "appendonly.aof.1.incr.aof");
        assert_eq!(manifest.print(), "file appendonly.aof.1.incr.aof seq 1 type i\n");
        let mut later = Manifest::parse(b"file a.7.incr.aof seq 7 type i\n").expect("it is well formed");
        assert_eq!(later.add_incremental("a").name, "a.8.incr.aof");
        assert_eq!(later.last_incremental().map(|file| file.sequence), Some(8));
    }

    #[test]
    fn a_rewrite_makes_history_of_what_it_has_read() {
        let mut manifest = Manifest::default();
        assert_eq!(manifest.replace_base("a", true).name, "a.1.base.rdb");
        manifest.add_incremental("a");
        manifest.add_incremental("a");
        manifest.add_incremental("a");
        assert_eq!(manifest.replace_base("a", false).name, "a.2.base.aof");
        manifest.retire_incrementals(1);
        let text = "file a.2.base.aof seq 2 type b\nfile a.1.incr.aof seq 1 type h\nfile a.2.incr.aof seq 2 type h\n\
                    file a.1.base.rdb seq 1 type h\nfile a.3.incr.aof seq 3 type i\n";
        assert_eq!(manifest.print(), text);
        assert_eq!(manifest.forget_history().len(), 3);
        manifest.retire_incrementals(0);
        assert_eq!(manifest.print(), "file a.2.base.aof seq 2 type b\nfile a.3.incr.aof seq 3 type h\n");
        assert_eq!(manifest.add_incremental("a").sequence, 4, "numbers are not used again");
    }

    #[test]
    fn comments_order_case_and_unknown_keys_do_not_matter() {
        let text = "# a comment\n  TYPE incr future x Seq 3 FILE 'a b'\t\r\n";
        let manifest = Manifest::parse(text.as_bytes()).expect("it is well formed");
        assert_eq!(manifest.print(), "file \"a b\" seq 3 type i\n");
    }

    /// The real server's reasons, recorded from its log.
    #[test]
    fn a_bad_manifest_is_refused_with_the_real_servers_words() {
        for (text, words) in [
            ("", "Found an empty AOF manifest"),
            ("\n", BAD_FORMAT),
            ("file a seq 1 type i", "The AOF manifest file contains too long line"),
            ("file a seq 1 type\n", BAD_FORMAT),
            ("file a seq x type i\n", BAD_FORMAT),
            ("file a seq 1 type i more\n", BAD_FORMAT),
            ("file \"a seq 1 type i\n", BAD_FORMAT),
            ("file d/a seq 1 type i\n", "File can't be a path, just a filename"),
            ("file a seq 1 type x\n", "Unknown AOF file type"),
            ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information"),
            ("file a seq 2 type i\nfile b seq 2 type i\n", "Found a non-monotonic sequence number"),
        ] {
            assert_eq!(why(text), words, "{text:?}");
        }
        let too_long = format!("file {} seq 1 type i\n", "a".repeat(1024));
        assert_eq!(why(&too_long), "The AOF manifest file contains too long line");
    }

    #[test]
    fn an_error_names_the_line_where_the_real_server_does() {
        let error = Manifest::parse(b"# one\n file a seq 1 type x \n").expect_err("the type is unknown");
        assert_eq!(error.line, Some((2, "file a seq 1 type x".to_owned())));
        assert_eq!(error.to_string(), "Unknown AOF file type at line 2: 'file a seq 1 type x'");
    }

    #[test]
    fn the_single_file_of_old_becomes_the_base() {
        let manifest = Manifest::of_single_file("appendonly.aof");
        assert_eq!(manifest.print(), "file appendonly.aof seq 1 type b\n");
        assert!(manifest.awaits_single_file("appendonly.aof") && !manifest.is_empty());
    }
}
