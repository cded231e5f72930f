//! Verifies: a power loss at any moment of a run takes no more than the configuration allows, for what a fresh
//! process found on a disk that such a loss may leave. What came back must be what the node held at some moment
//! up to then, whole transactions, and every write after that moment of which a client had been told, or was about
//! to be told by bytes already on their way, counts as lost. What may be lost is as in `promise-ledger`, under the
//! policy that held when the write was made.
//!
//! After a start, what was loaded counts as kept; unless the life before ended without a power loss, in which case
//! its last writes may have been in memory only, and a moment of that life may come back. Of its writes under
//! `everysec` those stay in danger that were when it ended: like the real server, the next process takes what it
//! loaded for synced, so nothing syncs it until something new is appended.
//!
//! A server whose `appendonly` was turned on at run time promises nothing until the first rewrite is over, and from
//! then on what its policy says, and all that was there before. One that never had an append-only file promises its
//! snapshots: see [`super::snapshots`].
//!
//! Does not verify: the promise of a server whose `appendonly` was turned off at run time (only that what comes back
//! is a moment), or that a read shows nothing that may be lost.

use super::Loss;
use super::acknowledged::Acknowledgements;
use super::lives::{ends, lives, loading};
use super::promise::{Promise, unsynced_ns, value_in};
use super::snapshots::{Snapshot, first_possible, snapshots};
use super::timeline::{self, Span, Timeline, digest};
use crate::evidence::{EventKind, Evidence, NodeEvent, Said};
use resplay_base::journal::{Entry, Event};
use resplay_model::{Mismatch, Model};
use std::collections::BTreeMap;

/// Every moment of one node's run.
pub struct Moments<'e> {
    node: &'e str,
    evidence: &'e Evidence,
    lives: Vec<Life<'e>>,
    /// A reply heard so soon after a moment had left the node by then, in nanoseconds.
    flight_ns: u64,
}

/// One process of the node.
struct Life<'e> {
    from_ns: u64,
    /// `u64::MAX`: it goes on to the end of the run.
    ended_ns: u64,
    /// Whether the machine had lost power before, so that the disk held nothing that could still be lost.
    begins_durable: bool,
    /// How many entries of its journal it took to load its files.
    loaded: usize,
    /// By their digest, in order.
    spans: BTreeMap<u64, Vec<Span>>,
    timeline: Timeline<'e>,
    heard: Vec<Heard<'e>>,
    policies: Vec<Policy>,
    snapshots: Vec<Snapshot>,
    /// When rewrites of the append-only file were over.
    rewrites: Vec<u64>,
}

/// A write of which a client was told.
struct Heard<'e> {
    position: usize,
    at_ns: u64,
    argv: &'e [Vec<u8>],
}

/// What holds from a position of the journal on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Policy {
    from: usize,
    appendonly: String,
    appendfsync: String,
}

/// What a fresh process found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    digest: u64,
    /// It began to read its files at one of these times: milliseconds of its wall clock.
    read_ms: (i64, i64),
}

/// So much later than its start a process begins to read its files at most, in milliseconds.
const BEGINS_TO_READ_MS: i64 = 10;

impl Found {
    /// All that a model holds that replayed the loading of this process. Keys whose time is over are not taken from an RDB
    /// file, so it matters when that was.
    pub fn of(model: &Model, journal: &[Entry]) -> Found {
        let booted_ms = journal.first().map_or(0, |entry| entry.at.as_millis());
        let is_loaded = |entry: &&Entry| matches!(entry.event, Event::Loaded { .. });
        let loaded_ms = journal.iter().find(is_loaded).map(|entry| entry.at.as_millis());
        let latest_ms = loaded_ms.unwrap_or(booted_ms + BEGINS_TO_READ_MS);
        Found { digest: digest(model), read_ms: (booted_ms, latest_ms) }
    }

    /// What a process loaded from its files that began so.
    pub(super) fn of_loading(loading: &[Entry], model: Model) -> Result<Found, Mismatch> {
        Ok(Found::of(&timeline::loaded(loading, model)?, loading))
    }

