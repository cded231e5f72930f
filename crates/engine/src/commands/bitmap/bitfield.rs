//! BITFIELD: Performs arbitrary bitfield integer operations on strings.

use crate::commands::options::integer;
use crate::context::Context;
use crate::keyspace::notify::class;
use crate::row::{Arg, Begin, Find, KeySpec, Kind, Row, flag};
use resplay_datatypes::{Scratch, Str};
use resplay_resp::{Args, Error, number};

/// What the server knows of BITFIELD.
pub(super) const ROW: Row = Row {
    summary: "Performs arbitrary bitfield integer operations on strings.",
    complexity: "O(1) for each subcommand specified",
    group: "bitmap",
    since: "3.2.0",
    arity: -2,
    flags: flag::WRITE | flag::DENYOOM,
    acl: &["bitmap"],
    keys: &[KeySpec {
        begin: Begin::Index(1),
        find: Find::Range { last: 0, step: 1, limit: 0 },
        flags: &["RW", "ACCESS", "UPDATE", "VARIABLE_FLAGS"],
        notes: Some("This command allows both access and modification of the key"),
    }],
    key_flags: Some(key_flags),
    arguments: &[
        Arg::key("key", 0),
        Arg::new("operation", Kind::OneOf).optional().multiple().of(&[
            Arg::new("get-block", Kind::Block)
                .token("GET")
                .of(&[Arg::new("encoding", Kind::String), Arg::new("offset", Kind::Integer)]),
            Arg::new("write", Kind::Block).of(&[
                Arg::new("overflow-block", Kind::OneOf).token("OVERFLOW").optional().of(&[
                    Arg::word("wrap", "WRAP"),
                    Arg::word("sat", "SAT"),
                    Arg::word("fail", "FAIL"),
                ]),
                Arg::new("write-operation", Kind::OneOf).of(&[
                    Arg::new("set-block", Kind::Block).token("SET").of(&[
                        Arg::new("encoding", Kind::String),
                        Arg::new("offset", Kind::Integer),
                        Arg::new("value", Kind::Integer),
                    ]),
                    Arg::new("incrby-block", Kind::Block).token("INCRBY").of(&[
                        Arg::new("encoding", Kind::String),
                        Arg::new("offset", Kind::Integer),
                        Arg::new("increment", Kind::Integer),
                    ]),
                ]),
            ]),
        ]),
    ],
    ..Row::new("bitfield", run)
};

fn run(ctx: &mut Context<'_>, args: Args<'_>) -> Result<(), Error> {
    run_all(ctx, args, false)
}

/// Reads alone do not write; what cannot be understood may.
fn key_flags(words: Args<'_>) -> &'static [&'static str] {
    let mut at = 2;
    while let Some(word) = words.get(at) {
        let rest = words.len() - at - 1;
        at += match word.to_ascii_lowercase().as_slice() {
            b"get" if rest >= 2 => 3,
            b"overflow" if rest >= 1 => 2,
            _ => return &["RW", "ACCESS", "UPDATE"],
        };
    }
    &["RO", "ACCESS"]
}

/// BITFIELD and BITFIELD_RO: nothing is done before all operations are understood.
pub(super) fn run_all(ctx: &mut Context<'_>, args: Args<'_>, is_read_only: bool) -> Result<(), Error> {
    let operations = parse(ctx, args)?;
    let last_written =
        operations.iter().filter(|one| one.action != Action::Get).map(Operation::last_bit).max();
    ctx.data.work.elements += operations.len() as u64;
    let Some(last_written) = last_written else {
        let mut scratch = Scratch::new();
        let string = ctx.data.read_as::<Str>(&args[1])?;
        let bytes = string.map_or(&[][..], |string| string.bytes(&mut scratch));
        ctx.reply.array(operations.len());
        operations.iter().for_each(|one| ctx.reply.int(one.field.get(bytes, one.offset)));
        return Ok(());
    };
    if is_read_only {
        return Err(Error::Custom("ERR BITFIELD_RO only supports the GET subcommand".to_owned()));
    }
    let (id, has_grown) = super::make_room(ctx, &args[1], last_written)?;
    let reply = &mut ctx.reply;
    reply.array(operations.len());
    let changes = ctx.data.edit_as::<Str, _>(id, |string| {
        let bytes = string.make_raw();
        let mut changes = 0;
        for operation in &operations {
            let (answer, is_change) = operation.apply(bytes);
            match answer {
                Some(answer) => reply.int(answer),
                None => reply.null(),
            }
            let has_written = operation.action != Action::Get && answer.is_some();
            changes += u64::from(is_change || (has_grown && has_written));
        }
        changes
    });
    if changes > 0 {
        ctx.data.changed(&args[1]);
        ctx.data.dirty += changes - 1;
        ctx.data.notify(class::STRING, "setbit", &args[1]);
    }
    Ok(())
}

/// What happens to a value that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Sat,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    IncrBy(i64),
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    action: Action,
    overflow: Overflow,
    field: Field,
    offset: u64,
}

