//! What becomes of effects, and how processes start and end.

use crate::event::Event;
use crate::host::{HostId, Machine, Ready, RunState, Sockets, Status};
use crate::net::{EndState, PipeRef};
use crate::world::World;
use resplay_base::{Boot, CloseWhy, DiskOp, Effect, Exit, Fd, Node, OpId, Signal};

impl<H: Node> World<H> {
    /// Starts a process on a host where none runs; a host without power is switched on first.
    ///
    /// # Panics
    /// If a process still runs there.
    pub fn restart(&mut self, host: HostId, node: H, boot: Boot) {
        assert!(self.node(host).is_none(), "{} still runs", self.name(host));
        let now = self.now;
        let os = self.os_mut(host);
        if !os.powered {
            os.powered = true;
            os.clock.reboot(now);
        }
        self.start(host, node, boot);
    }

    /// Sends a process a signal.
    pub fn signal(&mut self, host: HostId, signal: Signal) {
        if self.node(host).is_some() {
            self.push_ready(host, Ready::Signal(signal));
        }
    }

    pub(crate) fn start(&mut self, host: HostId, node: H, mut boot: Boot) {
        boot.pid = self.next_pid;
        self.next_pid += 1;
        let machine = &mut self.hosts[host.0 as usize];
        machine.node = Some(node);
        machine.os.status = Status::Running;
        machine.os.run = RunState::default();
        machine.os.sockets = Sockets::default();
        self.push_ready(host, Ready::Boot(Box::new(boot)));
    }

    /// Does what the last calls asked for, in order.
    pub(crate) fn carry_out(&mut self, host: HostId) {
        let mut effects = std::mem::take(&mut self.os_mut(host).run.effects);
        let life = self.os(host).life;
        for effect in effects.drain(..) {
            self.take_effect(host, effect);
            if self.os(host).life != life {
                return;
            }
        }
        self.os_mut(host).run.effects = effects;
    }

    fn take_effect(&mut self, host: HostId, effect: Effect) {
        match effect {
            Effect::Send { fd } => self.send(host, fd),
            Effect::Listen { listener, at } => self.listen(host, listener, &at),
            Effect::Connect { tag, to } => self.connect(host, tag, &to),
            Effect::Close { fd } => self.close(host, fd),
            Effect::Reset { fd } => self.reset(host, fd),
            Effect::PauseRead { fd, paused } => self.pause_read(host, fd, paused),
            Effect::Disk { op, what } => self.start_disk(host, op, what),
            Effect::AwaitDisk { op } => self.os_mut(host).run.awaiting = Some(op),
            Effect::Log { level, text } => self.log(host, level, text),
            Effect::Exit(exit) => drop(self.end_process(host, Status::Exited(exit))),
        }
    }

    fn pause_read(&mut self, host: HostId, fd: Fd, paused: bool) {
        let Some(end) = self.os(host).sockets.get(fd) else { return };
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        own.paused = paused;
        let over = own.over.is_some();
        if !paused && (over || conn.pipes[end.other().side()].readable() > 0) {
            self.notify(end);
        }
    }

    fn start_disk(&mut self, host: HostId, op: OpId, what: DiskOp) {
        let World { hosts, record, heap, now, .. } = self;
        let os = &mut hosts[host.0 as usize].os;
        let (slot, at) = os.disk.start(*now, os.life, op, what, &mut record.ledger);
        heap.push(at, Event::Disk { host, slot });
    }

    pub(crate) fn on_disk(&mut self, host: HostId, slot: u64) {
        let os = self.os_mut(host);
        if let Some((life, done)) = os.disk.finish(slot)
            && os.life == life
            && os.status == Status::Running
        {
            self.push_ready(host, Ready::Disk(Box::new(done)));
        }
    }

    pub(crate) fn log(&mut self, host: HostId, level: char, text: String) {
        let at = self.now;
        let os = self.os_mut(host);
        let wall = os.clock.wall(at);
        os.logs.push(crate::host::LogLine { at, wall, level, text });
    }

    pub(crate) fn kill_if_too_big(&mut self, host: HostId) {
        let Machine { node, os } = &self.hosts[host.0 as usize];
        let (Some(limit), Some(node)) = (os.memory, node) else { return };
        let resident = node.resident_bytes();
        if resident <= limit {
            return;
        }
        if let Some(fault) = os.blame.memory {
            self.record.ledger.hit(fault, 1);
        }
        self.log(host, '#', format!("Out of memory: killed process ({resident} bytes of {limit})"));
        self.end_process(host, Status::OutOfMemory);
    }

    /// The process is gone and its kernel closes what it had open; returns whether there was one.
    pub(crate) fn end_process(&mut self, host: HostId, status: Status) -> bool {
        let lived = self.forget_process(host, status);
        let sockets = std::mem::take(&mut self.os_mut(host).sockets);
        sockets.ends().into_iter().for_each(|end| self.kernel_closes(end));
        self.os_mut(host).disk.forget_process();
        lived
    }

    /// The host is without power: nobody hears of it.
    pub(crate) fn lose_power(&mut self, host: HostId) -> bool {
        let lived = self.forget_process(host, Status::PoweredOff);
        let sockets = std::mem::take(&mut self.os_mut(host).sockets);
        sockets.ends().into_iter().for_each(|end| self.vanish(end));
        self.os_mut(host).powered = false;
        lived
    }

    fn forget_process(&mut self, host: HostId, status: Status) -> bool {
        let machine = &mut self.hosts[host.0 as usize];
        let lived = machine.node.take().is_some();
        machine.os.life += 1;
        if lived || status == Status::PoweredOff {
            machine.os.status = status;
        }
        machine.os.run = RunState::default();
        self.net.drop_attempts_of(host);
        self.net.forget_handshakes(host);
        lived
    }

    /// As Linux does: in order, but with a reset where the process had not read everything.
    fn kernel_closes(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let unread = conn.pipes[end.other().side()].readable() > 0;
        let known = conn.ends[end.side()].is_known();
        conn.ends[end.side()].state = EndState::Gone;
        let eof = conn.ends[end.side()].over == Some(CloseWhy::Eof);
        if unread {
            self.send_reset(end);
        } else if known && !eof {
            self.send_fin(end);
        }
        self.net.sweep(end);
    }

    fn vanish(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        conn.ends[end.side()].state = EndState::Gone;
        let pipe = &mut conn.pipes[end.side()];
        (pipe.dead, pipe.trouble) = (true, None);
        self.net.sweep(end);
    }

    /// Whether a process exited by itself with this status.
    pub fn exited_with(&self, host: HostId, code: i32) -> bool {
        self.exited(host) == Some(Exit(code))
    }
}
