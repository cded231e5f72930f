//! Replies from bytes: the client's side of both protocols.

use crate::number::{parse_f64_reply, parse_i64};
use crate::reply::Reply;
use std::fmt;

/// How deep replies may nest. The deepest real one (COMMAND DOCS) needs eight.
const DEPTH_MAX: usize = 128;

/// Why bytes are no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// No type of reply begins with this byte.
    UnknownType(u8),
    /// A length, integer, double, boolean or null that does not parse; holds the line.
    BadLine(Vec<u8>),
    /// A bulk string is not followed by CR LF.
    MissingCrLf,
    /// A verbatim string without `xyz:` in front.
    BadVerbatim,
    /// Nested deeper than 128 levels.
    TooDeep,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::UnknownType(byte) => write!(f, "no reply begins with '{}'", byte.escape_ascii()),
            DecodeError::BadLine(line) => write!(f, "malformed reply line '{}'", line.escape_ascii()),
            DecodeError::MissingCrLf => f.write_str("a bulk string does not end with CR LF"),
            DecodeError::BadVerbatim => f.write_str("a verbatim string does not name its format"),
            DecodeError::TooDeep => write!(f, "replies nest deeper than {DEPTH_MAX} levels"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The first reply in `bytes` and how many bytes it took; `None` while it is not complete. Attributes (`|`) are
/// skipped: they annotate the reply that follows them.
pub fn decode(bytes: &[u8]) -> Result<Option<(Reply, usize)>, DecodeError> {
    let mut decoder = Decoder { bytes, at: 0 };
    let reply = decoder.reply(0)?;
    Ok(reply.map(|reply| (reply, decoder.at)))
}

/// `Ok(None)` everywhere here means that bytes are missing.
type Partial<T> = Result<Option<T>, DecodeError>;

/// Unwraps a [`Partial`], or returns it when bytes are missing.
macro_rules! complete {
    ($partial:expr) => {
        match $partial? {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}

struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    fn reply(&mut self, depth: usize) -> Partial<Reply> {
        if depth > DEPTH_MAX {
            return Err(DecodeError::TooDeep);
        }
        let Some(&kind) = self.bytes.get(self.at) else { return Ok(None) };
        if !b"+-:$*_,#!=(%~>|".contains(&kind) {
            return Err(DecodeError::UnknownType(kind));
        }
        let line = complete!(self.line());
        match kind {
            b'$' | b'!' | b'=' => self.sized(kind, line),
            b'*' | b'%' | b'~' | b'>' => self.aggregate(kind, line, depth),
            b'|' => {
                complete!(self.pairs(length(line)?, depth));
                self.reply(depth + 1)
            }
            _ => scalar(kind, line).map(Some),
        }
    }

    /// The line from here, without its type byte and CR LF; moves behind it.
    fn line(&mut self) -> Partial<&'a [u8]> {
        let rest = &self.bytes[self.at + 1..];
        let Some(len) = rest.windows(2).position(|pair| pair == b"\r\n") else { return Ok(None) };
        self.at += 1 + len + 2;
        Ok(Some(&rest[..len]))
    }

    fn sized(&mut self, kind: u8, line: &[u8]) -> Partial<Reply> {
        if kind == b'$' && line == b"-1" {
            return Ok(Some(Reply::Null));
        }
        let body = complete!(self.body(length(line)?));
        Ok(Some(match kind {
            b'$' => Reply::Bulk(body.to_vec()),
            b'!' => Reply::Error(body.to_vec()),
            _ => verbatim(body)?,
        }))
    }

    fn body(&mut self, len: usize) -> Partial<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        if rest.len() < len.saturating_add(2) {
            return Ok(None);
        }
        if &rest[len..len + 2] != b"\r\n" {
            return Err(DecodeError::MissingCrLf);
        }
        self.at += len + 2;
        Ok(Some(&rest[..len]))
    }

    fn aggregate(&mut self, kind: u8, line: &[u8], depth: usize) -> Partial<Reply> {
        if kind == b'*' && line == b"-1" {
            return Ok(Some(Reply::NullArray));
        }
        let count = length(line)?;
        if kind == b'%' {
            return Ok(self.pairs(count, depth)?.map(Reply::Map));
        }
        let items = complete!(self.items(count, depth));
        Ok(Some(match kind {
            b'*' => Reply::Array(items),
            b'~' => Reply::Set(items),
            _ => Reply::Push(items),
        }))
    }

    fn items(&mut self, count: usize, depth: usize) -> Partial<Vec<Reply>> {
        let mut items = Vec::with_capacity(self.plausible(count));
        for _ in 0..count {
            items.push(complete!(self.reply(depth + 1)));
        }
        Ok(Some(items))
    }

    fn pairs(&mut self, count: usize, depth: usize) -> Partial<Vec<(Reply, Reply)>> {
        let mut pairs = Vec::with_capacity(self.plausible(count));
        for _ in 0..count {
            let key = complete!(self.reply(depth + 1));
            pairs.push((key, complete!(self.reply(depth + 1))));
        }
        Ok(Some(pairs))
    }

    /// How much to reserve for `count` elements: a promise is free, so no more than the bytes at hand can hold.
    fn plausible(&self, count: usize) -> usize {
        count.min((self.bytes.len() - self.at) / 3).min(1024)
    }
}

