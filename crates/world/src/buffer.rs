//! A byte queue in one piece of memory: bytes are copied in once and read in place, and the memory is reused.

#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    data: Vec<u8>,
    head: usize,
}

impl Buffer {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.head > 0 && self.head >= self.data.len() - self.head {
            self.data.drain(..self.head);
            self.head = 0;
        }
        self.data.extend_from_slice(bytes);
    }

    /// The first `n` bytes.
    pub(crate) fn front(&self, n: usize) -> &[u8] {
        &self.data[self.head..self.head + n]
    }

    pub(crate) fn consume(&mut self, n: usize) {
        self.head += n;
        if self.head == self.data.len() {
            self.data.clear();
            self.head = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_while_the_memory_is_reused() {
        let mut buffer = Buffer::default();
        let (mut next_in, mut next_out) = (0u8, 0u8);
        for round in 0..200 {
            (0..round % 7).for_each(|_| {
                buffer.push(&[next_in]);
                next_in = next_in.wrapping_add(1);
            });
            let held = usize::from(next_in.wrapping_sub(next_out));
            for _ in 0..held.min(3) {
                assert_eq!(buffer.front(1), [next_out]);
                buffer.consume(1);
                next_out = next_out.wrapping_add(1);
            }
        }
        assert!(buffer.data.len() <= 1024);
    }
}
