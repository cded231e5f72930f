//! What the node asks for takes place, in order.

use crate::connections::Stage;
use crate::driver::Driver;
use crate::files::disk_error;
use crate::listen::Door;
use crate::socket::{Socket, close_why};
use crate::system::System;
use resplay_base::{
    CloseWhy, DiskDone, DiskOp, Effect, Endpoint, Fd, Host, Input, Listener, Node, OpId, Tag,
};
use std::io::ErrorKind;

/// How far a send got.
enum Sent {
    All,
    /// The rest goes when the system takes more.
    Part,
    Broken(CloseWhy),
}

impl<N: Node, S: System> Driver<N, S> {
    /// Performs the effects of the last call.
    pub(crate) fn perform_effects(&mut self) {
        let mut effects = std::mem::take(&mut self.host.effects);
        let last_await = effects.iter().rposition(|effect| matches!(effect, Effect::AwaitDisk { .. }));
        for (at, effect) in effects.drain(..).enumerate() {
            if self.exit.is_some() {
                break;
            }
            // Whether this call awaits an operation later on: then its fsyncs happen here and now.
            let awaits = last_await.is_some_and(|last| at < last);
            self.perform(effect, awaits);
        }
        self.host.effects = effects;
    }

    fn perform(&mut self, effect: Effect, awaits: bool) {
        match effect {
            Effect::Send { fd } => self.send(fd),
            Effect::Close { fd } => self.close(fd),
            Effect::Reset { fd } => self.connections.remove(fd),
            Effect::PauseRead { fd, paused } => self.pause(fd, paused),
            Effect::Disk { op, what } => self.disk(op, what, awaits),
            Effect::AwaitDisk { op } => self.awaited.push_back(op),
            Effect::Listen { listener, at } => self.listen(listener, &at),
            Effect::Connect { tag, to } => self.connect(tag, &to),
            Effect::Log { level, text } => self.log.line(self.host.now().wall, level, &text),
            Effect::Exit(code) => self.exit = Some(code.0),
        }
    }

    fn send(&mut self, fd: Fd) {
        if self.connections.get(fd).is_none_or(|connection| connection.choked) {
            return;
        }
        if let Sent::Broken(why) = self.transmit(fd) {
            self.lose(fd, why);
        }
    }

    /// Sends what is unsent, as far as the system takes it.
    fn transmit(&mut self, fd: Fd) -> Sent {
        let Some(connection) = self.connections.get(fd) else { return Sent::All };
        loop {
            let bytes = self.node.unsent(fd);
            if bytes.is_empty() {
                connection.choked = false;
                return Sent::All;
            }
            match self.system.send(&connection.socket, bytes) {
                Ok(n) => self.node.sent(fd, n),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    connection.choked = true;
                    return Sent::Part;
                }
                Err(why) => return Sent::Broken(close_why(&why)),
            }
        }
    }

    /// The system takes bytes again.
    pub(crate) fn unchoke(&mut self, fd: Fd) {
        let closing = self.connections.get(fd).is_some_and(|connection| connection.stage == Stage::Closing);
        match self.transmit(fd) {
            Sent::Part => {}
            _ if closing => self.forget(fd),
            Sent::All => self.feed(Input::Writable { fd }),
            Sent::Broken(why) => self.lose(fd, why),
        }
    }

    fn close(&mut self, fd: Fd) {
        let Some(connection) = self.connections.get(fd) else { return self.forget(fd) };
        connection.stage = Stage::Closing;
        let choked = connection.choked;
        if choked || matches!(self.transmit(fd), Sent::Part) {
            return;
        }
        self.forget(fd);
    }

    /// Ends a connection that the node has closed. What could not be sent counts as sent, so that the node, too, forgets.
    fn forget(&mut self, fd: Fd) {
        self.connections.remove(fd);
        loop {
            match self.node.unsent(fd).len() {
                0 => return,
                rest => self.node.sent(fd, rest),
            }
        }
    }

    fn pause(&mut self, fd: Fd, paused: bool) {
        if let Some(connection) = self.connections.get(fd) {
            connection.paused = paused;
            self.connections.queue_read(fd);
        }
    }

    fn disk(&mut self, op: OpId, what: DiskOp, awaited: bool) {
        let result = match what {
            DiskOp::Fsync { handle } if !awaited => match self.files.share(handle) {
                Ok(file) => match self.background.sync(op, file) {
                    Ok(()) => return,
                    Err(why) => Err(disk_error(&why)),
                },
                Err(why) => Err(why),
            },
            what => self.files.perform(what),
        };
        self.inbox.push_back(Input::DiskDone(DiskDone { op, result }));
    }

    fn listen(&mut self, listener: Listener, at: &Endpoint) {
        let added = Door::open(listener, at, &self.options).and_then(|door| self.add_door(door));
        if let Err(why) = added {
            self.inbox.push_back(Input::ListenFailed { listener, why: reason(&why) });
        }
    }

    fn connect(&mut self, tag: Tag, to: &Endpoint) {
        let begun =
            Socket::connect(to).and_then(|socket| self.add_connection(socket, Stage::Connecting(tag)));
        if let Err(why) = begun {
            self.inbox.push_back(Input::ConnectFailed { tag, why: close_why(&why) });
        }
    }
}

/// The C library's words alone, without the error number that Rust adds.
fn reason(why: &std::io::Error) -> String {
    let text = why.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
