//! The filters of CLIENT KILL and CLIENT LIST.

use crate::commands::options::integer;
use crate::session::Client;
use resplay_base::Mono;
use resplay_resp::{Args, Error};

/// Which clients to kill: those that every given condition fits.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    id: Option<u64>,
    peer: Option<Vec<u8>>,
    local: Option<Vec<u8>>,
    kind: Option<Type>,
    age_secs: Option<u64>,
    /// Spare the client that asks.
    pub skips_own: bool,
}

/// What a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// It runs commands.
    Normal,
    /// It subscribes to something.
    Subscriber,
    /// The other end of a replication link.
    Other,
}

impl Filter {
    /// Pairs of option and value.
    pub fn parse(words: Args<'_>) -> Result<Filter, Error> {
        let mut filter = Filter { skips_own: true, ..Filter::default() };
        for at in (0..words.len()).step_by(2) {
            let value = words.get(at + 1).ok_or(Error::Syntax)?;
            filter.add(&words[at].to_ascii_lowercase(), value)?;
        }
        Ok(filter)
    }

    fn add(&mut self, option: &[u8], value: &[u8]) -> Result<(), Error> {
        match option {
            b"id" => self.id = Some(parse_id(value).ok_or(Error::ClientIdNotPositive)?),
            b"addr" => self.peer = Some(value.to_vec()),
            b"laddr" => self.local = Some(value.to_vec()),
            b"type" => self.kind = Some(parse_type(value)?),
            b"maxage" => self.age_secs = Some(parse_age(value)?),
            b"user" => check_user(value)?,
            b"skipme" => self.skips_own = parse_yes_no(value)?,
            _ => return Err(Error::Syntax),
        }
        Ok(())
    }

    /// Whether every condition fits this client.
    pub fn hits(&self, client: &Client, now: Mono) -> bool {
        self.id.is_none_or(|id| client.id == id)
            && self.peer.as_ref().is_none_or(|peer| client.peer.to_string().as_bytes() == *peer)
            && self.local.as_ref().is_none_or(|local| client.local.to_string().as_bytes() == *local)
            && self.kind.is_none_or(|kind| kind == type_of(client))
            && self.age_secs.is_none_or(|age| now.since(client.created).as_secs() >= age)
    }
}

/// What a client is.
pub fn type_of(client: &Client) -> Type {
    if client.subscriptions.is_empty() { Type::Normal } else { Type::Subscriber }
}

/// A client id: at least 1.
pub fn parse_id(text: &[u8]) -> Option<u64> {
    integer(text).ok().and_then(|id| u64::try_from(id).ok()).filter(|id| *id > 0)
}

/// A client type by its name.
pub fn parse_type(text: &[u8]) -> Result<Type, Error> {
    match text.to_ascii_lowercase().as_slice() {
        b"normal" => Ok(Type::Normal),
        b"pubsub" => Ok(Type::Subscriber),
        b"replica" | b"slave" | b"primary" | b"master" => Ok(Type::Other),
        _ => Err(Error::UnknownClientType(text.to_vec())),
    }
}

fn parse_age(text: &[u8]) -> Result<u64, Error> {
    let age = integer(text)
        .map_err(|_| Error::Custom("ERR maxage is not an integer or out of range".to_string()))?;
    let age = u64::try_from(age).ok().filter(|age| *age > 0);
    age.ok_or_else(|| Error::Custom("ERR maxage should be greater than 0".to_string()))
}

fn check_user(name: &[u8]) -> Result<(), Error> {
    if name == b"default" {
        return Ok(());
    }
    Err(Error::NoSuchUser(name.to_vec()))
}

fn parse_yes_no(text: &[u8]) -> Result<bool, Error> {
    match text.to_ascii_lowercase().as_slice() {
        b"yes" => Ok(true),
        b"no" => Ok(false),
        _ => Err(Error::Syntax),
    }
}
