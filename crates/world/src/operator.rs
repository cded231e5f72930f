//! The faults, each a method of the world. Each says what counts as taking effect.

use crate::disk::DiskImage;
use crate::faults::FaultId;
use crate::host::{HostId, SlowReader, Status};
use crate::profile::LinkProfile;
use crate::world::World;
use resplay_base::{CloseWhy, Node};

/// Processes and hosts.
impl<H: Node> World<H> {
    /// SIGKILL: the process is gone, the page cache stays, peers see the connections close. Counts 1 if a process
    /// was killed.
    pub fn crash(&mut self, host: HostId) -> FaultId {
        let killed = self.os(host).powered && self.end_process(host, Status::Killed);
        self.fault_with(u64::from(killed))
    }

    /// The power fails: of unsynced writes a legal subset is left, and peers hear nothing until the host is back
    /// (by [`World::restart`]) and resets what it does not know. Counts a killed process and every file and name
    /// that had something to lose.
    pub fn power_loss(&mut self, host: HostId) -> FaultId {
        let now = self.now;
        let killed = self.lose_power(host);
        let at_stake = self.os_mut(host).disk.crash(now);
        self.fault_with(u64::from(killed) + at_stake)
    }

    /// A power loss that leaves this on the disk, one of [`World::crash_states`]. Counts as `power_loss` does.
    pub fn power_loss_leaving(&mut self, host: HostId, image: &DiskImage) -> FaultId {
        let now = self.now;
        let killed = self.lose_power(host);
        let disk = &mut self.os_mut(host).disk;
        let at_stake = disk.at_stake(now);
        disk.restore(image);
        self.fault_with(u64::from(killed) + at_stake)
    }

    /// At most `limit` different states that a power loss now could leave on the host's disk.
    pub fn crash_states(&mut self, host: HostId, limit: usize) -> Vec<DiskImage> {
        let now = self.now;
        self.os_mut(host).disk.crash_states(now, limit)
    }

    /// The disk is emptied; a process that runs is killed first. Counts the files that were there.
    pub fn wipe(&mut self, host: HostId) -> FaultId {
        if self.node(host).is_some() {
            self.end_process(host, Status::Killed);
        }
        let files = self.os_mut(host).disk.wipe();
        self.fault_with(files)
    }

    /// SIGSTOP: the kernel goes on, inputs wait. Counts every input and every finished call that had to wait.
    pub fn pause(&mut self, host: HostId) -> FaultId {
        let fault = self.record.ledger.begin();
        self.os_mut(host).run.paused = Some(fault);
        fault
    }

    /// SIGCONT: what waited is taken now.
    pub fn resume(&mut self, host: HostId) {
        let run = &mut self.os_mut(host).run;
        run.paused = None;
        if run.held {
            self.carry_on(host);
        } else {
            self.advance(host);
        }
    }

    /// The CPU runs `factor` times slower; 1 is normal. Counts batches of inputs, or parts of them, that ran so.
    pub fn slow_cpu(&mut self, host: HostId, factor: f64) -> FaultId {
        let fault = self.record.ledger.begin();
        let os = self.os_mut(host);
        os.cpu.slow(factor);
        os.blame.cpu = (factor != 1.0).then_some(fault);
        fault
    }

    /// Memory for the process, in bytes; beyond, the kernel kills it. Counts kills.
    pub fn limit_memory(&mut self, host: HostId, bytes: Option<u64>) -> FaultId {
        let fault = self.record.ledger.begin();
        let os = self.os_mut(host);
        (os.memory, os.blame.memory) = (bytes, Some(fault));
        fault
    }

    /// The process takes in its data at this speed, over all connections, so that senders' windows fill. Counts
    /// reads that were held back. `None` ends it.
    pub fn slow_reader(&mut self, host: HostId, bytes_per_s: Option<u64>) -> FaultId {
        let (fault, now) = (self.record.ledger.begin(), self.now);
        let slow = bytes_per_s.map(|bytes_per_s| SlowReader {
            fault,
            bytes_per_s,
            next_at: now,
            waiting: Vec::new(),
        });
        let before = std::mem::replace(&mut self.os_mut(host).blame.slow_reader, slow);
        before.into_iter().flat_map(|slow| slow.waiting).for_each(|end| self.notify(end));
        fault
    }

    /// Something that took effect so often, whoever did it.
    pub fn fault_with(&mut self, effects: u64) -> FaultId {
        let fault = self.record.ledger.begin();
        self.record.ledger.hit(fault, effects);
        fault
    }
}

