//! How commands on hyperloglogs look.

use super::Family;

pub(super) const FAMILY: Family = Family { shapes: &[], kinds: &[] };
