//! Who this server is: sections Server, Replication and CPU.

use super::Lines;
use crate::context::Context;

/// The version of the real server whose behaviour this is.
pub(crate) const VALKEY_VERSION: &str = "8.0.1";
/// The version of Redis that it says it is compatible with.
const REDIS_VERSION: &str = "7.2.4";

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let identity = &ctx.server.identity;
    let settings = &ctx.server.config.settings;
    let uptime = ctx.now.mono.since(identity.started.mono).as_secs();
    lines.put("redis_version", REDIS_VERSION);
    lines.put("server_name", "valkey");
    lines.put("valkey_version", VALKEY_VERSION);
    lines.put("resplay_version", env!("CARGO_PKG_VERSION"));
    lines.put("redis_git_sha1", "00000000");
    lines.put("redis_git_dirty", 0);
    lines.put("server_mode", "standalone");
    lines.put("arch_bits", 64);
    lines.put("process_id", identity.pid);
    lines.put("run_id", &identity.run_id);
    lines.put("tcp_port", settings.port);
    lines.put("server_time_usec", ctx.now.wall.0);
    lines.put("uptime_in_seconds", uptime);
    lines.put("uptime_in_days", uptime / 86_400);
    lines.put("hz", settings.hz);
    lines.put("configured_hz", settings.hz);
    lines.put("lru_clock", ctx.now.wall.as_secs() & ((1 << 24) - 1));
    lines.put("config_file", &identity.config_file);
}

pub(super) fn fill_replication(_: &Context<'_>, lines: &mut Lines) {
    lines.put("role", "master");
    lines.put("connected_slaves", 0);
    lines.put("master_failover_state", "no-failover");
    lines.put("master_repl_offset", 0);
    lines.put("second_repl_offset", -1);
    lines.put("repl_backlog_active", 0);
}

/// The time that commands took: all that a process knows of its CPU without asking its host.
pub(super) fn fill_cpu(ctx: &Context<'_>, lines: &mut Lines) {
    let busy: std::time::Duration = ctx.server.stats.calls().map(|(_, calls)| calls.total).sum();
    lines.put("used_cpu_user_main_thread", format_args!("{:.6}", busy.as_secs_f64()));
}
