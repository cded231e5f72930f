//! Work on several threads, whose results come in the order of the work.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Performs jobs on so many threads; `consume` gets the results with their numbers as they come, and when it returns no
/// further job is begun.
pub fn run<J, R: Send, T>(
    threads: usize,
    jobs: impl Iterator<Item = J> + Send,
    perform: impl Fn(J) -> R + Sync,
    consume: impl FnOnce(&Receiver<(usize, R)>) -> T,
) -> T {
    let (jobs, gone) = (Mutex::new(jobs.enumerate()), AtomicBool::new(false));
    // So that nobody runs far ahead of whoever takes the results.
    let (sender, receiver) = mpsc::sync_channel(threads * 4);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, jobs, gone, perform) = (sender.clone(), &jobs, &gone, &perform);
            scope.spawn(move || {
                while !gone.load(Ordering::Relaxed) {
                    let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, job)) = next else { return };
                    if sender.send((index, perform(job))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let result = consume(&receiver);
        gone.store(true, Ordering::Relaxed);
        drop(receiver);
        result
    })
}

/// As many as asked for, else one per processor.
pub fn threads(jobs: Option<u16>) -> usize {
    jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// Hands results over in the order of their numbers, each as soon as it is its turn, until somebody has had enough.
pub fn in_order<T>(results: impl Iterator<Item = (usize, T)>, mut hand_over: impl FnMut(T) -> bool) {
    let mut waiting = BTreeMap::new();
    let mut turn = 0;
    for (index, result) in results {
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&turn) {
            if !hand_over(result) {
                return;
            }
            turn += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whichever_is_ready_first() {
        let mut handed = Vec::new();
        let results = [(2, 'c'), (0, 'a'), (1, 'b'), (3, 'd')];
        in_order(results.into_iter(), |result| {
            handed.push(result);
            result != 'c'
        });
        assert_eq!(handed, ['a', 'b', 'c']);
    }

    #[test]
    fn every_job_is_done_once_and_none_after_the_end() {
        let sum = run(3, 1..=100, |n: u64| n * 2, |results| results.iter().map(|(_, n)| n).sum::<u64>());
        assert_eq!(sum, 10_100);
        let first = run(3, 0.., |n: u64| n, |results| results.iter().take(5).count());
        assert_eq!(first, 5);
    }
}
