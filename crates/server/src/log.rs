//! The operator's log, in the real servers' format: `812:M 21 Nov 2026 07:35:35.123 * Ready to accept connections`.

use jiff::{Timestamp, tz::TimeZone};
use resplay_base::WallUs;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

/// Where log lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTo {
    /// Standard output.
    Stdout,
    /// Appended to this file.
    File(PathBuf),
    /// Nowhere: for tests and benches.
    Nowhere,
}

/// An open log.
pub(crate) struct Log {
    to: Box<dyn Write + Send>,
    zone: TimeZone,
    pid: u32,
    line: String,
}

impl Log {
    /// Opens the log. Errors are the log file's.
    pub(crate) fn open(to: &LogTo) -> io::Result<Log> {
        let to: Box<dyn Write + Send> = match to {
            LogTo::Stdout => Box::new(io::stdout()),
            LogTo::File(path) => Box::new(OpenOptions::new().create(true).append(true).open(path)?),
            LogTo::Nowhere => Box::new(io::sink()),
        };
        Ok(Log { to, zone: TimeZone::system(), pid: std::process::id(), line: String::new() })
    }

    /// Writes one line. A log that cannot be written is no reason to stop serving, as in the real servers.
    pub(crate) fn line(&mut self, at: WallUs, level: char, text: &str) {
        self.line.clear();
        let time = Timestamp::from_microsecond(at.0).unwrap_or_default().to_zoned(self.zone.clone());
        let stamp = time.strftime("%d %b %Y %H:%M:%S%.3f");
        if writeln!(self.line, "{}:M {stamp} {level} {text}", self.pid).is_ok() {
            drop(self.to.write_all(self.line.as_bytes()));
        }
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) {
        drop(self.to.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_looks_as_the_real_servers_print_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.log");
        let mut log = Log::open(&LogTo::File(path.clone())).unwrap();
        log.zone = TimeZone::UTC;
        log.line(WallUs(1_795_246_535_123_456), '*', "Ready");
        log.flush();
        let expected = format!("{}:M 21 Nov 2026 07:35:35.123 * Ready\n", std::process::id());
        assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    }
}
