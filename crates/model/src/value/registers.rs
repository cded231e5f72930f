//! HyperLogLogs: 16384 registers in a string, one by one (dense) or as runs of equal ones (sparse).

/// How many registers there are.
const COUNT: usize = 1 << 14;
/// The greatest value that an element can give a register.
const GREATEST: usize = 51;
/// What stands before the registers: the magic word, the encoding, three bytes of nothing, the last count.
const HEADER: usize = 16;
/// The greatest value, and the most equal values, that a run can tell of.
const RUN_VALUE_MAX: u8 = 32;
const RUN_VALUES_MAX: usize = 4;

/// A HyperLogLog, read from the bytes of a string.
#[derive(Clone, Debug)]
pub(crate) struct Registers {
    header: [u8; HEADER],
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// Every register's value.
    Dense(Vec<u8>),
    /// Runs as they stand in the string.
    Sparse(Vec<Run>),
}

/// One byte, or two.
type Run = Vec<u8>;

/// The runs are not of as many registers as there are.
#[derive(Debug)]
pub(crate) struct Corrupted;

impl Registers {
    /// One to which nothing was added.
    pub(crate) fn new() -> Registers {
        let mut header = [0; HEADER];
        header[..5].copy_from_slice(b"HYLL\x01");
        Registers { header, body: Body::Sparse(vec![run(0, COUNT)]) }
    }

    /// Reads the bytes of a string; `None` if the server would not take them for a HyperLogLog.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Registers> {
        let (header, body) = bytes.split_first_chunk::<HEADER>()?;
        let body = match header[4] {
            _ if !header.starts_with(b"HYLL") => return None,
            0 if body.len() == COUNT * 6 / 8 => Body::Dense(six_bits_each(body)),
            1 => Body::Sparse(runs(body)),
            _ => return None,
        };
        Some(Registers { header: *header, body })
    }

    /// The bytes of the string.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let body = match &self.body {
            Body::Dense(values) => packed(values),
            Body::Sparse(runs) => runs.concat(),
        };
        [self.header.as_slice(), &body].concat()
    }

    /// Whether it is kept as runs.
    pub(crate) fn is_sparse(&self) -> bool {
        matches!(self.body, Body::Sparse(_))
    }

    /// The last count, which stands in the string, as long as it is right.
    pub(crate) fn counted(&self) -> Option<i64> {
        let count = i64::from_le_bytes(self.header[8..].try_into().expect("eight bytes"));
        // A count with the highest bit set is out of date.
        (count >= 0).then_some(count)
    }

    pub(crate) fn set_counted(&mut self, count: i64) {
        self.header[8..].copy_from_slice(&count.to_le_bytes());
    }

    pub(crate) fn set_changed(&mut self) {
        self.header[HEADER - 1] |= 0x80;
    }

    /// The value of every register.
    pub(crate) fn values(&self) -> Result<Vec<u8>, Corrupted> {
        let runs = match &self.body {
            Body::Dense(values) => return Ok(values.clone()),
            Body::Sparse(runs) => runs,
        };
        let mut values = vec![0; COUNT];
        let mut at = 0;
        for run in runs {
            if value(run) > 0 {
                // Values beyond the last register are left out with all behind them, and are no reason to refuse.
                let Some(these) = values.get_mut(at..at + length(run)) else { break };
                these.fill(value(run));
            }
            at += length(run);
        }
        if at == COUNT { Ok(values) } else { Err(Corrupted) }
    }

    /// How many different elements were added, as far as one can tell.
    pub(crate) fn count(&self) -> Result<i64, Corrupted> {
        match &self.body {
            Body::Sparse(runs) if runs.iter().map(length).sum::<usize>() != COUNT => Err(Corrupted),
            _ => Ok(estimate(&self.values()?)),
        }
    }

    /// From now on every register stands for itself.
    pub(crate) fn spread(&mut self) -> Result<(), Corrupted> {
        self.body = Body::Dense(self.values()?);
        self.header[4] = 0;
        Ok(())
    }

    /// The runs as PFDEBUG DECODE tells them.
    pub(crate) fn words(&self) -> Option<String> {
        let Body::Sparse(runs) = &self.body else { return None };
        // The first byte decides: the second is missing if the string was cut.
        let word = |run: &Run| match run[0] >> 6 {
            0 => format!("z:{}", length(run)),
            1 => format!("Z:{}", length(run)),
            _ => format!("v:{},{}", value(run), length(run)),
        };
        Some(runs.iter().map(word).collect::<Vec<String>>().join(" "))
    }

    /// Adds an element; true if that changes a register.
    pub(crate) fn add(&mut self, element: &[u8], bytes_max: u64) -> Result<bool, Corrupted> {
        let hash = murmur64a(element, 0xadc8_3b19);
        let zeros = (hash >> 14 | 1 << 50).trailing_zeros() as u8;
        self.raise((hash % COUNT as u64) as usize, zeros + 1, bytes_max)
    }

    /// Sets a register that is less to this value; true if it was less. Runs in more bytes than these are given up.
    pub(crate) fn raise(&mut self, register: usize, to: u8, bytes_max: u64) -> Result<bool, Corrupted> {
        let runs = match &mut self.body {
            Body::Dense(values) => {
                let is_less = values[register] < to;
                values[register] = values[register].max(to);
                return Ok(is_less);
            }
            Body::Sparse(runs) => runs,
        };
        if to <= RUN_VALUE_MAX {
            let (index, first) = find(runs, register).ok_or(Corrupted)?;
            if value(&runs[index]) >= to {
                return Ok(false);
            }
            let parts = split(&runs[index], register - first, to);
            let grows = parts.concat().len() > runs[index].len();
            let bytes = HEADER + runs.concat().len() - runs[index].len() + parts.concat().len();
            if !grows || bytes as u64 <= bytes_max {
                runs.splice(index..=index, parts);
                join(runs, index.saturating_sub(1));
                self.set_changed();
                return Ok(true);
            }
        }
        self.spread()?;
        self.raise(register, to, bytes_max)
    }
}

