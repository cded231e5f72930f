//! What becomes of a job that went through a queue: no command, but as much a part of what clients saw.

use crate::{Operation, Outcome};

/// Where such operations are said to take place: no server can have this name.
const NODE: &str = "(work)";

/// What an application did with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A server acknowledged that it has it.
    Accepted,
    /// It was done.
    Processed,
    /// It was given up and put aside for people to look at.
    DeadLettered,
}

/// Each verb's word in a history.
const WORDS: [(Verb, &[u8]); 3] =
    [(Verb::Accepted, b"ACCEPTED"), (Verb::Processed, b"PROCESSED"), (Verb::DeadLettered, b"DEAD-LETTERED")];

impl Operation {
    /// A client did something with a job of a queue.
    pub fn work(client: &str, at_ns: u64, verb: Verb, queue: &[u8], job: &[u8]) -> Operation {
        let (_, word) = WORDS.iter().find(|(other, _)| *other == verb).expect("every verb has its word");
        Operation {
            client: client.to_owned(),
            node: NODE.to_owned(),
            invoked_ns: at_ns,
            completed_ns: Some(at_ns),
            command: vec![word.to_vec(), queue.to_vec(), job.to_vec()],
            outcome: Outcome::Reply(b"+OK\r\n".to_vec()),
        }
    }

    /// What was done with which job of which queue, if it is such an operation.
    pub fn as_work(&self) -> Option<(Verb, &[u8], &[u8])> {
        let [word, queue, job] = self.command.as_slice() else { return None };
        let (verb, _) = WORDS.iter().find(|(_, other)| self.node == NODE && other == word)?;
        Some((*verb, queue, job))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_read_as_it_was_recorded_and_no_command_is_taken_for_it() {
        let work = Operation::work("worker/0", 5, Verb::Processed, b"jobs", b"0-1");
        assert_eq!(work.as_work(), Some((Verb::Processed, &b"jobs"[..], &b"0-1"[..])));
        assert_eq!(Operation { node: "cache".into(), ..work }.as_work(), None);
    }
}
