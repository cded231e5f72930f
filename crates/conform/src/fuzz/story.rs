//! Commands in words, judged by the reference model.

use super::{SMALL_STRINGS, is_tame};
use crate::judged::Judged;
use crate::random;
use resplay_base::Random;
use resplay_resp::{Limits, Progress, Requests};

/// Clients of a history.
const CLIENTS: usize = 4;
/// A history has at most so many commands; what follows is not read.
const COMMANDS_MAX: usize = 200;
/// The longest wait, in milliseconds.
const WAIT_MAX: u64 = 5_000;
/// The model tries everything that a star can stand for, so patterns are short.
const STARS_MAX: usize = 4;
const PATTERN_MAX: usize = 24;
const KEYS_MAX: usize = 8;

/// What the model has against what was done is a finding.
#[track_caller]
fn judge(stage: &mut Judged) {
    if let Err(mismatch) = stage.judge() {
        panic!("{mismatch}");
    }
}

fn start() -> Judged {
    Judged::start(SMALL_STRINGS, CLIENTS)
}

/// Sends a command, unless it is none that the model knows.
fn send(stage: &mut Judged, client: usize, words: &[Vec<u8>]) {
    if !words.is_empty() && is_tame(words) && resplay_model::knows(words) {
        stage.send(client, words);
        judge(stage);
    }
}

/// Histories of several clients: the engine does what the model says.
///
/// The input: lines of `a> COMMAND word "wo\x72d"` by clients a to d, and `(wait 30 ms)`; other lines are nothing.
pub(super) fn history(data: &[u8]) {
    let mut stage = start();
    for line in data.split(|byte| *byte == b'\n').take(COMMANDS_MAX) {
        match line {
            [client, b'>', b' ', words @ ..] => {
                send(&mut stage, usize::from(client % CLIENTS as u8), &split(words))
            }
            _ => {
                let ms = line.strip_prefix(b"(wait ").and_then(|rest| std::str::from_utf8(rest).ok());
                let ms = ms.and_then(|rest| rest.strip_suffix(" ms)")).and_then(|ms| ms.parse::<u64>().ok());
                if let Some(ms) = ms {
                    stage.wait(ms.min(WAIT_MAX));
                    judge(&mut stage);
                }
            }
        }
    }
    if let Err(mismatch) = stage.sweep() {
        panic!("at the end: {mismatch}");
    }
}

/// The words of a line, quoted as in redis-cli; none if the quotes do not match.
fn split(line: &[u8]) -> Vec<Vec<u8>> {
    // A blank in front, or a line that begins with a star would be something else.
    let line = [b" ", line, b"\n"].concat();
    let mut parser = Requests::new(Limits::default());
    match parser.advance(&line) {
        Ok(Progress::Complete { .. }) => parser.args(&line).to_vecs(),
        _ => Vec::new(),
    }
}

/// Changes the lines of a history, so that they still mean something: puts a drawn command in, leaves a line out, moves or
/// repeats it, gives it to another client, or takes words from another line. `None` one time in three: then bytes should be
/// changed.
pub fn mutate_history(data: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut random = Random::stream(u64::from(seed), "mutations");
    let mut lines: Vec<Vec<u8>> = data.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (at, other) = (random.index(lines.len()), random.index(lines.len()));
    match random.below(12) {
        0..3 => {
            let count = 1 + random.index(3);
            let drawn = random::show(&random::history(random.next_u64(), count, None, &|_| true));
            lines.splice(at..at, drawn.lines().map(|line| line.as_bytes().to_vec()));
        }
        3 => drop(lines.remove(at)),
        4 => lines.swap(at, other),
        5 => lines.insert(other, lines[at].clone()),
        6 => *lines[at].first_mut()? = b'a' + random.below(CLIENTS as u64) as u8,
        7 => {
            let word = pick(&mut random, &lines[other]);
            exchange(&mut random, &mut lines[at], &word);
        }
        _ => return None,
    }
    Some(lines.join(&b'\n'))
}

fn pick(random: &mut Random, line: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    words[random.index(words.len())].to_vec()
}

/// Puts a word in the place of one of a line, but not of its client's name.
fn exchange(random: &mut Random, line: &mut Vec<u8>, word: &[u8]) {
    let mut words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let at = random.index(words.len());
    if at > 0 {
        words[at] = word;
    }
    *line = words.join(&b' ');
}

/// Patterns of keys and channels: they fit what the model's own matcher says.
///
/// The input: a pattern, then names, each on a line.
pub(super) fn glob(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let pattern = lines.next().unwrap_or_default();
    let names: Vec<&[u8]> = lines.take(KEYS_MAX).filter(|name| name.len() <= PATTERN_MAX).collect();
    if pattern.len() > PATTERN_MAX || pattern.iter().filter(|byte| **byte == b'*').count() > STARS_MAX {
        return;
    }
    let mut stage = start();
    let mut say = |client: usize, words: &[&[u8]]| {
        stage.send(client, words);
        judge(&mut stage);
    };
    say(1, &[b"PSUBSCRIBE", pattern]);
    for name in names {
        say(2, &[b"SUBSCRIBE", name]);
        say(0, &[b"SET", name, b"v"]);
        say(0, &[b"HSET", b"hash of names", name, b"v"]);
        say(0, &[b"PUBLISH", name, b"message"]);
        say(0, &[b"PUBSUB", b"CHANNELS", pattern]);
    }
    say(0, &[b"KEYS", pattern]);
    say(0, &[b"SCAN", b"0", b"MATCH", pattern, b"COUNT", b"1000"]);
    say(0, &[b"HSCAN", b"hash of names", b"0", b"MATCH", pattern, b"COUNT", b"1000"]);
}

