//! A process's loop: it takes what is ready as a batch, closes it with a flush, and is busy for as long as its
//! calls cost.

use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::event::Event;
use crate::host::{HostId, Machine, Os, Ready};
use crate::net::{EndState, PipeRef};
use crate::trace::Record;
use crate::world::World;
use resplay_base::{CloseWhy, Effect, Host, Input, Mono, Node, Now, Work};

/// The most that one call takes of a connection, in bytes.
const DATA_BYTES: usize = 64 * 1024;

impl<H: Node> World<H> {
    /// An input waits for a host's process, which takes it at once if it is free.
    pub(crate) fn push_ready(&mut self, host: HostId, ready: Ready) {
        let os = self.os_mut(host);
        os.run.ready.push_back(ready);
        if let Some(fault) = os.run.paused {
            self.record.ledger.hit(fault, 1);
        } else {
            self.advance(host);
        }
    }

    /// Runs a free process until it asks for something, has done a batch, or waits.
    pub(crate) fn advance(&mut self, host: HostId) {
        let now = self.now;
        let os = self.os_mut(host);
        if !os.can_run() {
            return;
        }
        os.run.reached = now;
        // What is delivered below can make inputs ready; they find the process busy.
        os.run.busy = true;
        loop {
            match self.os_mut(host).next_input() {
                Next::Nothing => break self.os_mut(host).run.busy = false,
                Next::Input(ready) => self.deliver(host, ready),
                Next::Flush => {
                    self.call(host, Input::Flush);
                    break self.stay_busy(host);
                }
            }
            if !self.os(host).run.effects.is_empty() {
                break self.stay_busy(host);
            }
        }
    }

    /// The time of the last calls is over: what they asked for takes place.
    pub(crate) fn on_done(&mut self, host: HostId, life: u32) {
        let os = self.os_mut(host);
        if os.life != life || !os.run.busy {
            return;
        }
        if let Some(fault) = os.run.paused {
            os.run.held = true;
            return self.record.ledger.hit(fault, 1);
        }
        self.carry_on(host);
    }

    /// Does what the process asked for, then lets it go on.
    pub(crate) fn carry_on(&mut self, host: HostId) {
        self.carry_out(host);
        self.kill_if_too_big(host);
        let os = self.os_mut(host);
        (os.run.busy, os.run.held) = (false, false);
        if os.run.batch.is_none() {
            self.arm_timer(host);
        }
        self.advance(host);
    }

    pub(crate) fn on_timer(&mut self, host: HostId) {
        let now = self.now;
        let machine = &mut self.hosts[host.0 as usize];
        if machine.os.run.timer_at != Some(now) {
            return;
        }
        machine.os.run.timer_at = None;
        self.arm_timer(host);
        self.advance(host);
    }

    /// Sees to it that the node is woken at its deadline.
    pub(crate) fn arm_timer(&mut self, host: HostId) {
        let now = self.now;
        let Machine { node, os } = &mut self.hosts[host.0 as usize];
        let Some(deadline) = node.as_ref().and_then(Node::deadline) else { return };
        if os.run.timer_queued {
            return;
        }
        let at = os.clock.when(deadline, now);
        if at <= now {
            os.run.timer_queued = true;
            os.run.ready.push_back(Ready::Timer);
            if let Some(fault) = os.run.paused {
                self.record.ledger.hit(fault, 1);
            }
        } else if os.run.timer_at.is_none_or(|earlier| at < earlier) {
            os.run.timer_at = Some(at);
            self.heap.push(at, Event::Timer { host });
        }
    }

    /// A slow reader's next turn.
    pub(crate) fn on_read_on(&mut self, host: HostId, life: u32) {
        let os = self.os_mut(host);
        if os.life != life {
            return;
        }
        if let Some(slow) = os.blame.slow_reader.as_mut() {
            let waiting = std::mem::take(&mut slow.waiting);
            waiting.into_iter().for_each(|end| self.notify(end));
        }
    }

