//! The section Clients.

use super::Lines;
use crate::context::Context;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let all = || ctx.clients.iter().map(|session| &session.client).chain([&*ctx.client]);
    let watching = all().filter(|client| !client.watched.is_empty()).count() as u64;
    let subscribers = all().filter(|client| !client.subscriptions.is_empty()).count() as u64;
    let blocked = all().filter(|client| client.blocked.is_some()).count() as u64;
    let watched = all().map(|client| client.watched.len() as u64).sum();
    let largest_query = ctx.clients.iter().map(|session| session.query.len() as u64).max().unwrap_or(0);
    let largest_output = ctx.clients.iter().map(|session| session.unsent().len() as u64).max().unwrap_or(0);
    lines.put_all(&[
        ("connected_clients", all().count() as u64),
        ("cluster_connections", 0),
        ("maxclients", ctx.server.config.settings.maxclients),
        ("client_recent_max_input_buffer", largest_query),
        ("client_recent_max_output_buffer", largest_output),
        ("blocked_clients", blocked),
        ("tracking_clients", 0),
        ("pubsub_clients", subscribers),
        ("watching_clients", watching),
        ("clients_in_timeout_table", ctx.server.timeouts.len() as u64),
        ("total_watched_keys", watched),
        ("total_blocking_keys", ctx.data.waiting.keys() as u64),
        ("total_blocking_keys_on_nokey", ctx.data.waiting.keys_on_nokey() as u64),
    ]);
}
