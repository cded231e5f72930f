//! Established streams: sending, arrival, windows, loss and retransmission, the end.

use crate::event::Event;
use crate::host::{HostId, Ready};
use crate::net::conn::{EndState, PipeRef, Segment, Trouble};
use crate::world::World;
use resplay_base::{CloseWhy, Fd, Node};

/// The most that travels as one segment, in bytes.
const SEGMENT_BYTES: u64 = 64 * 1024;

impl<H: Node> World<H> {
    /// Takes what the node has to send on this descriptor, as far as there is room.
    pub(crate) fn send(&mut self, host: HostId, fd: Fd) {
        if let Some(end) = self.os(host).sockets.get(fd) {
            self.pump(host, end);
        }
    }

    pub(crate) fn pump(&mut self, host: HostId, end: PipeRef) {
        let World { hosts, net, now, .. } = self;
        let Some(node) = hosts[host.0 as usize].node.as_mut() else { return };
        let Some(peer) = net.get(end.other()).map(|conn| conn.ends[end.other().side()].host) else { return };
        let window = net.link(host, peer).profile.window_bytes;
        let Some(conn) = net.get(end) else { return };
        let (own, pipe) = (&mut conn.ends[end.side()], &mut conn.pipes[end.side()]);
        if !own.is_known() {
            return;
        }
        let before = pipe.sent;
        own.blocked = loop {
            let unsent = node.unsent(own.fd);
            if unsent.is_empty() {
                break false;
            }
            let n = unsent.len().min(pipe.room(*now, window));
            if n == 0 {
                break true;
            }
            pipe.push(&unsent[..n]);
            node.sent(own.fd, n);
        };
        let (grew, blocked, drained) = (pipe.sent > before, own.blocked, own.state == EndState::Closing);
        if grew {
            self.send_segments(end, false);
        }
        if blocked {
            self.expect_window(end);
        } else if drained {
            self.finish_close(end);
        }
    }

    /// Sends what was not sent yet; `again` sends all that has not arrived, and at least an empty segment.
    pub(crate) fn send_segments(&mut self, end: PipeRef, again: bool) {
        let World { net, heap, record, now, .. } = self;
        let Some(conn) = net.get(end) else { return };
        let hosts = (conn.ends[end.side()].host, conn.ends[end.other().side()].host);
        let pipe = &conn.pipes[end.side()];
        if pipe.trouble.is_some_and(|trouble| trouble.lost) && !again {
            return;
        }
        let (sent, fin, epoch) = (pipe.sent, pipe.fin, pipe.epoch);
        let mut from = pipe.segments.back().map_or(pipe.arrived, |last| last.end);
        loop {
            let segment_end = sent.min(from + SEGMENT_BYTES);
            let link = net.link(hosts.0, hosts.1);
            let arrival = link.carry(*now, segment_end - from);
            if let Some(fault) = link.changed {
                record.ledger.hit(fault, 1);
            }
            let Some(conn) = net.get(end) else { return };
            let pipe = &mut conn.pipes[end.side()];
            pipe.last_arrival = pipe.last_arrival.max(arrival);
            heap.push(pipe.last_arrival, Event::Arrive { pipe: end, epoch });
            let last = segment_end == sent;
            pipe.segments.push_back(Segment { end: segment_end, sent_at: *now, fin: fin && last });
            if last {
                return;
            }
            from = segment_end;
        }
    }

    pub(crate) fn on_arrive(&mut self, end: PipeRef, epoch: u16) {
        let Some(conn) = self.net.get(end) else { return };
        let (from, to) = (conn.ends[end.side()].host, conn.ends[end.other().side()].host);
        let pipe = &mut conn.pipes[end.side()];
        if pipe.epoch != epoch {
            return;
        }
        let Some(segment) = pipe.segments.pop_front() else { return };
        if !self.reaches(from, to) {
            return self.lose(end, segment.sent_at);
        }
        if !self.admit(end.other()) {
            return self.send_reset(end.other());
        }
        self.take_segment(end, segment);
        self.acknowledge(end, (to, from), segment.sent_at);
    }

    /// Whether the receiving kernel knows this stream; completes the handshake if need be.
    fn admit(&mut self, receiver: PipeRef) -> bool {
        let Some(conn) = self.net.get(receiver) else { return false };
        let own = &conn.ends[receiver.side()];
        if own.state != EndState::Handshake {
            return own.is_known();
        }
        let accepted = own.is_known() && self.accept(receiver);
        if !accepted && let Some(conn) = self.net.get(receiver) {
            conn.ends[receiver.side()].state = EndState::Gone;
        }
        accepted
    }

