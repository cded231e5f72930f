//! A queue of nodes: listpacks of a limited size, and large elements that have a node each. Where nodes begin and end
//! follows the real servers to the node, as dumps, memory and the way back to a listpack depend on it.

use super::{Limits, Node, Side};
use crate::listpack::{Listpack, Position};
use crate::memory;
use std::collections::VecDeque;

/// What the real servers reckon that an element takes besides its bytes, when they ask whether it fits.
const ELEMENT_OVERHEAD: usize = 8;
/// What one of two joined listpacks loses.
const FRAME: usize = 7;

/// Elements in nodes.
#[derive(Clone)]
pub(super) struct Quick {
    nodes: VecDeque<Owned>,
    len: usize,
    /// Nodes by the memory formula.
    bytes: usize,
    /// The limit of its first day: it stays when the parameter changes.
    max_listpack_size: i16,
}

#[derive(Clone)]
enum Owned {
    Packed(Listpack),
    Plain(Box<[u8]>),
}

impl Owned {
    fn len(&self) -> usize {
        match self {
            Owned::Packed(pack) => pack.len(),
            Owned::Plain(_) => 1,
        }
    }

    fn logical_bytes(&self) -> usize {
        let bytes = match self {
            Owned::Packed(pack) => pack.byte_len(),
            Owned::Plain(bytes) => bytes.len(),
        };
        memory::LIST_NODE + memory::size_class(bytes)
    }
}

impl Quick {
    /// Begins with the elements of a listpack, as one node whatever its size.
    pub(super) fn new(pack: Listpack, limits: &Limits) -> Quick {
        let size = limits.max_listpack_size.clamp(-5, i32::from(i16::MAX));
        let mut quick = Quick { nodes: VecDeque::new(), len: 0, bytes: 0, max_listpack_size: size as i16 };
        if !pack.is_empty() {
            quick.insert_node(0, Owned::Packed(pack));
        }
        quick
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn logical_bytes(&self) -> usize {
        memory::QUICKLIST + self.bytes
    }

    pub(super) fn node(&self, at: usize) -> Option<Node<'_>> {
        self.nodes.get(at).map(|node| match node {
            Owned::Packed(pack) => Node::Packed(pack),
            Owned::Plain(bytes) => Node::Plain(bytes),
        })
    }

    /// The node that has the element with that index, and its index within: from the nearer end.
    pub(super) fn locate(&self, index: usize) -> Option<(usize, usize)> {
        if index >= self.len {
            return None;
        }
        if index <= self.len / 2 {
            let mut left = index;
            for (at, node) in self.nodes.iter().enumerate() {
                match left.checked_sub(node.len()) {
                    Some(rest) => left = rest,
                    None => return Some((at, left)),
                }
            }
        }
        let mut end = self.len;
        for (at, node) in self.nodes.iter().enumerate().rev() {
            end -= node.len();
            if index >= end {
                return Some((at, index - end));
            }
        }
        None
    }

    /// Hands over its only node, if it is a listpack of at most that size.
    pub(super) fn take_single(&mut self, bytes_max: usize, elements_max: usize) -> Option<Listpack> {
        match self.nodes.front_mut().filter(|_| self.len <= elements_max) {
            Some(Owned::Packed(pack)) if pack.len() == self.len && pack.byte_len() <= bytes_max => {
                Some(std::mem::take(pack))
            }
            _ => None,
        }
    }

    pub(super) fn push_node(&mut self, pack: Listpack) {
        if !pack.is_empty() {
            self.insert_node(self.nodes.len(), Owned::Packed(pack));
        }
    }

    pub(super) fn push_plain(&mut self, bytes: Vec<u8>) {
        self.insert_node(self.nodes.len(), Owned::Plain(bytes.into_boxed_slice()));
    }

    pub(super) fn push(&mut self, side: Side, bytes: &[u8], limits: &Limits) {
        let limits = self.limits(limits);
        let (end, beyond) = match side {
            Side::Left => (Some(0), 0),
            Side::Right => (self.nodes.len().checked_sub(1), self.nodes.len()),
        };
        match end.filter(|end| self.has_room(Some(*end), bytes.len(), limits)) {
            None => self.insert_node(beyond, new_node(bytes, limits)),
            Some(end) => self.edit(end, |pack| match side {
                Side::Left => pack.push_front(bytes),
                Side::Right => pack.push_back(bytes),
            }),
        }
    }

