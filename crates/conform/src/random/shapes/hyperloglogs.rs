//! How commands on HyperLogLogs look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    shapes: &[
        "PFADD <hll> *<element>",
        "PFADD <hll> <element> *<element>",
        "PFADD <hll> <element> <element> <element> *<element>",
        "PFCOUNT <hll>",
        "PFCOUNT <hll> *<hll>",
        "PFMERGE <hll> *<hll>",
        "PFDEBUG <hll-word> <hll>",
        "SET <hll> <hll-bytes>",
        "GET <hll>",
        "STRLEN <hll>",
        "SETRANGE <hll> <hll-at> <hll-patch>",
        "APPEND <hll> <hll-patch>",
        "OBJECT ENCODING <hll>",
        "DEL <hll>",
        "CONFIG SET hll-sparse-max-bytes <hll-limit>",
    ],
    kinds: &[
        ("hll", &["hll", "hll", "hll", "hll2", "hll2", "hll3", "a", "h"]),
        (
            "element",
            &["a", "b", "c", "d", "e", "f", "g", "i", "1", "2", "3", "", "\u{ff}\0", "eight by", "longer than that",
              "9223372036854775807", "x", "y", "z", "17", "18", "19", "20"],
        ),
        ("hll-word", &["ENCODING", "decode", "DECODE", "GETREG", "TODENSE", "foo"]),
        (
            "hll-bytes",
            &["HYLL", "HYLL\u{1}\0\0\0\0\0\0\0\0\0\0\0", "HYLL\u{1}\0\0\0\u{5}\0\0\0\0\0\0\0\x7f\u{ff}",
              "HYLL\u{1}\0\0\0\0\0\0\0\0\0\0\u{80}\x7f\u{fe}", "HYLL\0\0\0\0\0\0\0\0\0\0\0\0", "hyll"],
        ),
        ("hll-at", &["0", "4", "15", "15", "16", "17"]),
        ("hll-patch", &["\u{80}", "\u{1}", "\0"]),
        ("hll-limit", &["0", "18", "20", "24", "3000"]),
    ],
};
