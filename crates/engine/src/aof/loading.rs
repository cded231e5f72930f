//! What the server does about append-only files that are read: their commands run for a client that nobody is.

use super::{Load, LoadFor, Next, Start, fresh_base};
use crate::boot;
use crate::commands::Found;
use crate::context::Context;
use crate::dispatch;
use crate::keyspace::Dataset;
use crate::limits;
use crate::log::log_line;
use crate::rdb;
use crate::row::flag;
use crate::server::Server;
use crate::session::{Client, Multi};
use crate::state::State;
use resplay_base::journal::Event;
use resplay_base::{DiskDone, Effect, Exit, Host};
use resplay_persistence::messages::{self, Line, rewrite};
use resplay_resp::{Args, OwnedArgs, Protocol, Writer};

/// The client in whose name a file's commands run, and its unread output.
#[derive(Clone, Debug)]
pub struct Replayer {
    client: Client,
    out: Vec<u8>,
}

impl Replayer {
    /// A client outside of any transaction, at database 0.
    pub fn new(client: Client) -> Replayer {
        Replayer { client, out: Vec::new() }
    }
}

impl State {
    /// Begins to read the append-only file, or what is known of it, back.
    pub fn start_aof_load(&mut self, data: &mut Dataset, host: &mut dyn Host, purpose: LoadFor) {
        let settings = &self.config.settings;
        let now = host.now();
        let start = Start {
            settings,
            limits: limits::of_values(settings, data.seed(), self.packed_threshold),
            fresh_base: fresh_base(self, data, now),
            now,
        };
        data.is_loading = true;
        self.rdb.functions.clear();
        let mut files = self.aof.files.clone();
        files.root = self.root.clone();
        let (load, first) = Load::new(purpose, files, start);
        self.aof.read_on(host, load, first);
    }
}

impl Server {
    /// A disk operation of the reading is over: go on.
    pub(crate) fn load_on(&mut self, host: &mut dyn Host, done: DiskDone) {
        let Some(mut load) = self.state.aof.take_load() else { return };
        let mut next = load.done(done.result);
        tell(host, &mut load);
        if matches!(next, Next::Take) {
            next = self.take_piece(host, &mut load);
            tell(host, &mut load);
        }
        match next {
            Next::Disk(what) => self.state.aof.read_on(host, load, what),
            Next::Ready => self.loaded(host, load),
            Next::Take | Next::Refuse => host.effect(Effect::Exit(Exit(1))),
        }
    }

    fn loaded(&mut self, host: &mut dyn Host, load: Load) {
        self.data.is_loading = false;
        match load.purpose {
            LoadFor::Boot => {
                self.state.aof.start(load, host.now().mono);
                self.data.dirty = 0;
                self.data.propagation.is_on = true;
                self.replayer = None;
                boot::ready(host, &self.state.config.settings);
            }
            LoadFor::Manifest => {
                self.state.aof.files = load.files;
                self.state.start_load(&mut self.data, host, rdb::LoadFor::Boot);
            }
            LoadFor::Debug(client) => {
                self.state.aof.files.adopt_handles(&load.files);
                self.replayer = None;
                log_line(host, rewrite::reloaded());
                self.finish_waiting(host, client, Ok("OK"));
            }
        }
    }

    fn take_piece(&mut self, host: &mut dyn Host, load: &mut Load) -> Next {
        if let Some((reader, intake)) = load.rdb() {
            match intake.take(&mut self.data, host, reader) {
                Ok(false) => return load.fed(host.now().mono),
                Ok(true) => {
                    intake.finish(host);
                    self.state.rdb.functions.append(&mut intake.functions);
                    load.rdb_is_over();
                    tell(host, load);
                }
                Err(refusal) => {
                    load.refuse_rdb(refusal);
                    return Next::Refuse;
                }
            }
        }
        match self.run_piece(host, load) {
            Ok(()) => {
                self.publish_outside(host);
                load.fed(host.now().mono)
            }
            Err(line) => {
                load.lines.push(line);
                Next::Refuse
            }
        }
    }

    fn run_piece(&mut self, host: &mut dyn Host, load: &mut Load) -> Result<(), Line> {
        let file = load.reading();
        if load.is_first_piece() {
            // In each file a client of its own, as in the real servers: it has database 0.
            self.replayer = Some(Replayer::new(self.nobody(host.now().mono)));
        }
        while let Some(command) = load.next_command()? {
            self.replay(host, command.words, &file)?;
        }
        Ok(())
    }

    fn replay(&mut self, host: &mut dyn Host, words: Args<'_>, file: &str) -> Result<(), Line> {
        let Ok(found) = self.state.table.resolve(words) else {
            if let Some(source) = library(words) {
                self.state.rdb.functions.push(source.to_vec());
                return Ok(());
            }
            return Err(messages::unknown_command(&words[0], file));
        };
        if found.row.flags & (flag::ADMIN | flag::WRITE) == flag::ADMIN {
            log_line(host, messages::skipped_command(found.row.name, file));
            return Ok(());
        }
        let Some(mut replayer) = self.replayer.take() else { return Ok(()) };
        match found.row.name {
            "multi" => replayer.client.multi = Some(Multi::default()),
            "exec" => {
                for (found, words) in replayer.client.multi.take().into_iter().flat_map(|multi| multi.queue) {
                    self.repeat(host, &mut replayer, found, words.as_args());
                }
            }
            _ => match &mut replayer.client.multi {
                Some(multi) => multi.queue.push((found, OwnedArgs::from(words))),
                None => self.repeat(host, &mut replayer, found, words),
            },
        }
        self.replayer = Some(replayer);
        Ok(())
    }

    fn repeat(&mut self, host: &mut dyn Host, replayer: &mut Replayer, found: Found, words: Args<'_>) {
        let now = host.now();
        let Replayer { client, out } = replayer;
        let db = client.db;
        let mut ctx = Context {
            host,
            now,
            data: &mut self.data,
            reply: Writer::new(out, Protocol::Resp2),
            client,
            clients: &mut self.clients,
            server: &mut self.state,
        };
        ctx.data.begin(now, db);
        ctx.data.record(|| Event::Loaded {
            db,
            argv: words.iter().map(<[u8]>::to_vec).collect(),
            is_retold: false,
        });
        dispatch::call(&mut ctx, found, words);
        ctx.data.propagation.clear();
        out.clear();
    }
}

/// The source of a library of functions: it is kept for the next file.
fn library(words: Args<'_>) -> Option<&[u8]> {
    let is = |at: usize, word: &[u8]| words[at].eq_ignore_ascii_case(word);
    let is_library = (3..=4).contains(&words.len()) && is(0, b"function") && is(1, b"load");
    words.iter().last().filter(|_| is_library)
}

fn tell(host: &mut dyn Host, load: &mut Load) {
    for line in std::mem::take(&mut load.lines) {
        log_line(host, line);
    }
}
