//! Requests from bytes: the server's side of both protocols, byte for byte as the real servers read them.
//!
//! Three habits of theirs that surprise: the two bytes after a bulk string are skipped, whatever they are, and
//! so is the byte after a line's CR; a NUL byte hides the line end behind it, so that such a line never
//! completes and the request fails when 64 KiB are in; and behind a line of blanks the next request is taken for a
//! line too, even if it begins with `*`, until a line has words or nothing at all.

use crate::args::{Args, Span};
use crate::inline;
use crate::number::parse_i64;
use std::borrow::Cow;
use std::fmt;

/// How large a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest bulk string, in bytes: `proto-max-bulk-len`.
    pub max_bulk_bytes: u64,
    /// The longest line (inline request, length), in bytes.
    pub max_inline: usize,
    /// Whether the client may send more than 10 words of 16 KiB each.
    pub authenticated: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_bulk_bytes: 512 << 20, max_inline: 64 << 10, authenticated: true }
    }
}

/// The most words a client may send before it is authenticated.
const WORDS_MAX_UNAUTHENTICATED: i64 = 10;
/// The longest word, in bytes, before a client is authenticated.
const BULK_MAX_UNAUTHENTICATED: i64 = 16_384;
/// Word lists longer than this give their memory back after the request.
const SPANS_KEPT: usize = 1024;

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bytes are missing.
    Incomplete,
    /// The request is there; it took so many bytes. It may have no words: then there is nothing to run.
    Complete {
        /// Length of the request in the input, in bytes.
        consumed: usize,
    },
}

/// Why bytes are no request. The server sends [`ProtocolError::wire`] and closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// An inline request whose quotes do not match.
    UnbalancedQuotes,
    /// An inline request longer than 64 KiB.
    BigInline,
    /// No line end in 64 KiB after a `*`.
    BigMultibulkCount,
    /// Not a number after `*`, or one above 2³¹ - 1.
    MultibulkLength,
    /// More than ten words before authentication.
    UnauthenticatedMultibulk,
    /// No line end in 64 KiB where a word's length should be.
    BigBulkCount,
    /// A word that does not begin with `$`; holds the byte that stands there.
    ExpectedDollar(u8),
    /// Not a number after `$`, a negative one, or more than `proto-max-bulk-len`.
    BulkLength,
    /// A word above 16 KiB before authentication.
    UnauthenticatedBulk,
}

impl ProtocolError {
    /// The error reply, without the leading minus sign and the line end.
    pub fn wire(&self) -> Cow<'static, [u8]> {
        Cow::Borrowed(match self {
            ProtocolError::UnbalancedQuotes => b"ERR Protocol error: unbalanced quotes in request",
            ProtocolError::BigInline => b"ERR Protocol error: too big inline request",
            ProtocolError::BigMultibulkCount => b"ERR Protocol error: too big mbulk count string",
            ProtocolError::MultibulkLength => b"ERR Protocol error: invalid multibulk length",
            ProtocolError::UnauthenticatedMultibulk => {
                b"ERR Protocol error: unauthenticated multibulk length"
            }
            ProtocolError::BigBulkCount => b"ERR Protocol error: too big bulk count string",
            ProtocolError::BulkLength => b"ERR Protocol error: invalid bulk length",
            ProtocolError::UnauthenticatedBulk => b"ERR Protocol error: unauthenticated bulk length",
            ProtocolError::ExpectedDollar(byte) => return Cow::Owned(expected_dollar(*byte)),
        })
    }
}

fn expected_dollar(byte: u8) -> Vec<u8> {
    let shown = if matches!(byte, b'\r' | b'\n') { b' ' } else { byte };
    [b"ERR Protocol error: expected '$', got '", &[shown][..], b"'"].concat()
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.wire().escape_ascii())
    }
}

impl std::error::Error for ProtocolError {}

/// An incremental request parser: each byte is looked at once, however the stream is cut up.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// May change between requests: authentication, CONFIG SET.
    pub limits: Limits,
    spans: Vec<Span>,
    /// The words of an inline request, unquoted; empty for a multibulk one.
    unquoted: Vec<u8>,
    is_inline: bool,
    /// A line of blanks came last: what follows is a line too.
    stays_inline: bool,
    is_complete: bool,
    /// Where the next line or word begins.
    at: usize,
    /// Up to here no line end was found.
    scanned: usize,
    /// Words still to come.
    missing: usize,
    /// The length of the word at `at`, once its own line is read.
    bulk: Option<usize>,
}

impl Requests {
    /// A parser at the start of a stream.
    pub fn new(limits: Limits) -> Requests {
        Requests { limits, ..Requests::default() }
    }