fn length(line: &[u8]) -> Result<usize, DecodeError> {
    let length = parse_i64(line).and_then(|value| usize::try_from(value).ok());
    length.ok_or_else(|| DecodeError::BadLine(line.to_vec()))
}

fn scalar(kind: u8, line: &[u8]) -> Result<Reply, DecodeError> {
    let reply = match kind {
        b'+' => Some(Reply::Simple(line.to_vec())),
        b'-' => Some(Reply::Error(line.to_vec())),
        b':' => parse_i64(line).map(Reply::Int),
        b',' => parse_f64_reply(line).map(Reply::Double),
        b'(' => is_big_number(line).then(|| Reply::BigNumber(line.to_vec())),
        b'#' => boolean(line).map(Reply::Bool),
        _ => line.is_empty().then_some(Reply::Null),
    };
    reply.ok_or_else(|| DecodeError::BadLine(line.to_vec()))
}

fn boolean(line: &[u8]) -> Option<bool> {
    match line {
        b"t" => Some(true),
        b"f" => Some(false),
        _ => None,
    }
}

fn is_big_number(line: &[u8]) -> bool {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn verbatim(body: &[u8]) -> Result<Reply, DecodeError> {
    match body {
        [a, b, c, b':', text @ ..] => Ok(Reply::Verbatim([*a, *b, *c], text.to_vec())),
        _ => Err(DecodeError::BadVerbatim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Protocol;
    use crate::write::Writer;
    use proptest::prelude::*;

    fn check(bytes: &str, expect: Reply) {
        assert_eq!(decode(bytes.as_bytes()), Ok(Some((expect, bytes.len()))), "{bytes:?}");
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes.as_bytes()[..cut]), Ok(None), "{:?}", &bytes[..cut]);
        }
    }

    #[test]
    fn every_kind_of_reply_is_read_and_its_prefixes_are_incomplete() {
        check("+OK\r\n", Reply::ok());
        check("-ERR no\r\n", Reply::Error(b"ERR no".to_vec()));
        check("!6\r\nERR no\r\n", Reply::Error(b"ERR no".to_vec()));
        check(":-7\r\n", Reply::Int(-7));
        check("$4\r\na\r\nb\r\n", Reply::bulk("a\r\nb"));
        check("$-1\r\n", Reply::Null);
        check("_\r\n", Reply::Null);
        check("*-1\r\n", Reply::NullArray);
        check(",1.5\r\n", Reply::Double(1.5));
        check(",-inf\r\n", Reply::Double(f64::NEG_INFINITY));
        check("#f\r\n", Reply::Bool(false));
        check("(-12345678901234567890\r\n", Reply::BigNumber(b"-12345678901234567890".to_vec()));
        check("=7\r\ntxt:abc\r\n", Reply::Verbatim(*b"txt", b"abc".to_vec()));
    }

    #[test]
    fn replies_nest() {
        check(
            "*2\r\n*0\r\n~1\r\n:1\r\n",
            Reply::Array(vec![Reply::Array(vec![]), Reply::Set(vec![Reply::Int(1)])]),
        );
        check(
            "%1\r\n+a\r\n>1\r\n_\r\n",
            Reply::Map(vec![(Reply::Simple(b"a".to_vec()), Reply::Push(vec![Reply::Null]))]),
        );
    }

    #[test]
    fn attributes_are_skipped() {
        check("|1\r\n+ttl\r\n:10\r\n:5\r\n", Reply::Int(5));
        check("*1\r\n|1\r\n+ttl\r\n:10\r\n:5\r\n", Reply::Array(vec![Reply::Int(5)]));
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        let refuse = |bytes: &str, error| assert_eq!(decode(bytes.as_bytes()), Err(error), "{bytes:?}");
        refuse("PING\r\n", DecodeError::UnknownType(b'P'));
        refuse("$-2\r\n", DecodeError::BadLine(b"-2".to_vec()));
        refuse(":1a\r\n", DecodeError::BadLine(b"1a".to_vec()));
        refuse("$1\r\nabc", DecodeError::MissingCrLf);
        refuse("=2\r\nab\r\n", DecodeError::BadVerbatim);
        refuse("#x\r\n", DecodeError::BadLine(b"x".to_vec()));
        refuse(&"*1\r\n".repeat(1000), DecodeError::TooDeep);
        refuse(&"|0\r\n".repeat(1000), DecodeError::TooDeep);
    }

    #[test]
    fn a_lying_length_reserves_nothing() {
        assert_eq!(decode(b"*9223372036854775807\r\n:1\r\n"), Ok(None));
        assert_eq!(decode(b"$9223372036854775807\r\nabc"), Ok(None));
        assert_eq!(decode(b"%9223372036854775807\r\n"), Ok(None));
    }

    fn replies() -> impl Strategy<Value = Reply> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..20);
        let leaf = prop_oneof![
            "[ -~]{0,20}".prop_map(|text| Reply::Simple(text.into_bytes())),
            "[A-Z]{3,9} [ -~]{0,20}".prop_map(|text| Reply::Error(text.into_bytes())),
            any::<i64>().prop_map(Reply::Int),
            bytes().prop_map(Reply::Bulk),
            Just(Reply::Null),
            any::<bool>().prop_map(Reply::Bool),
            (-1e300..1e300).prop_map(Reply::Double),
            "-?[0-9]{1,40}".prop_map(|text| Reply::BigNumber(text.into_bytes())),
            bytes().prop_map(|text| Reply::Verbatim(*b"txt", text)),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let items = || proptest::collection::vec(inner.clone(), 0..6);
            prop_oneof![
                items().prop_map(Reply::Array),
                items().prop_map(Reply::Set),
                items().prop_map(Reply::Push),
                proptest::collection::vec((inner.clone(), inner.clone()), 0..4).prop_map(Reply::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_the_writer_writes_in_resp3_is_read_back(reply in replies()) {
            let mut bytes = Vec::new();
            Writer::new(&mut bytes, Protocol::Resp3).reply(&reply);
            prop_assert_eq!(decode(&bytes), Ok(Some((reply, bytes.len()))));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::sample::select(&b"+-:$*_,#!=(%~>|\r\n019tf\xff"[..]), 0..60)) {
            let _ = decode(&bytes);
        }
    }
}
