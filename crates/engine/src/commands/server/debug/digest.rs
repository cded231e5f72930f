//! DEBUG DIGEST and DIGEST-VALUE: a SHA-1 over the data that does not depend on the order in which a table keeps it,
//! the same as the real servers'.
//!
//! What has an order is mixed in (the digest so far and the SHA-1 of the next part are combined and hashed again); what
//! has none is xored.

use crate::context::Context;
use crate::keyspace::Entry;
use resplay_datatypes::list::Side;
use resplay_datatypes::stream::Id;
use resplay_datatypes::{Scratch, Value};
use resplay_resp::{Args, Error, number};
use sha1_smol::Sha1;
use std::fmt::Write;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Digest([u8; 20]);

impl Digest {
    /// Combines with others in any order.
    fn xor(&mut self, bytes: &[u8]) {
        let hash = Sha1::from(bytes).digest().bytes();
        self.0.iter_mut().zip(hash).for_each(|(own, other)| *own ^= other);
    }

    /// Combines with others in this order.
    fn mix(&mut self, bytes: &[u8]) {
        self.xor(bytes);
        self.0 = Sha1::from(self.0).digest().bytes();
    }

    fn hex(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// DEBUG DIGEST.
pub(super) fn of_everything(ctx: &mut Context<'_>, _: Args<'_>) -> Result<(), Error> {
    let mut all = Digest::default();
    for db in 0..ctx.data.databases() {
        let database = ctx.data.database(db);
        if database.is_empty() {
            continue;
        }
        all.mix(&db.to_be_bytes());
        for (key, entry) in database.keys().iter() {
            let mut digest = Digest::default();
            digest.mix(key);
            add_entry(&mut digest, entry);
            all.xor(&digest.0);
        }
    }
    ctx.data.work.elements +=
        (0..ctx.data.databases()).map(|db| ctx.data.database(db).len() as u64).sum::<u64>();
    ctx.reply.simple(all.hex().as_bytes());
    Ok(())
}

/// DEBUG DIGEST-VALUE.
pub(super) fn of_values(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    let keys = args.from(2);
    ctx.reply.array(keys.len());
    for key in keys.iter() {
        let mut digest = Digest::default();
        if let Some(id) = ctx.data.current().find(key) {
            let entry = ctx.data.entry(id);
            add_entry(&mut digest, entry);
            ctx.data.work.elements += entry.value.elements() as u64;
        }
        ctx.reply.simple(digest.hex().as_bytes());
    }
    Ok(())
}

/// The real servers' number of a value's type.
fn type_number(value: &Value) -> u32 {
    match value {
        Value::Str(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::Zset(_) => 3,
        Value::Hash(_) => 4,
        Value::Stream(_) => 6,
    }
}

fn add_entry(digest: &mut Digest, entry: &Entry) {
    digest.mix(&type_number(&entry.value).to_be_bytes());
    add_value(digest, &entry.value);
    if entry.is_volatile() {
        digest.xor(b"!!expire!!");
    }
}

fn add_value(digest: &mut Digest, value: &Value) {
    match value {
        Value::Str(string) => digest.mix(string.bytes(&mut Scratch::new())),
        Value::Set(set) => set.iter().for_each(|member| digest.xor(member.bytes(&mut Scratch::new()))),
        Value::Hash(hash) => {
            for (field, value) in hash.iter() {
                let mut pair = Digest::default();
                pair.mix(field);
                pair.mix(value);
                digest.xor(&pair.0);
            }
        }
        Value::List(list) => {
            list.iter_from(0, Side::Left).for_each(|element| digest.mix(element.bytes(&mut Scratch::new())));
        }
        Value::Zset(zset) => {
            for (member, score) in zset.iter() {
                let mut pair = Digest::default();
                pair.mix(member.bytes(&mut Scratch::new()));
                pair.mix(number::format_f64_shortest(score).as_bytes());
                digest.xor(&pair.0);
            }
        }
        Value::Stream(stream) => {
            for entry in stream.log().walk(Id::MIN, Id::MAX, false) {
                digest.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
                for (field, value) in entry.pairs() {
                    digest.mix(field.bytes(&mut Scratch::new()));
                    digest.mix(value.bytes(&mut Scratch::new()));
                }
            }
        }
    }
}
