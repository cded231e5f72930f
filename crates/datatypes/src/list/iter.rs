//! Walking a list from any element to either end.

use super::{List, Node, Side};
use crate::listpack::{Item, Position};

/// Elements in order, away from the side where it began.
#[derive(Clone)]
pub struct Iter<'a> {
    list: &'a List,
    start: Side,
    node: usize,
    /// Where in the node; `None`: at its beginning, as seen from `start`.
    at: Option<Position>,
    left: usize,
}

impl<'a> Iter<'a> {
    pub(super) fn from_end(list: &'a List, start: Side) -> Iter<'a> {
        let node = match (start, &list.0) {
            (Side::Right, super::Repr::Quick(quick)) => quick.nodes().saturating_sub(1),
            _ => 0,
        };
        Iter { list, start, node, at: None, left: list.len() }
    }

    pub(super) fn at(list: &'a List, index: usize, start: Side) -> Iter<'a> {
        let Some((node, offset)) = list.locate(index) else {
            return Iter { list, start, node: 0, at: None, left: 0 };
        };
        let at = match list.node(node) {
            Some(Node::Packed(pack)) => pack.seek(offset),
            _ => None,
        };
        let left = if start == Side::Left { list.len() - index } else { index + 1 };
        Iter { list, start, node, at, left }
    }

    fn leave_node(&mut self) {
        self.at = None;
        self.node = match self.start {
            Side::Left => self.node + 1,
            // Nothing is left when it wraps around.
            Side::Right => self.node.wrapping_sub(1),
        };
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Item<'a>> {
        self.left = self.left.checked_sub(1)?;
        let pack = match self.list.node(self.node)? {
            Node::Packed(pack) => pack,
            Node::Plain(bytes) => {
                self.leave_node();
                return Some(Item::Bytes(bytes));
            }
        };
        let (at, next) = match self.start {
            Side::Left => {
                let at = self.at.or_else(|| pack.first())?;
                (at, pack.next(at))
            }
            Side::Right => {
                let at = self.at.or_else(|| pack.last())?;
                (at, pack.prev(at))
            }
        };
        match next {
            Some(_) => self.at = next,
            None => self.leave_node(),
        }
        Some(pack.get(at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}
