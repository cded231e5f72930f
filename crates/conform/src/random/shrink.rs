//! The shortest history that still tells two servers apart.

use super::duel::{Disagreement, Duel};
use super::generate::Step;
use resplay_resp::Protocol;
use std::io;

/// How often a shorter history is tried at most: what is left then is short enough to read.
const TRIES_MAX: usize = 1_500;

impl Duel<'_> {
    /// Leaves out of a history what can be left out; what the two disagree on at its end.
    pub fn shrink(
        &mut self,
        history: &[Step],
        protocol: Protocol,
        found: Disagreement,
    ) -> io::Result<(Vec<Step>, Disagreement)> {
        let (mut kept, mut last) = (until(history, &found), found);
        let mut chunk = kept.len().div_ceil(2).max(1);
        let mut tries = 0;
        loop {
            let (mut at, before) = (0, kept.len());
            while at < kept.len() && tries < TRIES_MAX {
                let mut shorter = kept.clone();
                shorter.drain(at..(at + chunk).min(kept.len()));
                tries += 1;
                match self.play(&shorter, protocol)? {
                    Some(found) => (kept, last) = (until(&shorter, &found), found),
                    None => at += chunk,
                }
            }
            if chunk == 1 && kept.len() == before || tries >= TRIES_MAX {
                return Ok((kept, last));
            }
            chunk = chunk.div_ceil(2);
        }
    }
}

/// A history up to the command that told the two apart; all of it if only the data did.
fn until(history: &[Step], found: &Disagreement) -> Vec<Step> {
    history[..history.len().min(found.index + 1)].to_vec()
}
