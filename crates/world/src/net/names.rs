//! Who is meant by a name or an address.

use crate::host::HostId;
use crate::world::World;
use resplay_base::{Address, Endpoint, Node};

impl<H: Node> World<H> {
    /// The host that `to` names for a process on `from`, and the addresses of both ends; `None` if nobody has it.
    pub(crate) fn resolve(&mut self, from: HostId, to: &Endpoint) -> Option<(HostId, [Address; 2])> {
        let (host, port) = match to {
            Endpoint::Unix(_) => return Some((from, [to.clone(), to.clone()])),
            Endpoint::Tcp { host, port } => (host.as_str(), *port),
        };
        let (target, local, remote) = if host == "localhost" || to.is_loopback() {
            let address = if host == "localhost" { "127.0.0.1" } else { host };
            (from, address.to_owned(), address.to_owned())
        } else {
            let target = *self.net.names.get(host)?;
            (target, self.os(from).ip.clone(), self.os(target).ip.clone())
        };
        let own_port = self.os_mut(from).sockets.ephemeral_port();
        Some((target, [Endpoint::tcp(local, own_port), Endpoint::tcp(remote, port)]))
    }

    /// The address to bind for a listener, or the operating system's words.
    pub(crate) fn bindable(&self, host: HostId, at: &Endpoint) -> Result<Endpoint, String> {
        let Endpoint::Tcp { host: name, port } = at else { return Ok(at.clone()) };
        match name.as_str() {
            "*" | "" | "0.0.0.0" | "::" | "::*" => Ok(Endpoint::tcp("*", *port)),
            "localhost" => Ok(Endpoint::tcp("127.0.0.1", *port)),
            _ if at.is_loopback() => Ok(at.clone()),
            _ => match self.net.names.get(name) {
                Some(&owner) if owner == host => Ok(Endpoint::tcp(self.os(host).ip.clone(), *port)),
                Some(_) => Err("Cannot assign requested address".to_owned()),
                None => Err("Name or service not known".to_owned()),
            },
        }
    }
}
