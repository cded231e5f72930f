//! The sections Stats, Commandstats, Errorstats and Keyspace.

use super::Lines;
use crate::context::Context;
use crate::pubsub::Kind;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let (stats, keys) = (&ctx.server.stats, &ctx.data.stats);
    lines.put_all(&[
        ("total_connections_received", stats.connections),
        ("total_commands_processed", stats.commands),
        ("instantaneous_ops_per_sec", stats.rate.per_second(ctx.now.mono, stats.commands)),
        ("total_net_input_bytes", stats.bytes_in),
        ("total_net_output_bytes", stats.bytes_out),
        ("rejected_connections", stats.rejected_connections),
        ("expired_keys", keys.expired),
        ("expired_time_cap_reached_count", keys.expire_cap_reached),
        ("evicted_keys", keys.evicted),
        ("evicted_clients", 0),
        ("keyspace_hits", keys.hits),
        ("keyspace_misses", keys.misses),
        ("pubsub_channels", ctx.server.pubsub.len(Kind::Channel) as u64),
        ("pubsub_patterns", ctx.server.pubsub.len(Kind::Pattern) as u64),
        ("pubsubshard_channels", ctx.server.pubsub.len(Kind::Shard) as u64),
        ("unexpected_error_replies", 0),
        ("total_error_replies", stats.errors),
        ("client_output_buffer_limit_disconnections", stats.output_limit_disconnections),
    ]);
}

pub(super) fn fill_commands(ctx: &Context<'_>, lines: &mut Lines) {
    for (id, calls) in ctx.server.stats.calls() {
        let micros = calls.total.as_micros();
        let each = micros as f64 / calls.calls.max(1) as f64;
        let value = format!(
            "calls={},usec={micros},usec_per_call={each:.2},rejected_calls={},failed_calls={}",
            calls.calls, calls.rejected, calls.failed
        );
        lines.put(format_args!("cmdstat_{}", ctx.server.table.row(id).name), value);
    }
}

pub(super) fn fill_errors(ctx: &Context<'_>, lines: &mut Lines) {
    for (kind, count) in &ctx.server.stats.errors_by_kind {
        lines.put(format_args!("errorstat_{kind}"), format_args!("count={count}"));
    }
}

pub(super) fn fill_keyspace(ctx: &Context<'_>, lines: &mut Lines) {
    for db in 0..ctx.data.databases() {
        let database = ctx.data.database(db);
        if !database.is_empty() {
            let ttl = database.average_ttl_ms(ctx.data.now_ms());
            let value = format!("keys={},expires={},avg_ttl={ttl}", database.len(), database.volatile_len());
            lines.put(format_args!("db{db}"), value);
        }
    }
}
