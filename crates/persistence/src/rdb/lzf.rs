//! LZF, the compression of strings within RDB files: runs of literal bytes, and references to what came before.
//!
//! | bytes | what |
//! | --- | --- |
//! | `000lllll`, the bytes | `l` + 1 literal bytes |
//! | `lllooooo oooooooo` | the `l` + 2 bytes that begin `o` + 1 bytes back, `l` from 1 to 6 |
//! | `111ooooo llllllll oooooooo` | the same with 7 more in `l` |
//!
//! [`Lzf`] makes the choices that the published algorithm makes with the parameters of the real servers (one candidate
//! for each hash of three bytes, a table of 65,536), so that compressed strings are equal to theirs to the byte.

/// The most literal bytes of one run.
const LITERALS_MAX: usize = 32;
/// How far back a reference may reach.
const DISTANCE_MAX: usize = 1 << 13;
/// What a reference may have beyond its first two bytes.
const MORE_MAX: usize = (1 << 8) + (1 << 3);
const TABLE_BITS: u32 = 16;
/// Three bytes of input give this many of output at most.
const EXPANSION_MAX: usize = 88;

/// Where in the input three bytes were seen last, for one string after the other.
#[derive(Clone)]
pub struct Lzf {
    /// Positions beyond `base`; what is not above it belongs to another string.
    table: Vec<u32>,
    base: u32,
}

/// A string that is being compressed.
#[derive(Clone)]
pub struct Run {
    base: u32,
    at: usize,
    /// How many literal bytes stand at the end of `out`, behind their length's place.
    literals: usize,
    out: Vec<u8>,
    room: usize,
}

/// What became of a [`Run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is more to do.
    Unfinished,
    /// The compressed bytes.
    Compressed(Vec<u8>),
    /// They would not be at least four bytes shorter.
    Incompressible,
}

impl Default for Lzf {
    fn default() -> Lzf {
        Lzf::new()
    }
}

impl Lzf {
    /// An empty table: 256 kB.
    pub fn new() -> Lzf {
        Lzf { table: vec![0; 1 << TABLE_BITS], base: 0 }
    }

    /// The compressed bytes; `None` if these would not be at least four bytes shorter.
    pub fn compress(&mut self, input: &[u8]) -> Option<Vec<u8>> {
        let mut run = self.begin(input.len())?;
        match self.advance(&mut run, input, usize::MAX) {
            Outcome::Compressed(bytes) => Some(bytes),
            Outcome::Unfinished | Outcome::Incompressible => None,
        }
    }

    /// Begins a string of that length. One at a time: it takes the table from the one before. `None` if the string
    /// is too short, or too long, to be compressed.
    pub fn begin(&mut self, len: usize) -> Option<Run> {
        let room = len.checked_sub(4).filter(|room| *room > 0)?;
        let end = u32::try_from(len).ok()?.checked_add(1)?;
        self.base = match self.base.checked_add(end) {
            Some(_) => self.base,
            None => {
                self.table.fill(0);
                0
            }
        };
        let run = Run { base: self.base, at: 0, literals: 0, out: vec![0], room };
        self.base += end;
        Some(run)
    }

    /// Goes on with a string, which must be the same each time, until that position of it is reached.
    pub fn advance(&mut self, run: &mut Run, input: &[u8], until: usize) -> Outcome {
        let end = input.len() - 2;
        while run.at < end {
            if run.at >= until {
                return Outcome::Unfinished;
            }
            let goes_on = match self.candidate(run, input) {
                Some(from) => self.refer(run, input, from),
                None => run.literal(input),
            };
            if !goes_on {
                return Outcome::Incompressible;
            }
        }
        run.finish(input)
    }

    /// Where the same three bytes stand near by, if they were the last of their hash.
    fn candidate(&mut self, run: &Run, input: &[u8]) -> Option<usize> {
        let from = self.note(run, input, run.at)?;
        let is_near = run.at - from - 1 < DISTANCE_MAX;
        (is_near && input[from..from + 3] == input[run.at..run.at + 3]).then_some(from)
    }

    /// Notes the three bytes at a position; where their hash was noted before. The string's first byte counts as
    /// nowhere.
    #[inline]
    fn note(&mut self, run: &Run, input: &[u8], at: usize) -> Option<usize> {
        let three = u32::from(input[at]) << 16 | u32::from(input[at + 1]) << 8 | u32::from(input[at + 2]);
        let slot = (three >> (24 - TABLE_BITS)).wrapping_sub(three.wrapping_mul(5)) as usize;
        let slot = &mut self.table[slot & ((1 << TABLE_BITS) - 1)];
        let before = std::mem::replace(slot, run.base + at as u32);
        before.checked_sub(run.base).filter(|at| *at > 0).map(|at| at as usize)
    }

    /// Writes a reference to `from`; whether there is room for it.
    fn refer(&mut self, run: &mut Run, input: &[u8], from: usize) -> bool {
        let len = common(input, from, run.at);
        let end = run.out.len();
        if end + 4 >= run.room && end - usize::from(run.literals == 0) + 4 >= run.room {
            return false;
        }
        run.close();
        let (more, distance) = (len - 2, run.at - from - 1);
        let high = (distance >> 8) as u8;
        if more < 7 {
            run.out.push(high | (more as u8) << 5);
        } else {
            run.out.extend([high | 7 << 5, (more - 7) as u8]);
        }
        run.out.extend([distance as u8, 0]);
        run.at += len;
        if run.at < input.len() - 2 {
            // What the reference covers is noted at its last two positions alone.
            self.note(run, input, run.at - 2);
            self.note(run, input, run.at - 1);
        }
        true
    }
}

