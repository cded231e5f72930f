//! Values that were dumped and broken: they are refused, or they are values.

use crate::history::{History, take};
use resplay_base::Random;
use resplay_conform::{Judged, fuzz};

/// Version and checksum at the end of a payload.
const FOOTER: usize = 10;
/// How often each payload is broken.
const TIMES: usize = 400;

/// Breaks what a history left; panics where a broken payload does harm.
pub fn break_all(seed: u64, history: &History) {
    let mut random = Random::stream(seed, "damage");
    // What is compressed breaks in one way only.
    let mut stage = Judged::start(&["--enable-debug-command", "yes", "--rdbcompression", "no"], 4);
    history.0.iter().for_each(|step| take(&mut stage, step));
    for payload in stage.dumps() {
        let sound = &payload[..payload.len() - FOOTER];
        for _ in 0..TIMES {
            fuzz::run("restore", &broken(&mut random, sound));
        }
    }
}

/// A few bytes changed, in places that often count.
fn broken(random: &mut Random, sound: &[u8]) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.index(bytes.len());
        bytes[at] = match random.below(4) {
            0 => bytes[at] ^ (1 << random.below(8)),
            1 => [0, 0x7f, 0x80, 0xbf, 0xe1, 0xf0, 0xf4, 0xff][random.index(8)],
            2 => bytes[at].wrapping_add(1),
            _ => random.below(256) as u8,
        };
    }
    if random.chance(0.1) {
        bytes.truncate(1 + random.index(bytes.len()));
    }
    bytes
}
