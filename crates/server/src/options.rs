//! What concerns the host alone: the few directives of a configuration that a node cannot act on itself.

use crate::log::LogTo;
use resplay_base::Boot;
use std::path::PathBuf;
use std::time::Duration;

/// How sockets and the log are set up. The node knows nothing of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where log lines go.
    pub log: LogTo,
    /// Connections that may wait to be accepted, per listening socket.
    pub backlog: i32,
    /// How long a connection may be silent before the system probes it; `None` never.
    pub keepalive: Option<Duration>,
    /// Where relative paths start; `None` is where the process was started. `serve` goes there, `spawn` cannot, as
    /// other threads share the process: there it holds for the node's files alone.
    pub directory: Option<PathBuf>,
    /// Permission bits of unix sockets, from the octal directive; `None` leaves the process's default.
    pub unix_permissions: Option<u32>,
    /// Memory may come in huge pages; `serve` asks for none otherwise.
    pub huge_pages: bool,
}

impl Default for Options {
    /// The real servers' defaults.
    fn default() -> Options {
        Options {
            log: LogTo::Stdout,
            backlog: 511,
            keepalive: Some(Duration::from_secs(300)),
            directory: None,
            unix_permissions: None,
            huge_pages: false,
        }
    }
}

impl Options {
    /// Takes `dir`, `disable-thp`, `logfile`, `tcp-backlog`, `tcp-keepalive` and `unixsocketperm` from what the process was started
    /// with. What does not parse keeps its default: the node refuses the configuration in its own words.
    pub fn of(boot: &Boot) -> Options {
        let mut options = Options::default();
        if let Some(path) = directive(boot, "logfile").filter(|path| !path.is_empty()) {
            options.log = LogTo::File(path.into());
        }
        options.huge_pages =
            directive(boot, "disable-thp").is_some_and(|text| text.eq_ignore_ascii_case("no"));
        options.directory = directive(boot, "dir").filter(|path| !path.is_empty()).map(PathBuf::from);
        if let Some(backlog) = number(boot, "tcp-backlog") {
            options.backlog = backlog;
        }
        if let Some(seconds) = number(boot, "tcp-keepalive") {
            options.keepalive = (seconds > 0).then(|| Duration::from_secs(seconds));
        }
        options.unix_permissions = directive(boot, "unixsocketperm")
            .and_then(|text| u32::from_str_radix(&text, 8).ok())
            .filter(|&bits| bits > 0);
        options
    }
}

fn number<T: std::str::FromStr>(boot: &Boot, name: &str) -> Option<T> {
    directive(boot, name)?.parse().ok()
}

/// The last value given: the command line wins over the file, and a later line over an earlier one.
fn directive(boot: &Boot, name: &str) -> Option<String> {
    from_args(&boot.args, name).or_else(|| from_file(&boot.config.as_ref()?.1, name))
}

fn from_args(args: &[String], name: &str) -> Option<String> {
    let asks = |word: &String| word.strip_prefix("--").is_some_and(|word| word.eq_ignore_ascii_case(name));
    let at = args.iter().rposition(asks)?;
    args.get(at + 1).cloned()
}

fn from_file(text: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let value = |line: &str| {
        let (word, rest) = line.trim().split_once(char::is_whitespace)?;
        word.eq_ignore_ascii_case(name).then(|| rest.trim().trim_matches(['"', '\'']).to_owned())
    };
    text.lines().rev().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(args: &[&str], file: &str) -> Options {
        let args = args.iter().map(|&word| word.to_owned()).collect();
        Options::of(&Boot { args, config: Some(("a.conf".into(), file.into())), ..Boot::default() })
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_last_line_over_the_first() {
        let options = started(&["--TCP-BACKLOG", "7"], "tcp-backlog 9\nlogfile a\n logfile \"b c\" \n");
        assert_eq!(options.backlog, 7);
        assert_eq!(options.log, LogTo::File("b c".into()));
    }

    #[test]
    fn nothing_given_means_the_real_servers_defaults() {
        assert_eq!(started(&[], "port 1\n"), Options::default());
    }

    #[test]
    fn zero_turns_keepalive_off_and_permissions_are_octal() {
        let options = started(&[], "tcp-keepalive 0\nunixsocketperm 700\nlogfile \"\"\n");
        assert_eq!(options.keepalive, None);
        assert_eq!(options.unix_permissions, Some(0o700));
        assert_eq!(options.log, LogTo::Stdout);
    }
}
