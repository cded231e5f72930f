//! Forms that are written no more, and what they become.

use super::super::old::tests::make_ziplist;
use super::*;

/// The facts of a value of that form, in a file of that version.
fn value(version: u16, bytes: &[u8]) -> String {
    let lines = read(&file(version, &[&bytes[..1], b"\x01k", &bytes[1..]]), 4).expect("it is a file");
    let head = "key k None None None: ";
    lines[0].strip_prefix(head).expect("a key without a time").to_owned()
}

/// The encoding and the elements, without the size.
fn brief(version: u16, bytes: &[u8]) -> String {
    let facts = value(version, bytes);
    let mut words = facts.splitn(3, ' ');
    format!("{} {}", words.next().unwrap_or_default(), words.nth(1).unwrap_or_default())
}

/// A string of less than 64 bytes with its length.
fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    strings::put_len(&mut out, bytes.len() as u64);
    out.extend_from_slice(bytes);
    out
}

#[test]
fn strings_have_five_forms() {
    assert_eq!(brief(1, b"\x00\x05hello"), "embstr hello");
    assert_eq!(brief(1, b"\x00\xc0\x85"), "int -123");
    assert_eq!(brief(1, b"\x00\xc1\x00\x80"), "int -32768");
    assert_eq!(brief(1, b"\x00\xc2\x00\x00\x00\x80"), "int -2147483648");
    assert_eq!(brief(1, b"\x00\xc3\x06\x0e\x01ab\xe0\x03\x01"), "embstr ababababababab");
    assert_eq!(brief(11, b"\x00\x03017"), "embstr 017");
    assert_eq!(brief(11, b"\x00\x0212"), "int 12");
}

#[test]
fn plain_elements_become_what_fits_them() {
    assert_eq!(brief(2, b"\x02\x02\x012\x011"), "intset 1 2");
    assert_eq!(brief(2, b"\x02\x03\x012\x01a\x011"), "listpack 1 2 a");
    let long = [&b"\x02\x02\x011\x21"[..], &[b'x'; 33]].concat();
    assert_eq!(brief(2, &long), format!("hashtable 1 {}", "x".repeat(33)));
    assert_eq!(
        brief(2, b"\x02\x09\x011\x012\x013\x014\x015\x016\x017\x018\x019"),
        "hashtable 1 2 3 4 5 6 7 8 9"
    );
    assert_eq!(brief(2, b"\x04\x01\x01f\x01v"), "listpack f v");
    let seven = b"\x04\x07\x01a\x011\x01b\x011\x01c\x011\x01d\x011\x01e\x011\x01f\x011\x01g\x011";
    assert_eq!(brief(2, seven), "hashtable a 1 b 1 c 1 d 1 e 1 f 1 g 1");
    let zset = b"\x03\x03\x01b\x031.5\x01a\xff\x01c\xfe";
    let bits = |score: f64| score.to_bits().to_le_bytes().escape_ascii().to_string();
    let scores = [f64::NEG_INFINITY, 1.5, f64::INFINITY].map(bits);
    assert_eq!(brief(7, zset), format!("listpack a {} b {} c {}", scores[0], scores[1], scores[2]));
    let list = value(6, b"\x01\x02\x01a\xc0\x07");
    assert!(list.starts_with("listpack ") && list.contains("\\x81a\\x02\\x07\\x01"), "{list}");
}

