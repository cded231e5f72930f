//! How commands on sorted sets look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
