//! Playing a transcript: what was observed, how it differs from what is written, and writing it down.

use crate::escape::escape;
use crate::listen::Listener;
use crate::pattern::fits;
use crate::target::{Connection, Received, Target};
use crate::transcript::{Action, Case, Content, Expect, Step, Transcript, id_holes};
use resplay_resp::{Protocol, Reply, Writer, decode, encode_request};
use resplay_spec::{Exception, Misfit};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::{fmt, io};

/// What a target did with a transcript.
#[derive(Clone, Debug)]
pub struct Play {
    /// By case, under each of its protocols in turn.
    cases: Vec<Vec<CasePlay>>,
}

/// What a target did with one case under one protocol.
#[derive(Clone, Debug)]
pub struct CasePlay {
    protocol: Protocol,
    /// By step.
    steps: Vec<Observed>,
    /// RESP3 replies that do not have the shape that their commands promise.
    pub misfits: Vec<Misfit>,
    /// How many replies had a shape to have.
    pub shapes_checked: u64,
    /// The exceptions from those shapes that were needed.
    pub excused: Vec<&'static Exception>,
}

/// What one step led to: the lines that came on each client's connection.
type Observed = BTreeMap<char, Vec<Content>>;

/// A step that led to something else than what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The case's title.
    pub case: String,
    /// The step's line in the file, from 1.
    pub line: usize,
    /// The step as written.
    pub step: String,
    /// The command's name in upper case; empty for raw bytes.
    pub command: String,
    /// The protocol spoken.
    pub protocol: Protocol,
    /// The client that heard it.
    pub client: char,
    /// What is written.
    pub expected: Vec<Content>,
    /// What came.
    pub observed: Vec<Content>,
}

/// Plays every case of a transcript under each of its protocols.
pub fn play(transcript: &Transcript, target: &mut dyn Target) -> io::Result<Play> {
    let mut each =
        |case: &Case| case.protocols.iter().map(|&protocol| play_case(case, protocol, target)).collect();
    let cases = transcript.cases.iter().map(&mut each).collect::<io::Result<_>>()?;
    Ok(Play { cases })
}

/// Plays one case under one protocol.
pub fn play_case(case: &Case, protocol: Protocol, target: &mut dyn Target) -> io::Result<CasePlay> {
    let mut cast = Cast::new(target, protocol, case)?;
    let mut steps = Vec::new();
    for step in case.steps() {
        steps.push(cast.act(step)?);
    }
    Ok(cast.leave(steps))
}

impl CasePlay {
    /// Where the case says something else.
    pub fn mismatches(&self, case: &Case) -> Vec<Mismatch> {
        let steps = case.steps().zip(&self.steps);
        steps.flat_map(|(step, observed)| compare(case, step, observed, self.protocol)).collect()
    }
}

impl Play {
    /// Where the transcript says something else.
    pub fn mismatches(&self, transcript: &Transcript) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        for (case, plays) in transcript.cases.iter().zip(&self.cases) {
            mismatches.extend(plays.iter().flat_map(|play| play.mismatches(case)));
        }
        mismatches
    }

    /// Every case under every protocol, in order.
    pub fn plays(&self) -> impl Iterator<Item = &CasePlay> {
        self.cases.iter().flatten()
    }

    /// The transcript with what was observed in place of what was written; lines with holes stay where they fit.
    pub fn record(&self, transcript: &Transcript) -> Transcript {
        let mut recorded = transcript.clone();
        for (case, plays) in recorded.cases.iter_mut().zip(&self.cases) {
            for (index, step) in case.steps_mut().enumerate() {
                let observed = plays.iter().map(|play| (play.protocol, &play.steps[index])).collect();
                step.expect = write_down(step, &observed);
            }
        }
        recorded
    }
}

/// How often, and how long, a close that is due is waited for.
const CLOSE_TRIES: usize = 100;
const CLOSE_WAIT_MS: u64 = 10;

/// The clients of a case under one protocol.
struct Cast<'a> {
    target: &'a mut dyn Target,
    protocol: Protocol,
    clients: BTreeMap<char, Client>,
    misfits: Vec<Misfit>,
    /// By client, of those whose ids the case sends: the id, once it connected.
    ids: BTreeMap<char, String>,
}

struct Client {
    connection: Connection,
    was_closed: bool,
    listener: Listener,
}

