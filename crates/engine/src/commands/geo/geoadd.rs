//! GEOADD: Adds one or more members to a geospatial index. The key is created if it doesn't exist.

use crate::commands::sorted_set::add::{AddOptions, add};
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_resp::{Args, Error};

/// What the server knows of GEOADD.
pub(super) const ROW: Row = Row {
    summary: "Adds one or more members to a geospatial index. The key is created if it doesn't exist.",
    complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
    group: "geo",
    since: "3.2.0",
    history: &[("6.2.0", "Added the `CH`, `NX` and `XX` options.")],
    arity: -5,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["geo"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "UPDATE"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("condition", Kind::OneOf)
            .since("6.2.0")
            .optional()
            .of(&[Arg::word("nx", "NX"), Arg::word("xx", "XX")]),
        Arg::word("change", "CH").since("6.2.0").optional(),
        Arg::new("data", Kind::Block).multiple().of(&[
            Arg::new("longitude", Kind::Double),
            Arg::new("latitude", Kind::Double),
            Arg::new("member", Kind::String),
        ]),
    ],
    ..Row::new("geoadd", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let mut options = AddOptions::default();
    let mut first = 2;
    while let Some(word) = args.get(first) {
        match word.to_ascii_lowercase().as_slice() {
            b"nx" => options.nx = true,
            b"xx" => options.xx = true,
            b"ch" => options.ch = true,
            _ => break,
        }
        first += 1;
    }
    let places = args.from(first);
    if places.is_empty() || !places.len().is_multiple_of(3) || (options.nx && options.xx) {
        return Err(Error::Syntax);
    }
    let mut pairs = Vec::with_capacity(places.len() / 3);
    for at in (0..places.len()).step_by(3) {
        let score = super::point(places.from(at))?.score();
        pairs.push((score as f64, &places[at + 2]));
    }
    let dirty = ctx.data.dirty;
    add(ctx, &args[1], options, &pairs)?;
    if ctx.data.dirty != dirty {
        propagate(ctx, args.upto(first), &pairs);
    }
    Ok(())
}

/// It is repeated as ZADD.
fn propagate(ctx: &mut Context<'_>, options: Args<'_>, pairs: &[(f64, &[u8])]) {
    let scores: Vec<String> = pairs.iter().map(|(score, _)| (*score as u64).to_string()).collect();
    let mut words: Vec<&[u8]> = vec![b"zadd"];
    words.extend(options.from(1).iter());
    words.extend(scores.iter().zip(pairs).flat_map(|(score, (_, member))| [score.as_bytes(), member]));
    ctx.rewrite(&words);
}
