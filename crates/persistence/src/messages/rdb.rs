//! What Valkey 8.0.1 logs about RDB files, word for word, except for the lines that tell of its child process and of
//! places in its source: there is no child here, and the source is another.

use super::{Line, notice, warning};
use crate::rdb::{Error, Why};
use std::fmt::Display;

/// The temporary file cannot be made.
pub fn cannot_open_temporary(temporary: &str, directory: &str, why: impl Display) -> Line {
    warning(format!(
        "Failed opening the temp RDB file {temporary} (in server root dir {directory}) for saving: {why}"
    ))
}

/// Writing, syncing or closing the temporary file failed; `during` is the C function.
pub fn write_error(during: &str, why: impl Display) -> Line {
    warning(format!("Write error while saving DB to the disk({during}): {why}"))
}

/// The temporary file cannot get its name.
pub fn cannot_rename(temporary: &str, file: &str, directory: &str, why: impl Display) -> Line {
    warning(format!(
        "Error moving temp DB file {temporary} on the final destination {file} (in server root dir {directory}): {why}"
    ))
}

/// The file has its name, but that may not outlast a power failure.
pub fn cannot_sync_directory(why: impl Display) -> Line {
    warning(format!("Failed to fsync directory while saving DB: {why}"))
}

/// The file is in its place.
pub fn saved() -> Line {
    notice("DB saved on disk".to_owned())
}

/// A save point was reached.
pub fn save_point(changes: u64, seconds: u64) -> Line {
    notice(format!("{changes} changes in {seconds} seconds. Saving..."))
}

/// A background save began.
pub fn background_started(pid: u32) -> Line {
    notice(format!("Background saving started by pid {pid}"))
}

/// A background save ended well.
pub fn background_done() -> Line {
    notice("Background saving terminated with success".to_owned())
}

/// A background save failed.
pub fn background_failed() -> Line {
    warning("Background saving error".to_owned())
}

/// A background save was given up because of FLUSHALL or SHUTDOWN, for which the real servers kill a child.
pub fn background_killed() -> Line {
    const SIGUSR1: i32 = 10;
    warning(format!("Background saving terminated by signal {SIGUSR1}"))
}

/// SHUTDOWN meets a background save.
pub fn kills_background() -> Line {
    warning("There is a child saving an .rdb. Killing it!".to_owned())
}

/// SHUTDOWN saves.
pub fn final_save() -> Line {
    notice("Saving the final RDB snapshot before exiting.".to_owned())
}

/// SHUTDOWN could not save; with FORCE it ends the process all the same.
pub fn final_save_failed(is_forced: bool) -> Line {
    warning(match is_forced {
        true => "Error trying to save the DB. Exit anyway.".to_owned(),
        false => "Error trying to save the DB, can't exit.".to_owned(),
    })
}

/// SHUTDOWN is given up.
pub fn cannot_shut_down() -> Line {
    warning("Errors trying to shut down the server. Check the logs for more information.".to_owned())
}

/// What a file's auxiliary field says, for those that are told; the time is in seconds since 1970.
pub fn aux(name: &[u8], value: &[u8], now_s: i64) -> Option<Line> {
    let text = String::from_utf8_lossy(value);
    let number = || text.parse::<i64>().unwrap_or_default();
    match name {
        b"valkey-ver" => Some(notice(format!("Loading RDB produced by Valkey version {text}"))),
        b"redis-ver" => Some(notice(format!("Loading RDB produced by Redis version {text}"))),
        b"ctime" => Some(notice(format!("RDB age {} seconds", (now_s - number()).max(0)))),
        b"used-mem" => {
            let megabytes = number() as f64 / f64::from(1 << 20);
            Some(notice(format!("RDB memory usage when created {megabytes:.2} Mb")))
        }
        b"aof-base" if number() != 0 => Some(notice("RDB is base AOF".to_owned())),
        _ => None,
    }
}

/// The file was written with `rdbchecksum no`.
pub fn no_checksum() -> Line {
    notice("RDB file was saved with checksum disabled: no check performed.".to_owned())
}

/// A key whose value has no elements is left out.
pub fn empty_key(key: &[u8]) -> Line {
    notice(format!("rdbLoadObject skipping empty key: {}", String::from_utf8_lossy(key)))
}

/// All keys are read.
pub fn done(loaded: u64, expired: u64, empty: u64) -> Line {
    let skipped = if empty > 0 { format!(", empty keys skipped: {empty}") } else { String::new() };
    notice(format!("Done loading RDB, keys loaded: {loaded}, keys expired: {expired}{skipped}."))
}

/// The server starts with what the file had.
pub fn loaded(seconds: f64) -> Line {
    notice(format!("DB loaded from disk: {seconds:.3} seconds"))
}

/// The file is there but cannot be opened.
pub fn cannot_open(file: &str, why: impl Display) -> Line {
    warning(format!("Fatal error: can't open the RDB file {file} for reading: {why}"))
}

/// The server does not start because of its file.
pub fn cannot_load() -> Line {
    warning("Fatal error loading the DB, check server logs. Exiting.".to_owned())
}

/// Keys of a database that this server does not have.
pub fn too_few_databases(databases: u32) -> Line {
    warning(format!(
        "FATAL: Data file was created with a Valkey server configured to handle more than {databases} databases. Exiting"
    ))
}

/// A key is in the file twice, or in the data already.
pub fn duplicate(key: &[u8], db: u32) -> Line {
    warning(format!("RDB has duplicated key '{}' in DB {db}", String::from_utf8_lossy(key)))
}

/// Libraries of functions, which are kept for the next file.
pub fn functions_kept(libraries: usize) -> Line {
    warning(format!(
        "The RDB file has {libraries} libraries of functions. They stay in the files that are saved, but cannot be called."
    ))
}

/// DEBUG RELOAD is done.
pub fn reloaded() -> Line {
    warning("DB reloaded by DEBUG RELOAD".to_owned())
}

/// Whether a file that is refused like this was refused before anything was read of it: the data is as it was.
pub fn is_harmless(error: &Error) -> bool {
    matches!(error.why, Why::Signature | Why::Version(_))
}

/// What is wrong with a file: the process ends after these lines, unless [`is_harmless`].
pub fn refused(error: &Error) -> Vec<Line> {
    let inside = |reason: &dyn Display| {
        warning(format!("Internal error in RDB reading offset {} -> {reason}", error.offset))
    };
    match &error.why {
        Why::Signature | Why::Version(_) => vec![warning(error.why.to_string())],
        Why::Truncated => vec![
            warning("Short read or OOM loading DB. Unrecoverable error, aborting now.".to_owned()),
            inside(&error.why),
        ],
        Why::Checksum { .. } => vec![warning(error.why.to_string()), inside(&"RDB CRC error")],
        Why::Module(_) | Why::ModuleAux(_) => vec![warning(error.why.to_string())],
        Why::Corrupt(_) => vec![inside(&error.why)],
    }
}
