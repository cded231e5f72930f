//! The shape that a compressed radix tree would have: the real servers keep ids in one and tell its size.

use super::Id;

/// Nodes of the tree that holds these ids, in rising order.
pub(super) fn nodes(ids: impl Iterator<Item = Id>) -> usize {
    let keys: Vec<[u8; 16]> = ids.map(Id::to_bytes).collect();
    if keys.is_empty() { 1 } else { below(&keys, 0) }
}

/// Nodes of the part that holds these keys, which agree in their first `depth` bytes: one for the bytes that they
/// share beyond, then a leaf or a fork.
fn below(keys: &[[u8; 16]], depth: usize) -> usize {
    let (first, last) = (&keys[0], &keys[keys.len() - 1]);
    let shared = first.iter().zip(last).take_while(|(one, other)| one == other).count();
    let forks = keys.chunk_by(|one, other| one.get(shared) == other.get(shared));
    let deeper: usize = if shared == 16 { 0 } else { forks.map(|keys| below(keys, shared + 1)).sum() };
    usize::from(shared > depth) + 1 + deeper
}
