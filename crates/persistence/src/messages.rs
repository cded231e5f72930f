//! What Valkey 8.0.1 logs while it opens and loads append-only files, word for word: operators and their tools
//! search for these lines. Redis 7.0.15 differs in the names of its tools alone. RDB files have a module of their own.

pub mod rdb;
pub mod rewrite;

use crate::manifest::ManifestError;
use std::fmt::Display;

/// A line for the log, in the form of `Effect::Log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `*` notice, `#` warning.
    pub level: char,
    /// The text, without a line end (manifest errors have some of their own).
    pub text: String,
}

fn notice(text: String) -> Line {
    Line { level: '*', text }
}

fn warning(text: String) -> Line {
    Line { level: '#', text }
}

/// The lines before a cut is made: [`crate::aof::Cut::Transaction`] has one more, `revert_transaction`, before it.
pub fn truncating(file: &str, valid_up_to: u64) -> [Line; 2] {
    [
        warning(format!("!!! Warning: short read while loading the AOF file {file}!!!")),
        warning(format!("!!! Truncating the AOF {file} at offset {valid_up_to} !!!")),
    ]
}

/// The file ended within a transaction, between two commands.
pub fn revert_transaction(file: &str) -> Line {
    warning(format!("Revert incomplete MULTI/EXEC transaction in AOF file {file}"))
}

/// The cut was made.
pub fn truncated(file: &str) -> Line {
    warning(format!("AOF {file} loaded anyway because aof-load-truncated is enabled"))
}

/// The cut could not be made; `unexpected_end` follows, and the server exits.
pub fn cannot_truncate(file: &str, why: impl Display) -> Line {
    warning(format!("Error truncating the AOF file {file}: {why}"))
}

/// The tail is missing, and `aof-load-truncated` is off: the server exits.
pub fn unexpected_end(file: &str) -> Line {
    warning(format!(
        "Unexpected end of file reading the append only file {file}. You can: \
         1) Make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>. \
         2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server."
    ))
}

/// The file is corrupt: the server exits.
pub fn bad_format(file: &str) -> Line {
    warning(format!(
        "Bad file format reading the append only file {file}: \
         make a backup of your AOF file, then use ./valkey-check-aof --fix <filename.manifest>"
    ))
}

/// Reading failed: the server exits.
pub fn read_error(file: &str, why: impl Display) -> Line {
    warning(format!("Unrecoverable error reading the append only file {file}: {why}"))
}

/// The file holds a command that the server does not have: it exits.
pub fn unknown_command(command: &[u8], file: &str) -> Line {
    let command = String::from_utf8_lossy(command);
    warning(format!("Unknown command '{command}' reading the append only file {file}"))
}

/// The file holds a command that is none of data. (The real servers run it, and some of these end or stop them.)
pub fn skipped_command(command: &str, file: &str) -> Line {
    warning(format!("Skipped the administrative command '{command}' reading the append only file {file}"))
}

/// Only the last file may be truncated: the server exits.
pub fn truncated_in_the_middle() -> Line {
    warning("Fatal error: the truncated file is not the last file".to_owned())
}

/// The manifest names a file that is not there, or cannot be asked for its length: the server exits.
pub fn no_length(file: &str, why: impl Display) -> Line {
    warning(format!("Unable to obtain the AOF file {file} length. stat: {why}"))
}

/// A file is there but cannot be opened: the server exits.
pub fn cannot_open_for_reading(file: &str, why: impl Display) -> Line {
    warning(format!("Fatal error: can't open the append log file {file} for reading: {why}"))
}

/// A file was loaded, in so many seconds.
pub fn file_loaded(file: &str, is_base: bool, seconds: f64) -> Line {
    let kind = if is_base { "base" } else { "incr" };
    notice(format!("DB loaded from {kind} file {file}: {seconds:.3} seconds"))
}

/// All files were loaded, in so many seconds.
pub fn loaded(seconds: f64) -> Line {
    notice(format!("DB loaded from append only file: {seconds:.3} seconds"))
}

/// The server goes on with the last incremental file, or begins the first.
pub fn opened(file: &str, is_new: bool) -> Line {
    let verb = if is_new { "Creating" } else { "Opening" };
    notice(format!("{verb} AOF incr file {file} on server start"))
}

/// A server without files begins with a base that has no data.
pub fn base_created(file: &str) -> Line {
    notice(format!("Creating AOF base file {file} on server start"))
}

/// A file begins in RDB form; one of the layout before version 7 has commands behind it.
pub fn reads_rdb(is_of_old: bool) -> Line {
    let what = if is_of_old {
        "Reading RDB preamble from AOF file..."
    } else {
        "Reading RDB base file on AOF loading..."
    };
    notice(what.to_owned())
}