    fn take_segment(&mut self, end: PipeRef, segment: Segment) {
        let Some(conn) = self.net.get(end) else { return };
        let (pipe, own) = (&mut conn.pipes[end.side()], &mut conn.ends[end.other().side()]);
        let grew = segment.end > pipe.arrived;
        pipe.arrived = pipe.arrived.max(segment.end);
        let ends = segment.fin && own.over.is_none();
        if ends {
            own.over = Some(CloseWhy::Eof);
        }
        if grew || ends {
            self.notify(end.other());
        }
    }

    /// Queues a `Readable` for an end that has bytes or news of its end.
    pub(crate) fn notify(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        if own.read_queued || own.state != EndState::Open || (own.paused && own.is_known()) {
            return self.notify_closing(end);
        }
        own.read_queued = true;
        let host = own.host;
        self.push_ready(host, Ready::Readable(end));
    }

    /// A node that closed its end is not told of anything; if the stream broke, what it has unsent is dropped.
    fn notify_closing(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &conn.ends[end.side()];
        if own.state == EndState::Closing && !own.is_known() {
            self.abandon(end);
        }
    }

    /// The acknowledgement goes back; in a cut it is lost, and the sender keeps trying.
    fn acknowledge(&mut self, end: PipeRef, back: (HostId, HostId), sent_at: u64) {
        let link = self.net.link(back.0, back.1);
        let (cut, latency) = (!link.cuts.is_empty(), link.profile.latency_ns);
        if cut {
            self.reaches(back.0, back.1);
            return self.lose_acknowledgement(end, sent_at);
        }
        let known_at = self.now + latency;
        let Some(conn) = self.net.get(end) else { return };
        let (pipe, blocked) = (&mut conn.pipes[end.side()], conn.ends[end.side()].blocked);
        pipe.trouble = None;
        if std::mem::take(&mut pipe.update_lost) {
            let known_at = pipe.tell_sender(known_at);
            if blocked {
                self.heap.push(known_at, Event::Window { pipe: end });
            }
        }
    }

    fn lose(&mut self, end: PipeRef, sent_at: u64) {
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        pipe.lose_segments();
        if pipe.dead {
            return;
        }
        let fresh = Trouble { since: sent_at, attempts: 0, retry_at: 0, lost: true };
        pipe.trouble = Some(Trouble { lost: true, ..pipe.trouble.unwrap_or(fresh) });
        self.schedule_retry(end, sent_at);
    }

    fn lose_acknowledgement(&mut self, end: PipeRef, sent_at: u64) {
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        if pipe.dead || pipe.trouble.is_some_and(|trouble| trouble.retry_at > sent_at && !trouble.lost) {
            return;
        }
        let fresh = Trouble { since: sent_at, attempts: 0, retry_at: 0, lost: false };
        pipe.trouble = Some(Trouble { lost: false, ..pipe.trouble.unwrap_or(fresh) });
        self.schedule_retry(end, sent_at);
    }

    /// The retransmission timer of Linux: the round trip and at least 200 ms, doubled each time, to 120 s.
    fn schedule_retry(&mut self, end: PipeRef, sent_at: u64) {
        let Some(conn) = self.net.get(end) else { return };
        let hosts = (conn.ends[end.side()].host, conn.ends[end.other().side()].host);
        let there = self.net.link(hosts.0, hosts.1).profile.latency_ns;
        let round_trip = there + self.net.link(hosts.1, hosts.0).profile.latency_ns;
        let (give_up, most) = (self.config.give_up_ns, self.config.rto_max_ns);
        let least = round_trip.saturating_add(self.config.rto_min_ns);
        let soonest = self.now + 1;
        let Some(conn) = self.net.get(end) else { return };
        let Some(trouble) = conn.pipes[end.side()].trouble.as_mut() else { return };
        let wait = least.saturating_mul(1 << trouble.attempts.min(32)).min(most.max(least));
        let last = trouble.since.saturating_add(give_up);
        trouble.retry_at = sent_at.saturating_add(wait).min(last).max(soonest);
        self.heap.push(trouble.retry_at, Event::Retry { pipe: end });
    }

    pub(crate) fn on_retry(&mut self, end: PipeRef) {
        let (now, give_up) = (self.now, self.config.give_up_ns);
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        if pipe.dead {
            return;
        }
        let Some(trouble) = pipe.trouble.as_mut().filter(|trouble| trouble.retry_at == now) else { return };
        if now >= trouble.since.saturating_add(give_up) {
            return self.give_up(end);
        }
        trouble.attempts += 1;
        // From here on the bytes are under way again, and later ones may follow them.
        trouble.lost = false;
        self.send_segments(end, true);
    }

    fn give_up(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        pipe.lose_segments();
        (pipe.trouble, pipe.dead) = (None, true);
        self.break_end(end, CloseWhy::TimedOut);
    }

