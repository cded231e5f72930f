//! The words of a request, as spans of one buffer.

use std::fmt;
use std::ops::Index;

/// Where a word lies in a buffer, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// The words of a request, borrowed. The command's name is word 0.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    buffer: &'a [u8],
    spans: &'a [Span],
}

impl<'a> Args<'a> {
    /// The words at `spans` of `buffer`. Every span must lie within the buffer.
    pub fn new(buffer: &'a [u8], spans: &'a [Span]) -> Args<'a> {
        Args { buffer, spans }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Word `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| &self.buffer[span.start..span.end])
    }

    /// The words in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator + use<'a> {
        let buffer = self.buffer;
        self.spans.iter().map(move |span| &buffer[span.start..span.end])
    }

    /// The words from `index` on; none if there are fewer.
    pub fn from(&self, index: usize) -> Args<'a> {
        Args { buffer: self.buffer, spans: self.spans.get(index..).unwrap_or(&[]) }
    }

    /// The words before `index`.
    pub fn upto(&self, index: usize) -> Args<'a> {
        Args { buffer: self.buffer, spans: &self.spans[..index.min(self.spans.len())] }
    }

    /// Copies of the words.
    pub fn to_vecs(&self) -> Vec<Vec<u8>> {
        self.iter().map(<[u8]>::to_vec).collect()
    }

    /// The length of all words together, in bytes.
    pub fn total_bytes(&self) -> usize {
        self.spans.iter().map(|span| span.end - span.start).sum()
    }
}

impl Index<usize> for Args<'_> {
    type Output = [u8];

    fn index(&self, index: usize) -> &[u8] {
        let span = self.spans[index];
        &self.buffer[span.start..span.end]
    }
}

impl fmt::Debug for Args<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|word| word.escape_ascii().to_string())).finish()
    }
}

/// Words with a buffer of their own, for commands that wait in a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedArgs {
    buffer: Vec<u8>,
    spans: Vec<Span>,
}

impl OwnedArgs {
    /// Copies words.
    pub fn from_words<W: AsRef<[u8]>>(words: &[W]) -> OwnedArgs {
        words.iter().map(AsRef::as_ref).collect()
    }

    /// The words, borrowed.
    pub fn as_args(&self) -> Args<'_> {
        Args { buffer: &self.buffer, spans: &self.spans }
    }

    /// Appends a word.
    pub fn push(&mut self, word: &[u8]) {
        let start = self.buffer.len();
        self.buffer.extend_from_slice(word);
        self.spans.push(Span { start, end: self.buffer.len() });
    }

    /// Forgets the words and keeps the memory.
    pub fn clear(&mut self) {
        self.buffer.clear();
        self.spans.clear();
    }
}

impl From<&Args<'_>> for OwnedArgs {
    fn from(args: &Args<'_>) -> OwnedArgs {
        args.iter().collect()
    }
}

impl From<Args<'_>> for OwnedArgs {
    fn from(args: Args<'_>) -> OwnedArgs {
        args.iter().collect()
    }
}

impl<'w> FromIterator<&'w [u8]> for OwnedArgs {
    fn from_iter<I: IntoIterator<Item = &'w [u8]>>(words: I) -> OwnedArgs {
        let mut owned = OwnedArgs::default();
        words.into_iter().for_each(|word| owned.push(word));
        owned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_and_heads_stop_at_the_ends() {
        let owned = OwnedArgs::from_words(&["SET", "a", "1"]);
        let args = owned.as_args();
        assert_eq!(args.from(1).to_vecs(), [b"a", b"1"]);
        assert_eq!(args.upto(1).to_vecs(), [b"SET"]);
        assert!(args.from(9).is_empty());
        assert_eq!(args.upto(9).len(), 3);
        assert_eq!(args.get(3), None);
    }

    #[test]
    fn a_copy_equals_what_it_was_copied_from() {
        let owned = OwnedArgs::from_words(&["GET", "", "\u{1f980}"]);
        let copy = OwnedArgs::from(&owned.as_args());
        assert_eq!(copy.as_args().to_vecs(), owned.as_args().to_vecs());
        assert_eq!(copy.as_args().total_bytes(), 7);
    }
}
