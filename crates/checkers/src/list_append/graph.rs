//! Which transactions must come before which, and cycles among them.

use super::transactions::Transaction;
use std::collections::{BTreeMap, VecDeque};

/// Why one transaction comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It appended to a list what stands before the other's elements.
    Ww,
    /// The other read what it appended.
    Wr,
    /// It read a list to which the other had not yet appended.
    Rw,
    /// It ended before the other began.
    Time,
}

/// The anomalies, the worst first: what kinds of edges a cycle has, and whether exactly one of its edges is `Rw`.
const ANOMALIES: [(&str, &[Kind], bool); 7] = [
    ("G0", &[Kind::Ww], false),
    ("G1c", &[Kind::Ww, Kind::Wr], false),
    ("G-single", &[Kind::Ww, Kind::Wr], true),
    ("G2", &[Kind::Ww, Kind::Wr, Kind::Rw], false),
    ("G1c-realtime", &[Kind::Ww, Kind::Wr, Kind::Time], false),
    ("G-single-realtime", &[Kind::Ww, Kind::Wr, Kind::Time], true),
    ("G2-realtime", &[Kind::Ww, Kind::Wr, Kind::Rw, Kind::Time], false),
];

#[derive(Clone, Copy)]
struct Edge<'e> {
    to: usize,
    kind: Kind,
    key: &'e [u8],
}

/// Transactions, and moments between them.
pub(super) struct Graph<'e, 't> {
    transactions: Vec<&'t Transaction<'e>>,
    edges: Vec<Vec<Edge<'e>>>,
}

impl<'e, 't> Graph<'e, 't> {
    /// A graph of these, ordered by time alone.
    pub(super) fn new(transactions: Vec<&'t Transaction<'e>>) -> Graph<'e, 't> {
        let edges = vec![Vec::new(); transactions.len()];
        let mut graph = Graph { transactions, edges };
        graph.order_by_time();
        graph
    }

    /// A chain of moments, one for each end of a transaction: who ended leads into it, and out of it who began afterwards.
    fn order_by_time(&mut self) {
        let mut moments: BTreeMap<u64, usize> = BTreeMap::new();
        let ends = self.transactions.iter().filter_map(|transaction| transaction.to_ns);
        moments.extend(ends.map(|ns| (ns, 0)));
        for place in moments.values_mut() {
            *place = self.edges.len();
            self.edges.push(Vec::new());
        }
        let chain: Vec<usize> = moments.values().copied().collect();
        chain.windows(2).for_each(|two| self.add(two[0], two[1], Kind::Time, b""));
        for index in 0..self.transactions.len() {
            let Transaction { from_ns, to_ns, .. } = *self.transactions[index];
            if let Some((_, before)) = moments.range(..from_ns).next_back() {
                self.add(*before, index, Kind::Time, b"");
            }
            if let Some(end) = to_ns {
                self.add(index, moments[&end], Kind::Time, b"");
            }
        }
    }

    /// `from` comes before `to`.
    pub(super) fn add(&mut self, from: usize, to: usize, kind: Kind, key: &'e [u8]) {
        if from != to {
            self.edges[from].push(Edge { to, kind, key });
        }
    }

    /// A sentence for each knot of transactions that have no order: its worst cycle.
    pub(super) fn cycles(&self) -> Vec<String> {
        let all = [Kind::Ww, Kind::Wr, Kind::Rw, Kind::Time];
        let whole = vec![0; self.edges.len()];
        let knots = self.components(&whole, 0, &all);
        let numbers: std::collections::BTreeSet<usize> = knots.iter().copied().collect();
        let mut sizes = vec![0usize; self.edges.len() + 1];
        knots.iter().for_each(|knot| sizes[*knot] += 1);
        let numbers = numbers.into_iter().filter(|number| sizes[*number] > 1);
        numbers.filter_map(|number| self.worst(&knots, number)).collect()
    }

    fn worst(&self, knots: &[usize], knot: usize) -> Option<String> {
        ANOMALIES.iter().find_map(|(name, kinds, has_one_rw)| {
            let cycle = match has_one_rw {
                true => self.cycle_with_one_rw(knots, knot, kinds),
                false => self.cycle(knots, knot, kinds),
            };
            Some(format!("{name}: {}", self.told(&cycle?)))
        })
    }

    /// The shortest cycle through a node that is on one.
    fn cycle(&self, knots: &[usize], knot: usize, kinds: &[Kind]) -> Option<Vec<(usize, Edge<'e>)>> {
        let parts = self.components(knots, knot, kinds);
        let mut sizes = vec![0usize; self.edges.len() + 1];
        let members = || (0..self.edges.len()).filter(|node| knots[*node] == knot);
        members().for_each(|node| sizes[parts[node]] += 1);
        let start = members().find(|node| sizes[parts[*node]] > 1)?;
        let first = |edge: &&Edge| kinds.contains(&edge.kind) && parts[edge.to] == parts[start];
        let paths = self.edges[start].iter().filter(first).filter_map(|edge| {
            let mut path = self.path(edge.to, start, &parts, kinds)?;
            path.insert(0, (start, *edge));
            Some(path)
        });
        paths.min_by_key(Vec::len)
    }