    /// This end's stream is over at once, by its own kernel's word.
    pub(crate) fn break_end(&mut self, end: PipeRef, why: CloseWhy) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        if own.is_known() {
            own.over = Some(why);
            own.blocked = false;
            let pipe = &mut conn.pipes[end.side()];
            (pipe.trouble, pipe.dead) = (None, true);
            self.notify(end);
        }
    }

    /// The kernel at `from` answers with a reset; nobody repeats it if it is lost.
    pub(crate) fn send_reset(&mut self, from: PipeRef) {
        let Some(conn) = self.net.get(from) else { return };
        let (own, peer) = (conn.ends[from.side()].host, conn.ends[from.other().side()].host);
        let behind = conn.pipes[from.side()].last_arrival;
        let arrival = self.net.link(own, peer).carry(self.now, 0).max(behind);
        self.heap.push(arrival, Event::Reset { pipe: from.other() });
    }

    pub(crate) fn on_reset(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let (from, to) = (conn.ends[end.other().side()].host, conn.ends[end.side()].host);
        if self.reaches(from, to) {
            self.break_end(end, CloseWhy::Reset);
        }
    }

    /// The receiver's process took `n` bytes: its peer will hear of the room.
    pub(crate) fn consumed(&mut self, sender: PipeRef, at: u64) {
        let Some(conn) = self.net.get(sender) else { return };
        let (to, from) = (conn.ends[sender.side()].host, conn.ends[sender.other().side()].host);
        let window = self.net.link(to, from).profile.window_bytes;
        let link = self.net.link(from, to);
        let (cut, latency) = (!link.cuts.is_empty(), link.profile.latency_ns);
        let Some(conn) = self.net.get(sender) else { return };
        let (pipe, blocked) = (&mut conn.pipes[sender.side()], conn.ends[sender.side()].blocked);
        if cut {
            pipe.update_lost = true;
            if blocked {
                self.expect_window(sender);
            }
            return;
        }
        pipe.room(at, window);
        let known_at = pipe.tell_sender(at + latency);
        let room = window.saturating_sub(pipe.sent - pipe.consumed);
        if blocked && room >= (window / 4).min(SEGMENT_BYTES) {
            self.heap.push(known_at, Event::Window { pipe: sender });
        }
    }

    /// A blocked sender waits for news of room; if such news was lost, it asks.
    fn expect_window(&mut self, end: PipeRef) {
        let now = self.now;
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        if let Some(&(at, _)) = pipe.updates.back().filter(|(at, _)| *at > now) {
            self.heap.push(at, Event::Window { pipe: end });
        } else if pipe.update_lost && pipe.trouble.is_none() {
            self.lose_acknowledgement(end, now);
        }
    }

    pub(crate) fn on_window(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        if own.blocked && !own.write_queued && own.is_known() {
            own.write_queued = true;
            let host = own.host;
            self.push_ready(host, Ready::Writable(end));
        }
    }

    pub(crate) fn close(&mut self, host: HostId, fd: Fd) {
        let Some(end) = self.os(host).sockets.get(fd) else { return };
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        own.state = EndState::Closing;
        if own.is_known() {
            self.pump(host, end);
        } else {
            self.abandon(end);
        }
    }

    pub(crate) fn reset(&mut self, host: HostId, fd: Fd) {
        let Some(end) = self.os(host).sockets.get(fd) else { return };
        self.send_reset(end);
        self.abandon(end);
    }

    /// Nothing is unsent any more: the end of the stream follows the bytes, and the descriptor is free.
    fn finish_close(&mut self, end: PipeRef) {
        self.send_fin(end);
        self.detach(end);
    }

    pub(crate) fn send_fin(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let pipe = &mut conn.pipes[end.side()];
        if !std::mem::replace(&mut pipe.fin, true) {
            self.send_segments(end, false);
        }
    }

    /// Frees the descriptor of an end whose node gave it up, and drops what the node has unsent.
    pub(crate) fn abandon(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let (host, fd) = (conn.ends[end.side()].host, conn.ends[end.side()].fd);
        let pipe = &mut conn.pipes[end.side()];
        (pipe.dead, pipe.trouble) = (true, None);
        if let Some(node) = self.hosts[host.0 as usize].node.as_mut() {
            drop_unsent(node, fd);
        }
        self.detach(end);
    }

    pub(crate) fn detach(&mut self, end: PipeRef) {
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        own.state = EndState::Gone;
        let (host, fd) = (own.host, own.fd);
        self.os_mut(host).sockets.close(fd);
        self.net.sweep(end);
    }
}

fn drop_unsent(node: &mut impl Node, fd: Fd) {
    loop {
        let n = node.unsent(fd).len();
        if n == 0 {
            return;
        }
        node.sent(fd, n);
    }
}
