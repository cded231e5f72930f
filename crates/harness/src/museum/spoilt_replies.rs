//! The bugs: what goes out is not what the server replied, as where a buffer is patched, cut or given to the wrong connection.
//! The server's own account of its replies is right.

use super::Bug;
use super::shim::Shim;
use resplay_base::{Effect, Fd, Host, Input, Node};
use resplay_resp::{Reply, decode};
use std::collections::BTreeMap;

/// The replies that go out to a connection at a time.
type Batch = (Fd, Vec<Vec<u8>>);
/// What becomes of all that goes out at a time.
type Spoil = Box<dyn FnMut(&mut [Batch])>;

struct SpoiltReplies {
    spoil: Spoil,
    /// What the host has still to fetch.
    unsent: BTreeMap<Fd, Vec<u8>>,
}

fn spoilt(spoil: impl FnMut(&mut [Batch]) + 'static) -> Box<dyn Bug> {
    Box::new(SpoiltReplies { spoil: Box::new(spoil), unsent: BTreeMap::new() })
}

/// Each reply for itself.
fn each(mut spoil: impl FnMut(&mut Vec<u8>) + 'static) -> Box<dyn Bug> {
    spoilt(move |batches| batches.iter_mut().flat_map(|(_, replies)| replies).for_each(&mut spoil))
}

/// The second reply of every connection is nonsense. Whoever overlooks this is asleep.
pub(super) fn canary() -> Box<dyn Bug> {
    let mut numbers: BTreeMap<Fd, usize> = BTreeMap::new();
    spoilt(move |batches| {
        for (fd, replies) in batches {
            let number = numbers.entry(*fd).or_default();
            // The first is to its greeting; without it no client would go on.
            if let Some(second) = 1_usize.checked_sub(*number).and_then(|at| replies.get_mut(at)) {
                *second = b"+CANARY\r\n".to_vec();
            }
            *number += replies.len();
        }
    })
}

/// One integer in twenty is one too large.
pub(super) fn of_integers() -> Box<dyn Bug> {
    let mut number = 0;
    each(move |reply| {
        if let Ok(Some((Reply::Int(value), _))) = decode(reply) {
            number += 1;
            if number % 20 == 0 {
                *reply = format!(":{}\r\n", value.wrapping_add(1)).into_bytes();
            }
        }
    })
}

/// An array of more than two elements loses its last.
pub(super) fn of_elements() -> Box<dyn Bug> {
    each(|reply| {
        if let Ok(Some((Reply::Array(items), _))) = decode(reply)
            && items.len() > 2
            && let Some(start) = reply.iter().position(|byte| *byte == b'\n').map(|end| end + 1)
        {
            let mut end = start;
            for _ in 1..items.len() {
                end += decode(&reply[end..]).ok().flatten().map_or(0, |(_, length)| length);
            }
            *reply = [format!("*{}\r\n", items.len() - 1).as_bytes(), &reply[start..end]].concat();
        }
    })
}

/// Nothing is told as an empty string.
pub(super) fn of_nothing() -> Box<dyn Bug> {
    each(|reply| {
        if let Ok(Some((Reply::Null, _))) = decode(reply) {
            *reply = b"$0\r\n\r\n".to_vec();
        }
    })
}

/// The first two replies to a pipeline change places.
pub(super) fn of_pipelines() -> Box<dyn Bug> {
    spoilt(|batches| {
        for (_, replies) in batches.iter_mut().filter(|(_, replies)| replies.len() > 1) {
            replies.swap(0, 1);
        }
    })
}

/// Of two connections that are written to at a time, each gets what is meant for the other.
pub(super) fn of_connections() -> Box<dyn Bug> {
    spoilt(|batches| {
        if let [(_, one), (_, other), ..] = batches {
            std::mem::swap(one, other);
        }
    })
}

impl SpoiltReplies {
    /// Takes off the server all that is to be sent.
    fn fetch(&mut self, server: &mut dyn Node, fds: Vec<Fd>) {
        let mut batches: Vec<Batch> = Vec::new();
        for fd in fds {
            let bytes = server.unsent(fd).to_vec();
            server.sent(fd, bytes.len());
            batches.push((fd, replies(&bytes)));
        }
        (self.spoil)(&mut batches);
        for (fd, replies) in batches {
            self.unsent.entry(fd).or_default().extend(replies.concat());
        }
    }
}

/// One after the other; what is no whole reply stands last.
fn replies(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut replies) = (0, Vec::new());
    while let Ok(Some((_, length))) = decode(&bytes[at..]) {
        replies.push(bytes[at..at + length].to_vec());
        at += length;
    }
    replies.push(bytes[at..].to_vec());
    replies.retain(|reply| !reply.is_empty());
    replies
}

impl Bug for SpoiltReplies {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        if let Input::Accepted { fd, .. } | Input::Closed { fd, .. } = &input {
            self.unsent.remove(fd);
        }
        let mut fds = Vec::new();
        let on_effect = |host: &mut dyn Host, effect: Effect| {
            if let Effect::Send { fd } | Effect::Close { fd } = &effect {
                fds.push(*fd);
            }
            host.effect(effect);
        };
        server.handle(&mut Shim { host, on_effect }, input);
        self.fetch(server, fds);
    }

    fn unsent<'a>(&'a self, _: &'a dyn Node, fd: Fd) -> &'a [u8] {
        self.unsent.get(&fd).map_or(&[], Vec::as_slice)
    }

    fn sent(&mut self, _: &mut dyn Node, fd: Fd, n: usize) {
        self.unsent.entry(fd).or_default().drain(..n);
    }
}
