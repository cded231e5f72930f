//! Sorted sets.

use crate::listpack::Listpack;
use crate::memory;

/// A zset.
#[derive(Clone, Debug, Default)]
pub struct Zset(Box<Listpack>);

impl Zset {
    /// An empty one.
    pub fn new() -> Zset {
        Zset::default()
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What OBJECT ENCODING says.
    pub fn encoding(&self) -> &'static str {
        "listpack"
    }

    /// Memory by the published formula, in bytes.
    pub fn logical_bytes(&self) -> usize {
        memory::OBJECT + memory::size_class(self.0.byte_len())
    }
}
