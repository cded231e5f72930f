//! Lists: one listpack while small, a queue of nodes beyond that ([`Quick`]), and back again once a command that
//! takes elements away leaves a single node of at most half the limit.
//!
//! When a list becomes what is the real servers' decision, and OBJECT ENCODING shows it: it is made before elements
//! come ([`List::expect`]) and after they went ([`List::settle`]), never in between.

mod iter;
mod quick;

use crate::listpack::{Item, Listpack, Position};
use crate::memory;
pub use iter::Iter;
use quick::Quick;

/// What a node may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `list-max-listpack-size`: a number of elements, or from -1 to -5 a size of 4, 8, 16, 32 or 64 kB.
    pub max_listpack_size: i32,
    /// An element of at least so many bytes has a node of its own (DEBUG QUICKLIST-PACKED-THRESHOLD); 0: one that is
    /// larger than what a node may hold.
    pub packed_threshold: usize,
}

/// What a node may hold where the number of its elements is limited, in bytes.
const SAFE_BYTES: usize = 8192;

impl Limits {
    /// The most bytes and the most elements of a node; one of them is without a limit.
    fn of_node(self) -> (usize, usize) {
        match self.max_listpack_size {
            0 => (usize::MAX, 1),
            count @ 1.. => (usize::MAX, count as usize),
            level => (4096 << (level.saturating_neg() - 1).min(4), usize::MAX),
        }
    }

    /// Whether a node of that size would be too large.
    fn are_exceeded(self, bytes: usize, elements: usize) -> bool {
        match self.of_node() {
            (usize::MAX, elements_max) => bytes > SAFE_BYTES || elements > elements_max,
            (bytes_max, _) => bytes > bytes_max,
        }
    }

    /// Whether an element of that size has a node of its own.
    fn is_large(self, bytes: usize) -> bool {
        match (self.packed_threshold, self.of_node()) {
            (0, (usize::MAX, _)) => bytes > SAFE_BYTES,
            (0, (bytes_max, _)) => bytes > bytes_max,
            (threshold, _) => bytes >= threshold,
        }
    }
}

/// A list that is read back: elements and nodes come from its front to its back.
#[derive(Clone)]
pub struct Builder {
    quick: Quick,
    limits: Limits,
}

impl Builder {
    /// An empty one.
    pub fn new(limits: &Limits) -> Builder {
        Builder { quick: Quick::new(Listpack::new(), limits), limits: *limits }
    }

    /// Adds an element where a push would.
    pub fn push(&mut self, element: &[u8]) {
        self.quick.push(Side::Right, element, &self.limits);
    }

    /// Adds a node as it is, whatever its size; none if it is empty.
    pub fn push_node(&mut self, pack: Listpack) {
        self.quick.push_node(pack);
    }

    /// Adds an element in a node of its own.
    pub fn push_plain(&mut self, element: Vec<u8>) {
        self.quick.push_plain(element);
    }

    /// The list: a listpack if it is one node within the limits; `None` if it is empty.
    pub fn finish(mut self) -> Option<List> {
        let (bytes, elements) = self.limits.of_node();
        match self.quick.take_single(bytes, elements) {
            Some(pack) if pack.is_empty() => None,
            Some(pack) => Some(List(Repr::Packed(Box::new(pack)))),
            None => self.finish_quick(),
        }
    }

    /// The list, as nodes even if there is only one; `None` if it is empty.
    pub fn finish_quick(self) -> Option<List> {
        (self.quick.len() > 0).then(|| List(Repr::Quick(Box::new(self.quick))))
    }
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The front: index 0.
    Left,
    /// The back.
    Right,
}

/// A sequence of byte strings, open at both ends.
#[derive(Clone)]
pub struct List(Repr);

#[derive(Clone)]
enum Repr {
    Packed(Box<Listpack>),
    Quick(Box<Quick>),
}

