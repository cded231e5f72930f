//! What Valkey 8.0.1 logs about rewriting the append-only file, and about turning it on and off, word for word, except
//! for what it tells of its child process.

use super::{Line, notice, warning};
use std::fmt::Display;

/// What is written from now on goes into this file.
pub fn incremental_created(file: &str) -> Line {
    notice(format!("Creating AOF incr file {file} on background rewrite"))
}

/// A rewrite began.
pub fn started(pid: u32) -> Line {
    notice(format!("Background append only file rewriting started by pid {pid}"))
}

/// BGREWRITEAOF while something else is written: it will begin later.
pub fn scheduled() -> Line {
    notice("Background append only file rewriting scheduled.".to_owned())
}

/// `auto-aof-rewrite-percentage` is reached.
pub fn automatic(growth: u64) -> Line {
    notice(format!("Starting automatic rewriting of AOF on {growth}% growth"))
}

/// Rewrites failed so often that there is a pause.
pub fn limited(minutes: u64) -> Line {
    warning(format!(
        "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {minutes} minutes"
    ))
}

/// All data is in the temporary file.
pub fn base_created(temporary: &str) -> Line {
    notice(format!("Successfully created the temporary AOF base file {temporary}"))
}

/// The temporary file is whole.
pub fn written() -> Line {
    notice("Background AOF rewrite terminated with success".to_owned())
}

/// The temporary file was given up, or could not be written.
pub fn failed() -> Line {
    warning("Background AOF rewrite terminated with error".to_owned())
}

/// The base is in its place.
pub fn base_renamed(temporary: &str, file: &str) -> Line {
    notice(format!("Successfully renamed the temporary AOF base file {temporary} into {file}"))
}

/// So is the first incremental file of a log that was turned on.
pub fn incremental_renamed(temporary: &str, file: &str) -> Line {
    notice(format!("Successfully renamed the temporary AOF incr file {temporary} into {file}"))
}

/// Everything is in its place.
pub fn finished() -> Line {
    notice("Background AOF rewrite finished successfully".to_owned())
}

/// A rewrite is given up.
pub fn killed(pid: u32) -> Line {
    notice(format!("Killing running AOF rewrite child: {pid}"))
}

/// SHUTDOWN meets a rewrite.
pub fn killed_by_shutdown() -> Line {
    warning("There is a child rewriting the AOF. Killing it!".to_owned())
}

/// SHUTDOWN while the first base of a log that was turned on is written; with FORCE the process ends all the same.
pub fn shutdown_meets_first(is_forced: bool) -> Line {
    let what =
        if is_forced { "Writing initial AOF. Exit anyway." } else { "Writing initial AOF, can't exit." };
    warning(what.to_owned())
}

/// SHUTDOWN writes what is not in the append-only file yet.
pub fn final_sync() -> Line {
    notice("Calling fsync() on the AOF file.".to_owned())
}

/// The temporary file cannot be made.
pub fn cannot_open_temporary(why: impl Display) -> Line {
    warning(format!("Opening the temp file for AOF rewrite in rewriteAppendOnlyFile(): {why}"))
}

/// The temporary file cannot be written.
pub fn cannot_write(why: impl Display) -> Line {
    warning(format!("Write error writing append only file on disk: {why}"))
}

/// The temporary file cannot get its name.
pub fn cannot_rename(why: impl Display) -> Line {
    warning(format!("Error moving temp append only file on the final destination: {why}"))
}

/// `appendonly yes` while something else is written.
pub fn enabled_while_busy() -> Line {
    notice(
        "AOF was enabled but there is already another background operation. An AOF background was scheduled to \
         start when possible."
            .to_owned(),
    )
}

/// `appendonly yes` within MULTI.
pub fn enabled_in_transaction() -> Line {
    notice(
        "AOF was enabled during a transaction. An AOF background was scheduled to start when possible."
            .to_owned(),
    )
}

/// `appendonly yes` during a rewrite of a log that was off.
pub fn enabled_while_rewriting() -> Line {
    notice(
        "AOF was enabled but there is already an AOF rewriting in background. Stopping background AOF and starting \
         a rewrite now."
            .to_owned(),
    )
}

/// `appendonly yes`, but nothing could be begun.
pub fn cannot_enable() -> Line {
    warning(
        "The server needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above \
         logs for more info about the error."
            .to_owned(),
    )
}

/// `appendonly no` before a rewrite that was to come.
pub fn disabled_while_scheduled() -> Line {
    notice("AOF was disabled but there is a scheduled AOF background, cancel it.".to_owned())
}

/// DEBUG LOADAOF is done.
pub fn reloaded() -> Line {
    notice("Append Only File loaded by DEBUG LOADAOF".to_owned())
}