    /// The same, found by another process with this journal.
    #[must_use]
    pub fn again(self, journal: &[Entry]) -> Found {
        Found { digest: self.digest, ..Found::of(&Model::new(), journal) }
    }
}

/// What a power loss took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// How many acknowledged writes are lost.
    pub lost: usize,
    /// Of the oldest of them: how long before the loss it was acknowledged, in nanoseconds.
    pub oldest_ns: u64,
    /// What is beyond the promise, one text each, the first ones only; empty if nothing is.
    pub findings: Vec<String>,
}

/// How many findings a judgement tells.
const FINDINGS_MAX: usize = 3;

/// What a server logs when a rewrite is over: the manifest names the new base, and what that replaces is deleted.
const REWRITE_IS_OVER: &str = "Background AOF rewrite finished successfully";

impl<'e> Moments<'e> {
    /// Every moment of a node's run. `flight_ns`: how long a reply is on its way at least, in nanoseconds. An error if
    /// the model does not follow the journal, so that nothing can be said.
    pub fn of(node: &'e str, evidence: &'e Evidence, flight_ns: u64) -> Result<Moments<'e>, String> {
        let events: Vec<&NodeEvent> = evidence.events.iter().filter(|event| event.node == node).collect();
        let is_start = |event: &&&NodeEvent| !event.kind.is_end();
        let starts: Vec<u64> = events.iter().filter(is_start).map(|event| event.at_ns).collect();
        let ends = ends(&events);
        let journal = evidence.journals.get(node).map_or(&[][..], Vec::as_slice);
        let mut moments = Moments { node, evidence, lives: Vec::new(), flight_ns };
        for (index, (entries, &from_ns)) in lives(journal).into_iter().zip(&starts).enumerate() {
            let to_ns = starts.get(index + 1).map_or(u64::MAX, |next| next.saturating_sub(1));
            let begins_durable =
                index == 0 || ends.get(index - 1).is_some_and(|end| end.kind == EventKind::PowerLost);
            let log = evidence.logs.get(node).map_or(&[][..], Vec::as_slice).iter();
            let log = log.filter(|said| (from_ns..=to_ns).contains(&said.at_ns)).collect();
            let heard = Acknowledgements::of(node, from_ns..=to_ns, evidence);
            let life = Life::of(entries, evidence.model(node), heard, log)?;
            let ended_ns = ends.get(index).map_or(u64::MAX, |end| end.at_ns);
            moments.lives.push(Life { from_ns, ended_ns, begins_durable, ..life });
        }
        Ok(moments)
    }

    /// The moment at `at_ns`, in nanoseconds of the world, when the journal of the process had so many entries (`None`:
    /// all that it came to have).
    pub fn at(&self, at_ns: u64, entries: Option<usize>) -> Moment<'_, 'e> {
        self.moment(self.lives.iter().rposition(|life| life.from_ns <= at_ns), at_ns, entries)
    }

    /// The end, at `at_ns`, of the life of that number: whatever it said at its end, it had said.
    pub(super) fn at_end(&self, index: usize, at_ns: u64) -> Moment<'_, 'e> {
        self.moment(Some(index), at_ns + 1, None)
    }

    fn moment(&self, index: Option<usize>, at_ns: u64, entries: Option<usize>) -> Moment<'_, 'e> {
        let began_ns = index.map_or(0, |index| self.lives[index].from_ns);
        let unsynced_ns = unsynced_ns(self.node, began_ns, at_ns, self.evidence);
        let mut moment =
            Moment { at_ns, unsynced_ns, left_by_ns: at_ns + self.flight_ns, possible: Vec::new() };
        for life in self.lives[..index.map_or(0, |index| index + 1)].iter().rev() {
            let entries = if moment.possible.is_empty() { entries } else { None };
            moment.possible.push((life, entries.unwrap_or(usize::MAX).max(life.loaded)));
            if life.begins_durable {
                break;
            }
        }
        moment
    }
}

