//! Replies and requests to bytes.

use crate::error::Error;
use crate::number::{Digits, format_f64, format_f64_fixed};
use crate::reply::{Protocol, Reply};

/// Appends replies to an output buffer in the connection's protocol.
pub struct Writer<'a> {
    /// Where the bytes go.
    pub out: &'a mut Vec<u8>,
    /// How they are written.
    pub protocol: Protocol,
}

impl<'a> Writer<'a> {
    /// Appends to `out` in `protocol`.
    pub fn new(out: &'a mut Vec<u8>, protocol: Protocol) -> Writer<'a> {
        Writer { out, protocol }
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.out.extend_from_slice(b"+OK\r\n");
    }

    /// A simple string; the text must hold neither CR nor LF.
    pub fn simple(&mut self, text: &[u8]) {
        self.line(b'+', text);
    }

    /// A bulk string.
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.header(b'$', bytes.len());
        self.out.extend_from_slice(bytes);
        self.crlf();
    }

    /// An integer as a bulk string, as GET gives a counter.
    pub fn bulk_int(&mut self, value: i64) {
        self.bulk(Digits::of(value).as_bytes());
    }

    /// An integer.
    pub fn int(&mut self, value: i64) {
        match value {
            0 => self.out.extend_from_slice(b":0\r\n"),
            1 => self.out.extend_from_slice(b":1\r\n"),
            _ => self.line(b':', Digits::of(value).as_bytes()),
        }
    }

    /// Nothing: `$-1`, or `_`.
    pub fn null(&mut self) {
        self.either(b"$-1\r\n", b"_\r\n");
    }

    /// No array: `*-1`, or `_`.
    pub fn null_array(&mut self) {
        self.either(b"*-1\r\n", b"_\r\n");
    }

    /// An array's head; so many replies must follow.
    pub fn array(&mut self, len: usize) {
        self.header(b'*', len);
    }

    /// A map's head; so many pairs of replies must follow. A flat array in RESP2.
    pub fn map(&mut self, pairs: usize) {
        match self.protocol {
            Protocol::Resp2 => self.header(b'*', 2 * pairs),
            Protocol::Resp3 => self.header(b'%', pairs),
        }
    }

    /// A set's head; so many replies must follow. An array in RESP2.
    pub fn set(&mut self, len: usize) {
        self.header(self.pick(b'*', b'~'), len);
    }

    /// A push message's head; so many replies must follow. An array in RESP2.
    pub fn push(&mut self, len: usize) {
        self.header(self.pick(b'*', b'>'), len);
    }

    /// A floating-point number; a bulk string in RESP2.
    pub fn double(&mut self, value: f64) {
        let text = format_f64(value);
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => self.line(b',', text.as_bytes()),
        }
    }

    /// As `double`, but never with an exponent: up to 17 digits after the point, as coordinates are given.
    pub fn fixed_double(&mut self, value: f64) {
        let text = format_f64_fixed(value);
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => self.line(b',', text.as_bytes()),
        }
    }

    /// A truth value; 1 or 0 in RESP2.
    pub fn bool(&mut self, value: bool) {
        match (self.protocol, value) {
            (Protocol::Resp2, _) => self.int(i64::from(value)),
            (Protocol::Resp3, true) => self.out.extend_from_slice(b"#t\r\n"),
            (Protocol::Resp3, false) => self.out.extend_from_slice(b"#f\r\n"),
        }
    }

    /// An integer of any size, in decimal digits; a bulk string in RESP2.
    pub fn big_number(&mut self, digits: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(digits),
            Protocol::Resp3 => self.line(b'(', digits),
        }
    }

    /// Text to show as it is, with its format (`txt`, `mkd`); a bulk string without the format in RESP2.
    pub fn verbatim(&mut self, format: &[u8; 3], text: &[u8]) {
        if self.protocol == Protocol::Resp2 {
            return self.bulk(text);
        }
        self.header(b'=', text.len() + 4);
        self.out.extend_from_slice(format);
        self.out.push(b':');
        self.out.extend_from_slice(text);
        self.crlf();
    }

    /// An error from the catalogue.
    pub fn error(&mut self, error: &Error) {
        self.error_text(&error.wire());
    }

    /// An error with this text, its code in front (`ERR …`). Line ends become spaces, as the real servers have it:
    /// the text may quote what a client sent.
    pub fn error_text(&mut self, text: &[u8]) {
        self.out.push(b'-');
        self.out.extend(text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
        self.crlf();
    }

    /// A whole reply.
    pub fn reply(&mut self, reply: &Reply) {
        match reply {
            Reply::Simple(text) => self.simple(text),
            Reply::Error(text) => self.error_text(text),
            Reply::Int(value) => self.int(*value),
            Reply::Bulk(bytes) => self.bulk(bytes),
            Reply::Null => self.null(),
            Reply::NullArray => self.null_array(),
            Reply::Array(items) => self.items(items, Self::array),
            Reply::Set(items) => self.items(items, Self::set),
            Reply::Push(items) => self.items(items, Self::push),
            Reply::Map(pairs) => self.pairs(pairs),
            Reply::Double(value) => self.double(*value),
            Reply::Bool(value) => self.bool(*value),
            Reply::BigNumber(digits) => self.big_number(digits),
            Reply::Verbatim(format, text) => self.verbatim(format, text),
        }
    }

    fn items(&mut self, items: &[Reply], head: fn(&mut Self, usize)) {
        head(self, items.len());
        items.iter().for_each(|item| self.reply(item));
    }

    fn pairs(&mut self, pairs: &[(Reply, Reply)]) {
        self.map(pairs.len());
        for (key, value) in pairs {
            self.reply(key);
            self.reply(value);
        }
    }

    fn header(&mut self, kind: u8, len: usize) {
        write_header(self.out, kind, len);
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.out.push(kind);
        self.out.extend_from_slice(text);
        self.crlf();
    }

    fn crlf(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }

    fn either(&mut self, resp2: &[u8], resp3: &[u8]) {
        self.out.extend_from_slice(self.pick(resp2, resp3));
    }

    fn pick<T>(&self, resp2: T, resp3: T) -> T {
        match self.protocol {
            Protocol::Resp2 => resp2,
            Protocol::Resp3 => resp3,
        }
    }
}

