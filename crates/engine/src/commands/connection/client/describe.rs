//! A client's line in CLIENT LIST and CLIENT INFO.

use crate::context::Context;
use crate::memory;
use crate::output;
use crate::pubsub::Kind;
use crate::session::{Client, Session};
use resplay_base::Mono;
use resplay_resp::Protocol;
use std::fmt::Write;

/// What stands in a client's buffers, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    query: usize,
    output: usize,
}

impl Buffers {
    /// Those of a client that is not running a command.
    pub fn of(session: &Session) -> Buffers {
        Buffers { query: session.query.len(), output: session.unsent().len() }
    }

    /// Those of the client that asks.
    pub fn own(ctx: &Context<'_>) -> Buffers {
        Buffers { query: 0, output: ctx.reply.out.len() }
    }
}

/// The line of a client that is not running a command, without its line end; `hides` the names that users chose, as
/// `hide-user-data-from-log` asks.
pub fn describe(session: &Session, now: Mono, hides: bool) -> String {
    let (client, buffers) = (&session.client, Buffers::of(session));
    let line = if hides {
        write_line(client, buffers, now, b"*redacted*", "*redacted*")
    } else {
        line(client, buffers, now)
    };
    line.trim_end().to_string()
}

/// The line, with its line end. Figures that this server has no counterpart for are those of an idle client.
pub fn line(client: &Client, buffers: Buffers, now: Mono) -> String {
    write_line(client, buffers, now, &client.name, "default")
}

fn write_line(client: &Client, buffers: Buffers, now: Mono, name: &[u8], user: &str) -> String {
    let mut line = String::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let _ = write!(
        line,
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} watch={}",
        client.id,
        client.peer,
        client.local,
        client.fd.0,
        text(name),
        now.since(client.created).as_secs(),
        now.since(client.active).as_secs(),
        flags(client),
        client.db,
        client.subscriptions.len(Kind::Channel),
        client.subscriptions.len(Kind::Pattern),
        client.subscriptions.len(Kind::Shard),
        client.multi.as_ref().map_or(-1, |multi| multi.queue.len().max(multi.running) as i64),
        client.watched.len(),
    );
    let output = buffers.output as u64;
    let memory = memory::client_overhead() + (buffers.query + buffers.output) as u64;
    let _ = write!(
        line,
        " qbuf={} qbuf-free=0 argv-mem=0 multi-mem={} rbs={} rbp={} obl={} oll={} omem={} tot-mem={memory} events=r",
        buffers.query,
        queued_bytes(client),
        buffers.output,
        buffers.output,
        output.min(output::FREE_BYTES),
        output::blocks(output),
        output::counted(output),
    );
    let _ = writeln!(
        line,
        " cmd={} user={user} redir=-1 resp={} lib-name={} lib-ver={} tot-net-in={} tot-net-out={} tot-cmds={}",
        client.last.map_or("NULL", |row| row.name),
        if client.protocol == Protocol::Resp3 { 3 } else { 2 },
        text(&client.lib_name),
        text(&client.lib_ver),
        client.bytes_in,
        client.bytes_out,
        client.commands,
    );
    line
}

/// One letter a state, or N.
fn flags(client: &Client) -> String {
    let states = [
        (!client.subscriptions.is_empty(), 'P'),
        (client.multi.is_some(), 'x'),
        (client.blocked.is_some(), 'b'),
        (client.is_cas_dirty, 'd'),
        (client.is_closing, 'c'),
        (matches!(client.peer, resplay_base::Endpoint::Unix(_)), 'U'),
        (client.no_evict, 'e'),
        (client.no_touch, 'T'),
    ];
    let letters: String = states.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| *letter).collect();
    if letters.is_empty() { "N".to_string() } else { letters }
}

fn queued_bytes(client: &Client) -> usize {
    let queue = client.multi.iter().flat_map(|multi| &multi.queue);
    queue.map(|(_, words)| words.as_args().total_bytes()).sum()
}
