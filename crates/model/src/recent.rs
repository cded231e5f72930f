//! The last commands, kept to explain a mismatch.

use resplay_base::WallUs;
use resplay_resp::{OwnedArgs, Reply, decode};

/// How many commands are remembered, on all keys together.
const KEPT: usize = 2048;

/// A ring of commands; slots are reused, so remembering costs no allocation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    slots: Vec<Slot>,
    next: usize,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    at: WallUs,
    who: Who,
    words: OwnedArgs,
    reply: Vec<u8>,
}

/// On whose behalf something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Who {
    /// The server itself: a file replayed, a key evicted or expired.
    #[default]
    Server,
    /// A client, by its id.
    Client(u64),
}

impl Recent {
    /// Remembers a command.
    pub(crate) fn push(&mut self, at: WallUs, who: Who, words: &[impl AsRef<[u8]>], reply: &[u8]) {
        if self.slots.len() < KEPT {
            self.slots.push(Slot::default());
            self.next = self.slots.len() - 1;
        }
        let slot = &mut self.slots[self.next];
        (slot.at, slot.who) = (at, who);
        slot.words.clear();
        words.iter().for_each(|word| slot.words.push(word.as_ref()));
        slot.reply.clear();
        slot.reply.extend_from_slice(reply);
        self.next = (self.next + 1) % KEPT;
    }

    /// The last `count` commands that mention one of the words, oldest first, each with its reply, as `redis-cli`
    /// shows them.
    pub(crate) fn mentioning(&self, words: &[&[u8]], count: usize) -> Vec<String> {
        let (newer, older) = self.slots.split_at(self.next.min(self.slots.len()));
        let all = older.iter().chain(newer);
        let mut found: Vec<String> = all.filter(|slot| slot.mentions(words)).map(Slot::show).collect();
        found.split_off(found.len().saturating_sub(count))
    }
}

impl Slot {
    fn mentions(&self, words: &[&[u8]]) -> bool {
        self.words.as_args().iter().skip(1).any(|word| words.contains(&word))
    }

    fn show(&self) -> String {
        let who = match self.who {
            Who::Server => "(server)".to_owned(),
            Who::Client(id) => format!("client {id}"),
        };
        let ms = self.at.as_millis();
        format!("{ms} {who}> {}  =>  {}", show_words(self.words.as_args().iter()), show_reply(&self.reply))
    }
}

/// Words as one types them into `redis-cli`.
pub fn show_words<'a>(words: impl Iterator<Item = &'a [u8]>) -> String {
    words.map(show_word).collect::<Vec<_>>().join(" ")
}

fn show_word(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"'\\".contains(byte);
    match !word.is_empty() && word.iter().all(is_plain) {
        true => String::from_utf8_lossy(word).into_owned(),
        false => quoted(word),
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii().to_string().replace("\\'", "'"))
}

/// Wire bytes as `redis-cli` prints a reply, on one line.
pub fn show_reply(bytes: &[u8]) -> String {
    match decode(bytes) {
        Ok(Some((reply, used))) if used == bytes.len() => show(&reply),
        _ if bytes.is_empty() => "(no reply)".to_owned(),
        _ => format!("(bytes) {}", bytes.escape_ascii()),
    }
}

fn show(reply: &Reply) -> String {
    let list = |items: &[Reply]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match reply {
        Reply::Simple(text) => String::from_utf8_lossy(text).into_owned(),
        Reply::Error(text) => format!("(error) {}", String::from_utf8_lossy(text)),
        Reply::Int(value) => format!("(integer) {value}"),
        Reply::Bulk(bytes) => quoted(bytes),
        Reply::Null | Reply::NullArray => "(nil)".to_owned(),
        Reply::Array(items) | Reply::Push(items) => format!("[{}]", list(items)),
        Reply::Set(items) => format!("{{{}}}", list(items)),
        Reply::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| format!("{} => {}", show(key), show(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Reply::Double(value) => format!("(double) {value}"),
        Reply::Bool(value) => format!("({value})"),
        Reply::BigNumber(digits) => String::from_utf8_lossy(digits).into_owned(),
        Reply::Verbatim(_, text) => quoted(text),
    }
}
