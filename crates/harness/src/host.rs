//! What runs on a host of a scenario: a server (perhaps behind a museum's filter) or an application.

use crate::museum::Bug;
use crate::recorder::{Watched, Witness};
use resplay_apps::AppNode;
use resplay_base::{Fd, Host, Input, Mono, Node};
use resplay_engine::Server;

/// A process.
pub enum HostNode {
    /// A server.
    Server {
        /// The server.
        server: Box<Recorded>,
        /// What stands between it and its host.
        bug: Option<Box<dyn Bug>>,
    },
    /// An application.
    App(Box<AppNode>),
}

impl HostNode {
    /// The application, if it is one.
    pub fn app(&self) -> Option<&AppNode> {
        match self {
            HostNode::App(app) => Some(app),
            HostNode::Server { .. } => None,
        }
    }

    /// The application, if it is one.
    pub fn app_mut(&mut self) -> Option<&mut AppNode> {
        match self {
            HostNode::App(app) => Some(app),
            HostNode::Server { .. } => None,
        }
    }

    /// How many entries a server's journal has so far.
    pub fn journal_len(&self) -> Option<usize> {
        match self {
            HostNode::Server { server, .. } => Some(server.journal_len()),
            HostNode::App(_) => None,
        }
    }

    fn node(&self) -> &dyn Node {
        match self {
            HostNode::Server { server, .. } => &**server,
            HostNode::App(app) => &**app,
        }
    }

    fn node_mut(&mut self) -> &mut dyn Node {
        match self {
            HostNode::Server { server, .. } => &mut **server,
            HostNode::App(app) => &mut **app,
        }
    }
}

impl Node for HostNode {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        match self {
            HostNode::Server { server, bug: Some(bug) } => bug.handle(&mut **server, host, input),
            other => other.node_mut().handle(host, input),
        }
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        match self {
            HostNode::Server { server, bug: Some(bug) } => bug.sent(&mut **server, fd, n),
            other => other.node_mut().sent(fd, n),
        }
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        match self {
            HostNode::Server { server, bug: Some(bug) } => bug.unsent(&**server, fd),
            other => other.node().unsent(fd),
        }
    }
    fn deadline(&self) -> Option<Mono> {
        match self {
            HostNode::Server { server, bug: Some(bug) } => bug.deadline(&**server),
            other => other.node().deadline(),
        }
    }
    fn resident_bytes(&self) -> u64 {
        self.node().resident_bytes()
    }
}

/// A server that leaves records: however its process ends, what it did reaches the recorder.
pub struct Recorded {
    server: Server,
    witness: Witness,
}

impl Recorded {
    /// A server that has not booted.
    pub fn new(witness: Witness) -> Recorded {
        let mut server = Server::new();
        server.keep_journal(true);
        Recorded { server, witness }
    }

    /// How many entries the journal has so far.
    pub fn journal_len(&self) -> usize {
        self.server.journal().len()
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        self.witness.end(self.server.take_journal());
    }
}

impl Node for Recorded {
    fn handle(&mut self, host: &mut dyn Host, input: Input<'_>) {
        let before = self.journal_len();
        self.witness.input(host.now(), &input);
        self.server.handle(&mut Watched { host, witness: &mut self.witness }, input);
        self.witness.dealt_with(before, self.journal_len());
    }
    fn sent(&mut self, fd: Fd, n: usize) {
        self.server.sent(fd, n);
    }
    fn unsent(&self, fd: Fd) -> &[u8] {
        self.server.unsent(fd)
    }
    fn deadline(&self) -> Option<Mono> {
        self.server.deadline()
    }
    fn resident_bytes(&self) -> u64 {
        self.server.resident_bytes()
    }
}
