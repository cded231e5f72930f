//! A parameter's row, and how its kind reads and prints values.

use super::numbers;

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub struct Directive {
    /// Its name, lower case.
    pub name: &'static str,
    /// A name from the time before it was renamed.
    pub alias: Option<&'static str>,
    /// What values it takes.
    pub kind: Kind,
    /// Its value unless stated, as CONFIG GET prints it.
    pub default: &'static str,
    /// Whether CONFIG SET may change it.
    pub mutability: Mutability,
    /// CONFIG GET shows it only by its full name.
    pub is_hidden: bool,
    /// Its value must not appear in logs.
    pub is_secret: bool,
    /// This server acts on it; what has no effect is accepted, and named in the log at the start.
    pub effect: bool,
}

/// Whether and how CONFIG SET may change a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// At any time.
    Settable,
    /// Only in the file and on the command line.
    Immutable,
    /// Only if `enable-protected-configs` allows it.
    Protected,
}

/// Reads a value of a peculiar form: the value before, and the new words. Gives the value as CONFIG GET prints
/// it, or why not.
pub type Read = fn(&[u8], &[&[u8]]) -> Result<Vec<u8>, String>;

/// What values a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`.
    Bool,
    /// A decimal integer in this range.
    Integer(i64, i64),
    /// Bytes, with an optional unit, in this range.
    Memory(u64, u64),
    /// Bytes, or a percentage of `maxmemory`.
    MemoryOrPercent,
    /// A file mode.
    Octal,
    /// One of these words, in any case.
    Enum(&'static [&'static str]),
    /// Any text.
    Text,
    /// One word of a peculiar form.
    Word(Read),
    /// Several words of a peculiar form.
    Words(Read),
}

impl Directive {
    /// A value as CONFIG GET prints it. Of `notify-keyspace-events` it does not tell all.
    pub fn shown<'v>(&self, value: &'v [u8]) -> &'v [u8] {
        match value.strip_suffix(b"n") {
            Some(told) if self.name == "notify-keyspace-events" && told.starts_with(b"A") => told,
            _ => value,
        }
    }

    /// A parameter that CONFIG SET may change, without effect so far.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str) -> Directive {
        Directive {
            name,
            alias: None,
            kind,
            default,
            mutability: Mutability::Settable,
            is_hidden: false,
            is_secret: false,
            effect: false,
        }
    }

    /// It has an older name too.
    pub const fn alias(mut self, alias: &'static str) -> Directive {
        self.alias = Some(alias);
        self
    }

    /// Only settable before the start.
    pub const fn immutable(mut self) -> Directive {
        self.mutability = Mutability::Immutable;
        self
    }

    /// Only settable if `enable-protected-configs` allows it.
    pub const fn protected(mut self) -> Directive {
        self.mutability = Mutability::Protected;
        self
    }

    /// Shown by its full name only.
    pub const fn hidden(mut self) -> Directive {
        self.is_hidden = true;
        self
    }

    /// Its value must not appear in logs.
    pub const fn secret(mut self) -> Directive {
        self.is_secret = true;
        self
    }

    /// This server acts on it.
    pub const fn acts(mut self) -> Directive {
        self.effect = true;
        self
    }

    /// Which of its names this is, in any case; `None` if neither.
    pub fn called(&self, name: &[u8]) -> Option<&'static str> {
        let is_it = |own: &&'static str| own.as_bytes().eq_ignore_ascii_case(name);
        Some(self.name).filter(is_it).or(self.alias.filter(is_it))
    }

    /// Both of its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [Some(self.name), self.alias].into_iter().flatten()
    }

    /// Whether a value may consist of several words.
    pub fn takes_words(&self) -> bool {
        matches!(self.kind, Kind::Words(_))
    }

    /// Reads a value as CONFIG SET gives it, in one piece.
    pub fn read_value(&self, old: &[u8], value: &[u8]) -> Result<Vec<u8>, String> {
        if self.takes_words() {
            let words: Vec<&[u8]> = value.split(|byte| *byte == b' ').collect();
            return self.read(old, &words);
        }
        self.read(old, &[value])
    }

    /// Reads a value in words: the value as CONFIG GET prints it, or why not.
    pub fn read(&self, old: &[u8], words: &[&[u8]]) -> Result<Vec<u8>, String> {
        if let Kind::Words(read) = self.kind {
            return read(old, words);
        }
        let [word] = *words else { return Err("wrong number of arguments".to_string()) };
        match self.kind {
            Kind::Bool => read_bool(word),
            Kind::Integer(min, max) => numbers::integer(word, min, max),
            Kind::Memory(min, max) => numbers::memory(word, min, max),
            Kind::MemoryOrPercent => numbers::memory_or_percent(word),
            Kind::Octal => numbers::octal(word),
            Kind::Enum(words) => read_enum(word, words),
            Kind::Text => Ok(word.to_vec()),
            Kind::Word(read) | Kind::Words(read) => read(old, &[word]),
        }
    }
}

fn read_bool(word: &[u8]) -> Result<Vec<u8>, String> {
    let lower = word.to_ascii_lowercase();
    match &lower[..] {
        b"yes" | b"no" => Ok(lower),
        _ => Err("argument must be 'yes' or 'no'".to_string()),
    }
}

/// Reads one of several words, in any case.
pub(super) fn read_enum(word: &[u8], words: &[&str]) -> Result<Vec<u8>, String> {
    match words.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(word)) {
        Some(known) => Ok(known.as_bytes().to_vec()),
        None => Err(format!("argument(s) must be one of the following: {}", words.join(", "))),
    }
}
