//! Streams.

use crate::memory;

/// A stream.
#[derive(Clone, Debug, Default)]
pub struct Stream(Box<u64>);

impl Stream {
    /// An empty one.
    pub fn new() -> Stream {
        Stream::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        *self.0 as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        "stream"
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        memory::OBJECT
    }
}