    fn cycle_with_one_rw(
        &self,
        knots: &[usize],
        knot: usize,
        kinds: &[Kind],
    ) -> Option<Vec<(usize, Edge<'e>)>> {
        let members = (0..self.edges.len()).filter(|node| knots[*node] == knot);
        let edges = members.flat_map(|node| self.edges[node].iter().map(move |edge| (node, *edge)));
        let mut rw = edges.filter(|(_, edge)| edge.kind == Kind::Rw && knots[edge.to] == knot);
        rw.find_map(|(node, edge)| {
            let mut path = self.path(edge.to, node, knots, kinds)?;
            path.insert(0, (node, edge));
            Some(path)
        })
    }

    /// The shortest way from one node to another within its component.
    fn path(
        &self,
        from: usize,
        to: usize,
        components: &[usize],
        kinds: &[Kind],
    ) -> Option<Vec<(usize, Edge<'e>)>> {
        let mut came: Vec<Option<(usize, Edge)>> = vec![None; self.edges.len()];
        let mut waiting = VecDeque::from([from]);
        while let Some(node) = waiting.pop_front() {
            if node == to {
                let mut path = Vec::new();
                let mut at = to;
                while at != from {
                    let (before, edge) = came[at]?;
                    path.insert(0, (before, edge));
                    at = before;
                }
                return Some(path);
            }
            for edge in self.edges[node].iter().filter(|edge| kinds.contains(&edge.kind)) {
                let is_new = edge.to != from && came[edge.to].is_none();
                if is_new && components[edge.to] == components[to] {
                    came[edge.to] = Some((node, *edge));
                    waiting.push_back(edge.to);
                }
            }
        }
        None
    }

    /// Numbers the strongly connected components of one part, from one, over some kinds of edges (Kosaraju's way); zero outside of
    /// the part.
    fn components(&self, parts: &[usize], part: usize, kinds: &[Kind]) -> Vec<usize> {
        let nodes = || (0..self.edges.len()).filter(|node| parts[*node] == part);
        let (mut forwards, mut backwards) = (vec![Vec::new(); parts.len()], vec![Vec::new(); parts.len()]);
        for node in nodes() {
            let edges = self.edges[node].iter().filter(|edge| kinds.contains(&edge.kind));
            for edge in edges.filter(|edge| parts[edge.to] == part) {
                forwards[node].push(edge.to);
                backwards[edge.to].push(node);
            }
        }
        let mut is_seen = vec![false; parts.len()];
        let order: Vec<usize> =
            nodes().flat_map(|node| finished_from(node, &forwards, &mut is_seen)).collect();
        let mut is_seen = vec![false; parts.len()];
        let mut numbers = vec![0; parts.len()];
        let mut count = 0;
        for node in order.into_iter().rev() {
            let members = finished_from(node, &backwards, &mut is_seen);
            count += usize::from(!members.is_empty());
            members.into_iter().for_each(|member| numbers[member] = count);
        }
        numbers
    }

    /// `web/1 at 3 ms, whose append to `a` is followed by that of web/2 at 5 ms, …`
    fn told(&self, cycle: &[(usize, Edge<'e>)]) -> String {
        let mut text = String::new();
        for (node, edge) in cycle {
            // Moments stand between those who ended and those who began.
            if let Some(transaction) = self.transactions.get(*node) {
                text += &format!("{} {} ", transaction.name(), edge.told());
            }
        }
        let first = cycle.iter().find_map(|(node, _)| self.transactions.get(*node));
        text + &first.map_or(String::new(), |transaction| transaction.name())
    }
}

impl Edge<'_> {
    fn told(&self) -> String {
        let key = self.key.escape_ascii();
        match self.kind {
            Kind::Ww => format!("-[{key}: appended before]->"),
            Kind::Wr => format!("-[{key}: was read by]->"),
            Kind::Rw => format!("-[{key}: did not see]->"),
            Kind::Time => "-[ended before]->".to_owned(),
        }
    }
}

/// The nodes that are reached for the first time, in the order in which a depth-first walk is done with them.
fn finished_from(start: usize, edges: &[Vec<usize>], is_seen: &mut [bool]) -> Vec<usize> {
    let mut finished = Vec::new();
    if std::mem::replace(&mut is_seen[start], true) {
        return finished;
    }
    let mut open = vec![(start, 0)];
    while let Some((node, next)) = open.last_mut() {
        match edges[*node].get(*next) {
            Some(to) => {
                *next += 1;
                if !std::mem::replace(&mut is_seen[*to], true) {
                    open.push((*to, 0));
                }
            }
            None => {
                finished.push(*node);
                open.pop();
            }
        }
    }
    finished
}
