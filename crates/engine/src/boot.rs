//! Starting: configuration, listeners, and the files to read back.

use crate::aof::{Files, LoadFor};
use crate::config::{Config, Settings};
use crate::keyspace::Dataset;
use crate::log::log;
use crate::rdb::Rdb;
use crate::state::{Identity, State};
use resplay_base::{Boot, Effect, Endpoint, Host, Listener};

/// The state of a process started like this, or the message with which it ends.
pub fn start(host: &mut dyn Host, boot: &Boot) -> Result<State, String> {
    let text = boot.config.as_ref().map(|(_, text)| text.as_slice());
    let loaded = Config::load(text, &boot.args).map_err(|error| error.to_string())?;
    log(host, '*', "oO0OoO0OoO0Oo Valkey is starting oO0OoO0OoO0Oo");
    if !loaded.inert.is_empty() {
        log(host, '*', &format!("Accepted without effect yet: {}", loaded.inert.join(", ")));
    }
    let mut state = State::new(loaded.config, boot.seed);
    state.rdb = Rdb::new(host.now());
    state.identity = Identity {
        pid: boot.pid,
        started: host.now(),
        config_file: boot.config.as_ref().map(|(path, _)| path.clone()).unwrap_or_default(),
        ..state.identity
    };
    Ok(state)
}

/// A place to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub at: Endpoint,
    /// The machine may lack this address: a leading minus in `bind`.
    pub is_optional: bool,
}

/// Where a server with these settings listens, in order.
pub fn listeners(settings: &Settings) -> Vec<Place> {
    let mut all = Vec::new();
    if settings.port != 0 {
        all.extend(settings.bind.iter().map(|word| place(word, settings.port)));
    }
    if !settings.unixsocket.is_empty() {
        all.push(Place { at: Endpoint::Unix(settings.unixsocket.clone()), is_optional: false });
    }
    all
}

fn place(word: &str, port: u16) -> Place {
    let host = word.strip_prefix('-').unwrap_or(word);
    let host = if host == "::*" { "::" } else { host };
    Place { at: Endpoint::tcp(host, port), is_optional: word.starts_with('-') }
}

/// Asks for all listeners.
pub fn listen(host: &mut dyn Host, settings: &Settings) {
    for (number, place) in (0..).zip(listeners(settings)) {
        host.effect(Effect::Listen { listener: Listener(number), at: place.at });
    }
}

impl State {
    /// Begins to read back what `appendonly` says: the append-only file, or the RDB file. In either case the manifest is
    /// looked at: the append-only file may be turned on later.
    pub fn boot_files(&mut self, data: &mut Dataset, host: &mut dyn Host) {
        let settings = &self.config.settings;
        self.aof.files = Files::new(self.root.clone(), &settings.appenddirname, &settings.appendfilename);
        let purpose = if settings.appendonly { LoadFor::Boot } else { LoadFor::Manifest };
        self.start_aof_load(data, host, purpose);
    }
}

/// The line that scripts wait for.
pub fn ready(host: &mut dyn Host, settings: &Settings) {
    if settings.port != 0 {
        log(host, '*', "Ready to accept connections tcp");
    }
    if !settings.unixsocket.is_empty() {
        log(host, '*', "Ready to accept connections unix");
    }
}
