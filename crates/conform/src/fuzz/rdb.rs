//! RDB files and DUMP payloads.

use resplay_datatypes::list::Side;
use resplay_datatypes::stream::{Group, Id, Limits as NodeLimits, Trim};
use resplay_datatypes::{Scratch, Value, hash, list, set};
use resplay_persistence::rdb::{Item, KeyInfo, Limits, Options, Reader, Version, Writer, dump, restore};

/// Small, so that little is needed to leave a compact form.
const LIMITS: Limits = Limits {
    list: list::Limits { max_listpack_size: 4, packed_threshold: 0 },
    set: set::Limits { max_integers: 5, max_entries: 4, max_value: 16, seed: 1 },
    zset: hash::Limits { max_entries: 4, max_value: 16, seed: 2 },
    hash: hash::Limits { max_entries: 4, max_value: 16, seed: 3 },
};
const NODE: NodeLimits = NodeLimits { max_bytes: 100, max_entries: 3 };

/// A file is read in the same way whatever the pieces it comes in; what is read can be written and read again, and used.
///
/// The input: how large the pieces are, whether the checksum counts, and the file.
pub(super) fn rdb(data: &[u8]) {
    let [size, verifies, file @ ..] = data else { return };
    let verifies = verifies % 2 == 1;
    let whole = read(file, file.len().max(1), verifies);
    let (lines, values) = &whole;
    assert_eq!(*lines, read(file, usize::from(*size) + 1, verifies).0);
    if values.is_empty() {
        return;
    }
    let mut writer = Writer::new(Options::default());
    writer.begin();
    values.iter().for_each(|value| writer.key(b"key", &KeyInfo::default(), value));
    writer.end();
    let (_, again) = read(&writer.take(), 1 << 20, true);
    assert_eq!(again.len(), values.len(), "what is written can be read");
    values.iter().for_each(check);
    whole.1.into_iter().for_each(exercise);
}

/// A payload is refused, or it is a value that can be dumped and restored, and used.
///
/// The input: a payload without its footer.
pub(super) fn restored(data: &[u8]) {
    let mut payload = data.to_vec();
    payload.extend(11u16.to_le_bytes());
    let sum = checksum(&payload);
    payload.extend(sum.to_le_bytes());
    if let Ok(value) = restore(&payload, &LIMITS) {
        check(&value);
        exercise(value);
    }
    let _ = restore(data, &LIMITS);
}

/// What a file says, a line for each item and one for how it ends, and its values.
fn read(file: &[u8], piece: usize, verifies: bool) -> (Vec<String>, Vec<Value>) {
    let mut reader = Reader::new(&LIMITS, verifies);
    let (mut lines, mut values) = (Vec::new(), Vec::new());
    for piece in file.chunks(piece) {
        reader.feed(piece);
        loop {
            match reader.next_item() {
                Ok(None) => break,
                Ok(Some(item)) => lines.push(line(item, &mut values)),
                Err(error) => {
                    lines.push(error.to_string());
                    return (lines, values);
                }
            }
        }
    }
    lines.push(format!("{:?}", reader.finish().map_err(|error| error.why)));
    (lines, values)
}

fn line(item: Item, values: &mut Vec<Value>) -> String {
    match item {
        Item::Aux { name, value } => format!("{name:?} {value:?}"),
        Item::SelectDb(number) => format!("select {number}"),
        Item::ResizeDb { keys, expires } => format!("resize {keys} {expires}"),
        Item::EmptyKey(key) => format!("empty {key:?}"),
        Item::Function(source) => format!("function {source:?}"),
        Item::End(checksum) => format!("end {checksum:?}"),
        Item::Key(key) => {
            let payload = dump(&key.value, Version::V11, false);
            let line = format!("{:?} {:?} {:?} {payload:?}", key.key, key.expire_ms, key.freq);
            values.push(key.value);
            line
        }
    }
}

