//! HyperLogLog: 16,384 registers of six bits in a string, which estimate how many different elements were added.
//!
//! | bytes | what |
//! | --- | --- |
//! | 0..4 | `HYLL` |
//! | 4 | 0: dense, 1: sparse |
//! | 5..8 | unused |
//! | 8..16 | the last estimate, little endian; the top bit tells that it is out of date |
//! | 16.. | dense: the registers, the lowest bits first; sparse: runs of equal registers |
//!
//! Runs: `00nnnnnn` are n+1 zeros, `01nnnnnn nnnnnnnn` as well, `1vvvvvnn` are n+1 registers of value v+1.
//!
//! The bytes are the real servers' to the last bit, which the order of splitting and joining runs decides, and so is
//! the estimate (O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017).

/// The number of registers.
pub const REGISTERS: usize = 1 << INDEX_BITS;

const INDEX_BITS: u32 = 14;
/// Bits of an element's hash that do not choose the register.
const RANK_BITS: usize = 50;
const HEADER: usize = 16;
const DENSE_BYTES: usize = HEADER + REGISTERS * 6 / 8;
const ENCODING_AT: usize = 4;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
const STALE: u8 = 0x80;

/// Runs that do not describe all registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupted;

/// An empty HyperLogLog: one run of zeros.
pub fn new() -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..4].copy_from_slice(b"HYLL");
    bytes[ENCODING_AT] = SPARSE;
    push_zeros(&mut bytes, REGISTERS);
    bytes
}

/// Whether a string looks like a HyperLogLog. Only of a dense one it is certain that it is.
pub fn is_valid(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER
        && bytes.starts_with(b"HYLL")
        && match bytes[ENCODING_AT] {
            DENSE => bytes.len() == DENSE_BYTES,
            encoding => encoding == SPARSE,
        }
}

/// Whether a valid one keeps runs rather than registers.
pub fn is_sparse(bytes: &[u8]) -> bool {
    bytes[ENCODING_AT] == SPARSE
}

/// Adds an element; whether a register grew. A sparse one beyond `sparse_max` bytes becomes dense.
pub fn add(bytes: &mut Vec<u8>, element: &[u8], sparse_max: usize) -> Result<bool, Corrupted> {
    let (register, rank) = place(element);
    raise(bytes, register, rank, sparse_max)
}

/// The estimate as it was last remembered, if nothing has changed since.
pub fn remembered(bytes: &[u8]) -> Option<u64> {
    let count = bytes[8..HEADER].iter().rev().fold(0, |count, byte| count << 8 | u64::from(*byte));
    (bytes[HEADER - 1] & STALE == 0).then_some(count)
}

/// Remembers an estimate.
pub fn remember(bytes: &mut [u8], count: u64) {
    bytes[8..HEADER].copy_from_slice(&count.to_le_bytes());
}

/// What is remembered is out of date.
pub fn forget(bytes: &mut [u8]) {
    bytes[HEADER - 1] |= STALE;
}

/// Estimates how many different elements were added.
pub fn count(bytes: &[u8]) -> Result<u64, Corrupted> {
    let mut of_value = [0u64; 64];
    if !is_sparse(bytes) {
        registers(bytes).for_each(|value| of_value[usize::from(value)] += 1);
        return Ok(estimate(&of_value));
    }
    let mut seen = 0;
    for run in runs(bytes) {
        of_value[usize::from(run.value)] += run.len as u64;
        seen += run.len;
    }
    if seen == REGISTERS { Ok(estimate(&of_value)) } else { Err(Corrupted) }
}

/// Makes a sparse one dense; whether it was sparse.
pub fn make_dense(bytes: &mut Vec<u8>) -> Result<bool, Corrupted> {
    if !is_sparse(bytes) {
        return Ok(false);
    }
    let mut all = Registers::default();
    all.merge(bytes)?;
    bytes.truncate(HEADER);
    bytes[ENCODING_AT] = DENSE;
    bytes.resize(DENSE_BYTES, 0);
    for (register, value) in all.0.iter().enumerate().filter(|(_, value)| **value > 0) {
        set_register(bytes, register, *value);
    }
    Ok(true)
}

