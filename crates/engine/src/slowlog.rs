//! SLOWLOG: the commands that took longer than a limit, newest first.

use crate::config::{Config, Settings};
use crate::session::Client;
use resplay_base::Now;
use resplay_resp::Args;
use std::collections::VecDeque;
use std::time::Duration;

/// Words of a command that are kept; the last of them then tells how many more there were.
const WORDS_MAX: usize = 32;
/// Bytes of a word that are kept.
const WORD_BYTES_MAX: usize = 128;

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Slowlog {
    entries: VecDeque<Entry>,
    last_id: u64,
}

/// A command that took long.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Rising, never reused.
    pub id: u64,
    /// When it ran, in seconds since 1970.
    pub at_secs: i64,
    /// How long it took.
    pub took: Duration,
    /// Its words, cut to a size that is safe to keep.
    pub words: Vec<Vec<u8>>,
    /// Who asked.
    pub peer: String,
    /// The name that client had.
    pub name: Vec<u8>,
}

impl Slowlog {
    /// Keeps the command, if it took long enough.
    pub fn note(&mut self, settings: &Settings, now: Now, took: Duration, args: Args<'_>, client: &Client) {
        let Ok(limit) = u64::try_from(settings.slowlog_log_slower_than) else { return };
        if took < Duration::from_micros(limit) {
            return;
        }
        self.entries.push_front(Entry {
            id: self.last_id,
            at_secs: now.wall.as_secs(),
            took,
            words: kept_words(args),
            peer: client.peer.to_string(),
            name: client.name.clone(),
        });
        self.last_id += 1;
        self.trim(settings.slowlog_max_len);
    }

    /// Drops the oldest entries until at most that many are left.
    pub fn trim(&mut self, max: u64) {
        self.entries.truncate(usize::try_from(max).unwrap_or(usize::MAX));
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// SLOWLOG RESET. Ids go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

fn kept_words(args: Args<'_>) -> Vec<Vec<u8>> {
    let kept = |at: usize| if is_secret(args, at) { b"(redacted)".to_vec() } else { kept_word(&args[at]) };
    if args.len() <= WORDS_MAX {
        return (0..args.len()).map(kept).collect();
    }
    let mut words: Vec<Vec<u8>> = (0..WORDS_MAX - 1).map(kept).collect();
    words.push(format!("... ({} more arguments)", args.len() - WORDS_MAX + 1).into_bytes());
    words
}

/// Names and passwords must not end up in a log.
fn is_secret(args: Args<'_>, at: usize) -> bool {
    let is = |at: usize, word: &[u8]| args.get(at).is_some_and(|arg| arg.eq_ignore_ascii_case(word));
    if is(0, b"auth") {
        return at > 0;
    }
    if is(0, b"hello") {
        return at > 2 && (is(at - 1, b"auth") || (at > 3 && is(at - 2, b"auth")));
    }
    let is_value = is(0, b"config") && is(1, b"set") && at > 2 && at % 2 == 1;
    is_value && Config::is_secret(&args[at - 1])
}

fn kept_word(word: &[u8]) -> Vec<u8> {
    if word.len() <= WORD_BYTES_MAX {
        return word.to_vec();
    }
    let more = format!("... ({} more bytes)", word.len() - WORD_BYTES_MAX);
    [&word[..WORD_BYTES_MAX], more.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::OwnedArgs;

    #[test]
    fn passwords_are_not_kept() {
        let check = |words: &[&str], expect: &str| {
            let kept = kept_words(OwnedArgs::from_words(words).as_args()).join(&b' ');
            assert_eq!(String::from_utf8(kept).unwrap(), expect);
        };
        check(&["AUTH", "me", "secret"], "AUTH (redacted) (redacted)");
        check(
            &["hello", "3", "auth", "me", "secret", "setname", "x"],
            "hello 3 auth (redacted) (redacted) setname x",
        );
        check(
            &["config", "set", "requirepass", "secret", "hz", "10"],
            "config set requirepass (redacted) hz 10",
        );
    }

    #[test]
    fn long_commands_are_cut_in_both_directions() {
        let words: Vec<Vec<u8>> = (0..40).map(|_| vec![b'x'; 200]).collect();
        let kept = kept_words(OwnedArgs::from_words(&words).as_args());
        assert_eq!(kept.len(), WORDS_MAX);
        assert_eq!(kept[31], b"... (9 more arguments)");
        assert!(kept[0].ends_with(b"xxx... (72 more bytes)"));
    }
}
