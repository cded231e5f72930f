use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMITS: Limits = Limits { max_bytes: 4096, max_entries: 100 };

fn add(log: &mut Log, ms: u64, seq: u64, pairs: &[&str]) {
    let pairs: Vec<&[u8]> = pairs.iter().map(|word| word.as_bytes()).collect();
    log.append(Id::new(ms, seq), &pairs, LIMITS);
}

fn ids(walk: Walk<'_>) -> Vec<Id> {
    walk.map(|entry| entry.id).collect()
}

/// Recorded: the listpack in Valkey 8.0.1's DUMP of a stream with these entries, the second of them deleted.
#[test]
fn a_node_has_the_real_servers_bytes() {
    let mut log = Log::default();
    add(&mut log, 5, 5, &["a", "1", "b", "x"]);
    add(&mut log, 5, 7, &["a", "-300", "b", "70000"]);
    add(&mut log, 6, 1, &["c", "zz"]);
    add(&mut log, 7, 0, &["a", "", "b", "12345678901"]);
    assert!(log.remove(Id::new(5, 7)));
    let (first, pack) = log.packs().next().expect("there is a node");
    assert_eq!(first, Id::new(5, 5));
    let hex: String = pack.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, PACK);
}

/// Recorded: radix-tree-nodes of XINFO STREAM, one entry in each node.
#[test]
fn the_radix_tree_has_the_real_servers_number_of_nodes() {
    let nodes = |ids: &[(u64, u64)]| radix::nodes(ids.iter().map(|(ms, seq)| Id::new(*ms, *seq)));
    assert_eq!(nodes(&[]), 1);
    assert_eq!(nodes(&[(1, 1)]), 2);
    assert_eq!(nodes(&[(1, 1), (1, 2)]), 4);
    let many = [(1, 1), (1, 2), (1, 3), (1, 256), (2, 1), (256, 0), (65_536, 65_536)];
    assert_eq!(nodes(&many), 18);
}

#[test]
fn ids_have_neighbours_up_to_the_ends() {
    assert_eq!(Id::new(1, u64::MAX).next(), Some(Id::new(2, 0)));
    assert_eq!(Id::new(2, 0).prev(), Some(Id::new(1, u64::MAX)));
    assert_eq!((Id::MAX.next(), Id::MIN.prev()), (None, None));
    let mut log = Log::default();
    assert_eq!(log.next_id(5), Some(Id::new(5, 0)));
    add(&mut log, 5, u64::MAX, &["f", "v"]);
    assert_eq!(log.next_id(4), Some(Id::new(6, 0)), "the clock went back, and its millisecond is full");
}

#[test]
fn a_group_knows_what_its_consumers_have_and_takes_memory_for_it() {
    let mut stream = Stream::new();
    (1..=3).for_each(|seq| add(stream.log_mut(), 1, seq, &["f", "v"]));
    let bare = stream.logical_bytes();
    assert!(stream.create_group(b"g", Id::MIN, Group::UNKNOWN) && !stream.create_group(b"g", Id::MIN, 0));
    let empty = stream.logical_bytes();
    stream.edit_group(b"g", |log, group| {
        let (one, two) = (group.create(b"one", 10), group.create(b"two", 10));
        for seq in 1..=3 {
            assert!(group.read(log, Id::new(1, seq)));
            group.give(Id::new(1, seq), one, 10, 1);
        }
        assert_eq!((group.entries_read(), group.lag(log)), (3, Some(0)));
        group.give(Id::new(1, 2), two, 20, 2);
        assert_eq!(group.consumer(one).pending(Id::MIN).collect::<Vec<_>>(), [Id::new(1, 1), Id::new(1, 3)]);
        assert!(group.acknowledge(Id::new(1, 1)) && !group.acknowledge(Id::new(1, 1)));
        assert_eq!(group.remove(one), 1);
        assert_eq!((group.pending_len(), group.consumers().len()), (1, 1));
        assert_eq!(group.create(b"three", 30), one, "numbers are used again");
        assert_eq!(group.remove(one), 0);
    });
    assert!(stream.logical_bytes() > empty);
    stream.edit_group(b"g", |_, group| group.find(b"two").map(|number| group.remove(number)));
    assert_eq!(stream.logical_bytes(), empty);
    assert!(stream.destroy_group(b"g") && !stream.destroy_group(b"g"));
    assert_eq!(stream.logical_bytes(), bare);
}

