//! How commands on bitmaps look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    shapes: &[
        "SETBIT <bitmap> <bit-at> <bit>",
        "SETBIT <bitmap> <bit-at> <bit>",
        "GETBIT <bitmap> <bit-at>",
        "SET <bitmap> <bits>",
        "BITCOUNT <bitmap>",
        "BITCOUNT <bitmap> <bit-index> ?<bit-index> ?<bit-unit>",
        "BITCOUNT <bitmap> <bit-index> <bit-index> <bit-unit>",
        "BITPOS <bitmap> <bit>",
        "BITPOS <bitmap> <bit> <bit-index> ?<bit-index> ?<bit-unit>",
        "BITPOS <bitmap> <bit> <bit-index> <bit-index> <bit-unit>",
        "BITOP <bit-operation> <bitmap> <bitmap> *<bitmap>",
        "BITOP NOT <bitmap> <bitmap>",
        "BITFIELD <bitmap> *GET,<bit-type>,<bit-at>",
        "BITFIELD <bitmap> ?OVERFLOW,<overflow> *SET,<bit-type>,<bit-at>,<bit-value>",
        "BITFIELD <bitmap> ?OVERFLOW,<overflow> *INCRBY,<bit-type>,<bit-at>,<bit-value>",
        "BITFIELD <bitmap> INCRBY,<bit-type>,<bit-at>,<bit-value> OVERFLOW,<overflow> \
         INCRBY,<bit-type>,<bit-at>,<bit-value> GET,<bit-type>,<bit-at>",
        "BITFIELD_RO <bitmap> *GET,<bit-type>,<bit-at> ?SET,<bit-type>,<bit-at>,<bit-value>",
        "GET <bitmap>",
        "STRLEN <bitmap>",
        "OBJECT ENCODING <bitmap>",
    ],
    kinds: &[
        ("bitmap", &["bits", "bits", "bits", "bits2", "bits2", "bits3", "a", "h"]),
        ("bit", &["0", "1", "1", "0", "1", "2", "x"]),
        (
            "bit-at",
            &["0", "1", "3", "7", "8", "13", "64", "100", "#0", "#1", "#2", "#7", "-1", "x", "", "4294967296", "#x"],
        ),
        ("bit-index", &["0", "1", "2", "5", "7", "9", "30", "-1", "-2", "-5", "-20", "100", "-100", "x"]),
        ("bit-unit", &["BIT", "bit", "BYTE", "byte", "foo"]),
        ("bit-operation", &["AND", "or", "XOR", "xor", "NOT", "foo"]),
        ("bit-type", &["u8", "i8", "u4", "i16", "u1", "i1", "i64", "u63", "i63", "u64", "i65", "u0", "x8", "i", "i5"]),
        ("overflow", &["WRAP", "SAT", "sat", "FAIL", "fail", "foo"]),
        (
            "bit-value",
            &["0", "1", "-1", "100", "-100", "127", "128", "-128", "-129", "255", "256", "9223372036854775807",
              "-9223372036854775808", "4611686018427387904", "-4611686018427387905", "x"],
        ),
        ("bits", &["\0", "\u{ff}", "\u{ff}\u{ff}\u{f0}\0", "\0\0\u{1}\u{80}", "foobar", "", "123", "\u{7f}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{fe}"]),
    ],
};
