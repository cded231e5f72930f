//! The section Memory: the published formula, part by part. There is no allocator behind it to report on.

use super::Lines;
use crate::context::Context;
use crate::memory::BASE_BYTES;

pub(super) fn fill(ctx: &Context<'_>, lines: &mut Lines) {
    let used = ctx.used_memory();
    let dataset = ctx.data.used_bytes();
    let settings = &ctx.server.config.settings;
    let peak = ctx.server.stats.peak_memory.max(used);
    lines.put_bytes("used_memory", used);
    lines.put_bytes("used_memory_rss", used);
    lines.put_bytes("used_memory_peak", peak);
    lines.put("used_memory_peak_perc", percent(used, peak));
    lines.put("used_memory_overhead", used - dataset);
    lines.put("used_memory_startup", BASE_BYTES);
    lines.put("used_memory_dataset", dataset);
    lines.put("used_memory_dataset_perc", percent(dataset, used - BASE_BYTES));
    lines.put_bytes("maxmemory", settings.maxmemory);
    lines.put("maxmemory_policy", settings.maxmemory_policy.name());
    lines.put("mem_fragmentation_ratio", "1.00");
    lines.put("mem_not_counted_for_evict", ctx.server.aof.buffered_bytes());
    lines.put("mem_clients_normal", ctx.clients.used_bytes());
    lines.put("mem_aof_buffer", ctx.server.aof.buffered_bytes());
    lines.put("mem_allocator", "formula");
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.2}%", part as f64 * 100.0 / whole.max(1) as f64)
}
