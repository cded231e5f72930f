//! Arguments that several commands share.

use crate::glob;
use resplay_base::{Mono, Now};
use resplay_datatypes::extended::Extended;
use resplay_resp::{Args, Error, number};
use std::time::Duration;

/// A 64-bit integer.
pub fn integer(text: &[u8]) -> Result<i64, Error> {
    number::parse_i64(text).ok_or(Error::NotAnInteger)
}

/// A cursor of SCAN and its kin, as C's `strtoull` reads it: blanks and a sign may stand before the digits, and a
/// negative number wraps around unless it is plainly one.
pub fn cursor(text: &[u8]) -> Result<u64, Error> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if number::parse_i64(text).is_some_and(|plain| plain < 0) {
        return Err(Error::InvalidCursor);
    }
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let (is_negative, digits) = match &text[blanks..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let is_number = digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number);
    let value: u64 = digits.and_then(|digits| digits.parse().ok()).ok_or(Error::InvalidCursor)?;
    Ok(if is_negative { value.wrapping_neg() } else { value })
}

/// A number that C keeps in an `int`.
pub fn small_integer(text: &[u8]) -> Result<i32, Error> {
    i32::try_from(integer(text)?).map_err(|_| {
        let (low, high) = (i32::MIN, i32::MAX);
        Error::Custom(format!("ERR value is out of range, value must between {low} and {high}"))
    })
}

/// Seconds or milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// EX, EXAT, EXPIRE.
    Seconds,
    /// PX, PXAT, PEXPIRE.
    Milliseconds,
}

/// When a command that waits gives up, by its timeout argument; `None` for zero: never. Seconds may have a fraction.
pub fn deadline(text: &[u8], unit: Unit, now: Now) -> Result<Option<Mono>, Error> {
    let bad = |why: &str| Error::Custom(format!("ERR timeout is {why}"));
    let ms = match unit {
        Unit::Milliseconds => number::parse_i64(text).ok_or_else(|| bad("not an integer or out of range"))?,
        Unit::Seconds => {
            let secs = Extended::parse(text).ok_or_else(|| bad("not a float or out of range"))?;
            secs.times_rounded_up(1000).ok_or_else(|| bad("out of range"))?
        }
    };
    if ms < 0 {
        return Err(bad("negative"));
    }
    if ms > i64::MAX - now.wall.as_millis() {
        return Err(bad("out of range"));
    }
    // Beyond what the clock can count is never as well.
    let at = Duration::from_millis(ms as u64).as_nanos() + u128::from(now.mono.0);
    Ok(u64::try_from(at).ok().filter(|_| ms > 0).map(Mono))
}

/// What a command says of a key's expiry; numbers are still text, as errors in them come late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry<'a> {
    /// Nothing.
    #[default]
    None,
    /// KEEPTTL (and, for GETEX, PERSIST).
    Keep,
    /// That long from now.
    In(&'a [u8], Unit),
    /// Then.
    At(&'a [u8], Unit),
}

impl Expiry<'_> {
    /// When, in milliseconds since 1970; an error names the command. It must be after 1970 and not overflow.
    pub fn deadline(self, now_ms: i64, command: &str) -> Result<Option<i64>, Error> {
        let (Expiry::In(text, _) | Expiry::At(text, _)) = self else { return Ok(None) };
        if integer(text)? <= 0 {
            return Err(invalid(command));
        }
        self.any_deadline(now_ms, command).map(Some)
    }

    /// As `deadline`, but zero and negative numbers are fine too.
    pub fn any_deadline(self, now_ms: i64, command: &str) -> Result<i64, Error> {
        let (text, unit, base) = match self {
            Expiry::In(text, unit) => (text, unit, now_ms),
            Expiry::At(text, unit) => (text, unit, 0),
            Expiry::None | Expiry::Keep => return Ok(0),
        };
        let scale = if unit == Unit::Seconds { 1000 } else { 1 };
        let ms = integer(text)?.checked_mul(scale).ok_or_else(|| invalid(command))?;
        ms.checked_add(base).ok_or_else(|| invalid(command))
    }
}

fn invalid(command: &str) -> Error {
    Error::InvalidExpire(command.to_string())
}

/// The options of SET.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetOptions<'a> {
    /// Only if the key is missing.
    pub nx: bool,
    /// Only if the key is there.
    pub xx: bool,
    /// Reply with the old value.
    pub get: bool,
    /// EX, PX, EXAT, PXAT, KEEPTTL.
    pub expiry: Expiry<'a>,
}

impl<'a> SetOptions<'a> {
    /// The words after key and value.
    pub fn parse(words: Args<'a>) -> Result<SetOptions<'a>, Error> {
        let mut options = SetOptions::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"nx") && !options.xx {
                options.nx = true;
            } else if is(b"xx") && !options.nx {
                options.xx = true;
            } else if is(b"get") {
                options.get = true;
            } else if is(b"keepttl") && matches!(options.expiry, Expiry::None | Expiry::Keep) {
                options.expiry = Expiry::Keep;
            } else {
                options.expiry = timed(word, words.get(at + 1), options.expiry)?;
                at += 1;
            }
            at += 1;
        }
        Ok(options)
    }
}

