//! DUMP and RESTORE.
//!
//! The model cannot read a payload: it knows what is in those that it saw dumped. So of a payload with a right footer that
//! it never saw, an error about its inside is taken over from the reply, and nothing else would be right; a node that
//! restores what another node dumped is beyond it.

use crate::answer::{Answer, Outcome};
use crate::call::{Call, as_bulk, error};
use crate::keyspace::Ttl;
use crate::table::{Row, row};
use crate::value::Value;
use resplay_resp::{Error, Writer};

pub(crate) const ROWS: &[Row] = &[row("DUMP", 2, "", dump), row("RESTORE", -4, "wm", restore)];

/// The version that DUMP writes, and the newest that RESTORE takes.
const VERSION: u16 = 11;
/// The version and the checksum, in bytes.
const FOOTER: usize = 10;

fn dump(call: &mut Call<'_>) -> Outcome {
    let Some(value) = call.keyspace.get(call.db(), call.word(1)).map(|item| item.value.clone()) else {
        return Answer::null();
    };
    let chosen = call.chosen();
    let Some(payload) = chosen.as_ref().and_then(as_bulk).filter(|payload| version(payload) == Some(VERSION))
    else {
        return Answer::judge(false, "a payload of version 11 with its checksum");
    };
    let content = value.content();
    let known = call.keyspace.payloads.insert(payload.to_vec(), value);
    Answer::judge(
        known.is_none_or(|known| known.content() == content),
        "a payload that was not that of another value",
    )
}

fn restore(call: &mut Call<'_>) -> Outcome {
    let options = Options::parse(call)?;
    let (db, key, payload) = (call.db(), call.word(1), call.word(3));
    if call.keyspace.get(db, key).is_some() && !options.may_replace {
        return Err(Error::BusyKey);
    }
    let ttl = call.int(2)?;
    if ttl < 0 {
        return Err(Error::NegativeTtl);
    }
    if version(payload).is_none_or(|version| version > VERSION) {
        return Err(Error::BadPayload);
    }
    let settings = &call.keyspace.settings;
    let Some(value) = call.keyspace.payloads.get(payload).map(|value| value.reloaded(settings)) else {
        return unknown(call);
    };
    let base = if options.is_absolute { 0 } else { call.keyspace.now };
    place(call, value, (ttl > 0).then(|| ttl.saturating_add(base)));
    Answer::ok()
}

/// Nobody knows what is in the payload: it must be nothing.
fn unknown(call: &Call<'_>) -> Outcome {
    if call.keyspace.is_loading {
        return Err(error("a payload in a file that was never dumped"));
    }
    let mut bytes = Vec::new();
    Writer::new(&mut bytes, call.session.protocol).error(&Error::BadDataFormat);
    Answer::judge(bytes == call.actual, "an error: the payload was never dumped")
}

fn place(call: &mut Call<'_>, value: Value, dies_at: Option<i64>) {
    let (db, key) = (call.db(), call.word(1));
    let was_there = call.keyspace.remove(db, key).is_some();
    if dies_at.is_some_and(|when| call.keyspace.is_over(when)) {
        if was_there {
            call.notify('g', "del", key);
        }
        return;
    }
    call.keyspace.put(db, key, value, dies_at.map_or(Ttl::Clear, Ttl::At));
    call.notify('g', "restore", key);
}

#[derive(Default)]
struct Options {
    may_replace: bool,
    is_absolute: bool,
}

impl Options {
    fn parse(call: &Call<'_>) -> Result<Options, Error> {
        let (mut options, mut has_idle, mut has_freq, mut at) = (Options::default(), false, false, 4);
        while at < call.argv.len() {
            let has_more = at + 1 < call.argv.len();
            match call.option(at).as_slice() {
                b"REPLACE" => options.may_replace = true,
                b"ABSTTL" => options.is_absolute = true,
                b"IDLETIME" if has_more && !has_freq => {
                    at += 1;
                    has_idle = true;
                    if call.int(at)? < 0 {
                        return Err(Error::NegativeIdleTime);
                    }
                }
                b"FREQ" if has_more && !has_idle => {
                    at += 1;
                    has_freq = true;
                    if !(0..=255).contains(&call.int(at)?) {
                        return Err(Error::FrequencyOutOfRange);
                    }
                }
                _ => return Err(Error::Syntax),
            }
            at += 1;
        }
        Ok(options)
    }
}