fn parse(ctx: &Context<'_>, args: Args<'_>) -> Result<Vec<Operation>, Error> {
    let (mut operations, mut overflow, mut at) = (Vec::new(), Overflow::Wrap, 2);
    while let Some(word) = args.get(at) {
        let rest = args.len() - at - 1;
        let (kind, words): (fn(i64) -> Action, usize) = match word.to_ascii_lowercase().as_slice() {
            b"get" if rest >= 2 => (|_| Action::Get, 3),
            b"set" if rest >= 3 => (Action::Set, 4),
            b"incrby" if rest >= 3 => (Action::IncrBy, 4),
            b"overflow" if rest >= 1 => {
                overflow = parse_overflow(&args[at + 1])?;
                at += 2;
                continue;
            }
            _ => return Err(Error::Syntax),
        };
        let field = Field::parse(&args[at + 1])?;
        let offset = super::field_offset(ctx, &args[at + 2], field.width)?;
        let operand = if words == 4 { integer(&args[at + 3])? } else { 0 };
        operations.push(Operation { action: kind(operand), overflow, field, offset });
        at += words;
    }
    Ok(operations)
}

fn parse_overflow(word: &[u8]) -> Result<Overflow, Error> {
    match word.to_ascii_lowercase().as_slice() {
        b"wrap" => Ok(Overflow::Wrap),
        b"sat" => Ok(Overflow::Sat),
        b"fail" => Ok(Overflow::Fail),
        _ => Err(Error::Custom("ERR Invalid OVERFLOW type specified".to_owned())),
    }
}

impl Operation {
    fn last_bit(&self) -> u64 {
        self.offset + u64::from(self.field.width) - 1
    }

    /// What it answers (`None`: it failed and wrote nothing), and whether it changed the field.
    fn apply(&self, bytes: &mut [u8]) -> (Option<i64>, bool) {
        let old = self.field.get(bytes, self.offset);
        let (base, increment) = match self.action {
            Action::Get => return (Some(old), false),
            Action::Set(value) => (value, 0),
            Action::IncrBy(increment) => (old, increment),
        };
        let Some(new) = self.field.sum(base, increment, self.overflow) else { return (None, false) };
        self.field.set(bytes, self.offset, new);
        (Some(if matches!(self.action, Action::Set(_)) { old } else { new }), old != new)
    }
}

/// An integer of `width` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    is_signed: bool,
    width: u32,
}

impl Field {
    /// `i1` to `i64`, `u1` to `u63`.
    fn parse(text: &[u8]) -> Result<Field, Error> {
        let (is_signed, digits, width_max) = match text {
            [b'i', digits @ ..] => (true, digits, 64),
            [b'u', digits @ ..] => (false, digits, 63),
            _ => return Err(invalid_type()),
        };
        let digits = digits.split(|byte| *byte == 0).next().unwrap_or_default();
        let width = number::parse_i64(digits).filter(|width| (1..=width_max).contains(width));
        Ok(Field { is_signed, width: width.ok_or_else(invalid_type)? as u32 })
    }

    /// The field's value; beyond the end there are zeros.
    fn get(self, bytes: &[u8], offset: u64) -> i64 {
        let start = (offset >> 3) as usize;
        // Nine bytes hold 64 bits wherever they begin.
        let window = (start..start + 9)
            .fold(0u128, |bits, at| bits << 8 | u128::from(bytes.get(at).copied().unwrap_or_default()));
        let lowest = 72 - (offset & 7) as u32 - self.width;
        let bits = (window >> lowest) as u64;
        self.extend(bits)
    }

