//! Files that are cut off, damaged, or lie about lengths.

use super::*;
use proptest::prelude::*;

fn refusal(file: &[u8]) -> String {
    read(file, usize::MAX).expect_err("it is to be refused").to_string()
}

fn sample() -> Vec<u8> {
    file(
        11,
        &[
            b"\xfa\x05ctime\xc2\x01\x02\x03\x04\xfe\x00\xfb\x02\x01",
            b"\xfc\x01\0\0\0\0\0\0\0\x00\x01a\x05hello",
            b"\x12\x01l\x01\x02\x0a\x0a\0\0\0\x01\0\x81x\x02\xff",
        ],
    )
}

#[test]
fn a_file_that_ends_early_is_said_to() {
    let whole = sample();
    assert!(read(&whole, 1).is_ok());
    for end in 0..whole.len() {
        assert_eq!(read(&whole[..end], 7).expect_err("it is cut off").why, Why::Truncated, "at {end}");
    }
}

#[test]
fn what_is_no_file_is_refused_in_the_real_words() {
    assert_eq!(refusal(b"RESP00011"), "Wrong signature trying to load DB from file (at offset 0)");
    assert_eq!(refusal(b"REDIS0012\xff"), "Can't handle RDB format version 12 (at offset 0)");
    assert_eq!(refusal(b"REDIS0000\xff"), "Can't handle RDB format version 0 (at offset 0)");
    let mut broken = sample();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    assert!(refusal(&broken).starts_with("Wrong RDB checksum expected: ("));
}

#[test]
fn what_belongs_to_modules_is_refused_by_name() {
    let id = b"\x81\x65\x04\x10\x41\x04\x10\x41\x04";
    let module = file(11, &[b"\x07\x01k", id]);
    let text =
        "The RDB file contains module data I can't load: no matching module type 'ZQQQQQQQQ' (at offset 9)";
    assert_eq!(refusal(&module), text);
    let aux = file(11, &[b"\xf7", id, b"\x02\x02\x00"]);
    let text =
        "The RDB file contains AUX module data I can't load: no matching module 'ZQQQQQQQQ' (at offset 9)";
    assert_eq!(refusal(&aux), text);
    let old = file(11, &[b"\x06\x01k"]);
    assert_eq!(refusal(&old), "Pre-release module format not supported (at offset 9)");
    let function = file(11, &[b"\xf6\x01a"]);
    assert_eq!(refusal(&function), "Pre-release function format not supported. (at offset 9)");
    let later = file(11, &[b"\x16\x01k\x00"]);
    assert_eq!(refusal(&later), "Unknown RDB encoding type 22 (at offset 9)");
}

/// The text for a value of that form.
fn bad(value: &[u8]) -> String {
    match read(&file(11, &[&value[..1], b"\x01k", &value[1..]]), 3).expect_err("it is to be refused").why {
        Why::Corrupt(text) => text.into_owned(),
        why => why.to_string(),
    }
}

#[test]
fn elements_that_are_there_twice_are_refused() {
    assert_eq!(bad(b"\x02\x02\x01a\x01a"), "Duplicate set members detected");
    assert_eq!(bad(b"\x02\x02\xc0\x07\x017"), "Duplicate set members detected");
    assert_eq!(bad(b"\x04\x02\x01a\x01b\x01a\x01c"), "Hash with dup elements");
    let many = b"\x04\x07\x01a\x01b\x01b\x01b\x01c\x01c\x01d\x01d\x01e\x01e\x01f\x01f\x01a\x01b";
    assert_eq!(bad(many), "Duplicate hash fields detected");
    let zset = b"\x05\x02\x01a\0\0\0\0\0\0\0\0\x01a\0\0\0\0\0\0\0\x40";
    assert_eq!(bad(zset), "Duplicate zset fields detected");
    assert_eq!(bad(b"\x05\x01\x01a\0\0\0\0\0\0\xf8\x7f"), "Zset with NAN score detected");
    assert_eq!(bad(b"\x03\x01\x01a\xfd"), "Zset with NAN score detected");
    let twice = b"\x0d\x0d\0\0\0\x02\0\x81a\x02\x81a\x02\xff";
    assert_eq!(bad(&[b"\x14", &twice[..]].concat()), "Set listpack integrity check failed.");
    let pairs = b"\x13\x13\0\0\0\x04\0\x81a\x02\x01\x01\x81a\x02\x02\x01\xff";
    let pairs = [&[pairs.len() as u8 - 1, pairs.len() as u8 - 1][..], &pairs[2..]].concat();
    assert_eq!(bad(&[b"\x10", &pairs[..]].concat()), "Hash listpack integrity check failed.");
    assert_eq!(bad(&[b"\x11", &pairs[..]].concat()), "Zset listpack integrity check failed.");
}

