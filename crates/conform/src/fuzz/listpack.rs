//! Listpacks against vectors.

use super::Bytes;
use resplay_datatypes::Listpack;

/// What surrounds the elements, in bytes.
const FRAME: usize = 7;
/// A listpack here has at most so many elements, and an element at most so many bytes.
const ELEMENTS_MAX: usize = 300;
const ELEMENT_MAX: usize = 20_000;

/// Edits of a listpack: it holds what a vector would, from either end and at every index.
///
/// The input: edits, each a byte of what, a byte of where, and for most a word.
pub(super) fn listpack(data: &[u8]) {
    let mut data = Bytes(data);
    let (mut pack, mut words) = (Listpack::new(), Vec::<Vec<u8>>::new());
    while !data.is_empty() && words.len() < ELEMENTS_MAX {
        edit(&mut data, &mut pack, &mut words);
        assert_eq!(pack.iter().map(|item| item.to_vec()).collect::<Vec<_>>(), words);
        assert_eq!(pack.len(), words.len());
        let size: usize = words.iter().map(|word| Listpack::size_of(word)).sum();
        assert_eq!(pack.byte_len(), FRAME + size);
    }
    let backwards: Vec<Vec<u8>> = pack.iter().rev().map(|item| item.to_vec()).collect();
    assert!(backwards.iter().eq(words.iter().rev()));
    for (at, word) in words.iter().enumerate() {
        let found = pack.seek(at).map(|place| pack.get(place).to_vec());
        assert_eq!(found.as_ref(), Some(word), "element {at}");
    }
    assert_eq!(pack.seek(words.len()), None);
}

fn edit(data: &mut Bytes<'_>, pack: &mut Listpack, words: &mut Vec<Vec<u8>>) {
    let (what, at) = (data.byte(), usize::from(data.byte()));
    let place = pack.seek(at);
    match (what % 8, place) {
        (0, _) => {
            let word = word(data);
            pack.push_back(&word);
            words.push(word);
        }
        (1, _) => {
            let word = word(data);
            pack.push_front(&word);
            words.insert(0, word);
        }
        (2, _) => {
            let (one, other) = (word(data), word(data));
            pack.insert(place, &[&one, &other]);
            let at = at.min(words.len());
            words.splice(at..at, [one, other]);
        }
        (3, Some(place)) => {
            words[at] = word(data);
            pack.replace(place, &words[at]);
        }
        (4, Some(place)) => {
            let count = usize::from(data.byte() % 8);
            let end = (at + count).min(words.len());
            words.drain(at..end);
            let next = pack.remove(place, count).map(|place| pack.get(place).to_vec());
            assert_eq!(next.as_ref(), words.get(at), "what follows what was removed");
        }
        (5, Some(place)) => {
            let tail = pack.split_off(place);
            assert!(tail.iter().map(|item| item.to_vec()).eq(words[at..].iter().cloned()));
            pack.append(&tail);
        }
        (6, _) => pack.shrink(),
        _ => {}
    }
}

/// A word: an integer, or bytes, some of them many.
fn word(data: &mut Bytes<'_>) -> Vec<u8> {
    let kind = data.byte();
    match kind {
        0..100 => data.take(usize::from(kind)).to_vec(),
        100..120 => (data.u64() as i64 >> (3 * (kind - 100))).to_string().into_bytes(),
        _ => {
            let len = (usize::from(kind - 120) << 8 | usize::from(data.byte())).min(ELEMENT_MAX);
            data.take(4).iter().copied().cycle().take(len).collect()
        }
    }
}
