use super::*;
use proptest::prelude::*;

const DEFAULT: Limits = Limits { max_listpack_size: -2, packed_threshold: 0 };

fn of_three() -> Limits {
    Limits { max_listpack_size: 3, packed_threshold: 20 }
}

fn all(list: &List) -> Vec<Vec<u8>> {
    list.from_end(Side::Left).map(|item| item.to_vec()).collect()
}

fn push(list: &mut List, side: Side, word: &[u8], limits: &Limits) {
    list.expect(1, word.len(), limits);
    list.push(side, word, limits);
}

fn filled(words: &[&str], limits: &Limits) -> List {
    let mut list = List::new();
    words.iter().for_each(|word| push(&mut list, Side::Right, word.as_bytes(), limits));
    list
}

/// The elements of each node, blanks between them.
fn shape(list: &List) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    list.nodes()
        .map(|node| match node {
            Node::Packed(pack) => pack.iter().map(|item| text(&item.to_vec())).collect::<Vec<_>>().join(" "),
            Node::Plain(bytes) => format!("!{}", text(bytes)),
        })
        .collect()
}

#[test]
fn a_list_becomes_a_queue_beyond_the_limit_and_a_listpack_again_at_half_of_it() {
    let limits = Limits { max_listpack_size: 4, packed_threshold: 0 };
    let mut list = filled(&["a", "b", "c", "d"], &limits);
    assert_eq!(list.encoding(), "listpack");
    push(&mut list, Side::Left, b"e", &limits);
    assert_eq!(shape(&list), ["e", "a b c d"]);
    list.remove_end(Side::Left);
    list.settle(&limits);
    assert_eq!(list.encoding(), "quicklist", "four are more than half of four");
    list.remove_range(0, 2);
    list.settle(&limits);
    assert_eq!((list.encoding(), shape(&list)), ("listpack", vec!["c d".to_string()]));
}

#[test]
fn limits_of_size_are_those_of_five_levels() {
    let bytes = |level| Limits { max_listpack_size: level, packed_threshold: 0 }.of_node().0;
    assert_eq!([-1, -2, -3, -4, -5, i32::MIN].map(bytes), [4096, 8192, 16_384, 32_768, 65_536, 65_536]);
    assert!(DEFAULT.is_large(8193) && !DEFAULT.is_large(8192));
    let one = Limits { max_listpack_size: 0, packed_threshold: 0 };
    assert!(one.are_exceeded(20, 2) && !one.are_exceeded(20, 1) && one.are_exceeded(8193, 1));
}

#[test]
fn an_element_put_into_a_full_node_cuts_it_and_joins_what_fits() {
    let mut list = filled(&["a", "b", "c", "d", "e", "f", "g"], &of_three());
    assert_eq!(shape(&list), ["a b c", "d e f", "g"]);
    assert!(list.insert(b"b", Side::Right, b"x", &of_three()));
    assert_eq!(shape(&list), ["a b", "x c", "d e f", "g"]);
    assert!(list.insert(b"d", Side::Left, b"y", &of_three()), "there is room before it");
    assert_eq!(shape(&list), ["a b", "x c y", "d e f", "g"]);
    assert!(list.insert(b"f", Side::Right, b"z", &of_three()), "there is room behind it");
    assert_eq!(shape(&list), ["a b", "x c y", "d e f", "z g"]);
    assert!(!list.insert(b"nothing", Side::Left, b"z", &of_three()));
}

#[test]
fn a_large_element_has_a_node_of_its_own() {
    let large = "a-large-element-of-24-by";
    let plain = format!("!{large}");
    let mut list = filled(&["a", "b", "c", "d"], &of_three());
    assert!(list.set(1, large.as_bytes(), &of_three()));
    assert_eq!(shape(&list), ["a", &plain, "c d"]);
    assert!(list.insert(b"c", Side::Right, large.as_bytes(), &of_three()));
    assert_eq!(shape(&list), ["a", &plain, "c", &plain, "d"]);
    assert!(list.set(1, b"x", &of_three()));
    assert_eq!(shape(&list), ["a", "x c", &plain, "d"]);
    assert_eq!(list.remove_equal(large.as_bytes(), 5, Side::Right), 1);
    assert_eq!(shape(&list), ["a", "x c", "d"]);
}

#[test]
fn a_list_of_a_million_is_reached_by_nodes() {
    let mut list = List::new();
    for number in 0..1_000_000 {
        push(&mut list, Side::Right, number.to_string().as_bytes(), &DEFAULT);
    }
    assert_eq!(list.get(600_000).map(|item| item.to_vec()), Some(b"600000".to_vec()));
    assert!(list.steps_to(600_000) < 3_000 && list.steps_to(999_999) < 2);
    list.remove_range(10, 999_980);
    assert_eq!(all(&list).len(), 20);
    assert_eq!(list.peek(Side::Right), Some(Item::Int(999_999)));
}

