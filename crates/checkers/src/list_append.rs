//! Verifies: transactions over lists (RPUSH of elements that nobody else appends, and LRANGE of the whole, between MULTI and EXEC
//! or alone) are strictly serializable: they have an order, each took place as a whole or not at all, and none comes after one that
//! began when it had ended. What is read tells in which order elements were appended, and so which transaction came before which; no order
//! of all of them exists if these relations have a cycle. This is the method of Elle (Kingsbury and Alvaro, 2020), and so are the names:
//!
//! - G0, G1c, G-single, G2: cycles of appends; of appends and reads; with one read that missed an append; with several. `-realtime`:
//!   the cycle has an edge because a transaction had ended before another began;
//! - G1a: what an aborted transaction appended was read; G1b: what another one had half done was read;
//! - duplicate elements, incompatible orders, garbage (nobody appended it), internal (a transaction does not see its own work).
//!
//! A list that was read under WATCH belongs to the transaction that follows: if EXEC goes through, it was still so. A transaction whose
//! outcome is unknown took place if its elements are seen. Where a server's ends and starts are known, each life is judged by itself,
//! with what came back from the files as its beginning.
//!
//! Does not verify: what a crash may take back (`promise-ledger` does); lists that any other command touches or from which keys were evicted;
//! lists to which one element was appended twice; and all once a command touches every key. In a history from elsewhere,
//! a client must have one request, or one pipeline, under way at a time.

mod graph;
mod transactions;
mod versions;

use crate::evidence::{Evidence, Verdict, plural};
use crate::keys::{LeftAlone, touching_all};
use crate::lives::Lives;
use std::collections::BTreeSet;
use transactions::{Fate, Step, Transaction};
use versions::{Standing, Versions};

/// Looks for transactions that have no order.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let operations = &evidence.history.operations;
    if let Some(detail) = touching_all(operations) {
        return Verdict::of(detail, Vec::new());
    }
    let mut transactions = transactions::read(operations);
    let left_alone = left_alone(evidence, &transactions);
    for transaction in &mut transactions {
        let node = transaction.node;
        transaction.steps.retain(|step| !left_alone.contains(node, step.key()));
    }
    transactions.retain(|transaction| !transaction.steps.is_empty());
    let nodes: BTreeSet<&str> = transactions.iter().map(|transaction| transaction.node).collect();
    let findings: Vec<String> =
        nodes.iter().flat_map(|node| faults(node, &transactions, &Lives::of(node, evidence))).collect();
    let committed = transactions.iter().filter(|transaction| transaction.fate == Fate::Committed).count();
    let lists: BTreeSet<_> =
        transactions.iter().flat_map(|t| t.steps.iter().map(|step| (t.node, step.key()))).collect();
    let (committed, lists) = (plural(committed, "transaction"), plural(lists.len(), "list"));
    Verdict::of(format!("{committed} on {lists} looked at"), findings)
}

/// Lists that cannot be followed.
fn left_alone<'e>(evidence: &'e Evidence, transactions: &[Transaction<'e>]) -> LeftAlone<'e> {
    let mut left_alone = LeftAlone::default();
    let others = evidence.history.operations.iter().filter(|operation| !transactions::is_known(operation));
    others.for_each(|operation| left_alone.all_named_by(operation));
    left_alone.all_evicted(evidence);
    let mut seen = BTreeSet::new();
    for transaction in transactions {
        for (key, element) in transaction.appended() {
            if !seen.insert((transaction.node, key, element)) {
                left_alone.insert(transaction.node, key);
            }
        }
    }
    left_alone
}

/// What is wrong in any life of a server.
fn faults(node: &str, transactions: &[Transaction<'_>], lives: &Lives) -> Vec<String> {
    let own: Vec<&Transaction> = transactions.iter().filter(|transaction| transaction.node == node).collect();
    let mut faults = Vec::new();
    for life in 0..lives.count() {
        let standing = own.iter().map(|transaction| (*transaction, standing(transaction, lives, life)));
        let versions = Versions::of(standing.collect());
        // Where it is not clear what was read, cycles would only say it again.
        match versions.findings.is_empty() {
            true => faults.extend(versions.graph().cycles()),
            false => faults.extend(versions.findings),
        }
    }
    faults.into_iter().map(|fault| format!("{node}: {fault}")).collect()
}

fn standing(transaction: &Transaction<'_>, lives: &Lives, life: usize) -> Standing {
    if transaction.fate == Fate::Aborted {
        return Standing::Aborted;
    }
    match lives.homes(transaction.from_ns, transaction.to_ns) {
        Some((first, last)) if first == life && last == life => Standing::Own,
        Some((_, last)) if last < life => Standing::Earlier,
        Some((first, _)) if first > life => Standing::Later,
        _ => Standing::Perhaps,
    }
}

impl<'e> Transaction<'e> {
    /// `web/1 at 3 ms`.
    fn name(&self) -> String {
        format!("{} at {} ms", self.client, self.from_ns as f64 / 1e6)
    }

    /// Each element that it appends, with its key.
    fn appended(&self) -> impl Iterator<Item = (&'e [u8], &'e [u8])> {
        self.steps.iter().flat_map(|step| {
            let (key, elements) = match *step {
                Step::Append { key, elements, .. } => (key, elements),
                Step::Read { key, .. } => (key, &[][..]),
            };
            elements.iter().map(move |element| (key, element.as_slice()))
        })
    }
}

#[cfg(test)]
mod tests;
