//! `used_memory` by a published formula, and keeping it under `maxmemory`.
//!
//! used = [`BASE_BYTES`] + keys and values (`resplay_datatypes::memory`) + clients (`session::CLIENT_BYTES` each, and
//! what stands in their buffers) + the append-only file's buffer. Capacity that a container holds in reserve
//! never counts, so the figure is the same on every platform and for every history that leads to the same data.

use crate::context::Context;
use crate::keyspace::Dataset;
use crate::keyspace::evict::Rules;
use crate::session::{CLIENT_BYTES, Client, Sessions};
use crate::state::State;
use resplay_base::journal::Event;
use resplay_base::{Host, Work};
use resplay_resp::Writer;
use std::time::Duration;

/// What an empty server uses: code tables, empty databases, the event loop.
pub const BASE_BYTES: u64 = 870_000;

/// Removed between two looks at the clock.
const KEYS_PER_SLICE: usize = 16;

/// Memory that counts while a client is checked out.
pub fn used(data: &Dataset, clients: &Sessions, _client: &Client, reply: &Writer<'_>, server: &State) -> u64 {
    used_by(data, clients, server) + reply.out.len() as u64
}

/// What the data alone takes, in a server without clients.
pub fn of(data: &Dataset) -> u64 {
    BASE_BYTES + data.used_bytes()
}

/// Memory that counts.
pub fn used_by(data: &Dataset, clients: &Sessions, server: &State) -> u64 {
    of(data) + clients.used_bytes() + server.aof.buffered_bytes()
}

/// Memory that counts against `maxmemory`: the append-only file's buffer does not, or evicting keys would fill
/// it with their deletions and so evict more.
pub fn counted(data: &Dataset, clients: &Sessions, server: &State) -> u64 {
    used_by(data, clients, server) - server.aof.buffered_bytes()
}

/// The overhead that CLIENT LIST reports for a client besides its buffers.
pub fn client_overhead() -> u64 {
    CLIENT_BYTES
}

/// How an attempt to get under the limit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Under the limit, or on the way there.
    Enough,
    /// Over the limit, and the policy finds nothing to remove.
    Full {
        /// Memory that counts, in bytes.
        used: u64,
    },
}

/// Evicts until memory is under the limit, nothing is left to evict, or the time is up.
pub fn make_room(data: &mut Dataset, clients: &Sessions, server: &mut State, host: &mut dyn Host) -> Room {
    let settings = &server.config.settings;
    let limit = settings.maxmemory;
    if limit == 0 {
        return Room::Enough;
    }
    let rules = Rules { policy: settings.maxmemory_policy, samples: settings.maxmemory_samples };
    let stop = host.now().mono + eviction_budget(settings.maxmemory_eviction_tenacity);
    for removed in 1.. {
        let used = counted(data, clients, server);
        if used <= limit {
            break;
        }
        if !server.pool.evict_one(data, rules, &mut server.random, used) {
            server.is_evicting = false;
            return Room::Full { used };
        }
        let after = host.charge(Work { elements: rules.samples as u64, ..Work::default() });
        if removed % KEYS_PER_SLICE == 0 && after >= stop {
            server.is_evicting = true;
            return Room::Enough;
        }
    }
    server.is_evicting = false;
    Room::Enough
}

/// `maxmemory-eviction-tenacity`: linear up to 500 µs at 10, then growing by 15 % a step, without end at 100.
fn eviction_budget(tenacity: u32) -> Duration {
    match tenacity {
        0..=10 => Duration::from_micros(50 * u64::from(tenacity)),
        11..=99 => Duration::from_micros((500.0 * libm::pow(1.15, f64::from(tenacity) - 10.0)) as u64),
        _ => Duration::from_secs(3600),
    }
}

impl Context<'_> {
    /// Makes room for the command about to run; `Full` only matters to commands that need memory.
    pub fn make_room(&mut self) -> Room {
        make_room(self.data, self.clients, self.server, self.host)
    }

    /// Notes in the journal that the command about to be refused found memory full.
    pub fn record_full(&mut self, used: u64) {
        let limit = self.server.config.settings.maxmemory;
        self.data.record(|| Event::OverMemory { used, limit });
    }
}