/// The options of GETEX.
#[derive(Clone, Copy, Debug, Default)]
pub struct GetExOptions<'a> {
    /// EX, PX, EXAT, PXAT; PERSIST is [`Expiry::Keep`].
    pub expiry: Expiry<'a>,
}

impl<'a> GetExOptions<'a> {
    /// The words after the key.
    pub fn parse(words: Args<'a>) -> Result<GetExOptions<'a>, Error> {
        let mut options = GetExOptions::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let is_free = matches!(options.expiry, Expiry::None | Expiry::Keep);
            if word.eq_ignore_ascii_case(b"persist") && is_free {
                options.expiry = Expiry::Keep;
            } else {
                options.expiry = timed(word, words.get(at + 1), options.expiry)?;
                at += 1;
            }
            at += 1;
        }
        Ok(options)
    }
}

/// EX, PX, EXAT or PXAT with its number. Another word about expiry may not stand before it; the same may, and the
/// last one counts.
fn timed<'a>(word: &[u8], number: Option<&'a [u8]>, before: Expiry<'a>) -> Result<Expiry<'a>, Error> {
    let number = number.ok_or(Error::Syntax)?;
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    let expiry = if is(b"ex") {
        Expiry::In(number, Unit::Seconds)
    } else if is(b"px") {
        Expiry::In(number, Unit::Milliseconds)
    } else if is(b"exat") {
        Expiry::At(number, Unit::Seconds)
    } else if is(b"pxat") {
        Expiry::At(number, Unit::Milliseconds)
    } else {
        return Err(Error::Syntax);
    };
    let is_same = match (before, expiry) {
        (Expiry::None, _) => true,
        (Expiry::In(_, one), Expiry::In(_, other)) | (Expiry::At(_, one), Expiry::At(_, other)) => {
            one == other
        }
        _ => false,
    };
    if is_same { Ok(expiry) } else { Err(Error::Syntax) }
}

/// NX, XX, GT and LT of EXPIRE.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four words, each there or not")]
pub struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    /// The words after the time.
    pub fn parse(words: Args<'_>) -> Result<Conditions, Error> {
        let mut conditions = Conditions::default();
        for word in words.iter() {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" => conditions.nx = true,
                b"xx" => conditions.xx = true,
                b"gt" => conditions.gt = true,
                b"lt" => conditions.lt = true,
                _ => return Err(Error::UnsupportedOption(word.to_vec())),
            }
        }
        if conditions.nx && (conditions.xx || conditions.gt || conditions.lt) {
            return Err(Error::ExpireNxAndOthers);
        }
        if conditions.gt && conditions.lt {
            return Err(Error::ExpireGtAndLt);
        }
        Ok(conditions)
    }

    /// Whether they allow this change. A key without an expiry counts as one that expires never.
    pub fn allow(self, current: Option<i64>, new: i64) -> bool {
        !((self.nx && current.is_some())
            || (self.xx && current.is_none())
            || (self.gt && current.is_none_or(|at| new <= at))
            || (self.lt && current.is_some_and(|at| new >= at)))
    }
}

/// The options of SCAN and its kin.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions<'a> {
    /// How many elements to visit, about.
    pub count: u64,
    /// MATCH.
    pub pattern: Option<&'a [u8]>,
    /// TYPE.
    pub type_name: Option<&'a [u8]>,
    /// NOVALUES, NOSCORES.
    pub names_only: bool,
}

impl<'a> ScanOptions<'a> {
    /// SCAN's own option.
    pub const TYPE: &'static [u8] = b"type";
    /// HSCAN's own option.
    pub const NOVALUES: &'static [u8] = b"novalues";
    /// ZSCAN's own option.
    pub const NOSCORES: &'static [u8] = b"noscores";

    /// The words after the cursor; `special` is the option that only this command has.
    pub fn parse(words: Args<'a>, special: &[u8]) -> Result<ScanOptions<'a>, Error> {
        let mut options = ScanOptions { count: 10, pattern: None, type_name: None, names_only: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"novalues") {
                if special != Self::NOVALUES {
                    return Err(Error::NoValuesOutsideHscan);
                }
                options.names_only = true;
                continue;
            }
            if is(b"noscores") {
                if special != Self::NOSCORES {
                    return Err(Error::NoScoresOutsideZscan);
                }
                options.names_only = true;
                continue;
            }
            let value = words.next().ok_or(Error::Syntax)?;
            if is(b"count") {
                options.count =
                    u64::try_from(integer(value)?).ok().filter(|n| *n > 0).ok_or(Error::Syntax)?;
            } else if is(b"match") {
                options.pattern = Some(value).filter(|pattern| *pattern != b"*");
            } else if is(b"type") && special == Self::TYPE {
                options.type_name = Some(known_type(value)?);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::selects(pattern, name))
    }
}

/// A type that a key may have, in this version or a later one.
fn known_type(name: &[u8]) -> Result<&[u8], Error> {
    let types = [&b"string"[..], b"list", b"set", b"zset", b"hash", b"stream"];
    if types.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(name);
    }
    Err(Error::UnknownTypeName(name.to_vec()))
}
