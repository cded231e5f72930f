//! What a run leaves behind for its judges.

use resplay_base::journal::Entry;
use resplay_history::History;
use resplay_model::Model;
use std::collections::{BTreeMap, BTreeSet};

/// All that is known of a run. Times in nanoseconds are the world's; a journal's are its node's wall clock.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What clients saw, of all applications together.
    pub history: History,
    /// What each node says it did, all its lives in one list: each begins with `Booted`.
    pub journals: BTreeMap<String, Vec<Entry>>,
    /// Each node's configuration as the scenario gives it; where a journal says otherwise, the journal is right.
    pub configs: BTreeMap<String, BTreeMap<String, String>>,
    /// Starts and ends of processes, in order of time.
    pub events: Vec<NodeEvent>,
    /// How long the run was.
    pub duration_ns: u64,
    /// When the last fault was over.
    pub quiet_from_ns: u64,
    /// Who must get on before that, and from when.
    pub core: Option<Core>,
    /// Memory in use, as sampled now and then, in order of time.
    pub samples: Vec<MemorySample>,
    /// What applications found broken by themselves, each with the application's name in front.
    pub violations: Vec<String>,
    /// Every fsync and append of a node that took longer than a tenth of a second, or was never done, and whenever its
    /// process stood still for so long.
    pub slow_disk: Vec<SlowDisk>,
    /// Servers whose disk may keep what was written late and lose what was written early.
    pub reordering: BTreeSet<String>,
    /// Nodes whose wall clock somebody sets in the run.
    pub set_clocks: BTreeSet<String>,
    /// What each node logged, in order.
    pub logs: BTreeMap<String, Vec<Said>>,
}

impl Evidence {
    /// A reference model for a node's journal that has seen nothing.
    pub fn model(&self, node: &str) -> Model {
        match self.reordering.contains(node) {
            true => Model::on_reordering_disk(),
            false => Model::new(),
        }
    }
}

/// Applications that have all that they need, whatever else is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// From when.
    pub from_ns: u64,
    /// Their names; a client's name is that of its application, a slash and a number.
    pub apps: BTreeSet<String>,
}

/// A process began or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEvent {
    /// When.
    pub at_ns: u64,
    /// Which node.
    pub node: String,
    /// What.
    pub kind: EventKind,
}

/// How a process began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It began for the first time.
    Started,
    /// It was killed; what it had written to its files is safe with the operating system.
    Crashed,
    /// The machine lost power: of what was not synced, the disk keeps what it likes.
    PowerLost,
    /// It ended by itself, with this status.
    Exited(i32),
    /// It began again on the same disk.
    Restarted,
}

impl EventKind {
    /// Whether a life ends here.
    pub fn is_end(self) -> bool {
        matches!(self, EventKind::Crashed | EventKind::PowerLost | EventKind::Exited(_))
    }
}

/// How much memory a node used at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemorySample {
    /// When.
    pub at_ns: u64,
    /// Which node.
    pub node: String,
    /// Memory that counts against the limit, in bytes.
    pub used_bytes: u64,
    /// maxmemory at that moment, in bytes; zero is no limit.
    pub limit_bytes: u64,
}

/// A line of a node's log, and where in its journal it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at_ns: u64,
    /// The process's journal had so many entries before the input that made it say so,
    pub from: usize,
    /// and so many after it.
    pub to: usize,
    /// The line, without its level.
    pub text: String,
}

/// Something that made a node's disk operations wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowDisk {
    /// Which node.
    pub node: String,
    /// What.
    pub what: Slow,
    /// When it was asked for, or the pause began.
    pub from_ns: u64,
    /// When it was done; `None`: never.
    pub to_ns: Option<u64>,
}

/// What can take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// An fsync.
    Sync,
    /// An append.
    Append,
    /// Nothing at all is done, or too slowly to count: the process is paused, stands still until its disk is done, or its
    /// processor is slow.
    Pause,
}

/// A judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the promise was kept.
    pub holds: bool,
    /// One line for the table, kept or not: `lost 12 acknowledged writes, 0 beyond the promise`.
    pub detail: String,
    /// What broke the promise, one text each, the first ones only.
    pub findings: Vec<String>,
}

/// How many findings a verdict shows.
const FINDINGS_MAX: usize = 20;

impl Verdict {
    /// Holds if nothing was found.
    pub(crate) fn of(detail: String, mut findings: Vec<String>) -> Verdict {
        let holds = findings.is_empty();
        findings.truncate(FINDINGS_MAX);
        Verdict { holds, detail, findings }
    }
}

/// `1 node`, `2 nodes`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
pub(crate) mod testing {
    //! One node called `cache`, told as a story.

    use super::*;
    use resplay_base::WallUs;
    use resplay_base::journal::Event;
    use resplay_history::{Operation, Outcome};

    /// What a server says that has loaded its files.
    pub(crate) const READY: &str = "Ready to accept connections tcp";

