//! The transcript format. `corpus/README.md` explains it to those who write it.

use crate::escape::{expand_repeats, unescape};
use resplay_resp::{Limits, Progress, Protocol, Requests, encode_request};
use resplay_spec::Spec;
use std::fmt;
use std::ops::Range;

/// A transcript file: `parse` and then `to_string` give the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// Everything before the first case: comments, blank lines and settings as written.
    pub head: Vec<String>,
    /// Configuration that the server is started with, name and value: the `with` lines.
    pub settings: Vec<(String, String)>,
    /// The cases in order.
    pub cases: Vec<Case>,
}

/// A story that begins with an empty keyspace and no connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub title: String,
    /// The protocols it is played under, each time from the start.
    pub protocols: Vec<Protocol>,
    /// Its lines.
    pub items: Vec<Item>,
}

/// A part of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A comment or a blank line, as written.
    Text(String),
    /// Something that is done, and what comes back.
    Step(Step),
}

/// Something that is done, and what comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line as written.
    pub source: String,
    /// Its number in the file, from 1.
    pub line: usize,
    /// What it says to do.
    pub action: Action,
    /// What comes back, on any connection, until the next step.
    pub expect: Vec<Expect>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client sends bytes.
    Send {
        /// Who; the client connects when it first says something.
        client: char,
        /// What, in pieces that the server sees one by one.
        pieces: Vec<Vec<u8>>,
        /// The elements of the reply have no order.
        unordered: bool,
        /// The command's name in upper case with its subcommand, if it is a command; for [`crate::Divergence`].
        command: String,
    },
    /// Time passes.
    Wait {
        /// How much, in milliseconds.
        ms: u64,
    },
}

/// A line that comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// On whose connection.
    pub client: char,
    /// Under which protocol; `None` for both.
    pub protocol: Option<Protocol>,
    /// What.
    pub content: Content,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A line, escaped, without its CR LF.
    Line(String),
    /// A line with holes.
    Pattern(String),
    /// The end of the connection.
    Closed,
}

/// The client of a line that names none.
pub(crate) const FIRST_CLIENT: char = 'a';

/// Why a text is no transcript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Transcript {
    /// Reads a transcript.
    pub fn parse(text: &str) -> Result<Transcript, ParseError> {
        let mut transcript = Transcript::default();
        for (line, number) in text.lines().zip(1..) {
            transcript.take_line(line, number).map_err(|why| ParseError { line: number, why })?;
        }
        Ok(transcript)
    }

    fn take_line(&mut self, line: &str, number: usize) -> Result<(), String> {
        if let Some(title) = line.strip_prefix("== ") {
            self.cases.push(Case::begin(title));
            return Ok(());
        }
        match self.cases.last_mut() {
            Some(case) => case.take_line(line, number),
            None => self.take_head_line(line),
        }
    }

    fn take_head_line(&mut self, line: &str) -> Result<(), String> {
        if let Some(setting) = line.strip_prefix("with ") {
            let (name, value) = setting.split_once(' ').ok_or("a setting needs a name and a value")?;
            self.settings.push((name.to_owned(), value.trim_matches('"').to_owned()));
        } else if !is_text(line) {
            return Err("before the first case come comments and `with` lines".into());
        }
        self.head.push(line.to_owned());
        Ok(())
    }
}

impl Case {
    fn begin(title: &str) -> Case {
        use Protocol::{Resp2, Resp3};
        let (title, protocols) = match title {
            title if title.ends_with(" [resp2]") => (&title[..title.len() - 8], vec![Resp2]),
            title if title.ends_with(" [resp3]") => (&title[..title.len() - 8], vec![Resp3]),
            title => (title, vec![Resp2, Resp3]),
        };
        Case { title: title.to_owned(), protocols, items: Vec::new() }
    }

    /// The steps in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.items.iter().filter_map(|item| match item {
            Item::Step(step) => Some(step),
            Item::Text(_) => None,
        })
    }

    /// The steps in order, to write down what they led to.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Step(step) => Some(step),
            Item::Text(_) => None,
        })
    }

    fn take_line(&mut self, line: &str, number: usize) -> Result<(), String> {
        if is_text(line) {
            self.items.push(Item::Text(line.to_owned()));
            return Ok(());
        }
        if let Some(expect) = Expect::parse(line) {
            let step = self.steps_mut().last().ok_or("a reply to nothing")?;
            step.expect.push(expect);
            return Ok(());
        }
        let action = Action::parse(line)?;
        self.items.push(Item::Step(Step {
            source: line.to_owned(),
            line: number,
            action,
            expect: Vec::new(),
        }));
        Ok(())
    }
}

