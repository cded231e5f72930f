//! Waiting for one of two things.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// One of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first was done first, or both were done at once.
    First(A),
    /// The second was done first.
    Second(B),
}

/// The time allowed was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl std::error::Error for Elapsed {}

/// Waits for whichever is done first and drops the other. When both are done at once, the first one counts:
/// the order is fixed, never drawn.
pub async fn race<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|poller| {
        if let Poll::Ready(value) = first.as_mut().poll(poller) {
            return Poll::Ready(Either::First(value));
        }
        second.as_mut().poll(poller).map(Either::Second)
    })
    .await
}
