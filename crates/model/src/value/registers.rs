//! HyperLogLogs: 16384 registers, kept one by one.

use std::collections::BTreeMap;

/// How many registers there are.
const COUNT: usize = 1 << 14;
/// The greatest value of a register.
const GREATEST: u8 = 51;

/// A HyperLogLog: a string, of which only the registers are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// Those that are not zero.
    values: BTreeMap<u16, u8>,
    /// The last count is still right, so that the next one changes nothing.
    pub(crate) is_counted: bool,
    /// It was restored, so that a short one may be kept as any short string.
    is_restored: bool,
}

impl Registers {
    /// All that is followed, as one word.
    pub(super) fn content(&self) -> Vec<u8> {
        format!("{:?} {}", self.values, self.is_counted).into_bytes()
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        (!self.is_restored).then_some("raw")
    }

    /// What it becomes when it is written out and read back.
    pub(super) fn reloaded(&self) -> Registers {
        Registers { is_restored: true, ..self.clone() }
    }

    /// Adds an element; true if that changes a register.
    pub(crate) fn add(&mut self, element: &[u8]) -> bool {
        let hash = murmur64a(element, 0xadc8_3b19);
        let zeros = (hash >> 14 | 1 << 50).trailing_zeros() as u8;
        self.raise((hash % COUNT as u64) as u16, zeros + 1)
    }

    fn raise(&mut self, register: u16, value: u8) -> bool {
        let old = self.values.entry(register).or_default();
        let is_change = value > *old;
        *old = value.max(*old);
        self.is_counted &= !is_change;
        is_change
    }

    /// Takes the greater of both in each register.
    pub(crate) fn merge(&mut self, other: &Registers) {
        other.values.iter().for_each(|(&register, &value)| {
            self.raise(register, value);
        });
    }

    /// The estimate of Ertl's "New cardinality estimation algorithms for HyperLogLog sketches".
    pub(crate) fn count(&self) -> i64 {
        let mut histogram = [0u32; GREATEST as usize + 1];
        self.values.values().for_each(|&value| histogram[usize::from(value)] += 1);
        histogram[0] = (COUNT - self.values.len()) as u32;
        let m = COUNT as f64;
        let mut z = m * tau((m - f64::from(histogram[usize::from(GREATEST)])) / m);
        for &count in histogram[1..usize::from(GREATEST)].iter().rev() {
            z = (z + f64::from(count)) * 0.5;
        }
        z += m * sigma(f64::from(histogram[0]) / m);
        (0.721_347_520_444_481_7 * m * m / z).round() as i64
    }

    /// Reads the bytes of a string; `None` if they are no HyperLogLog.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Registers> {
        let body = bytes.get(16..)?;
        if !bytes.starts_with(b"HYLL") {
            return None;
        }
        let values = match bytes[4] {
            0 if body.len() == COUNT * 6 / 8 => dense(body),
            1 => sparse(body)?,
            _ => return None,
        };
        let mut registers = Registers { is_counted: bytes[15] & 0x80 == 0, ..Registers::default() };
        registers.values = (0..).zip(values).filter(|(_, value)| *value > 0).collect();
        Some(registers)
    }

    /// Reads what PFDEBUG DECODE says: `Z:9` is nine zeros, `v:2,3` three twos.
    pub(crate) fn parse_runs(text: &[u8]) -> Option<Registers> {
        let mut values: Vec<u8> = Vec::new();
        for run in std::str::from_utf8(text).ok()?.split_ascii_whitespace() {
            let (value, length) = match run.split_once(':')? {
                ("v", rest) => rest.split_once(',')?,
                ("Z" | "z", length) => ("0", length),
                _ => return None,
            };
            values.extend(std::iter::repeat_n(value.parse::<u8>().ok()?, length.parse().ok()?));
        }
        let is_whole = values.len() == COUNT;
        let values = (0..).zip(values).filter(|(_, value)| *value > 0).collect();
        is_whole.then_some(Registers { values, ..Registers::default() })
    }

    /// All of them in order.
    pub(crate) fn all(&self) -> Vec<u8> {
        (0..COUNT as u16).map(|register| self.values.get(&register).copied().unwrap_or(0)).collect()
    }

    /// Whether both have the same registers.
    pub(crate) fn is_same(&self, other: &Registers) -> bool {
        self.values == other.values
    }
}

/// Six bits each, the lowest first.
fn dense(body: &[u8]) -> Vec<u8> {
    let bit = |at: usize| body[at / 8] >> (at % 8) & 1;
    (0..COUNT).map(|register| (0..6).map(|n| bit(register * 6 + n) << n).sum()).collect()
}

/// Runs of zeros, and of one value.
fn sparse(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    while let Some((&first, rest)) = body.split_first() {
        body = rest;
        let (value, run) = match first >> 6 {
            0 => (0, usize::from(first & 0x3f) + 1),
            1 => {
                let (&second, rest) = body.split_first()?;
                body = rest;
                (0, (usize::from(first & 0x3f) << 8 | usize::from(second)) + 1)
            }
            _ => ((first >> 2 & 0x1f) + 1, usize::from(first & 3) + 1),
        };
        values.extend(std::iter::repeat_n(value, run));
    }
    (values.len() == COUNT).then_some(values)
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if before == z {
            return z / 3.0;
        }
    }
}

/// Austin Appleby's MurmurHash2 in 64 bits, for little-endian machines.
fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |word: u64| {
        let word = word.wrapping_mul(M);
        (word ^ word >> 47).wrapping_mul(M)
    };
    let little_endian =
        |bytes: &[u8]| bytes.iter().rev().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let words = bytes.chunks_exact(8);
    let tail = words.remainder();
    for word in words {
        hash = (hash ^ mix(little_endian(word))).wrapping_mul(M);
    }
    if !tail.is_empty() {
        hash = (hash ^ little_endian(tail)).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}