    /// Reads on. `input` begins at the start of the current request and holds all its bytes so far. After
    /// [`Progress::Complete`] the next call begins a new request. After an error the stream is lost.
    pub fn advance(&mut self, input: &[u8]) -> Result<Progress, ProtocolError> {
        if self.is_complete {
            self.reset();
        }
        match input.first() {
            None => Ok(Progress::Incomplete),
            Some(b'*') if !self.stays_inline => self.advance_multibulk(input),
            Some(_) => self.advance_inline(input),
        }
    }

    /// The words of a complete request; `input` as given to `advance`.
    pub fn args<'a>(&'a self, input: &'a [u8]) -> Args<'a> {
        Args::new(if self.is_inline { &self.unquoted } else { input }, &self.spans)
    }

    /// Whether the complete request is a line of blanks. The real servers do not take that for an end of anything.
    pub fn is_blank(&self) -> bool {
        self.stays_inline
    }

    /// Where the words of a complete request lie in [`Requests::buffer`].
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What the spans refer to: `input`, or this parser's own bytes for an inline request, which had to be
    /// unquoted.
    pub fn buffer<'a>(&'a self, input: &'a [u8]) -> &'a [u8] {
        if self.is_inline { &self.unquoted } else { input }
    }

    /// How many bytes the request in progress needs at least, counted from its start: where the word being
    /// received ends. For a caller that reserves memory.
    pub fn wanted(&self) -> usize {
        self.at + self.bulk.map_or(0, |len| len + 2)
    }

    fn reset(&mut self) {
        self.spans.clear();
        self.spans.shrink_to(SPANS_KEPT);
        self.unquoted.clear();
        self.unquoted.shrink_to(self.limits.max_inline);
        (self.is_inline, self.is_complete, self.bulk) = (false, false, None);
        (self.at, self.scanned, self.missing) = (0, 0, 0);
    }

    fn complete(&mut self, consumed: usize) -> Result<Progress, ProtocolError> {
        self.is_complete = true;
        Ok(Progress::Complete { consumed })
    }

    fn advance_inline(&mut self, input: &[u8]) -> Result<Progress, ProtocolError> {
        let Some(newline) = self.find(input, b'\n', ProtocolError::BigInline)? else {
            return Ok(Progress::Incomplete);
        };
        let line = input[..newline].strip_suffix(b"\r").unwrap_or(&input[..newline]);
        self.is_inline = true;
        inline::split(line, &mut self.unquoted, &mut self.spans)
            .map_err(|_| ProtocolError::UnbalancedQuotes)?;
        self.stays_inline = self.spans.is_empty() && !line.is_empty();
        self.complete(newline + 1)
    }

    fn advance_multibulk(&mut self, input: &[u8]) -> Result<Progress, ProtocolError> {
        if self.at == 0 && !self.count(input)? {
            return Ok(Progress::Incomplete);
        }
        while self.missing > 0 {
            let Some(len) = self.bulk_length(input)? else { return Ok(Progress::Incomplete) };
            let end = self.at + len;
            if input.len() < end + 2 {
                self.bulk = Some(len);
                return Ok(Progress::Incomplete);
            }
            self.spans.push(Span { start: self.at, end });
            self.move_to(end + 2);
            self.missing -= 1;
        }
        self.complete(self.at)
    }

    /// Reads the number of words; false if bytes are missing.
    fn count(&mut self, input: &[u8]) -> Result<bool, ProtocolError> {
        let Some((count, next)) = self.length(input, ProtocolError::BigMultibulkCount)? else {
            return Ok(false);
        };
        let count = count.filter(|&count| count <= i64::from(i32::MAX));
        let count = count.ok_or(ProtocolError::MultibulkLength)?;
        if count > WORDS_MAX_UNAUTHENTICATED && !self.limits.authenticated {
            return Err(ProtocolError::UnauthenticatedMultibulk);
        }
        self.missing = usize::try_from(count).unwrap_or(0);
        self.move_to(next);
        Ok(true)
    }

    /// The length of the word at `at`, which is moved behind the line that says it; `None` if bytes are missing.
    fn bulk_length(&mut self, input: &[u8]) -> Result<Option<usize>, ProtocolError> {
        if let Some(len) = self.bulk {
            return Ok(Some(len));
        }
        let at = self.at;
        let Some((len, next)) = self.length(input, ProtocolError::BigBulkCount)? else { return Ok(None) };
        if input[at] != b'$' {
            return Err(ProtocolError::ExpectedDollar(input[at]));
        }
        let len = self.checked_bulk(len)?;
        self.move_to(next);
        Ok(Some(len))
    }

