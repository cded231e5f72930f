//! Cuts a history down to what matters: leaves out pieces, large ones first, then moves commands to one client and
//! leaves out words.

use crate::history::{Failure, History, Step, play};

/// The shortest history found that still goes wrong, and why it does, for people.
pub fn shrink(history: History) -> String {
    let mut best = Best { history, failure: None };
    best.cut();
    loop {
        let before = best.history.clone();
        best.simplify();
        best.cut();
        if best.history == before {
            break;
        }
    }
    let steps: Vec<String> = best.history.0.iter().map(|step| format!("    {step}")).collect();
    let why = best.failure.map_or("(it does not go wrong again)".to_owned(), |failure| {
        let mismatch = failure.mismatch;
        format!("{}\n  expected {}\n  got      {}", mismatch.what, mismatch.expected, mismatch.got)
    });
    format!("{}\n{why}", steps.join("\n"))
}

struct Best {
    history: History,
    failure: Option<Failure>,
}

impl Best {
    /// Keeps another history if it goes wrong as well.
    fn accept(&mut self, mut other: History) -> bool {
        let Some(failure) = play(&other) else { return false };
        other.0.truncate(failure.steps);
        self.history = other;
        self.failure = Some(failure);
        true
    }

    /// Leaves out steps.
    fn cut(&mut self) {
        self.accept(self.history.clone());
        let mut piece = self.history.0.len().div_ceil(2).max(1);
        loop {
            let mut at = 0;
            while at < self.history.0.len() {
                let mut shorter = self.history.clone();
                shorter.0.drain(at..(at + piece).min(shorter.0.len()));
                if !self.accept(shorter) {
                    at += piece;
                }
            }
            if piece == 1 {
                return;
            }
            piece = piece.div_ceil(2);
        }
    }

    /// Makes steps simpler, one by one.
    fn simplify(&mut self) {
        let mut at = 0;
        while at < self.history.0.len() {
            if let Step::Send { client, words } = self.history.0[at].clone() {
                if client > 0 {
                    self.replace(at, Step::Send { client: 0, words: words.clone() });
                }
                for word in (1..words.len()).rev() {
                    self.leave_out(at, word);
                }
            }
            at += 1;
        }
    }

    fn replace(&mut self, at: usize, step: Step) {
        let mut other = self.history.clone();
        other.0[at] = step;
        self.accept(other);
    }

    fn leave_out(&mut self, at: usize, word: usize) {
        let Some(Step::Send { client, words }) = self.history.0.get(at).cloned() else { return };
        if word < words.len() {
            let mut fewer = words;
            fewer.remove(word);
            self.replace(at, Step::Send { client, words: fewer });
        }
    }
}
