//! What a running command may touch.

use crate::keyspace::Dataset;
use crate::session::{Client, Sessions};
use crate::state::State;
use resplay_base::{Host, Now};
use resplay_resp::{Protocol, Writer};

/// A running command's view of the server. The fields borrow apart, so that a value read from `data` can be
/// written straight to `reply`.
pub struct Context<'a> {
    /// The machine.
    pub host: &'a mut dyn Host,
    /// When the command (or its transaction) started.
    pub now: Now,
    /// The dataset; the client's database is selected.
    pub data: &'a mut Dataset,
    /// Where the reply goes.
    pub reply: Writer<'a>,
    /// Who asked.
    pub client: &'a mut Client,
    /// The other clients; the asking one is checked out.
    pub clients: &'a mut Sessions,
    /// Configuration, statistics, files: everything that is neither data nor a client.
    pub server: &'a mut State,
}

impl Context<'_> {
    /// The client's protocol from now on, for replies too.
    pub fn speak(&mut self, protocol: Protocol) {
        self.client.protocol = protocol;
        self.reply.protocol = protocol;
    }

    /// The client's database from now on.
    pub fn select(&mut self, db: u32) {
        self.client.db = db;
        self.data.db = db;
    }

    /// Memory that counts, in bytes, by the published formula.
    pub fn used_memory(&self) -> u64 {
        crate::memory::used(self.data, self.clients, self.client, &self.reply, self.server)
    }

    /// Instead of the command itself, repeat this one in the append-only file.
    pub fn rewrite(&mut self, words: &[&[u8]]) {
        self.data.propagation.replace();
        self.data.propagation.push(self.data.db, words);
    }

    /// All that the command comes to is that a key is gone: UNLINK or DEL, as `lazyfree-lazy-server-del` asks.
    pub fn rewrite_as_deletion(&mut self, key: &[u8]) {
        let is_lazy = self.server.config.settings.lazyfree_lazy_server_del;
        self.rewrite(&[if is_lazy { b"UNLINK" } else { b"DEL" }, key]);
    }
}
