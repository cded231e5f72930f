//! Which commands make a key, one after the other: where that stands is a position in the value, not a borrow of it.

use super::stream::StreamCommands;
use super::word::Word;
use resplay_datatypes::list::{List, Node};
use resplay_datatypes::listpack::Position;
use resplay_datatypes::{Scratch, Value};
use std::iter;
use std::ops::ControlFlow;

/// A command adds at most so many elements, as the real servers' do.
const ITEMS_PER_COMMAND: usize = 64;

/// Takes a command, word by word; it breaks when it has enough for now.
pub(super) type Sink<'a> = dyn FnMut(&[Word<'_>]) -> ControlFlow<()> + 'a;

/// Where in the commands of a key the writer stands.
#[derive(Clone)]
pub(super) struct Commands {
    at: At,
    /// In milliseconds since 1970; `None` once it is told, too.
    expire_ms: Option<i64>,
}

#[derive(Clone)]
enum At {
    /// Whether the value's only command was given.
    Whole(bool),
    /// The next element of a list.
    Element(ListPlace),
    /// The index of the next member, or of the next pair of a compact hash. To get there is a walk if the value is
    /// compact, and then it is a short one.
    Index(usize),
    /// The place of the next pair of a hash table.
    Place(usize),
    Stream(StreamCommands),
}

/// A node of a list, and where in it; `None`: at its beginning. An index would have to be looked for from an end.
#[derive(Clone, Default)]
struct ListPlace {
    node: usize,
    at: Option<Position>,
}

impl Commands {
    /// Those of a key with this value; `expire_ms` in milliseconds since 1970.
    pub fn new(value: &Value, expire_ms: Option<i64>) -> Commands {
        let at = match value {
            Value::Str(_) => At::Whole(false),
            Value::List(_) => At::Element(ListPlace::default()),
            Value::Hash(hash) if !hash.is_compact() => At::Place(0),
            Value::Set(_) | Value::Zset(_) | Value::Hash(_) => At::Index(0),
            Value::Stream(_) => At::Stream(StreamCommands::new()),
        };
        Commands { at, expire_ms }
    }

    /// Gives commands until the sink breaks or there are no more, which is then what it says.
    pub fn write(&mut self, key: &[u8], value: &Value, sink: &mut Sink<'_>) -> ControlFlow<()> {
        self.write_value(key, value, sink)?;
        match self.expire_ms.take() {
            Some(at_ms) => sink(&[Word::Bytes(b"PEXPIREAT"), Word::Bytes(key), Word::Int(at_ms)]),
            None => ControlFlow::Continue(()),
        }
    }

    fn write_value(&mut self, key: &[u8], value: &Value, sink: &mut Sink<'_>) -> ControlFlow<()> {
        match (&mut self.at, value) {
            (At::Whole(is_given), Value::Str(text)) => {
                if std::mem::replace(is_given, true) {
                    return ControlFlow::Continue(());
                }
                let mut scratch = Scratch::new();
                sink(&[Word::Bytes(b"SET"), Word::Bytes(key), Word::Bytes(text.bytes(&mut scratch))])
            }
            (At::Element(place), Value::List(list)) => {
                in_groups(b"RPUSH", key, iter::from_fn(|| next_element(list, place)), sink)
            }
            (At::Index(next), Value::Set(set)) => {
                let members = set.iter_from(*next).map(|member| [member.into()]);
                in_groups(b"SADD", key, members.inspect(|_| *next += 1), sink)
            }
            (At::Index(next), Value::Zset(zset)) => {
                let elements = zset.range(*next..zset.len());
                let elements = elements.map(|(member, score)| [Word::Score(score), member.into()]);
                in_groups(b"ZADD", key, elements.inspect(|_| *next += 1), sink)
            }
            (At::Index(next), Value::Hash(hash)) => {
                let pairs = hash.iter().skip(*next).map(pair);
                in_groups(b"HMSET", key, pairs.inspect(|_| *next += 1), sink)
            }
            (At::Place(place), Value::Hash(hash)) => {
                in_groups(b"HMSET", key, iter::from_fn(|| hash.next_from(place).map(pair)), sink)
            }
            (At::Stream(commands), Value::Stream(stream)) => commands.write(key, stream, sink),
            _ => unreachable!("the value became one of another type"),
        }
    }
}

fn pair<'a>((field, value): (&'a [u8], &'a [u8])) -> [Word<'a>; 2] {
    [Word::Bytes(field), Word::Bytes(value)]
}

fn next_element<'a>(list: &'a List, place: &mut ListPlace) -> Option<[Word<'a>; 1]> {
    let pack = match list.node(place.node)? {
        Node::Packed(pack) => pack,
        Node::Plain(bytes) => {
            place.node += 1;
            return Some([Word::Bytes(bytes)]);
        }
    };
    let at = place.at.or_else(|| pack.first())?;
    place.at = pack.next(at);
    if place.at.is_none() {
        place.node += 1;
    }
    Some([pack.get(at).into()])
}

/// Gives elements of so many words each. Taking one moves the place behind it, and nothing is taken that is not given:
/// where the sink breaks, the place is right.
fn in_groups<'a, const WORDS: usize>(
    verb: &'static [u8],
    key: &'a [u8],
    mut elements: impl Iterator<Item = [Word<'a>; WORDS]>,
    sink: &mut Sink<'_>,
) -> ControlFlow<()> {
    let mut words = vec![Word::Bytes(verb), Word::Bytes(key)];
    loop {
        words.truncate(2);
        words.extend(elements.by_ref().take(ITEMS_PER_COMMAND).flatten());
        if words.len() == 2 {
            return ControlFlow::Continue(());
        }
        sink(&words)?;
    }
}
