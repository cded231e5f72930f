//! DEBUG PROTOCOL: a test value of each type of the protocol.

use crate::context::Context;
use resplay_resp::{Args, Error, Protocol};

const TYPES: &str = "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false";

#[expect(clippy::approx_constant, reason = "the real servers' value, which is not meant to be pi")]
pub(super) fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let reply = &mut ctx.reply;
    match &args[2].to_ascii_lowercase()[..] {
        b"string" => reply.bulk(b"Hello World"),
        b"integer" => reply.int(12345),
        b"double" => reply.double(3.141),
        b"bignum" => reply.big_number(b"1234567999999999999999999999999999999"),
        b"null" => reply.null(),
        b"array" => {
            reply.array(3);
            (0..3).for_each(|n| reply.int(n));
        }
        b"set" => {
            reply.set(3);
            (0..3).for_each(|n| reply.int(n));
        }
        b"map" => {
            reply.map(3);
            for n in 0..3 {
                reply.int(n);
                reply.bool(n == 1);
            }
        }
        b"attrib" => attribute(ctx),
        b"push" => return push(ctx),
        b"verbatim" => reply.verbatim(b"txt", b"This is a verbatim\nstring"),
        b"true" => reply.bool(true),
        b"false" => reply.bool(false),
        _ => {
            let why = "ERR Wrong protocol type name. Please use one of the following: ";
            return Err(Error::Custom(format!("{why}{TYPES}")));
        }
    }
    Ok(())
}

fn attribute(ctx: &mut Context<'_>) {
    if ctx.reply.protocol == Protocol::Resp3 {
        ctx.reply.out.extend_from_slice(b"|1\r\n");
        ctx.reply.bulk(b"key-popularity");
        ctx.reply.array(2);
        ctx.reply.bulk(b"key:123");
        ctx.reply.int(90);
    }
    ctx.reply.bulk(b"Some real reply following the attribute");
}

/// The push comes after the reply, as every push that a command sends to its own client.
fn push(ctx: &mut Context<'_>) -> Result<(), Error> {
    if ctx.reply.protocol == Protocol::Resp2 {
        return Err(Error::Custom("ERR RESP2 is not supported by this command".to_string()));
    }
    ctx.push_to_self(|push| {
        push.push(2);
        push.bulk(b"server-cpu-usage");
        push.int(42);
    });
    ctx.reply.bulk(b"Some real reply following the push reply");
    Ok(())
}
