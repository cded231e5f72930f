//! The compact encoding: member and score by turns in one listpack, in order.

use crate::listpack::{Item, Listpack, Position};
use crate::string::Scratch;
use resplay_resp::number;
use std::ops::Range;

#[derive(Clone, Default)]
pub(super) struct Packed(pub Listpack);

impl Packed {
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// A member's place and score.
    pub fn find(&self, member: &[u8]) -> Option<(Position, f64)> {
        let at = self.0.find(self.0.first(), member, 2)?;
        Some((at, self.score_after(at)))
    }

    /// Puts a member that is not there in its place.
    pub fn insert(&mut self, member: &[u8], score: f64) {
        let mut scratch = Scratch::new();
        let mut place = self.0.first();
        while let Some(at) = place {
            let other = self.score_after(at);
            if other > score || (other == score && self.0.get(at).bytes(&mut scratch) > member) {
                break;
            }
            place = self.after(at);
        }
        // As an integer if it is one: no digits of a double can be taken for another's, and -0 becomes 0.
        let score = if score == 0.0 { "0".to_owned() } else { number::format_f64(score) };
        self.0.insert(place, &[member, score.as_bytes()]);
    }

    pub fn remove(&mut self, at: Position) {
        self.0.remove(at, 2);
    }

    pub fn remove_ranks(&mut self, ranks: Range<usize>) {
        if let Some(at) = self.0.seek(2 * ranks.start) {
            self.0.remove(at, 2 * ranks.len());
        }
    }

    pub fn range(&self, ranks: Range<usize>) -> PackedRange<'_> {
        PackedRange { packed: self, ranks, front: None, back: None }
    }

    /// Whether a score says that it is no number: C's `strtod` would take it for NaN.
    pub fn has_nan(&self) -> bool {
        self.0.iter().skip(1).step_by(2).any(|score| match score {
            Item::Int(_) => false,
            Item::Bytes([b'-' | b'+', text @ ..] | text) => {
                text.get(..3).is_some_and(|text| text.eq_ignore_ascii_case(b"nan"))
            }
        })
    }

    /// Whether the elements stand in their order.
    pub fn is_ordered(&self) -> bool {
        let (mut one, mut other) = (Scratch::new(), Scratch::new());
        let mut is_before = |(item, score): (Item<'_>, f64), (next, next_score): (Item<'_>, f64)| {
            score < next_score || (score == next_score && item.bytes(&mut one) < next.bytes(&mut other))
        };
        let elements = self.range(0..self.len());
        elements.clone().zip(elements.skip(1)).all(|(element, next)| is_before(element, next))
    }

    fn score_after(&self, at: Position) -> f64 {
        self.0.next(at).map_or(0.0, |at| score(self.0.get(at)))
    }

    /// The next member's place.
    fn after(&self, at: Position) -> Option<Position> {
        self.0.next(at).and_then(|at| self.0.next(at))
    }
}

fn score(item: Item<'_>) -> f64 {
    match item {
        Item::Int(int) => int as f64,
        Item::Bytes(digits) => number::parse_f64(digits).unwrap_or_default(),
    }
}

/// Elements between two ranks, from either end.
#[derive(Clone)]
pub(super) struct PackedRange<'a> {
    packed: &'a Packed,
    ranks: Range<usize>,
    /// The place of the next member at either end, once it is known.
    front: Option<Position>,
    back: Option<Position>,
}

impl<'a> Iterator for PackedRange<'a> {
    type Item = (Item<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next()?;
        let at = self.front.or_else(|| self.packed.0.seek(2 * rank))?;
        self.front = self.packed.after(at);
        Some((self.packed.0.get(at), self.packed.score_after(at)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ranks.size_hint()
    }
}

impl DoubleEndedIterator for PackedRange<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next_back()?;
        let at = self.back.or_else(|| self.packed.0.seek(2 * rank))?;
        self.back = self.packed.0.prev(at).and_then(|at| self.packed.0.prev(at));
        Some((self.packed.0.get(at), self.packed.score_after(at)))
    }
}
