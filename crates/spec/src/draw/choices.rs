//! How commands look whose reply is a random choice.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "choices",
    shapes: &[
        "RANDOMKEY",
        "SPOP <any>",
        "SPOP <any> <choice-count>",
        "SRANDMEMBER <any>",
        "SRANDMEMBER <any> <choice-count>",
        "HRANDFIELD <any>",
        "HRANDFIELD <any> <choice-count>",
        "HRANDFIELD <any> <choice-count> WITHVALUES",
        "ZRANDMEMBER <any>",
        "ZRANDMEMBER <any> <choice-count>",
        "ZRANDMEMBER <any> <choice-count> WITHSCORES",
    ],
    kinds: &[
        // Keys of every family, so that some have the right type.
        (
            "any",
            &[
                "a", "b", "c", "h", "h", "i", "i", "s", "s", "t", "u", "v", "x", "z", "z", "zb", "l",
                "missing",
            ],
        ),
        ("choice-count", &["0", "1", "1", "2", "3", "100", "-1", "-3", "-20", "x", "9223372036854775807"]),
    ],
};