#[test]
fn compact_forms_are_checked_inside() {
    assert_eq!(bad(b"\x0b\x0a\x02\0\0\0\x02\0\0\0\x05\0"), "Intset integrity check failed.");
    assert_eq!(bad(b"\x0b\x08\x02\0\0\0\0\0\0\0"), "Intset integrity check failed.");
    assert_eq!(bad(b"\x10\x09\x09\0\0\0\x01\0\x81a\xff"), "Hash listpack integrity check failed.");
    let odd = b"\x0a\x0a\0\0\0\x01\0\x81a\x02\xff";
    assert_eq!(bad(&[b"\x10", &odd[..]].concat()), "Hash listpack integrity check failed.");
    assert_eq!(bad(&[b"\x12\x01\x03", &odd[..]].concat()), "Quicklist integrity check failed.");
    assert_eq!(bad(b"\x12\x01\x02\x03abc"), "Listpack integrity check failed.");
    assert_eq!(bad(b"\x12\x01\x02\x00"), "Unexpected EOF reading RDB file");
    assert_eq!(bad(b"\x0e\x01\x03abc"), "Ziplist integrity check failed.");
    assert_eq!(bad(b"\x0a\x03abc"), "List ziplist integrity check failed.");
    assert_eq!(bad(b"\x0c\x03abc"), "Zset ziplist integrity check failed.");
    assert_eq!(bad(b"\x0d\x03abc"), "Hash ziplist integrity check failed.");
    assert_eq!(bad(b"\x09\x03abc"), "Zipmap integrity check failed.");
    let twice = b"\x02\x01a\x01\x00b\x01a\x01\x00b\xff";
    let twice = [&[9, twice.len() as u8][..], twice].concat();
    assert_eq!(bad(&twice), "Hash zipmap with dup elements, or big length (1)");
    let nan = b"\x11\x0f\x0f\0\0\0\x02\0\x81a\x02\x83nan\x04\xff";
    assert_eq!(bad(nan), "Zset listpack with NAN score detected");
    assert_eq!(bad(b"\x00\xc4"), "Unknown RDB string encoding type 4");
    assert_eq!(bad(b"\x00\x90"), "Unknown length encoding 2 in rdbLoadLen()");
    assert_eq!(bad(b"\x00\xc3\x02\x09\x05a"), "Invalid LZF compressed string");
}

#[test]
fn streams_are_checked_inside() {
    let id = [0u8; 16];
    let node = resplay_datatypes::Listpack::new();
    let empty = [&b"\x15\x01\x10"[..], &id, b"\x07", node.as_bytes()].concat();
    assert_eq!(bad(&empty), "Empty listpack inside stream");
    assert_eq!(bad(b"\x15\x01\x03abc"), "Stream node key entry is not the size of a stream ID");
    let nothing = b"\x15\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00";
    assert_eq!(bad(nothing), "Stream length inconsistent with rax entries");
    let head = b"\x15\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    let with = |rest: &[&[u8]]| bad(&[&head[..], &rest.concat()].concat());
    let group = b"\x01g\x00\x00\x00";
    let zeros = [0u8; 16];
    let time = [0u8; 8];
    assert_eq!(with(&[b"\x02", group, b"\x00\x00", group, b"\x00\x00"]), "Duplicated consumer group name g");
    let consumer = [&b"\x01c"[..], &time, &time].concat();
    let twice = with(&[b"\x01", group, b"\x00\x02", &consumer, b"\x00", &consumer, b"\x00"]);
    assert_eq!(twice, "Duplicate stream consumer detected.");
    let unknown = with(&[b"\x01", group, b"\x00\x01", &consumer, b"\x01", &zeros]);
    assert_eq!(unknown, "Consumer entry not found in group global PEL");
    let orphan = with(&[b"\x01", group, b"\x01", &zeros, &time, b"\x01\x00"]);
    assert_eq!(orphan, "Stream CG PEL entry without consumer");
    let again = with(&[b"\x01", group, b"\x02", &zeros, &time, b"\x01", &zeros, &time, b"\x01\x00"]);
    assert_eq!(again, "Duplicated global PEL entry loading stream consumer group");
    let other = [&b"\x01d"[..], &time, &time].concat();
    let pel: &[&[u8]] = &[b"\x01", group, b"\x01", &zeros, &time, b"\x01\x02", &consumer, b"\x01", &zeros];
    let shared = with(&[pel, &[&other, b"\x01", &zeros]].concat());
    assert!(shared.starts_with("NACK already assigned to a different consumer"));
}

