//! Timers: due first, then set first.

use super::context::Context;
use resplay_base::Mono;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Poller, Poll, Waker};

/// When a timer is due, and its number, which breaks ties.
type Key = (Mono, u64);

/// The timers of one application.
#[derive(Default)]
pub(super) struct Timers {
    entries: BTreeMap<Key, Waker>,
    set: u64,
}

impl Timers {
    /// When the next timer is due.
    pub(super) fn next(&self) -> Option<Mono> {
        self.entries.first_key_value().map(|(key, _)| key.0)
    }

    /// Wakes whoever waits for an instant that has come.
    pub(super) fn fire(&mut self, now: Mono) {
        while self.next().is_some_and(|due| due <= now) {
            if let Some((_, waker)) = self.entries.pop_first() {
                waker.wake();
            }
        }
    }

    fn set(&mut self, due: Mono, waker: Waker) -> Key {
        self.set += 1;
        let key = (due, self.set);
        self.entries.insert(key, waker);
        key
    }
}

/// Waits for an instant of the host's monotonic clock.
pub struct Sleep {
    context: Context,
    due: Mono,
    key: Option<Key>,
}

impl Sleep {
    pub(super) fn until(context: &Context, due: Mono) -> Sleep {
        Sleep { context: context.clone(), due, key: None }
    }

    fn forget(&mut self) {
        if let Some(key) = self.key.take() {
            self.context.state().timers.entries.remove(&key);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<()> {
        if self.context.mono() >= self.due {
            self.forget();
            return Poll::Ready(());
        }
        let due = self.due;
        let known = self.key;
        let mut state = self.context.state();
        let timers = &mut state.timers;
        match known.and_then(|key| timers.entries.get_mut(&key)) {
            Some(waker) => waker.clone_from(poller.waker()),
            None => {
                let key = timers.set(due, poller.waker().clone());
                drop(state);
                self.key = Some(key);
            }
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.forget();
    }
}
