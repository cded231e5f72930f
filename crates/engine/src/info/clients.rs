//! The section Clients.

use super::Lines;
use crate::context::Context;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let all = || ctx.clients.iter().map(|session| &session.client).chain([&*ctx.client]);
    let watching = all().filter(|client| !client.watched.is_empty()).count() as u64;
    let watched = all().map(|client| client.watched.len() as u64).sum();
    let largest_query = ctx.clients.iter().map(|session| session.query.len() as u64).max().unwrap_or(0);
    let largest_output = ctx.clients.iter().map(|session| session.unsent().len() as u64).max().unwrap_or(0);
    lines.put_all(&[
        ("connected_clients", all().count() as u64),
        ("cluster_connections", 0),
        ("maxclients", ctx.server.config.settings.maxclients),
        ("client_recent_max_input_buffer", largest_query),
        ("client_recent_max_output_buffer", largest_output),
        ("blocked_clients", 0),
        ("tracking_clients", 0),
        ("pubsub_clients", 0),
        ("watching_clients", watching),
        ("clients_in_timeout_table", 0),
        ("total_watched_keys", watched),
        ("total_blocking_keys", 0),
        ("total_blocking_keys_on_nokey", 0),
    ]);
}
