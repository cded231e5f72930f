//! The checksum of files and payloads.

use crc::{CRC_64_REDIS, Crc, Digest, Table};

static CRC: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_REDIS);

/// The sum of what came so far.
#[derive(Clone)]
pub(super) struct Sum(Digest<'static, u64, Table<16>>);

impl Sum {
    pub fn new() -> Sum {
        Sum(CRC.digest())
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn value(&self) -> u64 {
        self.0.clone().finalize()
    }

    pub fn of(bytes: &[u8]) -> u64 {
        CRC.checksum(bytes)
    }
}