/// The registers of a dense one.
pub fn registers(bytes: &[u8]) -> impl Iterator<Item = u8> {
    (0..REGISTERS).map(|register| get_register(bytes, register))
}

/// The runs of a sparse one in the words of PFDEBUG: `z:` and `Z:` are zeros in one byte and in two, `v:` is a value
/// and how often it stands.
pub fn describe(bytes: &[u8]) -> String {
    let words: Vec<String> = runs(bytes)
        .map(|run| match (run.value, run.size) {
            (0, 1) => format!("z:{}", run.len),
            (0, _) => format!("Z:{}", run.len),
            (value, _) => format!("v:{value},{}", run.len),
        })
        .collect();
    words.join(" ")
}

/// The registers of several HyperLogLogs together, a byte each.
#[derive(Clone, Debug)]
pub struct Registers(Vec<u8>);

impl Default for Registers {
    fn default() -> Registers {
        Registers(vec![0; REGISTERS])
    }
}

impl Registers {
    /// Takes the larger value of each register.
    pub fn merge(&mut self, bytes: &[u8]) -> Result<(), Corrupted> {
        if !is_sparse(bytes) {
            self.0.iter_mut().zip(registers(bytes)).for_each(|(mine, other)| *mine = other.max(*mine));
            return Ok(());
        }
        let mut at = 0;
        for run in runs(bytes) {
            if run.value > 0 {
                // Values beyond the last register are left out, and are no reason to refuse the others.
                let Some(mine) = self.0.get_mut(at..at + run.len) else { break };
                mine.iter_mut().for_each(|mine| *mine = run.value.max(*mine));
            }
            at += run.len;
        }
        if at == REGISTERS { Ok(()) } else { Err(Corrupted) }
    }

    /// Estimates how many different elements were added to all together.
    pub fn count(&self) -> u64 {
        let mut of_value = [0; 64];
        self.0.iter().for_each(|value| of_value[usize::from(*value)] += 1);
        estimate(&of_value)
    }

    /// Raises the registers of a HyperLogLog to these.
    pub fn store(&self, bytes: &mut Vec<u8>, sparse_max: usize) {
        for (register, value) in self.0.iter().enumerate().filter(|(_, value)| **value > 0) {
            // One that cannot hold a register is left as it is, as in the real servers.
            raise(bytes, register, *value, sparse_max).ok();
        }
        forget(bytes);
    }
}

/// The register of an element, and the value that it wants there: one more than the zeros below the hash's lowest one.
fn place(element: &[u8]) -> (usize, u8) {
    let hash = murmur64(element, 0xadc8_3b19);
    let rank = (hash >> INDEX_BITS | 1 << RANK_BITS).trailing_zeros() + 1;
    (hash as usize % REGISTERS, rank as u8)
}

/// MurmurHash64A, with words in little-endian order.
fn murmur64(bytes: &[u8], seed: u64) -> u64 {
    const MIX: u64 = 0xc6a4_a793_5bd1_e995;
    const SHIFT: u32 = 47;
    let (words, tail) = bytes.as_chunks::<8>();
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(MIX);
    for word in words {
        let mixed = u64::from_le_bytes(*word).wrapping_mul(MIX);
        hash = (hash ^ (mixed ^ mixed >> SHIFT).wrapping_mul(MIX)).wrapping_mul(MIX);
    }
    if !tail.is_empty() {
        let rest = tail.iter().rev().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
        hash = (hash ^ rest).wrapping_mul(MIX);
    }
    hash = (hash ^ hash >> SHIFT).wrapping_mul(MIX);
    hash ^ hash >> SHIFT
}

/// From how many registers have each value to the number of elements.
fn estimate(of_value: &[u64; 64]) -> u64 {
    const HALF_OVER_LN_2: f64 = 0.721_347_520_444_481_7;
    let m = REGISTERS as f64;
    let mut z = m * tau((m - of_value[RANK_BITS + 1] as f64) / m);
    for count in of_value[1..=RANK_BITS].iter().rev() {
        z = (z + *count as f64) * 0.5;
    }
    z += m * sigma(of_value[0] as f64 / m);
    libm::round(HALF_OVER_LN_2 * m * m / z) as u64
}

