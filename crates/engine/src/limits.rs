//! What compact values may hold, as configured: for commands that make values, and for files and payloads that bring them.

use crate::config::Settings;
use resplay_datatypes::{hash, list, set};
use resplay_persistence::rdb::Limits;

/// Of lists; `packed_threshold` is DEBUG QUICKLIST-PACKED-THRESHOLD.
pub fn of_lists(settings: &Settings, packed_threshold: usize) -> list::Limits {
    list::Limits { max_listpack_size: settings.list_max_listpack_size, packed_threshold }
}

/// Of sets; `seed` keys the tables that they become.
pub fn of_sets(settings: &Settings, seed: u64) -> set::Limits {
    set::Limits {
        max_integers: settings.set_max_intset_entries,
        max_entries: settings.set_max_listpack_entries,
        max_value: settings.set_max_listpack_value,
        seed,
    }
}

/// Of sorted sets; `seed` keys the tables that they become.
pub fn of_zsets(settings: &Settings, seed: u64) -> hash::Limits {
    hash::Limits {
        max_entries: settings.zset_max_listpack_entries,
        max_value: settings.zset_max_listpack_value,
        seed,
    }
}

/// Of hashes; `seed` keys the tables that they become.
pub fn of_hashes(settings: &Settings, seed: u64) -> hash::Limits {
    hash::Limits {
        max_entries: settings.hash_max_listpack_entries,
        max_value: settings.hash_max_listpack_value,
        seed,
    }
}

/// Of all types.
pub fn of_values(settings: &Settings, seed: u64, packed_threshold: usize) -> Limits {
    Limits {
        list: of_lists(settings, packed_threshold),
        set: of_sets(settings, seed),
        zset: of_zsets(settings, seed),
        hash: of_hashes(settings, seed),
    }
}