impl Run {
    /// How much of the string was read, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Takes a literal byte; whether there is room for it.
    fn literal(&mut self, input: &[u8]) -> bool {
        if self.out.len() >= self.room {
            return false;
        }
        self.push(input[self.at]);
        true
    }

    fn push(&mut self, byte: u8) {
        self.at += 1;
        self.literals += 1;
        self.out.push(byte);
        if self.literals == LITERALS_MAX {
            self.close();
            self.out.push(0);
        }
    }

    /// Ends a run of literal bytes: its length takes its place, or the place goes.
    fn close(&mut self) {
        match self.literals {
            0 => drop(self.out.pop()),
            literals => {
                let place = self.out.len() - literals - 1;
                self.out[place] = (literals - 1) as u8;
            }
        }
        self.literals = 0;
    }

    fn finish(&mut self, input: &[u8]) -> Outcome {
        if self.out.len() + 3 > self.room {
            return Outcome::Incompressible;
        }
        while self.at < input.len() {
            self.push(input[self.at]);
        }
        self.close();
        Outcome::Compressed(std::mem::take(&mut self.out))
    }
}

/// How many bytes agree from both positions on: three at least, as these are known to.
fn common(input: &[u8], from: usize, at: usize) -> usize {
    let max = (input.len() - at - 2).min(MORE_MAX);
    let agrees = |len: usize| input[from + len] == input[at + len];
    // The first sixteen are compared without a look at the limit, if that leaves room for them.
    let blind = if max > 16 { (3..19).find(|len| !agrees(*len)) } else { None };
    blind.unwrap_or_else(|| {
        let start = if max > 16 { 19 } else { 3 };
        (start..).find(|len| *len >= max || !agrees(*len)).unwrap_or(start)
    })
}

/// The original of `len` bytes; `None` if these are not its compressed bytes. Reserves no more than the compressed
/// bytes can give.
pub fn decompress(compressed: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(len.min(compressed.len().saturating_mul(EXPANSION_MAX)));
    let mut rest = compressed;
    while let Some((&first, tail)) = rest.split_first() {
        rest = if first < 32 {
            let (bytes, tail) = tail.split_at_checked(usize::from(first) + 1)?;
            out.extend_from_slice(bytes);
            tail
        } else {
            let (more, tail) = match (first >> 5, tail) {
                (7, [more, tail @ ..]) => (7 + usize::from(*more), tail),
                (7, []) => return None,
                (more, tail) => (usize::from(more), tail),
            };
            let (&low, tail) = tail.split_first()?;
            let distance = usize::from(first & 0x1f) << 8 | usize::from(low);
            copy_back(&mut out, distance + 1, more + 2)?;
            tail
        };
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

/// Appends bytes that begin so far back; they may overlap what is appended.
fn copy_back(out: &mut Vec<u8>, distance: usize, len: usize) -> Option<()> {
    let start = out.len().checked_sub(distance)?;
    if distance >= len {
        out.extend_from_within(start..start + len);
    } else {
        (start..start + len).for_each(|at| out.push(out[at]));
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes in which nothing repeats.
    pub fn noise(len: usize) -> Vec<u8> {
        let step = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        std::iter::successors(Some(1), step).map(|state| (state >> 33) as u8).take(len).collect()
    }

    #[test]
    fn what_repeats_becomes_short() {
        let text = b"the quick brown fox, the quick brown dog, the quick brown fox".repeat(50);
        let compressed = Lzf::new().compress(&text).expect("it repeats");
        assert!(compressed.len() * 10 < text.len(), "{} bytes", compressed.len());
        assert_eq!(decompress(&compressed, text.len()), Some(text));
    }

    #[test]
    fn what_is_random_stays() {
        assert_eq!(Lzf::new().compress(&noise(1000)), None);
        assert_eq!(Lzf::new().compress(b"abcd"), None);
    }

    #[test]
    fn damage_is_refused_and_reserves_nothing() {
        assert_eq!(decompress(b"\x05ab", 6), None, "a run of literals is cut off");
        assert_eq!(decompress(b"\x00a\x20\x05", 4), None, "a reference before the beginning");
        assert_eq!(decompress(b"\x00a\xe0", 9), None, "a length is missing");
        assert_eq!(decompress(b"\x00a", 2), None, "too short");
        assert_eq!(decompress(b"\x02abc", 2), None, "too long");
        assert_eq!(decompress(b"\x00a", usize::MAX), None);
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let word = prop_oneof![
            Just(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_vec()),
            Just(b"abc".to_vec()),
            Just(b"{\"id\":".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..12),
            proptest::collection::vec(0u8..3, 0..300),
        ];
        proptest::collection::vec(word, 0..40).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn what_is_compressed_comes_back(texts in proptest::collection::vec(text(), 1..4), step in 1usize..50) {
            let mut lzf = Lzf::new();
            for text in texts {
                let fresh = Lzf::new().compress(&text);
                prop_assert_eq!(&lzf.compress(&text), &fresh, "a used table changes nothing");
                if let Some(compressed) = &fresh {
                    prop_assert!(compressed.len() + 4 <= text.len());
                    prop_assert_eq!(decompress(compressed, text.len()), Some(text.clone()));
                }
                let Some(mut run) = lzf.begin(text.len()) else { continue };
                let mut until = step;
                let outcome = loop {
                    match lzf.advance(&mut run, &text, until) {
                        Outcome::Unfinished => until += step,
                        outcome => break outcome,
                    }
                };
                let in_pieces = if let Outcome::Compressed(bytes) = outcome { Some(bytes) } else { None };
                prop_assert_eq!(in_pieces, fresh);
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..60), len in 0usize..600) {
            if let Some(out) = decompress(&bytes, len) {
                prop_assert_eq!(out.len(), len);
            }
        }
    }
}