/// Clocks. Each of these counts the inputs that the process took under a clock set so.
impl<H: Node> World<H> {
    /// The wall clock jumps by so many microseconds, forth or back.
    pub fn jump_wall(&mut self, host: HostId, by_us: i64) -> FaultId {
        self.blame_clock(host, |world, now| world.os_mut(host).clock.jump_wall(now, by_us))
    }

    /// Both clocks gain (lose) so many microseconds per second.
    pub fn drift(&mut self, host: HostId, ppm: i64) -> FaultId {
        let fault = self.blame_clock(host, |world, now| world.os_mut(host).clock.set_drift(now, ppm));
        self.os_mut(host).run.timer_at = None;
        self.arm_timer(host);
        self.advance(host);
        fault
    }

    /// The wall clock stands still, or runs on from where it stopped.
    pub fn freeze_wall(&mut self, host: HostId, frozen: bool) -> FaultId {
        self.blame_clock(host, |world, now| world.os_mut(host).clock.freeze_wall(now, frozen))
    }

    fn blame_clock(&mut self, host: HostId, set: impl FnOnce(&mut Self, u64)) -> FaultId {
        let (fault, now) = (self.record.ledger.begin(), self.now);
        set(self, now);
        self.os_mut(host).blame.clock.push(fault);
        fault
    }
}

/// The network. Links to the host itself are not cut.
impl<H: Node> World<H> {
    /// Nothing gets from `from` to `to` any more. Counts segments, handshake packets, resets and acknowledgements
    /// that were held back.
    pub fn cut(&mut self, from: HostId, to: HostId) -> FaultId {
        let fault = self.record.ledger.begin();
        self.cut_for(fault, from, to);
        fault
    }

    /// Cuts both directions.
    pub fn cut_both(&mut self, a: HostId, b: HostId) -> FaultId {
        let fault = self.cut(a, b);
        self.cut_for(fault, b, a);
        fault
    }

    /// Cuts every link between the two groups, in both directions, as one fault.
    pub fn partition(&mut self, left: &[HostId], right: &[HostId]) -> FaultId {
        let fault = self.record.ledger.begin();
        for &a in left {
            for &b in right {
                self.cut_for(fault, a, b);
                self.cut_for(fault, b, a);
            }
        }
        fault
    }

    /// Ends all cuts between two hosts. Streams go on at their next retransmission.
    pub fn heal(&mut self, a: HostId, b: HostId) {
        self.net.link(a, b).cuts.clear();
        self.net.link(b, a).cuts.clear();
    }

    /// Ends one cut, wherever it cuts.
    pub fn heal_fault(&mut self, fault: FaultId) {
        self.net.links.all().for_each(|link| link.cuts.retain(|&cut| cut != fault));
    }

    /// A middle box resets every connection between two hosts, at once at both ends. Counts connections.
    pub fn reset_connections(&mut self, a: HostId, b: HostId) -> FaultId {
        let ends = self.net.between(a, b);
        for &end in &ends {
            self.break_end(end, CloseWhy::Reset);
            self.break_end(end.other(), CloseWhy::Reset);
        }
        self.fault_with(ends.len() as u64)
    }

    /// New connections from `from` to `to` are refused. Counts them.
    pub fn refuse(&mut self, from: HostId, to: HostId) -> FaultId {
        let fault = self.record.ledger.begin();
        self.net.link(from, to).refuse = Some(fault);
        fault
    }

    /// Packets that open connections from `from` to `to` vanish; streams that stand go on. Counts the packets.
    pub fn black_hole(&mut self, from: HostId, to: HostId) -> FaultId {
        let fault = self.record.ledger.begin();
        self.net.link(from, to).black_hole = Some(fault);
        fault
    }

    /// Ends `refuse` and `black_hole` in this direction.
    pub fn admit_connections(&mut self, from: HostId, to: HostId) {
        let link = self.net.link(from, to);
        (link.refuse, link.black_hole) = (None, None);
    }

    /// The direction from `from` to `to` is like this from now on. Counts the segments that it carried since.
    pub fn set_link(&mut self, from: HostId, to: HostId, profile: LinkProfile) -> FaultId {
        let fault = self.record.ledger.begin();
        let link = self.net.link(from, to);
        (link.profile, link.changed) = (profile, Some(fault));
        fault
    }

    /// What the direction from `from` to `to` is like.
    pub fn link(&self, from: HostId, to: HostId) -> &LinkProfile {
        self.net.links.profile(from, to)
    }

    fn cut_for(&mut self, fault: FaultId, from: HostId, to: HostId) {
        if from != to {
            self.net.link(from, to).cuts.push(fault);
        }
    }
}
