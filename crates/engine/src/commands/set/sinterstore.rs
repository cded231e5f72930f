//! SINTERSTORE: Stores the intersect of multiple sets in a key.

use crate::context::Context;
use crate::keyspace::Dataset;
use crate::row::{Arg, Begin, Find, KeySpec, Row, flag};
use resplay_datatypes::listpack::Item;
use resplay_datatypes::set::{Encoding, Limits};
use resplay_datatypes::{EntryId, Set};
use resplay_resp::{Args, Error};

/// What the server knows of SINTERSTORE.
pub(super) const ROW: Row = Row {
    summary: "Stores the intersect of multiple sets in a key.",
    complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
    group: "set",
    since: "1.0.0",
    arity: -3,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["set"],
    keys: &[
        KeySpec {
            begin: Begin::Index(1),
            find: Find::Range { last: 0, step: 1, limit: 0 },
            flags: &["OW", "UPDATE"],
            notes: None,
        },
        KeySpec {
            begin: Begin::Index(2),
            find: Find::Range { last: -1, step: 1, limit: 0 },
            flags: &["RO", "ACCESS"],
            notes: None,
        },
    ],
    arguments: &[Arg::key("destination", 0), Arg::key("key", 1).multiple()],
    ..Row::new("sinterstore", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = super::read_all(ctx, args.from(2))?;
    let limits = super::limits(ctx);
    let (members, lookups) = super::intersect(ctx.data, &found, usize::MAX);
    let result = collect(ctx.data, &found, &members, &limits);
    ctx.data.work.elements += lookups;
    super::store(ctx, &args[1], result, "sinterstore");
    Ok(())
}

/// The members as a set: an intset if the smallest set is one or all are integers.
fn collect(data: &Dataset, found: &[Option<EntryId>], members: &[Item<'_>], limits: &Limits) -> Set {
    let sets = found.iter().flatten().map(|id| data.value_as::<Set>(*id));
    let smallest = sets.min_by_key(|set| set.len()).map(Set::encoding_kind);
    let first = if smallest == Some(Encoding::Intset) { Encoding::Intset } else { Encoding::Listpack };
    let mut result = Set::new(first, limits.seed);
    for member in members {
        result.add_item(*member, limits);
    }
    result.compact_integers(limits);
    result
}