    /// A millisecond of the world; the node's wall clock shows the same.
    const MS: u64 = 1_000_000;

    /// A run in the making.
    pub(crate) struct Story {
        evidence: Evidence,
        now_ms: u64,
        config: Vec<(String, String)>,
    }

    impl Story {
        /// The node starts with this configuration, at zero.
        pub(crate) fn new(config: &[(&str, &str)]) -> Story {
            let config = config.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            Story { evidence: Evidence::default(), now_ms: 0, config }.start(EventKind::Started).logged(READY)
        }

        fn start(self, kind: EventKind) -> Story {
            let booted = Event::Booted { databases: 16, config: self.config.clone() };
            self.node_event(kind).event(booted)
        }

        fn node_event(mut self, kind: EventKind) -> Story {
            self.evidence.events.push(node_event(self.now_ms, kind));
            self
        }

        /// The clock shows this.
        pub(crate) fn at(mut self, ms: u64) -> Story {
            self.now_ms = ms;
            self
        }

        /// The journal says this.
        pub(crate) fn event(mut self, event: Event) -> Story {
            let at = WallUs::from_millis(self.now_ms as i64);
            self.evidence.journals.entry("cache".into()).or_default().push(Entry { at, event });
            self
        }

        /// Client 7 asks, and the node answers; nobody outside sees it.
        pub(crate) fn command(self, words: &str, reply: &str) -> Story {
            self.event(Event::Command { session: 7, argv: argv(words), reply: reply.into() })
        }

        /// A client asks and hears the answer.
        pub(crate) fn acknowledged(mut self, words: &str, reply: &str) -> Story {
            let heard = operation("web/1", self.now_ms, Some(self.now_ms), words, reply);
            self.evidence.history.operations.push(heard);
            self.command(words, reply)
        }

        /// The node ends so, and starts again with what it finds in its files.
        pub(crate) fn restarted(self, end: EventKind, loaded: &[&str]) -> Story {
            self.ended(end).started_with(loaded)
        }

        /// The node ends so.
        pub(crate) fn ended(self, end: EventKind) -> Story {
            self.node_event(end)
        }

        /// It starts again, and does nothing yet.
        pub(crate) fn started_again(self) -> Story {
            self.start(EventKind::Restarted)
        }

        /// It starts again with what it finds in its files.
        pub(crate) fn started_with(self, loaded: &[&str]) -> Story {
            let story = loaded.iter().fold(self.started_again(), |story, words| story.loaded(words));
            story.logged(READY).event(Event::Connected { session: 8 })
        }

        /// This is in one of its files.
        pub(crate) fn loaded(self, words: &str) -> Story {
            self.event(Event::Loaded { db: 0, argv: argv(words), is_retold: false })
        }

        /// An fsync (or else an append) took from then until now.
        pub(crate) fn slow_since(self, ms: u64, what: Slow) -> Story {
            let to_ns = Some(self.now_ms * MS);
            self.slow(SlowDisk { node: "cache".into(), what, from_ns: ms * MS, to_ns })
        }

        /// An fsync (or else an append) began then and is never done.
        pub(crate) fn hanging_since(self, ms: u64, what: Slow) -> Story {
            self.slow(SlowDisk { node: "cache".into(), what, from_ns: ms * MS, to_ns: None })
        }

        fn slow(mut self, slow: SlowDisk) -> Story {
            self.evidence.slow_disk.push(slow);
            self
        }

        /// The node logs this, between two commands.
        pub(crate) fn logged(mut self, text: &str) -> Story {
            let journal = &self.evidence.journals["cache"];
            let is_boot = |entry: &Entry| matches!(entry.event, Event::Booted { .. });
            let entries = journal.len() - journal.iter().rposition(is_boot).unwrap_or(0);
            let said = Said { at_ns: self.now_ms * MS, from: entries, to: entries, text: text.to_string() };
            self.evidence.logs.entry("cache".into()).or_default().push(said);
            self
        }

        /// The run is over.
        pub(crate) fn evidence(self) -> Evidence {
            self.evidence
        }
    }

    /// The node started or ended then.
    pub(crate) fn node_event(ms: u64, kind: EventKind) -> NodeEvent {
        NodeEvent { at_ns: ms * MS, node: "cache".into(), kind }
    }

    /// A client asks the node at the first time and hears the answer at the second, or never.
    pub(crate) fn operation(
        client: &str,
        from_ms: u64,
        to_ms: Option<u64>,
        words: &str,
        reply: &str,
    ) -> Operation {
        Operation {
            client: client.into(),
            node: "cache".into(),
            invoked_ns: from_ms * MS,
            completed_ns: to_ms.map(|ms| ms * MS),
            command: argv(words),
            outcome: match to_ms {
                Some(_) => Outcome::Reply(reply.into()),
                None => Outcome::Unknown("no reply in time".into()),
            },
        }
    }

    fn argv(words: &str) -> Vec<Vec<u8>> {
        words.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }
}
