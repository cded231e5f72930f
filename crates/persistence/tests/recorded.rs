//! Six hundred append-only files, whole and damaged, and what Valkey 8.0.1 makes of them. `record_aof.py` asks it.

use resplay_persistence::aof::{Cut, Reader, Truncated, Verdict, Why};

const RECORDED: &str = include_str!("recorded.txt");
/// The commands that occur in the files, by design or by damage.
const KNOWN: [&str; 6] = ["select", "set", "multi", "exec", "del", "ping"];

/// The judgement, as the recorder writes it.
fn judge(file: &[u8]) -> String {
    let mut reader = Reader::new();
    reader.feed(file);
    loop {
        match reader.next_command() {
            Ok(Some(command)) if !is_known(&command.words[0]) => return "unknown".to_owned(),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(corrupt) => return refusal(corrupt.why).to_owned(),
        }
    }
    match reader.finish() {
        Verdict::Clean => "clean".to_owned(),
        Verdict::Truncated(truncated) => format!("cut {}", real_cut(truncated)),
        Verdict::Corrupt(corrupt) => refusal(corrupt.why).to_owned(),
    }
}

/// Where the real servers cut: see [`Truncated::valid_up_to`] for what is wrong with that.
fn real_cut(truncated: Truncated) -> u64 {
    match truncated.cut {
        Cut::Command => truncated.whole,
        Cut::Transaction => truncated.valid_up_to,
    }
}

fn refusal(why: Why) -> &'static str {
    match why {
        Why::NotACommand | Why::WordCount | Why::NotAWord => "format",
        Why::WordLength => "crash",
        Why::ZeroByte => "unreadable",
        Why::Rdb => "rdb",
    }
}

fn is_known(name: &[u8]) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// Undoes the recorder's escapes.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        rest = &escape[1..];
        match escape.as_bytes()[0] {
            b'r' => bytes.push(b'\r'),
            b'n' => bytes.push(b'\n'),
            b'x' => {
                bytes.push(u8::from_str_radix(&rest[..2], 16).expect("two hexadecimal digits"));
                rest = &rest[2..];
            }
            b'z' => {
                let (count, after) = rest[1..].split_once('}').expect("a count in braces");
                bytes.resize(bytes.len() + count.parse::<usize>().expect("a count"), 0);
                rest = after;
            }
            other => panic!("unknown escape {}", char::from(other)),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[test]
fn damage_is_judged_as_by_the_real_server() {
    let cases = || RECORDED.lines().filter(|line| !line.starts_with("# "));
    for case in cases() {
        let (file, expected) = case.rsplit_once('|').expect("a file and a judgement");
        assert_eq!(judge(&unescape(file)), expected, "{file}");
    }
    assert!(cases().count() > 600);
}
