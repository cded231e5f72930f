//! The configuration file, and the command line as more lines of it.

use super::{Config, Directive, Values, directives};
use resplay_resp::split_words;
use std::fmt;

/// A configuration that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// It.
    pub config: Config,
    /// Parameters that were set to something else than their default and have no effect in this server.
    pub inert: Vec<&'static str>,
}

/// A line that the server cannot start with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFileError {
    /// Its number, the command line's lines following the file's; none when it is no single line's fault.
    pub line: Option<(usize, String)>,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for ConfigFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "*** FATAL CONFIG FILE ERROR (Version 8.0.1) ***")?;
        if let Some((number, text)) = &self.line {
            writeln!(f, "Reading the configuration file, at line {number}")?;
            writeln!(f, ">>> '{text}'")?;
        }
        f.write_str(&self.why)
    }
}

impl std::error::Error for ConfigFileError {}

/// Parameters of old files that mean nothing any more.
const FORGOTTEN: &[&[u8]] =
    &[b"list-max-ziplist-entries", b"list-max-ziplist-value", b"lua-replicate-commands"];

/// What a file may hold besides parameters, and why it cannot be honoured here.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"include", "include is not supported: put everything into one file"),
    (b"rename-command", "rename-command is not supported"),
    (b"user", "user is not supported: there is no ACL yet, use requirepass"),
    (b"loadmodule", "loadmodule is not supported"),
    (b"sentinel", "sentinel directive while not in sentinel mode"),
];

/// Reads a file's text, if there is one, and then a command line's words.
pub fn load(text: Option<&[u8]>, args: &[String]) -> Result<Loaded, ConfigFileError> {
    let mut whole = text.unwrap_or_default().to_vec();
    if !args.is_empty() {
        whole.push(b'\n');
        whole.extend(lines_of(args));
    }
    let mut loading = Loading::default();
    for (number, line) in (1..).zip(whole.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        loading.line(line).map_err(|why| ConfigFileError {
            line: Some((number, String::from_utf8_lossy(line).into_owned())),
            why,
        })?;
    }
    loading.finish()
}

/// A configuration in the making.
#[derive(Default)]
struct Loading {
    values: Values,
    named: Vec<&'static Directive>,
}

impl Loading {
    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        if line.is_empty() || line[0] == b'#' {
            return Ok(());
        }
        let words = split_words(line).map_err(|_| "Unbalanced quotes in configuration line")?;
        let Some((name, values)) = words.split_first() else { return Ok(()) };
        match directives::find(name) {
            Some((row, _)) => self.directive(row, values),
            None => other_line(&name.to_ascii_lowercase(), values.len()),
        }
    }

    fn directive(&mut self, row: &'static Directive, words: &[Vec<u8>]) -> Result<(), String> {
        let spread;
        let words = match words {
            // `--save "60 1"`: one word that holds several.
            [one] if row.takes_words() && !one.is_empty() => {
                spread = split_words(one).unwrap_or_default();
                &spread[..]
            }
            words => words,
        };
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let old = self.values.of(row);
        let mut value = row.read(old, &words)?;
        // Lines of `save` add up, once the first of them has replaced the default.
        let adds = row.name == "save" && self.is_named(row) && !old.is_empty() && !value.is_empty();
        if adds {
            value = [old, b" ", &value].concat();
        }
        self.values.set(row, value);
        if !self.is_named(row) {
            self.named.push(row);
        }
        Ok(())
    }

    fn is_named(&self, row: &Directive) -> bool {
        self.named.iter().any(|other| other.name == row.name)
    }

    fn finish(self) -> Result<Loaded, ConfigFileError> {
        let config = Config::of(self.values);
        if config.value("cluster-enabled") == b"yes" && !config.value("replicaof").is_empty() {
            let why = "replicaof directive not allowed in cluster mode".to_string();
            return Err(ConfigFileError { line: None, why });
        }
        let is_inert = |row: &&&Directive| {
            let value = config.value(row.name);
            // No snapshots are taken, so asking for none is honoured.
            let is_honoured = row.effect || (row.name == "save" && value.is_empty());
            !is_honoured && value != row.default.as_bytes()
        };
        let inert = self.named.iter().filter(is_inert).map(|row| row.name).collect();
        Ok(Loaded { config, inert })
    }
}

fn other_line(name: &[u8], values: usize) -> Result<(), String> {
    if FORGOTTEN.contains(&name) && values == 1 {
        return Ok(());
    }
    if name.contains(&b'.') {
        return Err(match values {
            0 => "Module config specified without value",
            _ => {
                "Module Configuration detected without loadmodule directive or no ApplyConfig call: aborting"
            }
        }
        .to_string());
    }
    match UNSUPPORTED.iter().find(|(word, _)| *word == name) {
        Some((_, why)) if values > 0 => Err((*why).to_string()),
        _ => Err("Bad directive or wrong number of arguments".to_string()),
    }
}

/// A command line's words as lines of a file: `--name` begins a line and the words up to the next `--` are its
/// values. `--save` without a value means `--save ""`.
fn lines_of(args: &[String]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut may_begin = true;
    for (at, word) in args.iter().enumerate() {
        let Some(option) = word.strip_prefix("--").filter(|_| may_begin) else {
            quote(&mut text, word.as_bytes());
            text.push(b' ');
            may_begin = true;
            continue;
        };
        if !text.is_empty() {
            text.push(b'\n');
        }
        text.extend_from_slice(option.as_bytes());
        text.push(b' ');
        // A word like "--port 6380" has its value in it; after a bare name a value must come, whatever it looks like.
        may_begin = split_words(word).map_or(true, |words| words.len() != 1);
        let next_is_option = args.get(at + 1).is_none_or(|next| next.starts_with("--"));
        if option.eq_ignore_ascii_case("save") && next_is_option {
            text.extend_from_slice(b"\"\"");
            may_begin = true;
        }
    }
    text
}

