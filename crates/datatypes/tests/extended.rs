//! INCRBYFLOAT's arithmetic against what Valkey 8.0.1 replied. `record_incrbyfloat.py` makes more such cases.

use resplay_datatypes::extended::Extended;

/// Each line: stored value, increment, reply, as the real server gave it; `|` between.
const RECORDED: &str = include_str!("incrbyfloat.txt");

/// What INCRBYFLOAT replies.
fn reply(stored: &[u8], increment: &[u8]) -> String {
    let (Some(stored), Some(increment)) = (Extended::parse(stored), Extended::parse(increment)) else {
        return "-ERR value is not a valid float".to_owned();
    };
    match stored.plus(increment) {
        Some(sum) => sum.print(),
        None => "-ERR increment would produce NaN or Infinity".to_owned(),
    }
}

/// Undoes the recorder's `\t`, `\xNN` and the like.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match (byte, byte == b'\\') {
            (_, true) => match rest.next() {
                Some(b't') => b'\t',
                Some(b'x') => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    let digits = str::from_utf8(&digits).expect("two digits");
                    u8::from_str_radix(digits, 16).expect("two hexadecimal digits")
                }
                other => panic!("unknown escape {other:?}"),
            },
            (byte, false) => byte,
        });
    }
    bytes
}

#[test]
fn sums_are_those_of_the_real_server_to_the_last_digit() {
    let mut cases = 0;
    for line in RECORDED.lines().filter(|line| !line.starts_with('#')) {
        let mut parts = line.splitn(3, '|');
        let mut next = || parts.next().expect("three parts");
        let (stored, increment, expected) = (next(), next(), next());
        assert_eq!(reply(&unescape(stored), &unescape(increment)), expected, "{stored} + {increment}");
        cases += 1;
    }
    assert!(cases >= 300, "only {cases} cases");
}