    fn checked_bulk(&self, len: Option<i64>) -> Result<usize, ProtocolError> {
        let len = len.filter(|&len| u64::try_from(len).is_ok_and(|len| len <= self.limits.max_bulk_bytes));
        match len.ok_or(ProtocolError::BulkLength)? {
            len if len > BULK_MAX_UNAUTHENTICATED && !self.limits.authenticated => {
                Err(ProtocolError::UnauthenticatedBulk)
            }
            len => usize::try_from(len).map_err(|_| ProtocolError::BulkLength),
        }
    }

    /// The number on the line at `at` behind its type byte (`None`: not a number) and where the next line
    /// begins. The byte after CR is not looked at, but must be there.
    fn length(
        &mut self,
        input: &[u8],
        too_long: ProtocolError,
    ) -> Result<Option<(Option<i64>, usize)>, ProtocolError> {
        if let Some((len, next)) = short_length(input, self.at) {
            return Ok(Some((Some(len), next)));
        }
        match self.find(input, b'\r', too_long)? {
            Some(cr) if cr + 1 < input.len() => {
                Ok(Some((input.get(self.at + 1..cr).and_then(parse_i64), cr + 2)))
            }
            _ => Ok(None),
        }
    }

    /// Where `end` stands in the line at `at`. A NUL byte before it hides it for ever.
    fn find(
        &mut self,
        input: &[u8],
        end: u8,
        too_long: ProtocolError,
    ) -> Result<Option<usize>, ProtocolError> {
        let limit = self.at + self.limits.max_inline;
        let window = &input[self.scanned..input.len().min(limit + 1)];
        let stop = window.iter().position(|&byte| byte == end || byte == 0);
        self.scanned += stop.unwrap_or(window.len());
        match input.get(self.scanned) {
            Some(&byte) if byte == end && self.scanned <= limit => Ok(Some(self.scanned)),
            _ if input.len() > limit => Err(too_long),
            _ => Ok(None),
        }
    }

    fn move_to(&mut self, at: usize) {
        (self.at, self.scanned, self.bulk) = (at, at, None);
    }
}

