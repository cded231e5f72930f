//! The value structures: no time source, no wire format.
