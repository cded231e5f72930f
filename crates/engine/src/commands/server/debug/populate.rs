//! DEBUG POPULATE: many strings at once, which are not propagated.

use crate::commands::options::integer;
use crate::context::Context;
use resplay_datatypes::{Str, Value};
use resplay_resp::{Args, Error};

pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let count = positive(&args[2])?;
    let prefix = args.get(3).unwrap_or(b"key");
    let size = args.get(4).map(positive).transpose()?.unwrap_or_default();
    for n in 0..count {
        let key = [prefix, format!(":{n}").as_bytes()].concat();
        if ctx.data.find(&key).is_some() {
            continue;
        }
        let mut value = format!("value:{n}").into_bytes();
        if size > 0 {
            value.resize(size, 0);
        }
        ctx.data.work.elements += 1;
        ctx.data.work.bytes += value.len() as u64;
        ctx.data.insert(&key, Value::Str(Str::unencoded(&value)));
        ctx.data.touch(&key);
    }
    ctx.reply.ok();
    Ok(())
}

fn positive(text: &[u8]) -> Result<usize, Error> {
    let number = integer(text).ok().and_then(|number| usize::try_from(number).ok());
    number.ok_or(Error::NotPositive)
}