/// The usual case at a glance: a type byte, one to nine digits without a leading zero, CR and one more byte.
fn short_length(input: &[u8], at: usize) -> Option<(i64, usize)> {
    let digits = input.get(at + 1..)?;
    let mut value = 0;
    for (count, &byte) in digits.iter().take(10).enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'\r' if count > 0 && digits.len() > count + 1 && (digits[0] != b'0' || count == 1) => {
                return Some((value, at + count + 3));
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a connection reads: requests in order, and the error that ends them.
    type Heard = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

    /// Feeds a stream in pieces that end at `cuts`.
    fn hear(stream: &[u8], cuts: impl Iterator<Item = usize>, limits: Limits) -> Heard {
        let (mut parser, mut heard, mut start) = (Requests::new(limits), Vec::new(), 0);
        for end in cuts.chain([stream.len()]) {
            loop {
                let input = &stream[start..end.max(start)];
                match parser.advance(input) {
                    Ok(Progress::Incomplete) => break,
                    Ok(Progress::Complete { consumed }) => {
                        heard.push(parser.args(input).to_vecs());
                        start += consumed;
                    }
                    Err(error) => return (heard, Some(error)),
                }
            }
        }
        (heard, None)
    }

    fn check(stream: &[u8], words: &[&[&str]], error: Option<ProtocolError>) {
        let expect: Vec<Vec<Vec<u8>>> =
            words.iter().map(|words| words.iter().map(|word| word.as_bytes().to_vec()).collect()).collect();
        let expect = (expect, error);
        assert_eq!(hear(stream, [].into_iter(), Limits::default()), expect, "{}", stream.escape_ascii());
        let bytewise = hear(stream, 0..stream.len(), Limits::default());
        assert_eq!(bytewise, expect, "byte by byte: {}", stream.escape_ascii());
    }

    #[test]
    fn requests_follow_each_other_in_both_forms() {
        check(b"*1\r\n$4\r\nPING\r\nGET a\r\n*0\r\n", &[&["PING"], &["GET", "a"], &[]], None);
        check(b"\r\n*-5\r\n\nPING\n", &[&[], &[], &[], &["PING"]], None);
    }

    #[test]
    fn behind_a_line_of_blanks_comes_a_line() {
        check(b" \r\n*1\r\n", &[&[], &["*1"]], None);
        check(b"\t\n \r\n*1\r\n*0\r\n", &[&[], &[], &["*1"], &[]], None);
        check(b" \r\n\r\n*1\r\n$4\r\nPING\r\n", &[&[], &[], &["PING"]], None);
    }

    #[test]
    fn the_bytes_that_end_lines_and_words_are_not_looked_at() {
        check(b"*1\r\n$4\r\nPINGxx*1\rx$4\r\nPING\r\n", &[&["PING"], &["PING"]], None);
    }

    #[test]
    fn a_nul_byte_hides_the_line_end() {
        check(b"PI\0NG\r\nPING\r\n", &[], None);
        check(b"*1\r\n\0$4\r\nPING\r\n", &[], None);
    }

    #[test]
    fn bad_counts_are_refused() {
        for stream in [&b"*\r\n"[..], b"*a\r\n", b"*01\r\n", b"*+1\r\n", b"*-0\r\n", b"*2147483648\r\n"] {
            check(stream, &[], Some(ProtocolError::MultibulkLength));
        }
    }

    #[test]
    fn bad_word_lengths_are_refused() {
        for stream in [&b"*1\r\n$-1\r\n"[..], b"*1\r\n$ 4\r\n", b"*1\r\n$536870913\r\n", b"*1\r\n$\xff\r\n"] {
            check(stream, &[], Some(ProtocolError::BulkLength));
        }
        check(b"*1\r\n$536870912\r\n", &[], None);
    }

    #[test]
    fn a_word_must_begin_with_a_dollar() {
        check(b"*1\r\n:1\r\n", &[], Some(ProtocolError::ExpectedDollar(b':')));
        check(b"*1\r\n\r\n", &[], Some(ProtocolError::ExpectedDollar(b'\r')));
        assert_eq!(
            ProtocolError::ExpectedDollar(b'\n').wire().as_ref(),
            b"ERR Protocol error: expected '$', got ' '"
        );
    }

    #[test]
    fn lines_end_within_64_kib() {
        let ones = |front: &str, count| [front.as_bytes(), &vec![b'1'; count]].concat();
        check(&ones("", 65_536), &[], None);
        check(&ones("", 65_537), &[], Some(ProtocolError::BigInline));
        check(&ones("*", 65_535), &[], None);
        check(&ones("*", 65_536), &[], Some(ProtocolError::BigMultibulkCount));
        check(&ones("*1\r\n$", 65_536), &[], Some(ProtocolError::BigBulkCount));
    }

    #[test]
    fn strangers_may_send_ten_words_of_16_kib() {
        let limits = Limits { authenticated: false, ..Limits::default() };
        let error = |stream: &[u8]| hear(stream, [].into_iter(), limits).1;
        assert_eq!(error(b"*11\r\n"), Some(ProtocolError::UnauthenticatedMultibulk));
        assert_eq!(error(b"*1\r\n$16385\r\n"), Some(ProtocolError::UnauthenticatedBulk));
        assert_eq!(error(b"*10\r\n$16384\r\n"), None);
    }

    #[test]
    fn unbalanced_quotes_end_the_connection() {
        check(b"PING\r\nGET \"a\r\n", &[&["PING"]], Some(ProtocolError::UnbalancedQuotes));
    }

    #[test]
    fn a_promised_length_reserves_nothing() {
        let mut parser = Requests::new(Limits::default());
        assert_eq!(parser.advance(b"*2147483647\r\n$536870912\r\n"), Ok(Progress::Incomplete));
        assert_eq!(parser.spans.capacity(), 0);
        assert_eq!(parser.wanted(), 25 + 536_870_914);
    }

    /// Streams that are nearly requests: valid ones and fragments of the protocol's own alphabet.
    fn streams() -> impl Strategy<Value = Vec<u8>> {
        let word = proptest::collection::vec(any::<u8>(), 0..12);
        let request = proptest::collection::vec(word, 0..4).prop_map(|words| {
            let mut bytes = Vec::new();
            crate::encode_request(&mut bytes, &words);
            bytes
        });
        let noise = proptest::collection::vec(proptest::sample::select(&b"*$\r\n 019-\"'\\xa\0"[..]), 0..10);
        let part = prop_oneof![4 => request, 1 => noise];
        proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_stream_cut_anywhere_gives_the_same_words(
            stream in streams(),
            mut cuts in proptest::collection::vec(0usize..80, 0..8),
        ) {
            cuts.retain(|&cut| cut <= stream.len());
            cuts.sort_unstable();
            let whole = hear(&stream, [].into_iter(), Limits::default());
            prop_assert_eq!(&hear(&stream, cuts.into_iter(), Limits::default()), &whole);
            prop_assert_eq!(&hear(&stream, 0..stream.len(), Limits::default()), &whole);
        }

        #[test]
        fn an_encoded_request_is_read_back(
            words in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..20),
        ) {
            let mut bytes = Vec::new();
            crate::encode_request(&mut bytes, &words);
            prop_assert_eq!(hear(&bytes, [].into_iter(), Limits::default()), (vec![words], None));
        }
    }
}
