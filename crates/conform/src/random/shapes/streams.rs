//! How commands on streams look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