/// The version that a payload says it has; `None` if its checksum is wrong.
fn version(payload: &[u8]) -> Option<u16> {
    let body = payload.len().checked_sub(FOOTER)?;
    let (summed, sum) = payload.split_at(body + 2);
    (sum == checksum(summed).to_le_bytes()).then(|| u16::from_le_bytes([payload[body], payload[body + 1]]))
}

/// The CRC-64 with Jones' polynomial, lowest bit first, a bit at a time.
fn checksum(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
    let bit = |sum: u64, _| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
    bytes.iter().fold(0, |sum, byte| (0..8).fold(sum ^ u64::from(*byte), bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Model;
    use resplay_base::WallUs;
    use resplay_base::journal::{Entry, Event};

    /// Recorded: DUMP of a key that holds `hello`, by Valkey 8.0.1.
    const HELLO: &[u8] = b"\x00\x05hello\x0b\x00\x0a\xadb\x05\x98\xab\xc9\x83";

    fn model() -> Model {
        let mut model = Model::new();
        for event in [Event::Booted { databases: 16, config: vec![] }, Event::Connected { session: 1 }] {
            model.apply(&Entry { at: WallUs(0), event }).expect("nothing is wrong yet");
        }
        model
    }

    /// Whether the model takes this reply to that command.
    fn takes(model: &mut Model, words: &[&[u8]], reply: &[u8]) -> bool {
        let argv = words.iter().map(|word| word.to_vec()).collect();
        let event = Event::Command { session: 1, argv, reply: reply.to_vec() };
        model.apply(&Entry { at: WallUs(0), event }).is_ok()
    }

    fn bulk(bytes: &[u8]) -> Vec<u8> {
        [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
    }

    #[test]
    fn what_was_dumped_can_be_restored() {
        let mut model = model();
        assert!(takes(&mut model, &[b"SET", b"k", b"hello"], b"+OK\r\n"));
        assert!(takes(&mut model, &[b"DUMP", b"k"], &bulk(HELLO)));
        assert!(takes(&mut model, &[b"RESTORE", b"n", b"0", HELLO], b"+OK\r\n"));
        assert!(takes(&mut model, &[b"GET", b"n"], b"$5\r\nhello\r\n"));
    }

    #[test]
    fn what_was_never_dumped_cannot() {
        assert!(!takes(&mut model(), &[b"RESTORE", b"n", b"0", HELLO], b"+OK\r\n"));
        assert!(takes(&mut model(), &[b"RESTORE", b"n", b"0", HELLO], b"-ERR Bad data format\r\n"));
    }

    #[test]
    fn a_payload_has_a_right_footer_and_one_meaning() {
        let set = |model: &mut Model, value: &[u8]| takes(model, &[b"SET", b"k", value], b"+OK\r\n");
        let (mut one, mut other) = (model(), model());
        assert!(set(&mut one, b"hello") && !takes(&mut one, &[b"DUMP", b"k"], &bulk(&HELLO[..16])));
        assert!(set(&mut other, b"hello") && takes(&mut other, &[b"DUMP", b"k"], &bulk(HELLO)));
        assert!(set(&mut other, b"hullo") && !takes(&mut other, &[b"DUMP", b"k"], &bulk(HELLO)));
    }

    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(checksum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }

    #[test]
    fn a_footer_tells_the_version() {
        assert_eq!(version(HELLO), Some(11));
        assert_eq!(version(&HELLO[..16]), None);
    }
}
