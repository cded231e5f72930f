//! One simulated machine: its process and what its kernel holds for it.

use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::disk::Disk;
use crate::faults::FaultId;
use crate::net::PipeRef;
use crate::profile::HostProfile;
use resplay_base::{
    Address, Boot, CloseWhy, DiskDone, Effect, Endpoint, Exit, Fd, Listener, OpId, Random, Signal, Tag,
    WallUs,
};
use std::collections::{BTreeSet, VecDeque};

/// A host of the world, by order of addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(pub u32);

/// How a host's process fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs (it may be paused).
    Running,
    /// It ended by itself.
    Exited(Exit),
    /// A crash fault killed it.
    Killed,
    /// The kernel killed it because it used more memory than the host has.
    OutOfMemory,
    /// The host has no power.
    PoweredOff,
}

/// A line that a process logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// True time, in nanoseconds.
    pub at: u64,
    /// The host's wall clock then.
    pub wall: WallUs,
    /// As the real servers mark it: `.`, `-`, `*` or `#`.
    pub level: char,
    /// Without a line end.
    pub text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Machine<H> {
    /// `None` while the process is down.
    pub(crate) node: Option<H>,
    pub(crate) os: Os,
}

#[derive(Clone, Debug)]
pub(crate) struct Os {
    pub(crate) id: HostId,
    pub(crate) name: String,
    pub(crate) ip: String,
    pub(crate) clock: Clock,
    pub(crate) cpu: Cpu,
    pub(crate) disk: Disk,
    pub(crate) powered: bool,
    pub(crate) status: Status,
    /// Counts processes: what was scheduled for an earlier one is void.
    pub(crate) life: u32,
    pub(crate) run: RunState,
    pub(crate) sockets: Sockets,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) memory: Option<u64>,
    pub(crate) blame: Blame,
}

/// Which faults are in force on a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blame {
    pub(crate) clock: Vec<FaultId>,
    pub(crate) cpu: Option<FaultId>,
    pub(crate) memory: Option<FaultId>,
    pub(crate) slow_reader: Option<SlowReader>,
}

/// A process that takes in its data slowly.
#[derive(Clone, Debug)]
pub(crate) struct SlowReader {
    pub(crate) fault: FaultId,
    pub(crate) bytes_per_s: u64,
    /// True time of the next read, in nanoseconds.
    pub(crate) next_at: u64,
    /// Connections whose data wait for it.
    pub(crate) waiting: Vec<PipeRef>,
}

impl SlowReader {
    /// About ten milliseconds' worth.
    pub(crate) fn bytes_per_turn(&self) -> usize {
        (self.bytes_per_s / 100).max(1) as usize
    }

    /// How long it takes for so many bytes, in nanoseconds.
    pub(crate) fn time_for(&self, bytes: usize) -> u64 {
        (bytes as u64).saturating_mul(1_000_000_000) / self.bytes_per_s.max(1)
    }
}

/// Where a process stands in its loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunState {
    pub(crate) ready: VecDeque<Ready>,
    /// Inputs left in the current batch; `None` between batches.
    pub(crate) batch: Option<usize>,
    /// Whether the current batch had an input, so that a flush must close it.
    pub(crate) touched: bool,
    /// The time charged for the last call is not over yet.
    pub(crate) busy: bool,
    /// That time was over while the process was paused.
    pub(crate) held: bool,
    pub(crate) paused: Option<FaultId>,
    pub(crate) awaiting: Option<OpId>,
    /// What the last calls asked for.
    pub(crate) effects: Vec<Effect>,
    /// True time that the process has reached, in nanoseconds.
    pub(crate) reached: u64,
    pub(crate) timer_at: Option<u64>,
    pub(crate) timer_queued: bool,
}

/// An input that waits in the kernel.
#[derive(Clone, Debug)]
pub(crate) enum Ready {
    Boot(Box<Boot>),
    Timer,
    Accepted { end: PipeRef, listener: Listener },
    ListenFailed(Box<(Listener, String)>),
    Connected { end: PipeRef, tag: Tag },
    ConnectFailed { tag: Tag, why: CloseWhy },
    Readable(PipeRef),
    Writable(PipeRef),
    Disk(Box<DiskDone>),
    Signal(Signal),
}

/// A process's descriptors and listening sockets.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    fds: Vec<Option<PipeRef>>,
    free: BTreeSet<u32>,
    pub(crate) listening: Vec<Listening>,
    next_port: u16,
}

#[derive(Clone, Debug)]
pub(crate) struct Listening {
    pub(crate) listener: Listener,
    pub(crate) at: Endpoint,
}

/// Descriptors below are taken by the process itself (standard streams, epoll, its listeners).
const FIRST_FD: u32 = 8;
const EPHEMERAL_PORTS: std::ops::RangeInclusive<u16> = 32_768..=60_999;

impl Os {
    pub(crate) fn new(id: HostId, name: &str, ip: &str, profile: HostProfile, clock: Clock, seed: u64) -> Os {
        Os {
            id,
            name: name.to_owned(),
            ip: ip.to_owned(),
            clock,
            cpu: Cpu::new(profile.cpu),
            disk: Disk::new(profile.disk, Random::stream(seed, &format!("disk/{name}"))),
            powered: true,
            status: Status::Running,
            life: 0,
            run: RunState::default(),
            sockets: Sockets::default(),
            logs: Vec::new(),
            memory: profile.memory_bytes,
            blame: Blame::default(),
        }
    }

    /// Whether the process may take its next input now.
    pub(crate) fn can_run(&self) -> bool {
        !self.run.busy && self.run.paused.is_none() && !self.run.held && self.status == Status::Running
    }
}

impl Default for Sockets {
    fn default() -> Sockets {
        Sockets {
            fds: Vec::new(),
            free: BTreeSet::new(),
            listening: Vec::new(),
            next_port: *EPHEMERAL_PORTS.start(),
        }
    }
}

impl Sockets {
    /// The lowest free descriptor, now standing for this end.
    pub(crate) fn open(&mut self, end: PipeRef) -> Fd {
        let index = self.free.pop_first().unwrap_or(self.fds.len() as u32);
        match self.fds.get_mut(index as usize) {
            Some(slot) => *slot = Some(end),
            None => self.fds.push(Some(end)),
        }
        Fd(index + FIRST_FD)
    }

    pub(crate) fn get(&self, fd: Fd) -> Option<PipeRef> {
        *self.fds.get(fd.0.checked_sub(FIRST_FD)? as usize)?
    }

    pub(crate) fn close(&mut self, fd: Fd) {
        let index = fd.0 - FIRST_FD;
        self.fds[index as usize] = None;
        self.free.insert(index);
    }

    /// Every open end, by descriptor.
    pub(crate) fn ends(&self) -> Vec<PipeRef> {
        self.fds.iter().flatten().copied().collect()
    }

    /// The listener that takes connections to this address, if any. `local` is the address connected to.
    pub(crate) fn listener_for(&self, local: &Address) -> Option<Listener> {
        self.listening
            .iter()
            .find(|listening| takes(&listening.at, local))
            .map(|listening| listening.listener)
    }

    pub(crate) fn ephemeral_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = if port == *EPHEMERAL_PORTS.end() { *EPHEMERAL_PORTS.start() } else { port + 1 };
        port
    }
}

fn takes(bound: &Endpoint, local: &Address) -> bool {
    match (bound, local) {
        (Endpoint::Unix(bound), Endpoint::Unix(path)) => bound == path,
        (Endpoint::Tcp { host, port }, Endpoint::Tcp { host: to, port: to_port }) => {
            port == to_port && (host == "*" || host == to)
        }
        _ => false,
    }
}
