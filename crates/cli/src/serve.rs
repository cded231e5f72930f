//! `serve`: the engine behind real sockets and files.

use crate::USAGE;
use resplay_engine::Server;

/// Serves until the server exits; gives its status.
pub fn serve(words: Vec<String>) -> u8 {
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
