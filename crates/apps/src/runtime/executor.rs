//! Runs tasks, first woken first run.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A task whose result, if any, goes through a [`JoinHandle`].
pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The tasks of one application.
#[derive(Default)]
pub(super) struct Executor {
    tasks: Vec<Option<Slot>>,
    free: Vec<usize>,
    ready: Arc<ReadyQueue>,
}

struct Slot {
    task: Task,
    flag: Arc<Flag>,
    waker: Waker,
}

impl Executor {
    /// Takes a task in; it runs when those already woken have run.
    pub(super) fn adopt(&mut self, task: Task) {
        let index = self.free.pop().unwrap_or_else(|| {
            self.tasks.push(None);
            self.tasks.len() - 1
        });
        let flag = Arc::new(Flag { index, queued: AtomicBool::new(false), ready: Arc::clone(&self.ready) });
        flag.wake_by_ref();
        self.tasks[index] = Some(Slot { task, waker: Waker::from(Arc::clone(&flag)), flag });
    }

    /// Runs the task that was woken first, if there is one.
    pub(super) fn run_next(&mut self) -> bool {
        let Some(index) = self.ready.pop() else { return false };
        // The slot may be empty, or hold a younger task, if a finished one was woken: a poll too many is harmless.
        if let Some(slot) = self.tasks[index].as_mut() {
            slot.flag.queued.store(false, Ordering::Relaxed);
            if slot.task.as_mut().poll(&mut Context::from_waker(&slot.waker)).is_ready() {
                self.tasks[index] = None;
                self.free.push(index);
            }
        }
        true
    }

    /// Whether a task waits to run.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// How many tasks there are.
    pub(super) fn len(&self) -> usize {
        self.tasks.len() - self.free.len()
    }
}

/// Indices of woken tasks. `Waker` must be shareable between threads, hence the lock; there is only one thread.
#[derive(Default)]
struct ReadyQueue(Mutex<VecDeque<usize>>);

impl ReadyQueue {
    fn push(&self, index: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(index);
    }

    fn pop(&self) -> Option<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

/// What a task's waker points to.
struct Flag {
    index: usize,
    queued: AtomicBool,
    ready: Arc<ReadyQueue>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.push(self.index);
        }
    }
}

/// The result of a spawned task, to be awaited. The task runs on if this is dropped.
pub struct JoinHandle<T> {
    result: Rc<RefCell<JoinState<T>>>,
}

struct JoinState<T> {
    value: Option<T>,
    waiting: Option<Waker>,
}

/// Splits a future into a task without result and the handle that its result goes to.
pub(super) fn joinable<T: 'static>(future: impl Future<Output = T> + 'static) -> (Task, JoinHandle<T>) {
    let result = Rc::new(RefCell::new(JoinState { value: None, waiting: None }));
    let handle = JoinHandle { result: Rc::clone(&result) };
    let task = async move {
        let value = future.await;
        let mut state = result.borrow_mut();
        state.value = Some(value);
        if let Some(waker) = state.waiting.take() {
            waker.wake();
        }
    };
    (Box::pin(task), handle)
}

impl<T> Future for JoinHandle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.result.borrow_mut();
        match state.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                state.waiting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