impl Step {
    /// The requests that it sends, word by word, as far as its bytes are requests.
    pub fn requests(&self) -> Vec<Vec<Vec<u8>>> {
        match &self.action {
            Action::Send { pieces, .. } => requests(&mut pieces.concat()).0,
            Action::Wait { .. } => Vec::new(),
        }
    }
}

/// Takes the complete requests from the front of `bytes`; whether what follows can still become one.
pub(crate) fn requests(bytes: &mut Vec<u8>) -> (Vec<Vec<Vec<u8>>>, bool) {
    let mut parser = Requests::new(Limits { max_inline: usize::MAX / 2, ..Limits::default() });
    let mut found = Vec::new();
    loop {
        match parser.advance(bytes) {
            Ok(Progress::Complete { consumed }) => {
                found.push(parser.args(bytes).to_vecs());
                bytes.drain(..consumed);
            }
            Ok(_) => return (found, true),
            Err(_) => return (found, false),
        }
    }
}

/// Where a line that is sent has `{id:b}` for the id of client `b`, and which client, in order.
pub(crate) fn id_holes(line: &str) -> Vec<(Range<usize>, char)> {
    const OPEN: &str = "{id:";
    let hole = |(start, _)| match line.as_bytes()[start + OPEN.len()..] {
        [client @ b'a'..=b'z', b'}', ..] => Some((start..start + OPEN.len() + 2, char::from(client))),
        _ => None,
    };
    line.match_indices(OPEN).filter_map(hole).collect()
}

impl Action {
    pub(crate) fn parse(line: &str) -> Result<Action, String> {
        if let Some(ms) = line.strip_prefix("wait ").and_then(|time| time.strip_suffix("ms")) {
            return Ok(Action::Wait { ms: ms.parse().map_err(|_| "wait takes milliseconds: `wait 20ms`")? });
        }
        let (client, rest) = split_client(line);
        let rest = rest.strip_prefix('>').ok_or("not a line of a transcript")?;
        let (verb, words) = rest.split_once(' ').unwrap_or((rest, ""));
        let send = |pieces, unordered, command| Action::Send { client, pieces, unordered, command };
        match verb {
            "" | "~" => {
                let (command, bytes) = request(words)?;
                Ok(send(vec![bytes], verb == "~", command))
            }
            ">" => Ok(send(vec![raw(words)?], false, String::new())),
            "." => Ok(send(raw(words)?.into_iter().map(|byte| vec![byte]).collect(), false, String::new())),
            _ => Err("a client says `>`, `>~`, `>>` or `>.`".into()),
        }
    }
}

