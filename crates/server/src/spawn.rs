//! A node on a thread of its own, for tests and benches that talk to it over real sockets.

use crate::driver::Driver;
use crate::options::Options;
use crate::system::{Real, System};
use mio::Waker;
use resplay_base::{Boot, Endpoint, Node};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Starts a node on a thread of its own. It gets no signals from the operating system.
pub fn spawn<N: Node + Send + 'static>(node: N, boot: Boot, options: Options) -> io::Result<Running> {
    spawn_on(node, Real, boot, options)
}

pub(crate) fn spawn_on<N, S>(node: N, system: S, boot: Boot, options: Options) -> io::Result<Running>
where
    N: Node + Send + 'static,
    S: System,
{
    let mut driver = Driver::new(node, system, options)?;
    let (told, addresses) = std::sync::mpsc::channel();
    let control = Arc::new(Control::default());
    let waker = driver.obey(Remote { control: Arc::clone(&control), addresses: told });
    let thread = thread::Builder::new().name(String::from("node")).spawn(move || driver.run(boot))?;
    Ok(Running { control, waker, addresses, thread })
}

/// A node that runs on a thread.
#[derive(Debug)]
pub struct Running {
    control: Arc<Control>,
    waker: Arc<Waker>,
    addresses: Receiver<Endpoint>,
    thread: JoinHandle<io::Result<i32>>,
}

impl Running {
    /// The next address on which the node began to listen. Waits for it ten seconds at most.
    pub fn address(&self) -> Option<Endpoint> {
        self.addresses.recv_timeout(Duration::from_secs(10)).ok()
    }

    /// Delivers a SIGTERM and waits for the node to exit; returns its exit status.
    pub fn terminate(self) -> io::Result<i32> {
        self.stop(TERMINATE)
    }

    /// Stops the node between two turns, without a word to it: all that a SIGKILL leaves is what was written.
    pub fn kill(self) -> io::Result<i32> {
        self.stop(KILL)
    }

    fn stop(self, how: u8) -> io::Result<i32> {
        self.control.wish.store(how, Ordering::Release);
        self.waker.wake()?;
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the node panicked")))
    }
}

/// The driver's end of a [`Running`].
#[derive(Debug)]
pub(crate) struct Remote {
    control: Arc<Control>,
    addresses: Sender<Endpoint>,
}

/// What a [`Running`] may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Terminate,
    Kill,
}

impl Remote {
    /// Takes the wish that was made, if any.
    pub(crate) fn wish(&self) -> Option<Wish> {
        match self.control.wish.swap(NONE, Ordering::Acquire) {
            TERMINATE => Some(Wish::Terminate),
            KILL => Some(Wish::Kill),
            _ => None,
        }
    }

    /// Tells where the node listens.
    pub(crate) fn listening(&self, at: Endpoint) {
        drop(self.addresses.send(at));
    }
}

const NONE: u8 = 0;
const TERMINATE: u8 = 1;
const KILL: u8 = 2;

#[derive(Debug, Default)]
struct Control {
    wish: AtomicU8,
}
