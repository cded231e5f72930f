//! LPOS: Returns the index of matching elements in a list.

use crate::commands::options::integer;
use crate::context::Context;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{List, list::Side};
use resplay_resp::{Args, Error};

/// What the server knows of LPOS.
pub(super) const ROW: Row = Row {
    summary: "Returns the index of matching elements in a list.",
    complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
    group: "list",
    since: "6.0.6",
    arity: -3,
    flags: flag::READONLY,
    acl: &["list"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RO", "ACCESS"],
        notes: None,
    }],
    arguments: &[
        Arg::key("key", 0),
        Arg::new("element", Kind::String),
        Arg::new("rank", Kind::Integer).token("RANK").optional(),
        Arg::new("num-matches", Kind::Integer).token("COUNT").optional(),
        Arg::new("len", Kind::Integer).token("MAXLEN").optional(),
    ],
    ..Row::new("lpos", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let options = Options::parse(args.from(3))?;
    let Some(list) = ctx.data.read_as::<List>(&args[1])? else {
        match options.count {
            Some(_) => ctx.reply.array(0),
            None => ctx.reply.null(),
        }
        return Ok(());
    };
    let (found, visited) = options.find(list, &args[2]);
    ctx.data.work.elements += visited as u64;
    match (options.count, found.first()) {
        (Some(_), _) => {
            ctx.reply.array(found.len());
            found.iter().for_each(|index| ctx.reply.int(*index as i64));
        }
        (None, Some(index)) => ctx.reply.int(*index as i64),
        (None, None) => ctx.reply.null(),
    }
    Ok(())
}

struct Options {
    /// Which match is the first that counts, from 1.
    rank: u64,
    /// From where matches are counted.
    from: Side,
    /// How many matches to tell: with zero, all; with `None`, one, and not in an array.
    count: Option<i64>,
    /// How many elements to look at; zero: all.
    maxlen: i64,
}

impl Options {
    fn parse(words: Args<'_>) -> Result<Options, Error> {
        let mut options = Options { rank: 1, from: Side::Left, count: None, maxlen: 0 };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let number = words.next().ok_or(Error::Syntax)?;
            match word.to_ascii_lowercase().as_slice() {
                b"rank" => {
                    let rank = rank(number)?;
                    options.rank = rank.unsigned_abs();
                    options.from = if rank < 0 { Side::Right } else { Side::Left };
                }
                b"count" => options.count = Some(not_negative(number, "COUNT")?),
                b"maxlen" => options.maxlen = not_negative(number, "MAXLEN")?,
                _ => return Err(Error::Syntax),
            }
        }
        Ok(options)
    }

    /// The indexes of the matches to tell, and how many elements were visited.
    fn find(&self, list: &List, wanted: &[u8]) -> (Vec<usize>, usize) {
        let most = match self.count {
            None => 1,
            Some(0) => usize::MAX,
            Some(count) => count as usize,
        };
        let visible = if self.maxlen == 0 { list.len() } else { list.len().min(self.maxlen as usize) };
        let (mut found, mut matches, mut visited) = (Vec::new(), 0, 0);
        for item in list.from_end(self.from).take(visible) {
            visited += 1;
            if !super::is_equal(item, wanted) {
                continue;
            }
            matches += 1;
            if matches >= self.rank {
                found.push(if self.from == Side::Left { visited - 1 } else { list.len() - visited });
            }
            if found.len() == most {
                break;
            }
        }
        (found, visited)
    }
}

fn rank(text: &[u8]) -> Result<i64, Error> {
    match integer(text)? {
        i64::MIN => Err(Error::CountOutOfRange),
        0 => Err(Error::Custom(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
             start from the end of the list"
                .into(),
        )),
        rank => Ok(rank),
    }
}

/// A number of at least zero; whatever else it is, the error is the same.
fn not_negative(text: &[u8], option: &str) -> Result<i64, Error> {
    let number = integer(text).ok().filter(|number| *number >= 0);
    number.ok_or_else(|| Error::Custom(format!("ERR {option} can't be negative")))
}
