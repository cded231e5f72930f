//! Keyspace notifications: what happened to which key, for those who subscribe to it.

use super::Dataset;

/// Classes of events, as `notify-keyspace-events` selects them.
pub mod class {
    /// `K`: published on `__keyspace@<db>__:<key>`.
    pub const KEYSPACE: u32 = 1 << 0;
    /// `E`: published on `__keyevent@<db>__:<event>`.
    pub const KEYEVENT: u32 = 1 << 1;
    /// `g`: commands of all types, such as DEL and EXPIRE.
    pub const GENERIC: u32 = 1 << 2;
    /// `$`.
    pub const STRING: u32 = 1 << 3;
    /// `l`.
    pub const LIST: u32 = 1 << 4;
    /// `s`.
    pub const SET: u32 = 1 << 5;
    /// `h`.
    pub const HASH: u32 = 1 << 6;
    /// `z`.
    pub const ZSET: u32 = 1 << 7;
    /// `x`: keys that expired.
    pub const EXPIRED: u32 = 1 << 8;
    /// `e`: keys that were evicted.
    pub const EVICTED: u32 = 1 << 9;
    /// `t`.
    pub const STREAM: u32 = 1 << 10;
    /// `m`: reads of keys that are not there; not part of `A`.
    pub const KEY_MISS: u32 = 1 << 11;
    /// `d`: modules' types.
    pub const MODULE: u32 = 1 << 13;
    /// `n`: keys that came into being; not part of `A`.
    pub const NEW: u32 = 1 << 14;
    /// `A`.
    pub const ALL: u32 = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

    /// The bits of a value of `notify-keyspace-events` that was checked when it was set.
    pub fn parse(letters: &str) -> u32 {
        letters.chars().map(bits).fold(0, |all, bits| all | bits)
    }

    fn bits(letter: char) -> u32 {
        match letter {
            'K' => KEYSPACE,
            'E' => KEYEVENT,
            'g' => GENERIC,
            '$' => STRING,
            'l' => LIST,
            's' => SET,
            'h' => HASH,
            'z' => ZSET,
            'x' => EXPIRED,
            'e' => EVICTED,
            't' => STREAM,
            'm' => KEY_MISS,
            'd' => MODULE,
            'n' => NEW,
            'A' => ALL,
            _ => 0,
        }
    }
}

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The database.
    pub db: u32,
    /// One of [`class`].
    pub class: u32,
    /// Such as `lpush`.
    pub event: &'static str,
    /// The key.
    pub key: Box<[u8]>,
}

/// Events since they were last published, of the classes that somebody may want.
#[derive(Clone, Debug, Default)]
pub struct Notifications {
    /// `notify-keyspace-events` as bits of [`class`]; zero: off.
    pub selected: u32,
    events: Vec<Notification>,
}

impl Notifications {
    /// Whether there is nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// What there is to publish, in order.
    pub fn take(&mut self) -> Vec<Notification> {
        std::mem::take(&mut self.events)
    }
}

impl Dataset {
    /// Something happened to a key of the selected database.
    #[inline]
    pub fn notify(&mut self, class: u32, event: &'static str, key: &[u8]) {
        if self.notifications.selected & class != 0 {
            self.notifications.events.push(Notification { db: self.db, class, event, key: key.into() });
        }
    }
}
