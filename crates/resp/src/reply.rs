//! A reply as a value.

/// The version of the protocol a connection speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// What every connection starts with.
    #[default]
    Resp2,
    /// After `HELLO 3`.
    Resp3,
}

/// A reply as a value. RESP2 knows only the first seven kinds and `Array`.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `+OK`.
    Simple(Vec<u8>),
    /// `-ERR …`, the text without the minus sign; also RESP3's bulk errors.
    Error(Vec<u8>),
    /// `:1`.
    Int(i64),
    /// `$3`: any bytes.
    Bulk(Vec<u8>),
    /// `$-1`, or `_` in RESP3.
    Null,
    /// `*-1`: what an aborted EXEC gives; RESP3 writes it as `_`, so it is decoded from RESP2 alone.
    NullArray,
    /// `*2`.
    Array(Vec<Reply>),
    /// `%1`: pairs, in the order sent.
    Map(Vec<(Reply, Reply)>),
    /// `~2`, in the order sent.
    Set(Vec<Reply>),
    /// `>2`: not an answer to a request.
    Push(Vec<Reply>),
    /// `,1.5`.
    Double(f64),
    /// `#t`.
    Bool(bool),
    /// `(123…`: decimal digits with an optional sign.
    BigNumber(Vec<u8>),
    /// `=15`: a format of three bytes (`txt`, `mkd`) and the text.
    Verbatim([u8; 3], Vec<u8>),
}

impl Reply {
    /// `+OK`.
    pub fn ok() -> Reply {
        Reply::Simple(b"OK".to_vec())
    }

    /// A bulk string of these bytes.
    pub fn bulk(bytes: impl Into<Vec<u8>>) -> Reply {
        Reply::Bulk(bytes.into())
    }

    /// Whether this is an error reply.
    pub fn is_error(&self) -> bool {
        matches!(self, Reply::Error(_))
    }

    /// Whether this is a null of either kind.
    pub fn is_null(&self) -> bool {
        matches!(self, Reply::Null | Reply::NullArray)
    }

    /// The bytes of a simple, bulk, verbatim or error reply.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Reply::Simple(bytes) | Reply::Error(bytes) | Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => {
                Some(bytes)
            }
            _ => None,
        }
    }

    /// The value of an integer reply.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Reply::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array, set or push.
    pub fn as_slice(&self) -> Option<&[Reply]> {
        match self {
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => Some(items),
            _ => None,
        }
    }
}