    fn deliver(&mut self, host: HostId, ready: Ready) {
        match ready {
            Ready::Readable(end) => self.read(host, end),
            Ready::Writable(end) => self.write(host, end),
            Ready::Accepted { end, .. } | Ready::Connected { end, .. } => self.introduce(host, end, &ready),
            Ready::Timer => self.call_timer(host),
            Ready::Boot(boot) => self.call(host, Input::Boot(*boot)),
            Ready::ListenFailed(failed) => {
                let (listener, why) = *failed;
                self.call(host, Input::ListenFailed { listener, why });
            }
            Ready::ConnectFailed { tag, why } => self.call(host, Input::ConnectFailed { tag, why }),
            Ready::Disk(done) => self.call(host, Input::DiskDone(*done)),
            Ready::Signal(signal) => self.call(host, Input::Signal(signal)),
        }
    }

    fn call_timer(&mut self, host: HostId) {
        let Machine { node, os } = &mut self.hosts[host.0 as usize];
        os.run.timer_queued = false;
        let now = os.clock.mono(os.run.reached);
        if node.as_ref().and_then(Node::deadline).is_some_and(|deadline| deadline <= now) {
            self.call(host, Input::Timer);
        } else {
            // An earlier input of this wake-up did what was due; no flush follows that would set the timer again.
            self.arm_timer(host);
        }
    }

    /// Tells a node of a new connection.
    fn introduce(&mut self, host: HostId, end: PipeRef, ready: &Ready) {
        let Some(conn) = self.net.get(end) else { return };
        let (own, other) = (&conn.ends[end.side()], &conn.ends[end.other().side()]);
        let (fd, local, peer) = (own.fd, own.address.clone(), other.address.clone());
        match *ready {
            Ready::Accepted { listener, .. } => {
                self.call(host, Input::Accepted { fd, listener, peer, local })
            }
            Ready::Connected { tag, .. } => self.call(host, Input::Connected { fd, tag, local, peer }),
            _ => {}
        }
    }

    /// Gives the node what has arrived, and the stream's end after the last byte.
    fn read(&mut self, host: HostId, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        own.read_queued = false;
        if own.state != EndState::Open {
            return;
        }
        let (paused, over, fd) = (own.paused, own.over, own.fd);
        let ready = if paused { 0 } else { conn.pipes[end.other().side()].readable() };
        let n = self.reading_speed(host, end, ready.min(DATA_BYTES));
        if n > 0 {
            self.read_bytes(host, end, n);
        }
        match over {
            _ if n < ready => self.read_later(host, end),
            Some(why) if !paused || why != CloseWhy::Eof => {
                self.detach(end);
                self.call(host, Input::Closed { fd, why });
            }
            _ => {}
        }
    }

    fn read_bytes(&mut self, host: HostId, end: PipeRef, n: usize) {
        let World { hosts, net, record, .. } = self;
        let Some(conn) = net.get(end) else { return };
        let fd = conn.ends[end.side()].fd;
        let pipe = &mut conn.pipes[end.other().side()];
        let bytes = pipe.buffer.front(n);
        call(&mut hosts[host.0 as usize], record, Input::Data { fd, bytes });
        pipe.consume(n);
        let at = self.os(host).run.reached;
        self.consumed(end.other(), at);
    }

    /// The rest waits for the next batch, or a slow reader's next turn.
    fn read_later(&mut self, host: HostId, end: PipeRef) {
        let os = &mut self.hosts[host.0 as usize].os;
        if os.blame.slow_reader.as_ref().is_some_and(|slow| slow.waiting.contains(&end)) {
            return;
        }
        if let Some(conn) = self.net.get(end) {
            conn.ends[end.side()].read_queued = true;
            os.run.ready.push_back(Ready::Readable(end));
        }
    }

    /// How many of the `n` bytes of a connection may be read now; a slow reader leaves the rest for its next turn.
    fn reading_speed(&mut self, host: HostId, end: PipeRef, n: usize) -> usize {
        let World { hosts, heap, record, .. } = self;
        let os = &mut hosts[host.0 as usize].os;
        let (at, life) = (os.run.reached, os.life);
        let Some(slow) = os.blame.slow_reader.as_mut() else { return n };
        let allowed = if at < slow.next_at { 0 } else { n.min(slow.bytes_per_turn()) };
        slow.next_at = slow.next_at.max(at + slow.time_for(allowed));
        if allowed < n && !slow.waiting.contains(&end) {
            record.ledger.hit(slow.fault, 1);
            slow.waiting.push(end);
            heap.push(slow.next_at, Event::ReadOn { host, life });
        }
        allowed
    }

