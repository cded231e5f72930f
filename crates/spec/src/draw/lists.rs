//! How commands on lists look. Commands that wait are only sent where they cannot.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "lists",
    shapes: &[
        "LPUSH <list> <element> *<element>",
        "RPUSH <list> <element> *<element>",
        "RPUSH <list> <element> <big> *<element> <big>",
        "LPUSHX <list> <element> *<element>",
        "RPUSHX <list> <element> *<element>",
        "LPOP <list> ?<count>",
        "RPOP <list> ?<count>",
        "LLEN <list>",
        "LINDEX <list> <index>",
        "LSET <list> <index> <element>",
        "LSET <list> <index> <big>",
        "LINSERT <list> <beside> <element> <element>",
        "LINSERT <list> <beside> <element> <big>",
        "LINSERT <list> <beside> <big> <element>",
        "LRANGE <list> <index> <index>",
        "LRANGE <list> 0 -1",
        "LREM <list> <count> <element>",
        "LREM <list> <count> <big>",
        "LTRIM <list> <index> <index>",
        "LTRIM <list> 0 <index>",
        "LPOS <list> <element> ?RANK,<count> ?COUNT,<count> ?MAXLEN,<count>",
        "LMOVE <list> <list> <side> <side>",
        "RPOPLPUSH <list> <list>",
        "LMPOP 1 <list> <side> ?COUNT,<count>",
        "LMPOP 2 <list> <list> <side> ?COUNT,<count>",
        "BLPOP h <list> x",
        "BLMOVE h <list> <side> <side> -1",
        "BLMPOP 1 <count> <list> <list> <side> COUNT 0",
        "OBJECT ENCODING <list>",
        "COPY l m REPLACE",
        "RENAME <list> <list>",
    ],
    kinds: &[
        ("list", &["l", "l", "l", "l", "m", "m", "n", "h", "a"]),
        (
            "element",
            &["1", "2", "-300", "x", "y", "", "70000", "9223372036854775807", "01", "\0\u{ff}", SMALL],
        ),
        ("big", &[LARGE, LARGE, MEDIUM, MEDIUM, TOO_LARGE, "x"]),
        ("count", &["0", "1", "2", "-1", "-2", "5", "100", "x", "-9223372036854775808"]),
        ("beside", &["BEFORE", "AFTER", "before", "after", "beside"]),
        ("side", &["LEFT", "RIGHT", "left", "right", "up"]),
    ],
};

const SMALL: &str = text(&[b's'; 70]);
const MEDIUM: &str = text(&[b'm'; 1500]);
const LARGE: &str = text(&[b'l'; 3500]);
/// It does not fit in a node of the default size.
const TOO_LARGE: &str = text(&[b't'; 8193]);

const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("not text"),
    }
}
