//! Unions, intersections and differences of sorted sets and of sets, whose members have the score 1.

use super::store;
use crate::commands::options::integer;
use crate::context::Context;
use resplay_datatypes::{Dict, EntryId, Scratch, Set, Value, Zset};
use resplay_resp::{Args, Error, number};

/// What becomes of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Union,
    Inter,
    Diff,
}

impl Operation {
    /// The command; one that stores tells of an event by the same name.
    fn name(self, purpose: Purpose) -> &'static str {
        match (self, purpose) {
            (Operation::Union, Purpose::Store) => "zunionstore",
            (Operation::Union, _) => "zunion",
            (Operation::Inter, Purpose::Reply) => "zinter",
            (Operation::Inter, Purpose::Store) => "zinterstore",
            (Operation::Inter, Purpose::Count) => "zintercard",
            (Operation::Diff, Purpose::Store) => "zdiffstore",
            (Operation::Diff, _) => "zdiff",
        }
    }
}

/// What becomes of the scores of a member that several inputs have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Aggregate {
    #[default]
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn parse(word: &[u8]) -> Result<Aggregate, Error> {
        match word.to_ascii_lowercase().as_slice() {
            b"sum" => Ok(Aggregate::Sum),
            b"min" => Ok(Aggregate::Min),
            b"max" => Ok(Aggregate::Max),
            _ => Err(Error::Syntax),
        }
    }

    fn of(self, one: f64, other: f64) -> f64 {
        match self {
            // Two infinities that cancel out make zero.
            Aggregate::Sum => number_or_zero(one + other),
            Aggregate::Min if other < one => other,
            Aggregate::Max if other > one => other,
            Aggregate::Min | Aggregate::Max => one,
        }
    }
}

fn number_or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What a command's reply is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Reply,
    Store,
    Count,
}

/// An input: an entry that is a set or a sorted set, if the key is there, and the factor for its scores.
#[derive(Clone, Copy)]
struct Input {
    id: Option<EntryId>,
    weight: f64,
}

struct Request {
    operation: Operation,
    inputs: Vec<Input>,
    aggregate: Aggregate,
    with_scores: bool,
    /// ZINTERCARD stops there; zero: nowhere.
    limit: usize,
}

/// ZUNION, ZINTER and ZDIFF.
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>, operation: Operation) -> Result<(), Error> {
    let request = Request::parse(ctx, args.from(1), operation, Purpose::Reply)?;
    let result = request.combine(ctx);
    super::elements(&mut ctx.reply, result.iter(), request.with_scores);
    Ok(())
}

/// ZUNIONSTORE, ZINTERSTORE and ZDIFFSTORE.
pub(super) fn run_store(ctx: &mut Context<'_>, args: Args<'_>, operation: Operation) -> Result<(), Error> {
    let request = Request::parse(ctx, args.from(2), operation, Purpose::Store)?;
    let result = request.combine(ctx);
    store(ctx, &args[1], result, operation.name(Purpose::Store));
    Ok(())
}

/// ZINTERCARD.
pub(super) fn run_count(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let request = Request::parse(ctx, args.from(1), Operation::Inter, Purpose::Count)?;
    let len = request.combine(ctx).len();
    ctx.reply.int(len as i64);
    Ok(())
}

impl Request {
    /// The words from the number of keys on. Wrong types are found before wrong options.
    fn parse(
        ctx: &mut Context<'_>,
        words: Args<'_>,
        operation: Operation,
        purpose: Purpose,
    ) -> Result<Request, Error> {
        let keys = integer(&words[0])?;
        if keys < 1 {
            let command = operation.name(purpose);
            return Err(Error::Custom(format!("ERR at least 1 input key is needed for '{command}' command")));
        }
        let keys = usize::try_from(keys).ok().filter(|keys| *keys < words.len()).ok_or(Error::Syntax)?;
        let mut request = Request {
            operation,
            inputs: Vec::with_capacity(keys),
            aggregate: Aggregate::default(),
            with_scores: false,
            limit: 0,
        };
        for key in words.upto(keys + 1).from(1).iter() {
            let id = ctx.data.read_id(key);
            if id.is_some_and(|id| !matches!(ctx.data.value(id), Value::Zset(_) | Value::Set(_))) {
                return Err(Error::WrongType);
            }
            request.inputs.push(Input { id, weight: 1.0 });
        }
        request.parse_options(words.from(keys + 1), purpose)?;
        Ok(request)
    }

