//! What servers leave behind: their journals, their logs, what their disks were slow in, and their exits, for judges who come when the
//! processes are gone.

use resplay_base::journal::{Entry, Event};
use resplay_base::{DiskOp, Effect, Exit, Host, Input, Mono, Now, OpId, WallUs, Work};
use resplay_checkers::{Said, Slow, SlowDisk};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A sync or append longer than this is told to the judges, in nanoseconds: what is acknowledged under `everysec` is in
/// danger for a second and as long as these take.
const SLOW_NS: u64 = 100_000_000;

/// All that a process did that ended in the moment in which it began.
const UNBORN: Entry = Entry { at: WallUs(0), event: Event::Booted { databases: 16, config: Vec::new() } };

/// What servers left behind. Clones share it.
#[derive(Clone, Default)]
pub struct Recorder {
    inner: Rc<RefCell<Records>>,
}

/// The records.
#[derive(Default)]
pub struct Records {
    /// By server; one after the other when it was started several times.
    pub journals: BTreeMap<String, Vec<Entry>>,
    /// Syncs and appends that took long or were never done.
    pub slow_disk: Vec<SlowDisk>,
    /// What servers logged.
    pub logs: BTreeMap<String, Vec<Said>>,
    /// Processes that ended by themselves: when (true time, in nanoseconds), which server, how.
    pub exits: Vec<(u64, String, Exit)>,
}

impl Recorder {
    /// All records so far; they are gone from here.
    pub fn take(&self) -> Records {
        std::mem::take(&mut self.inner.borrow_mut())
    }
}

/// The recorder's man at one process.
pub struct Witness {
    recorder: Recorder,
    node: String,
    /// True time at which the host's monotonic clock was zero, in nanoseconds.
    booted_ns: u64,
    /// Syncs and appends under way, and since when.
    under_way: BTreeMap<OpId, (Slow, u64)>,
    /// What the process stands still for, and since when.
    awaited: Option<(OpId, u64)>,
    /// What the process logs on the input that it is about.
    saying: Vec<(u64, String)>,
}

impl Witness {
    /// Stands by a process of this server, whose host booted at this true time.
    pub fn new(recorder: &Recorder, node: &str, booted_ns: u64) -> Witness {
        let (recorder, node) = (recorder.clone(), node.to_string());
        Witness { recorder, node, booted_ns, under_way: BTreeMap::new(), awaited: None, saying: Vec::new() }
    }

    /// Takes note of what the process gets.
    pub fn input(&mut self, now: Now, input: &Input<'_>) {
        let Input::DiskDone(done) = input else { return };
        let stood = self.awaited.take_if(|(op, _)| *op == done.op).map(|(_, from_ns)| (Slow::Pause, from_ns));
        let to_ns = self.true_ns(now);
        for (what, from_ns) in self.under_way.remove(&done.op).into_iter().chain(stood) {
            if to_ns.saturating_sub(from_ns) > SLOW_NS {
                self.slow(what, from_ns, Some(to_ns));
            }
        }
    }

    /// The input has been dealt with: what was said belongs between these lengths of the journal.
    pub fn dealt_with(&mut self, from: usize, to: usize) {
        if self.saying.is_empty() {
            return;
        }
        let mut records = self.recorder.inner.borrow_mut();
        let said = self.saying.drain(..).map(|(at_ns, text)| Said { at_ns, from, to, text });
        records.logs.entry(self.node.clone()).or_default().extend(said);
    }

    /// The process is gone.
    pub fn end(&mut self, mut journal: Vec<Entry>) {
        let stood = self.awaited.take().map(|(_, from_ns)| (Slow::Pause, from_ns));
        for (what, from_ns) in std::mem::take(&mut self.under_way).into_values().chain(stood) {
            self.slow(what, from_ns, None);
        }
        if !matches!(journal.first(), Some(Entry { event: Event::Booted { .. }, .. })) {
            // It was killed before it knew that it began; judges count lives by what they begin with.
            journal.insert(0, UNBORN);
        }
        let mut records = self.recorder.inner.borrow_mut();
        records.journals.entry(self.node.clone()).or_default().append(&mut journal);
    }

    fn effect(&mut self, now: Now, effect: &Effect) {
        match effect {
            Effect::Disk { op, what: what @ (DiskOp::Fsync { .. } | DiskOp::Append { .. }) } => {
                let what = if matches!(what, DiskOp::Fsync { .. }) { Slow::Sync } else { Slow::Append };
                self.under_way.insert(*op, (what, self.true_ns(now)));
            }
            Effect::AwaitDisk { op } => self.awaited = Some((*op, self.true_ns(now))),
            Effect::Log { text, .. } => self.saying.push((self.true_ns(now), text.clone())),
            Effect::Exit(exit) => {
                let exited = (self.true_ns(now), self.node.clone(), *exit);
                self.recorder.inner.borrow_mut().exits.push(exited);
            }
            _ => {}
        }
    }

    fn slow(&self, what: Slow, from_ns: u64, to_ns: Option<u64>) {
        let slow = SlowDisk { node: self.node.clone(), what, from_ns, to_ns };
        self.recorder.inner.borrow_mut().slow_disk.push(slow);
    }

    fn true_ns(&self, now: Now) -> u64 {
        self.booted_ns + now.mono.0
    }
}

/// A host that lets a witness see what a process asks for.
pub struct Watched<'a> {
    /// The host.
    pub host: &'a mut dyn Host,
    /// The witness.
    pub witness: &'a mut Witness,
}

impl Host for Watched<'_> {
    fn now(&self) -> Now {
        self.host.now()
    }
    fn charge(&mut self, work: Work) -> Mono {
        self.host.charge(work)
    }
    fn effect(&mut self, effect: Effect) {
        self.witness.effect(self.host.now(), &effect);
        self.host.effect(effect);
    }
}
