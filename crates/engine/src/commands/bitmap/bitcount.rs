//! BITCOUNT: Counts the number of set bits (population counting) in a string.

use super::Unit;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Scratch, Str};
use resplay_resp::{Args, Error};

/// What the server knows of BITCOUNT.
pub(super) const ROW: Row = Row {
    summary: "Counts the number of set bits (population counting) in a string.",
    complexity: "O(N)",
    group: "bitmap",
    since: "2.6.0",
    history: &[
        ("7.0.0", "Added the `BYTE|BIT` option."),
        ("8.0.0", "`end` made optional; when called without argument the command reports the last BYTE."),
    ],
    arity: -2,
    flags: flag::READONLY,
    acl: &["bitmap"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("range", Kind::Block).optional().of(&[
            Arg::new("start", Kind::Integer),
            Arg::new("end-unit-block", Kind::Block).optional().of(&[
                Arg::new("end", Kind::Integer),
                Arg::new("unit", Kind::OneOf)
                    .since("7.0.0")
                    .optional()
                    .of(&[Arg::word("byte", "BYTE"), Arg::word("bit", "BIT")]),
            ]),
        ]),
    ],
    ..Row::new("bitcount", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let (start, end, unit) = match args.len() {
        2 => (0, -1, Unit::Byte),
        3..=5 => {
            let start = integer(&args[2])?;
            let unit = args.get(4).map_or(Ok(Unit::Byte), Unit::parse)?;
            (start, args.get(3).map_or(Ok(-1), integer)?, unit)
        }
        _ => return Err(Error::Syntax),
    };
    let mut scratch = Scratch::new();
    let string = ctx.data.read_as::<Str>(&args[1])?;
    let bytes = string.map_or(&[][..], |string| string.bytes(&mut scratch));
    let is_backwards = start < 0 && end < 0 && start > end;
    let range = unit.bits(start, end, bytes.len()).filter(|_| !is_backwards);
    let (count, visited) = range.map_or((0, 0), |(first, last)| count(bytes, first, last));
    ctx.data.work.bytes += visited;
    ctx.reply.int(count as i64);
    Ok(())
}

/// How many of these bits are set, and how many bytes they lie in.
fn count(bytes: &[u8], first: u64, last: u64) -> (u64, u64) {
    let bytes = &bytes[(first >> 3) as usize..=(last >> 3) as usize];
    let (front, back) = super::edge_masks(first, last);
    let (words, rest) = bytes.as_chunks::<8>();
    let all = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones())).sum::<u64>()
        + rest.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
    let outside = (bytes[0] & !front).count_ones() + (bytes[bytes.len() - 1] & !back).count_ones();
    (all - u64::from(outside), bytes.len() as u64)
}