#[test]
fn ziplists_become_listpacks() {
    let pairs = make_ziplist(&[b"\x01f", b"\xf2", b"\x01g", b"\x03abc"]);
    assert_eq!(brief(6, &[&[13][..], &string(&pairs)].concat()), "listpack f 1 g abc");
    let scores = make_ziplist(&[b"\x01a", b"\xf2", b"\x01b", b"\x031.5"]);
    let bits = |score: f64| score.to_bits().to_le_bytes().escape_ascii().to_string();
    let zset = brief(6, &[&[12][..], &string(&scores)].concat());
    assert_eq!(zset, format!("listpack a {} b {}", bits(1.0), bits(1.5)));
    let nodes = [make_ziplist(&[b"\x01a", b"\xf2"]), make_ziplist(&[]), make_ziplist(&[b"\x01b"])];
    let quick = [&[14, 3][..], &string(&nodes[0]), &string(&nodes[1]), &string(&nodes[2])].concat();
    let quick = brief(7, &quick);
    assert!(quick.starts_with("quicklist ") && quick.contains("a\\x02\\x01\\x01\\xff"), "{quick}");
    // The real servers make no listpack of it, however small it is.
    let list = brief(6, &[&[10][..], &string(&nodes[0])].concat());
    assert!(list.starts_with("quicklist "), "{list}");
    let many: Vec<&[u8]> = [&b"\x01a"[..], b"\xf2", b"\x01b", b"\xf2", b"\x01c", b"\xf2", b"\x01d", b"\xf2"]
        .into_iter()
        .chain([&b"\x01e"[..], b"\xf2", b"\x01f", b"\xf2", b"\x01g", b"\xf2"])
        .collect();
    let hash = brief(6, &[&[13][..], &string(&make_ziplist(&many))].concat());
    assert_eq!(hash, "hashtable a 1 b 1 c 1 d 1 e 1 f 1 g 1");
}

#[test]
fn a_zipmap_becomes_a_hash() {
    assert_eq!(brief(1, b"\x09\x12\x02\x03foo\x03\x02bar..\x01g\x01\x007\xff"), "listpack foo bar g 7");
}

#[test]
fn times_and_uses_go_with_the_next_key_alone() {
    let parts: [&[u8]; 6] = [
        b"\xfe\x00",
        b"\xfd\x10\x00\x00\x00\x00\x01a\x011",
        b"\xfc\xff\xff\xff\xff\xff\xff\xff\x7f\xf8\x40\x64\x00\x01b\x011",
        b"\xf9\xff\x00\x01c\x011",
        b"\xf4\x05\x06\x07\xfe\x03",
        b"\x00\x01d\x011",
    ];
    let lines = read(&file(9, &parts), 1).expect("it is a file");
    let size = Value::from(resplay_datatypes::Str::from_bytes(b"1")).logical_bytes();
    let expected = [
        "select 0".to_owned(),
        format!("key a Some(16000) None None: int {size} 1"),
        format!("key b Some({}) Some(100) None: int {size} 1", i64::MAX),
        format!("key c None None Some(255): int {size} 1"),
        "select 3".to_owned(),
        format!("key d None None None: int {size} 1"),
        "end Right".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn before_version_five_there_is_no_checksum() {
    assert_eq!(read(b"REDIS0004\xff", 2), Ok(vec!["end Unchecked".to_owned()]));
    assert_eq!(read(b"REDIS0005\xff\0\0\0\0\0\0\0\0", 2), Ok(vec!["end Off".to_owned()]));
}

#[test]
fn streams_of_the_first_form_are_counted() {
    let mut log = resplay_datatypes::stream::Log::default();
    let limits = resplay_datatypes::stream::Limits { max_bytes: 0, max_entries: 0 };
    log.append(Id::new(5, 0), &[b"f", b"v"], limits);
    log.append(Id::new(6, 0), &[b"f", b"v"], limits);
    let (id, pack) = log.packs().next().expect("there is a node");
    let node = [string(&id.to_bytes()), string(pack)].concat();
    let seen = 1_700_000_000_000i64.to_le_bytes();
    let group =
        [&b"\x01g\x05\x00\x01"[..], &Id::new(5, 0).to_bytes(), &seen, b"\x02\x01\x01c", &seen, b"\x01"];
    let group = [&group.concat()[..], &Id::new(5, 0).to_bytes()].concat();
    let facts = brief(9, &[&b"\x0f\x01"[..], &node, b"\x02\x06\x00\x01", &group].concat());
    assert!(facts.starts_with("stream 2 6-0 5-0 0-0 2 5-0 "), "{facts}");
    let end = "group g 5-0 1 5-0 1700000000000 2 c consumer c 1700000000000 Some(1700000000000) 5-0";
    assert!(facts.ends_with(end), "{facts}");
}
