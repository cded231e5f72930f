//! LMPOP and BLMPOP: elements from the first of several lists that has any.

use super::ends;
use crate::commands::options::integer;
use crate::context::Context;
use resplay_datatypes::List;
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// What to pop from where.
pub(super) struct Several<'a> {
    /// The lists, in order.
    pub(super) keys: Args<'a>,
    side: Side,
    count: usize,
}

impl<'a> Several<'a> {
    /// The number of keys stands at `at`; keys, side and options follow.
    pub(super) fn parse(args: Args<'a>, at: usize) -> Result<Several<'a>, Error> {
        let keys = positive(&args[at], "numkeys")?;
        let end = keys.saturating_add(at + 1);
        let side = super::side(args.get(end).ok_or(Error::Syntax)?)?;
        let mut several = Several { keys: args.upto(end).from(at + 1), side, count: 1 };
        match args.from(end + 1).iter().collect::<Vec<_>>().as_slice() {
            [] => {}
            [word, count, more @ ..] if word.eq_ignore_ascii_case(b"count") => {
                several.count = positive(count, "count")?;
                if !more.is_empty() {
                    return Err(Error::Syntax);
                }
            }
            _ => return Err(Error::Syntax),
        }
        Ok(several)
    }

    /// Pops and replies, unless all lists are empty; whether there was something.
    pub(super) fn pop(&self, ctx: &mut Context<'_>) -> Result<bool, Error> {
        for key in self.keys.iter() {
            let Some(id) = ctx.data.write_as::<List>(key)? else { continue };
            ctx.reply.array(2);
            ctx.reply.bulk(key);
            let popped = ends::pop_many(ctx, key, id, self.side, self.count);
            let verb: &[u8] = if self.side == Side::Left { b"LPOP" } else { b"RPOP" };
            ctx.rewrite(&[verb, key, popped.to_string().as_bytes()]);
            return Ok(true);
        }
        Ok(false)
    }
}

/// A number above zero; whatever else it is, the error is the same.
fn positive(text: &[u8], name: &str) -> Result<usize, Error> {
    let number = integer(text).ok().filter(|number| *number > 0);
    let number = number.and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| Error::Custom(format!("ERR {name} should be greater than 0")))
}