    pub(super) fn remove_range(&mut self, start: usize, count: usize) {
        let Some((mut at, offset)) = self.locate(start) else { return };
        let mut left = count;
        if offset > 0 {
            let removed = left.min(self.nodes[at].len() - offset);
            self.edit(at, |pack| super::remove_run(pack, offset, removed));
            left -= removed;
            at += 1;
        }
        let mut end = at;
        while let Some(node) = self.nodes.get(end).filter(|node| node.len() <= left) {
            left -= node.len();
            self.len -= node.len();
            self.bytes -= node.logical_bytes();
            end += 1;
        }
        self.nodes.drain(at..end);
        if left > 0 && at < self.nodes.len() {
            self.edit(at, |pack| super::remove_run(pack, 0, left));
        }
        self.give_back();
    }

    pub(super) fn remove_equal(&mut self, bytes: &[u8], count: usize, from: Side) -> usize {
        let mut removed = 0;
        let mut at = if from == Side::Left { 0 } else { self.nodes.len().wrapping_sub(1) };
        while at < self.nodes.len() && removed < count {
            let nodes = self.nodes.len();
            if let Owned::Plain(plain) = &self.nodes[at] {
                if **plain == *bytes {
                    self.remove_node(at);
                    removed += 1;
                }
            } else {
                removed += self.edit(at, |pack| super::remove_equal(pack, bytes, count - removed, from));
            }
            at = match from {
                Side::Left if self.nodes.len() < nodes => at,
                Side::Left => at + 1,
                Side::Right => at.wrapping_sub(1),
            };
        }
        removed
    }

    pub(super) fn set(&mut self, index: usize, bytes: &[u8], limits: &Limits) -> bool {
        let Some((node, offset)) = self.locate(index) else { return false };
        let limits = self.limits(limits);
        match (&self.nodes[node], limits.is_large(bytes.len())) {
            (Owned::Packed(_), false) => self.edit(node, |pack| {
                if let Some(at) = pack.seek(offset) {
                    pack.replace(at, bytes);
                }
            }),
            (Owned::Packed(_), true) => self.set_large(node, offset, bytes, limits),
            (Owned::Plain(_), true) => {
                self.remove_node(node);
                self.insert_node(node, Owned::Plain(bytes.into()));
            }
            (Owned::Plain(_), false) => {
                self.insert_at(node, None, Side::Right, bytes, limits);
                self.remove_node(node);
            }
        }
        true
    }

    /// A large element takes the place of one in a listpack: that is cut behind it.
    fn set_large(&mut self, node: usize, offset: usize, bytes: &[u8], limits: Limits) {
        self.split(node, |pack| pack.seek(offset + 1));
        self.insert_node(node + 1, Owned::Plain(bytes.into()));
        if self.nodes[node].len() == 1 {
            self.remove_node(node);
        } else {
            self.edit(node, |pack| super::remove_run(pack, offset, 1));
            self.merge_around(node + 1, limits);
        }
    }

    pub(super) fn insert(&mut self, pivot: &[u8], side: Side, bytes: &[u8], limits: &Limits) -> bool {
        let limits = self.limits(limits);
        for node in 0..self.nodes.len() {
            let found = match &self.nodes[node] {
                Owned::Packed(pack) => pack.find(pack.first(), pivot, 1).map(Some),
                Owned::Plain(plain) => (**plain == *pivot).then_some(None),
            };
            if let Some(at) = found {
                self.insert_at(node, at, side, bytes, limits);
                return true;
            }
        }
        false
    }

    /// Puts an element beside the one at that position (`None`: the node's only one).
    fn insert_at(&mut self, node: usize, at: Option<Position>, side: Side, bytes: &[u8], limits: Limits) {
        let is_edge = self.is_edge(node, at, side);
        let (neighbour, beyond) = match side {
            Side::Left => (node.checked_sub(1), node),
            Side::Right => (Some(node + 1), node + 1),
        };
        let is_large = limits.is_large(bytes.len());
        if !is_large && self.has_room(Some(node), bytes.len(), limits) {
            let at = at.expect("only a listpack has room");
            self.edit(node, |pack| super::insert_beside(pack, at, side, bytes));
        } else if is_edge && !is_large && self.has_room(neighbour, bytes.len(), limits) {
            let neighbour = neighbour.expect("only a node has room");
            self.edit(neighbour, |pack| match side {
                Side::Left => pack.push_back(bytes),
                Side::Right => pack.push_front(bytes),
            });
        } else if is_edge {
            self.insert_node(beyond, new_node(bytes, limits));
        } else {
            self.insert_within(node, at, side, bytes, limits);
        }
    }

