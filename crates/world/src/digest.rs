//! A rolling hash of all that was delivered: equal on every platform, some nanoseconds per event.

/// A rolling 64-bit hash (wyhash's folded multiplication over words in little-endian order).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

const SALT: [u64; 2] = [0x2d35_8dcc_aa6c_78a5, 0x8bb8_4b93_962e_acc9];

impl Digest {
    /// The digest of nothing under a seed.
    pub fn new(seed: u64) -> Digest {
        Digest(fold(seed ^ SALT[0], SALT[1]))
    }

    /// Takes in one word.
    pub fn word(&mut self, word: u64) {
        self.0 = fold(self.0 ^ word ^ SALT[0], SALT[1]) ^ word.rotate_left(23);
    }

    /// Takes in bytes and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(16);
        for chunk in &mut chunks {
            self.pair(word_at(chunk), word_at(&chunk[8..]));
        }
        let rest = chunks.remainder();
        let (low, high) = rest.split_at(rest.len().min(8));
        self.pair(word_at(low), word_at(high));
        self.word(bytes.len() as u64);
    }

    /// The hash so far.
    pub fn value(self) -> u64 {
        self.0
    }

    fn pair(&mut self, low: u64, high: u64) {
        self.0 = fold(low ^ SALT[0], high ^ self.0).wrapping_add(low ^ high.rotate_left(31));
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// The first eight bytes, little-endian; missing ones are zero.
fn word_at(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(whole) => u64::from_le_bytes(*whole),
        None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(parts: &[&[u8]]) -> u64 {
        let mut digest = Digest::new(1);
        parts.iter().for_each(|part| digest.bytes(part));
        digest.value()
    }

    #[test]
    fn every_byte_the_length_and_the_borders_count() {
        let base = digest_of(&[b"twenty-one bytes long"]);
        assert_ne!(base, digest_of(&[b"twenty-one bytes lonG"]));
        assert_ne!(base, digest_of(&[b"twenty-one bytes lon", b"g"]));
        assert_ne!(digest_of(&[b"a"]), digest_of(&[b"a\0"]));
    }

    #[test]
    fn the_value_is_pinned_because_it_must_be_equal_on_all_platforms() {
        assert_eq!(digest_of(&[b"twenty-one bytes long"]), PIN);
    }

    const PIN: u64 = 7_687_134_030_132_583_504;
}
