//! A real server, started to be asked.

use crate::tcp::Tcp;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// How often a server that ends at once is started again.
const TRIES_MAX: usize = 5;
/// How often to look whether it answers, every 10 ms.
const LOOKS_MAX: usize = 3_000;
/// Below those that the kernel gives to connections by itself, and above the well-known ones.
const PORTS: Range<u16> = 12_000..32_000;

/// Why there is nobody to ask.
#[derive(Debug, thiserror::Error)]
pub enum OracleError {
    /// The program is not installed.
    #[error("{0} is not installed")]
    Missing(String),
    /// The program is there in another version than the one that is the truth.
    #[error("{program} is not version {wanted} but says: {said}")]
    WrongVersion {
        /// The program.
        program: String,
        /// The version that is the truth.
        wanted: String,
        /// What it says of itself.
        said: String,
    },
    /// It could not be started or spoken to.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
}

/// A running server with an empty keyspace and a directory of its own; ends when dropped.
pub struct Oracle {
    child: Child,
    address: SocketAddr,
    password: Option<String>,
    dir: TempDir,
}

impl Oracle {
    /// Starts `program`, which must be of this version, with further command-line words.
    pub fn start(program: &str, version: &str, args: &[String]) -> Result<Oracle, OracleError> {
        check_version(program, version)?;
        let failed = |error| OracleError::Io(program.to_owned(), error);
        // Somebody else may have taken the port meanwhile: then the server ends, and another port will do.
        let tries = std::iter::repeat_with(|| Oracle::try_start(program, args)).take(TRIES_MAX);
        let tried = { tries }.find(|tried| !matches!(tried, Ok(None))).unwrap_or(Ok(None));
        let gone = || failed(io::Error::other("it ended as soon as it was started"));
        tried.map_err(failed)?.ok_or_else(gone)
    }

    /// `None` if it ended before it answered.
    fn try_start(program: &str, args: &[String]) -> io::Result<Option<Oracle>> {
        let (dir, port) = (TempDir::new()?, free_port()?);
        let child = Command::new(program)
            .args(["--port", &port.to_string(), "--dir"])
            .arg(dir.path())
            .args(args)
            .stdout(Stdio::null())
            .spawn()?;
        let password = args.iter().skip_while(|word| *word != "--requirepass").nth(1).cloned();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut oracle = Oracle { child, address, password, dir };
        Ok(oracle.await_ready()?.then_some(oracle))
    }

    /// Where it keeps its files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A new way to talk to it.
    pub fn connect(&self) -> io::Result<Tcp> {
        Tcp::connect(self.address, self.password.as_deref())
    }

    /// Waits until it answers; false if it ended instead.
    #[expect(clippy::disallowed_methods, reason = "a real process needs real time to start")]
    fn await_ready(&mut self) -> io::Result<bool> {
        let mut result = self.connect();
        for _ in 0..LOOKS_MAX {
            if self.child.try_wait()?.is_some() {
                return Ok(false);
            }
            if result.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            result = self.connect();
        }
        result.map(|_| true)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It may be gone already, killed by the transcript itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn check_version(program: &str, version: &str) -> Result<(), OracleError> {
    let output = match Command::new(program).arg("--version").output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(OracleError::Missing(program.to_owned()));
        }
        Err(error) => return Err(OracleError::Io(program.to_owned(), error)),
    };
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match said.split_whitespace().any(|word| word == format!("v={version}")) {
        true => Ok(()),
        false => Err(OracleError::WrongVersion { program: program.into(), wanted: version.into(), said }),
    }
}

/// A port of this machine that was free a moment ago, of those that no client's connection takes by itself. Processes
/// that ask at the same time begin at different ones.
pub fn free_port() -> io::Result<u16> {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut ports = std::iter::repeat_with(|| {
        let number = std::process::id().wrapping_mul(61).wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
        PORTS.start + (number % u32::from(PORTS.end - PORTS.start)) as u16
    });
    ports.by_ref().take(PORTS.len()).find(is_free).ok_or_else(|| io::ErrorKind::AddrInUse.into())
}
