//! The lists of one life of a server: which element stands where, and what is wrong with what was read of them.

use super::graph::{Graph, Kind};
use super::transactions::{Fate, Step, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// How a transaction stands to a life of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It took place in this life, if at all.
    Own,
    /// In this one or another, if at all.
    Perhaps,
    /// Before; the files may have kept what it appended.
    Earlier,
    /// Later.
    Later,
    /// Never.
    Aborted,
}

/// Who appended an element, and whether the transaction appended nothing more to that list.
#[derive(Clone, Copy)]
struct Writer {
    index: usize,
    is_last: bool,
}

/// The lists of a life.
pub(super) struct Versions<'e, 't> {
    transactions: Vec<(&'t Transaction<'e>, Standing)>,
    writers: BTreeMap<(&'e [u8], &'e [u8]), Writer>,
    /// By key: what stands at which place, from one.
    places: BTreeMap<&'e [u8], BTreeMap<usize, &'t [u8]>>,
    pub(super) findings: Vec<String>,
}

impl<'e, 't> Versions<'e, 't> {
    /// Reads what these transactions tell.
    pub(super) fn of(transactions: Vec<(&'t Transaction<'e>, Standing)>) -> Versions<'e, 't> {
        let mut writers = BTreeMap::new();
        for (index, (transaction, _)) in transactions.iter().enumerate() {
            let mut last = BTreeMap::new();
            for (key, element) in transaction.appended() {
                writers.insert((key, element), Writer { index, is_last: false });
                last.insert(key, element);
            }
            for place in last {
                writers.insert(place, Writer { index, is_last: true });
            }
        }
        let mut versions = Versions { transactions, writers, places: BTreeMap::new(), findings: Vec::new() };
        for index in 0..versions.transactions.len() {
            let (transaction, standing) = versions.transactions[index];
            // Of an unknown outcome there are only reads under WATCH, which stand for themselves as well.
            if standing == Standing::Own && transaction.fate == Fate::Committed {
                versions.see(index, transaction);
            }
        }
        versions
    }

    fn see(&mut self, index: usize, transaction: &'t Transaction<'e>) {
        let mut found: Vec<String> = faults_inside(transaction).into_iter().collect();
        for step in &transaction.steps {
            let fault = match step {
                Step::Append { key, elements, length: Some(length) } => {
                    let from = (length + 1).saturating_sub(elements.len());
                    self.place(key, from, elements)
                }
                Step::Append { .. } => None,
                Step::Read { key, list } => {
                    let misread = self.misread(index, key, list);
                    misread.or_else(|| self.place(key, 1, list))
                }
            };
            found.extend(fault);
        }
        self.findings.extend(found.into_iter().map(|fault| format!("{}: {fault}", transaction.name())));
    }

    /// Notes that these elements stand from that place on.
    fn place(&mut self, key: &'e [u8], from: usize, elements: &'t [Vec<u8>]) -> Option<String> {
        let places = self.places.entry(key).or_default();
        for (at, element) in (from..).zip(elements) {
            let known = *places.entry(at).or_insert(element);
            if known != element {
                let (key, known, element) =
                    (key.escape_ascii(), known.escape_ascii(), element.escape_ascii());
                return Some(format!(
                    "incompatible order: {element} is number {at} of {key}, where {known} was"
                ));
            }
        }
        None
    }

    /// What is wrong with what was read, whatever the order.
    fn misread(&self, index: usize, key: &'e [u8], list: &'t [Vec<u8>]) -> Option<String> {
        let mut seen = BTreeMap::new();
        let mut has_own = false;
        for (at, element) in list.iter().enumerate() {
            let told = || format!("{} in {}", element.escape_ascii(), key.escape_ascii());
            if let Some(before) = seen.insert(element, at) {
                return Some(format!("duplicate element: {}, numbers {} and {}", told(), before + 1, at + 1));
            }
            let Some(writer) = self.writers.get(&(key, element.as_slice())) else {
                return Some(format!("garbage read: nobody appended {}", told()));
            };
            let (transaction, standing) = self.transactions[writer.index];
            let name = transaction.name();
            match standing {
                Standing::Own => has_own = true,
                Standing::Aborted => return Some(format!("G1a, aborted read: {} of {name}", told())),
                Standing::Later => return Some(format!("{} was appended by {name}, which is later", told())),
                Standing::Earlier if has_own => {
                    return Some(format!("incompatible order: {} of {name} comes late", told()));
                }
                Standing::Earlier | Standing::Perhaps => {}
            }
            let is_end = at + 1 == list.len();
            if is_end && standing == Standing::Own && !writer.is_last && writer.index != index {
                return Some(format!("G1b, intermediate read: {} of {name}, which appended more", told()));
            }
        }
        None
    }

