//! Waiting for other tasks of the same application.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Lets a fixed number of tasks through at once; the others wait, first come first served.
#[derive(Clone)]
pub struct Semaphore {
    inner: Rc<RefCell<Inner>>,
}

struct Inner {
    free: usize,
    queue: VecDeque<Rc<RefCell<Waiter>>>,
}

#[derive(Default)]
struct Waiter {
    granted: bool,
    waker: Option<Waker>,
}

impl Semaphore {
    /// With that many permits.
    pub fn new(permits: usize) -> Semaphore {
        Semaphore { inner: Rc::new(RefCell::new(Inner { free: permits, queue: VecDeque::new() })) }
    }

    /// How many permits nobody has.
    pub fn free(&self) -> usize {
        self.inner.borrow().free
    }

    /// How many tasks wait.
    pub fn waiting(&self) -> usize {
        self.inner.borrow().queue.len()
    }

    /// Waits for a permit, which goes back when it is dropped.
    pub fn acquire(&self) -> impl Future<Output = Permit> + use<> {
        let queue = Queued { semaphore: self.clone(), waiter: Rc::default() };
        let mut joined = false;
        poll_fn(move |poller| {
            if !joined {
                joined = true;
                queue.semaphore.join(&queue.waiter);
            }
            let mut waiter = queue.waiter.borrow_mut();
            if std::mem::replace(&mut waiter.granted, false) {
                return Poll::Ready(Permit { semaphore: queue.semaphore.clone() });
            }
            waiter.waker = Some(poller.waker().clone());
            Poll::Pending
        })
    }

    fn join(&self, waiter: &Rc<RefCell<Waiter>>) {
        let mut inner = self.inner.borrow_mut();
        if inner.free > 0 {
            inner.free -= 1;
            waiter.borrow_mut().granted = true;
        } else {
            inner.queue.push_back(Rc::clone(waiter));
        }
    }

    /// Gives a permit to the first who waits, else keeps it.
    fn release(&self) {
        let mut inner = self.inner.borrow_mut();
        let Some(first) = inner.queue.pop_front() else {
            inner.free += 1;
            return;
        };
        let mut waiter = first.borrow_mut();
        waiter.granted = true;
        if let Some(waker) = waiter.waker.take() {
            waker.wake();
        }
    }

    fn leave(&self, waiter: &Rc<RefCell<Waiter>>) {
        self.inner.borrow_mut().queue.retain(|other| !Rc::ptr_eq(other, waiter));
    }
}

/// A place in the queue; leaves it when dropped, and passes on a permit that came too late.
struct Queued {
    semaphore: Semaphore,
    waiter: Rc<RefCell<Waiter>>,
}

impl Drop for Queued {
    fn drop(&mut self) {
        let granted = self.waiter.borrow().granted;
        if granted {
            self.semaphore.release();
        } else {
            self.semaphore.leave(&self.waiter);
        }
    }
}

/// Leave to go on; goes back when dropped.
pub struct Permit {
    semaphore: Semaphore,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}
