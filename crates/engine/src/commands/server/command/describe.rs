//! What COMMAND and COMMAND INFO say of a command.

use crate::context::Context;
use crate::row::{Begin, Find, KeySpec, Row, acl, flag};
use resplay_resp::{Error, Writer};

/// COMMAND: every command, with its subcommands.
pub fn reply_all(ctx: &mut Context<'_>) -> Result<(), Error> {
    ctx.reply.array(ctx.server.table.commands().count());
    for row in ctx.server.table.commands() {
        reply_info(row, &mut ctx.reply);
    }
    Ok(())
}

/// One command.
pub fn reply_info(row: &Row, reply: &mut Writer<'_>) {
    reply.array(10);
    reply.bulk(row.name.as_bytes());
    reply.int(i64::from(row.arity));
    reply_words(flags(row).collect(), reply);
    let (first, last, step) = key_range(row);
    for position in [first, last, step] {
        reply.int(i64::from(position));
    }
    let categories: Vec<String> = categories(row).map(|name| format!("@{name}")).collect();
    reply_words(categories.iter().map(String::as_str).collect(), reply);
    reply.set(row.tips.len());
    for tip in row.tips {
        reply.bulk(tip.as_bytes());
    }
    reply.set(row.keys.len());
    for spec in row.keys {
        reply_key_spec(spec, reply);
    }
    reply_subcommands(row, reply);
}

fn reply_subcommands(row: &Row, reply: &mut Writer<'_>) {
    if row.subcommands.is_empty() {
        reply.set(0);
        return;
    }
    reply.array(row.subcommands.len());
    for subcommand in row.subcommands {
        reply_info(subcommand, reply);
    }
}

fn reply_words(words: Vec<&str>, reply: &mut Writer<'_>) {
    reply.set(words.len());
    for word in words {
        reply.simple(word.as_bytes());
    }
}

fn flags(row: &Row) -> impl Iterator<Item = &'static str> {
    let named = flag::NAMES.iter().filter(|(bit, _)| row.has(*bit)).map(|(_, name)| *name);
    named.chain(row.movable_keys.then_some("movablekeys"))
}

/// The categories a row states, and those that follow from its flags, in the order of [`acl::NAMES`].
pub fn categories(row: &Row) -> impl Iterator<Item = &'static str> {
    let is_scripting = row.acl.contains(&"scripting");
    let derived = [
        ("write", row.has(flag::WRITE)),
        ("read", row.has(flag::READONLY) && !is_scripting),
        ("admin", row.has(flag::ADMIN)),
        ("dangerous", row.has(flag::ADMIN)),
        ("pubsub", row.has(flag::PUBSUB)),
        ("fast", row.has(flag::FAST)),
        ("slow", !row.has(flag::FAST)),
        ("blocking", row.has(flag::BLOCKING)),
    ];
    let stated = row.acl;
    acl::NAMES.iter().copied().filter(move |name| stated.contains(name) || derived.contains(&(*name, true)))
}

/// First key, last key and step, as far as one range can tell: key specifications that follow on each other are
/// one range.
fn key_range(row: &Row) -> (i32, i32, i32) {
    let ranges: Vec<_> = row.keys.iter().filter_map(simple_range).collect();
    let Some(&(first, mut last, step)) = ranges.first() else { return (0, 0, 0) };
    for (next_first, next_last, next_step) in &ranges[1..] {
        if *next_step != 1 || *next_first != last + 1 {
            break;
        }
        last = *next_last;
    }
    (first, last, step)
}

fn simple_range(spec: &KeySpec) -> Option<(i32, i32, i32)> {
    match (spec.begin, spec.find) {
        (Begin::Index(first), Find::Range { last, step, .. }) => {
            Some((first, if last >= 0 { first + last } else { last }, step))
        }
        _ => None,
    }
}

fn reply_key_spec(spec: &KeySpec, reply: &mut Writer<'_>) {
    reply.map(if spec.notes.is_some() { 4 } else { 3 });
    if let Some(notes) = spec.notes {
        reply.bulk(b"notes");
        reply.bulk(notes.as_bytes());
    }
    reply.bulk(b"flags");
    reply_key_flags(spec.flags, reply);
    reply.bulk(b"begin_search");
    reply_begin(spec.begin, reply);
    reply.bulk(b"find_keys");
    reply_find(spec.find, reply);
}

/// Flags of a key: those of access in capitals, the others not.
pub fn reply_key_flags(flags: &[&str], reply: &mut Writer<'_>) {
    reply.set(flags.len());
    for name in flags {
        let is_access = matches!(*name, "RO" | "RW" | "OW" | "RM");
        let name = if is_access { (*name).to_string() } else { name.to_ascii_lowercase() };
        reply.simple(name.as_bytes());
    }
}

fn reply_begin(begin: Begin, reply: &mut Writer<'_>) {
    match begin {
        Begin::Index(at) => reply_spec("index", &[("index", at)], reply),
        Begin::Keyword(word, from) => {
            reply_type("keyword", reply);
            reply.map(2);
            reply.bulk(b"keyword");
            reply.bulk(word.as_bytes());
            reply.bulk(b"startfrom");
            reply.int(i64::from(from));
        }
        Begin::Unknown => reply_spec("unknown", &[], reply),
    }
}

fn reply_find(find: Find, reply: &mut Writer<'_>) {
    match find {
        Find::Range { last, step, limit } => {
            reply_spec("range", &[("lastkey", last), ("keystep", step), ("limit", limit)], reply);
        }
        Find::KeyNum { at, first, step } => {
            reply_spec("keynum", &[("keynumidx", at), ("firstkey", first), ("keystep", step)], reply);
        }
        Find::Unknown => reply_spec("unknown", &[], reply),
    }
}

fn reply_type(kind: &str, reply: &mut Writer<'_>) {
    reply.map(2);
    reply.bulk(b"type");
    reply.bulk(kind.as_bytes());
    reply.bulk(b"spec");
}

fn reply_spec(kind: &str, numbers: &[(&str, i32)], reply: &mut Writer<'_>) {
    reply_type(kind, reply);
    reply.map(numbers.len());
    for (name, number) in numbers {
        reply.bulk(name.as_bytes());
        reply.int(i64::from(*number));
    }
}
