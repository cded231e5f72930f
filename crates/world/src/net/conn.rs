//! The tables: connections with their two ends and two pipes, attempts under way, links, names.

use crate::buffer::Buffer;
use crate::host::HostId;
use crate::net::link::{Link, Links};
use crate::profile::Config;
use resplay_base::{Address, CloseWhy, Fd, Tag};
use std::collections::{BTreeMap, VecDeque};

/// One end of one connection, and the pipe that it sends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PipeRef {
    conn: u32,
    generation: u32,
    side: u8,
}

/// An attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AttemptRef(u64);

#[derive(Clone, Debug)]
pub(crate) struct Net {
    conns: Vec<Conn>,
    free: Vec<u32>,
    attempts: BTreeMap<AttemptRef, Attempt>,
    attempts_so_far: u64,
    pub(crate) links: Links,
    /// Names and addresses.
    pub(crate) names: BTreeMap<String, HostId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Conn {
    generation: u32,
    live: bool,
    /// The opener is side 0.
    pub(crate) ends: [End; 2],
    pub(crate) pipes: [Pipe; 2],
}

#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) host: HostId,
    pub(crate) state: EndState,
    pub(crate) fd: Fd,
    pub(crate) address: Address,
    /// The node asked not to get data.
    pub(crate) paused: bool,
    /// A `Readable` waits among the ready inputs.
    pub(crate) read_queued: bool,
    /// A `Writable` waits there.
    pub(crate) write_queued: bool,
    /// The node has unsent bytes that found no room.
    pub(crate) blocked: bool,
    /// The stream is over, as this end will see it after the bytes that are still there.
    pub(crate) over: Option<CloseWhy>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndState {
    /// The opener's handshake is not complete here; there is no descriptor yet.
    Handshake,
    Open,
    /// The node closed it and still has unsent bytes.
    Closing,
    /// There is no descriptor any more.
    Gone,
}

/// Bytes in one direction. Offsets count from the stream's beginning: consumed <= arrived <= sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipe {
    /// The bytes from `consumed` to `sent`.
    pub(crate) buffer: Buffer,
    pub(crate) sent: u64,
    pub(crate) arrived: u64,
    pub(crate) consumed: u64,
    /// The end of the stream was sent after all bytes.
    pub(crate) fin: bool,
    /// Segments under way, in order.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) last_arrival: u64,
    /// Grows when segments are lost: events of earlier epochs are void.
    pub(crate) epoch: u16,
    /// What the sender knows of `consumed`.
    pub(crate) credit: u64,
    /// What it is going to learn: when, and the offset.
    pub(crate) updates: VecDeque<(u64, u64)>,
    /// Such news was lost in a cut.
    pub(crate) update_lost: bool,
    pub(crate) trouble: Option<Trouble>,
    /// The sender's host lost power: nothing is sent again.
    pub(crate) dead: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// Stream offset of its end.
    pub(crate) end: u64,
    pub(crate) sent_at: u64,
    pub(crate) fin: bool,
}

/// Bytes that stay unacknowledged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    /// When the oldest of them was first sent.
    pub(crate) since: u64,
    pub(crate) attempts: u32,
    pub(crate) retry_at: u64,
    /// The bytes were lost (and not just the word that they arrived).
    pub(crate) lost: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) host: HostId,
    pub(crate) life: u32,
    pub(crate) tag: Tag,
    pub(crate) target: HostId,
    /// Both addresses, the opener's first.
    pub(crate) addresses: [Address; 2],
    pub(crate) tries: u32,
}

impl PipeRef {
    pub(crate) fn side(self) -> usize {
        usize::from(self.side)
    }

    /// The other end, and the pipe that comes from it.
    pub(crate) fn other(self) -> PipeRef {
        PipeRef { side: 1 - self.side, ..self }
    }
}

impl Net {
    pub(crate) fn new(seed: u64, config: &Config) -> Net {
        Net {
            conns: Vec::new(),
            free: Vec::new(),
            attempts: BTreeMap::new(),
            attempts_so_far: 0,
            links: Links::new(seed, config),
            names: BTreeMap::new(),
        }
    }

    /// Makes a host known by its name and its address.
    ///
    /// # Panics
    /// If another host has one of them.
    pub(crate) fn add_host(&mut self, id: HostId, name: &str, ip: &str) {
        for name in [name, ip] {
            assert!(self.names.insert(name.to_owned(), id).is_none(), "two hosts are called {name}");
        }
        self.links.add_host(name);
    }

    pub(crate) fn link(&mut self, from: HostId, to: HostId) -> &mut Link {
        self.links.get(from, to)
    }

    pub(crate) fn get(&mut self, at: PipeRef) -> Option<&mut Conn> {
        self.conns.get_mut(at.conn as usize).filter(|conn| conn.generation == at.generation && conn.live)
    }

