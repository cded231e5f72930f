//! What a host can feel: an event heap, links, disks, clocks and CPU, all of it plain data driven by a seed.
//!
//! A [`World`] holds hosts; on each runs one process, a [`resplay_base::Node`]. In calling order:
//! 1. [`World::new`], [`World::add_host`] with a node and its boot;
//! 2. [`World::run_until`] some time, then faults (each is a method of the world, returns a [`FaultId`], and
//!    counts how often it took effect: [`World::effects`]), then on;
//! 3. the judges' part: [`World::digest`], [`World::logs`], [`World::disk`], [`World::node`].
//!
//! A process is single-threaded. What is ready when it is free forms a batch: its inputs in order of arrival,
//! then `Flush`. Every call costs time by the host's [`CpuProfile`]; what the call asked for happens when that
//! time is over, and what arrives meanwhile waits for the next batch.
//!
//! Invariant: nothing here knows what the bytes mean; the same seed and the same calls give the same digest on
//! every machine.

mod buffer;
mod clock;
mod cpu;
mod digest;
mod disk;
mod event;
mod faults;
mod heap;
mod host;
mod net;
mod operator;
mod operator_disk;
mod process;
mod profile;
mod run;
mod trace;
mod world;

#[cfg(test)]
mod tests;

pub use cpu::CpuProfile;
pub use digest::Digest;
pub use disk::{CrashModel, CutKind, CutMark, CutPoint, Disk, DiskImage, DiskProfile};
pub use faults::FaultId;
pub use host::{HostId, LogLine, Status};
pub use profile::{Config, HostProfile, LinkProfile};
pub use trace::TraceLine;
pub use world::World;
