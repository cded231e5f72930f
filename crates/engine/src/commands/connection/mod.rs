//! The connection commands.

mod auth;
pub(crate) mod client;
mod echo;
mod hello;
mod ping;
mod quit;
mod reset;
mod select;

use crate::context::Context;
use crate::row::Row;
use resplay_resp::Error;

/// One row a command, sorted by name.
pub(super) const ROWS: &[&Row] =
    &[&auth::ROW, &client::ROW, &echo::ROW, &hello::ROW, &ping::ROW, &quit::ROW, &reset::ROW, &select::ROW];

/// Lets the client in, if name and password are right. There is one user, `default`, as long as there is no ACL.
fn authenticate(ctx: &mut Context<'_>, user: &[u8], password: &[u8]) -> Result<(), Error> {
    let expected = ctx.server.config.settings.requirepass.as_slice();
    if user != b"default" || (!expected.is_empty() && !is_equal(expected, password)) {
        return Err(Error::WrongPass);
    }
    ctx.client.is_authenticated = true;
    Ok(())
}

/// Takes the same time wherever the first difference is, so that a password cannot be guessed byte by byte.
fn is_equal(expected: &[u8], given: &[u8]) -> bool {
    let differing = (0..expected.len().max(given.len()))
        .filter(|at| expected.get(*at).copied().unwrap_or(0) != given.get(*at).copied().unwrap_or(0));
    differing.count() == 0 && expected.len() == given.len()
}

/// Names appear in CLIENT LIST, whose fields are separated by blanks.
fn check_name(name: &[u8]) -> Result<(), Error> {
    if is_plain(name) { Ok(()) } else { Err(Error::ClientName) }
}

/// Only what stands before a zero byte is looked at, as in C.
fn is_plain(text: &[u8]) -> bool {
    text.iter().take_while(|byte| **byte != 0).all(|byte| (b'!'..=b'~').contains(byte))
}