/// Writes a word so that [`split_words`] reads it back.
fn quote(out: &mut Vec<u8>, word: &[u8]) {
    out.push(b'"');
    for byte in word {
        match byte {
            b'\\' | b'"' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            b' '..=b'~' => out.push(*byte),
            other => out.extend(format!("\\x{other:02x}").bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Loaded, ConfigFileError> {
        load(Some(text.as_bytes()), &[])
    }

    fn load_args(args: &[&str]) -> Result<Loaded, ConfigFileError> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_string()).collect();
        load(None, &args)
    }

    fn value(loaded: &Result<Loaded, ConfigFileError>, name: &str) -> String {
        String::from_utf8_lossy(loaded.as_ref().unwrap().config.value(name)).into_owned()
    }

    #[test]
    fn a_file_has_comments_quotes_and_several_words() {
        let loaded = load_text(
            "# comment\n\n  PORT 7000\r\nrequirepass \"a b\\x41\\n\"\nbind 127.0.0.1 ::1\nsave 900 1\nsave 300 10\n\
             client-output-buffer-limit normal 1mb 0 0\nslave-read-only no\nlua-replicate-commands yes\n",
        );
        assert_eq!(value(&loaded, "port"), "7000");
        assert_eq!(value(&loaded, "requirepass"), "a bA\n");
        assert_eq!(value(&loaded, "bind"), "127.0.0.1 ::1");
        assert_eq!(value(&loaded, "save"), "900 1 300 10");
        assert!(value(&loaded, "client-output-buffer-limit").starts_with("normal 1048576 0 0 slave"));
        assert_eq!(value(&loaded, "replica-read-only"), "no");
    }

    #[test]
    fn a_command_line_is_taken_as_redis_server_takes_it() {
        let loaded =
            load_args(&["--port", "0", "--save", "", "--appendonly", "yes", "--loglevel", "verbose"]);
        assert_eq!(value(&loaded, "port"), "0");
        assert_eq!(value(&loaded, "save"), "");
        assert_eq!(value(&loaded, "appendonly"), "yes");
        assert_eq!(loaded.unwrap().inert, ["loglevel"]);
        assert_eq!(value(&load_args(&["--save", "60", "1"]), "save"), "60 1");
        assert_eq!(value(&load_args(&["--save", "60 1", "--save", "5", "5"]), "save"), "60 1 5 5");
        assert_eq!(value(&load_args(&["--save", "--port", "1"]), "save"), "");
        assert_eq!(value(&load_args(&["--save"]), "save"), "");
        assert_eq!(value(&load_args(&["--port 6380"]), "port"), "6380");
        assert_eq!(value(&load_args(&["--requirepass", "--x"]), "requirepass"), "--x");
    }

    #[test]
    fn the_command_line_follows_the_file() {
        let args = ["--hz".to_string(), "20".to_string()];
        let loaded = load(Some(b"hz 5"), &args).unwrap();
        assert_eq!(loaded.config.settings.hz, 20);
    }

    #[test]
    fn a_bad_line_is_shown_as_the_real_servers_show_it() {
        let check = |text: &str, line: usize, shown: &str, why: &str| {
            let expect = format!(
                "*** FATAL CONFIG FILE ERROR (Version 8.0.1) ***\nReading the configuration file, at line {line}\n>>> \
                 '{shown}'\n{why}"
            );
            assert_eq!(load_text(text).unwrap_err().to_string(), expect);
        };
        check("hz 10\n foo bar \n", 2, "foo bar", "Bad directive or wrong number of arguments");
        check("port", 1, "port", "wrong number of arguments");
        check("port 1 2", 1, "port 1 2", "wrong number of arguments");
        check("maxmemory \"1", 1, "maxmemory \"1", "Unbalanced quotes in configuration line");
        check("maxmemory x", 1, "maxmemory x", "argument must be a memory value");
        check("sentinel monitor a", 1, "sentinel monitor a", "sentinel directive while not in sentinel mode");
        check("appendonly maybe", 1, "appendonly maybe", "argument must be 'yes' or 'no'");
        let error = load_args(&["--foo", "bar"]).unwrap_err();
        assert!(error.to_string().contains("at line 2\n>>> 'foo \"bar\"'"), "{error}");
    }

    #[test]
    fn words_are_split_as_in_the_real_servers() {
        let check = |line: &str, expect: Option<&[&str]>| {
            let words = split_words(line).ok();
            let words: Option<Vec<String>> =
                words.map(|words| words.into_iter().map(|w| String::from_utf8(w).unwrap()).collect());
            let expect = expect.map(|words| words.iter().map(|w| (*w).to_string()).collect());
            assert_eq!(words, expect, "{line}");
        };
        check("a  b\tc ", Some(&["a", "b", "c"]));
        check("a '' \"\"", Some(&["a", "", ""]));
        check("'it\\'s' \"q\\\"q\"", Some(&["it's", "q\"q"]));
        check("\"a\"b", None);
        check("'a", None);
        check("", Some(&[]));
        // Asked of valkey-server: these separate words only where another blank does.
        check("\x0ba\x0bb \x0cc\x0cd", Some(&["a\x0bb", "c\x0cd"]));
    }
}
