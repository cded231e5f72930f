//! BITPOS: Finds the first set (1) or clear (0) bit in a string.

use super::Unit;
use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Scratch, Str};
use resplay_resp::{Args, Error};

/// What the server knows of BITPOS.
pub(super) const ROW: Row = Row {
    summary: "Finds the first set (1) or clear (0) bit in a string.",
    complexity: "O(N)",
    group: "bitmap",
    since: "2.8.7",
    history: &[("7.0.0", "Added the `BYTE|BIT` option.")],
    arity: -3,
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
        Arg::new("bit", Kind::Integer),
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
    ..Row::new("bitpos", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let bit = match integer(&args[2])? {
        bit @ (0 | 1) => bit as u8,
        _ => return Err(Error::Custom("ERR The bit argument must be 1 or 0.".to_owned())),
    };
    if args.len() > 6 {
        return Err(Error::Syntax);
    }
    let start = args.get(3).map_or(Ok(0), integer)?;
    let unit = args.get(5).map_or(Ok(Unit::Byte), Unit::parse)?;
    let end = args.get(4).map(integer).transpose()?;
    let mut scratch = Scratch::new();
    let Some(string) = ctx.data.read_as::<Str>(&args[1])? else {
        // A missing key is zeros without end.
        ctx.reply.int(if bit == 1 { -1 } else { 0 });
        return Ok(());
    };
    let bytes = string.bytes(&mut scratch);
    let position = unit.bits(start, end.unwrap_or(-1), bytes.len()).map_or(-1, |(first, last)| {
        match find(bytes, bit, first, last) {
            Some(at) => at as i64,
            // Without an end the zeros that follow the string count.
            None if bit == 0 && end.is_none() => bytes.len() as i64 * 8,
            None => -1,
        }
    });
    let visited =
        if position < 0 { bytes.len() as u64 } else { (position as u64 >> 3) - start.max(0) as u64 / 8 };
    ctx.data.work.bytes += visited;
    ctx.reply.int(position);
    Ok(())
}

/// The first of these bits that has that value.
fn find(bytes: &[u8], bit: u8, first: u64, last: u64) -> Option<u64> {
    // Turned so that it is a one that is looked for.
    let flip = if bit == 1 { 0 } else { 0xff };
    let (start, end) = ((first >> 3) as usize, (last >> 3) as usize);
    let (front, back) = super::edge_masks(first, last);
    let head = (bytes[start] ^ flip) & front & if start == end { back } else { 0xff };
    let found = |at: usize, byte: u8| Some(at as u64 * 8 + u64::from(byte.leading_zeros()));
    if head != 0 {
        return found(start, head);
    }
    if start == end {
        return None;
    }
    if let Some(skipped) = bytes[start + 1..end].iter().position(|byte| *byte != flip) {
        let at = start + 1 + skipped;
        return found(at, bytes[at] ^ flip);
    }
    let tail = (bytes[end] ^ flip) & back;
    if tail == 0 { None } else { found(end, tail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_finds_what_looking_at_each_bit_finds() {
        for bytes in [[0, 0, 0x10, 0], [0xff, 0xff, 0xfe, 0xff], [0xa5, 0, 0xff, 1]] {
            for (first, last) in (0..32).flat_map(|first| (first..32).map(move |last| (first, last))) {
                for bit in [0, 1] {
                    let plain =
                        (first..=last).find(|at| bytes[(at >> 3) as usize] >> (7 - (at & 7)) & 1 == bit);
                    assert_eq!(find(&bytes, bit, first, last), plain, "{bytes:?} {bit} {first} {last}");
                }
            }
        }
    }
}