    /// The node is full, or the element is large: the node is cut where the element goes.
    fn insert_within(&mut self, node: usize, at: Option<Position>, side: Side, bytes: &[u8], limits: Limits) {
        self.split(node, |pack| if side == Side::Left { at } else { pack.next(at?) });
        if limits.is_large(bytes.len()) {
            self.insert_node(node + 1, Owned::Plain(bytes.into()));
            return;
        }
        // The element goes to the part that the pivot is not in.
        match side {
            Side::Left => self.edit(node, |pack| pack.push_back(bytes)),
            Side::Right => self.edit(node + 1, |pack| pack.push_front(bytes)),
        }
        self.merge_around(if side == Side::Left { node + 1 } else { node }, limits);
    }

    fn is_edge(&self, node: usize, at: Option<Position>, side: Side) -> bool {
        match (&self.nodes[node], at) {
            (Owned::Packed(pack), Some(at)) => match side {
                Side::Left => pack.first() == Some(at),
                Side::Right => pack.next(at).is_none(),
            },
            _ => true,
        }
    }

    fn limits(&self, limits: &Limits) -> Limits {
        Limits { max_listpack_size: i32::from(self.max_listpack_size), ..*limits }
    }

    fn has_room(&self, node: Option<usize>, bytes: usize, limits: Limits) -> bool {
        match node.and_then(|node| self.nodes.get(node)) {
            Some(Owned::Packed(pack)) if !limits.is_large(bytes) => {
                !limits.are_exceeded(pack.byte_len() + bytes + ELEMENT_OVERHEAD, pack.len() + 1)
            }
            _ => false,
        }
    }

    fn insert_node(&mut self, at: usize, node: Owned) {
        self.len += node.len();
        self.bytes += node.logical_bytes();
        self.nodes.insert(at, node);
    }

    fn remove_node(&mut self, at: usize) -> Option<Owned> {
        let node = self.nodes.remove(at)?;
        self.len -= node.len();
        self.bytes -= node.logical_bytes();
        self.give_back();
        Some(node)
    }

    /// Does not keep room for many nodes that are gone.
    fn give_back(&mut self) {
        if self.nodes.capacity() > 4 * self.nodes.len() + 16 {
            self.nodes.shrink_to(2 * self.nodes.len());
        }
    }

    /// Changes a listpack; without elements it goes.
    fn edit<R: Default>(&mut self, at: usize, change: impl FnOnce(&mut Listpack) -> R) -> R {
        let node = &mut self.nodes[at];
        let before = (node.len(), node.logical_bytes());
        let Owned::Packed(pack) = node else { return R::default() };
        let result = change(pack);
        pack.shrink();
        self.len = self.len + node.len() - before.0;
        self.bytes = self.bytes + node.logical_bytes() - before.1;
        if node.len() == 0 {
            self.remove_node(at);
        }
        result
    }

    /// Elements from a place on, if it is one, get a node of their own.
    fn split(&mut self, node: usize, place: impl FnOnce(&Listpack) -> Option<Position>) {
        let tail = self.edit(node, |pack| place(pack).map(|at| pack.split_off(at)));
        if let Some(mut tail) = tail {
            tail.shrink();
            self.insert_node(node + 1, Owned::Packed(tail));
        }
    }

    /// Joins nodes around this one where two fit in one: first those before and those after it, then it with both.
    fn merge_around(&mut self, center: usize, limits: Limits) {
        let mut center = center;
        if center >= 2 && self.merge(center - 2, limits) {
            center -= 1;
        }
        self.merge(center + 1, limits);
        if center >= 1 && self.merge(center - 1, limits) {
            center -= 1;
        }
        self.merge(center, limits);
    }

    /// Joins a node with the next one if they fit in one; whether they do.
    fn merge(&mut self, at: usize, limits: Limits) -> bool {
        let (Some(Owned::Packed(one)), Some(Owned::Packed(other))) =
            (self.nodes.get(at), self.nodes.get(at + 1))
        else {
            return false;
        };
        if limits.are_exceeded(one.byte_len() + other.byte_len() - FRAME, one.len() + other.len()) {
            return false;
        }
        if let Some(Owned::Packed(other)) = self.remove_node(at + 1) {
            self.edit(at, |pack| pack.append(&other));
        }
        true
    }
}

fn new_node(bytes: &[u8], limits: Limits) -> Owned {
    if limits.is_large(bytes.len()) {
        return Owned::Plain(bytes.into());
    }
    let mut pack = Listpack::new();
    pack.push_back(bytes);
    Owned::Packed(pack)
}