impl<'e> Life<'e> {
    fn of(
        entries: &'e [Entry],
        model: Model,
        mut heard: Acknowledgements,
        log: Vec<&'e Said>,
    ) -> Result<Life<'e>, String> {
        let timeline = Timeline::of(entries, model).map_err(|mismatch| mismatch.to_string())?;
        let loaded = loading(entries, log.iter().copied()).map_or(0, <[Entry]>::len);
        let mut spans: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
        for span in timeline.spans().into_iter().filter(|span| span.to >= loaded) {
            spans.entry(span.digest).or_default().push(span);
        }
        let heard = timeline.heard(&mut heard);
        let heard = heard.map(|(write, at_ns)| Heard { position: write.position, at_ns, argv: write.argv });
        let is_rewrite = |said: &&&Said| said.text == REWRITE_IS_OVER;
        Ok(Life {
            from_ns: 0,
            ended_ns: u64::MAX,
            begins_durable: true,
            loaded,
            spans,
            heard: heard.collect(),
            policies: policies(entries),
            snapshots: snapshots(log.iter().copied()),
            rewrites: log.iter().filter(is_rewrite).map(|said| said.at_ns).collect(),
            timeline,
        })
    }

    /// Whether there was no append-only file at any time.
    fn has_only_snapshots(&self) -> bool {
        self.policies.iter().all(|policy| policy.appendonly != "yes")
    }

    /// After how many entries the process held what was found, if that may have come from an RDB file: a snapshot
    /// from the last on that was reported done before `at_ns`, or, if there is none, what the process began with.
    fn restored_from(&self, found: Found, at_ns: u64, entries: usize) -> Option<usize> {
        let first = first_possible(&self.snapshots, at_ns);
        let begun = self.snapshots[first.unwrap_or(0)..].iter().filter(|snapshot| snapshot.from <= entries);
        let mut possible: Vec<usize> = begun.flat_map(|snapshot| snapshot.from..=snapshot.to).collect();
        if first.is_none() {
            possible.push(self.loaded);
        }
        if self.ended_ns <= at_ns {
            // What was waited for at the end left no word.
            possible.push(usize::MAX);
        }
        // The clock may have been set back meanwhile.
        let (begun_ms, read_ms) = found.read_ms;
        let times = self.timeline.expiries(begun_ms.min(read_ms), begun_ms.max(read_ms)).into_iter();
        let times: Vec<i64> = times.map(|at_ms| at_ms + 1).chain([begun_ms, read_ms]).collect();
        let is_found = |entries: &usize| {
            times.iter().any(|now_ms| self.timeline.digest_after(*entries, *now_ms) == found.digest)
        };
        possible.into_iter().rev().find(is_found)
    }

    /// The last span with this digest that began within so many entries.
    fn last_span(&self, found: Found, entries: usize) -> Option<&Span> {
        self.spans.get(&found.digest)?.iter().rev().find(|span| span.from <= entries)
    }

    /// Whether at `at_ns` the append-only file has all data: from the start on, or since the rewrite that turning it on
    /// began.
    fn has_log(&self, at_ns: u64) -> bool {
        let turned_on = self.policies.partition_point(|policy| policy.appendonly != "yes");
        let stays = self.policies[turned_on..].iter().all(|policy| policy.appendonly == "yes");
        stays && (turned_on == 0 || self.rewrites.iter().any(|over_ns| *over_ns < at_ns))
    }

    /// What was promised for a write at this position, in a life that has come so far.
    fn promise(&self, position: usize, entries: usize, at_ns: u64, unsynced_ns: u64) -> Promise {
        let at = self.policies.iter().rposition(|policy| policy.from <= position).unwrap_or(0);
        let Some(held) = self.policies.get(at) else { return Promise::Anything };
        if !self.has_log(at_ns) {
            return Promise::Anything;
        }
        if held.appendonly != "yes" {
            return Promise::Nothing("the append-only file that was turned on has what was there".to_owned());
        }
        let later = self.policies[at..].iter().filter(|policy| policy.from <= entries);
        let is_let_go = later.clone().any(|policy| policy.appendfsync == "no");
        match held.appendfsync.as_str() {
            "everysec" if is_let_go => Promise::Anything,
            policy => Promise::of_power_loss(policy, unsynced_ns),
        }
    }
}

