//! The bugs: a server that does not do what it was asked to, as where an option is parsed and then forgotten. What it was asked
//! is changed on its way in.

use super::Bug;
use resplay_base::{Host, Input, Node};
use resplay_resp::{Reply, decode, encode_request};

/// The words of a request.
type Words = Vec<Vec<u8>>;

struct SpoiltRequests {
    /// What of a request is done.
    spoil: fn(&mut Words),
}

/// A watched key is not watched, another is that nobody has.
pub(super) fn of_watches() -> Box<dyn Bug> {
    Box::new(SpoiltRequests {
        spoil: |words| {
            if is(words, "WATCH") && words.len() > 1 {
                words[1].push(b'~');
            }
        },
    })
}

/// SET forgets its time to live.
pub(super) fn of_times_to_live() -> Box<dyn Bug> {
    Box::new(SpoiltRequests {
        spoil: |words| {
            let is_lifetime =
                |word: &Vec<u8>| [&b"EX"[..], b"PX"].iter().any(|name| word.eq_ignore_ascii_case(name));
            if is(words, "SET") && words.len() == 5 && is_lifetime(&words[3]) {
                words.truncate(3);
            }
        },
    })
}

fn is(words: &[Vec<u8>], name: &str) -> bool {
    words.first().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
}

impl SpoiltRequests {
    /// The requests as they are done; what is no whole request stays as it is.
    fn spoil(&self, bytes: &[u8]) -> Vec<u8> {
        let (mut at, mut done) = (0, Vec::new());
        while let Ok(Some((Reply::Array(items), length))) = decode(&bytes[at..]) {
            let mut words: Words =
                items.iter().filter_map(|item| item.as_bytes().map(<[u8]>::to_vec)).collect();
            (self.spoil)(&mut words);
            encode_request(&mut done, &words.iter().map(Vec::as_slice).collect::<Vec<_>>());
            at += length;
        }
        done.extend_from_slice(&bytes[at..]);
        done
    }
}

impl Bug for SpoiltRequests {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        match input {
            Input::Data { fd, bytes } => {
                let bytes = self.spoil(bytes);
                server.handle(host, Input::Data { fd, bytes: &bytes });
            }
            other => server.handle(host, other),
        }
    }
}
