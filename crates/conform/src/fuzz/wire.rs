//! Both directions of the protocol.

use super::Bytes;
use resplay_resp::{
    Limits, Progress, Protocol, ProtocolError, Reply, Requests, Writer, decode, encode_request,
};

/// Where a stream may be cut, at most so often.
const CUTS_MAX: u8 = 16;

/// Requests, and the error that ends them: the same however the stream is cut into pieces, never more than came in, and
/// what is heard can be sent again.
///
/// The input: a byte of limits, a byte of how many cuts, the length of the piece before each cut, the stream.
pub(super) fn requests(data: &[u8]) {
    let mut data = Bytes(data);
    let limits = limits(data.byte());
    let count = data.byte() % CUTS_MAX;
    let pieces: Vec<usize> = (0..count).map(|_| usize::from(data.byte())).collect();
    let stream = data.0;
    let whole = hear(stream, &[], limits);
    assert_eq!(hear(stream, &pieces, limits), whole, "in pieces of {pieces:?}");
    assert_eq!(hear(stream, &vec![1; stream.len()], limits), whole, "byte by byte");
    can_be_sent_again(&whole.0);
}

fn limits(choice: u8) -> Limits {
    Limits {
        max_bulk_bytes: if choice & 1 == 0 { 1 << 20 } else { 512 << 20 },
        max_inline: if choice & 2 == 0 { 64 << 10 } else { 32 },
        authenticated: choice & 4 == 0,
    }
}

type Heard = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

fn hear(stream: &[u8], pieces: &[usize], limits: Limits) -> Heard {
    let (mut parser, mut heard, mut start, mut end) = (Requests::new(limits), Vec::new(), 0, 0);
    for piece in pieces.iter().copied().chain([stream.len()]) {
        end = stream.len().min(end + piece);
        loop {
            let input = &stream[start..end];
            match parser.advance(input) {
                Ok(Progress::Incomplete) => break,
                Ok(Progress::Complete { consumed }) => {
                    assert!((1..=input.len()).contains(&consumed), "{consumed} of {}", input.len());
                    let args = parser.args(input);
                    assert!(args.len() <= consumed && args.total_bytes() <= consumed, "more than came in");
                    heard.push(args.to_vecs());
                    start += consumed;
                }
                Err(error) => return (heard, Some(error)),
            }
        }
    }
    (heard, None)
}

fn can_be_sent_again(requests: &[Vec<Vec<u8>>]) {
    let mut stream = Vec::new();
    requests.iter().for_each(|words| encode_request(&mut stream, words));
    let limits = Limits { max_bulk_bytes: u64::MAX, ..Limits::default() };
    assert_eq!(hear(&stream, &[], limits), (requests.to_vec(), None));
}

/// Replies: what is read can be written and read again, in RESP3 without loss; it is incomplete until its last byte is there.
///
/// The input: two bytes of where to cut, the bytes of a reply.
pub(super) fn reply(data: &[u8]) {
    let mut data = Bytes(data);
    let cut = usize::from(data.byte()) << 8 | usize::from(data.byte());
    let Ok(Some((reply, used))) = decode(data.0) else { return };
    assert_eq!(decode(&data.0[..cut % used]), Ok(None), "cut off after {} bytes", cut % used);
    for protocol in [Protocol::Resp2, Protocol::Resp3] {
        let mut written = Vec::new();
        Writer::new(&mut written, protocol).reply(&reply);
        let Ok(Some((again, used))) = decode(&written) else {
            panic!("unreadable in {protocol:?}: {}", written.escape_ascii());
        };
        assert_eq!(used, written.len(), "{protocol:?}: {}", written.escape_ascii());
        if protocol == Protocol::Resp3 {
            assert_eq!(shown(&again), shown(&as_written(reply.clone())));
        }
    }
}

/// A reply as text: in it NaN equals itself, and zeros differ by their signs.
fn shown(reply: &Reply) -> String {
    format!("{reply:?}")
}

/// What RESP3 makes of a reply: there is one null, and an error is a line.
fn as_written(reply: Reply) -> Reply {
    let all = |items: Vec<Reply>| items.into_iter().map(as_written).collect();
    match reply {
        Reply::NullArray => Reply::Null,
        Reply::Error(mut text) => {
            text.iter_mut().filter(|byte| matches!(byte, b'\r' | b'\n')).for_each(|byte| *byte = b' ');
            Reply::Error(text)
        }
        Reply::Array(items) => Reply::Array(all(items)),
        Reply::Set(items) => Reply::Set(all(items)),
        Reply::Push(items) => Reply::Push(all(items)),
        Reply::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| (as_written(key), as_written(value)));
            Reply::Map(pairs.collect())
        }
        other => other,
    }
}
