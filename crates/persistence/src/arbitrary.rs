//! Random values, for the tests of all that writes them.

use crate::rdb::{KeyInfo, Limits, Usage};
use proptest::collection::vec;
use proptest::prelude::*;
use resplay_datatypes::set::Encoding;
use resplay_datatypes::stream::{Id, Limits as NodeLimits, Stream};
use resplay_datatypes::{Hash, List, Set, Str, Value, Zset, hash, list, set};

/// Small enough that tests meet them.
pub(crate) const LIMITS: Limits = Limits {
    list: list::Limits { max_listpack_size: 8, packed_threshold: 0 },
    set: set::Limits { max_integers: 8, max_entries: 6, max_value: 32, seed: 3 },
    zset: hash::Limits { max_entries: 6, max_value: 32, seed: 4 },
    hash: hash::Limits { max_entries: 6, max_value: 32, seed: 5 },
};

fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (-300i64..300).prop_map(|int| int.to_string().into_bytes()),
        2 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        4 => vec(any::<u8>(), 0..12),
        1 => vec(b'a'..b'd', 30..90),
        1 => Just(b"the same words again and again, the same words again and again".to_vec()),
        1 => Just(Vec::new()),
    ]
}

fn words(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(word(), n)
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-5i32..5).prop_map(f64::from),
        any::<f64>().prop_filter("a score is a number", |score| !score.is_nan()),
        Just(f64::INFINITY),
        Just(0.1),
    ]
}

fn stream() -> impl Strategy<Value = Value> {
    let entry = (1u64..3, vec((0u8..3, word()), 1..4));
    (
        vec(entry, 0..20),
        vec(any::<prop::sample::Index>(), 0..5),
        vec((word(), any::<u64>(), 0usize..20), 0..3),
    )
        .prop_map(|(entries, removed, groups)| {
            let mut stream = Stream::new();
            let ids: Vec<Id> = (1..=entries.len() as u64).map(|n| Id::new(1_000 + n / 3, n)).collect();
            for (id, (_, pairs)) in ids.iter().zip(&entries) {
                let words: Vec<Vec<u8>> =
                    pairs.iter().flat_map(|(name, value)| [vec![b'a' + name], value.clone()]).collect();
                let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
                stream.log_mut().append(*id, &words, NodeLimits { max_bytes: 200, max_entries: 4 });
            }
            for index in removed.iter().filter(|_| !ids.is_empty()) {
                stream.log_mut().remove(*index.get(&ids));
            }
            for (n, (name, read, pending)) in (1i64..).zip(&groups) {
                if !stream.create_group(name, Id::new(*read, 7), if n == 2 { -1 } else { n }) {
                    continue;
                }
                stream.edit_group(name, |_, group| {
                    let one = group.create(b"one", 1_700_000_000_000);
                    let two = group.create(b"two", n);
                    group.create(b"idle", 5);
                    group.consumer_mut(one).active_ms = Some(1_699_999_999_999);
                    for (place, id) in ids.iter().take(*pending).enumerate() {
                        let owner = if place % 3 == 0 { one } else { two };
                        group.give(*id, owner, 1_700_000_000_000 + place as i64, 1 + place as u64 * 100);
                    }
                });
            }
            stream.into()
        })
}

/// A value of any type, in any encoding.
pub(crate) fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        word().prop_map(|word| Str::from_bytes(&word).into()),
        words(1..40).prop_map(|words| { List::of(words.iter().map(Vec::as_slice), &LIMITS.list).into() }),
        (words(1..12), 0..3u8).prop_map(|(words, encoding)| {
            let encoding = [Encoding::Intset, Encoding::Listpack, Encoding::Hashtable][usize::from(encoding)];
            let mut set = Set::new(encoding, 1);
            words.iter().for_each(|word| {
                set.add(word, &LIMITS.set);
            });
            set.into()
        }),
        vec((word(), score()), 1..12).prop_map(|elements| {
            let mut zset = Zset::new();
            elements.iter().for_each(|(word, score)| {
                zset.insert(word, *score, &LIMITS.zset);
            });
            zset.into()
        }),
        vec((word(), word()), 1..12).prop_map(|pairs| {
            let mut hash = Hash::new();
            pairs.iter().for_each(|(field, value)| {
                hash.set(field, value, &LIMITS.hash);
            });
            hash.into()
        }),
        stream(),
    ]
}

/// What is told of a key besides.
pub(crate) fn info() -> impl Strategy<Value = KeyInfo> {
    let usage = prop_oneof![
        Just(None),
        (0u64..100_000).prop_map(|idle_s| Some(Usage::IdleS(idle_s))),
        any::<u8>().prop_map(|freq| Some(Usage::Freq(freq))),
    ];
    (any::<Option<i64>>(), usage).prop_map(|(expire_ms, usage)| KeyInfo { expire_ms, usage })
}
