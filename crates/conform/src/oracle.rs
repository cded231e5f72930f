//! A real server, started to be asked.

use crate::tcp::Tcp;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

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
        let dir = TempDir::new().map_err(failed)?;
        let port = free_port().map_err(failed)?;
        let child = Command::new(program)
            .args(["--port", &port.to_string(), "--dir"])
            .arg(dir.path())
            .args(args)
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let password = args.iter().skip_while(|word| *word != "--requirepass").nth(1).cloned();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let oracle = Oracle { child, address, password, dir };
        oracle.await_ready().map_err(failed)?;
        Ok(oracle)
    }

    /// Where it keeps its files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A new way to talk to it.
    pub fn connect(&self) -> io::Result<Tcp> {
        Tcp::connect(self.address, self.password.as_deref())
    }

    #[expect(clippy::disallowed_methods, reason = "a real process needs real time to start")]
    fn await_ready(&self) -> io::Result<()> {
        let mut result = self.connect();
        for _ in 0..500 {
            if result.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            result = self.connect();
        }
        result.map(|_| ())
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

/// A port of this machine that was free a moment ago.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