    /// The peer has room again: sends on, and tells the node when all is sent.
    fn write(&mut self, host: HostId, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        conn.ends[end.side()].write_queued = false;
        let os = self.os_mut(host);
        os.run.reached += os.cpu.stretch(os.cpu.profile.send_ns);
        self.pump(host, end);
        let Some(conn) = self.net.get(end) else { return };
        let own = &conn.ends[end.side()];
        if own.state == EndState::Open && !own.blocked && own.is_known() {
            let fd = own.fd;
            self.call(host, Input::Writable { fd });
        }
    }

    fn call(&mut self, host: HostId, input: Input<'_>) {
        call(&mut self.hosts[host.0 as usize], &mut self.record, input);
    }

    fn stay_busy(&mut self, host: HostId) {
        let os = &self.hosts[host.0 as usize].os;
        if let Some(fault) = os.blame.cpu {
            self.record.ledger.hit(fault, 1);
        }
        self.heap.push(os.run.reached, Event::Done { host, life: os.life });
    }
}

/// Calls a node; its time goes on by what that costs.
fn call<H: Node>(machine: &mut Machine<H>, record: &mut Record, input: Input<'_>) {
    let Machine { node: Some(node), os } = machine else { return };
    record.ledger.hit_all(&os.blame.clock);
    os.run.touched = true;
    if !matches!(input, Input::Flush) {
        os.run.reached += os.cpu.stretch(os.cpu.profile.input_ns);
    }
    record.input(os.run.reached, os.id, &input);
    let (clock, cpu, effects) = (&os.clock, &os.cpu, &mut os.run.effects);
    let mut process = Process { clock, cpu, effects, at: os.run.reached };
    node.handle(&mut process, input);
    os.run.reached = process.at;
}

/// What a process does next.
enum Next {
    Input(Ready),
    Flush,
    Nothing,
}

impl Os {
    fn next_input(&mut self) -> Next {
        if self.run.awaiting.is_some() {
            return self.awaited_input();
        }
        if self.run.batch.is_none() {
            if self.run.ready.is_empty() {
                return Next::Nothing;
            }
            self.run.batch = Some(self.run.ready.len());
            self.run.touched = false;
            self.run.reached += self.cpu.stretch(self.cpu.profile.wakeup_ns);
        }
        self.rest_of_batch()
    }

    fn rest_of_batch(&mut self) -> Next {
        let left = self.run.batch.unwrap_or(0);
        if left > 0
            && let Some(ready) = self.run.ready.pop_front()
        {
            self.run.batch = Some(left - 1);
            return Next::Input(ready);
        }
        self.run.batch = None;
        if self.run.touched { Next::Flush } else { self.next_input() }
    }

    /// The process waits for one operation; when it is finished, a flush follows.
    fn awaited_input(&mut self) -> Next {
        let awaited =
            |ready: &Ready| matches!(ready, Ready::Disk(done) if Some(done.op) == self.run.awaiting);
        let Some(ready) = self.run.ready.iter().position(awaited).and_then(|at| self.run.ready.remove(at))
        else {
            return Next::Nothing;
        };
        self.run.awaiting = None;
        (self.run.batch, self.run.touched) = (Some(0), true);
        Next::Input(ready)
    }
}

/// A process during one call.
struct Process<'a> {
    clock: &'a Clock,
    cpu: &'a Cpu,
    effects: &'a mut Vec<Effect>,
    /// True time, in nanoseconds.
    at: u64,
}

impl Host for Process<'_> {
    fn now(&self) -> Now {
        self.clock.read(self.at)
    }

    fn charge(&mut self, work: Work) -> Mono {
        self.at = self.at.saturating_add(self.cpu.cost(work));
        self.clock.mono(self.at)
    }

    fn effect(&mut self, effect: Effect) {
        if matches!(effect, Effect::Send { .. }) {
            self.at = self.at.saturating_add(self.cpu.stretch(self.cpu.profile.send_ns));
        }
        self.effects.push(effect);
    }
}