/// Appends a request as clients send it: `*2`, `$3`, `GET`, `$1`, `a`, each with CR LF.
pub fn encode_request<W: AsRef<[u8]>>(out: &mut Vec<u8>, words: &[W]) {
    write_header(out, b'*', words.len());
    for word in words.iter().map(AsRef::as_ref) {
        write_header(out, b'$', word.len());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

/// A type byte, a length and CR LF, in one append for lengths below ten: most of them.
fn write_header(out: &mut Vec<u8>, kind: u8, len: usize) {
    if len < 10 {
        out.extend_from_slice(&[kind, b'0' + len as u8, b'\r', b'\n']);
        return;
    }
    out.push(kind);
    out.extend_from_slice(Digits::of(len as i64).as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes with `write` in both protocols.
    fn check(write: fn(&mut Writer<'_>), resp2: &str, resp3: &str) {
        for (protocol, expect) in [(Protocol::Resp2, resp2), (Protocol::Resp3, resp3)] {
            let mut out = Vec::new();
            write(&mut Writer::new(&mut out, protocol));
            assert_eq!(out.escape_ascii().to_string(), expect.as_bytes().escape_ascii().to_string());
        }
    }

    #[test]
    fn kinds_that_resp2_lacks_become_what_the_real_server_makes_of_them() {
        check(|w| w.null(), "$-1\r\n", "_\r\n");
        check(|w| w.null_array(), "*-1\r\n", "_\r\n");
        check(|w| w.map(2), "*4\r\n", "%2\r\n");
        check(|w| w.set(2), "*2\r\n", "~2\r\n");
        check(|w| w.push(2), "*2\r\n", ">2\r\n");
        check(|w| w.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n");
        check(|w| w.bool(true), ":1\r\n", "#t\r\n");
        check(|w| w.big_number(b"123"), "$3\r\n123\r\n", "(123\r\n");
        check(|w| w.verbatim(b"txt", b"abc"), "$3\r\nabc\r\n", "=7\r\ntxt:abc\r\n");
    }

    #[test]
    fn lengths_of_any_size_are_written() {
        check(|w| w.array(0), "*0\r\n", "*0\r\n");
        check(|w| w.array(12), "*12\r\n", "*12\r\n");
        check(|w| w.bulk_int(-105), "$4\r\n-105\r\n", "$4\r\n-105\r\n");
        check(|w| w.int(i64::MIN), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n");
    }

    #[test]
    fn line_ends_in_an_error_become_spaces() {
        check(|w| w.error_text(b"ERR a\r\nb"), "-ERR a  b\r\n", "-ERR a  b\r\n");
    }

    #[test]
    fn a_request_is_an_array_of_bulk_strings() {
        let mut out = Vec::new();
        encode_request(&mut out, &["SET", "key", "", "0123456789"]);
        assert_eq!(out, b"*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n$10\r\n0123456789\r\n");
    }
}