/// The part in RDB form is read.
pub fn reads_tail() -> Line {
    notice("Reading the remaining AOF tail...".to_owned())
}

/// The part in RDB form cannot be read: the server exits.
pub fn cannot_read_rdb(file: &str, is_of_old: bool) -> Line {
    let part = if is_of_old { "RDB preamble of the AOF file" } else { "RDB base file" };
    warning(format!("Error reading the {part} {file}, AOF loading aborted"))
}

/// A file is deleted that a rewrite has replaced.
pub fn removes_history(file: &str) -> Line {
    notice(format!("Removing the history file {file} in the background"))
}

/// The directory is missing and cannot be made: the server exits.
pub fn cannot_make_directory(directory: &str, why: impl Display) -> Line {
    warning(format!("Can't open or create append-only dir {directory}: {why}"))
}

/// The incremental file cannot be opened for writing: the server exits.
pub fn cannot_open(file: &str, why: impl Display) -> Line {
    warning(format!("Can't open the append-only file {file}: {why}"))
}

/// A new manifest cannot be made.
pub fn cannot_create_manifest(file: &str, why: impl Display) -> Line {
    warning(format!("Can't open the AOF manifest file {file}: {why}"))
}

/// A new manifest, or a new base, cannot be written.
pub fn cannot_write_manifest(file: &str, why: impl Display) -> Line {
    warning(format!("Error trying to write the temporary AOF manifest file {file}: {why}"))
}

/// A new manifest, or a new base, cannot be made durable.
pub fn cannot_sync_manifest(file: &str, why: impl Display) -> Line {
    warning(format!("Fail to fsync the temp AOF file {file}: {why}."))
}

/// A file cannot get its name.
pub fn cannot_rename(from: &str, to: &str, why: impl Display) -> Line {
    let kind = match () {
        () if to.ends_with(".manifest") => "manifest",
        () if from.ends_with(".incr") => "incr",
        () => "base",
    };
    warning(format!("Error trying to rename the temporary AOF {kind} file {from} into {to}: {why}"))
}

/// Names may not outlast a power failure.
pub fn cannot_sync_directory(directory: &str, why: impl Display) -> Line {
    warning(format!("Fail to fsync AOF directory {directory}: {why}."))
}

/// The manifest is there but cannot be opened: the server exits.
pub fn cannot_open_manifest(path: &str, why: impl Display) -> Line {
    warning(format!("Fatal error: can't open the AOF manifest file {path} for reading: {why}"))
}

/// The manifest is refused: the server exits. These lines end in line feeds of their own.
pub fn bad_manifest(error: &ManifestError) -> Vec<Line> {
    let mut lines = vec![warning("\n*** FATAL AOF MANIFEST FILE ERROR ***\n".to_owned())];
    if let Some((number, text)) = &error.line {
        lines.push(warning(format!("Reading the manifest file, at line {number}\n")));
        lines.push(warning(format!(">>> '{text}'\n")));
    }
    lines.push(warning(format!("{}\n", error.why)));
    lines
}

/// A single file of the layout before version 7 was moved into the directory.
pub fn migrated(file: &str, directory: &str) -> Line {
    notice(format!(
        "Successfully migrated an old-style AOF file ({file}) into the AOF directory ({directory})."
    ))
}

/// Writing the append-only file fell short; with `appendfsync always` the server exits.
pub fn short_write(written: u64, expected: u64) -> Line {
    warning(format!("Short write while writing to the AOF file: (nwritten={written}, expected={expected})"))
}

/// Writing the append-only file failed.
pub fn write_error(why: impl Display) -> Line {
    warning(format!("Error writing to the AOF file: {why}"))
}

/// What follows a failed or short write with `appendfsync always`, before the server exits.
pub fn cannot_recover() -> Line {
    warning("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...".to_owned())
}

/// What a short write left in the file could not be cut off again.
pub fn cannot_remove_short_write(why: impl Display) -> Line {
    warning(format!(
        "Could not remove short write from the append-only file. The server may refuse to load the AOF the \
         next time it starts.  ftruncate: {why}"
    ))
}

/// Writing works again.
pub fn write_error_over() -> Line {
    notice("AOF write error looks solved. The server can write again.".to_owned())
}

/// Fsync failed with `appendfsync always`: the server exits.
pub fn fsync_error(why: impl Display) -> Line {
    warning(format!(
        "Can't persist AOF for fsync error when the AOF fsync policy is 'always': {why}. Exiting..."
    ))
}

/// Fsync takes so long under `everysec` that a write goes ahead without it.
pub fn slow_fsync() -> Line {
    notice(
        "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without waiting \
         for fsync to complete, this may slow down the server."
            .to_owned(),
    )
}