    /// A connection with its opener's end open and the other one in the handshake; returns the opener's end.
    pub(crate) fn open(&mut self, hosts: [HostId; 2], addresses: [Address; 2]) -> PipeRef {
        let [opener, listener] = addresses;
        let ends = [End::new(hosts[0], opener), End::new(hosts[1], listener)];
        let index = self.free.pop().unwrap_or(self.conns.len() as u32);
        match self.conns.get_mut(index as usize) {
            Some(conn) => conn.revive(ends),
            None => self.conns.push(Conn { generation: 0, live: true, ends, pipes: Default::default() }),
        }
        PipeRef { conn: index, generation: self.conns[index as usize].generation, side: 0 }
    }

    /// Forgets a connection whose ends are both gone.
    pub(crate) fn sweep(&mut self, at: PipeRef) {
        let Some(conn) = self.get(at) else { return };
        if conn.is_over() {
            conn.live = false;
            conn.pipes = Default::default();
            self.free.push(at.conn);
        }
    }

    /// The connections between two hosts, as seen by the opener's end.
    pub(crate) fn between(&self, a: HostId, b: HostId) -> Vec<PipeRef> {
        let of = |conn: &Conn| [conn.ends[0].host, conn.ends[1].host];
        let matches = |conn: &&Conn| conn.live && (of(conn) == [a, b] || of(conn) == [b, a]);
        let found = self.conns.iter().zip(0u32..).filter(|(conn, _)| matches(conn));
        found.map(|(conn, index)| PipeRef { conn: index, generation: conn.generation, side: 0 }).collect()
    }

    /// The host forgets connections whose handshake it has not completed.
    pub(crate) fn forget_handshakes(&mut self, host: HostId) {
        let ends = self.conns.iter_mut().flat_map(|conn| &mut conn.ends);
        let pending = ends.filter(|end| end.host == host && end.state == EndState::Handshake);
        pending.for_each(|end| end.state = EndState::Gone);
    }

    pub(crate) fn attempt(&self, at: AttemptRef) -> Option<&Attempt> {
        self.attempts.get(&at)
    }

    pub(crate) fn attempt_mut(&mut self, at: AttemptRef) -> Option<&mut Attempt> {
        self.attempts.get_mut(&at)
    }

    pub(crate) fn add_attempt(&mut self, attempt: Attempt) -> AttemptRef {
        self.attempts_so_far += 1;
        let at = AttemptRef(self.attempts_so_far);
        self.attempts.insert(at, attempt);
        at
    }

    pub(crate) fn take_attempt(&mut self, at: AttemptRef) -> Option<Attempt> {
        self.attempts.remove(&at)
    }

    pub(crate) fn drop_attempts_of(&mut self, host: HostId) {
        self.attempts.retain(|_, attempt| attempt.host != host);
    }
}

impl Conn {
    /// Nobody will ever ask for it again: both ends are gone, or one is and the other never came to be.
    fn is_over(&self) -> bool {
        let gone = |side: usize| self.ends[side].state == EndState::Gone;
        gone(0) && (gone(1) || self.ends[1].state == EndState::Handshake && self.pipes[0].dead)
    }

    fn revive(&mut self, ends: [End; 2]) {
        self.generation += 1;
        self.live = true;
        self.ends = ends;
    }
}

impl End {
    fn new(host: HostId, address: Address) -> End {
        End {
            host,
            state: EndState::Handshake,
            fd: Fd(0),
            address,
            paused: false,
            read_queued: false,
            write_queued: false,
            blocked: false,
            over: None,
        }
    }

    /// Whether the kernel still keeps this end's half of the stream: what comes for a forgotten one is reset.
    pub(crate) fn is_known(&self) -> bool {
        self.state != EndState::Gone && matches!(self.over, None | Some(CloseWhy::Eof))
    }
}

impl Pipe {
    /// Bytes that the receiver can read.
    pub(crate) fn readable(&self) -> usize {
        (self.arrived - self.consumed) as usize
    }

    /// How many bytes the sender may add, as far as it knows at `now`.
    pub(crate) fn room(&mut self, now: u64, window: u64) -> usize {
        while let Some(&(_, offset)) = self.updates.front().filter(|(at, _)| *at <= now) {
            self.credit = offset;
            self.updates.pop_front();
        }
        window.saturating_sub(self.sent - self.credit) as usize
    }

    /// The sender learns at `at` how much was consumed by now; news overtakes no earlier news. Returns when.
    pub(crate) fn tell_sender(&mut self, at: u64) -> u64 {
        let at = self.updates.back().map_or(at, |(earlier, _)| at.max(*earlier));
        self.updates.push_back((at, self.consumed));
        at
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
        self.sent += bytes.len() as u64;
    }

    pub(crate) fn consume(&mut self, n: usize) {
        self.buffer.consume(n);
        self.consumed += n as u64;
    }

    /// All segments under way are lost.
    pub(crate) fn lose_segments(&mut self) {
        self.segments.clear();
        self.epoch = self.epoch.wrapping_add(1);
    }
}
