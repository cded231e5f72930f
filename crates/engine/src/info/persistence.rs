//! The section Persistence.

use super::Lines;
use crate::context::Context;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let aof = &ctx.server.aof;
    lines.put("loading", u8::from(aof.is_loading()));
    lines.put("async_loading", 0);
    lines.put("rdb_changes_since_last_save", ctx.data.dirty);
    lines.put("rdb_bgsave_in_progress", 0);
    lines.put("rdb_last_save_time", ctx.server.identity.started.wall.as_secs());
    lines.put("rdb_last_bgsave_status", "ok");
    lines.put("aof_enabled", u8::from(aof.is_on()));
    lines.put("aof_rewrite_in_progress", 0);
    lines.put("aof_last_write_status", if aof.write_error().is_some() { "err" } else { "ok" });
    if aof.is_on() {
        lines.put("aof_current_size", aof.size() + aof.buffered_bytes());
        lines.put("aof_base_size", aof.size_at_start());
        lines.put("aof_buffer_length", aof.buffered_bytes());
        lines.put("aof_pending_bio_fsync", u8::from(aof.is_syncing()));
        lines.put("aof_delayed_fsync", aof.delayed_syncs);
    }
}
