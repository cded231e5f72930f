//! What snapshots and payloads need to know of the configuration.

use crate::state::State;
use resplay_datatypes::{hash, list, set};
use resplay_persistence::rdb::Limits;

/// What compact values may hold that are read back; `seed` keys their tables.
pub fn limits(server: &State, seed: u64) -> Limits {
    let settings = &server.config.settings;
    Limits {
        list: list::Limits {
            max_listpack_size: settings.list_max_listpack_size,
            packed_threshold: server.packed_threshold,
        },
        set: set::Limits {
            max_integers: settings.set_max_intset_entries,
            max_entries: settings.set_max_listpack_entries,
            max_value: settings.set_max_listpack_value,
            seed,
        },
        zset: hash::Limits {
            max_entries: settings.zset_max_listpack_entries,
            max_value: settings.zset_max_listpack_value,
            seed,
        },
        hash: hash::Limits {
            max_entries: settings.hash_max_listpack_entries,
            max_value: settings.hash_max_listpack_value,
            seed,
        },
    }
}
