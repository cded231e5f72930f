//! Somebody else's server: who it is, whether it may be emptied, and leaving its configuration as it was.

use crate::target::Target;
use crate::tcp::Tcp;
use resplay_resp::decode;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// `redis://[:PASSWORD@]HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name or an address, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the default user needs.
    pub password: Option<String>,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let form = || "a server is told as redis://[:PASSWORD@]HOST[:PORT]".to_owned();
        let rest = text.strip_prefix("redis://").ok_or_else(form)?.trim_end_matches('/');
        let (login, place) = rest.rsplit_once('@').map_or(("", rest), |(login, place)| (login, place));
        let password = match login {
            "" => None,
            login => Some(login.strip_prefix(':').ok_or_else(form)?.to_owned()),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| form())?),
            _ => (place, 6379),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || host.contains('/') { Err(form()) } else { Ok(Address { host, port, password }) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Who a server says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// What `divergences.toml` calls it.
    pub ledger: &'static str,
    /// Name and version.
    pub name: String,
}

impl Identity {
    /// Reads `INFO server`.
    fn of(info: &str) -> Identity {
        let field = |name: &str| {
            let lines = info.lines().filter_map(|line| line.split_once(':'));
            lines.filter(|(field, _)| *field == name).map(|(_, value)| value.trim().to_owned()).next()
        };
        let named = |ledger, product: &str, version: Option<String>| {
            let name = format!("{product} {}", version.unwrap_or_else(|| "of an unknown version".into()));
            Identity { ledger, name }
        };
        if let Some(version) = field("resplay_version") {
            return named("resplay", "resplay", Some(version));
        }
        match field("server_name").as_deref() {
            Some("valkey") => named("valkey-server", "valkey", field("valkey_version")),
            _ => named("redis-server", "redis", field("redis_version")),
        }
    }
}

/// How often, and how long, the first rewrite of an append-only file is waited for.
const REWRITE_TRIES: u64 = 200;
const REWRITE_WAIT_MS: u64 = 50;

/// What has become of the latest rewrite of an append-only file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rewrite {
    Underway,
    Done,
    Failed,
}

impl Rewrite {
    /// Reads `INFO persistence`; a server that does not tell of rewrites has none to wait for.
    fn of(info: &str) -> Rewrite {
        let says = |line: &str| info.lines().any(|other| other.trim_end() == line);
        if says("aof_rewrite_in_progress:1") || says("aof_rewrite_scheduled:1") {
            Rewrite::Underway
        } else if says("aof_last_bgrewrite_status:err") {
            Rewrite::Failed
        } else {
            Rewrite::Done
        }
    }
}

/// A server that belongs to somebody else.
pub struct Guest {
    tcp: Tcp,
    identity: Identity,
    /// Its configuration when we came.
    config: BTreeMap<String, String>,
    has_keys: bool,
    has_password: bool,
}

impl Guest {
    /// Connects, asks who it is, and notes its configuration; changes nothing.
    pub fn visit(address: &Address) -> io::Result<Guest> {
        let mut tcp = connect(address)?;
        let identity = Identity::of(&text(&mut tcp, &["INFO", "server"])?);
        let has_keys = text(&mut tcp, &["INFO", "keyspace"])?.lines().any(|line| line.starts_with("db"));
        let config = config(&mut tcp)?;
        let has_password = address.password.is_some();
        tcp.log_in_clients(has_password);
        Ok(Guest { tcp, identity, config, has_keys, has_password })
    }

    /// Who it says it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether there were keys when we came.
    pub fn has_keys(&self) -> bool {
        self.has_keys
    }

    /// Whether it was told a password.
    pub(crate) fn has_password(&self) -> bool {
        self.has_password
    }

    /// The way to talk to it.
    pub fn tcp(&mut self) -> &mut Tcp {
        &mut self.tcp
    }

    /// Its own configuration with these settings; the reason where it takes one of them not.
    pub(crate) fn configure(&mut self, settings: &[(String, String)]) -> io::Result<Result<(), String>> {
        self.restore()?;
        // Cases expect a server that saves nothing by itself.
        let quiet = [("save".to_owned(), String::new())];
        for (name, value) in quiet.iter().filter(|(name, _)| self.config.contains_key(name)).chain(settings) {
            let reply = self.tcp.control(&["CONFIG", "SET", name, value])?;
            if reply.starts_with(b"-") {
                let why = String::from_utf8_lossy(&reply[1..]).trim_end().to_owned();
                return Ok(Err(format!("it refuses {name} {value}: {why}")));
            }
        }
        // Clients of a transcript about passwords log in by themselves.
        let has_own_password = settings.iter().any(|(name, _)| name == "requirepass");
        self.tcp.log_in_clients(self.has_password && !has_own_password);
        let appends = settings.iter().any(|(name, value)| name == "appendonly" && value == "yes");
        if appends { self.await_first_rewrite() } else { Ok(Ok(())) }
    }

