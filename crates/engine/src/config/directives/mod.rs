//! One row a parameter, grouped by what it is about.

mod cluster;
mod memory;
mod network;
mod persistence;
mod replication;
mod server;
mod tls;

use super::directive::Directive;

/// All groups; each is sorted by name.
const GROUPS: &[&[Directive]] = &[
    cluster::ROWS,
    memory::ROWS,
    network::ROWS,
    persistence::ROWS,
    replication::ROWS,
    server::ROWS,
    tls::ROWS,
];

/// Limits of C's types, where a range is theirs.
const INT_MIN: i64 = i32::MIN as i64;
const INT_MAX: i64 = i32::MAX as i64;
const UINT_MAX: i64 = u32::MAX as i64;
const LONG_MAX: u64 = i64::MAX as u64;
const MIB: u64 = 1 << 20;

/// Every parameter.
pub fn all() -> impl Iterator<Item = &'static Directive> {
    GROUPS.iter().copied().flatten()
}

/// The parameter of that name or alias, in any case, and which of the two it is.
pub fn find(name: &[u8]) -> Option<(&'static Directive, &'static str)> {
    all().find_map(|row| row.called(name).map(|called| (row, called)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_unique_and_each_group_is_sorted() {
        let mut names: Vec<&str> = all().flat_map(Directive::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for group in GROUPS {
            assert!(group.is_sorted_by_key(|row| row.name));
        }
    }

    #[test]
    fn every_default_is_a_value_that_could_be_set() {
        for row in all() {
            if row.name == "replicaof" {
                continue; // Its default is no value at all.
            }
            let read = row.read_value(row.default.as_bytes(), row.default.as_bytes());
            assert_eq!(read.as_deref(), Ok(row.default.as_bytes()), "{}", row.name);
        }
    }
}
