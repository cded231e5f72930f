use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const LIMITS: Limits = Limits { max_integers: 8, max_entries: 5, max_value: 10, seed: 1 };

fn set(members: &[&str]) -> Set {
    let mut set = Set::new(Encoding::Intset, 1);
    for member in members {
        set.add(member.as_bytes(), &LIMITS);
    }
    set
}

fn members(set: &Set) -> Vec<String> {
    set.iter().map(|member| String::from_utf8(member.to_vec()).expect("text")).collect()
}

#[test]
fn integers_are_sorted_and_others_keep_the_order_of_insertion() {
    let mut mixed = set(&["30", "-1", "2"]);
    assert_eq!((mixed.encoding(), members(&mixed)), ("intset", vec!["-1".into(), "2".into(), "30".into()]));
    mixed.add(b"x", &LIMITS);
    mixed.add(b"1", &LIMITS);
    assert_eq!((mixed.encoding(), members(&mixed).join(" ")), ("listpack", "-1 2 30 x 1".into()));
    mixed.remove(b"30");
    mixed.add(b"30", &LIMITS);
    assert_eq!(members(&mixed).join(" "), "-1 2 x 1 30");
}

#[test]
fn each_limit_makes_a_table() {
    let many: Vec<String> = (0..9).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(set(&many[..8]).encoding(), "intset");
    assert_eq!(set(&many).encoding(), "hashtable");
    assert_eq!(set(&["1", "2", "3", "4", "x"]).encoding(), "listpack");
    assert_eq!(set(&["1", "2", "3", "4", "5", "x"]).encoding(), "hashtable");
    assert_eq!(set(&["x", "1", "2", "3", "4", "5"]).encoding(), "hashtable");
    assert_eq!(set(&["1", "ten-bytes."]).encoding(), "listpack");
    assert_eq!(set(&["1", "and-eleven."]).encoding(), "hashtable");
    assert_eq!(set(&["x", "and-eleven."]).encoding(), "hashtable");
    // The longest integer would be too long for a listpack.
    assert_eq!(set(&["-1234567890", "x"]).encoding(), "hashtable");
    assert_eq!(set(&["-123456789", "x"]).encoding(), "listpack");
}

#[test]
fn what_a_command_announces_decides_the_first_encoding() {
    let first = |member: &[u8], members| Set::expecting(member, members, &LIMITS).encoding();
    assert_eq!(
        [first(b"1", 8), first(b"1", 9), first(b"x", 5), first(b"x", 6)],
        ["intset", "hashtable", "listpack", "hashtable"]
    );
    let mut announced = set(&["1"]);
    announced.expect(8, &LIMITS);
    assert_eq!(announced.encoding(), "intset");
    announced.expect(9, &LIMITS);
    assert_eq!(announced.encoding(), "hashtable");
}

#[test]
fn a_set_of_integers_alone_can_be_compacted() {
    let mut ints = set(&["x", "3", "1"]);
    ints.compact_integers(&LIMITS);
    assert_eq!(ints.encoding(), "listpack");
    ints.remove(b"x");
    ints.compact_integers(&LIMITS);
    assert_eq!((ints.encoding(), members(&ints).join(" ")), ("intset", "1 3".into()));
}

#[test]
fn chosen_positions_are_those_of_the_iteration() {
    for set in [set(&["1", "2", "3", "4"]), set(&["a", "b", "c", "d"]), set(&["a", "b", "c", "d", "e", "f"])]
    {
        let all = members(&set);
        let picked: Vec<Vec<u8>> = set.pick([1, 3].into_iter()).iter().map(Item::to_vec).collect();
        assert_eq!(picked, [all[1].as_bytes(), all[3].as_bytes()]);
        let mut random = Random::stream(2, "choice");
        let seen: BTreeSet<Vec<u8>> =
            (0..200).filter_map(|_| set.random(&mut random)).map(|member| member.to_vec()).collect();
        assert_eq!(seen.len(), set.len());
    }
}

fn member() -> impl Strategy<Value = String> {
    prop_oneof![(0i64..12).prop_map(|n| n.to_string()), "[a-e]{1,2}", "[a-c]{11}", Just("01".to_string())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_history_leaves_what_a_plain_set_holds(
        ops in proptest::collection::vec((0u8..3, member()), 0..60),
        max_integers in 0usize..20, max_entries in 0usize..20, max_value in 0usize..12,
    ) {
        let limits = Limits { max_integers, max_entries, max_value, seed: 7 };
        let (mut set, mut naive) = (Set::new(Encoding::Intset, 7), BTreeSet::new());
        for (kind, member) in ops {
            match kind {
                0 => prop_assert_eq!(set.remove(member.as_bytes()), naive.remove(&member)),
                _ => prop_assert_eq!(set.add(member.as_bytes(), &limits), naive.insert(member.clone())),
            }
            prop_assert_eq!(set.contains(member.as_bytes()), naive.contains(&member));
            prop_assert_eq!(set.contains_item(Item::of(member.as_bytes())), naive.contains(&member));
            let mut all = members(&set);
            all.sort();
            prop_assert!(all.iter().eq(naive.iter()));
            let mut scanned = BTreeSet::new();
            let mut cursor = 0;
            loop {
                cursor = set.scan(cursor, |member| {
                    scanned.insert(member.to_vec());
                });
                if cursor == 0 {
                    break;
                }
            }
            prop_assert_eq!(scanned.len(), naive.len());
        }
    }
}
