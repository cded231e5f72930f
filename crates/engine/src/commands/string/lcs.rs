//! LCS: Finds the longest common substring.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{EntryId, Scratch, Str, Value};
use resplay_resp::{Args, Error, Writer};

/// What the server knows of LCS.
pub(super) const ROW: Row = Row {
    summary: "Finds the longest common substring.",
    complexity: "O(N*M) where N and M are the lengths of s1 and s2, respectively",
    group: "string",
    since: "7.0.0",
    arity: -3,
    flags: flag::READONLY,
    acl: &["string"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 1, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key1", 0),
        Arg::key("key2", 0),
        Arg::word("len", "LEN").optional(),
        Arg::word("idx", "IDX").optional(),
        Arg::new("min-match-len", Kind::Integer).token("MINMATCHLEN").optional(),
        Arg::word("withmatchlen", "WITHMATCHLEN").optional(),
    ],
    ..Row::new("lcs", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let found = [&args[1], &args[2]].map(|key| ctx.data.read_id(key));
    let is_string = |id: EntryId| matches!(ctx.data.value(id), Value::Str(_));
    if !found.into_iter().flatten().all(is_string) {
        return Err(Error::Custom("ERR The specified keys must contain string values".to_owned()));
    }
    let options = Options::parse(args.from(3))?;
    let mut scratches = [Scratch::new(), Scratch::new()];
    let [one_scratch, other_scratch] = &mut scratches;
    let bytes = |id: Option<EntryId>| id.map(|id| ctx.data.value_as::<Str>(id));
    let one = bytes(found[0]).map_or(&[][..], |string| string.bytes(one_scratch));
    let other = bytes(found[1]).map_or(&[][..], |string| string.bytes(other_scratch));
    let cells = (one.len() as u64 + 1) * (other.len() as u64 + 1);
    if cells * 4 > ctx.server.config.settings.proto_max_bulk_len {
        let text = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
        return Err(Error::Custom(text.to_owned()));
    }
    let table = Table::new(one, other);
    let len = table.len(one.len(), other.len());
    if options.idx {
        reply_matches(&mut ctx.reply, &table.matches(one, other), len, &options);
    } else if options.len {
        ctx.reply.int(len);
    } else {
        let pieces: Vec<&[u8]> =
            table.matches(one, other).iter().rev().map(|at| &one[at.one..at.one + at.len]).collect();
        ctx.reply.bulk(&pieces.concat());
    }
    ctx.data.work.bytes += cells * 4;
    Ok(())
}

fn reply_matches(reply: &mut Writer<'_>, matches: &[Match], len: i64, options: &Options) {
    let long: Vec<&Match> = matches.iter().filter(|one| one.len as i64 >= options.min_match_len).collect();
    reply.map(2);
    reply.bulk(b"matches");
    reply.array(long.len());
    for at in long {
        reply.array(2 + usize::from(options.with_match_len));
        for start in [at.one, at.other] {
            reply.array(2);
            reply.int(start as i64);
            reply.int((start + at.len - 1) as i64);
        }
        if options.with_match_len {
            reply.int(at.len as i64);
        }
    }
    reply.bulk(b"len");
    reply.int(len);
}

#[derive(Debug, Default)]
struct Options {
    len: bool,
    idx: bool,
    min_match_len: i64,
    with_match_len: bool,
}

impl Options {
    fn parse(words: Args<'_>) -> Result<Options, Error> {
        let mut options = Options::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.to_ascii_lowercase().as_slice() {
                b"idx" => options.idx = true,
                b"len" => options.len = true,
                b"withmatchlen" => options.with_match_len = true,
                b"minmatchlen" => options.min_match_len = integer(words.next().ok_or(Error::Syntax)?)?,
                _ => return Err(Error::Syntax),
            }
        }
        if options.idx && options.len {
            let text = "ERR If you want both the length and indexes, please just use IDX.";
            return Err(Error::Custom(text.to_owned()));
        }
        Ok(options)
    }
}

/// Bytes that both strings have in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Match {
    /// Where they begin in the one.
    one: usize,
    /// Where they begin in the other.
    other: usize,
    len: usize,
}

/// How long the longest common subsequence of any two beginnings is.
struct Table {
    cells: Vec<u32>,
    width: usize,
}

impl Table {
    fn new(one: &[u8], other: &[u8]) -> Table {
        let width = other.len() + 1;
        let mut cells = vec![0; (one.len() + 1) * width];
        for (row, byte) in (1..).zip(one) {
            let (before, current) = cells[(row - 1) * width..(row + 1) * width].split_at_mut(width);
            for (column, other) in (1..).zip(other) {
                current[column] = if byte == other {
                    before[column - 1] + 1
                } else {
                    before[column].max(current[column - 1])
                };
            }
        }
        Table { cells, width }
    }

    fn len(&self, one: usize, other: usize) -> i64 {
        i64::from(self.cells[one * self.width + other])
    }

    /// The matches, last first. Where either string could be shortened, it is the other one.
    fn matches(&self, one: &[u8], other: &[u8]) -> Vec<Match> {
        let mut matches: Vec<Match> = Vec::new();
        let (mut at, mut beside, mut is_going_on) = (one.len(), other.len(), false);
        while at > 0 && beside > 0 {
            if one[at - 1] == other[beside - 1] {
                (at, beside) = (at - 1, beside - 1);
                match matches.last_mut().filter(|_| is_going_on) {
                    Some(last) => *last = Match { one: at, other: beside, len: last.len + 1 },
                    None => matches.push(Match { one: at, other: beside, len: 1 }),
                }
                is_going_on = true;
                continue;
            }
            is_going_on = false;
            if self.len(at - 1, beside) > self.len(at, beside - 1) {
                at -= 1;
            } else {
                beside -= 1;
            }
        }
        matches
    }
}