/// x + Σ x^(2^k) · 2^(k-1), until it changes no more.
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
        if z == before {
            return z;
        }
    }
}

/// (1 - x - Σ (1 - x^(2^-k))² · 2^-k) / 3, until it changes no more.
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
        if z == before {
            return z / 3.0;
        }
    }
}

fn raise(bytes: &mut Vec<u8>, register: usize, value: u8, sparse_max: usize) -> Result<bool, Corrupted> {
    if is_sparse(bytes) {
        return raise_sparse(bytes, register, value, sparse_max);
    }
    let grows = get_register(bytes, register) < value;
    if grows {
        set_register(bytes, register, value);
    }
    Ok(grows)
}

fn get_register(bytes: &[u8], register: usize) -> u8 {
    let (at, shift) = (HEADER + register * 6 / 8, register * 6 % 8);
    let next = bytes.get(at + 1).copied().unwrap_or_default();
    (u16::from_le_bytes([bytes[at], next]) >> shift) as u8 & 63
}

fn set_register(bytes: &mut [u8], register: usize, value: u8) {
    let (at, shift) = (HEADER + register * 6 / 8, register * 6 % 8);
    let (mask, value) = ((63u16 << shift).to_le_bytes(), (u16::from(value) << shift).to_le_bytes());
    bytes[at] = bytes[at] & !mask[0] | value[0];
    if let Some(next) = bytes.get_mut(at + 1) {
        *next = *next & !mask[1] | value[1];
    }
}

/// Equal registers in a row.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where it stands in the string.
    at: usize,
    /// Its bytes there.
    size: usize,
    value: u8,
    /// How many registers.
    len: usize,
}

const ONE_BYTE_ZEROS_MAX: usize = 64;
const VALUE_MAX: u8 = 32;
const VALUES_MAX: usize = 4;

/// The run at a place. What a cut-off one lacks is zero.
fn run_at(bytes: &[u8], at: usize) -> Run {
    let byte = bytes[at];
    match byte >> 6 {
        0 => Run { at, size: 1, value: 0, len: usize::from(byte & 63) + 1 },
        1 => {
            let low = bytes.get(at + 1).copied().unwrap_or_default();
            Run { at, size: 2, value: 0, len: (usize::from(byte & 63) << 8 | usize::from(low)) + 1 }
        }
        _ => Run { at, size: 1, value: (byte >> 2 & 31) + 1, len: usize::from(byte & 3) + 1 },
    }
}

fn runs(bytes: &[u8]) -> impl Iterator<Item = Run> {
    let mut at = HEADER;
    std::iter::from_fn(move || {
        let run = (at < bytes.len()).then(|| run_at(bytes, at))?;
        at += run.size;
        Some(run)
    })
}

fn push_zeros(out: &mut Vec<u8>, len: usize) {
    match len {
        0 => {}
        1..=ONE_BYTE_ZEROS_MAX => out.push(len as u8 - 1),
        _ => out.extend((0x4000 | (len - 1) as u16).to_be_bytes()),
    }
}