/// Ids and options of streams, as the model reads them.
///
/// The input: lines; one of a single word is an id wherever one may stand, the words of others follow a command's key.
pub(super) fn stream_ids(data: &[u8]) {
    let mut stage = start();
    for (id, value) in [("5-1", "a"), ("5-7", "b"), ("9-0", "c")] {
        send(&mut stage, 0, &words(&["XADD", "s", id, "f", value], b"", &[]));
    }
    for line in data.split(|byte| *byte == b'\n').take(16) {
        let rest = split(line);
        let forms = match rest.as_slice() {
            [] => continue,
            [_] => WITH_AN_ID,
            _ => WITH_WORDS,
        };
        for form in forms {
            send(&mut stage, 0, &words(&form.split(' ').collect::<Vec<_>>(), &rest[0], &rest));
            stage.reconnect(0);
        }
    }
    if let Err(mismatch) = stage.sweep() {
        panic!("at the end: {mismatch}");
    }
}

/// `$` stands for the word.
const WITH_AN_ID: &[&str] = &[
    "XRANGE s $ +",
    "XRANGE s - $",
    "XREVRANGE s $ -",
    "XREAD STREAMS s $",
    "XREAD BLOCK 10 STREAMS s $",
    "XGROUP CREATE s g $",
    "XGROUP SETID s g $",
    "XREADGROUP GROUP g c STREAMS s $",
    "XREADGROUP GROUP g c STREAMS s >",
    "XPENDING s g $ + 10",
    "XACK s g $",
    "XCLAIM s g d 0 $",
    "XAUTOCLAIM s g d 0 $",
    "XADD s $ f v",
    "XADD s MINID $ * f v",
    "XTRIM s MINID $",
    "XTRIM s MINID ~ $",
    "XDEL s $",
    "XSETID s $",
    "XSETID s 99 ENTRIESADDED 20 MAXDELETEDID $",
];

/// `@` stands for all words.
const WITH_WORDS: &[&str] = &[
    "XADD s @",
    "XREAD @",
    "XRANGE s @",
    "XREVRANGE s @",
    "XTRIM s @",
    "XGROUP CREATE s @",
    "XREADGROUP GROUP g c @",
    "XPENDING s @",
    "XCLAIM s g d @",
    "XAUTOCLAIM s g d @",
    "XSETID s @",
    "XDEL s @",
];

fn words(form: &[&str], word: &[u8], all: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    for part in form {
        match *part {
            "$" => words.push(word.to_vec()),
            "@" => words.extend_from_slice(all),
            literal => words.push(literal.as_bytes().to_vec()),
        }
    }
    words
}

/// A word wherever a command takes a number, a time or an option, as the model reads it.
///
/// The input: words, each on a line.
pub(super) fn arguments(data: &[u8]) {
    let mut stage = start();
    for word in data.split(|byte| *byte == b'\n').take(4) {
        for form in WITH_A_NUMBER {
            let words = words(&form.split(' ').collect::<Vec<_>>(), word, &[]);
            send(&mut stage, 0, &words);
            stage.reconnect(0);
        }
    }
    stage.wait(50);
    if let Err(mismatch) = stage.sweep() {
        panic!("at the end: {mismatch}");
    }
}

const WITH_A_NUMBER: &[&str] = &[
    "SET i 5",
    "INCRBY i $",
    "DECRBY i $",
    "INCRBYFLOAT f $",
    "HINCRBY h i $",
    "HINCRBYFLOAT h f $",
    "SET v $",
    "INCR v",
    "INCRBYFLOAT v 1.5",
    "SET e v EX $",
    "SET e v PX $",
    "SET e v PXAT $",
    "GETEX e EXAT $",
    "SETEX e $ v",
    "EXPIRE e $",
    "PEXPIREAT e $ GT",
    "GETRANGE v $ -1",
    "SETRANGE r $ x",
    "SETBIT b $ 1",
    "BITCOUNT v $ -1",
    "BITPOS v 1 $",
    "BITFIELD b INCRBY u8 $ 1",
    "BITFIELD b GET $ 0",
    "RPUSH l a b c",
    "LINDEX l $",
    "LRANGE l $ -1",
    "LPOS l a RANK $",
    "LREM l $ b",
    "LMPOP $ l l LEFT",
    "LPOP l $",
    "BLPOP none $",
    "BLMPOP $ 1 none LEFT",
    "ZADD z $ m",
    "ZADD z 1 a 2 b",
    "ZINCRBY z $ n",
    "ZRANGEBYSCORE z $ +inf",
    "ZCOUNT z -inf $",
    "ZRANGEBYLEX z $ +",
    "ZRANGE z $ -1",
    "ZRANGE z 0 5 BYSCORE LIMIT $ 1",
    "ZUNION 2 z z WEIGHTS 1 $",
    "ZPOPMIN z $",
    "SADD t 1 2 3",
    "SRANDMEMBER t $",
    "SPOP t $",
    "SINTERCARD $ t t",
    "SORT t LIMIT $ 2",
    "SORT v BY nosort GET $",
    "SCAN $",
    "COPY v w DB $",
    "SELECT $",
    "HELLO $",
    "WAIT 0 $",
    "CLIENT UNBLOCK $",
    "OBJECT ENCODING v",
    "SWAPDB 0 $",
];
