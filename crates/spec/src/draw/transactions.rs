//! How commands on transactions look.

use super::Family;

pub(super) const FAMILY: Family = Family {
    name: "transactions",
    shapes: &["MULTI", "EXEC", "EXEC", "DISCARD", "WATCH <key> *<key>", "UNWATCH"],
    kinds: &[],
};