impl<'a> Cast<'a> {
    /// An empty stage: no keys, no statistics, no clients.
    fn new(target: &'a mut dyn Target, protocol: Protocol, case: &Case) -> io::Result<Cast<'a>> {
        for words in [&["FLUSHALL"][..], &["CONFIG", "RESETSTAT"], &["SLOWLOG", "RESET"]] {
            target.control(words)?;
        }
        let ids =
            case.steps().flat_map(|step| id_holes(&step.source)).map(|(_, client)| (client, String::new()));
        let (clients, ids) = (BTreeMap::new(), ids.collect());
        Ok(Cast { target, protocol, clients, misfits: Vec::new(), ids })
    }

    fn act(&mut self, step: &Step) -> io::Result<Observed> {
        match &*self.action(step)? {
            Action::Wait { ms } => {
                self.target.wait(*ms)?;
                self.hear(false, step)
            }
            Action::Send { client, pieces, unordered, .. } => {
                let connection = self.connection(*client)?;
                if let Some(client) = self.clients.get_mut(client) {
                    client.listener.sent(&pieces.concat());
                }
                for piece in pieces {
                    self.target.send(connection, piece)?;
                    if pieces.len() > 1 {
                        self.target.settle()?;
                    }
                }
                self.target.settle()?;
                self.hear(*unordered, step)
            }
        }
    }

    /// What a step does, with the ids of clients filled in.
    fn action<'s>(&mut self, step: &'s Step) -> io::Result<Cow<'s, Action>> {
        let holes = id_holes(&step.source);
        if holes.is_empty() {
            return Ok(Cow::Borrowed(&step.action));
        }
        let mut source = step.source.clone();
        for (place, client) in holes.into_iter().rev() {
            self.connection(client)?;
            source.replace_range(place, &self.ids[&client]);
        }
        Action::parse(&source).map(Cow::Owned).map_err(io::Error::other)
    }

    /// The client's connection, opened when it first says something or when its id is first sent.
    fn connection(&mut self, client: char) -> io::Result<Connection> {
        if let Some(client) = self.clients.get(&client) {
            return Ok(client.connection);
        }
        let connection = self.target.connect()?;
        if self.protocol == Protocol::Resp3 {
            self.ask(connection, &["HELLO", "3"])?;
        }
        if self.ids.contains_key(&client) {
            let reply = self.ask(connection, &["CLIENT", "ID"])?;
            let digits = reply.into_iter().filter(u8::is_ascii_digit).map(char::from);
            self.ids.insert(client, digits.collect());
        }
        let listener = Listener::new(self.protocol);
        self.clients.insert(client, Client { connection, was_closed: false, listener });
        Ok(connection)
    }

    /// What the player itself says on a client's connection; nobody hears of it.
    fn ask(&mut self, connection: Connection, words: &[&str]) -> io::Result<Vec<u8>> {
        let mut request = Vec::new();
        encode_request(&mut request, words);
        self.target.send(connection, &request)?;
        self.target.settle()?;
        self.target.receive(connection).map(|received| received.bytes)
    }

    fn hear(&mut self, unordered: bool, step: &Step) -> io::Result<Observed> {
        let mut observed = Observed::new();
        for (&name, client) in &mut self.clients {
            let is_closing =
                step.expect.iter().any(|line| line.client == name && line.content == Content::Closed);
            let mut received = receive(self.target, client.connection, is_closing && !client.was_closed)?;
            let was_closed = client.was_closed;
            client.was_closed |= received.closed;
            received.closed &= !was_closed;
            self.misfits.extend(client.listener.received(&received.bytes));
            if unordered {
                received.bytes = sort_reply(&received.bytes, self.protocol);
            }
            let lines = lines(&received);
            if !lines.is_empty() {
                observed.insert(name, lines);
            }
        }
        Ok(observed)
    }

    fn leave(self, steps: Vec<Observed>) -> CasePlay {
        self.clients.values().for_each(|client| self.target.disconnect(client.connection));
        let conversations = || self.clients.values().map(|client| client.listener.conversation());
        CasePlay {
            protocol: self.protocol,
            steps,
            shapes_checked: conversations().map(|conversation| conversation.checked()).sum(),
            excused: conversations().flat_map(|conversation| conversation.excused()).copied().collect(),
            misfits: self.misfits,
        }
    }
}

/// What has arrived. A real kernel may tell of a close a moment after the last bytes: if one is due it is waited for.
fn receive(target: &mut dyn Target, connection: Connection, is_closing: bool) -> io::Result<Received> {
    let mut received = target.receive(connection)?;
    for _ in 0..CLOSE_TRIES {
        if received.closed || !is_closing {
            break;
        }
        target.wait(CLOSE_WAIT_MS)?;
        let more = target.receive(connection)?;
        received.bytes.extend_from_slice(&more.bytes);
        received.closed = more.closed;
    }
    Ok(received)
}

