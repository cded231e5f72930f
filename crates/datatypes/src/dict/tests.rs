use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Op {
    Insert(u16, u32),
    Remove(u16),
    Lookup(u16),
}

fn ops(keys: u16) -> impl Strategy<Value = Vec<Op>> {
    let key = 0..keys;
    let op = prop_oneof![
        4 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Op::Insert(key, value)),
        3 => key.clone().prop_map(Op::Remove),
        1 => key.prop_map(Op::Lookup),
    ];
    proptest::collection::vec(op, 0..600)
}

/// Some keys are longer than what fits in place.
fn name(key: u16) -> Vec<u8> {
    format!("key:{key}:{}", "x".repeat(usize::from(key % 40))).into_bytes()
}

fn check(dict: &Dict<u32>, naive: &BTreeMap<Vec<u8>, u32>) {
    assert_eq!(dict.len(), naive.len());
    let content: BTreeMap<Vec<u8>, u32> = dict.iter().map(|(key, value)| (key.to_vec(), *value)).collect();
    assert_eq!(content, *naive);
}

fn scan_all(dict: &Dict<u32>) -> BTreeSet<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut cursor = 0;
    loop {
        cursor = dict.scan(cursor, |key, _| {
            seen.insert(key.to_vec());
        });
        if cursor == 0 {
            return seen;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_history_leaves_what_a_plain_map_holds(ops in ops(200), seed: u64) {
        let mut dict = Dict::new(seed);
        let mut naive = BTreeMap::new();
        for op in ops {
            match op {
                Op::Insert(key, value) => {
                    prop_assert_eq!(dict.insert(&name(key), value).1, naive.insert(name(key), value));
                }
                Op::Remove(key) => prop_assert_eq!(dict.remove(&name(key)), naive.remove(&name(key))),
                Op::Lookup(key) => prop_assert_eq!(dict.get(&name(key)), naive.get(&name(key))),
            }
        }
        check(&dict, &naive);
        prop_assert_eq!(scan_all(&dict), naive.into_keys().collect());
    }

    #[test]
    fn scan_returns_whatever_is_there_from_beginning_to_end(
        lasting in 0u16..300, before in 0u16..800, between in proptest::collection::vec((any::<bool>(), 1u16..120), 0..60),
    ) {
        let mut dict = Dict::new(3);
        let passing = |n: u16| format!("passing:{n}").into_bytes();
        (0..lasting).for_each(|key| { dict.insert(&name(key), 0); });
        (0..before).for_each(|n| { dict.insert(&passing(n), 0); });
        let mut newest = before;
        let mut oldest = 0;
        let mut seen = BTreeSet::new();
        let mut cursor = 0;
        let mut steps = between.into_iter();
        loop {
            cursor = dict.scan(cursor, |key, _| { seen.insert(key.to_vec()); });
            if cursor == 0 {
                break;
            }
            let Some((grow, by)) = steps.next() else { continue };
            if grow {
                (newest..newest + by).for_each(|n| { dict.insert(&passing(n), 0); });
                newest += by;
            } else {
                let until = (oldest + by * 4).min(newest);
                (oldest..until).for_each(|n| { dict.remove(&passing(n)); });
                oldest = until;
            }
        }
        for key in 0..lasting {
            prop_assert!(seen.contains(&name(key)), "scan missed key {}", key);
        }
    }

    #[test]
    fn an_entry_id_lasts_as_long_as_its_key(keys in 1u16..500, gone in 0u16..500) {
        let mut dict = Dict::new(1);
        let ids: Vec<EntryId> = (0..keys).map(|key| dict.insert(&name(key), u32::from(key)).0).collect();
        (0..gone.min(keys)).for_each(|key| { dict.remove(&name(key)); });
        for key in gone..keys {
            prop_assert_eq!(dict.find(&name(key)), Some(ids[usize::from(key)]));
            prop_assert_eq!(dict.key(ids[usize::from(key)]), name(key));
        }
    }
}

#[test]
fn the_table_doubles_when_full_and_shrinks_when_sparse() {
    let mut dict = Dict::new(0);
    for key in 0..5 {
        dict.insert(&name(key), 0);
    }
    assert_eq!(dict.slots(), (4, 8));
    for key in 5..1000 {
        dict.insert(&name(key), 0);
    }
    assert_eq!(dict.slots(), (1024, 0));
    for key in 0..997 {
        dict.remove(&name(key));
    }
    assert!(dict.slots().0 <= 32, "{:?}", dict.slots());
}

#[test]
fn random_choice_is_uniform_even_when_most_keys_are_gone() {
    let mut dict = Dict::new(9);
    for key in 0..10_000 {
        dict.insert(&name(key), u32::from(key));
    }
    for key in 8..10_000 {
        dict.remove(&name(key));
    }
    let mut random = Random::stream(1, "choice");
    let mut hits = [0; 8];
    for _ in 0..8_000 {
        let id = dict.random(&mut random).expect("there are eight keys");
        hits[*dict.value(id) as usize] += 1;
    }
    assert!(hits.iter().all(|hits| (850..1150).contains(hits)), "{hits:?}");
}

#[test]
fn the_same_calls_give_the_same_order() {
    let build = || {
        let mut dict = Dict::new(5);
        for key in 0..300 {
            dict.insert(&name(key), 0);
        }
        for key in (0..300).step_by(3) {
            dict.remove(&name(key));
        }
        dict.iter().map(|(key, _)| key.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(build(), build());
}

#[test]
#[should_panic(expected = "after its key had been removed")]
fn a_stale_id_is_a_bug_of_the_caller() {
    let mut dict = Dict::new(0);
    let (id, _) = dict.insert(b"key", 0);
    dict.remove_id(id);
    dict.value(id);
}

#[test]
fn an_entry_takes_four_words_besides_its_value() {
    assert_eq!(size_of::<slab::Slot<crate::Value>>(), 8 * 4 + size_of::<crate::Value>());
}