/// The policies of a life, each from its position on.
fn policies(entries: &[Entry]) -> Vec<Policy> {
    let mut policies: Vec<Policy> = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let value = |name, before: Option<&String>| value_in(entry, name).or(before.cloned());
        let last = policies.last();
        let appendonly = value("appendonly", last.map(|last| &last.appendonly));
        let appendfsync = value("appendfsync", last.map(|last| &last.appendfsync));
        let policy = Policy {
            from: position,
            appendonly: appendonly.unwrap_or_else(|| "no".to_owned()),
            appendfsync: appendfsync.unwrap_or_else(|| "everysec".to_owned()),
        };
        let is_same = last.is_some_and(|last| {
            (&last.appendonly, &last.appendfsync) == (&policy.appendonly, &policy.appendfsync)
        });
        if !is_same {
            policies.push(policy);
        }
    }
    policies
}

/// A moment at which the power fails.
pub struct Moment<'m, 'e> {
    at_ns: u64,
    unsynced_ns: u64,
    /// A reply heard until then had left by the moment.
    left_by_ns: u64,
    /// The lives that may come back, the latest first, and how many entries each had.
    possible: Vec<(&'m Life<'e>, usize)>,
}

impl Moment<'_, '_> {
    /// Judges what a fresh process found.
    pub fn judge(&self, found: Found) -> Judgement {
        if self.possible.iter().any(|(life, _)| life.has_only_snapshots()) {
            return self.judge_snapshots(found);
        }
        let mut loss = Loss::default();
        for (life, entries) in &self.possible {
            let span = life.last_span(found, *entries);
            let kept = span.map_or(0, |span| span.to);
            let first = life.heard.partition_point(|heard| heard.position < kept);
            for write in life.heard[first..].iter().filter(|write| write.at_ns <= self.left_by_ns) {
                let promise = life.promise(write.position, *entries, self.at_ns, self.unsynced_ns);
                let age_ns = self.at_ns.min(life.ended_ns).saturating_sub(write.at_ns);
                loss.note(write.argv, age_ns, &promise);
                loss.findings.truncate(FINDINGS_MAX);
            }
            if span.is_some() {
                return Judgement { lost: loss.lost, oldest_ns: loss.oldest_ns, findings: loss.findings };
            }
        }
        if self.possible.is_empty() && found.digest == 0 {
            return Judgement::default();
        }
        let never = "what came back is nothing that the node ever had".to_owned();
        Judgement { lost: loss.lost, oldest_ns: loss.oldest_ns, findings: vec![never] }
    }