/// The estimate of Ertl's "New cardinality estimation algorithms for HyperLogLog sketches".
pub(crate) fn estimate(values: &[u8]) -> i64 {
    let mut histogram = [0u32; 64];
    values.iter().for_each(|&value| histogram[usize::from(value)] += 1);
    let m = COUNT as f64;
    let mut z = m * tau((m - f64::from(histogram[GREATEST])) / m);
    for &count in histogram[1..GREATEST].iter().rev() {
        z = (z + f64::from(count)) * 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (0.721_347_520_444_481_7 * m * m / z).round() as i64
}

/// Six bits each, the lowest first.
fn six_bits_each(body: &[u8]) -> Vec<u8> {
    let bit = |at: usize| body[at / 8] >> (at % 8) & 1;
    (0..COUNT).map(|register| (0..6).map(|n| bit(register * 6 + n) << n).sum()).collect()
}

fn packed(values: &[u8]) -> Vec<u8> {
    let bit = |at: usize| values[at / 6] >> (at % 6) & 1;
    (0..COUNT * 6 / 8).map(|byte| (0..8).map(|n| bit(byte * 8 + n) << n).sum()).collect()
}

/// `00nnnnnn` are n + 1 zeros, `01nnnnnn nnnnnnnn` too, `1vvvvvnn` is n + 1 times the value v + 1.
fn runs(body: &[u8]) -> Vec<Run> {
    let mut rest = body;
    let mut runs = Vec::new();
    while let Some(first) = rest.first() {
        let size = if first >> 6 == 1 { 2 } else { 1 };
        let (run, after) = rest.split_at(size.min(rest.len()));
        runs.push(run.to_vec());
        rest = after;
    }
    runs
}

fn value(run: &Run) -> u8 {
    if run[0] < 0x80 { 0 } else { (run[0] >> 2 & 0x1f) + 1 }
}

fn length(run: &Run) -> usize {
    // The second byte is missing if the string was cut.
    let second = run.get(1).copied().unwrap_or_default();
    match run[0] >> 6 {
        0 => usize::from(run[0]) + 1,
        1 => (usize::from(run[0] & 0x3f) << 8 | usize::from(second)) + 1,
        _ => usize::from(run[0] & 3) + 1,
    }
}

fn run(value: u8, length: usize) -> Run {
    match value {
        0 if length <= 64 => vec![length as u8 - 1],
        0 => (0x4000 | (length as u16 - 1)).to_be_bytes().to_vec(),
        _ => vec![0x80 | (value - 1) << 2 | (length as u8 - 1)],
    }
}

/// The run in which a register is, and that run's first register.
fn find(runs: &[Run], register: usize) -> Option<(usize, usize)> {
    let mut first = 0;
    for (index, run) in runs.iter().enumerate() {
        if register < first + length(run) {
            return Some((index, first));
        }
        first += length(run);
    }
    None
}

/// What becomes of a run when one of its registers gets another value.
fn split(whole: &Run, at: usize, to: u8) -> Vec<Run> {
    let old = value(whole);
    let parts = [(old, at), (to, 1), (old, length(whole) - at - 1)];
    parts.into_iter().filter(|(_, length)| *length > 0).map(|(value, length)| run(value, length)).collect()
}

/// Joins equal values behind a change: five looks, of which one that joins does not move on.
fn join(runs: &mut Vec<Run>, mut index: usize) {
    for _ in 0..5 {
        let [left, right, ..] = &runs[index.min(runs.len())..] else { return };
        let both = length(left) + length(right);
        if value(left) > 0 && value(left) == value(right) && both <= RUN_VALUES_MAX {
            let joined = run(value(left), both);
            runs.splice(index..index + 2, [joined]);
        } else {
            index += 1;
        }
    }
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
