//! BITOP: Performs bitwise operations on multiple strings, and stores the result.

use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{EntryId, Scratch, Str};
use resplay_resp::{Args, Error};

/// What the server knows of BITOP.
pub(super) const ROW: Row = Row {
    summary: "Performs bitwise operations on multiple strings, and stores the result.",
    complexity: "O(N)",
    group: "bitmap",
    since: "2.6.0",
    arity: -4,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["bitmap"],
    keys: &[
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(3),
            find: Find::Range { last: -1, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[
        Arg::new("operation", Kind::OneOf).of(&[
            Arg::word("and", "AND"),
            Arg::word("or", "OR"),
            Arg::word("xor", "XOR"),
            Arg::word("not", "NOT"),
        ]),
        Arg::key("destkey", 0),
        Arg::key("key", 1).multiple(),
    ],
    ..Row::new("bitop", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let operation = match args[1].to_ascii_lowercase().as_slice() {
        b"and" => Operation::And,
        b"or" => Operation::Or,
        b"xor" => Operation::Xor,
        b"not" if args.len() != 4 => {
            let text = "ERR BITOP NOT must be called with a single source key.";
            return Err(Error::Custom(text.to_owned()));
        }
        b"not" => Operation::Not,
        _ => return Err(Error::Syntax),
    };
    let mut sources = Vec::with_capacity(args.len() - 3);
    for key in args.from(3).iter() {
        sources.push(ctx.data.read_id_as::<Str>(key)?);
    }
    let result = combine(ctx, operation, &sources);
    let (target, len) = (&args[2], result.len());
    if len > 0 {
        ctx.data.find(target);
        ctx.data.insert(target, Str::raw(result).into());
        ctx.data.changed(target);
        ctx.data.notify(class::STRING, "set", target);
    } else if ctx.data.find(target).is_some() {
        ctx.data.remove(target);
        ctx.data.changed(target);
        ctx.data.notify(class::GENERIC, "del", target);
    }
    ctx.reply.int(len as i64);
    Ok(())
}

#[derive(Clone, Copy)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

/// The result is as long as the longest source; the others, and keys that are missing, end in zeros.
fn combine(ctx: &mut Context<'_>, operation: Operation, sources: &[Option<EntryId>]) -> Vec<u8> {
    let mut scratches = vec![Scratch::new(); sources.len()];
    let strings: Vec<&[u8]> = sources
        .iter()
        .zip(&mut scratches)
        .map(|(id, scratch)| id.map_or(&[][..], |id| ctx.data.value_as::<Str>(id).bytes(scratch)))
        .collect();
    let len = strings.iter().map(|string| string.len()).max().unwrap_or_default();
    let mut result = strings[0].to_vec();
    result.resize(len, 0);
    for string in &strings[1..] {
        let (front, back) = result.split_at_mut(string.len());
        let pairs = front.iter_mut().zip(*string);
        match operation {
            Operation::And => {
                pairs.for_each(|(byte, other)| *byte &= other);
                back.fill(0);
            }
            Operation::Or => pairs.for_each(|(byte, other)| *byte |= other),
            Operation::Xor => pairs.for_each(|(byte, other)| *byte ^= other),
            Operation::Not => {}
        }
    }
    if let Operation::Not = operation {
        result.iter_mut().for_each(|byte| *byte = !*byte);
    }
    let visited = strings.iter().map(|string| string.len() as u64).sum::<u64>();
    ctx.data.work.bytes += visited + len as u64;
    result
}