/// A value that was dumped and restored may have changed its form, but then it stays.
fn check(value: &Value) {
    for version in [Version::V10, Version::V11] {
        let once = again(value, version);
        assert_eq!(once.type_name(), value.type_name());
        assert_eq!(once.elements(), value.elements());
        let twice = again(&once, version);
        assert_eq!(dump(&twice, Version::V11, false), dump(&once, Version::V11, false));
        assert_eq!((twice.encoding(), twice.logical_bytes()), (once.encoding(), once.logical_bytes()));
    }
}

fn again(value: &Value, version: Version) -> Value {
    restore(&dump(value, version, true), &LIMITS).expect("what was dumped can be restored")
}

/// Nothing that was let in breaks what works on it.
fn exercise(mut value: Value) {
    match &mut value {
        Value::Str(string) => drop(string.bytes(&mut Scratch::new()).to_vec()),
        Value::List(list) => {
            let middle = list.len() / 2;
            list.expect(1, 5, &LIMITS.list);
            list.push(Side::Left, b"first", &LIMITS.list);
            list.set(middle, b"middle", &LIMITS.list);
            list.remove_equal(b"first", 1, Side::Right);
            list.remove_range(middle, 2);
            list.settle(&LIMITS.list);
            assert_eq!(list.from_end(Side::Right).count(), list.len());
        }
        Value::Set(set) => {
            let members: Vec<Vec<u8>> = set.iter().map(|member| member.to_vec()).collect();
            set.add(b"another", &LIMITS.set);
            assert!(members.iter().all(|member| set.remove(member)), "every member is found");
        }
        Value::Hash(hash) => {
            let fields: Vec<Vec<u8>> = hash.iter().map(|(field, _)| field.to_vec()).collect();
            hash.set(b"another", b"value", &LIMITS.hash);
            assert!(fields.iter().all(|field| hash.remove(field)), "every field is found");
        }
        Value::Zset(zset) => {
            let members: Vec<Vec<u8>> = zset.iter().map(|(member, _)| member.to_vec()).collect();
            let places: Vec<(f64, &Vec<u8>)> = zset.iter().map(|(_, score)| score).zip(&members).collect();
            assert!(places.is_sorted(), "scores rise, and members of equal scores");
            zset.insert(b"another", 0.5, &LIMITS.zset);
            assert!(members.iter().all(|member| zset.remove(member).is_some()), "every member is found");
        }
        Value::Stream(stream) => exercise_stream(stream),
    }
    let _ = (value.logical_bytes(), dump(&value, Version::V11, true));
}

fn exercise_stream(stream: &mut resplay_datatypes::Stream) {
    let log = stream.log_mut();
    let ids: Vec<Id> = log.walk(Id::MIN, Id::MAX, false).map(|entry| entry.id).collect();
    let pairs = log.walk(Id::MIN, Id::MAX, true).map(|entry| entry.pairs().count()).sum::<usize>();
    assert!(pairs < 1 << 30);
    if let Some(id) = log.last_id().next() {
        log.append(id, &[b"f", b"v"], NODE);
    }
    for id in ids.iter().take(2) {
        log.remove(*id);
    }
    log.trim(Trim::MaxLen(2), true, 0);
    log.trim(Trim::MinId(Id::new(5, 0)), false, 10);
    let names: Vec<Vec<u8>> = stream.groups().map(|(name, _)| name.to_vec()).collect();
    for name in names {
        stream.edit_group(&name, |log, group: &mut Group| {
            let _ = group.lag(log);
            let pending: Vec<Id> = group.pending(Id::MIN).map(|(id, _)| id).collect();
            assert!(pending.iter().all(|id| group.acknowledge(*id)), "every pending entry is found");
        });
        stream.destroy_group(&name);
    }
}

/// The CRC-64 with Jones' polynomial, lowest bit first, a bit at a time.
fn checksum(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
    let bit = |sum: u64, _| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
    bytes.iter().fold(0, |sum, byte| (0..8).fold(sum ^ u64::from(*byte), bit))
}
