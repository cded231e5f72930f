//! One connection: which protocol it speaks, what it has queued, and whether each reply has its command's shape.

use crate::{Exception, Spec};
use resplay_resp::{Protocol, Reply};
use std::fmt;

/// A connection's requests and replies, heard in order.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    protocol: Protocol,
    /// The requests that wait for EXEC.
    queued: Option<Vec<Vec<Vec<u8>>>>,
    checked: u64,
    excused: Vec<&'static Exception>,
}

/// A reply that does not have the shape that its command promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The command's full name.
    pub command: String,
    /// Where and why: `[1].length: a string, not integer`.
    pub why: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the reply to {} does not fit its schema: {}",
            self.command,
            self.why.trim_start_matches(": ")
        )
    }
}

impl Conversation {
    /// A connection that speaks this protocol by now.
    pub fn new(protocol: Protocol) -> Conversation {
        Conversation { protocol, ..Conversation::default() }
    }

    /// How many replies had a schema to fit.
    pub fn checked(&self) -> u64 {
        self.checked
    }

    /// The exceptions that were needed so far.
    pub fn excused(&self) -> &[&'static Exception] {
        &self.excused
    }

    /// Whether requests are being queued.
    pub fn is_queueing(&self) -> bool {
        self.queued.is_some()
    }

    /// Hears a request and its reply; pushes are no replies and are not to be told.
    pub fn hear(&mut self, words: &[Vec<u8>], reply: &Reply) -> Option<Misfit> {
        let name = words.first().map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        match (name.as_slice(), &mut self.queued, reply) {
            (_, _, Reply::Error(_)) => {
                if name == b"EXEC" {
                    self.queued = None;
                }
                None
            }
            (b"EXEC", queued, _) => {
                let queued = queued.take().unwrap_or_default();
                self.transaction(&queued, reply)
            }
            (b"DISCARD" | b"RESET", ..) => {
                self.queued = None;
                self.single(words, reply)
            }
            (_, Some(queued), Reply::Simple(text)) if text == b"QUEUED" => {
                queued.push(words.to_vec());
                None
            }
            (b"MULTI", ..) => {
                self.queued = Some(Vec::new());
                self.single(words, reply)
            }
            _ => self.single(words, reply),
        }
    }

    /// The reply to EXEC is one of its own, and holds those of the queue.
    fn transaction(&mut self, queued: &[Vec<Vec<u8>>], reply: &Reply) -> Option<Misfit> {
        let own = self.fit("EXEC", reply);
        let replies = reply.as_slice().unwrap_or_default();
        let inner = queued.iter().zip(replies).map(|(words, reply)| match reply.is_error() {
            true => None,
            false => self.single(words, reply),
        });
        // All of them are heard, since some change the protocol.
        let inner: Vec<Misfit> = inner.collect::<Vec<_>>().into_iter().flatten().collect();
        own.or_else(|| inner.into_iter().next())
    }

    fn single(&mut self, words: &[Vec<u8>], reply: &Reply) -> Option<Misfit> {
        let command = Spec::get().find(words)?;
        match command.name.as_str() {
            "RESET" => self.protocol = Protocol::Resp2,
            "HELLO" => match words.get(1).map(Vec::as_slice) {
                Some(b"3") => self.protocol = Protocol::Resp3,
                Some(_) => self.protocol = Protocol::Resp2,
                None => {}
            },
            _ => {}
        }
        self.fit(&command.name, reply)
    }

    fn fit(&mut self, name: &str, reply: &Reply) -> Option<Misfit> {
        let schema = Spec::get().named(name)?.schema.as_ref()?;
        if self.protocol == Protocol::Resp2 {
            return None;
        }
        self.checked += 1;
        let why = schema.check(reply).err()?;
        match Exception::covering(name, &why) {
            Some(exception) => {
                self.excused.push(exception);
                None
            }
            None => Some(Misfit { command: name.to_owned(), why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::decode;

    /// What is said of the last of these replies.
    fn hear(lines: &[(&str, &str)]) -> Option<String> {
        let mut conversation = Conversation::default();
        let mut said = None;
        for (words, reply) in lines {
            let words: Vec<Vec<u8>> = words.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            let (reply, _) = decode(reply.as_bytes()).expect("RESP").expect("complete");
            said = conversation.hear(&words, &reply).map(|misfit| misfit.to_string());
        }
        said
    }

    const HELLO: (&str, &str) = ("HELLO 3", "%1\r\n+server\r\n+valkey\r\n");

    #[test]
    fn a_reply_of_another_shape_is_found_under_resp3_alone() {
        let flat = ("HGETALL h", "*2\r\n+f\r\n+v\r\n");
        assert_eq!(hear(&[flat]), None);
        let said = "the reply to HGETALL does not fit its schema: an array, not object";
        assert_eq!(hear(&[HELLO, flat]).as_deref(), Some(said));
        assert_eq!(hear(&[HELLO, ("HGETALL h", "-WRONGTYPE x\r\n")]), None);
        assert_eq!(hear(&[HELLO, ("RESET", "+RESET\r\n"), flat]), None);
    }

    #[test]
    fn a_transaction_is_checked_reply_by_reply() {
        let queue = [HELLO, ("MULTI", "+OK\r\n"), ("STRLEN a", "+QUEUED\r\n"), ("GET a", "+QUEUED\r\n")];
        let exec = |reply| hear(&[&queue[..], &[("EXEC", reply)]].concat());
        assert_eq!(exec("*2\r\n:1\r\n+x\r\n"), None);
        assert_eq!(exec("*2\r\n-ERR\r\n_\r\n"), None);
        assert_eq!(
            exec("*2\r\n+1\r\n+x\r\n").as_deref(),
            Some("the reply to STRLEN does not fit its schema: a string, not integer")
        );
    }
}
