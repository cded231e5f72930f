//! The section Persistence.

use super::Lines;
use crate::context::Context;
use std::time::Duration;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    lines.put("loading", u8::from(ctx.server.is_loading()));
    lines.put("async_loading", 0);
    fill_snapshot(ctx, lines);
    fill_rdb(ctx, lines);
    fill_aof(ctx, lines);
    if ctx.server.is_loading() {
        fill_loading(ctx, lines);
    }
}

/// There is no child process: what is told of its copied memory is what the snapshot keeps besides the data.
fn fill_snapshot(ctx: &Context<'_>, lines: &mut Lines) {
    let snapshot = ctx.data.snapshot.as_ref();
    let (written, total) = snapshot.map_or((0, 0), |snapshot| snapshot.keys());
    lines.put("current_cow_peak", snapshot.map_or(0, |snapshot| snapshot.peak_bytes()));
    lines.put("current_cow_size", snapshot.map_or(0, |snapshot| snapshot.bytes()));
    lines.put("current_cow_size_age", 0);
    lines.put("current_fork_perc", format_args!("{:.2}", percent(written, total)));
    lines.put("current_save_keys_processed", written);
    lines.put("current_save_keys_total", total);
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 }
}

fn seconds(duration: Option<Duration>) -> i64 {
    duration.map_or(-1, |took| took.as_secs() as i64)
}

fn fill_rdb(ctx: &Context<'_>, lines: &mut Lines) {
    let rdb = &ctx.server.rdb;
    let history = &rdb.history;
    let running = rdb.background().map(|save| ctx.now.mono.since(save.began.mono));
    lines.put("rdb_changes_since_last_save", rdb.changes(ctx.data.dirty));
    lines.put("rdb_bgsave_in_progress", u8::from(running.is_some()));
    lines.put("rdb_last_save_time", history.saved_at.wall.as_secs());
    lines.put("rdb_last_bgsave_status", if history.has_failed { "err" } else { "ok" });
    lines.put("rdb_last_bgsave_time_sec", seconds(history.took));
    lines.put("rdb_current_bgsave_time_sec", seconds(running));
    lines.put("rdb_saves", history.saves);
    lines.put("rdb_last_cow_size", history.extra_bytes);
    lines.put("rdb_last_load_keys_expired", history.read.expired);
    lines.put("rdb_last_load_keys_loaded", history.read.loaded);
}

fn fill_aof(ctx: &Context<'_>, lines: &mut Lines) {
    let aof = &ctx.server.aof;
    let rewriting = &aof.rewriting;
    let running = rewriting.began().map(|began| ctx.now.mono.since(began.mono));
    lines.put("aof_enabled", u8::from(aof.is_enabled()));
    lines.put("aof_rewrite_in_progress", u8::from(running.is_some()));
    lines.put("aof_rewrite_scheduled", u8::from(rewriting.is_scheduled()));
    lines.put("aof_last_rewrite_time_sec", seconds(rewriting.took));
    lines.put("aof_current_rewrite_time_sec", seconds(running));
    lines.put("aof_last_bgrewrite_status", if rewriting.has_failed { "err" } else { "ok" });
    lines.put("aof_rewrites", rewriting.begun);
    lines.put("aof_rewrites_consecutive_failures", rewriting.failures);
    lines.put("aof_last_write_status", if aof.error().is_some() { "err" } else { "ok" });
    lines.put("aof_last_cow_size", rewriting.extra_bytes);
    lines.put("module_fork_in_progress", 0);
    lines.put("module_fork_last_cow_size", 0);
    if aof.is_enabled() {
        let (len, after_rewrite) = aof.len();
        lines.put("aof_current_size", len);
        lines.put("aof_base_size", after_rewrite);
        lines.put("aof_pending_rewrite", 0);
        lines.put("aof_buffer_length", aof.buffered_bytes());
        lines.put("aof_pending_bio_fsync", u8::from(aof.is_syncing()));
        lines.put("aof_delayed_fsync", aof.delayed_syncs);
    }
}

/// How far the reading at the start is.
fn fill_loading(ctx: &Context<'_>, lines: &mut Lines) {
    let of_rdb = ctx.server.rdb.loading().map(|load| (load.began, load.progress(), load.intake.used_bytes));
    let of_aof = ctx.server.aof.loading().map(|load| (load.began, load.progress(), load.intake.used_bytes));
    let Some((began, (read, total), used_bytes)) = of_rdb.or(of_aof) else { return };
    let took = ctx.now.mono.since(began.mono).as_secs();
    let left = (took * (total - read.min(total))).checked_div(read).unwrap_or(1);
    lines.put("loading_start_time", began.wall.as_secs());
    lines.put("loading_total_bytes", total);
    lines.put("loading_rdb_used_mem", used_bytes);
    lines.put("loading_loaded_bytes", read);
    lines.put("loading_loaded_perc", format_args!("{:.2}", percent(read, total)));
    lines.put("loading_eta_seconds", left);
}
