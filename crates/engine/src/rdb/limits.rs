//! What compact values may hold that are read back.

use crate::config::Settings;
use resplay_datatypes::{hash, list, set};
use resplay_persistence::rdb::Limits;

/// As configured; `seed` keys the tables that are made, `packed_threshold` is DEBUG QUICKLIST-PACKED-THRESHOLD.
pub fn limits(settings: &Settings, seed: u64, packed_threshold: usize) -> Limits {
    Limits {
        list: list::Limits { max_listpack_size: settings.list_max_listpack_size, packed_threshold },
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