/// A part of a list whose elements lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// Several elements.
    Packed(&'a Listpack),
    /// A large one.
    Plain(&'a [u8]),
}

impl Default for List {
    fn default() -> List {
        List::new()
    }
}

impl List {
    /// An empty one.
    pub fn new() -> List {
        List(Repr::Packed(Box::default()))
    }

    /// A list of these elements: a listpack if one node is enough for them.
    pub fn of<'a>(elements: impl Iterator<Item = &'a [u8]>, limits: &Limits) -> List {
        let mut quick = Quick::new(Listpack::new(), limits);
        elements.for_each(|element| quick.push(Side::Right, element, limits));
        List(match quick.take_single(usize::MAX, usize::MAX) {
            Some(pack) => Repr::Packed(Box::new(pack)),
            None => Repr::Quick(Box::new(quick)),
        })
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(pack) => pack.len(),
            Repr::Quick(quick) => quick.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Prepares for elements to come, so many bytes in all: what would be too much for a listpack becomes a queue.
    pub fn expect(&mut self, elements: usize, bytes: usize, limits: &Limits) {
        let Repr::Packed(pack) = &mut self.0 else { return };
        if limits.are_exceeded(pack.byte_len() + bytes, pack.len() + elements) {
            let pack = std::mem::take(&mut **pack);
            self.0 = Repr::Quick(Box::new(Quick::new(pack, limits)));
        }
    }

    /// Becomes a listpack again if little was left.
    pub fn settle(&mut self, limits: &Limits) {
        let Repr::Quick(quick) = &mut self.0 else { return };
        let (bytes, elements) = limits.of_node();
        if let Some(pack) = quick.take_single(bytes / 2, elements / 2) {
            self.0 = Repr::Packed(Box::new(pack));
        }
    }

    /// Adds an element at an end.
    pub fn push(&mut self, side: Side, bytes: &[u8], limits: &Limits) {
        match (&mut self.0, side) {
            (Repr::Packed(pack), Side::Left) => pack.push_front(bytes),
            (Repr::Packed(pack), Side::Right) => pack.push_back(bytes),
            (Repr::Quick(quick), side) => quick.push(side, bytes, limits),
        }
    }

    /// The element at an end.
    #[inline]
    pub fn peek(&self, side: Side) -> Option<Item<'_>> {
        self.from_end(side).next()
    }

    /// The element with that index.
    pub fn get(&self, index: usize) -> Option<Item<'_>> {
        self.iter_from(index, Side::Left).next()
    }

    /// All elements, beginning at an end.
    pub fn from_end(&self, side: Side) -> Iter<'_> {
        Iter::from_end(self, side)
    }

    /// The element with that index and those after it, as seen from `start`: with [`Side::Right`] it goes down to the
    /// first element. An index from the left either way.
    pub fn iter_from(&self, index: usize, start: Side) -> Iter<'_> {
        Iter::at(self, index, start)
    }

    /// Removes elements from `start` on: `count`, or as many as there are.
    pub fn remove_range(&mut self, start: usize, count: usize) {
        match &mut self.0 {
            Repr::Packed(pack) => remove_run(pack, start, count),
            Repr::Quick(quick) => quick.remove_range(start, count),
        }
    }

    /// Removes the element at an end.
    pub fn remove_end(&mut self, side: Side) {
        let last = self.len().saturating_sub(1);
        self.remove_range(if side == Side::Left { 0 } else { last }, 1);
    }

    /// Removes elements that equal these bytes, `count` at most, beginning at an end; how many there were.
    pub fn remove_equal(&mut self, bytes: &[u8], count: usize, from: Side) -> usize {
        match &mut self.0 {
            Repr::Packed(pack) => remove_equal(pack, bytes, count, from),
            Repr::Quick(quick) => quick.remove_equal(bytes, count, from),
        }
    }

    /// Gives the element with that index another value; whether it is there.
    pub fn set(&mut self, index: usize, bytes: &[u8], limits: &Limits) -> bool {
        match &mut self.0 {
            Repr::Quick(quick) => quick.set(index, bytes, limits),
            Repr::Packed(pack) => {
                let found = pack.seek(index);
                found.into_iter().for_each(|at| pack.replace(at, bytes));
                found.is_some()
            }
        }
    }

    /// Puts an element on that side of the first one that equals `pivot`; whether there is such a one.
    pub fn insert(&mut self, pivot: &[u8], side: Side, bytes: &[u8], limits: &Limits) -> bool {
        match &mut self.0 {
            Repr::Quick(quick) => quick.insert(pivot, side, bytes, limits),
            Repr::Packed(pack) => {
                let found = pack.find(pack.first(), pivot, 1);
                found.into_iter().for_each(|at| insert_beside(pack, at, side, bytes));
                found.is_some()
            }
        }
    }

    /// What it takes to get to an index, in nodes and elements passed.
    pub fn steps_to(&self, index: usize) -> usize {
        let from_end = index.min(self.len().saturating_sub(index));
        match &self.0 {
            Repr::Packed(_) => from_end,
            Repr::Quick(quick) => {
                let per_node = (quick.len() / quick.nodes().max(1)).max(1);
                from_end / per_node + from_end % per_node
            }
        }
    }

    /// Its nodes in order; a compact list is one.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..).map_while(|at| self.node(at))
    }

    /// The node at a position, counted from the front.
    pub fn node(&self, at: usize) -> Option<Node<'_>> {
        match &self.0 {
            Repr::Packed(pack) => (at == 0).then_some(Node::Packed(pack)),
            Repr::Quick(quick) => quick.node(at),
        }
    }

    /// How many nodes there are.
    pub fn nodes_len(&self) -> usize {
        match &self.0 {
            Repr::Packed(_) => 1,
            Repr::Quick(quick) => quick.nodes(),
        }
    }

    /// The node that has the element with that index, and its index within.
    fn locate(&self, index: usize) -> Option<(usize, usize)> {
        match &self.0 {
            Repr::Packed(pack) => (index < pack.len()).then_some((0, index)),
            Repr::Quick(quick) => quick.locate(index),
        }
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Quick(_) => "quicklist",
        }
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        match &self.0 {
            Repr::Packed(pack) => memory::OBJECT + memory::size_class(pack.byte_len()),
            Repr::Quick(quick) => memory::OBJECT + quick.logical_bytes(),
        }
    }
}

fn remove_run(pack: &mut Listpack, start: usize, count: usize) {
    if let Some(at) = pack.seek(start) {
        pack.remove(at, count);
        pack.shrink();
    }
}

fn remove_equal(pack: &mut Listpack, bytes: &[u8], count: usize, from: Side) -> usize {
    let wanted = Item::of(bytes);
    let mut at = match from {
        Side::Left => pack.first(),
        Side::Right => pack.last(),
    };
    let mut removed = 0;
    while let Some(here) = at.filter(|_| removed < count) {
        let is_equal = pack.get(here) == wanted;
        at = match from {
            Side::Left if is_equal => pack.remove(here, 1),
            Side::Left => pack.next(here),
            Side::Right => {
                let before = pack.prev(here);
                if is_equal {
                    pack.remove(here, 1);
                }
                before
            }
        };
        removed += usize::from(is_equal);
    }
    pack.shrink();
    removed
}

fn insert_beside(pack: &mut Listpack, at: Position, side: Side, bytes: &[u8]) {
    let place = match side {
        Side::Left => Some(at),
        Side::Right => pack.next(at),
    };
    pack.insert(place, &[bytes]);
}

#[cfg(test)]
mod tests;
