//! Raw bytes to a server.

use super::{SMALL_STRINGS, is_tame};
use crate::inprocess::InProcess;
use crate::target::{Connection, Target};
use resplay_engine::Server;
use resplay_resp::{Limits, Progress, Requests, decode};

const CLIENTS: usize = 3;
/// Ends a piece. No word that means anything holds it.
const CUT: u8 = 0xff;

/// Bytes of several connections: all that the server sends are whole replies, it hangs up on nobody before it has
/// answered, and it answers INFO afterwards.
///
/// The input: pieces that end with a byte 0xff; the first byte of each picks the connection.
pub(super) fn server(data: &[u8]) {
    let pieces: Vec<(usize, &[u8])> = data
        .split(|byte| *byte == CUT)
        .filter_map(|piece| piece.split_first())
        .map(|(client, bytes)| (usize::from(*client) % CLIENTS, bytes))
        .collect();
    if !(0..CLIENTS).all(|client| is_stream_tame(&stream_of(&pieces, client))) {
        return;
    }
    let args: Vec<String> = SMALL_STRINGS.iter().map(|word| (*word).to_owned()).collect();
    let mut server = InProcess::boot(Server::new(), &args).expect("the engine boots");
    server.control(&["PING"]).expect("it answers");
    let mut clients = [(); CLIENTS].map(|()| Some(server.connect().expect("it listens")));
    for (client, bytes) in pieces {
        if let Some(connection) = clients[client] {
            server.send(connection, bytes).expect("it reads");
            server.settle().expect("it rests");
        }
        for client in &mut clients {
            *client = client.filter(|connection| !check(&mut server, *connection));
        }
    }
    server.wait(100).expect("it rests");
    for connection in clients.into_iter().flatten() {
        check(&mut server, connection);
    }
    let info = server.control(&["INFO", "everything"]).expect("it answers INFO");
    assert!(info.starts_with(b"$") || info.starts_with(b"-NOAUTH"), "{}", info.escape_ascii());
    assert_eq!(server.exit(), None);
}

/// What came on a connection are whole replies; whether it is closed.
fn check(server: &mut InProcess<Server>, connection: Connection) -> bool {
    let received = server.receive(connection).expect("a connection");
    let mut rest = received.bytes.as_slice();
    while !rest.is_empty() {
        match decode(rest) {
            Ok(Some((_, used))) => rest = &rest[used..],
            other => panic!("{other:?} of {}", rest.escape_ascii()),
        }
    }
    received.closed
}

fn stream_of(pieces: &[(usize, &[u8])], client: usize) -> Vec<u8> {
    pieces.iter().filter(|piece| piece.0 == client).flat_map(|piece| piece.1).copied().collect()
}

/// Whether all commands of a stream are tame.
fn is_stream_tame(mut stream: &[u8]) -> bool {
    let mut parser = Requests::new(Limits { max_bulk_bytes: 1 << 20, ..Limits::default() });
    while let Ok(Progress::Complete { consumed }) = parser.advance(stream) {
        if !is_tame(&parser.args(stream).to_vecs()) {
            return false;
        }
        stream = &stream[consumed..];
    }
    true
}
