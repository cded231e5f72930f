//! The program as a process of its own, on a free port, in a directory of its own; and a plain client.
#![expect(clippy::disallowed_methods, reason = "real processes need real time and a real environment")]

use resplay_conform::free_port;
use resplay_resp::{Reply, decode, encode_request};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running `resplay serve`. It is killed when dropped.
pub struct Serving {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Serving {
    /// Starts a server that keeps its files in `dir`, and waits until it answers.
    pub fn start(dir: &Path, words: &[&str]) -> Serving {
        let port = free_port().expect("a free port");
        let mut command = Command::new(env!("CARGO_BIN_EXE_resplay"));
        command.args(["serve", "--port", &port.to_string(), "--dir"]).arg(dir).args(words);
        let child = command.current_dir(dir).stdout(Stdio::null()).spawn().expect("the program starts");
        let mut serving = Serving { child, port };
        serving.wait_until_ready();
        serving
    }

    /// SIGKILL: the process gets no chance to do anything more.
    pub fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    /// SHUTDOWN, and the exit status.
    pub fn shut_down(mut self) -> Option<i32> {
        // The answer to a successful SHUTDOWN is the end of the connection.
        drop(Client::connect(self.port).and_then(|mut client| client.ask(&[b"SHUTDOWN"])));
        self.child.wait().expect("it is ours").code()
    }

    /// A new connection.
    pub fn client(&self) -> Client {
        Client::connect(self.port).expect("the server listens")
    }

    fn wait_until_ready(&mut self) {
        for _ in 0..1_000 {
            let answer = Client::connect(self.port).and_then(|mut client| client.ask(&[b"PING"]));
            if answer.is_ok_and(|reply| reply == Reply::Simple(b"PONG".to_vec())) {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                panic!("the server ended: {status}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not answer on port {}", self.port);
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A connection that waits for each answer.
pub struct Client {
    stream: TcpStream,
    input: Vec<u8>,
}

impl Client {
    /// Connects to a port of this machine.
    pub fn connect(port: u16) -> io::Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Client { stream, input: Vec::new() })
    }

    /// Sends one command and waits for its answer.
    pub fn ask(&mut self, words: &[&[u8]]) -> io::Result<Reply> {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        self.stream.write_all(&request)?;
        self.answer()
    }

    fn answer(&mut self) -> io::Result<Reply> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some((reply, used)) = decode(&self.input).map_err(|_| io::ErrorKind::InvalidData)? {
                self.input.drain(..used);
                return Ok(reply);
            }
            match self.stream.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.input.extend_from_slice(&buffer[..n]),
            }
        }
    }
}

/// Starts valkey-server with the files in `dir`, and asks it something.
pub fn valkey<T>(dir: &Path, words: &[&str], ask: impl FnOnce(&mut Client) -> T) -> T {
    let port = free_port().expect("a free port");
    let mut valkey = Command::new("valkey-server")
        .args(["--port", &port.to_string(), "--save", "", "--dir"])
        .arg(dir)
        .args(words)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut answer = None;
    for _ in 0..500 {
        std::thread::sleep(Duration::from_millis(10));
        let ready =
            Client::connect(port).and_then(|mut client| client.ask(&[b"PING"]).map(|reply| (client, reply)));
        if let Ok((mut client, Reply::Simple(_))) = ready {
            answer = Some(ask(&mut client));
            break;
        }
    }
    valkey.kill().expect("it is ours");
    valkey.wait().expect("it is ours");
    answer.expect("valkey-server loads the directory")
}

/// Whether a program that a test needs is there. In CI it must be.
pub fn has(program: &str) -> bool {
    let found =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    let required = std::env::var("RESPLAY_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
    assert!(found || !required, "{program} is not installed, and RESPLAY_REQUIRE_ORACLES=1");
    found
}
