//! One client of a case, overheard: which reply belongs to which request, for the shapes that RESP3 replies must have.

use crate::transcript::requests;
use resplay_resp::{Protocol, Reply, decode};
use resplay_spec::{Conversation, Misfit};
use std::collections::VecDeque;

/// Pairs requests and replies. Where that is not certain any more, it stops listening.
pub(crate) struct Listener {
    conversation: Conversation,
    /// Sent and not yet a whole request.
    outgoing: Vec<u8>,
    /// Requests without a reply so far.
    waiting: VecDeque<Vec<Vec<u8>>>,
    /// Received and not yet a whole reply.
    incoming: Vec<u8>,
    is_deaf: bool,
}

/// They answer with pushes, as many as they name channels.
const PUSHED: [&[u8]; 6] =
    [b"SUBSCRIBE", b"PSUBSCRIBE", b"SSUBSCRIBE", b"UNSUBSCRIBE", b"PUNSUBSCRIBE", b"SUNSUBSCRIBE"];

impl Listener {
    pub(crate) fn new(protocol: Protocol) -> Listener {
        Listener {
            conversation: Conversation::new(protocol),
            outgoing: Vec::new(),
            waiting: VecDeque::new(),
            incoming: Vec::new(),
            // RESP2 replies have no shape; whoever changes over in a case of RESP2 is heard in that of RESP3.
            is_deaf: protocol == Protocol::Resp2,
        }
    }

    pub(crate) fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Takes note of bytes to the server.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        if self.is_deaf {
            return;
        }
        self.outgoing.extend_from_slice(bytes);
        let (found, is_sound) = requests(&mut self.outgoing);
        self.is_deaf = !is_sound;
        for words in found.into_iter().filter(|words| !words.is_empty()) {
            self.wait_for(words);
        }
    }

    fn wait_for(&mut self, words: Vec<Vec<u8>>) {
        let name = words[0].to_ascii_uppercase();
        let second = words.get(1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        let is_pushed = PUSHED.contains(&name.as_slice());
        if is_pushed && self.conversation.is_queueing()
            || name == b"MONITOR"
            || name == b"CLIENT" && second == b"REPLY"
        {
            self.is_deaf = true;
        } else if !is_pushed || words.len() == 1 && !name.ends_with(b"UNSUBSCRIBE") {
            self.waiting.push_back(words);
        }
    }

    /// Takes note of bytes from the server; what does not fit.
    pub(crate) fn received(&mut self, bytes: &[u8]) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        if self.is_deaf {
            return misfits;
        }
        self.incoming.extend_from_slice(bytes);
        while let Ok(Some((reply, len))) = decode(&self.incoming) {
            self.incoming.drain(..len);
            if matches!(reply, Reply::Push(_)) {
                continue;
            }
            let Some(words) = self.waiting.pop_front() else {
                self.is_deaf = true;
                break;
            };
            misfits.extend(self.conversation.hear(&words, &reply));
        }
        misfits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_paired_with_requests_around_pushes_and_however_they_are_cut_up() {
        let mut listener = Listener::new(Protocol::Resp3);
        listener.sent(b"SUBSCRIBE c\r\nINCR n\r\nHGET");
        listener.sent(b"ALL h\r\n");
        assert_eq!(listener.received(b">3\r\n+subscribe\r\n+c\r\n:1\r\n:1\r"), []);
        let misfits = listener.received(b"\n*0\r\n");
        assert_eq!(misfits.iter().map(|misfit| misfit.command.as_str()).collect::<Vec<_>>(), ["HGETALL"]);
        assert_eq!(listener.conversation().checked(), 2);
    }
}
