//! Verifies: no application found that something does not hold which must (a ring that is no ring any more, a board
//! whose order is wrong): what a workload can best judge itself, from what it alone knows.
//!
//! Does not verify: that the applications looked; goals do that.

use crate::evidence::{Evidence, Verdict, plural};

/// Gathers what applications found.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let detail = format!("{} found by applications", plural(evidence.violations.len(), "violation"));
    Verdict::of(detail, evidence.violations.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_application_finds_broken_is_broken() {
        let evidence = Evidence { violations: vec!["ring: 7 of 10 left".into()], ..Evidence::default() };
        assert!(!check(&evidence).holds);
        assert!(check(&Evidence::default()).holds);
    }
}
