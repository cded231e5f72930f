//! The order of a big sorted set: a B-tree of scores and entries that knows how many elements lie below each child,
//! so that an element is found by its rank, and a rank by any question that the order answers.
//!
//! All elements are in the leaves. The tree itself compares nothing: whoever inserts says at which rank. After
//! removals a node is merged with a neighbour as soon as both fit into one, so that neighbours are half full at least.

use crate::dict::EntryId;

/// Elements of a leaf: what fills a size class of the allocator.
const LEAF: usize = 36;
/// Children of an inner node.
const FANOUT: usize = 32;

/// A sequence of scores and entries. Ranks count from 0.
#[derive(Clone, Default)]
pub(super) struct Tree {
    root: Option<Node>,
    len: usize,
}

#[derive(Clone)]
enum Node {
    Leaf(Box<Leaf>),
    Inner(Vec<Child>),
}

#[derive(Clone)]
struct Leaf {
    scores: [f64; LEAF],
    ids: [EntryId; LEAF],
    len: usize,
}

#[derive(Clone)]
struct Child {
    node: Node,
    /// The first element below: spares a search the descent.
    first: (f64, EntryId),
    /// How many elements are below.
    count: u32,
}

impl Tree {
    /// The element at a rank, which must be below the length.
    pub fn get(&self, rank: usize) -> Option<(f64, EntryId)> {
        let (scores, ids) = self.from(rank);
        Some((*scores.first()?, *ids.first()?))
    }

    /// Elements from a rank on, as far as they lie together; nothing behind the last.
    pub fn from(&self, rank: usize) -> (&[f64], &[EntryId]) {
        let Some((leaf, at)) = self.leaf(rank) else { return (&[], &[]) };
        (&leaf.scores[at..leaf.len], &leaf.ids[at..leaf.len])
    }

    /// Elements before a rank, as far as they lie together; nothing before the first.
    pub fn before(&self, rank: usize) -> (&[f64], &[EntryId]) {
        let Some((leaf, at)) = rank.checked_sub(1).and_then(|rank| self.leaf(rank)) else {
            return (&[], &[]);
        };
        (&leaf.scores[..=at], &leaf.ids[..=at])
    }

    /// How many elements at the beginning answer yes. No element may answer yes behind one that answers no.
    pub fn partition_point(&self, mut is_before: impl FnMut(f64, EntryId) -> bool) -> usize {
        let Some(mut node) = self.root.as_ref() else { return 0 };
        let mut rank = 0;
        loop {
            match node {
                Node::Leaf(leaf) => return rank + leaf.partition_point(is_before),
                Node::Inner(children) => {
                    let behind = children.partition_point(|child| is_before(child.first.0, child.first.1));
                    let Some(at) = behind.checked_sub(1) else { return rank };
                    rank += children[..at].iter().map(|child| child.count as usize).sum::<usize>();
                    node = &children[at].node;
                }
            }
        }
    }

    /// Puts an element at a rank; those from there on move up.
    pub fn insert(&mut self, rank: usize, score: f64, id: EntryId) {
        debug_assert!(rank <= self.len, "a rank behind the end");
        self.len += 1;
        let Some(root) = &mut self.root else {
            self.root = Some(Node::Leaf(Box::new(Leaf::of(score, id))));
            return;
        };
        if let Some(right) = root.insert(rank, score, id) {
            let mut children = Vec::with_capacity(FANOUT + 1);
            children.extend(self.root.take().map(Child::of));
            children.push(Child::of(right));
            self.root = Some(Node::Inner(children));
        }
    }

    /// Takes the element at a rank, which must be below the length, out.
    pub fn remove(&mut self, rank: usize) {
        let Some(root) = self.root.as_mut().filter(|_| rank < self.len) else { return };
        root.remove(rank);
        self.len -= 1;
        while let Some(Node::Inner(children)) = &mut self.root
            && children.len() <= 1
        {
            self.root = children.pop().map(|child| child.node);
        }
        if self.len == 0 {
            self.root = None;
        }
    }

    /// The leaf with a rank, and where in it.
    fn leaf(&self, rank: usize) -> Option<(&Leaf, usize)> {
        let mut node = self.root.as_ref().filter(|_| rank < self.len)?;
        let mut rank = rank;
        loop {
            match node {
                Node::Leaf(leaf) => return Some((leaf, rank)),
                Node::Inner(children) => {
                    let at = child_of(children, &mut rank, |rank, count| rank < count);
                    node = &children[at].node;
                }
            }
        }
    }
}

