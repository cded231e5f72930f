//! The thread for fsyncs that nobody waits for, so that a slow disk never holds up the loop.

use crate::files::disk_error;
use crate::system::System;
use mio::Waker;
use resplay_base::{DiskDone, DiskError, DiskOk, OpId};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

/// Makes files durable in the background, one after the other.
#[derive(Debug)]
pub(crate) struct Background {
    jobs: Option<Sender<(OpId, Arc<File>)>>,
    done: Receiver<DiskDone>,
    thread: Option<JoinHandle<()>>,
    under_way: usize,
}

impl Background {
    /// Starts the thread; it wakes the loop after each job.
    pub(crate) fn start<S: System>(system: S, waker: Arc<Waker>) -> io::Result<Background> {
        let (jobs, inbox) = mpsc::channel();
        let (outbox, done) = mpsc::channel();
        let run = move || work(&system, &inbox, &outbox, &waker);
        let thread = thread::Builder::new().name(String::from("fsync")).spawn(run)?;
        Ok(Background { jobs: Some(jobs), done, thread: Some(thread), under_way: 0 })
    }

    /// Asks for a file to be made durable.
    pub(crate) fn sync(&mut self, op: OpId, file: Arc<File>) {
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send((op, file)).is_ok()) {
            self.under_way += 1;
        }
    }

    /// A finished job, if there is one.
    pub(crate) fn finished(&mut self) -> Option<DiskDone> {
        let done = self.done.try_recv().ok()?;
        self.under_way -= 1;
        Some(done)
    }

    /// Waits for a job; `None` if none is under way.
    pub(crate) fn wait(&mut self) -> Option<DiskDone> {
        if self.under_way == 0 {
            return None;
        }
        self.under_way -= 1;
        self.done.recv().ok()
    }
}

impl Drop for Background {
    /// What was asked for still happens.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
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