#[derive(Clone, Debug)]
enum Edit {
    Push(bool, Vec<u8>),
    Pop(bool),
    Set(usize, Vec<u8>),
    Insert(Vec<u8>, bool, Vec<u8>),
    RemoveRange(usize, usize),
    RemoveEqual(Vec<u8>, usize, bool),
}

fn word() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => "[a-c1-3]{1,2}".prop_map(String::into_bytes),
        1 => "[x-z]{15,30}".prop_map(String::into_bytes),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => (any::<bool>(), word()).prop_map(|(left, word)| Edit::Push(left, word)),
        1 => any::<bool>().prop_map(Edit::Pop),
        2 => (0..30usize, word()).prop_map(|(at, word)| Edit::Set(at, word)),
        3 => (word(), any::<bool>(), word()).prop_map(|(pivot, left, word)| Edit::Insert(pivot, left, word)),
        1 => (0..30usize, 0..12usize).prop_map(|(start, count)| Edit::RemoveRange(start, count)),
        1 => (word(), 1..4usize, any::<bool>()).prop_map(|(word, n, left)| Edit::RemoveEqual(word, n, left)),
    ]
}

fn side(is_left: bool) -> Side {
    if is_left { Side::Left } else { Side::Right }
}

/// The same on a plain vector; what it answers, as a number.
fn expect_of(words: &mut Vec<Vec<u8>>, edit: Edit) -> usize {
    match edit {
        Edit::Push(true, word) => words.insert(0, word),
        Edit::Push(false, word) => words.push(word),
        Edit::Pop(_) if words.is_empty() => {}
        Edit::Pop(true) => drop(words.remove(0)),
        Edit::Pop(false) => drop(words.pop()),
        Edit::Set(at, word) => {
            let there = words.get_mut(at);
            return there.map(|old| *old = word).map_or(0, |()| 1);
        }
        Edit::Insert(pivot, is_left, word) => {
            let Some(at) = words.iter().position(|other| *other == pivot) else { return 0 };
            words.insert(if is_left { at } else { at + 1 }, word);
            return 1;
        }
        Edit::RemoveRange(start, count) => {
            let start = start.min(words.len());
            words.drain(start..(start + count).min(words.len()));
        }
        Edit::RemoveEqual(word, count, is_left) => {
            let mut hits: Vec<usize> = (0..words.len()).filter(|at| words[*at] == word).collect();
            if !is_left {
                hits.reverse();
            }
            hits.truncate(count);
            hits.sort_unstable();
            hits.iter().rev().for_each(|at| drop(words.remove(*at)));
            return hits.len();
        }
    }
    0
}

fn apply(list: &mut List, edit: Edit, limits: &Limits) -> usize {
    match edit {
        Edit::Push(is_left, word) => push(list, side(is_left), &word, limits),
        Edit::Pop(is_left) => list.remove_end(side(is_left)),
        Edit::Set(at, word) => {
            list.expect(1, word.len(), limits);
            return usize::from(list.set(at, &word, limits));
        }
        Edit::Insert(pivot, is_left, word) => {
            list.expect(1, word.len(), limits);
            return usize::from(list.insert(&pivot, side(is_left), &word, limits));
        }
        Edit::RemoveRange(start, count) => list.remove_range(start, count),
        Edit::RemoveEqual(word, count, is_left) => return list.remove_equal(&word, count, side(is_left)),
    }
    list.settle(limits);
    0
}

proptest! {
    #[test]
    fn every_encoding_behaves_as_a_vector(edits in proptest::collection::vec(edit(), 0..80)) {
        for limits in [DEFAULT, of_three(), Limits { max_listpack_size: 1, packed_threshold: 0 }] {
            let (mut list, mut words) = (List::new(), Vec::new());
            for edit in edits.iter().cloned() {
                prop_assert_eq!(apply(&mut list, edit.clone(), &limits), expect_of(&mut words, edit));
                prop_assert_eq!(all(&list), words.clone());
                let mut back: Vec<_> = list.from_end(Side::Right).map(|item| item.to_vec()).collect();
                back.reverse();
                prop_assert_eq!(back, words.clone());
                for at in 0..=words.len() {
                    prop_assert_eq!(list.get(at).map(|item| item.to_vec()), words.get(at).cloned());
                    let down = list.iter_from(at, Side::Right).len();
                    prop_assert_eq!(down, if at < words.len() { at + 1 } else { 0 });
                }
                let nodes: usize = list.nodes().map(|node| match node {
                    Node::Packed(pack) => memory::size_class(pack.byte_len()) + memory::LIST_NODE,
                    Node::Plain(bytes) => memory::size_class(bytes.len()) + memory::LIST_NODE,
                }).sum();
                let frame = if list.encoding() == "listpack" { 0 } else { memory::QUICKLIST + memory::LIST_NODE };
                prop_assert_eq!(list.logical_bytes() + memory::LIST_NODE, memory::OBJECT + frame + nodes);
            }
        }
    }
}
