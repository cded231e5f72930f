//! Running the commands of an append-only file at the start, for a client that nobody is.

use crate::aof::{Load, Next};
use crate::boot;
use crate::commands::Found;
use crate::context::Context;
use crate::dispatch;
use crate::log::log_line;
use crate::server::Server;
use crate::session::{Client, Multi};
use resplay_base::journal::Event;
use resplay_base::{DiskDone, Effect, Exit, Host};
use resplay_persistence::messages::{self, Line};
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

impl Server {
    /// A disk operation of the reading is over: go on.
    pub(crate) fn load_on(&mut self, host: &mut dyn Host, done: DiskDone) {
        let Some(mut load) = self.state.aof.take_load() else { return };
        let mut next = load.done(done.result);
        if matches!(next, Next::Run) {
            next = match self.run_piece(host, &mut load) {
                Ok(()) => {
                    self.publish_outside(host);
                    load.fed(host.now().mono)
                }
                Err(line) => {
                    load.lines.push(line);
                    Next::Refuse
                }
            };
        }
        for line in std::mem::take(&mut load.lines) {
            log_line(host, line);
        }
        match next {
            Next::Disk(what) => self.state.aof.read_on(host, load, what),
            Next::Ready { handle, size } => {
                self.state.aof.start(handle, size, host.now().mono);
                self.loaded(host);
            }
            Next::Run | Next::Refuse => host.effect(Effect::Exit(Exit(1))),
        }
    }

    fn loaded(&mut self, host: &mut dyn Host) {
        self.data.is_loading = false;
        self.data.propagation.is_on = true;
        self.data.dirty = 0;
        self.replayer = None;
        boot::ready(host, &self.state.config.settings);
    }

    fn run_piece(&mut self, host: &mut dyn Host, load: &mut Load) -> Result<(), Line> {
        let file = load.reading();
        while let Some(command) = load.next_command()? {
            self.replay(host, command.words, &file)?;
        }
        Ok(())
    }

    fn replay(&mut self, host: &mut dyn Host, words: Args<'_>, file: &str) -> Result<(), Line> {
        let Ok(found) = self.state.table.resolve(words) else {
            return Err(messages::unknown_command(&words[0], file));
        };
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
        ctx.data.record(|| Event::Loaded { db, argv: words.iter().map(<[u8]>::to_vec).collect() });
        dispatch::call(&mut ctx, found, words);
        ctx.data.propagation.clear();
        out.clear();
    }
}
