//! `serve`: the engine behind real sockets and files.

use crate::{HOLDS, USAGE};
use resplay_engine::Server;

const HELP: &str = "\
Serve real clients with the engine that the simulated world runs.

Usage: resplay serve [CONF] [--DIRECTIVE VALUE…]…
       resplay serve -h | --help | -v | --version

CONF is a configuration file in the format of redis.conf. Every parameter of Valkey 8.0.1 is taken there and as a flag;
those that have no effect yet are named once in the log.

Examples:
  resplay serve                                            port 6379, no persistence but what `appendonly` says
  resplay serve --port 7000 --appendonly yes --dir /var/lib/resplay
  resplay serve /etc/redis/redis.conf --loglevel verbose --maxmemory 100mb --maxmemory-policy allkeys-lru

SIGTERM, SIGINT and SHUTDOWN flush the append-only file; the exit status is then 0.";

/// Serves until the server exits; gives its status.
pub fn serve(words: Vec<String>) -> u8 {
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["-h" | "--help"] => {
            println!("{HELP}");
            return HOLDS;
        }
        ["-v" | "--version"] => {
            println!("resplay {} (as Valkey 8.0.1)", env!("CARGO_PKG_VERSION"));
            return HOLDS;
        }
        _ => {}
    }
    let served = resplay_server::boot(words).and_then(|boot| {
        let options = resplay_server::Options::of(&boot);
        resplay_server::serve(Server::new(), boot, options)
    });
    match served {
        Ok(status) => u8::try_from(status & 0xff).unwrap_or(1),
        Err(error) => {
            eprintln!("resplay serve: {error}");
            USAGE
        }
    }
}
