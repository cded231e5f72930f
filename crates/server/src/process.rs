//! The process itself: its limit of open files and its signals.

use mio::{Registry, Token};
use resplay_base::Signal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook_mio::v1_0::Signals;
use std::io;
use std::path::Path;

/// What the real servers ask for: 10,000 clients and 32 files of their own.
const FILES_WANTED: u64 = 10_032;

/// Raises the soft limit of open files as far as the hard one allows. Failing is no error: accepting says so later.
pub(crate) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES_WANTED, |hard| hard.min(FILES_WANTED));
    if limit.current.is_some_and(|soft| soft < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
    }
}

/// Asks for no huge pages: with them a third of the memory would be room that nobody needs. Failing is no error.
pub(crate) fn avoid_huge_pages() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Goes to the directory in which the server keeps its files, as the real servers do before they open any.
pub(crate) fn change_directory(directory: &Path) -> io::Result<()> {
    std::env::set_current_dir(directory).map_err(|error| {
        io::Error::new(error.kind(), format!("Can't chdir to '{}': {error}", directory.display()))
    })
}

/// Signals as events of the queue. SIGHUP is taken and dropped, as the real servers ignore it.
pub(crate) struct Watch {
    signals: Signals,
}

impl Watch {
    /// Starts watching, under `token`.
    pub(crate) fn start(registry: &Registry, token: Token) -> io::Result<Watch> {
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
        registry.register(&mut signals, token, mio::Interest::READABLE)?;
        Ok(Watch { signals })
    }

    /// The signals that came since the last call.
    pub(crate) fn pending(&mut self) -> Vec<Signal> {
        let known = |signal| match signal {
            SIGTERM => Some(Signal::Term),
            SIGINT => Some(Signal::Int),
            _ => None,
        };
        self.signals.pending().filter_map(known).collect()
    }
}
