//! What one execution (a command, or a transaction) sends to the append-only file: the commands as they must
//! be repeated, collected while it runs and handed over together, in MULTI / EXEC when there are several.

use resplay_resp::encode_request;

/// Commands collected in one execution.
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    /// Collect at all: false while nothing listens.
    pub is_on: bool,
    encoded: Vec<u8>,
    ends: Vec<(u32, usize)>,
    fate: Fate,
}

/// What becomes of the running command itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// If it changed something it is repeated word for word.
    #[default]
    AsIs,
    /// Others were pushed in its place, or nothing needs repeating.
    Replaced,
}

impl Propagation {
    /// Adds a command to repeat in that database.
    pub fn push(&mut self, db: u32, words: &[&[u8]]) {
        if self.is_on {
            encode_request(&mut self.encoded, words);
            self.ends.push((db, self.encoded.len()));
        }
    }

    /// The running command is not to be repeated word for word.
    pub fn replace(&mut self) {
        self.fate = Fate::Replaced;
    }

    /// What was decided about the command that just ran; the next one starts afresh.
    pub fn take_fate(&mut self) -> Fate {
        std::mem::take(&mut self.fate)
    }

    /// The number of commands collected.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing was collected.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Each collected command: its database and encoding.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        self.ends.iter().zip(starts).map(|((db, end), start)| (*db, &self.encoded[start..*end]))
    }

    /// Forgets what was collected, keeping the room.
    pub fn clear(&mut self) {
        self.encoded.clear();
        self.ends.clear();
    }
}