    /// The transactions of this life in the orders that follow.
    pub(super) fn graph(&self) -> Graph<'e, 't> {
        let transactions = self.transactions.iter().map(|(transaction, _)| *transaction);
        let mut graph = Graph::new(transactions.collect());
        for (key, places) in &self.places {
            let own: Vec<usize> =
                places.values().filter_map(|element| self.own_writer(key, element)).collect();
            own.windows(2).for_each(|two| graph.add(two[0], two[1], Kind::Ww, key));
        }
        let placed =
            self.places.iter().flat_map(|(key, places)| places.values().map(|element| (*key, *element)));
        let placed: BTreeSet<(&[u8], &[u8])> = placed.collect();
        let took_place = |transaction: &Transaction| match transaction.fate {
            Fate::Committed => true,
            Fate::Unknown => transaction.appended().any(|one| placed.contains(&one)),
            Fate::Aborted => false,
        };
        let own =
            self.transactions.iter().enumerate().filter(|(_, (_, standing))| *standing == Standing::Own);
        let own = own.map(|(index, (transaction, _))| (index, *transaction));
        let own: Vec<(usize, &Transaction)> =
            own.filter(|(_, transaction)| took_place(transaction)).collect();
        // Elements that no one read, by key: whoever read the list came before.
        let mut unseen: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (index, transaction) in &own {
            let others = transaction.appended().filter(|one| !placed.contains(one));
            others.for_each(|(key, _)| unseen.entry(key).or_default().push(*index));
        }
        for (index, transaction) in own {
            for step in &transaction.steps {
                if let Step::Read { key, list } = step {
                    self.order_read(&mut graph, index, key, list);
                    let unseen = unseen.get(key).into_iter().flatten();
                    unseen.for_each(|next| graph.add(index, *next, Kind::Rw, key));
                }
            }
        }
        graph
    }

    fn order_read(&self, graph: &mut Graph<'e, 't>, reader: usize, key: &'e [u8], list: &[Vec<u8>]) {
        let writer = |element: &[u8]| self.own_writer(key, element);
        // What the reader itself had appended tells nothing of others.
        let foreign = list.iter().rposition(|element| writer(element) != Some(reader)).map_or(0, |at| at + 1);
        if let Some(last) = list[..foreign].iter().rev().find_map(|element| writer(element)) {
            graph.add(last, reader, Kind::Wr, key);
        }
        let next = self.places.get(key).into_iter().flat_map(|places| places.range(foreign + 1..));
        if let Some(next) = next.filter_map(|(_, element)| writer(element)).find(|next| *next != reader) {
            graph.add(reader, next, Kind::Rw, key);
        }
    }

    fn own_writer(&self, key: &'e [u8], element: &[u8]) -> Option<usize> {
        let writer = self.writers.get(&(key, element))?;
        (self.transactions[writer.index].1 == Standing::Own).then_some(writer.index)
    }
}

/// What a transaction read that does not follow from what it had read and appended before.
fn faults_inside(transaction: &Transaction<'_>) -> Option<String> {
    // What the list must end with, and whether that is all of it.
    let mut known: BTreeMap<&[u8], (Vec<&[u8]>, bool)> = BTreeMap::new();
    for step in &transaction.steps {
        let (end, is_whole) = known.entry(step.key()).or_default();
        match step {
            Step::Append { elements, .. } => end.extend(elements.iter().map(Vec::as_slice)),
            Step::Read { key, list } => {
                let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
                if !list.ends_with(end) || *is_whole && list.len() != end.len() {
                    return Some(format!(
                        "internal: {} is not what it was within the transaction",
                        key.escape_ascii()
                    ));
                }
                (*end, *is_whole) = (list, true);
            }
        }
    }
    None
}
