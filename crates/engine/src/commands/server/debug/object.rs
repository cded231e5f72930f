//! DEBUG OBJECT and LISTPACK: how a value is kept.

use crate::context::Context;
use crate::log::log;
use resplay_datatypes::list::Node;
use resplay_datatypes::{EntryId, List, Value};
use resplay_persistence::rdb::{self, Version};
use resplay_resp::{Args, Error};

/// Tells how a value is kept; with the word `fast` without what takes longer to find out. There are no addresses: what stands
/// in their place is where the entry begins in memory as the published formula counts it: nowhere.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = find(ctx, &args[2])?;
    let is_fast = args.len() > 3 && args[3].eq_ignore_ascii_case(b"fast");
    let (entry, access) = (ctx.data.entry(id), &ctx.data.access);
    let length =
        if is_fast { String::new() } else { format!(" serializedlength:{}", saved_len(ctx, &entry.value)) };
    let list = match &entry.value {
        Value::List(list) if entry.value.encoding() == "quicklist" => describe_nodes(ctx, list, is_fast),
        _ => String::new(),
    };
    let text = format!(
        "Value at:0x0 refcount:1 encoding:{}{length} lru:{} lru_seconds_idle:{} lfu_freq:{} lfu_access_time_minutes:{}{list}",
        entry.value.encoding(),
        entry.stamp,
        access.idle_secs(entry.stamp),
        access.frequency(entry.stamp),
        entry.stamp >> 8,
    );
    ctx.reply.simple(text.as_bytes());
    Ok(())
}

/// How long the value is in a snapshot: a payload has its type before it, and a version and a checksum after it.
fn saved_len(ctx: &Context<'_>, value: &Value) -> usize {
    rdb::dump(value, Version::V11, ctx.server.config.settings.rdbcompression).len() - 11
}

fn describe_nodes(ctx: &Context<'_>, list: &List, is_fast: bool) -> String {
    let nodes = list.nodes_len();
    let average = list.len() as f64 / nodes as f64;
    let (fill, depth) =
        (ctx.server.config.value("list-max-listpack-size"), ctx.server.config.value("list-compress-depth"));
    let (fill, is_compressed) = (String::from_utf8_lossy(fill).into_owned(), depth != b"0");
    let text = format!(
        " ql_nodes:{nodes} ql_avg_node:{average:.2} ql_listpack_max:{fill} ql_compressed:{}",
        u8::from(is_compressed)
    );
    if is_fast {
        return text;
    }
    let bytes = list.nodes().map(|node| match node {
        Node::Packed(pack) => pack.byte_len(),
        Node::Plain(element) => element.len(),
    });
    format!("{text} ql_uncompressed_size:{}", bytes.sum::<usize>())
}

/// The real servers print the structure to their standard output; here a line in the log says how much there is.
pub(super) fn listpack(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let id = find(ctx, &args[2])?;
    let value = ctx.data.value(id);
    if value.encoding() != "listpack" {
        return Err(Error::Custom("ERR Not a listpack encoded object.".to_string()));
    }
    let text = format!("Listpack of {} elements, {} bytes", value.elements(), value.logical_bytes());
    log(ctx.host, '*', &text);
    ctx.reply.simple(b"Listpack structure printed on stdout");
    Ok(())
}

/// A key as it lies there, dead or alive.
fn find(ctx: &Context<'_>, key: &[u8]) -> Result<EntryId, Error> {
    ctx.data.current().find(key).ok_or(Error::NoSuchKey)
}
