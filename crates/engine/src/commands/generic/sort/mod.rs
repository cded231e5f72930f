//! SORT: Sorts the elements in a list, a set, or a sorted set, optionally storing the result.

mod options;
mod order;
mod pattern;

use crate::commands::list;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use options::Options;
use resplay_datatypes::list::Side;
use resplay_datatypes::{EntryId, Limits, List, Value, Zset};
use resplay_resp::{Args, Error};
use std::ops::Range;

/// What the server knows of SORT.
pub(super) const ROW: Row = Row {
    summary: "Sorts the elements in a list, a set, or a sorted set, optionally storing the result.",
    complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
    group: "generic",
    since: "1.0.0",
    arity: -2,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["set", "sortedset", "list", "dangerous"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Unknown,
            find: Find::Unknown,
            flags: &["RO", "ACCESS"],
            notes: Some(
                "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
            ),
        },
        KeySpec {
            begin: Begin::Unknown,
            find: Find::Unknown,
            flags: &["OW", "UPDATE"],
            notes: Some(
                "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
            ),
        },
    ],
    movable_keys: true,
    hidden_key: Some(destination),
    arguments: &[
        Arg::key("key", 0),
        Arg::new("by-pattern", Kind::Pattern).spec(1).token("BY").display("pattern").optional(),
        Arg::new("limit", Kind::Block)
            .token("LIMIT")
            .optional()
            .of(&[Arg::new("offset", Kind::Integer), Arg::new("count", Kind::Integer)]),
        Arg::new("get-pattern", Kind::Pattern)
            .spec(1)
            .token("GET")
            .display("pattern")
            .optional()
            .multiple()
            .multiple_token(),
        Arg::new("order", Kind::OneOf).optional().of(&[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")]),
        Arg::word("sorting", "ALPHA").optional(),
        Arg::key("destination", 2).token("STORE").optional(),
    ],
    ..Row::new("sort", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    sort(ctx, args, false)
}

/// SORT and SORT_RO.
pub(super) fn sort(ctx: &mut Context<'_>, args: Args<'_>, is_readonly: bool) -> Result<(), Error> {
    let mut options = Options::parse(args.from(2), is_readonly)?;
    let found = ctx.data.read_id(&args[1]);
    let all = found.map_or(0, |id| ctx.data.value(id).elements());
    if let Some(id) = found {
        prepare(ctx, id, &mut options)?;
    }
    ctx.data.work.elements += all as u64;
    let shown = options.shown(all);
    let elements = match found {
        Some(id) if options.is_sorted => {
            let elements = elements(ctx.data.value(id), false, 0..all);
            order::sorted(ctx, elements, &options, shown)?
        }
        Some(id) => elements(ctx.data.value(id), options.is_descending, shown),
        None => Vec::new(),
    };
    match options.store {
        Some(key) => store(ctx, key, &elements, &options.get),
        None => show(ctx, &elements, &options.get),
    }
    Ok(())
}

/// Checks the type. A set has no order of its own that could be stored, so it is sorted then; a sorted set becomes a
/// skiplist, for good.
fn prepare(ctx: &mut Context<'_>, id: EntryId, options: &mut Options<'_>) -> Result<(), Error> {
    match ctx.data.value(id) {
        Value::List(_) => {}
        Value::Set(_) => {
            if !options.is_sorted && options.store.is_some() {
                (options.is_sorted, options.is_alpha, options.by) = (true, true, None);
            }
        }
        Value::Zset(_) => {
            let limits = Limits { max_entries: 0, max_value: 0, seed: ctx.data.seed() };
            ctx.data.edit_as::<Zset, _>(id, |zset| zset.expect(zset.len(), 0, &limits));
        }
        _ => return Err(Error::WrongType),
    }
    Ok(())
}

/// The elements at those places of the value's own order, which may run backwards where it is one.
fn elements(value: &Value, is_descending: bool, places: Range<usize>) -> Vec<Vec<u8>> {
    let (skipped, count) = (places.start, places.len());
    match value {
        Value::List(list) => {
            let side = if is_descending { Side::Right } else { Side::Left };
            list.from_end(side).skip(skipped).take(count).map(|item| item.to_vec()).collect()
        }
        Value::Set(set) => set.iter().skip(skipped).take(count).map(|item| item.to_vec()).collect(),
        Value::Zset(zset) if is_descending => {
            let end = zset.len() - skipped;
            zset.range(end - count..end).rev().map(|(item, _)| item.to_vec()).collect()
        }
        Value::Zset(zset) => zset.range(places).map(|(item, _)| item.to_vec()).collect(),
        _ => Vec::new(),
    }
}

fn show(ctx: &mut Context<'_>, elements: &[Vec<u8>], get: &[&[u8]]) {
    ctx.reply.array(elements.len() * get.len().max(1));
    for element in elements {
        if get.is_empty() {
            ctx.reply.bulk(element);
        }
        for pattern in get {
            match pattern::look_up(ctx, pattern, element) {
                Some(value) => ctx.reply.bulk(&value),
                None => ctx.reply.null(),
            }
        }
    }
}

fn store(ctx: &mut Context<'_>, key: &[u8], elements: &[Vec<u8>], get: &[&[u8]]) {
    let mut looked_up = Vec::new();
    for (element, pattern) in elements.iter().flat_map(|element| get.iter().map(move |get| (element, get))) {
        looked_up.push(pattern::look_up(ctx, pattern, element).unwrap_or_default());
    }
    let stored = if get.is_empty() { elements } else { &looked_up };
    if !stored.is_empty() {
        let limits = list::limits(ctx);
        let list = List::of(stored.iter().map(Vec::as_slice), &limits);
        ctx.data.insert(key, list.into());
        ctx.data.changed(key);
        ctx.data.dirty += stored.len() as u64 - 1;
        ctx.data.notify(class::LIST, "sortstore", key);
    } else if let Some(id) = ctx.data.find(key) {
        ctx.data.take(id);
        ctx.data.changed(key);
        ctx.data.notify(class::GENERIC, "del", key);
    }
    ctx.reply.int(stored.len() as i64);
}

/// Where STORE names a key: the last one counts. Words that an option takes are passed over.
fn destination(request: Args<'_>) -> Option<usize> {
    let (mut at, mut found) = (2, None);
    while let Some(word) = request.get(at) {
        let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
        if is(b"store") && at + 1 < request.len() {
            found = Some(at + 1);
        }
        at += if is(b"limit") {
            3
        } else if is(b"get") || is(b"by") {
            2
        } else {
            1
        };
    }
    found
}