impl Expect {
    /// `None` if the line is something else.
    fn parse(line: &str) -> Option<Expect> {
        let (client, rest) = split_client(line);
        let rest = rest.strip_prefix('<')?;
        let (verb, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let (protocol, verb) = match verb.chars().next() {
            Some('2') => (Some(Protocol::Resp2), &verb[1..]),
            Some('3') => (Some(Protocol::Resp3), &verb[1..]),
            _ => (None, verb),
        };
        let content = match verb {
            "" => Content::Line(text.to_owned()),
            "?" => Content::Pattern(text.to_owned()),
            "!" => Content::Closed,
            _ => return None,
        };
        Some(Expect { client, protocol, content })
    }
}

/// The letter before a line's `>` or `<`, if there is one.
fn split_client(line: &str) -> (char, &str) {
    let mut chars = line.chars();
    match (chars.next(), chars.next()) {
        (Some(client @ 'a'..='z'), Some('>' | '<')) => (client, &line[1..]),
        _ => (FIRST_CLIENT, line),
    }
}

fn is_text(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

fn raw(text: &str) -> Result<Vec<u8>, String> {
    unescape(text).map_err(|error| error.to_string())
}

/// A command line as a request, and its name. The quoting rules are those of an inline request.
fn request(line: &str) -> Result<(String, Vec<u8>), String> {
    let mut input = expand_repeats(line).map_err(|error| error.to_string())?;
    input.push(b'\n');
    let mut parser = Requests::new(Limits { max_inline: usize::MAX / 2, ..Limits::default() });
    match parser.advance(&input) {
        Ok(Progress::Complete { .. }) => {}
        _ => return Err("unbalanced quotes".into()),
    }
    let words = parser.args(&input).to_vecs();
    let mut out = Vec::new();
    encode_request(&mut out, &words);
    Ok((command_name(&words), out))
}

/// A request's command in upper case, with its subcommand.
pub(crate) fn command_name(words: &[Vec<u8>]) -> String {
    let word =
        |index: usize| words.get(index).map(|word| word.escape_ascii().to_string().to_ascii_uppercase());
    let name = word(0).unwrap_or_default();
    match word(1) {
        // The specification does not tell of DEBUG's subcommands.
        Some(subcommand)
            if name == "DEBUG" || Spec::get().named(&name).is_some_and(|command| command.is_container) =>
        {
            format!("{name} {subcommand}")
        }
        _ => name,
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        self.cases.iter().try_for_each(|case| write!(f, "{case}"))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.protocols[..] {
            [Protocol::Resp2] => " [resp2]",
            [Protocol::Resp3] => " [resp3]",
            _ => "",
        };
        writeln!(f, "== {}{suffix}", self.title)?;
        self.items.iter().try_for_each(|item| match item {
            Item::Text(line) => writeln!(f, "{line}"),
            Item::Step(step) => write!(f, "{step}"),
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.source)?;
        self.expect.iter().try_for_each(|expect| writeln!(f, "{expect}"))
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.client != FIRST_CLIENT {
            write!(f, "{}", self.client)?;
        }
        let protocol = match self.protocol {
            None => "",
            Some(Protocol::Resp2) => "2",
            Some(Protocol::Resp3) => "3",
        };
        match &self.content {
            Content::Line(text) if text.is_empty() => write!(f, "<{protocol}"),
            Content::Line(text) => write!(f, "<{protocol} {text}"),
            Content::Pattern(text) if text.is_empty() => write!(f, "<{protocol}?"),
            Content::Pattern(text) => write!(f, "<{protocol}? {text}"),
            Content::Closed => write!(f, "<{protocol}!"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: &str = "\
# A comment.
with requirepass pw

== a title
> SET a \"b c\"
< +OK
b>~ config get \\(x*3)
b<2 *2
b<3? %{int}
>> *1\\r\\n$-1\\r\\n
< -ERR
<!

# Another comment.
wait 20ms
>. PING\\r\\n
== only one protocol [resp3]
> HGETALL a
";

    #[test]
    fn a_transcript_prints_as_it_was_read() {
        let transcript = Transcript::parse(EVERYTHING).expect("well formed");
        assert_eq!(transcript.to_string(), EVERYTHING);
        assert_eq!(transcript.settings, [("requirepass".to_owned(), "pw".to_owned())]);
        assert_eq!(transcript.cases[1].protocols, [Protocol::Resp3]);
    }

    #[test]
    fn lines_mean_what_they_say() {
        let transcript = Transcript::parse(EVERYTHING).expect("well formed");
        let actions: Vec<Action> = transcript.cases[0].steps().map(|step| step.action.clone()).collect();
        let send = |client, pieces: &[&[u8]], unordered, command: &str| Action::Send {
            client,
            pieces: pieces.iter().map(|piece| piece.to_vec()).collect(),
            unordered,
            command: command.to_owned(),
        };
        assert_eq!(actions[0], send('a', &[b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nb c\r\n"], false, "SET"));
        let config = b"*3\r\n$6\r\nconfig\r\n$3\r\nget\r\n$3\r\nxxx\r\n";
        assert_eq!(actions[1], send('b', &[config], true, "CONFIG GET"));
        assert_eq!(actions[2], send('a', &[b"*1\r\n$-1\r\n"], false, ""));
        assert_eq!(actions[3], Action::Wait { ms: 20 });
        assert_eq!(actions[4], send('a', &[b"P", b"I", b"N", b"G", b"\r", b"\n"], false, ""));
    }

    #[test]
    fn holes_for_ids_name_a_client() {
        assert_eq!(id_holes("> CLIENT UNBLOCK {id:b} {id:c}"), [(17..23, 'b'), (24..30, 'c')]);
        assert_eq!(id_holes("> ECHO {id:} {id:B} {id:bb} {id:"), []);
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let line = |text: &str| Transcript::parse(text).map_err(|error| error.line);
        assert_eq!(line("PING\n"), Err(1));
        assert_eq!(line("== a\n< +OK\n"), Err(2));
        assert_eq!(line("== a\n\n> GET \"a\n"), Err(3));
        assert_eq!(line("== a\n>> \\q\n"), Err(2));
        assert_eq!(line("== a\nwait long\n"), Err(2));
    }
}