#[test]
fn keys_without_elements_are_skipped() {
    let pack = b"\x07\x07\0\0\0\0\0\xff";
    let parts: [&[u8]; 9] = [
        b"\xfc\x01\0\0\0\0\0\0\0\x01\x01l\x00",
        b"\x02\x01s\x00",
        b"\x05\x01z\x00",
        b"\x04\x01h\x00",
        b"\x12\x01q\x00",
        &[b"\x10\x01p", &pack[..]].concat(),
        &[b"\x11\x01r", &pack[..]].concat(),
        &[b"\x14\x01t", &pack[..]].concat(),
        &[b"\x12\x01u\x01\x02", &pack[..]].concat(),
    ];
    let mut lines = read(&file(11, &parts), 5).expect("it is a file");
    lines.pop();
    let names = ["l", "s", "z", "h", "q", "p", "r", "t", "u"];
    assert_eq!(lines, names.map(|name| format!("empty {name}")));
}

#[test]
fn a_length_reserves_nothing() {
    // Ten million million bytes, elements, compressed bytes.
    let huge = b"\x81\x00\x00\x09\x18\x4e\x72\xa0\x00";
    for head in
        [&b"\x00\x01k"[..], b"\x01\x01k", b"\x02\x01k", b"\x04\x01k", b"\x05\x01k", b"\x15\x01k", b"\xfa"]
    {
        let bytes = [b"REDIS0011", head, huge, b"some bytes"].concat();
        let mut reader = Reader::new(&LIMITS, true);
        reader.feed(&bytes);
        match reader.next_item() {
            Ok(None) => assert!(reader.finish().is_err()),
            Ok(Some(_)) => panic!("there is no item"),
            Err(error) => assert!(matches!(error.why, Why::Corrupt(_)), "{error}"),
        }
    }
    let lzf = [b"REDIS0011\x00\x01k\xc3\x02", &huge[..], b"\x00a", &[0; 20]].concat();
    assert_eq!(refusal(&lzf), "Invalid LZF compressed string (at offset 12)");
}

#[test]
fn a_string_longer_than_the_file_is_refused_when_the_length_is_known() {
    let mut reader = Reader::new(&LIMITS, true);
    reader.expect_len(1000);
    reader.feed(b"REDIS0011\x00\x01k\x80\x00\x01\x00\x00a");
    let error = reader.next_item().err().expect("it cannot be there");
    assert_eq!(error.why, Why::Truncated);
}

#[test]
fn what_follows_the_end_is_left() {
    let mut reader = Reader::new(&LIMITS, true);
    let file = sample();
    reader.feed(&[&file[..], b"*1\r\n$4\r\nPI"].concat());
    while reader.next_item().expect("it is a file").is_some() {}
    assert_eq!((reader.consumed(), reader.rest()), (file.len() as u64, &b"*1\r\n$4\r\nPI"[..]));
    reader.feed(b"NG\r\n");
    assert_eq!(reader.rest(), b"*1\r\n$4\r\nPING\r\n");
    assert!(reader.finish().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_byte_may_be_wrong(at: prop::sample::Index, byte: u8, piece in 1usize..90) {
        let mut bytes = sample();
        // In the magic word the version might become one without a checksum.
        let at = 9 + at.index(bytes.len() - 9);
        let was = std::mem::replace(&mut bytes[at], byte);
        let result = read(&bytes, piece);
        prop_assert_eq!(&result, &read(&bytes, usize::MAX));
        // A zero in place of the checksum would turn it off, but that is eight bytes.
        prop_assert_eq!(result.is_ok(), was == byte);
    }
}