/// The child that a rank leads into, and the rank within it.
fn child_of(children: &[Child], rank: &mut usize, is_within: impl Fn(usize, usize) -> bool) -> usize {
    for (at, child) in children.iter().enumerate() {
        if is_within(*rank, child.count as usize) {
            return at;
        }
        *rank -= child.count as usize;
    }
    unreachable!("a rank behind the end")
}

impl Child {
    fn of(node: Node) -> Child {
        let (first, count) = (node.first(), node.count());
        Child { node, first, count }
    }

    fn refresh(&mut self) {
        self.first = self.node.first();
    }
}

impl Node {
    fn first(&self) -> (f64, EntryId) {
        match self {
            Node::Leaf(leaf) => (leaf.scores[0], leaf.ids[0]),
            Node::Inner(children) => children[0].first,
        }
    }

    fn count(&self) -> u32 {
        match self {
            Node::Leaf(leaf) => leaf.len as u32,
            Node::Inner(children) => children.iter().map(|child| child.count).sum(),
        }
    }

    /// What it holds itself, and how much fits.
    fn size(&self) -> (usize, usize) {
        match self {
            Node::Leaf(leaf) => (leaf.len, LEAF),
            Node::Inner(children) => (children.len(), FANOUT),
        }
    }

    /// What no longer fits comes back as its neighbour to the right.
    fn insert(&mut self, rank: usize, score: f64, id: EntryId) -> Option<Node> {
        match self {
            Node::Leaf(leaf) => leaf.insert(rank, score, id).map(|right| Node::Leaf(Box::new(right))),
            Node::Inner(children) => {
                let mut within = rank;
                let at = child_of(children, &mut within, |rank, count| rank <= count);
                let child = &mut children[at];
                let Some(right) = child.node.insert(within, score, id) else {
                    child.count += 1;
                    child.refresh();
                    return None;
                };
                let right = Child::of(right);
                child.count = child.count + 1 - right.count;
                child.refresh();
                children.insert(at + 1, right);
                split_children(children, rank == 0, at + 1).map(Node::Inner)
            }
        }
    }

    fn remove(&mut self, rank: usize) {
        match self {
            Node::Leaf(leaf) => leaf.remove(rank),
            Node::Inner(children) => {
                let mut within = rank;
                let at = child_of(children, &mut within, |rank, count| rank < count);
                let child = &mut children[at];
                child.node.remove(within);
                child.count -= 1;
                if child.count > 0 {
                    child.refresh();
                }
                let (size, room) = child.node.size();
                if size < room / 3 {
                    merge(children, at);
                }
            }
        }
    }

    fn append(&mut self, other: Node) {
        match (self, other) {
            (Node::Leaf(left), Node::Leaf(right)) => left.append(&right),
            (Node::Inner(left), Node::Inner(mut right)) => {
                left.reserve_exact((FANOUT + 1).saturating_sub(left.len()));
                left.append(&mut right);
            }
            _ => unreachable!("all leaves are equally deep"),
        }
    }
}

/// Splits a full node, its last insertion at `at`. Whoever inserts in order, from either end, leaves full nodes behind.
fn split_children(children: &mut Vec<Child>, is_first: bool, at: usize) -> Option<Vec<Child>> {
    let len = children.len();
    if len <= FANOUT {
        return None;
    }
    let kept = match () {
        () if at == len - 1 => len - 1,
        () if is_first => 1,
        () => len / 2,
    };
    let mut right = Vec::with_capacity(FANOUT + 1);
    right.extend(children.drain(kept..));
    Some(right)
}

/// Merges a child with a neighbour if both fit into one node; an empty one just goes.
fn merge(children: &mut Vec<Child>, at: usize) {
    if children[at].count == 0 {
        children.remove(at);
        return;
    }
    let fits = |left: usize| {
        let [one, other] = children.get(left..left + 2)? else { return None };
        let ((one, room), (other, _)) = (one.node.size(), other.node.size());
        (one + other <= room).then_some(left)
    };
    let Some(left) = at.checked_sub(1).and_then(fits).or_else(|| fits(at)) else { return };
    let right = children.remove(left + 1);
    children[left].count += right.count;
    children[left].node.append(right.node);
}

