//! The configuration: one row a parameter ([`Directive`]), their values, and the typed [`Settings`] that the
//! server reads. Values come from a file, from the command line and from CONFIG SET; the texts of all errors are
//! the real servers'.

mod directive;
mod directives;
mod file;
mod numbers;
mod settings;
mod special;

pub use directive::{Directive, Kind, Mutability};
pub use file::{ConfigFileError, Loaded};

pub use numbers::bytes;
pub use settings::{Allowed, Fsync, OutputLimit, Policy, Settings};

use crate::glob;
use resplay_resp::Error;
use std::collections::BTreeMap;

/// The values of all parameters.
#[derive(Clone, Debug)]
pub struct Config {
    values: Values,
    /// What the server reads, always in step with the values.
    pub settings: Settings,
}

/// Values in the form in which CONFIG GET prints them; what is not here has its default.
#[derive(Clone, Debug, Default)]
struct Values(BTreeMap<&'static str, Box<[u8]>>);

impl Values {
    fn get(&self, name: &str) -> &[u8] {
        match self.0.get(name) {
            Some(value) => value,
            None => directives::find(name.as_bytes()).map_or(&[], |(row, _)| row.default.as_bytes()),
        }
    }

    fn of(&self, row: &Directive) -> &[u8] {
        self.0.get(row.name).map_or(row.default.as_bytes(), |value| value)
    }

    fn set(&mut self, row: &Directive, value: Vec<u8>) {
        if value == row.default.as_bytes() {
            self.0.remove(row.name);
        } else {
            self.0.insert(row.name, value.into_boxed_slice());
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::of(Values::default())
    }
}

impl Config {
    fn of(values: Values) -> Config {
        let settings = Settings::of(&values, true);
        Config { values, settings }
    }

    /// Reads a file's text and then the words of a command line, as `redis-server` takes them.
    pub fn load(text: Option<&[u8]>, args: &[String]) -> Result<Loaded, ConfigFileError> {
        file::load(text, args)
    }

    /// CONFIG SET: all of these, or none. `is_local` tells whether the client is on this machine. Gives the
    /// parameters whose value is another one now.
    pub fn set_many(
        &mut self,
        pairs: &[(&[u8], &[u8])],
        is_local: bool,
    ) -> Result<Vec<&'static Directive>, Error> {
        let rows = self.settable(pairs, is_local)?;
        let mut values = self.values.clone();
        let mut changed = Vec::new();
        for ((row, called), (_, value)) in rows.into_iter().zip(pairs) {
            let value = row
                .read_value(values.of(row), value)
                .map_err(|why| Error::ConfigSet(called.as_bytes().to_vec(), why))?;
            if value != values.of(row) {
                values.set(row, value);
                changed.push(row);
            }
        }
        self.settings = Settings::of(&values, self.settings.active_expire_enabled);
        self.values = values;
        Ok(changed)
    }

    /// The rows meant, if all of them may be set.
    fn settable(
        &self,
        pairs: &[(&[u8], &[u8])],
        is_local: bool,
    ) -> Result<Vec<(&'static Directive, &'static str)>, Error> {
        let mut rows: Vec<(&Directive, &str)> = Vec::with_capacity(pairs.len());
        for (name, _) in pairs {
            let (row, called) = directives::find(name).ok_or(Error::ConfigUnknown(name.to_vec()))?;
            let refusal = match row.mutability {
                Mutability::Immutable => Some("can't set immutable config"),
                Mutability::Protected if !self.settings.enable_protected_configs.permits(is_local) => {
                    Some("can't set protected config")
                }
                _ if rows.iter().any(|(_, other)| *other == called) => Some("duplicate parameter"),
                _ => None,
            };
            if let Some(why) = refusal {
                return Err(Error::ConfigSet(name.to_vec(), why.to_string()));
            }
            rows.push((row, called));
        }
        Ok(rows)
    }

    /// CONFIG GET: names and values. A name without glob characters is shown as it was asked for.
    pub fn find(&self, patterns: &[&[u8]]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for pattern in patterns {
            // Within one pattern no name comes twice.
            let earlier = found.len();
            let is_glob = pattern.iter().any(|byte| b"[*?".contains(byte));
            for row in directives::all() {
                for name in row.names() {
                    let is_meant = if is_glob {
                        !row.is_hidden && glob::matches(pattern, name.as_bytes(), true)
                    } else {
                        name.as_bytes().eq_ignore_ascii_case(pattern)
                    };
                    if is_meant
                        && !found[..earlier]
                            .iter()
                            .any(|(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
                    {
                        let shown = if is_glob { name.as_bytes() } else { pattern };
                        found.push((shown.to_vec(), row.shown(self.values.of(row)).to_vec()));
                    }
                }
            }
        }
        found
    }

    /// As [`Config::find`], in text.
    pub fn get(&self, patterns: &[&[u8]]) -> Vec<(String, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        self.find(patterns).into_iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    /// One parameter's value, by its name or alias.
    pub fn value(&self, name: &str) -> &[u8] {
        directives::find(name.as_bytes()).map_or(&[], |(row, _)| row.shown(self.values.of(row)))
    }

    /// Whether the value of that parameter must not appear in logs.
    pub fn is_secret(name: &[u8]) -> bool {
        directives::find(name).is_some_and(|(row, _)| row.is_secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(config: &mut Config, pairs: &[(&str, &str)]) -> Result<Vec<&'static str>, String> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        match config.set_many(&pairs, true) {
            Ok(changed) => Ok(changed.iter().map(|row| row.name).collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn get(config: &Config, name: &str) -> String {
        String::from_utf8_lossy(config.value(name)).into_owned()
    }

    #[test]
    fn every_parameter_of_the_real_servers_is_here_with_its_default() {
        let facts: serde_json::Value =
            serde_json::from_str(include_str!("../../../../corpus/spec/config.json")).unwrap();
        let config = Config::default();
        for (name, fact) in facts["config"].as_object().unwrap() {
            let (row, _) = directives::find(name.as_bytes()).unwrap_or_else(|| panic!("{name} is missing"));
            if let Some(default) = fact["default"]["valkey-8.0.1"].as_str() {
                assert_eq!(get(&config, name), default, "{name}");
            }
            let settable = match &fact["settable"]["valkey-8.0.1"] {
                serde_json::Value::Bool(true) => Mutability::Settable,
                serde_json::Value::String(word) if word == "immutable" => Mutability::Immutable,
                serde_json::Value::String(_) => Mutability::Protected,
                _ => continue,
            };
            assert_eq!(row.mutability, settable, "{name}");
        }
    }

    #[test]
    fn units_are_resolved_and_settings_follow() {
        let mut config = Config::default();
        assert_eq!(set(&mut config, &[("MaxMemory", "100mb")]), Ok(vec!["maxmemory"]));
        assert_eq!(get(&config, "maxmemory"), "104857600");
        assert_eq!(config.settings.maxmemory, 104_857_600);
        set(&mut config, &[("maxmemory-policy", "ALLKEYS-LRU")]).unwrap();
        assert_eq!(config.settings.maxmemory_policy, Policy::AllkeysLru);
        assert_eq!(set(&mut config, &[("maxmemory", "104857600")]), Ok(vec![]));
    }

    #[test]
    fn several_are_set_together_or_not_at_all() {
        let mut config = Config::default();
        let error = set(&mut config, &[("maxmemory", "5"), ("hz", "x")]).unwrap_err();
        assert_eq!(
            error,
            "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer"
        );
        assert_eq!(get(&config, "maxmemory"), "0");
    }

    #[test]
    fn what_may_not_be_set_is_refused_in_the_real_servers_words() {
        let failed = |name: &str, why: &str| {
            Err(format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"))
        };
        let mut config = Config::default();
        let mut check = |pairs: &[(&str, &str)], expect| assert_eq!(set(&mut config, pairs), expect);
        check(&[("databases", "5")], failed("databases", "can't set immutable config"));
        check(&[("APPENDdirname", "q")], failed("APPENDdirname", "can't set immutable config"));
        check(&[("dbfilename", "a")], failed("dbfilename", "can't set protected config"));
        check(&[("hz", "10"), ("hz", "20")], failed("hz", "duplicate parameter"));
        check(
            &[("Slave-Priority", "x")],
            failed("slave-priority", "argument couldn't be parsed into an integer"),
        );
        check(&[("timeout", "-1")], failed("timeout", "argument must be between 0 and 2147483647 inclusive"));
        check(&[("appendonly", "maybe")], failed("appendonly", "argument must be 'yes' or 'no'"));
        check(
            &[("maxmemory", "1"), ("foo", "2")],
            Err("ERR Unknown option or number of arguments for CONFIG SET - 'foo'".to_string()),
        );
        check(&[("slave-priority", "1"), ("replica-priority", "2")], Ok(vec!["replica-priority"; 2]));
    }

    #[test]
    fn get_takes_globs_and_shows_plain_names_as_asked() {
        let config = Config::default();
        let names = |patterns: &[&[u8]]| -> Vec<String> {
            config.get(patterns).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&[b"MAXmemory", b"maxmemory"]), ["MAXmemory"]);
        assert_eq!(names(&[b"slave-prio*"]), ["slave-priority"]);
        assert_eq!(names(&[b"aof-disable-auto-gc"]), ["aof-disable-auto-gc"]);
        assert!(names(&[b"aof-disable-*", b"nothing"]).is_empty());
        assert_eq!(names(&[b"*"]).len(), 214);
    }
}
