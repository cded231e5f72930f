//! Verifies: every value that a client saw of a counter (a string, or a field of a hash) lies between what was certainly in it and what
//! may have been. An increment that was acknowledged before the request was sent is in it; one that was under way, or of which no
//! client knows the outcome, may be in it or not, at any later time; no other is. So no acknowledged increment is lost or undone while the
//! server stays up, and none takes place twice. This is the counter check of Jepsen, with negative increments and with the
//! replies of the increments themselves.
//!
//! A server may forget increments when it ends. Where its ends and starts are known, each life is judged by itself: it begins with
//! an amount that some of the increments before make up, and there must be one such amount that explains all that was read
//! since.
//!
//! Does not verify: what a crash may take back (`promise-ledger` does); in which order increments took place (`linearizable` does, and
//! needs more time); keys that any other command touches, that are used inside transactions, or that were evicted; and all
//! once a command touches every key. A history from elsewhere must be one life of a server, with counters that are new in it.

mod bounds;
mod uses;

use crate::evidence::{Evidence, Verdict, plural};
use crate::keys::touching_all;
use crate::lives::Lives;
use bounds::{Amounts, Sums};
use std::collections::BTreeMap;
use uses::{Seen, Use};

/// Looks for values that no increments make up.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    if let Some(detail) = touching_all(&evidence.history.operations) {
        return Verdict::of(detail, Vec::new());
    }
    let counters = uses::read(evidence);
    let mut lives: BTreeMap<&str, Lives> = BTreeMap::new();
    let (mut seen, mut findings) = (0, Vec::new());
    for (place, uses) in &counters {
        let lives = lives.entry(place.node).or_insert_with(|| Lives::of(place.node, evidence));
        seen += uses.iter().filter(|one| one.seen.is_some()).count();
        let faults = (0..lives.count()).filter_map(|life| fault(uses, lives, life));
        findings.extend(faults.map(|fault| format!("{}: {place}: {fault}", place.node)));
    }
    let (values, counters) = (plural(seen, "value"), plural(counters.len(), "counter"));
    Verdict::of(format!("{values} of {counters} looked at"), findings)
}

/// The first value of a life that cannot be; those after it would only say it again.
fn fault(uses: &[Use<'_>], lives: &Lives, life: usize) -> Option<String> {
    let homes = |one: &Use| lives.homes(one.from_ns, one.to_ns).unwrap_or((0, lives.count() - 1));
    let is_certain = |one: &Use| one.to_ns.is_some() && homes(one) == (life, life);
    let mut sums = Sums::default();
    for one in uses {
        let (first, last) = homes(one);
        if (first..=last).contains(&life) {
            sums.add(one, is_certain(one));
        }
    }
    let sums = sums.in_order();
    let earlier = uses.iter().filter(|one| homes(one).0 < life);
    let mut start = earlier.fold(Amounts::ZERO, |start, one| start.perhaps(one.by));
    let mut own: Vec<&Use> = uses.iter().filter(|one| is_certain(one)).collect();
    own.sort_by_key(|one| one.to_ns);
    own.into_iter().find_map(|one| {
        let added = sums.added(one);
        let possible = start.plus(added);
        let told = || format!("{} at {} ms saw", one.client, one.from_ns as f64 / 1e6);
        match one.seen.as_ref()? {
            Seen::Garbage(what) => Some(format!("{} `{}`, which is no number", told(), what.escape_ascii())),
            Seen::Number(value) if possible.contains(*value) => {
                start = start.explaining(*value, added);
                None
            }
            Seen::Number(value) => Some(format!("{} {value}, where {possible} was possible", told())),
        }
    })
}

#[cfg(test)]
mod tests;
