//! The driver with nodes of a few lines, over real sockets and files.

use crate::options::Options;
use crate::socket::Socket;
use crate::spawn::{Running, spawn_on};
use crate::system::{Real, System};
use crate::{LogTo, spawn};
use resplay_base::{
    Boot, CloseWhy, DiskOp, Effect, Endpoint, Exit, Fd, Handle, Host, Input, Listener, Mono, Node, OpId, Tag,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a test's node does with an input: its output buffers are the first argument.
type Script = Box<dyn FnMut(&mut Out, &mut dyn Host, Input<'_>) + Send>;

/// Bytes to send, and when to wake.
#[derive(Default)]
struct Out {
    bytes: BTreeMap<Fd, Vec<u8>>,
    deadline: Option<Mono>,
}

/// A node that a test writes inline.
struct Scripted {
    out: Out,
    script: Script,
}

impl Node for Scripted {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        if let Input::Signal(_) = input {
            host.effect(Effect::Exit(Exit(7)));
        }
        (self.script)(&mut self.out, host, input);
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        self.out.bytes.get_mut(&fd).unwrap().drain(..n);
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        self.out.bytes.get(&fd).map_or(&[], Vec::as_slice)
    }
    fn deadline(&self) -> Option<Mono> {
        self.out.deadline
    }
    fn resident_bytes(&self) -> u64 {
        0
    }
}

fn scripted(script: impl FnMut(&mut Out, &mut dyn Host, Input<'_>) + Send + 'static) -> Scripted {
    Scripted { out: Out::default(), script: Box::new(script) }
}

fn quiet() -> Options {
    Options { log: LogTo::Nowhere, ..Options::default() }
}

fn start(script: impl FnMut(&mut Out, &mut dyn Host, Input<'_>) + Send + 'static) -> Running {
    spawn(scripted(script), Boot::default(), quiet()).unwrap()
}

fn listen(host: &mut dyn Host, at: Endpoint) {
    host.effect(Effect::Listen { listener: Listener(0), at });
}

fn listen_anywhere(host: &mut dyn Host) {
    listen(host, Endpoint::tcp("127.0.0.1", 0));
}

/// Sends back what it gets, at the end of the batch.
fn echo(out: &mut Out, host: &mut dyn Host, input: Input<'_>) {
    match input {
        Input::Boot(_) => listen_anywhere(host),
        Input::Data { fd, bytes } => out.bytes.entry(fd).or_default().extend_from_slice(bytes),
        Input::Flush => send_all(out, host),
        Input::Closed { fd, .. } => drop(out.bytes.remove(&fd)),
        _ => {}
    }
}

fn send_all(out: &Out, host: &mut dyn Host) {
    for (fd, bytes) in &out.bytes {
        if !bytes.is_empty() {
            host.effect(Effect::Send { fd: *fd });
        }
    }
}

fn port(running: &Running) -> u16 {
    match running.address() {
        Some(Endpoint::Tcp { port, .. }) => port,
        other => panic!("listens on {other:?}"),
    }
}

fn dial(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn ask(stream: &mut (impl Read + Write), bytes: &[u8]) -> Vec<u8> {
    stream.write_all(bytes).unwrap();
    let mut answer = vec![0; bytes.len()];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn bytes_go_in_and_out_over_tcp() {
    let running = start(echo);
    let port = port(&running);
    let mut streams: Vec<TcpStream> = (0..20).map(|_| dial(port)).collect();
    for stream in &mut streams {
        assert_eq!(ask(stream, b"hello"), b"hello");
    }
    assert_eq!(running.terminate().unwrap(), 7);
}

#[test]
fn bytes_go_in_and_out_over_a_unix_socket_whose_name_goes_with_the_process() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.sock").to_string_lossy().into_owned();
    let at = Endpoint::Unix(path.clone());
    let running = start(move |out, host, input| match input {
        Input::Boot(_) => listen(host, at.clone()),
        Input::Accepted { ref peer, ref local, .. } => assert_eq!((peer, local), (&at, &at)),
        input => echo(out, host, input),
    });
    running.address().unwrap();
    assert_eq!(ask(&mut UnixStream::connect(&path).unwrap(), b"hello"), b"hello");
    running.terminate().unwrap();
    assert!(!Path::new(&path).exists());
}

#[test]
fn a_slow_reader_gets_a_large_reply_whole_and_the_node_hears_once_that_it_is_out() {
    const SIZE: usize = 32 << 20;
    let (told, heard) = mpsc::channel();
    let running = start(move |out, host, input| match input {
        Input::Data { fd, .. } => drop(out.bytes.insert(fd, vec![b'x'; SIZE])),
        Input::Writable { fd } => told.send(out.bytes[&fd].len()).unwrap(),
        input => echo(out, host, input),
    });
    let mut stream = dial(port(&running));
    stream.write_all(b"go").unwrap();
    let mut answer = vec![0; SIZE];
    stream.read_exact(&mut answer).unwrap();
    assert!(answer.iter().all(|&byte| byte == b'x'));
    assert_eq!(heard.recv_timeout(Duration::from_secs(10)), Ok(0));
    running.terminate().unwrap();
    assert_eq!(heard.try_iter().count(), 0);
}

#[test]
fn closing_sends_what_is_unsent_first() {
    const SIZE: usize = 8 << 20;
    let running = start(|out, host, input| match input {
        Input::Data { fd, .. } => {
            out.bytes.insert(fd, vec![b'x'; SIZE]);
            host.effect(Effect::Close { fd });
        }
        Input::Closed { .. } => panic!("the node closed it itself"),
        Input::Flush => {}
        input => echo(out, host, input),
    });
    let mut stream = dial(port(&running));
    stream.write_all(b"go").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.len(), SIZE);
    assert_eq!(running.terminate().unwrap(), 7);
}

#[test]
fn a_request_that_came_with_the_end_of_the_stream_is_still_answered() {
    let running = start(echo);
    let mut stream = dial(port(&running));
    stream.write_all(b"last words").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"last words");
    running.terminate().unwrap();
}

#[test]
fn numbers_of_connections_are_reused_and_the_end_of_each_is_told_once() {
    let (told, heard) = mpsc::channel();
    let running = start(move |out, host, input| match input {
        Input::Closed { fd, why } => told.send((fd, why)).unwrap(),
        input => echo(out, host, input),
    });
    let port = port(&running);
    for _ in 0..3 {
        ask(&mut dial(port), b"x");
        let closed = heard.recv_timeout(Duration::from_secs(10)).unwrap();
        assert_eq!(closed, (Fd(0), CloseWhy::Eof));
    }
    running.terminate().unwrap();
    assert_eq!(heard.try_iter().count(), 0);
}

#[test]
fn a_paused_connection_delivers_nothing_until_it_is_resumed() {
    const PAUSE: Duration = Duration::from_millis(60);
    let mut paused: Option<(Fd, Mono)> = None;
    let running = start(move |out, host, input| match input {
        Input::Accepted { fd, .. } => {
            host.effect(Effect::PauseRead { fd, paused: true });
            out.deadline = Some(host.now().mono + PAUSE);
            paused = out.deadline.map(|until| (fd, until));
        }
        Input::Timer => {
            let (fd, _) = paused.unwrap();
            out.deadline = None;
            host.effect(Effect::PauseRead { fd, paused: false });
        }
        Input::Data { fd, bytes } => {
            assert!(
                paused.is_some_and(|(_, until)| host.now().mono >= until),
                "{bytes:?} came during the pause"
            );
            out.bytes.insert(fd, bytes.to_vec());
        }
        input => echo(out, host, input),
    });
    assert_eq!(ask(&mut dial(port(&running)), b"late"), b"late");
    running.terminate().unwrap();
}

#[test]
fn a_listener_that_cannot_open_says_why_in_the_systems_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (told, heard) = mpsc::channel();
    let running = start(move |_, host, input| match input {
        Input::Boot(_) => listen(host, Endpoint::tcp("127.0.0.1", port)),
        Input::ListenFailed { why, .. } => told.send(why).unwrap(),
        _ => {}
    });
    assert_eq!(heard.recv_timeout(Duration::from_secs(10)).unwrap(), "Address already in use");
    running.terminate().unwrap();
}

#[test]
fn a_node_connects_to_another_and_hears_when_nobody_listens() {
    let server = start(echo);
    let open = Endpoint::tcp("localhost", port(&server));
    let closed = Endpoint::tcp("127.0.0.1", 1);
    let (told, heard) = mpsc::channel();
    let client = start(move |out, host, input| match input {
        Input::Boot(_) => {
            host.effect(Effect::Connect { tag: Tag(1), to: open.clone() });
            host.effect(Effect::Connect { tag: Tag(2), to: closed.clone() });
        }
        Input::Connected { fd, tag, .. } => {
            assert_eq!(tag, Tag(1));
            out.bytes.insert(fd, b"ping".to_vec());
            host.effect(Effect::Send { fd });
        }
        Input::ConnectFailed { tag, why } => told.send(format!("{tag:?} {why:?}")).unwrap(),
        Input::Data { bytes, .. } => told.send(String::from_utf8_lossy(bytes).into_owned()).unwrap(),
        _ => {}
    });
    let mut got = [(); 2].map(|()| heard.recv_timeout(Duration::from_secs(10)).unwrap());
    got.sort();
    assert_eq!(got, ["Tag(2) Refused", "ping"]);
    client.terminate().unwrap();
    server.terminate().unwrap();
}

/// The operating system, with a record of what was asked of it. An fsync of an empty file waits for the gate, if
/// there is one.
#[derive(Clone)]
struct Recorder {
    calls: Arc<Mutex<Vec<String>>>,
    gate: Option<Arc<Mutex<Receiver<()>>>>,
}

impl Recorder {
    fn new() -> Recorder {
        Recorder { calls: Arc::default(), gate: None }
    }

    fn gated() -> (Recorder, Sender<()>) {
        let (open, gate) = mpsc::channel();
        (Recorder { gate: Some(Arc::new(Mutex::new(gate))), ..Recorder::new() }, open)
    }

    fn note(&self, call: &str) {
        self.calls.lock().unwrap().push(call.to_owned());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl System for Recorder {
    fn receive(&self, socket: &Socket, into: &mut [u8]) -> io::Result<usize> {
        Real.receive(socket, into)
    }
    fn send(&self, socket: &Socket, bytes: &[u8]) -> io::Result<usize> {
        self.note(&format!("send {}", bytes.escape_ascii()));
        Real.send(socket, bytes)
    }
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<usize> {
        self.note(&format!("append {}", bytes.escape_ascii()));
        Real.append(file, bytes)
    }
    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
        Real.write_at(file, bytes, offset)
    }
    fn sync_file(&self, file: &File) -> io::Result<()> {
        if let Some(gate) = &self.gate
            && file.metadata()?.len() == 0
        {
            gate.lock().unwrap().recv().unwrap();
        }
        self.note("fdatasync");
        Real.sync_file(file)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        Real.sync_dir(dir)
    }
}

const FILE: Handle = Handle(1);

fn disk(host: &mut dyn Host, op: u64, what: DiskOp) {
    host.effect(Effect::Disk { op: OpId(op), what });
}

fn open_file(host: &mut dyn Host, dir: &Path) {
    let path = dir.join("log").to_string_lossy().into_owned();
    disk(host, 1, DiskOp::Open { path, handle: FILE, create: true, truncate: true });
}

#[test]
fn an_awaited_fsync_comes_between_the_append_and_the_reply() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_owned();
    let recorder = Recorder::new();
    let mut durable = true;
    let node = scripted(move |out, host, input| match input {
        Input::Boot(_) => {
            open_file(host, &at);
            listen_anywhere(host);
        }
        Input::Data { fd, bytes } => {
            disk(host, 2, DiskOp::Append { handle: FILE, bytes: bytes.to_vec() });
            out.bytes.insert(fd, bytes.to_vec());
            durable = false;
        }
        Input::Flush if !durable => {
            disk(host, 3, DiskOp::Fsync { handle: FILE });
            host.effect(Effect::AwaitDisk { op: OpId(3) });
        }
        Input::DiskDone(done) => durable |= done.op == OpId(3),
        input => echo(out, host, input),
    });
    let running = spawn_on(node, recorder.clone(), Boot::default(), quiet()).unwrap();
    let mut stream = dial(port(&running));
    for word in ["one", "two"] {
        ask(&mut stream, word.as_bytes());
        assert_eq!(recorder.take(), [format!("append {word}"), "fdatasync".into(), format!("send {word}")]);
    }
    running.kill().unwrap();
    assert_eq!(std::fs::read(dir.path().join("log")).unwrap(), b"onetwo");
}

#[test]
fn an_fsync_that_nobody_awaits_holds_up_no_reply() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_owned();
    let (recorder, open_gate) = Recorder::gated();
    let node = scripted(move |out, host, input| match input {
        Input::Boot(_) => {
            open_file(host, &at);
            disk(host, 2, DiskOp::Fsync { handle: FILE });
            listen_anywhere(host);
        }
        Input::DiskDone(done) if done.op == OpId(2) => {
            for bytes in out.bytes.values_mut() {
                bytes.extend_from_slice(b"synced");
            }
        }
        input => echo(out, host, input),
    });
    let running = spawn_on(node, recorder, Boot::default(), quiet()).unwrap();
    let mut stream = dial(port(&running));
    assert_eq!(ask(&mut stream, b"hello"), b"hello");
    open_gate.send(()).unwrap();
    let mut note = [0; 6];
    stream.read_exact(&mut note).unwrap();
    assert_eq!(&note, b"synced");
    running.terminate().unwrap();
}

