//! The bug: a server that writes something else into its snapshots than it has, as where a buffer is given back too soon.

use super::Bug;
use super::shim::Shim;
use resplay_base::{DiskOp, Effect, Handle, Host, Input, Node};
use std::collections::BTreeSet;

#[derive(Default)]
struct SpoiltSnapshots {
    /// Open files of snapshots.
    snapshots: BTreeSet<Handle>,
}

pub(super) fn build() -> Box<dyn Bug> {
    Box::new(SpoiltSnapshots::default())
}

impl SpoiltSnapshots {
    /// A bit in the middle of what is appended is another.
    fn spoil(&mut self, what: &mut DiskOp) {
        match what {
            DiskOp::Open { path, handle, create: true, .. } if path.ends_with(".rdb") => {
                self.snapshots.insert(*handle);
            }
            DiskOp::Open { handle, .. } => {
                self.snapshots.remove(handle);
            }
            DiskOp::Append { handle, bytes } | DiskOp::WriteAt { handle, bytes, .. } => {
                let middle = bytes.len() / 2;
                if self.snapshots.contains(handle)
                    && let Some(byte) = bytes.get_mut(middle)
                {
                    *byte ^= 1;
                }
            }
            _ => {}
        }
    }
}

impl Bug for SpoiltSnapshots {
    fn handle(&mut self, server: &mut dyn Node, host: &mut dyn Host, input: Input<'_>) {
        let on_effect = |host: &mut dyn Host, mut effect: Effect| {
            if let Effect::Disk { what, .. } = &mut effect {
                self.spoil(what);
            }
            host.effect(effect);
        };
        server.handle(&mut Shim { host, on_effect }, input);
    }
}
