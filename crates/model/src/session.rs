//! What the server remembers of one connection.

use resplay_resp::Protocol;

/// A connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The client id; zero for what is replayed from a file.
    pub(crate) id: u64,
    /// The selected database.
    pub(crate) db: u32,
    /// How replies are written.
    pub(crate) protocol: Protocol,
    /// As CLIENT SETNAME left it.
    pub(crate) name: Vec<u8>,
    /// Whether it may run commands.
    pub(crate) is_authenticated: bool,
    /// Inside MULTI: the commands queued so far.
    pub(crate) queue: Option<Vec<Vec<Vec<u8>>>>,
    /// A command could not be queued, so EXEC will refuse.
    pub(crate) is_aborted: bool,
    /// Whether replies are sent.
    pub(crate) replies: Replies,
}

/// CLIENT REPLY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replies {
    /// The normal case.
    #[default]
    On,
    /// None until ON.
    Off,
    /// The command that asked for SKIP is still running; the next one gets no reply.
    SkipNext,
    /// This command gets no reply.
    Skip,
}

impl Session {
    /// A new connection.
    pub(crate) fn new(id: u64, is_authenticated: bool) -> Session {
        Session { id, is_authenticated, ..Session::default() }
    }

    /// A command failed before it ran: a transaction under way cannot succeed any more.
    pub(crate) fn abort(&mut self) {
        self.is_aborted |= self.queue.is_some();
    }

    /// Leaves MULTI and gives the queued commands.
    pub(crate) fn leave_multi(&mut self) -> Vec<Vec<Vec<u8>>> {
        self.is_aborted = false;
        self.queue.take().unwrap_or_default()
    }

    /// Whether a reply goes out now.
    pub(crate) fn is_heard(&self) -> bool {
        matches!(self.replies, Replies::On)
    }

    /// Whether what is written now is dropped; within a transaction that is asked from command to command.
    pub(crate) fn is_muted(&self) -> bool {
        matches!(self.replies, Replies::Off | Replies::Skip)
    }

    /// A request without words ends the skipping as a command does, but the journal does not tell of it: the reply shows.
    pub(crate) fn heard_of(&mut self, reply: &[u8]) {
        if self.replies == Replies::Skip && !reply.is_empty() {
            self.replies = Replies::On;
        }
    }

    /// A command has ended.
    pub(crate) fn command_ended(&mut self) {
        self.replies = match self.replies {
            Replies::SkipNext => Replies::Skip,
            Replies::Skip => Replies::On,
            same => same,
        };
    }
}
