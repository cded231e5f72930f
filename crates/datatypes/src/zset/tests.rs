use super::*;
use proptest::prelude::*;

const LIMITS: Limits = Limits { max_entries: 8, max_value: 20, seed: 1 };

/// The plainest sorted set: pairs kept sorted.
#[derive(Default)]
struct Naive(Vec<(Vec<u8>, f64)>);

impl Naive {
    fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        let old = self.remove(member);
        self.0.push((member.to_vec(), old.filter(|old| *old == score).unwrap_or(score)));
        self.0.sort_by(|one, other| one.1.partial_cmp(&other.1).unwrap().then_with(|| one.0.cmp(&other.0)));
        old
    }

    fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let at = self.0.iter().position(|(other, _)| other == member)?;
        Some(self.0.remove(at).1)
    }

    fn ranks(&self, is_within: impl Fn(&[u8], f64) -> bool) -> Vec<usize> {
        (0..self.0.len()).filter(|at| is_within(&self.0[*at].0, self.0[*at].1)).collect()
    }
}

#[derive(Clone, Debug)]
enum Op {
    Insert(Vec<u8>, f64),
    Remove(Vec<u8>),
    RemoveRanks(usize, usize),
    Compact,
}

fn member() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0u8..60).prop_map(|n| n.to_string().into_bytes()),
        (0u8..60).prop_map(|n| format!("member:{n}").into_bytes()),
        (0usize..40).prop_map(|n| vec![b'x'; n]),
    ]
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-20i32..20).prop_map(f64::from),
        (-20i32..20).prop_map(|n| f64::from(n) / 8.0),
        any::<f64>().prop_filter("a number", |score| !score.is_nan()),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        Just(1e300),
    ]
}

fn ops(longest: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        12 => (member(), score()).prop_map(|(member, score)| Op::Insert(member, score)),
        4 => member().prop_map(Op::Remove),
        1 => (0usize..20, 0usize..4).prop_map(|(at, n)| Op::RemoveRanks(at, n)),
        1 => Just(Op::Compact),
    ];
    proptest::collection::vec(op, 0..longest)
}

fn pairs(elements: Elements<'_>) -> Vec<(Vec<u8>, f64)> {
    elements.map(|(item, score)| (item.to_vec(), score)).collect()
}

fn expected_bytes(zset: &Zset, naive: &Naive) -> usize {
    if zset.encoding() == "listpack" {
        let size = |(member, score): &(Vec<u8>, f64)| {
            let score = resplay_resp::number::format_f64(score + 0.0);
            Listpack::size_of(member) + Listpack::size_of(score.as_bytes())
        };
        return memory::listpack(naive.0.iter().map(size).sum());
    }
    let members: usize = naive.0.iter().map(|(member, _)| memory::sds(member.len())).sum();
    memory::skiplist(naive.0.len()) + members
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_leaves_what_a_plain_vector_holds(ops in ops(160), max_entries in 0usize..60, low in score(), high in score()) {
        let limits = Limits { max_entries, max_value: 20, seed: 7 };
        let (mut zset, mut naive) = (Zset::new(), Naive::default());
        for op in ops {
            match op {
                Op::Insert(member, score) => prop_assert_eq!(
                    zset.insert(&member, score, &limits), naive.insert(&member, score)
                ),
                Op::Remove(member) => prop_assert_eq!(zset.remove(&member), naive.remove(&member)),
                Op::RemoveRanks(at, n) => {
                    let ranks = at.min(naive.0.len())..(at + n).min(naive.0.len());
                    zset.remove_ranks(ranks.clone());
                    naive.0.drain(ranks);
                }
                Op::Compact => zset.compact(&limits),
            }
            prop_assert_eq!(zset.logical_bytes(), expected_bytes(&zset, &naive));
        }
        prop_assert_eq!(zset.len(), naive.0.len());
        prop_assert_eq!(pairs(zset.iter()), naive.0.clone());
        let mut back: Vec<_> = zset.iter().rev().map(|(item, score)| (item.to_vec(), score)).collect();
        back.reverse();
        prop_assert_eq!(back, naive.0.clone());
        for (rank, (member, score)) in naive.0.iter().enumerate() {
            prop_assert_eq!(zset.rank(member), Some((rank, *score)));
            prop_assert_eq!(zset.score(member), Some(*score));
            let middle = rank / 2..rank;
            prop_assert_eq!(pairs(zset.range(middle.clone())), naive.0[middle].to_vec());
        }
        for excluded in [false, true] {
            let range = ScoreRange { min: low, min_excluded: excluded, max: high, max_excluded: !excluded };
            let ranks: Vec<usize> = zset.score_range(&range).collect();
            prop_assert_eq!(ranks, naive.ranks(|_, score| range.is_from(score) && range.is_upto(score)));
        }
    }

    #[test]
    fn members_of_equal_score_are_found_by_their_bytes(
        members in proptest::collection::vec(member(), 0..80), low in member(), high in member(), max_entries in 0usize..60,
    ) {
        let limits = Limits { max_entries, max_value: 50, seed: 7 };
        let (mut zset, mut naive) = (Zset::new(), Naive::default());
        for member in members {
            zset.insert(&member, 1.0, &limits);
            naive.insert(&member, 1.0);
        }
        let bounds = |word| [LexBound::Lowest, LexBound::Highest, LexBound::Including(word), LexBound::Excluding(word)];
        for min in bounds(&low) {
            for max in bounds(&high) {
                let range = LexRange { min, max };
                let expect = naive.ranks(|member, _| range.is_from(member) && range.is_upto(member));
                for reverse in [false, true] {
                    prop_assert_eq!(zset.lex_range(&range, reverse).collect::<Vec<_>>(), expect.clone());
                }
            }
        }
    }
}