    fn parse_options(&mut self, words: Args<'_>, purpose: Purpose) -> Result<(), Error> {
        let is_weighted = self.operation != Operation::Diff && purpose != Purpose::Count;
        let keys = self.inputs.len();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            let left = words.len() - at - 1;
            if is(b"weights") && is_weighted && left >= keys {
                for (input, word) in self.inputs.iter_mut().zip(words.from(at + 1).iter()) {
                    input.weight = number::parse_f64(word).ok_or(Error::WeightNotAFloat)?;
                }
                at += keys;
            } else if is(b"aggregate") && is_weighted && left >= 1 {
                self.aggregate = Aggregate::parse(&words[at + 1])?;
                at += 1;
            } else if is(b"withscores") && purpose == Purpose::Reply {
                self.with_scores = true;
            } else if is(b"limit") && purpose == Purpose::Count && left >= 1 {
                let limit = integer(&words[at + 1]).ok().and_then(|limit| usize::try_from(limit).ok());
                self.limit = limit.ok_or(Error::LimitNegative)?;
                at += 1;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        Ok(())
    }

    /// The result, as a skiplist.
    fn combine(&self, ctx: &mut Context<'_>) -> Zset {
        let (limits, mut visited) = (super::limits(ctx), 0);
        let value = |input: &Input| (input.id.map(|id| ctx.data.value(id)), input.weight);
        let mut sources: Vec<Source<'_>> = self.inputs.iter().map(value).map(Source::of).collect();
        if self.operation != Operation::Diff {
            // The smallest first; sums of fractions depend on it.
            sources.sort_by_key(Source::len);
        }
        let mut result = Zset::skiplist(limits.seed);
        match self.operation {
            Operation::Union => {
                let mut scores = Dict::new(limits.seed);
                sources.iter().for_each(|source| visited += self.gather(source, &mut scores));
                for (member, score) in scores.iter() {
                    result.insert(member, *score, &limits);
                }
            }
            Operation::Inter => sources[0].each(|member, score| {
                visited += 1;
                if let Some(score) = self.common_score(member, score, &sources) {
                    result.insert(member, score, &limits);
                }
                self.limit == 0 || result.len() < self.limit
            }),
            Operation::Diff => sources[0].each(|member, score| {
                visited += 1;
                if sources[1..].iter().all(|other| other.score(member).is_none()) {
                    result.insert(member, score, &limits);
                }
                true
            }),
        }
        ctx.data.work.elements += visited + result.len() as u64;
        result
    }

    fn gather(&self, source: &Source<'_>, scores: &mut Dict<f64>) -> u64 {
        source.each(|member, score| {
            let score = number_or_zero(source.weight * score);
            match scores.get_mut(member) {
                Some(sum) => *sum = self.aggregate.of(*sum, score),
                None => drop(scores.insert_new(member, score)),
            }
            true
        });
        source.len() as u64
    }

    /// The score of a member of the first source, if all others have it too.
    fn common_score(&self, member: &[u8], score: f64, sources: &[Source<'_>]) -> Option<f64> {
        let mut common = number_or_zero(sources[0].weight * score);
        for source in &sources[1..] {
            common = self.aggregate.of(common, source.weight * source.score(member)?);
        }
        Some(common)
    }
}

/// An input's members and scores.
struct Source<'a> {
    members: Members<'a>,
    weight: f64,
}

enum Members<'a> {
    None,
    Zset(&'a Zset),
    Set(&'a Set),
}

impl<'a> Source<'a> {
    fn of((value, weight): (Option<&'a Value>, f64)) -> Source<'a> {
        let members = match value {
            Some(Value::Zset(zset)) => Members::Zset(zset),
            Some(Value::Set(set)) => Members::Set(set),
            _ => Members::None,
        };
        Source { members, weight }
    }

    fn len(&self) -> usize {
        match self.members {
            Members::None => 0,
            Members::Zset(zset) => zset.len(),
            Members::Set(set) => set.len(),
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self.members {
            Members::None => None,
            Members::Zset(zset) => zset.score(member),
            Members::Set(set) => set.contains(member).then_some(1.0),
        }
    }

    /// Visits members and scores as long as that answers yes.
    fn each(&self, mut visit: impl FnMut(&[u8], f64) -> bool) {
        let mut scratch = Scratch::new();
        let _stopped = match self.members {
            Members::None => true,
            Members::Zset(zset) => zset.iter().all(|(item, score)| visit(item.bytes(&mut scratch), score)),
            Members::Set(set) => set.iter().all(|item| visit(item.bytes(&mut scratch), 1.0)),
        };
    }
}
