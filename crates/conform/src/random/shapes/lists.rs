//! How commands on lists look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