fn filled(elements: usize) -> Zset {
    let mut zset = Zset::new();
    for n in 0..elements {
        zset.insert(format!("m{n}").as_bytes(), n as f64, &LIMITS);
    }
    zset
}

#[test]
fn it_becomes_a_skiplist_at_the_first_excess_and_compact_again_only_when_asked() {
    assert_eq!(filled(8).encoding(), "listpack");
    let mut zset = filled(9);
    assert_eq!(zset.encoding(), "skiplist");
    zset.remove(b"m0");
    assert_eq!(zset.encoding(), "skiplist");
    zset.compact(&LIMITS);
    assert_eq!((zset.encoding(), zset.len()), ("listpack", 8));
    zset.insert(b"m1", 5.0, &LIMITS);
    assert_eq!(zset.encoding(), "listpack");
    zset.insert(&[b'x'; 21], 5.0, &LIMITS);
    assert_eq!(zset.encoding(), "skiplist");
    let mut zset = filled(1);
    zset.expect(9, 1, &LIMITS);
    assert_eq!(zset.encoding(), "skiplist");
    let mut zset = filled(1);
    zset.expect(1, 21, &LIMITS);
    assert_eq!(zset.encoding(), "skiplist");
    assert_eq!(Zset::with_hint(8, 20, &LIMITS).encoding(), "listpack");
    assert_eq!(Zset::with_hint(1, 21, &LIMITS).encoding(), "skiplist");
}

/// The middle of `DUMP` of such a sorted set in Valkey 8.0.1: scores are integers where they can be.
#[test]
fn a_compact_one_is_laid_out_as_the_real_servers() {
    let mut zset = Zset::new();
    for (member, score) in [("b", 1.5), ("a", 3.0), ("7", -0.0)] {
        zset.insert(member.as_bytes(), score, &LIMITS);
    }
    let bytes = zset.as_listpack().expect("it is compact").as_bytes();
    assert_eq!(&bytes[6..], b"\x07\x01\x00\x01\x81b\x02\x831.5\x04\x81a\x02\x03\x01\xff");
}

#[test]
fn where_scores_differ_a_compact_one_looks_by_member_from_the_asked_end() {
    let mut zset = Zset::new();
    for (member, score) in [("a", 1.0), ("c", 2.0), ("b", 3.0), ("d", 4.0)] {
        zset.insert(member.as_bytes(), score, &LIMITS);
    }
    let range = LexRange { min: LexBound::Including(b"b"), max: LexBound::Including(b"c") };
    assert_eq!((zset.lex_range(&range, false), zset.lex_range(&range, true)), (1..3, 1..3));
    let range = LexRange { min: LexBound::Lowest, max: LexBound::Including(b"b") };
    assert_eq!((zset.lex_range(&range, false), zset.lex_range(&range, true)), (0..1, 0..3));
}

#[test]
fn random_elements_come_from_the_whole_and_scan_visits_all() {
    let mut random = Random::stream(2, "choice");
    for zset in [filled(5), filled(20)] {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..1000 {
            seen.insert(zset.random(&mut random).expect("it is not empty").0.to_vec());
        }
        assert_eq!(seen.len(), zset.len());
        let (mut visited, mut cursor) = (0, 0);
        loop {
            cursor = zset.scan(cursor, |_, _| visited += 1);
            if cursor == 0 {
                break;
            }
        }
        assert_eq!(visited, zset.len());
    }
    assert!(Zset::new().random(&mut random).is_none());
}