#[test]
fn a_hanging_fsync_does_not_hold_up_that_of_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().to_owned();
    let (recorder, open_gate) = Recorder::gated();
    let node = scripted(move |out, host, input| match input {
        Input::Boot(_) => {
            open_file(host, &at);
            disk(host, 2, DiskOp::Fsync { handle: FILE });
            let (path, other) = (at.join("other").to_string_lossy().into_owned(), Handle(2));
            disk(host, 3, DiskOp::Open { path, handle: other, create: true, truncate: true });
            disk(host, 4, DiskOp::Append { handle: other, bytes: b"bytes".to_vec() });
            listen_anywhere(host);
        }
        Input::Data { .. } => disk(host, 5, DiskOp::Fsync { handle: Handle(2) }),
        Input::DiskDone(done) if done.op == OpId(5) => {
            for bytes in out.bytes.values_mut() {
                bytes.extend_from_slice(b"synced");
            }
        }
        Input::Accepted { fd, .. } => drop(out.bytes.insert(fd, Vec::new())),
        input => echo(out, host, input),
    });
    let running = spawn_on(node, recorder, Boot::default(), quiet()).unwrap();
    assert_eq!(ask(&mut dial(port(&running)), b"other!"), b"synced");
    open_gate.send(()).unwrap();
    running.terminate().unwrap();
}

