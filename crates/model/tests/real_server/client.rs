//! A real server on a port of its own, and a connection to it.

use resplay_resp::{Reply, decode, encode_request};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A `valkey-server` that ends with this value.
pub struct RealServer {
    process: Child,
    port: u16,
}

impl RealServer {
    /// Starts one; `None` if the program is missing and may be.
    #[expect(clippy::disallowed_methods, reason = "the test's own switch, and waiting for a real process")]
    pub fn start() -> Option<RealServer> {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        // A directory that others use may have a file that it would load.
        let (directory, file) = (env!("CARGO_TARGET_TMPDIR"), format!("{port}.rdb"));
        let files = ["--save", "", "--dir", directory, "--dbfilename", &file];
        let port_text = port.to_string();
        let others = ["--enable-debug-command", "yes", "--port", &port_text];
        let spawned = Command::new("valkey-server").args(files).args(others).stdout(Stdio::null()).spawn();
        let process = match spawned {
            Ok(process) => process,
            Err(why) if std::env::var("RESPLAY_REQUIRE_ORACLES").as_deref() == Ok("1") => {
                panic!("valkey-server must be there: {why}")
            }
            Err(_) => return None,
        };
        let server = RealServer { process, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let words = ["DEBUG", "SET-ACTIVE-EXPIRE", "0"].map(|word| word.as_bytes().to_vec());
        assert_eq!(server.connect().ask(&words), b"+OK\r\n");
        Some(server)
    }

    /// Opens a connection.
    pub fn connect(&self) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the server listens");
        stream.set_nodelay(true).expect("an option that always works");
        let mut client = Client { stream, input: Vec::new(), id: 0 };
        let id = client.ask(&[b"CLIENT".to_vec(), b"ID".to_vec()]);
        let Ok(Some((Reply::Int(id), _))) = decode(&id) else { panic!("no client id") };
        client.id = id as u64;
        client
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A connection.
pub struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    /// As CLIENT ID says.
    pub id: u64,
}

/// A reply, and the server's clock before and after the command, in milliseconds.
pub struct Asked {
    pub reply: Vec<u8>,
    pub from_ms: i64,
    pub to_ms: i64,
}

impl Client {
    /// Asks and waits for the bytes of the reply.
    pub fn ask(&mut self, words: &[Vec<u8>]) -> Vec<u8> {
        let mut request = Vec::new();
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        encode_request(&mut request, &words);
        self.stream.write_all(&request).expect("the server reads");
        self.receive()
    }

    /// Asks, and reads the clock before and after: the server runs on this machine and reads the same one.
    pub fn timed(&mut self, words: &[Vec<u8>]) -> Asked {
        let from_ms = clock_ms();
        let reply = self.ask(words);
        Asked { reply, from_ms, to_ms: clock_ms() }
    }

    fn receive(&mut self) -> Vec<u8> {
        loop {
            if let Some((_, used)) = decode(&self.input).expect("the real server speaks RESP") {
                return self.input.drain(..used).collect();
            }
            let mut piece = [0; 65536];
            let length = self.stream.read(&mut piece).expect("the server answers");
            assert_ne!(length, 0, "the server hung up");
            self.input.extend_from_slice(&piece[..length]);
        }
    }
}

#[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a real server lives in real time")]
fn clock_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    since.as_millis() as i64
}