/// Bytes as lines; one that CR LF does not end is marked with a final `\`.
fn lines(received: &Received) -> Vec<Content> {
    let mut lines = Vec::new();
    let mut rest = &received.bytes[..];
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        lines.push(Content::Line(escape(&rest[..end])));
        rest = &rest[end + 2..];
    }
    if !rest.is_empty() {
        lines.push(Content::Line(escape(rest) + "\\"));
    }
    if received.closed {
        lines.push(Content::Closed);
    }
    lines
}

/// Sorts the elements of the first reply; what is no reply stays as it is.
fn sort_reply(bytes: &[u8], protocol: Protocol) -> Vec<u8> {
    let Ok(Some((reply, len))) = decode(bytes) else { return bytes.to_vec() };
    let mut out = Vec::new();
    write_sorted(&reply, protocol, &mut out);
    out.extend_from_slice(&bytes[len..]);
    out
}

fn write_sorted(reply: &Reply, protocol: Protocol, out: &mut Vec<u8>) {
    let is_nested = |item: &Reply| item.as_slice().is_some();
    let items = reply.as_slice().unwrap_or_default();
    // SCAN's array of a cursor and an array has an order; the array in it has none, nor has one of pairs.
    let is_mixed = items.iter().any(is_nested) && !items.iter().all(is_nested);
    let mut parts: Vec<Vec<u8>> = match reply {
        Reply::Map(pairs) => pairs.iter().map(|(key, value)| encode(&[key, value], protocol)).collect(),
        Reply::Array(_) | Reply::Set(_) | Reply::Push(_) if is_mixed => {
            items.iter().map(|item| sorted(item, protocol)).collect()
        }
        Reply::Array(_) | Reply::Set(_) | Reply::Push(_) => {
            items.iter().map(|item| encode(&[item], protocol)).collect()
        }
        reply => return Writer::new(out, protocol).reply(reply),
    };
    if !is_mixed {
        parts.sort();
    }
    write_head(reply, protocol, out);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

fn sorted(reply: &Reply, protocol: Protocol) -> Vec<u8> {
    let mut out = Vec::new();
    write_sorted(reply, protocol, &mut out);
    out
}

fn encode(replies: &[&Reply], protocol: Protocol) -> Vec<u8> {
    let mut out = Vec::new();
    replies.iter().for_each(|reply| Writer::new(&mut out, protocol).reply(reply));
    out
}

fn write_head(reply: &Reply, protocol: Protocol, out: &mut Vec<u8>) {
    let mut writer = Writer::new(out, protocol);
    match reply {
        Reply::Map(pairs) => writer.map(pairs.len()),
        Reply::Set(items) => writer.set(items.len()),
        Reply::Push(items) => writer.push(items.len()),
        reply => writer.array(reply.as_slice().map_or(0, <[Reply]>::len)),
    }
}

/// The clients that appear in a step, written or heard.
fn clients<'a>(step: &Step, observed: impl IntoIterator<Item = &'a Observed>) -> Vec<char> {
    let mut clients: Vec<char> = step.expect.iter().map(|expect| expect.client).collect();
    clients.extend(observed.into_iter().flat_map(|observed| observed.keys()));
    clients.sort_unstable();
    clients.dedup();
    clients
}

fn expected(step: &Step, client: char, protocol: Protocol) -> Vec<Content> {
    let here =
        |expect: &&Expect| expect.client == client && expect.protocol.is_none_or(|only| only == protocol);
    step.expect.iter().filter(here).map(|expect| expect.content.clone()).collect()
}

fn heard(observed: &Observed, client: char) -> Vec<Content> {
    observed.get(&client).cloned().unwrap_or_default()
}

fn agree(expected: &[Content], observed: &[Content]) -> bool {
    expected.len() == observed.len()
        && expected.iter().zip(observed).all(|pair| match pair {
            (Content::Pattern(pattern), Content::Line(line)) => fits(pattern, line),
            (expected, observed) => expected == observed,
        })
}

fn compare(case: &Case, step: &Step, observed: &Observed, protocol: Protocol) -> Vec<Mismatch> {
    let mismatch = |client| {
        let (expected, observed) = (expected(step, client, protocol), heard(observed, client));
        let command = match &step.action {
            Action::Send { command, .. } => command.clone(),
            Action::Wait { .. } => String::new(),
        };
        (!agree(&expected, &observed)).then(|| Mismatch {
            case: case.title.clone(),
            line: step.line,
            step: step.source.clone(),
            command,
            protocol,
            client,
            expected,
            observed,
        })
    };
    clients(step, [observed]).into_iter().filter_map(mismatch).collect()
}

