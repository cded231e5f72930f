//! How commands on bitmaps look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
