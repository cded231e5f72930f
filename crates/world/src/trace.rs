//! What the world keeps for its judges: the digest, the ledger of faults, counters, and, when asked, the events.

use crate::digest::Digest;
use crate::faults::Ledger;
use crate::host::HostId;
use resplay_base::{DiskDone, DiskOk, Input};
use std::collections::VecDeque;

/// One delivered input, as kept when asked ([`crate::World::keep_trace`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceLine {
    /// The input's number in this world, from 1.
    pub number: u64,
    /// True time, in nanoseconds.
    pub at: u64,
    /// Whose process got it.
    pub host: HostId,
    /// The input; of data the first bytes.
    pub what: String,
    /// How many bytes it brought.
    pub bytes: usize,
    /// The digest after it: the first line in which two runs differ is where they part.
    pub digest: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) digest: Digest,
    pub(crate) ledger: Ledger,
    /// Inputs delivered to nodes, without `Flush`.
    pub(crate) inputs: u64,
    /// Events taken from the heap.
    pub(crate) events: u64,
    trace: Option<Box<Trace>>,
}

#[derive(Clone, Debug)]
struct Trace {
    skip: u64,
    keep: usize,
    lines: VecDeque<TraceLine>,
}

/// How many bytes of data a trace line shows.
const SHOWN_BYTES: usize = 160;

impl Record {
    pub(crate) fn new(seed: u64) -> Record {
        Record { digest: Digest::new(seed), ledger: Ledger::default(), inputs: 0, events: 0, trace: None }
    }

    pub(crate) fn keep_trace(&mut self, skip: u64, keep: usize) {
        self.trace = Some(Box::new(Trace { skip, keep, lines: VecDeque::new() }));
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &TraceLine> {
        self.trace.iter().flat_map(|trace| &trace.lines)
    }

    /// Takes note of an input that is delivered now.
    pub(crate) fn input(&mut self, at: u64, host: HostId, input: &Input<'_>) {
        self.digest.word(at);
        match input {
            Input::Flush => return self.digest.word(u64::from(host.0) << 8 | 1),
            Input::Data { fd, bytes } => {
                self.digest.word(u64::from(fd.0) << 40 | u64::from(host.0) << 8 | 2);
                self.digest.bytes(bytes);
            }
            Input::Timer => self.digest.word(u64::from(host.0) << 8 | 3),
            Input::Writable { fd } => self.digest.word(u64::from(fd.0) << 40 | u64::from(host.0) << 8 | 4),
            Input::DiskDone(done) => {
                self.digest.word(u64::from(host.0) << 8 | 5);
                self.disk_done(done);
            }
            other => {
                self.digest.word(u64::from(host.0) << 8 | 6);
                self.digest.bytes(format!("{other:?}").as_bytes());
            }
        }
        self.inputs += 1;
        if self.trace.is_some() {
            self.trace_input(at, host, input);
        }
    }

    fn disk_done(&mut self, done: &DiskDone) {
        self.digest.word(done.op.0);
        match &done.result {
            Ok(DiskOk::Bytes(bytes)) => self.digest.bytes(bytes),
            result => self.digest.bytes(format!("{result:?}").as_bytes()),
        }
    }

    fn trace_input(&mut self, at: u64, host: HostId, input: &Input<'_>) {
        let (number, digest) = (self.inputs, self.digest.value());
        let Some(trace) = self.trace.as_mut().filter(|trace| number > trace.skip) else { return };
        if trace.lines.len() >= trace.keep {
            trace.lines.pop_front();
        }
        trace.lines.push_back(TraceLine {
            number,
            at,
            host,
            what: describe(input),
            bytes: bytes_of(input),
            digest,
        });
    }
}

fn bytes_of(input: &Input<'_>) -> usize {
    match input {
        Input::Data { bytes, .. } => bytes.len(),
        Input::DiskDone(DiskDone { result: Ok(DiskOk::Bytes(bytes)), .. }) => bytes.len(),
        _ => 0,
    }
}

fn describe(input: &Input<'_>) -> String {
    match input {
        Input::Data { fd, bytes } => {
            format!("Data {{ fd: {}, {} }}", fd.0, show(bytes))
        }
        Input::DiskDone(DiskDone { op, result: Ok(DiskOk::Bytes(bytes)) }) => {
            format!("DiskDone {{ op: {}, {} }}", op.0, show(bytes))
        }
        other => format!("{other:?}"),
    }
}

fn show(bytes: &[u8]) -> String {
    let shown = &bytes[..bytes.len().min(SHOWN_BYTES)];
    format!("{} bytes: \"{}\"", bytes.len(), shown.escape_ascii())
}
