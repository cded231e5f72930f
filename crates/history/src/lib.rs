//! What the clients of a run saw: operations with invocation and completion, as JSON lines that a person can
//! read and that round-trip to the byte.
//!
//! ```text
//! {"client":"web/17","node":"cache","invoked_ns":1500,"completed_ns":2500,"command":["GET","page:1"],"reply":"$2\\r\\nhi\\r\\n"}
//! ```
//!
//! Bytes are printed as text: printable ASCII as it is, `\` as `\\`, carriage return, line feed and tab as `\r`,
//! `\n` and `\t`, every other byte as `\xNN` (JSON then doubles each backslash).
//!
//! Invariant: knows no Redis; a command and a reply are bytes.

mod escape;
mod lines;
mod work;

pub use escape::{escape, unescape};
pub use lines::BadLine;
pub use work::Verb;

/// One request of one client, from its invocation to its completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Who asked: the application and the number of its client, `web/17`.
    pub client: String,
    /// The server that was asked, by its name in the scenario.
    pub node: String,
    /// When the client began, in virtual nanoseconds of the world.
    pub invoked_ns: u64,
    /// When the client knew the outcome, in the same unit; `None`: it never did, so the command may have run at any
    /// time since, or not at all.
    pub completed_ns: Option<u64>,
    /// The words of the command.
    pub command: Vec<Vec<u8>>,
    /// How it went.
    pub outcome: Outcome,
}

/// What a client learnt of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The reply: RESP bytes as received. An error reply is a reply.
    Reply(Vec<u8>),
    /// Surely not executed, for instance because the connection was refused; the text says why.
    Failed(String),
    /// The connection died, or the client gave up, with the request under way; the text says which.
    Unknown(String),
}

/// Operations in the order in which they were recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The operations.
    pub operations: Vec<Operation>,
}

impl History {
    /// One line of JSON per operation, each ended by a line feed.
    pub fn to_json_lines(&self) -> String {
        self.operations.iter().map(|operation| operation.to_json_line() + "\n").collect()
    }

    /// Reads what [`History::to_json_lines`] prints; empty lines are skipped. The first bad line is an error.
    pub fn from_json_lines(text: &str) -> Result<History, BadLine> {
        let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let operations =
            numbered.map(|(index, line)| lines::parse(line).map_err(|why| BadLine { line: index + 1, why }));
        Ok(History { operations: operations.collect::<Result<_, _>>()? })
    }
}

impl Operation {
    /// One line of JSON, without a line end.
    pub fn to_json_line(&self) -> String {
        lines::print(self)
    }

    /// The reply's bytes, if there was a reply.
    pub fn reply(&self) -> Option<&[u8]> {
        match &self.outcome {
            Outcome::Reply(bytes) => Some(bytes),
            Outcome::Failed(_) | Outcome::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(command: &[&[u8]], outcome: Outcome, completed_ns: Option<u64>) -> Operation {
        let command = command.iter().map(|word| word.to_vec()).collect();
        Operation {
            client: "web/17".into(),
            node: "cache".into(),
            invoked_ns: 1500,
            completed_ns,
            command,
            outcome,
        }
    }

    fn every_byte() -> Vec<u8> {
        (0..=255).collect()
    }

    #[test]
    fn a_line_reads_like_the_request_and_its_reply() {
        let get = operation(&[b"GET", b"page:1"], Outcome::Reply(b"$2\r\nhi\r\n".to_vec()), Some(2500));
        assert_eq!(
            get.to_json_line(),
            r#"{"client":"web/17","node":"cache","invoked_ns":1500,"completed_ns":2500,"command":["GET","page:1"],"reply":"$2\\r\\nhi\\r\\n"}"#
        );
    }

    #[test]
    fn every_outcome_and_every_byte_survive_the_round_trip() {
        let history = History {
            operations: vec![
                operation(&[b"SET", &every_byte(), b""], Outcome::Reply(every_byte()), Some(u64::MAX)),
                operation(&[b"PING"], Outcome::Failed("connection refused: \\ \"é\"".into()), Some(1)),
                operation(&[b"INCR", b"a"], Outcome::Unknown("reset".into()), None),
            ],
        };
        assert_eq!(History::from_json_lines(&history.to_json_lines()), Ok(history));
    }

    fn complaint(text: &str) -> String {
        History::from_json_lines(text).expect_err("a bad line").to_string()
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_what_is_wrong() {
        let good = operation(&[b"PING"], Outcome::Reply(b"+PONG\r\n".to_vec()), Some(1)).to_json_line();
        assert!(complaint(&format!("{good}\n\nnonsense")).starts_with("line 3: expected"));
        assert!(complaint(&good.replace("client", "klient")).contains("unknown field `klient`"));
        assert!(complaint(&good.replace("+PONG", "\\\\y")).contains("`\\y` is no escape"));
        assert!(complaint(&good.replace(",\"reply\":\"+PONG\\\\r\\\\n\"", "")).contains("exactly one of"));
    }
}
