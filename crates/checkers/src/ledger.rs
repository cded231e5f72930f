//! Verifies: what a crash takes back is no more than the configuration allows. For each end of a process that began
//! again, what came back must be what the node had at some earlier moment, and of the writes after that moment those
//! that a client had heard of are counted as lost. Beyond the promise are:
//!
//! - power lost, `appendfsync always`: every one;
//! - power lost, `everysec`: those acknowledged before the last finished sync began, which is no more than a second ago
//!   unless a sync or an append takes longer than a tenth of a second or hangs, the disk is or was full, the process is
//!   paused or its processor slow, or `no-appendfsync-on-rewrite` leaves syncs out while a file is written;
//! - power lost, `no`: none;
//! - process killed or ended, under any policy: every one, but under `everysec` those of the last two seconds while an
//!   fsync was slow, because appends then wait for it;
//! - without `appendonly`: none, but what came back must be the last snapshot that was reported done, or a later one.
//!
//! Does not verify: a life after which the node never served again (nothing shows what is left), what comes back where
//! the append-only file was turned on by CONFIG SET alone, so that the next process does not read it, snapshots of a node
//! whose wall clock was set back before it began again, what a power loss leaves of a log on a disk that reorders if it is
//! no moment of the past, a life in which ZRANGESTORE did what depends on the form in memory, and which of several clients that sent the same words and got the same reply was the one that heard.

mod acknowledged;
mod lives;
mod moments;
mod promise;
mod snapshots;
mod timeline;

use crate::evidence::{EventKind, Evidence, Verdict};
use acknowledged::Acknowledgements;
use lives::{Ending, endings};
pub use moments::{Found, Judgement, Moment, Moments};
use promise::Promise;
use resplay_base::journal::{Entry, Event};
use std::fmt;
use timeline::Timeline;

/// Adds up what all crashes of all nodes took.
pub(crate) fn check(evidence: &Evidence) -> Verdict {
    let (mut sum, mut findings) = (Loss::default(), Vec::new());
    for (node, journal) in &evidence.journals {
        for ending in endings(node, journal, evidence) {
            match judge(&ending, evidence) {
                Ok(loss) => {
                    findings.extend(loss.findings.iter().map(|finding| format!("{node}: {finding}")));
                    sum.add(loss);
                }
                Err(finding) => findings.push(format!("{node}: {finding}")),
            }
        }
    }
    Verdict::of(sum.to_string(), findings)
}

/// What the end of one life took; an error if what came back was never there.
fn judge(ending: &Ending<'_>, evidence: &Evidence) -> Result<Loss, String> {
    if !promise::had_log(ending, evidence) {
        return judge_snapshots(ending, evidence);
    }
    if promise::is_log_unread(ending) {
        return Ok(Loss::default());
    }
    let timeline = Timeline::of(ending.before, evidence.model(ending.node))
        .map_err(|mismatch| format!("before the crash, {mismatch}"))?;
    let came_back = timeline::loaded(ending.after, evidence.model(ending.node))
        .map_err(|mismatch| format!("after the crash, {mismatch}"))?;
    let came_back = timeline::state(&came_back);
    let kept = match timeline.kept(&came_back) {
        Ok(kept) => kept,
        // A log has no checksum, so a sector that is missing in its middle may read as anything.
        Err(_) if ending.kind == EventKind::PowerLost && evidence.reordering.contains(ending.node) => {
            return Ok(Loss::default());
        }
        Err(_) if ending.before.iter().any(depends_on_form) => return Ok(Loss::default()),
        Err((db, key)) => {
            let key = key.escape_ascii();
            return Err(format!(
                "what came back is nothing that the node ever had (`{key}` of database {db}, for one)"
            ));
        }
    };
    let promise = Promise::of(ending, evidence);
    let mut heard = Acknowledgements::of(ending.node, ending.from_ns..=ending.at_ns, evidence);
    let mut loss = Loss::default();
    for (write, at_ns) in timeline.heard(&mut heard) {
        if write.position >= kept {
            loss.note(write.argv, ending.at_ns.saturating_sub(at_ns), &promise);
        }
    }
    Ok(loss)
}

/// Whether a command does another thing with a small sorted set than with a large one, and is in the log as it came: the real
/// servers count a negative offset of LIMIT from the end of a skiplist, and find nothing there in a listpack. Which it was
/// is not in the log.
fn depends_on_form(entry: &Entry) -> bool {
    let Event::Command { argv, .. } = &entry.event else { return false };
    let is_negative = |pair: &[Vec<u8>]| pair[0].eq_ignore_ascii_case(b"LIMIT") && pair[1].starts_with(b"-");
    argv.first().is_some_and(|name| name.eq_ignore_ascii_case(b"ZRANGESTORE"))
        && argv.windows(2).any(is_negative)
}

/// The same for a server that never had an append-only file in that life.
fn judge_snapshots(ending: &Ending<'_>, evidence: &Evidence) -> Result<Loss, String> {
    if is_set_back(ending) {
        return Ok(Loss::default());
    }
    let moments = Moments::of(ending.node, evidence, 0)?;
    let found = Found::of_loading(ending.after, evidence.model(ending.node))
        .map_err(|mismatch| format!("after the crash, {mismatch}"))?;
    let judgement = moments.at_end(ending.index, ending.at_ns).judge(found);
    match judgement.findings.is_empty() {
        true => Ok(Loss { lost: judgement.lost, oldest_ns: judgement.oldest_ns, ..Loss::default() }),
        false => Err(judgement.findings.join("; ")),
    }
}

/// Whether the next process read its file at an earlier time than this one had seen: keys whose time was over when the file was
/// last read are then in it again.
fn is_set_back(ending: &Ending<'_>) -> bool {
    let latest = ending.before.iter().map(|entry| entry.at).max();
    ending.after.iter().any(|entry| Some(entry.at) < latest)
}

/// Acknowledged writes that a crash took.
#[derive(Debug, Default)]
struct Loss {
    lost: usize,
    beyond: usize,
    oldest_ns: u64,
    findings: Vec<String>,
}

impl Loss {
    /// Counts a write that was acknowledged so long before the crash.
    fn note(&mut self, argv: &[Vec<u8>], age_ns: u64, promise: &Promise) {
        self.lost += 1;
        self.oldest_ns = self.oldest_ns.max(age_ns);
        if !promise.allows(age_ns) {
            self.beyond += 1;
            let words = argv.iter().map(|word| word.escape_ascii().to_string()).collect::<Vec<_>>().join(" ");
            let age = milliseconds(age_ns);
            self.findings.push(format!("lost `{words}`, acknowledged {age} before the crash; {promise}"));
        }
    }

    fn add(&mut self, other: Loss) {
        self.lost += other.lost;
        self.beyond += other.beyond;
        self.oldest_ns = self.oldest_ns.max(other.oldest_ns);
    }
}

impl fmt::Display for Loss {
    /// `lost 12 acknowledged writes (oldest 843 ms before the crash), 0 beyond the promise`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lost {}", crate::evidence::plural(self.lost, "acknowledged write"))?;
        if self.lost > 0 {
            write!(f, " (oldest {} before the crash)", milliseconds(self.oldest_ns))?;
        }
        write!(f, ", {} beyond the promise", self.beyond)
    }
}

/// Whole milliseconds; below one, tenths.
fn milliseconds(ns: u64) -> String {
    match ns {
        0..1_000_000 => format!("0.{} ms", ns / 100_000),
        _ => format!("{} ms", ns / 1_000_000),
    }
}

#[cfg(test)]
mod tests;
