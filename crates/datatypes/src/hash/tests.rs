use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMITS: Limits = Limits { max_entries: 8, max_value: 64, seed: 1 };

#[derive(Clone, Debug)]
enum Op {
    Set(u8, Vec<u8>),
    Remove(u8),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let value = proptest::collection::vec(any::<u8>(), 0..200);
    let op = prop_oneof![
        2 => (0u8..30, value).prop_map(|(field, value)| Op::Set(field, value)),
        1 => (0u8..30).prop_map(Op::Remove),
    ];
    proptest::collection::vec(op, 0..100)
}

fn name(field: u8) -> Vec<u8> {
    format!("field:{field}").into_bytes()
}

fn expected_bytes(hash: &Hash) -> usize {
    let pairs = || hash.iter();
    match hash.encoding() {
        "listpack" => memory::listpack(
            pairs().map(|(field, value)| memory::listpack_entry(field) + memory::listpack_entry(value)).sum(),
        ),
        _ => {
            let strings: usize =
                pairs().map(|(field, value)| memory::sds(field.len()) + memory::sds(value.len())).sum();
            memory::OBJECT + memory::DICT + memory::FIELD * hash.len() + strings
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_history_leaves_what_a_plain_map_holds(ops in ops(), max_entries in 0usize..40, max_value in 0usize..250) {
        let limits = Limits { max_entries, max_value, seed: 7 };
        let mut hash = Hash::new();
        let mut naive = BTreeMap::new();
        for op in ops {
            match op {
                Op::Set(field, value) => {
                    let new = hash.set(&name(field), &value, &limits);
                    prop_assert_eq!(new, naive.insert(name(field), value).is_none());
                }
                Op::Remove(field) => {
                    prop_assert_eq!(hash.remove(&name(field)), naive.remove(&name(field)).is_some());
                }
            }
            prop_assert_eq!(hash.logical_bytes(), expected_bytes(&hash));
        }
        for (field, value) in &naive {
            prop_assert_eq!(hash.get(field), Some(&value[..]));
        }
        let content: BTreeMap<Vec<u8>, Vec<u8>> =
            hash.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
        prop_assert_eq!(hash.len(), naive.len());
        prop_assert_eq!(content, naive);
    }
}

fn filled(fields: u8) -> Hash {
    let mut hash = Hash::new();
    for field in 0..fields {
        hash.set(&name(field), b"v", &LIMITS);
    }
    hash
}

#[test]
fn a_hash_becomes_a_table_at_the_first_excess_and_stays_one() {
    assert_eq!(filled(8).encoding(), "listpack");
    let mut hash = filled(9);
    assert_eq!(hash.encoding(), "hashtable");
    hash.remove(&name(1));
    assert_eq!((hash.encoding(), hash.len()), ("hashtable", 8));
    for (field, value) in [(vec![b'f'; 65], vec![b'v'; 1]), (vec![b'f'; 1], vec![b'v'; 65])] {
        let mut hash = filled(1);
        hash.set(&field, &value, &LIMITS);
        assert_eq!(hash.encoding(), "hashtable");
    }
}

#[test]
fn a_compact_hash_keeps_the_order_of_first_insertion() {
    let mut hash = filled(4);
    hash.set(&name(1), b"a longer value", &LIMITS);
    hash.remove(&name(0));
    hash.set(&name(0), b"back", &LIMITS);
    let fields: Vec<&[u8]> = hash.iter().map(|(field, _)| field).collect();
    assert_eq!(fields, [name(1), name(2), name(3), name(0)]);
}

#[test]
fn scan_gives_a_compact_hash_whole_and_a_table_bucket_by_bucket() {
    let mut pairs = 0;
    assert_eq!(filled(8).scan(0, |_, _| pairs += 1), 0);
    assert_eq!(pairs, 8);
    let table = filled(30);
    let (mut pairs, mut cursor) = (0, 0);
    loop {
        cursor = table.scan(cursor, |_, _| pairs += 1);
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(pairs, 30);
}

#[test]
fn random_pairs_come_from_the_whole_hash() {
    let mut random = Random::stream(2, "choice");
    for hash in [filled(5), filled(20)] {
        let mut seen = BTreeMap::new();
        for _ in 0..1000 {
            *seen.entry(hash.random(&mut random).expect("it is not empty").0).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), hash.len());
    }
    assert!(Hash::new().random(&mut random).is_none());
}
