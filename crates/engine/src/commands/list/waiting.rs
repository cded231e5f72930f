//! Commands that wait for a list with elements. Where they may not wait they answer as if their time were up.

use super::ends;
use super::several::Several;
use crate::commands::options::{Unit, deadline};
use crate::context::Context;
use crate::keyspace::blocking::Awaited;
use resplay_datatypes::List;
use resplay_datatypes::list::Side;
use resplay_resp::{Args, Error};

/// BLPOP and BRPOP.
pub(super) fn pop(ctx: &mut Context<'_>, args: Args<'_>, side: Side) -> Result<(), Error> {
    let until = deadline(&args[args.len() - 1], Unit::Seconds, ctx.now)?;
    let keys = args.upto(args.len() - 1).from(1);
    for key in keys.iter() {
        let Some(id) = ctx.data.write_as::<List>(key)? else { continue };
        ctx.reply.array(2);
        ctx.reply.bulk(key);
        ends::pop_one(ctx, key, id, side);
        ctx.rewrite(&[if side == Side::Left { b"LPOP" } else { b"RPOP" }, key]);
        return Ok(());
    }
    if ctx.may_block() {
        ctx.block_on_keys(Awaited::List, keys.iter(), until, None);
    } else {
        ctx.reply.null_array();
    }
    Ok(())
}

/// BLMPOP.
pub(super) fn pop_several(ctx: &mut Context<'_>, wanted: &Several<'_>, timeout: &[u8]) -> Result<(), Error> {
    let until = deadline(timeout, Unit::Seconds, ctx.now)?;
    if wanted.pop(ctx)? {
        return Ok(());
    }
    if ctx.may_block() {
        ctx.block_on_keys(Awaited::List, wanted.keys.iter(), until, None);
    } else {
        ctx.reply.null_array();
    }
    Ok(())
}

/// BLMOVE and BRPOPLPUSH: repeated as the command that does not wait, which is all but the timeout at the end.
pub(super) fn transfer(
    ctx: &mut Context<'_>,
    args: Args<'_>,
    from: Side,
    to: Side,
    timeout: &[u8],
) -> Result<(), Error> {
    let until = deadline(timeout, Unit::Seconds, ctx.now)?;
    let source = &args[1];
    if ctx.data.write_as::<List>(source)?.is_none() && ctx.may_block() {
        ctx.block_on_keys(Awaited::List, [source], until, None);
        return Ok(());
    }
    if ends::transfer(ctx, [source, &args[2]], from, to)? {
        let mut words: Vec<&[u8]> = args.upto(args.len() - 1).iter().collect();
        words[0] = if words.len() == 5 { b"LMOVE" } else { b"RPOPLPUSH" };
        ctx.rewrite(&words);
    }
    Ok(())
}