/// What was heard as lines of a transcript: once where both protocols agree.
fn write_down(step: &Step, observed: &Vec<(Protocol, &Observed)>) -> Vec<Expect> {
    let fits = |client| {
        observed
            .iter()
            .all(|(protocol, observed)| agree(&expected(step, client, *protocol), &heard(observed, client)))
    };
    let mut lines = Vec::new();
    for client in clients(step, observed.iter().map(|(_, observed)| *observed)) {
        if fits(client) {
            lines.extend(step.expect.iter().filter(|expect| expect.client == client).cloned());
            continue;
        }
        let mut write = |protocol, contents: Vec<Content>| {
            lines.extend(contents.into_iter().map(|content| Expect { client, protocol, content }));
        };
        let heard: Vec<_> =
            observed.iter().map(|(protocol, observed)| (*protocol, heard(observed, client))).collect();
        match heard.iter().all(|(_, contents)| *contents == heard[0].1) {
            true => write(None, heard[0].1.clone()),
            false => heard.into_iter().for_each(|(protocol, contents)| write(Some(protocol), contents)),
        }
    }
    lines
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "line {} ({}), {:?}, client {}:", self.line, self.case, self.protocol, self.client)?;
        writeln!(f, "    {}", self.step)?;
        for (label, contents) in [("written", &self.expected), ("heard", &self.observed)] {
            let lines: Vec<String> = contents.iter().map(Content::to_string).collect();
            writeln!(f, "    {label:8}{}", lines.join(" | "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Line(text) | Content::Pattern(text) => f.write_str(text),
            Content::Closed => f.write_str("(closed)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target that answers every send with fixed bytes.
    struct Parrot {
        answers: Vec<&'static str>,
        inbox: Vec<u8>,
    }

    impl Target for Parrot {
        fn connect(&mut self) -> io::Result<Connection> {
            Ok(Connection(0))
        }
        fn send(&mut self, _: Connection, bytes: &[u8]) -> io::Result<()> {
            if !bytes.windows(5).any(|word| word == b"HELLO") {
                self.inbox = self.answers.remove(0).as_bytes().to_vec();
            }
            Ok(())
        }
        fn settle(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn receive(&mut self, _: Connection) -> io::Result<Received> {
            Ok(Received { bytes: std::mem::take(&mut self.inbox), closed: false })
        }
        fn disconnect(&mut self, _: Connection) {}
        fn wait(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn control(&mut self, _: &[&str]) -> io::Result<Vec<u8>> {
            Ok(Vec::new())
        }
    }

    fn play_text(text: &str, answers: &[&'static str]) -> (Transcript, Play) {
        let transcript = Transcript::parse(text).expect("well formed");
        let mut parrot = Parrot { answers: answers.to_vec(), inbox: Vec::new() };
        let played = play(&transcript, &mut parrot).expect("no I/O");
        (transcript, played)
    }

    #[test]
    fn replies_are_written_once_where_the_protocols_agree() {
        let (transcript, played) = play_text("== t\n> A\n> B\n", &["+OK\r\n", "$-1\r\n", "+OK\r\n", "_\r\n"]);
        let recorded = played.record(&transcript);
        assert_eq!(recorded.to_string(), "== t\n> A\n< +OK\n> B\n<2 $-1\n<3 _\n");
        assert_eq!(played.mismatches(&recorded), []);
        assert_eq!(played.mismatches(&transcript).len(), 4);
    }

    #[test]
    fn lines_with_holes_stay_when_they_fit() {
        let text = "== t\n> A\n<? :{int}\n";
        let (transcript, played) = play_text(text, &[":17\r\n", ":18\r\n"]);
        assert_eq!(played.mismatches(&transcript), []);
        assert_eq!(played.record(&transcript).to_string(), text);
    }

    #[test]
    fn elements_without_order_are_sorted() {
        let reply = "*2\r\n$1\r\n0\r\n*2\r\n$1\r\nb\r\n$1\r\na\r\n";
        let (transcript, played) = play_text("== t [resp2]\n>~ SCAN 0\n", &[reply]);
        let recorded = played.record(&transcript).to_string();
        assert_eq!(recorded, "== t [resp2]\n>~ SCAN 0\n< *2\n< $1\n< 0\n< *2\n< $1\n< a\n< $1\n< b\n");
    }
}