    /// Waits until a server that was just told to append has written its first file; the reason where it does not.
    ///
    /// At run time the append-only file begins with a rewrite in the background. Until its end nothing counts as
    /// synced, so that WAITAOF waits.
    fn await_first_rewrite(&mut self) -> io::Result<Result<(), String>> {
        for _ in 0..REWRITE_TRIES {
            match Rewrite::of(&text(&mut self.tcp, &["INFO", "persistence"])?) {
                Rewrite::Done => return Ok(Ok(())),
                Rewrite::Failed => return Ok(Err("it fails to write its append-only file".into())),
                Rewrite::Underway => self.tcp.wait(REWRITE_WAIT_MS)?,
            }
        }
        let waited_ms = REWRITE_TRIES * REWRITE_WAIT_MS;
        Ok(Err(format!("its append-only file was not written within {waited_ms} ms")))
    }

    /// Sets back whatever is not as it was; the names of parameters that it refused to set back.
    pub fn restore(&mut self) -> io::Result<Vec<String>> {
        let mut refused = Vec::new();
        let now = config(&mut self.tcp)?;
        for (name, value) in self.config.iter().filter(|(name, value)| now.get(*name) != Some(value)) {
            if self.tcp.control(&["CONFIG", "SET", name, value])?.starts_with(b"-") {
                refused.push(name.clone());
            }
        }
        self.tcp.log_in_clients(self.has_password);
        Ok(refused)
    }

    /// Leaves it empty and configured as it was; the names of parameters that it refused to set back.
    pub fn leave(&mut self) -> io::Result<Vec<String>> {
        self.tcp.control(&["FLUSHALL"])?;
        self.restore()
    }
}

/// Connects to the first address of a name that answers.
pub fn connect(address: &Address) -> io::Result<Tcp> {
    let addresses: Vec<SocketAddr> = (address.host.as_str(), address.port).to_socket_addrs()?.collect();
    let mut result = Err(io::Error::other("the name has no address"));
    for socket in addresses {
        result = Tcp::connect(socket, address.password.as_deref());
        if result.is_ok() {
            break;
        }
    }
    let mut tcp = result?;
    tcp.log_in_clients(address.password.is_some());
    Ok(tcp)
}

fn text(tcp: &mut Tcp, words: &[&str]) -> io::Result<String> {
    let reply = tcp.control(words)?;
    match decode(&reply) {
        Ok(Some((reply, _))) if !reply.is_error() => {
            Ok(String::from_utf8_lossy(reply.as_bytes().unwrap_or_default()).into_owned())
        }
        Ok(Some((reply, _))) => {
            let said = String::from_utf8_lossy(reply.as_bytes().unwrap_or_default()).into_owned();
            Err(io::Error::other(format!("{}: {said}", words.join(" "))))
        }
        _ => Err(io::Error::other(format!("no answer to {}", words.join(" ")))),
    }
}

/// Every parameter; none where the server does not tell.
fn config(tcp: &mut Tcp) -> io::Result<BTreeMap<String, String>> {
    let reply = tcp.control(&["CONFIG", "GET", "*"])?;
    let Ok(Some((reply, _))) = decode(&reply) else { return Ok(BTreeMap::new()) };
    let words: Vec<String> = reply
        .as_slice()
        .unwrap_or_default()
        .iter()
        .map(|word| String::from_utf8_lossy(word.as_bytes().unwrap_or_default()).into_owned())
        .collect();
    Ok(words.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: &str, port: u16, password: Option<&str>) -> Result<Address, String> {
        Ok(Address { host: host.into(), port, password: password.map(str::to_owned) })
    }

    #[test]
    fn addresses_are_read_as_other_tools_read_them() {
        assert_eq!("redis://localhost:7000".parse(), address("localhost", 7000, None));
        assert_eq!("redis://:p@w:d@10.0.0.1:7000/".parse(), address("10.0.0.1", 7000, Some("p@w:d")));
        assert_eq!("redis://[::1]".parse(), address("::1", 6379, None));
        for text in ["localhost:7000", "redis://", "redis://h:port", "redis://user@h:1", "redis://h:1/0"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rewrite_is_over_when_none_runs_and_none_is_due() {
        let info = |running: u8, due: u8, status: &str| {
            let fields = format!("aof_rewrite_in_progress:{running}\r\naof_rewrite_scheduled:{due}\r\n");
            format!("# Persistence\r\n{fields}aof_last_bgrewrite_status:{status}\r\n")
        };
        assert_eq!(Rewrite::of(&info(1, 0, "ok")), Rewrite::Underway);
        assert_eq!(Rewrite::of(&info(0, 1, "err")), Rewrite::Underway);
        assert_eq!(Rewrite::of(&info(0, 0, "err")), Rewrite::Failed);
        assert_eq!(Rewrite::of(&info(0, 0, "ok")), Rewrite::Done);
        assert_eq!(Rewrite::of("# Persistence\r\n"), Rewrite::Done);
    }

    #[test]
    fn a_server_is_known_by_what_it_says() {
        let known = |info: &str| {
            let identity = Identity::of(info);
            (identity.ledger, identity.name)
        };
        assert_eq!(known("# Server\r\nredis_version:7.0.15\r\n"), ("redis-server", "redis 7.0.15".into()));
        let valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n";
        assert_eq!(known(valkey), ("valkey-server", "valkey 8.0.1".into()));
        assert_eq!(known(&format!("{valkey}resplay_version:0.1.0\r\n")), ("resplay", "resplay 0.1.0".into()));
    }
}
