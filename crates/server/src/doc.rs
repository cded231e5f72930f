//! A node for documentation examples.

use resplay_base::{Fd, Host, Input, Mono, Node};

/// Does nothing at all.
#[derive(Debug)]
pub struct Silent;

impl Node for Silent {
    fn handle(&mut self, _: &mut dyn Host, _: Input<'_>) {}
    fn sent(&mut self, _: Fd, _: usize) {}
    fn unsent(&self, _: Fd) -> &[u8] {
        &[]
    }
    fn deadline(&self) -> Option<Mono> {
        None
    }
    fn resident_bytes(&self) -> u64 {
        0
    }
}