    /// Writes the lowest `width` bits of a value; the buffer must have room.
    fn set(self, bytes: &mut [u8], offset: u64, value: i64) {
        for nth in 0..self.width {
            let at = offset + u64::from(nth);
            let shift = 7 - (at & 7);
            let bit = (value >> (self.width - 1 - nth) & 1) as u8;
            let byte = &mut bytes[(at >> 3) as usize];
            *byte = *byte & !(1 << shift) | bit << shift;
        }
    }

    /// A value that has only the lowest `width` bits of these.
    fn extend(self, bits: u64) -> i64 {
        let spare = 64 - self.width;
        if self.is_signed { (bits << spare) as i64 >> spare } else { (bits << spare >> spare) as i64 }
    }

    /// `base + increment` as the field can hold it; `None` if it cannot and must not.
    fn sum(self, base: i64, increment: i64, overflow: Overflow) -> Option<i64> {
        let bound = if self.is_signed {
            self.signed_bound(base, increment)
        } else {
            self.unsigned_bound(base, increment)
        };
        match (bound, overflow) {
            (None, _) => Some(base.wrapping_add(increment)),
            (Some(_), Overflow::Wrap) => Some(self.extend(base.wrapping_add(increment) as u64)),
            (Some(bound), Overflow::Sat) => Some(bound),
            (Some(_), Overflow::Fail) => None,
        }
    }

    /// The bound that the sum would cross. The differences wrap around in the real servers too: there a value far
    /// below a narrow field meets the upper bound.
    fn signed_bound(self, base: i64, increment: i64) -> Option<i64> {
        let max = i64::MAX >> (64 - self.width);
        let min = -max - 1;
        let (up, down) = (max.wrapping_sub(base), min.wrapping_sub(base));
        let is_narrow = self.width < 64;
        if base > max || (increment > up && (is_narrow || (base >= 0 && increment > 0))) {
            Some(max)
        } else if base < min || (increment < down && (is_narrow || (base < 0 && increment < 0))) {
            Some(min)
        } else {
            None
        }
    }

    /// As `signed_bound`; a negative value is a large one here.
    fn unsigned_bound(self, base: i64, increment: i64) -> Option<i64> {
        let max = i64::MAX >> (63 - self.width);
        if base as u64 > max as u64 || (increment > 0 && increment > max - base) {
            Some(max)
        } else if increment < 0 && increment < -base {
            Some(0)
        } else {
            None
        }
    }
}

fn invalid_type() -> Error {
    Error::Custom(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Field {
        Field::parse(text.as_bytes()).expect("a type")
    }

    #[test]
    fn fields_of_any_width_come_back_from_any_offset_and_leave_their_neighbours() {
        for width in 1..=64 {
            for offset in 0..16 {
                let field = Field { is_signed: true, width };
                let mut bytes = [0xff; 12];
                let value = field.extend(0x5a5a_5a5a_5a5a_5a5a);
                field.set(&mut bytes, offset, value);
                assert_eq!(field.get(&bytes, offset), value, "{width} bits at {offset}");
                field.set(&mut bytes, offset, -1);
                assert_eq!(bytes, [0xff; 12]);
            }
        }
    }

    #[test]
    fn sums_that_do_not_fit_wrap_stop_or_fail() {
        let sums = |text: &str, base, by| {
            [Overflow::Wrap, Overflow::Sat, Overflow::Fail]
                .map(|overflow| field(text).sum(base, by, overflow))
        };
        assert_eq!(sums("u8", 250, 10), [Some(4), Some(255), None]);
        assert_eq!(sums("u8", 5, -10), [Some(251), Some(0), None]);
        assert_eq!(sums("i8", 120, 10), [Some(-126), Some(127), None]);
        assert_eq!(sums("i64", i64::MAX, 1), [Some(i64::MIN), Some(i64::MAX), None]);
        assert_eq!(sums("i64", i64::MIN, -1), [Some(i64::MAX), Some(i64::MIN), None]);
        assert_eq!(sums("u63", -1, 0), [Some(i64::MAX), Some(i64::MAX), None]);
        assert_eq!(sums("i8", i64::MIN, 0), [Some(0), Some(127), None], "the real servers' slip");
    }
}