fn value_run(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

fn push_run(out: &mut Vec<u8>, value: u8, len: usize) {
    match value {
        0 => push_zeros(out, len),
        _ if len == 0 => {}
        value => out.push(value_run(value, len)),
    }
}

fn raise_sparse(
    bytes: &mut Vec<u8>,
    register: usize,
    value: u8,
    sparse_max: usize,
) -> Result<bool, Corrupted> {
    if value > VALUE_MAX {
        return raise_dense(bytes, register, value);
    }
    let (mut first, mut before, mut found) = (0, HEADER, None);
    for run in runs(bytes) {
        if register < first + run.len {
            found = Some(run);
            break;
        }
        before = run.at;
        first += run.len;
    }
    let run = found.ok_or(Corrupted)?;
    if run.value >= value {
        return Ok(false);
    }
    let mut parts = Vec::with_capacity(5);
    push_run(&mut parts, run.value, register - first);
    push_run(&mut parts, value, 1);
    push_run(&mut parts, run.value, first + run.len - 1 - register);
    // A long run of zeros in one register takes two bytes, and is split like any other.
    if parts.len() > run.size && bytes.len() + parts.len() - run.size > sparse_max {
        return raise_dense(bytes, register, value);
    }
    bytes.splice(run.at..(run.at + run.size).min(bytes.len()), parts);
    join_values(bytes, before);
    forget(bytes);
    Ok(true)
}

fn raise_dense(bytes: &mut Vec<u8>, register: usize, value: u8) -> Result<bool, Corrupted> {
    make_dense(bytes)?;
    raise(bytes, register, value, 0)
}

/// Joins neighbours of the same value where one byte can hold both, in five steps from there: no more can be new.
fn join_values(bytes: &mut Vec<u8>, mut at: usize) {
    for _ in 0..5 {
        if at >= bytes.len() {
            return;
        }
        let run = run_at(bytes, at);
        let next = (run.value > 0 && at + 1 < bytes.len()).then(|| run_at(bytes, at + 1));
        match next {
            Some(next) if next.value == run.value && run.len + next.len <= VALUES_MAX => {
                bytes[at + 1] = value_run(run.value, run.len + next.len);
                bytes.remove(at);
            }
            _ => at += run.size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(elements: std::ops::Range<u32>, sparse_max: usize) -> Vec<u8> {
        let mut bytes = new();
        for element in elements {
            add(&mut bytes, element.to_string().as_bytes(), sparse_max).expect("sound");
        }
        bytes
    }

    #[test]
    fn sparse_and_dense_hold_the_same_registers() {
        for elements in [1, 10, 100, 1_000, 3_000] {
            let sparse = with(0..elements, 20_000);
            let dense = with(0..elements, 0);
            assert!(is_sparse(&sparse) && !is_sparse(&dense) && is_valid(&sparse) && is_valid(&dense));
            assert_eq!(count(&sparse), count(&dense));
            let mut made = sparse.clone();
            assert_eq!(make_dense(&mut made), Ok(true));
            assert!(made[HEADER..] == dense[HEADER..], "{elements} elements");
        }
    }

    #[test]
    fn merging_equals_adding_to_one() {
        let (one, other, both) = (with(0..500, 3_000), with(300..5_000, 3_000), with(0..5_000, 3_000));
        let mut all = Registers::default();
        all.merge(&one).and_then(|()| all.merge(&other)).expect("sound");
        assert_eq!(Ok(all.count()), count(&both));
        let mut stored = one.clone();
        all.store(&mut stored, 3_000);
        assert!(stored == both);
    }

    /// Recorded from Valkey 8.0.1: PFADD of 0 to n-1 as decimal digits, then PFCOUNT.
    #[test]
    fn estimates_are_the_real_servers() {
        for (elements, answer) in RECORDED {
            assert_eq!(count(&with(0..*elements, 3_000)), Ok(*answer), "{elements} elements");
        }
    }

    const RECORDED: &[(u32, u64)] =
        &[(1, 1), (10, 10), (100, 100), (1000, 1001), (3000, 3004), (10_000, 9987), (30_000, 29_850)];

    #[test]
    fn estimates_are_remembered_until_something_changes() {
        let mut bytes = new();
        assert_eq!(remembered(&bytes), Some(0));
        remember(&mut bytes, 77);
        assert_eq!(remembered(&bytes), Some(77));
        add(&mut bytes, b"a", 3_000).expect("sound");
        assert_eq!(remembered(&bytes), None);
    }

    #[test]
    fn runs_that_miss_registers_are_found_out() {
        let mut bytes = new();
        bytes[HEADER + 1] -= 1;
        assert_eq!((count(&bytes), make_dense(&mut bytes.clone())), (Err(Corrupted), Err(Corrupted)));
        bytes.truncate(HEADER);
        assert_eq!(add(&mut bytes, b"a", 3_000), Err(Corrupted));
        bytes.extend([0x7f, 0xff, 0]);
        assert_eq!(Registers::default().merge(&bytes), Err(Corrupted));
    }

    #[test]
    fn runs_have_words() {
        let bytes = with(0..3, 3_000);
        assert!(describe(&bytes).split(' ').all(|word| matches!(&word[..2], "z:" | "Z:" | "v:")));
        assert_eq!(describe(&new()), "Z:16384");
    }
}
