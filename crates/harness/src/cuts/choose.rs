//! Which cut points of a run are judged, where not all can be.

use crate::format::Cuts;
use resplay_base::Random;
use resplay_world::{CutKind, CutMark};
use std::collections::{BTreeMap, BTreeSet};

/// All files that fresh servers read in one run come to about so many bytes at most.
const BYTES_MAX: u64 = 48 << 20;
/// Of a kind that occurs so seldom, every cut point is judged.
const SELDOM: usize = 40;
/// So many cut points are judged whatever it costs.
const POINTS_MIN: u64 = 20;

/// The cut points to judge, and what may be spent on them.
pub(super) struct Choice {
    /// By their numbers.
    pub(super) points: BTreeSet<u64>,
    /// How many different states fresh servers may be started on, at all of them together.
    pub(super) images: u64,
}

/// Chooses among a node's cut points: those of rare kinds, and of the rest as many as can be afforded, drawn.
pub(super) fn choose(marks: &[CutMark], spec: &Cuts, random: &mut Random) -> Choice {
    let bytes: u64 = marks.iter().map(|mark| mark.bytes).sum();
    let each = (bytes / marks.len().max(1) as u64).max(1);
    let images = u64::from(spec.images).min(BYTES_MAX / each).max(POINTS_MIN);
    let mut counts: BTreeMap<CutKind, usize> = BTreeMap::new();
    marks.iter().for_each(|mark| *counts.entry(mark.kind).or_default() += 1);
    let numbered = (1..).zip(marks);
    let (rare, mut rest): (Vec<_>, Vec<_>) = numbered.partition(|(_, mark)| counts[&mark.kind] <= SELDOM);
    let mut points: BTreeSet<u64> = rare.into_iter().map(|(number, _)| number).collect();
    while (points.len() as u64) < images && !rest.is_empty() {
        points.insert(rest.swap_remove(random.index(rest.len())).0);
    }
    Choice { points, images }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(appends: usize, bytes: u64) -> Vec<CutMark> {
        let mark = |kind| CutMark { at: 0, kind, bytes };
        let mut marks = vec![mark(CutKind::Append); appends];
        marks.push(mark(CutKind::Rename));
        marks
    }

    fn chosen(appends: usize, bytes: u64) -> Choice {
        choose(&marks(appends, bytes), &Cuts::default(), &mut Random::stream(1, "t"))
    }

    #[test]
    fn a_small_run_is_judged_at_every_point() {
        assert_eq!(chosen(900, 1_000).points.len(), 901);
    }

    #[test]
    fn of_a_long_run_rare_kinds_are_kept_and_the_rest_is_drawn() {
        let Choice { points, images } = chosen(50_000, 1_000);
        assert_eq!((points.len(), images), (1_000, 1_000));
        assert!(points.contains(&50_001), "the only rename");
    }

    #[test]
    fn large_files_allow_for_fewer() {
        let Choice { points, images } = chosen(50_000, 1 << 20);
        assert_eq!((points.len(), images), (48, 48));
    }
}
