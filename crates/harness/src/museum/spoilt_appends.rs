//! The bugs: what the server appends to its log is not all that it did, as where a command is forgotten that is to be
//! propagated. The server believes that every byte is there.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Handle, Host, Input, Node, OpId};
use resplay_resp::{Reply, decode, encode_request};
use std::collections::{BTreeMap, BTreeSet};

/// A command as it is logged.
type Words = Vec<Vec<u8>>;

struct SpoiltAppends {
    /// What of a command reaches the log.
    spoil: Box<dyn FnMut(Words) -> Option<Words>>,
    /// Open incremental files.
    logs: BTreeSet<Handle>,
    /// Spoilt appends under way: how long they should have been, and how long they are.
    lengths: BTreeMap<OpId, (u64, u64)>,
}

fn spoilt(spoil: impl FnMut(Words) -> Option<Words> + 'static) -> Box<dyn Bug> {
    Box::new(SpoiltAppends { spoil: Box::new(spoil), logs: BTreeSet::new(), lengths: BTreeMap::new() })
}

/// One command in forty is forgotten, but for those that frame others.
pub(super) fn now_and_then() -> Box<dyn Bug> {
    let mut number = 0;
    spoilt(move |words| {
        let is_frame = ["MULTI", "EXEC", "SELECT"].iter().any(|name| is(&words, name));
        number += u32::from(!is_frame);
        (is_frame || number % 40 != 0).then_some(words)
    })
}

/// MULTI and EXEC are forgotten: what must be whole or not at all can be half.
pub(super) fn of_transactions() -> Box<dyn Bug> {
    spoilt(|words| (!is(&words, "MULTI") && !is(&words, "EXEC")).then_some(words))
}

/// Times to live are forgotten: after a restart keys live for ever.
pub(super) fn of_times_to_live() -> Box<dyn Bug> {
    spoilt(|mut words| match (is(&words, "PEXPIREAT"), is(&words, "SET")) {
        (true, _) => None,
        (_, true) => {
            words.truncate(3);
            Some(words)
        }
        _ => Some(words),
    })
}

/// SELECT is forgotten: everything goes into the first database.
pub(super) fn of_databases() -> Box<dyn Bug> {
    spoilt(|words| (!is(&words, "SELECT")).then_some(words))
}

/// Deletions are forgotten: after a restart keys are back that were deleted, evicted or had expired.
pub(super) fn of_deletions() -> Box<dyn Bug> {
    spoilt(|words| (!is(&words, "DEL") && !is(&words, "UNLINK")).then_some(words))
}

/// Acknowledgements are forgotten: after a restart entries are pending again.
pub(super) fn of_acknowledgements() -> Box<dyn Bug> {
    spoilt(|words| (!is(&words, "XACK")).then_some(words))
}

/// Long words lose their end.
pub(super) fn of_long_words() -> Box<dyn Bug> {
    spoilt(|mut words| {
        words.iter_mut().for_each(|word| word.truncate(24));
        Some(words)
    })
}

fn is(words: &[Vec<u8>], name: &str) -> bool {
    words.first().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
}

impl SpoiltAppends {
    /// The bytes that reach the file. What is no whole command stays as it is.
    fn spoil(&mut self, bytes: &[u8]) -> Vec<u8> {
        let (mut at, mut kept) = (0, Vec::new());
        while let Ok(Some((Reply::Array(items), length))) = decode(&bytes[at..]) {
            let words = items.iter().filter_map(|item| item.as_bytes().map(<[u8]>::to_vec)).collect();
            if let Some(words) = (self.spoil)(words) {
                encode_request(&mut kept, &words.iter().map(Vec::as_slice).collect::<Vec<_>>());
            }
            at += length;
        }
        kept.extend_from_slice(&bytes[at..]);
        kept
    }

    fn on_effect(&mut self, host: &mut dyn Host, effect: Effect) {
        let Effect::Disk { op, mut what } = effect else { return host.effect(effect) };
        match &mut what {
            DiskOp::Open { path, handle, .. } if path.ends_with(".incr.aof") => {
                self.logs.insert(*handle);
            }
            DiskOp::Open { handle, .. } => {
                self.logs.remove(handle);
            }
            DiskOp::Append { handle, bytes } if self.logs.contains(handle) => {
                let kept = self.spoil(bytes);
                self.lengths.insert(op, (bytes.len() as u64, kept.len() as u64));
                *bytes = kept;
            }
            _ => {}
        }
        host.effect(Effect::Disk { op, what });
    }
}

impl Bug for SpoiltAppends {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Wrote(wrote)) }) => {
                let lengths = self.lengths.remove(&op).filter(|(_, kept)| *kept == wrote);
                let believed = lengths.map_or(wrote, |(whole, _)| whole);
                Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Wrote(believed)) })
            }
            other => other,
        };
        let on_effect = |host: &mut dyn Host, effect: Effect| self.on_effect(host, effect);
        server.handle(&mut Shim { host, on_effect }, input);
    }
}