const PACK: &str = "590000001f00030101010201816102816202000102010001000101018178020501030100010201ded402f27011\
    0104050100010101dffc020101816302827a7a03060102010201dffb028001f4351cdcdf02000000090501ff";

/// What may happen to a log.
#[derive(Clone, Debug)]
enum Step {
    Add(u64, Vec<u8>),
    Remove(usize),
    MaxLen(u64, bool),
    MinId(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let names = proptest::collection::vec(0_u8..3, 1..4);
    prop_oneof![
        6 => (0_u64..3, names).prop_map(|(gap, names)| Step::Add(gap, names)),
        3 => (0_usize..40).prop_map(Step::Remove),
        1 => (0_u64..20, any::<bool>()).prop_map(|(max, is_exact)| Step::MaxLen(max, is_exact)),
        1 => (0_usize..40, any::<bool>()).prop_map(|(at, is_exact)| Step::MinId(at, is_exact)),
    ]
}

/// A plain map, and all ids that ever were.
#[derive(Default)]
struct Plain {
    entries: BTreeMap<Id, Vec<Vec<u8>>>,
    known: Vec<Id>,
}

impl Plain {
    fn apply(&mut self, log: &mut Log, step: Step) {
        let limits = Limits { max_bytes: 120, max_entries: 5 };
        match step {
            Step::Add(gap, names) => {
                let last = log.last_id();
                let id = if gap == 0 { Id::new(last.ms, last.seq + 1) } else { Id::new(last.ms + gap, 0) };
                let pairs: Vec<Vec<u8>> =
                    names.iter().flat_map(|name| [vec![b'a' + name], id.to_string().into_bytes()]).collect();
                let words: Vec<&[u8]> = pairs.iter().map(Vec::as_slice).collect();
                log.append(id, &words, limits);
                self.entries.insert(id, pairs);
                self.known.push(id);
            }
            Step::Remove(at) => {
                let Some(id) = self.known.get(at) else { return };
                assert_eq!(log.remove(*id), self.entries.remove(id).is_some());
            }
            Step::MaxLen(max, is_exact) => {
                let surplus = log.len().saturating_sub(max);
                let removed = log.trim(Trim::MaxLen(max), is_exact, 0);
                self.drop_first(removed, surplus, is_exact);
            }
            Step::MinId(at, is_exact) => {
                let min = self.known.get(at).copied().unwrap_or(Id::MAX);
                let before = self.entries.range(..min).count() as u64;
                let removed = log.trim(Trim::MinId(min), is_exact, 0);
                self.drop_first(removed, before, is_exact);
            }
        }
    }

    /// Exact trimming removes all that it may, approximate trimming at most that.
    fn drop_first(&mut self, removed: u64, may: u64, is_exact: bool) {
        assert!(if is_exact { removed == may } else { removed <= may });
        (0..removed).for_each(|_| drop(self.entries.pop_first()));
    }

    fn check(&self, log: &Log) {
        let all: Vec<Id> = self.entries.keys().copied().collect();
        assert_eq!(log.len(), all.len() as u64);
        assert_eq!(ids(log.walk(Id::MIN, Id::MAX, false)), all);
        assert_eq!(log.first_id(), all.first().copied().unwrap_or_default());
        let backwards: Vec<Id> = all.iter().rev().copied().collect();
        assert_eq!(ids(log.walk(Id::MIN, Id::MAX, true)), backwards);
        for (at, id) in self.known.iter().enumerate() {
            let from: Vec<Id> = all.iter().filter(|other| *other >= id).copied().collect();
            assert_eq!(ids(log.walk(*id, Id::MAX, false)), from);
            let end = self.known.get(at + 3).copied().unwrap_or(Id::MAX);
            let within: Vec<Id> =
                backwards.iter().filter(|other| *other >= id && **other <= end).copied().collect();
            assert_eq!(ids(log.walk(*id, end, true)), within);
            let pairs = log.get(*id).map(|entry| {
                entry.pairs().flat_map(|(name, value)| [name.to_vec(), value.to_vec()]).collect::<Vec<_>>()
            });
            assert_eq!(pairs.as_ref(), self.entries.get(id));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(120) })]

    #[test]
    fn a_log_is_a_map_by_id(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut log, mut plain) = (Log::default(), Plain::default());
        for step in steps {
            plain.apply(&mut log, step);
            plain.check(&log);
        }
        let copy = log.clone();
        prop_assert_eq!(copy.logical_bytes(), log.logical_bytes());
    }
}
