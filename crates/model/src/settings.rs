//! The configuration parameters that replies depend on.

use resplay_resp::number::parse_i64;

/// Their values; what the model does not know has no influence on what it expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `hash-max-listpack-entries`.
    pub(crate) hash_entries_max: u64,
    /// `hash-max-listpack-value`, in bytes.
    pub(crate) hash_value_bytes_max: u64,
    /// `set-max-intset-entries`.
    pub(crate) set_ints_max: u64,
    /// `set-max-listpack-entries`.
    pub(crate) set_entries_max: u64,
    /// `set-max-listpack-value`, in bytes.
    pub(crate) set_value_bytes_max: u64,
    /// `zset-max-listpack-entries`.
    pub(crate) zset_entries_max: u64,
    /// `zset-max-listpack-value`, in bytes.
    pub(crate) zset_value_bytes_max: u64,
    /// `list-max-listpack-size`: positive, a number of elements; negative, a class of sizes.
    pub(crate) list_size_max: i64,
    /// `stream-node-max-entries`; zero is no limit.
    pub(crate) stream_node_entries_max: u64,
    /// `stream-node-max-bytes`; zero is no limit.
    pub(crate) stream_node_bytes_max: u64,
    /// `hll-sparse-max-bytes`.
    pub(crate) hll_sparse_bytes_max: u64,
    /// `notify-keyspace-events` with `A` spelt out.
    events: String,
    /// `proto-max-bulk-len`, in bytes.
    pub(crate) bulk_bytes_max: u64,
    /// `maxmemory`, in bytes; zero is no limit.
    pub(crate) memory_bytes_max: u64,
    /// `maxmemory-policy`.
    pub(crate) policy: String,
    /// `requirepass`; empty is no password.
    pub(crate) password: Vec<u8>,
    /// `appendonly`.
    pub(crate) append_only: bool,
    /// `save` has save points.
    pub(crate) saves: bool,
    /// `enable-debug-command`: `no`, `yes` or `local`.
    pub(crate) debug_command: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hash_entries_max: 128,
            hash_value_bytes_max: 64,
            set_ints_max: 512,
            set_entries_max: 128,
            set_value_bytes_max: 64,
            zset_entries_max: 128,
            zset_value_bytes_max: 64,
            list_size_max: -2,
            stream_node_entries_max: 100,
            stream_node_bytes_max: 4096,
            hll_sparse_bytes_max: 3000,
            events: String::new(),
            bulk_bytes_max: 512 << 20,
            memory_bytes_max: 0,
            policy: "noeviction".into(),
            password: Vec::new(),
            append_only: false,
            saves: true,
            debug_command: "no".into(),
        }
    }
}

impl Settings {
    /// Takes note of a parameter's new value, written as CONFIG SET takes it.
    pub(crate) fn set(&mut self, name: &str, value: &[u8]) {
        let number = memory_size(value);
        let into = |target: &mut u64| *target = number.unwrap_or(*target);
        match name {
            "hash-max-listpack-entries" | "hash-max-ziplist-entries" => into(&mut self.hash_entries_max),
            "hash-max-listpack-value" | "hash-max-ziplist-value" => into(&mut self.hash_value_bytes_max),
            "set-max-intset-entries" => into(&mut self.set_ints_max),
            "set-max-listpack-entries" => into(&mut self.set_entries_max),
            "set-max-listpack-value" => into(&mut self.set_value_bytes_max),
            "zset-max-listpack-entries" | "zset-max-ziplist-entries" => into(&mut self.zset_entries_max),
            "zset-max-listpack-value" | "zset-max-ziplist-value" => into(&mut self.zset_value_bytes_max),
            "list-max-listpack-size" | "list-max-ziplist-size" => {
                self.list_size_max = parse_i64(value).unwrap_or(self.list_size_max);
            }
            "stream-node-max-entries" => into(&mut self.stream_node_entries_max),
            "stream-node-max-bytes" => into(&mut self.stream_node_bytes_max),
            "hll-sparse-max-bytes" => into(&mut self.hll_sparse_bytes_max),
            "notify-keyspace-events" => {
                self.events = String::from_utf8_lossy(value).replace('A', "g$lshzxetd");
            }
            "proto-max-bulk-len" => into(&mut self.bulk_bytes_max),
            "maxmemory" => into(&mut self.memory_bytes_max),
            "maxmemory-policy" => self.policy = String::from_utf8_lossy(value).to_ascii_lowercase(),
            "requirepass" => self.password = value.to_vec(),
            "appendonly" => self.append_only = value.eq_ignore_ascii_case(b"yes"),
            "save" => self.saves = !value.is_empty(),
            "enable-debug-command" => {
                self.debug_command = String::from_utf8_lossy(value).to_ascii_lowercase();
            }
            _ => {}
        }
    }

    /// A parameter as CONFIG GET prints it, if the model follows it.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        let number = |value: u64| Some(value.to_string().into_bytes());
        match name {
            "hash-max-listpack-entries" | "hash-max-ziplist-entries" => number(self.hash_entries_max),
            "hash-max-listpack-value" | "hash-max-ziplist-value" => number(self.hash_value_bytes_max),
            "proto-max-bulk-len" => number(self.bulk_bytes_max),
            "maxmemory" => number(self.memory_bytes_max),
            "maxmemory-policy" => Some(self.policy.clone().into_bytes()),
            "requirepass" => Some(self.password.clone()),
            "appendonly" => Some(if self.append_only { b"yes".into() } else { b"no".into() }),
            _ => None,
        }
    }

    /// Whether events of this class are told to anybody.
    pub(crate) fn tells(&self, class: char) -> bool {
        self.events.contains(class) && (self.tells_by_key() || self.tells_by_event())
    }

    /// Whether events are published under the key's name.
    pub(crate) fn tells_by_key(&self) -> bool {
        self.events.contains('K')
    }

    /// Whether events are published under the event's name.
    pub(crate) fn tells_by_event(&self) -> bool {
        self.events.contains('E')
    }

    /// Whether the policy tracks how often keys are used, rather than when.
    pub(crate) fn is_lfu(&self) -> bool {
        self.policy.ends_with("-lfu")
    }
}

/// `100`, `64kb`, `8MB`, `1g`: bytes.
fn memory_size(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
    if text.is_empty() {
        return Some(0);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "" | "b" => 1,
        "k" => 1_000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_with_its_units_and_printed_in_bytes() {
        let mut settings = Settings::default();
        settings.set("maxmemory", b"8Mb");
        assert_eq!(settings.get("maxmemory").as_deref(), Some(&b"8388608"[..]));
        settings.set("maxmemory", b"1g");
        assert_eq!(settings.memory_bytes_max, 1_000_000_000);
    }
}