/// The real server, its files in `dir`, with a record of the system calls.
fn recorded_server(dir: &Path, fsync: &str) -> (Running, Recorder) {
    let words =
        format!("--port 0 --unixsocket {}/s.sock --appendonly yes --appendfsync {fsync}", dir.display());
    let boot = Boot { args: words.split(' ').map(str::to_owned).collect(), ..Boot::default() };
    let recorder = Recorder::new();
    let options = Options { directory: Some(dir.to_owned()), ..quiet() };
    let running = spawn_on(resplay_engine::Server::new(), recorder.clone(), boot, options).unwrap();
    running.address().unwrap();
    (running, recorder)
}

/// What the server did on the way from a SET to its reply.
fn calls_of_a_set(fsync: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let (running, recorder) = recorded_server(dir.path(), fsync);
    let mut stream = UnixStream::connect(dir.path().join("s.sock")).unwrap();
    let mut ask = |request: &str| {
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 64];
        let n = stream.read(&mut answer).unwrap();
        answer[..n].to_vec()
    };
    // The server answers while it still prepares its files; and the first write also selects the database there.
    while ask("SET a 1\r\n") != b"+OK\r\n" {}
    recorder.take();
    assert_eq!(ask("SET a 2\r\n"), b"+OK\r\n");
    let calls = recorder.take();
    assert_eq!(running.terminate().unwrap(), 0);
    calls
}

const APPEND: &str = "append *3\\r\\n$3\\r\\nSET\\r\\n$1\\r\\na\\r\\n$1\\r\\n2\\r\\n";

#[test]
fn under_always_the_engine_appends_then_syncs_then_replies() {
    assert_eq!(calls_of_a_set("always"), [APPEND, "fdatasync", "send +OK\\r\\n"]);
}

#[test]
fn without_fsync_the_engine_appends_before_it_replies() {
    assert_eq!(calls_of_a_set("no"), [APPEND, "send +OK\\r\\n"]);
}
