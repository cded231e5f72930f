//! Handshakes: listening, attempts with their repetitions, refusals, acceptance.

use crate::event::Event;
use crate::faults::FaultId;
use crate::host::{HostId, Listening, Ready};
use crate::net::conn::{Attempt, AttemptRef, EndState, PipeRef};
use crate::world::World;
use resplay_base::{CloseWhy, Endpoint, Listener, Node, Tag};

impl<H: Node> World<H> {
    pub(crate) fn listen(&mut self, host: HostId, listener: Listener, at: &Endpoint) {
        if let Err(why) = self.try_listen(host, listener, at) {
            self.push_ready(host, Ready::ListenFailed(Box::new((listener, why))));
        }
    }

    fn try_listen(&mut self, host: HostId, listener: Listener, at: &Endpoint) -> Result<(), String> {
        let at = self.bindable(host, at)?;
        let listening = &mut self.os_mut(host).sockets.listening;
        if listening.iter().any(|other| overlap(&other.at, &at)) {
            return Err("Address already in use".to_owned());
        }
        listening.push(Listening { listener, at });
        Ok(())
    }

    pub(crate) fn connect(&mut self, host: HostId, tag: Tag, to: &Endpoint) {
        let life = self.os(host).life;
        match self.resolve(host, to) {
            None => self.push_ready(host, Ready::ConnectFailed { tag, why: CloseWhy::Unreachable }),
            Some((target, addresses)) => {
                let attempt = Attempt { host, life, tag, target, addresses, tries: 0 };
                let attempt = self.net.add_attempt(attempt);
                self.send_syn(attempt);
            }
        }
    }

    fn send_syn(&mut self, at: AttemptRef) {
        let Some(attempt) = self.net.attempt(at) else { return };
        let (from, to, tries) = (attempt.host, attempt.target, attempt.tries);
        let arrival = self.net.link(from, to).carry(self.now, 0);
        self.heap.push(arrival, Event::Syn { attempt: at });
        let wait = self.config.syn_wait_ns.saturating_mul(1 << tries.min(32));
        self.heap.push(self.now.saturating_add(wait), Event::SynRetry { attempt: at });
    }

    pub(crate) fn on_syn_retry(&mut self, at: AttemptRef) {
        let most = self.config.syn_retries;
        let Some(attempt) = self.net.attempt_mut(at) else { return };
        attempt.tries += 1;
        if attempt.tries > most {
            self.fail_attempt(at, CloseWhy::TimedOut);
        } else {
            self.send_syn(at);
        }
    }

    pub(crate) fn on_syn(&mut self, at: AttemptRef) {
        let Some(attempt) = self.net.attempt(at) else { return };
        let (from, to, local) = (attempt.host, attempt.target, attempt.addresses[1].clone());
        if !self.reaches(from, to) {
            return;
        }
        let link = self.net.link(from, to);
        let (black_hole, refuse) = (link.black_hole, link.refuse);
        if let Some(fault) = black_hole {
            return self.record.ledger.hit(fault, 1);
        }
        let listens = self.os(to).sockets.listener_for(&local).is_some();
        let back = self.net.link(to, from).carry(self.now, 0);
        let answer = self.answer(at, refuse, listens);
        self.heap.push(back, answer);
    }

    fn answer(&mut self, attempt: AttemptRef, refuse: Option<FaultId>, listens: bool) -> Event {
        match refuse {
            Some(fault) => {
                self.record.ledger.hit(fault, 1);
                Event::Refusal { attempt }
            }
            None if listens => Event::SynAck { attempt },
            None => Event::Refusal { attempt },
        }
    }

    pub(crate) fn on_refusal(&mut self, at: AttemptRef) {
        if self.answer_reaches(at) {
            self.fail_attempt(at, CloseWhy::Refused);
        }
    }

    /// The opener's side stands. Its acknowledgement travels like data, so a cut delays it as it delays data.
    pub(crate) fn on_syn_ack(&mut self, at: AttemptRef) {
        if !self.answer_reaches(at) {
            return;
        }
        let Some(attempt) = self.net.take_attempt(at) else { return };
        if self.os(attempt.host).life != attempt.life {
            return;
        }
        let end = self.net.open([attempt.host, attempt.target], attempt.addresses);
        self.attach(end, attempt.host);
        self.push_ready(attempt.host, Ready::Connected { end, tag: attempt.tag });
        self.send_segments(end, false);
    }

    /// The opener's acknowledgement is there: the listener's process gets the connection, if it still listens.
    pub(crate) fn accept(&mut self, end: PipeRef) -> bool {
        let Some(conn) = self.net.get(end) else { return false };
        let (host, local) = (conn.ends[end.side()].host, conn.ends[end.side()].address.clone());
        let Some(listener) = self.os(host).sockets.listener_for(&local) else { return false };
        self.attach(end, host);
        self.push_ready(host, Ready::Accepted { end, listener });
        true
    }

    fn attach(&mut self, end: PipeRef, host: HostId) {
        let fd = self.os_mut(host).sockets.open(end);
        let Some(conn) = self.net.get(end) else { return };
        let own = &mut conn.ends[end.side()];
        (own.fd, own.state) = (fd, EndState::Open);
    }

    fn answer_reaches(&mut self, at: AttemptRef) -> bool {
        let Some(attempt) = self.net.attempt(at) else { return false };
        let (from, to) = (attempt.target, attempt.host);
        self.reaches(from, to)
    }

    fn fail_attempt(&mut self, at: AttemptRef, why: CloseWhy) {
        let Some(attempt) = self.net.take_attempt(at) else { return };
        if self.os(attempt.host).life == attempt.life {
            self.push_ready(attempt.host, Ready::ConnectFailed { tag: attempt.tag, why });
        }
    }

    /// Whether a packet that comes now gets from one host to the other; a cut that stops it is counted.
    pub(crate) fn reaches(&mut self, from: HostId, to: HostId) -> bool {
        let cuts = &self.net.links.get(from, to).cuts;
        self.record.ledger.hit_all(cuts);
        cuts.is_empty() && self.hosts[to.0 as usize].os.powered
    }
}

/// Two sockets cannot listen at the same place.
fn overlap(a: &Endpoint, b: &Endpoint) -> bool {
    match (a, b) {
        (Endpoint::Tcp { host, port }, Endpoint::Tcp { host: other, port: other_port }) => {
            port == other_port && (host == other || host == "*" || other == "*")
        }
        _ => a == b,
    }
}
