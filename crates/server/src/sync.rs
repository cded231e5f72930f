//! Threads for fsyncs that nobody waits for, so that a slow disk never holds up the loop. Each sync under way has a thread of
//! its own: in the real servers, too, one of an RDB file does not hold up one of the append-only file.

use crate::files::disk_error;
use crate::system::System;
use mio::Waker;
use resplay_base::{DiskDone, DiskError, DiskOk, OpId};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

/// Makes files durable in the background.
#[derive(Debug)]
pub(crate) struct Background<S> {
    system: S,
    waker: Arc<Waker>,
    workers: Vec<Worker>,
    outbox: Sender<DiskDone>,
    done: Receiver<DiskDone>,
}

/// A thread, and the last that it was asked for if that is under way.
#[derive(Debug)]
struct Worker {
    jobs: Sender<(OpId, Arc<File>)>,
    thread: JoinHandle<()>,
    busy: Option<OpId>,
}

impl<S: System> Background<S> {
    /// Threads start when there is something to do; they wake the loop after each job.
    pub(crate) fn new(system: S, waker: Arc<Waker>) -> Background<S> {
        let (outbox, done) = mpsc::channel();
        Background { system, waker, workers: Vec::new(), outbox, done }
    }

    /// Asks for a file to be made durable.
    pub(crate) fn sync(&mut self, op: OpId, file: Arc<File>) -> io::Result<()> {
        let idle = self.workers.iter().position(|worker| worker.busy.is_none());
        let index = idle.map_or_else(|| self.add_worker(), Ok)?;
        let worker = &mut self.workers[index];
        worker.busy = Some(op);
        worker.jobs.send((op, file)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn add_worker(&mut self) -> io::Result<usize> {
        let (jobs, inbox) = mpsc::channel();
        let (system, outbox, waker) = (self.system.clone(), self.outbox.clone(), self.waker.clone());
        let run = move || work(&system, &inbox, &outbox, &waker);
        let thread = thread::Builder::new().name(String::from("fsync")).spawn(run)?;
        self.workers.push(Worker { jobs, thread, busy: None });
        Ok(self.workers.len() - 1)
    }

    /// A finished job, if there is one.
    pub(crate) fn finished(&mut self) -> Option<DiskDone> {
        let done = self.done.try_recv().ok()?;
        Some(self.note(done))
    }

    /// Waits for a job; `None` if none is under way.
    pub(crate) fn wait(&mut self) -> Option<DiskDone> {
        self.workers.iter().find(|worker| worker.busy.is_some())?;
        let done = self.done.recv().ok()?;
        Some(self.note(done))
    }

    fn note(&mut self, done: DiskDone) -> DiskDone {
        let worker = self.workers.iter_mut().find(|worker| worker.busy == Some(done.op));
        worker.into_iter().for_each(|worker| worker.busy = None);
        done
    }
}

impl<S> Drop for Background<S> {
    /// What was asked for still happens.
    fn drop(&mut self) {
        for Worker { jobs, thread, .. } in self.workers.drain(..) {
            drop(jobs);
            drop(thread.join());
        }
    }
}

fn work<S: System>(system: &S, jobs: &Receiver<(OpId, Arc<File>)>, done: &Sender<DiskDone>, waker: &Waker) {
    for (op, file) in jobs {
        let result: Result<_, DiskError> =
            system.sync_file(&file).map(|()| DiskOk::Done).map_err(|why| disk_error(&why));
        if done.send(DiskDone { op, result }).is_err() || waker.wake().is_err() {
            return;
        }
    }
}
