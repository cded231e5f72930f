//! How commands on geo look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
