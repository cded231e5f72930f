//! DEBUG QUICKLIST-PACKED-THRESHOLD: from which size on an element of a list has a node of its own.

use crate::config::bytes;
use crate::context::Context;
use resplay_resp::{Args, Error};

/// The real servers stay that far below the 4 GB that their error speaks of.
const MOST: u64 = (4 << 30) - (1 << 20);

pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let threshold = bytes(&args[2]).filter(|bytes| *bytes <= MOST).ok_or_else(|| {
        Error::Custom("ERR argument must be a memory value bigger than 1 and smaller than 4gb".to_string())
    })?;
    ctx.server.packed_threshold = threshold as usize;
    ctx.reply.ok();
    Ok(())
}