impl Leaf {
    fn of(score: f64, id: EntryId) -> Leaf {
        Leaf { scores: [score; LEAF], ids: [id; LEAF], len: 1 }
    }

    fn partition_point(&self, mut is_before: impl FnMut(f64, EntryId) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = (low + high) / 2;
            if is_before(self.scores[middle], self.ids[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn insert(&mut self, rank: usize, score: f64, id: EntryId) -> Option<Leaf> {
        if self.len < LEAF {
            self.put(rank, score, id);
            return None;
        }
        if rank == self.len {
            return Some(Leaf::of(score, id));
        }
        if rank == 0 {
            return Some(std::mem::replace(self, Leaf::of(score, id)));
        }
        let half = LEAF / 2;
        let mut right = self.clone();
        right.scores.copy_within(half.., 0);
        right.ids.copy_within(half.., 0);
        right.len = LEAF - half;
        self.len = half;
        if rank <= half {
            self.put(rank, score, id);
        } else {
            right.put(rank - half, score, id);
        }
        Some(right)
    }

    fn put(&mut self, rank: usize, score: f64, id: EntryId) {
        self.scores.copy_within(rank..self.len, rank + 1);
        self.ids.copy_within(rank..self.len, rank + 1);
        (self.scores[rank], self.ids[rank]) = (score, id);
        self.len += 1;
    }

    fn remove(&mut self, rank: usize) {
        self.scores.copy_within(rank + 1..self.len, rank);
        self.ids.copy_within(rank + 1..self.len, rank);
        self.len -= 1;
    }

    fn append(&mut self, other: &Leaf) {
        let len = self.len + other.len;
        self.scores[self.len..len].copy_from_slice(&other.scores[..other.len]);
        self.ids[self.len..len].copy_from_slice(&other.ids[..other.len]);
        self.len = len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dict::Dict;
    use resplay_base::Random;

    fn bytes(node: &Node) -> usize {
        match node {
            Node::Leaf(_) => size_of::<Leaf>(),
            Node::Inner(children) => {
                children.capacity() * size_of::<Child>()
                    + children.iter().map(|child| bytes(&child.node)).sum::<usize>()
            }
        }
    }

    fn check(node: &Node) {
        let Node::Inner(children) = node else { return };
        for child in children {
            assert_eq!((child.count, child.first), (child.node.count(), child.node.first()));
            check(&child.node);
        }
    }

    fn ids(n: usize) -> Vec<EntryId> {
        let mut dict = Dict::new(0);
        (0..n).map(|n| dict.insert_new(n.to_string().as_bytes(), ())).collect()
    }

    /// Positions chosen by `place`; then half of the elements go, then all.
    fn fill_and_empty(place: impl Fn(&mut Random, usize) -> usize) -> f64 {
        let (n, mut random) = (5_000, Random::stream(3, "tree"));
        let (ids, mut tree, mut naive) = (ids(n), Tree::default(), Vec::new());
        for (at, id) in ids.iter().enumerate() {
            let rank = place(&mut random, at);
            tree.insert(rank, at as f64, *id);
            naive.insert(rank, (at as f64, *id));
        }
        let density = tree.root.as_ref().map_or(0, bytes) as f64 / n as f64;
        while !naive.is_empty() {
            for (rank, element) in naive.iter().enumerate().step_by(97) {
                assert_eq!(tree.get(rank), Some(*element));
            }
            for _ in 0..naive.len().div_ceil(2) {
                let rank = random.index(naive.len());
                tree.remove(rank);
                naive.remove(rank);
            }
            tree.root.iter().for_each(check);
        }
        assert!(tree.root.is_none() && tree.get(0).is_none());
        density
    }

    #[test]
    fn elements_stand_at_their_ranks_and_lie_densely() {
        let density = fill_and_empty(|random, len| random.index(len + 1));
        assert!(density < 21.0, "{density} bytes an element at random");
        let density = fill_and_empty(|_, len| len);
        assert!(density < 14.5, "{density} bytes an element in rising order");
        let density = fill_and_empty(|_, _| 0);
        assert!(density < 14.5, "{density} bytes an element in falling order");
    }
}
