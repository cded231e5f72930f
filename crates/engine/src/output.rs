//! How much a client may leave unread: `client-output-buffer-limit`, for clients that subscribe and for all others.

use crate::commands::describe_client;
use crate::config::OutputLimit;
use crate::log::log;
use crate::server::Server;
use crate::session::{Client, Session};
use crate::state::State;
use resplay_base::{Fd, Host, Mono, Now};
use std::time::Duration;

/// So much of a client's output stands in a buffer that is always there and does not count against the limits.
pub const FREE_BYTES: u64 = 16 << 10;
/// What exceeds it is kept in blocks of this size.
const BLOCK_BYTES: u64 = 20_464;
/// What a block takes besides its bytes.
const BLOCK_OVERHEAD: u64 = 40;

/// How many blocks this much output takes.
pub fn blocks(output: u64) -> u64 {
    output.saturating_sub(FREE_BYTES).div_ceil(BLOCK_BYTES)
}

/// What counts of this much output, in bytes.
pub fn counted(output: u64) -> u64 {
    blocks(output) * (BLOCK_BYTES + BLOCK_OVERHEAD)
}

fn limit_of(client: &Client, server: &State) -> OutputLimit {
    let [normal, _, subscribers] = server.config.settings.client_output_buffer_limit;
    if client.subscriptions.is_empty() { normal } else { subscribers }
}

/// Whether the client left too much unread; it must be closed then without a further byte. One that is beyond the
/// soft limit only is looked at again when its time is up.
pub fn is_over_limit(host: &mut dyn Host, now: Now, session: &mut Session, server: &mut State) -> bool {
    is_over(host, now, session, server, "scheduled to be closed ASAP")
}

fn is_over(host: &mut dyn Host, now: Now, session: &mut Session, server: &mut State, fate: &str) -> bool {
    let output = session.unsent().len() as u64;
    if output <= FREE_BYTES || session.client.is_closing {
        return false;
    }
    let (limit, used) = (limit_of(&session.client, server), counted(output));
    let is_hard = limit.hard_bytes > 0 && used >= limit.hard_bytes;
    let is_soft = limit.soft_bytes > 0 && used >= limit.soft_bytes;
    if is_soft && session.soft_due.is_none() {
        watch(now, session, server, limit.soft_secs);
    } else if !is_soft {
        unwatch(session, server);
    }
    if !is_hard && session.soft_due.is_none_or(|due| now.mono < due) {
        return false;
    }
    unwatch(session, server);
    server.stats.output_limit_disconnections += 1;
    let hides = server.config.value("hide-user-data-from-log") == b"yes";
    let line = describe_client(session, now.mono, hides);
    log(host, '#', &format!("Client {line} {fate} for overcoming of output buffer limits."));
    true
}

/// The real servers count whole seconds of the wall clock, and close when more than the limit have passed.
fn watch(now: Now, session: &mut Session, server: &mut State, secs: u64) {
    let into_second = now.wall.0.rem_euclid(1_000_000) as u64;
    let wait = Duration::from_secs(secs.saturating_add(1)).saturating_sub(Duration::from_micros(into_second));
    let due = now.mono + wait;
    session.soft_due = Some(due);
    server.soft_limits.insert((due, session.client.id));
}

/// The client is no longer beyond the soft limit, or gone.
pub fn unwatch(session: &mut Session, server: &mut State) {
    if let Some(due) = session.soft_due.take() {
        server.soft_limits.remove(&(due, session.client.id));
    }
}

impl Server {
    /// Closes clients that were beyond their soft limit for too long.
    pub(crate) fn enforce_soft_limits(&mut self, host: &mut dyn Host) {
        let now = host.now();
        while let Some((_, id)) = self.state.soft_limits.first().copied().filter(|(due, _)| *due <= now.mono)
        {
            let Some(session) = self.clients.by_id(id) else {
                self.state.soft_limits.retain(|(_, other)| *other != id);
                continue;
            };
            if is_over(host, now, session, &mut self.state, "closed") {
                self.clients.doom(id);
            } else {
                unwatch(session, &mut self.state);
            }
        }
    }

    /// A client took some of its output.
    pub(crate) fn output_taken(&mut self, fd: Fd) {
        let Some(session) = self.clients.get_mut(fd).filter(|session| session.soft_due.is_some()) else {
            return;
        };
        let limit = limit_of(&session.client, &self.state);
        if counted(session.unsent().len() as u64) < limit.soft_bytes {
            unwatch(session, &mut self.state);
        }
    }

    /// When a client will have been beyond its soft limit for too long.
    pub(crate) fn soft_limit_due(&self) -> Option<Mono> {
        self.state.soft_limits.first().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_counts_in_blocks_beyond_the_fixed_buffer() {
        assert_eq!([0, FREE_BYTES, FREE_BYTES + 1].map(counted), [0, 0, 20_504]);
        assert_eq!(counted(FREE_BYTES + BLOCK_BYTES + 1), 2 * 20_504);
    }
}
