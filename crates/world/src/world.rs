//! The world: hosts, network and time, and how to run it.

use crate::clock::Clock;
use crate::disk::Disk;
use crate::event::Event;
use crate::faults::FaultId;
use crate::heap::EventHeap;
use crate::host::{HostId, LogLine, Machine, Os, Status};
use crate::net::Net;
use crate::profile::{Config, HostProfile};
use crate::trace::{Record, TraceLine};
use resplay_base::{Boot, Exit, Node, Now, Random};
use std::time::Duration;

/// A simulated world of hosts that run nodes of type `H`. Plain data: a clone goes on by itself, exactly as the
/// original does.
#[derive(Clone, Debug)]
pub struct World<H> {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) now: u64,
    pub(crate) heap: EventHeap,
    pub(crate) hosts: Vec<Machine<H>>,
    pub(crate) net: Net,
    pub(crate) record: Record,
    pub(crate) next_pid: u32,
}

/// The first process's id; each boot gets the next.
const FIRST_PID: u32 = 1_001;

impl<H: Node> World<H> {
    /// An empty world at time zero.
    pub fn new(seed: u64) -> World<H> {
        World::with_config(seed, Config::default())
    }

    /// An empty world in which other things hold than by default.
    pub fn with_config(seed: u64, config: Config) -> World<H> {
        let mut heap = EventHeap::default();
        if config.shuffle_ties {
            heap.shuffle_ties(Random::stream(seed, "world/ties"));
        }
        let (net, record) = (Net::new(seed, &config), Record::new(seed));
        World { seed, config, now: 0, heap, hosts: Vec::new(), net, record, next_pid: FIRST_PID }
    }

    /// Adds a host and starts its process. Name and address must be new.
    pub fn add_host(&mut self, name: &str, ip: &str, profile: HostProfile, node: H, boot: Boot) -> HostId {
        let id = self.add_idle_host(name, ip, profile);
        self.start(id, node, boot);
        id
    }

    /// Adds a host on which nothing runs yet, so that its disk can be filled before [`World::restart`].
    pub fn add_idle_host(&mut self, name: &str, ip: &str, profile: HostProfile) -> HostId {
        let id = HostId(self.hosts.len() as u32);
        let clock = Clock::new(self.now, self.config.wall_start_at(self.now));
        let os = Os::new(id, name, ip, profile, clock, self.seed);
        self.hosts.push(Machine { node: None, os });
        self.net.add_host(id, name, ip);
        id
    }

    /// The host of this name or address.
    pub fn host(&self, name: &str) -> Option<HostId> {
        self.net.names.get(name).copied()
    }

    /// Every host, in order of addition.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<H> {
        (0..self.hosts.len() as u32).map(HostId)
    }

    /// A host's name.
    pub fn name(&self, host: HostId) -> &str {
        &self.os(host).name
    }

    /// True time since the world began, in nanoseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// What a host's clocks show.
    pub fn clock(&self, host: HostId) -> Now {
        self.os(host).clock.read(self.now)
    }

    /// The true time of the next event, in nanoseconds; `None` when nothing will ever happen.
    pub fn next_event(&self) -> Option<u64> {
        self.heap.next_time()
    }

    /// Runs all that happens up to and at true time `until`, in nanoseconds, and makes it that time.
    pub fn run_until(&mut self, until: u64) {
        while self.heap.next_time().is_some_and(|time| time <= until) {
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Runs on for this long.
    pub fn run_for(&mut self, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.run_until(self.now.saturating_add(ns));
    }

    /// Runs the next event; `false` if there is none.
    pub fn step(&mut self) -> bool {
        let Some((time, event)) = self.heap.pop() else { return false };
        debug_assert!(time >= self.now, "{event:?} was scheduled for the past");
        self.now = self.now.max(time);
        self.record.events += 1;
        self.dispatch(event);
        true
    }

    /// A host's process; `None` while it is down.
    pub fn node(&self, host: HostId) -> Option<&H> {
        self.hosts[host.0 as usize].node.as_ref()
    }

    /// A host's process; `None` while it is down.
    pub fn node_mut(&mut self, host: HostId) -> Option<&mut H> {
        self.hosts[host.0 as usize].node.as_mut()
    }

    /// How a host's process fares.
    pub fn status(&self, host: HostId) -> Status {
        self.os(host).status
    }

    /// How a process ended, if it did so by itself or was killed for its memory (137, as a shell shows SIGKILL).
    pub fn exited(&self, host: HostId) -> Option<Exit> {
        match self.status(host) {
            Status::Exited(exit) => Some(exit),
            Status::OutOfMemory => Some(Exit(137)),
            _ => None,
        }
    }

    /// A host's disk.
    pub fn disk(&self, host: HostId) -> &Disk {
        &self.os(host).disk
    }

    /// A host's disk, to put files there.
    pub fn disk_mut(&mut self, host: HostId) -> &mut Disk {
        &mut self.os_mut(host).disk
    }

    /// What a host's processes logged.
    pub fn logs(&self, host: HostId) -> &[LogLine] {
        &self.os(host).logs
    }

    /// A hash of every input delivered so far: when, to whom, what. Equal on all platforms.
    pub fn digest(&self) -> u64 {
        self.record.digest.value()
    }

    /// How many inputs nodes got so far, without `Flush`.
    pub fn inputs(&self) -> u64 {
        self.record.inputs
    }

    /// How many events the world ran so far.
    pub fn events(&self) -> u64 {
        self.record.events
    }

    /// How often a fault took effect so far; each fault's method says what counts.
    pub fn effects(&self, fault: FaultId) -> u64 {
        self.record.ledger.count(fault)
    }

    /// From now on keeps the last `keep` inputs with a number beyond `skip`, for [`World::trace`].
    pub fn keep_trace(&mut self, skip: u64, keep: usize) {
        self.record.keep_trace(skip, keep);
    }

    /// The inputs kept, in order.
    pub fn trace(&self) -> impl Iterator<Item = &TraceLine> {
        self.record.lines()
    }

    pub(crate) fn os(&self, host: HostId) -> &Os {
        &self.hosts[host.0 as usize].os
    }

    pub(crate) fn os_mut(&mut self, host: HostId) -> &mut Os {
        &mut self.hosts[host.0 as usize].os
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Done { host, life } => self.on_done(host, life),
            Event::Arrive { pipe, epoch } => self.on_arrive(pipe, epoch),
            Event::Timer { host } => self.on_timer(host),
            Event::Window { pipe } => self.on_window(pipe),
            Event::Retry { pipe } => self.on_retry(pipe),
            Event::Reset { pipe } => self.on_reset(pipe),
            Event::Syn { attempt } => self.on_syn(attempt),
            Event::SynAck { attempt } => self.on_syn_ack(attempt),
            Event::Refusal { attempt } => self.on_refusal(attempt),
            Event::SynRetry { attempt } => self.on_syn_retry(attempt),
            Event::Disk { host, slot } => self.on_disk(host, slot),
            Event::ReadOn { host, life } => self.on_read_on(host, life),
        }
    }
}