    /// Judges what a fresh process without an append-only file found: any write after the snapshot may be lost.
    fn judge_snapshots(&self, found: Found) -> Judgement {
        let mut loss = Loss::default();
        for (life, entries) in &self.possible {
            let kept = life.restored_from(found, self.at_ns, *entries);
            let heard = life.heard.iter().filter(|write| kept.is_none_or(|kept| write.position >= kept));
            for write in heard.filter(|write| write.at_ns <= self.left_by_ns) {
                loss.note(write.argv, self.at_ns.saturating_sub(write.at_ns), &Promise::Anything);
            }
            if kept.is_some() {
                return Judgement { lost: loss.lost, oldest_ns: loss.oldest_ns, findings: Vec::new() };
            }
            if first_possible(&life.snapshots, self.at_ns).is_some() {
                break;
            }
        }
        let older =
            "what came back is not the last snapshot that was reported done, nor a later one".to_owned();
        Judgement { lost: loss.lost, oldest_ns: loss.oldest_ns, findings: vec![older] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::testing::Story;
    use resplay_base::WallUs;

    const MS: u64 = 1_000_000;
    const ALWAYS: &[(&str, &str)] = &[("appendonly", "yes"), ("appendfsync", "always")];
    const EVERYSEC: &[(&str, &str)] = &[("appendonly", "yes"), ("appendfsync", "everysec")];

    /// Writes at 1,000, 2,500 and 2,900 ms, the last one a transaction.
    fn writes(config: &[(&str, &str)]) -> Evidence {
        let story = Story::new(config).at(1_000).acknowledged("SET a 1", "+OK\r\n");
        let story = story.at(2_500).acknowledged("SET b 2", "+OK\r\n").at(2_900);
        let story = story.command("MULTI", "+OK\r\n").command("SET a 2", "+QUEUED\r\n");
        let story = story.command("DEL b", "+QUEUED\r\n");
        story.acknowledged("EXEC", "*2\r\n+OK\r\n:1\r\n").evidence()
    }

    /// What a process found whose file held these commands.
    fn found(commands: &[&str]) -> Found {
        let mut model = Model::new();
        let booted = Event::Booted { databases: 16, config: Vec::new() };
        let argv = |words: &&str| words.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        let loaded =
            commands.iter().map(|words| Event::Loaded { db: 0, argv: argv(words), is_retold: false });
        for event in [booted].into_iter().chain(loaded) {
            model.apply(&Entry { at: WallUs(0), event }).expect("legal");
        }
        Found::of(&model, &[])
    }

    /// Lost writes, and what is beyond the promise, when these commands are left at that moment.
    fn judged(evidence: &Evidence, at_ms: u64, left: &[&str]) -> (usize, Vec<String>) {
        let moments = Moments::of("cache", evidence, MS / 10).expect("a sound journal");
        let judgement = moments.at(at_ms * MS, None).judge(found(left));
        (judgement.lost, judgement.findings)
    }

    #[test]
    fn always_keeps_what_was_acknowledged_by_then_and_no_more() {
        let evidence = writes(ALWAYS);
        assert_eq!(judged(&evidence, 2_000, &["SET a 1"]), (0, vec![]));
        assert_eq!(judged(&evidence, 2_499, &["SET a 1"]), (0, vec![]));
        let (lost, findings) = judged(&evidence, 2_501, &["SET a 1"]);
        assert_eq!((lost, findings.len()), (1, 1));
        assert!(findings[0].contains("SET b 2") && findings[0].contains("always promises to keep all"));
    }

    #[test]
    fn a_reply_on_its_way_counts_as_given() {
        let evidence = writes(ALWAYS);
        let moments = Moments::of("cache", &evidence, MS / 10).expect("a sound journal");
        let lost = |at_ns| moments.at(at_ns, None).judge(found(&["SET a 1"])).findings.len();
        assert_eq!((lost(2_500 * MS - MS / 5), lost(2_500 * MS - MS / 20)), (0, 1));
    }

    #[test]
    fn everysec_may_lose_the_last_second() {
        let evidence = writes(EVERYSEC);
        assert_eq!(judged(&evidence, 3_000, &["SET a 1"]), (2, vec![]));
        assert_eq!(judged(&evidence, 3_000, &[]).1.len(), 1);
    }

    #[test]
    fn half_a_transaction_is_no_moment() {
        let evidence = writes(EVERYSEC);
        assert_eq!(judged(&evidence, 3_000, &["SET a 2"]), (0, vec![]));
        let (_, findings) = judged(&evidence, 3_000, &["SET a 2", "SET b 2"]);
        assert_eq!(findings, ["what came back is nothing that the node ever had"]);
    }

    #[test]
    fn after_a_power_loss_what_was_loaded_stays() {
        let restarted = |end| {
            let story = Story::new(EVERYSEC).at(10).acknowledged("SET a 1", "+OK\r\n").at(20);
            story.restarted(end, &["SET a 1"]).at(30).acknowledged("SET a 2", "+OK\r\n").evidence()
        };
        let power_lost = restarted(EventKind::PowerLost);
        assert_eq!(judged(&power_lost, 40, &["SET a 1"]), (1, vec![]));
        assert_eq!(judged(&power_lost, 40, &[]).1, ["what came back is nothing that the node ever had"]);
        let killed = restarted(EventKind::Crashed);
        assert_eq!(judged(&killed, 40, &[]), (2, vec![]));
        let (lost, findings) = judged(&killed, 5_000, &[]);
        assert_eq!(
            (lost, findings.len()),
            (2, 1),
            "the second write is old by then, the first was in danger"
        );
    }

    #[test]
    fn an_equal_state_of_later_does_not_excuse_a_loss_of_now() {
        let story = Story::new(ALWAYS).at(1).acknowledged("SET a 1", "+OK\r\n").at(2);
        let story = story.acknowledged("SET a 2", "+OK\r\n").at(9).acknowledged("SET a 1", "+OK\r\n");
        let evidence = story.evidence();
        let moments = Moments::of("cache", &evidence, 0).expect("a sound journal");
        // The journal holds the boot and two writes by then.
        assert_eq!(moments.at(5 * MS, Some(3)).judge(found(&["SET a 1"])).findings.len(), 1);
    }

    /// Writes before, between and after two snapshots, of which the second is never reported done.
    fn snapshots() -> Evidence {
        let story = Story::new(&[]).at(1_000).acknowledged("SET a 1", "+OK\r\n");
        let story = story.at(1_100).logged("Background saving started by pid 7");
        let story = story.at(1_200).acknowledged("SET a 2", "+OK\r\n");
        let story = story.at(1_300).logged("Background saving terminated with success");
        let story = story.at(1_400).acknowledged("SET a 3", "+OK\r\n");
        let story = story.at(1_500).logged("Background saving started by pid 7");
        story.at(1_600).acknowledged("SET a 4", "+OK\r\n").evidence()
    }

    #[test]
    fn without_a_log_only_snapshots_come_back_from_the_last_done_on() {
        let evidence = snapshots();
        let judged = |at_ms, left: &[&str]| {
            let (lost, findings) = judged(&evidence, at_ms, left);
            (lost, findings.is_empty())
        };
        assert_eq!(judged(1_250, &[]), (2, true), "what the process began with");
        assert_eq!(judged(1_250, &["SET a 1"]), (1, true), "the file may have its name already");
        assert!(!judged(1_250, &["SET a 2"]).1, "a moment, but of no snapshot");
        assert_eq!(judged(1_700, &["SET a 1"]), (3, true));
        assert_eq!(judged(1_700, &["SET a 3"]), (1, true));
        assert!(!judged(1_700, &[]).1, "what was reported done is lost");
        assert!(!judged(1_700, &["SET a 4"]).1);
    }

    #[test]
    fn keys_whose_time_is_over_do_not_come_back_from_a_snapshot() {
        let story = Story::new(&[]).at(1_000).acknowledged("SET a 1 PX 500", "+OK\r\n");
        let story = story.acknowledged("SET b 1", "+OK\r\n").logged("DB saved on disk");
        let evidence = story.at(9_000).evidence();
        let moments = Moments::of("cache", &evidence, 0).expect("a sound journal");
        let read_at = |ms| {
            let booted = Event::Booted { databases: 16, config: Vec::new() };
            let found = found(&["SET b 1"]).again(&[Entry { at: WallUs::from_millis(ms), event: booted }]);
            moments.at(9_000 * MS, None).judge(found).findings.is_empty()
        };
        assert_eq!([1_400, 1_495, 1_501, 8_000].map(read_at), [false, true, true, true]);
    }

    #[test]
    fn a_log_that_was_turned_on_promises_from_its_first_base_on() {
        let set = "CONFIG SET appendonly yes";
        let story = Story::new(&[("appendfsync", "always")]).at(1).acknowledged("SET a 1", "+OK\r\n");
        let story = story.at(2).command(set, "+OK\r\n").at(3).acknowledged("SET b 1", "+OK\r\n");
        let evidence = story.at(4).logged(REWRITE_IS_OVER).evidence();
        assert_eq!(judged(&evidence, 4, &[]), (2, vec![]));
        let (lost, findings) = judged(&evidence, 5, &[]);
        assert_eq!((lost, findings.len()), (2, 2), "{findings:?}");
        assert_eq!(judged(&evidence, 5, &["SET a 1", "SET b 1"]), (0, vec![]));
    }

    #[test]
    fn what_was_written_under_another_policy_has_its_promise() {
        let set = "CONFIG SET appendfsync always";
        let story = Story::new(EVERYSEC).at(1).acknowledged("SET a 1", "+OK\r\n").command(set, "+OK\r\n");
        let evidence = story.at(2).acknowledged("SET b 1", "+OK\r\n").evidence();
        let (lost, findings) = judged(&evidence, 3, &[]);
        assert_eq!((lost, findings.len()), (2, 1));
        assert!(findings[0].contains("SET b 1"), "{findings:?}");
    }
}
