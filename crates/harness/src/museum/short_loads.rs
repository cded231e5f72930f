//! The bug: a server that loads its log but for the last command, as where a loop ends one round too soon.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskDone, DiskOk, DiskOp, Effect, Handle, Host, Input, Node, OpId, READ_MAX};
use resplay_resp::decode;
use std::collections::BTreeSet;

#[derive(Default)]
struct ShortLoads {
    /// Open incremental files.
    logs: BTreeSet<Handle>,
    /// Reads of them that are under way.
    reads: BTreeSet<OpId>,
}

pub(super) fn build() -> Box<dyn Bug> {
    Box::new(ShortLoads::default())
}

impl ShortLoads {
    fn watch(&mut self, op: OpId, what: &DiskOp) {
        match what {
            DiskOp::Open { path, handle, .. } if path.ends_with(".incr.aof") => {
                self.logs.insert(*handle);
            }
            DiskOp::Open { handle, .. } => {
                self.logs.remove(handle);
            }
            DiskOp::Read { handle, .. } if self.logs.contains(handle) => {
                self.reads.insert(op);
            }
            _ => {}
        }
    }
}

/// The bytes up to the last command, if all of them are commands and no more can follow.
fn without_the_last(mut bytes: Vec<u8>) -> Vec<u8> {
    let (mut at, mut last) = (0, 0);
    while let Ok(Some((_, length))) = decode(&bytes[at..]) {
        (last, at) = (at, at + length);
    }
    if bytes.len() < READ_MAX as usize && at == bytes.len() {
        bytes.truncate(last);
    }
    bytes
}

impl Bug for ShortLoads {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let input = match input {
            Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Bytes(bytes)) }) if self.reads.remove(&op) => {
                Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Bytes(without_the_last(bytes))) })
            }
            other => other,
        };
        let on_effect = |host: &mut dyn Host, effect: Effect| {
            if let Effect::Disk { op, what } = &effect {
                self.watch(*op, what);
            }
            host.effect(effect);
        };
        server.handle(&mut Shim { host, on_effect }, input);
    }
}
