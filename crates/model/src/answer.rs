//! What a command says its reply must be.

use crate::waiting::Wait;
use resplay_resp::{Error, Protocol, Reply, Writer};

/// A reply that the model knows, or its judgement of one that it looked at.
pub(crate) enum Answer {
    /// Exactly this reply.
    Reply(Reply),
    /// Exactly these replies, one after the other: what subscribes to several channels.
    Replies(Vec<Reply>),
    /// Exactly these bytes: a number with digits of its own.
    Bytes(Vec<u8>),
    /// The command looked at the actual reply and found it legal.
    Legal,
    /// No reply yet: the client waits.
    Wait(Wait),
    /// It found it illegal; says in words what would have been legal.
    Illegal(String),
}

/// What a command gives: an error is a reply too.
pub(crate) type Outcome = Result<Answer, Error>;

impl Answer {
    /// `+OK`.
    pub(crate) fn ok() -> Outcome {
        Ok(Answer::Reply(Reply::ok()))
    }

    /// An integer.
    pub(crate) fn int(value: i64) -> Outcome {
        Ok(Answer::Reply(Reply::Int(value)))
    }

    /// A count.
    pub(crate) fn count(value: usize) -> Outcome {
        Answer::int(value as i64)
    }

    /// One or zero.
    pub(crate) fn flag(value: bool) -> Outcome {
        Answer::int(i64::from(value))
    }

    /// A bulk string.
    pub(crate) fn bulk(bytes: &[u8]) -> Outcome {
        Ok(Answer::Reply(Reply::Bulk(bytes.to_vec())))
    }

    /// A bulk string, or nothing.
    pub(crate) fn bulk_or_null(bytes: Option<&[u8]>) -> Outcome {
        Ok(Answer::Reply(bulk_or_null(bytes)))
    }

    /// Nothing.
    pub(crate) fn null() -> Outcome {
        Ok(Answer::Reply(Reply::Null))
    }

    /// Several replies.
    pub(crate) fn array(items: impl IntoIterator<Item = Reply>) -> Outcome {
        Ok(Answer::Reply(Reply::Array(items.into_iter().collect())))
    }

    /// Legal if the condition holds; `legal` names what would have been.
    pub(crate) fn judge(holds: bool, legal: &str) -> Outcome {
        Ok(if holds { Answer::Legal } else { Answer::Illegal(legal.to_owned()) })
    }
}

/// A bulk string.
pub(crate) fn bulk(bytes: impl AsRef<[u8]>) -> Reply {
    Reply::Bulk(bytes.as_ref().to_vec())
}

/// A bulk string, or nothing.
pub(crate) fn bulk_or_null(bytes: Option<&[u8]>) -> Reply {
    bytes.map_or(Reply::Null, |bytes| Reply::Bulk(bytes.to_vec()))
}

/// Why a reply is not what it must be.
pub(crate) struct Objection {
    /// What it must be: wire bytes, or words for a choice.
    pub(crate) expected: Expected,
}

/// What would have been right.
pub(crate) enum Expected {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Anything that fits these words.
    Words(String),
}

/// What a client that waits must hear.
const NO_REPLY: &str = "no reply: the client waits";

/// Compares what a command says with the bytes that went out. `scratch` is working memory.
pub(crate) fn compare(
    outcome: Outcome,
    actual: &[u8],
    protocol: Protocol,
    scratch: &mut Vec<u8>,
) -> Result<(), Objection> {
    scratch.clear();
    let mut writer = Writer::new(scratch, protocol);
    match outcome {
        Ok(Answer::Legal) => return Ok(()),
        Ok(Answer::Illegal(legal)) => return Err(Objection { expected: Expected::Words(legal) }),
        Ok(Answer::Wait(_)) => return Err(Objection { expected: Expected::Words(NO_REPLY.to_owned()) }),
        Ok(Answer::Reply(reply)) => writer.reply(&reply),
        Ok(Answer::Bytes(bytes)) => scratch.extend(bytes),
        Ok(Answer::Replies(replies)) => replies.iter().for_each(|reply| writer.reply(reply)),
        Err(error) => writer.error(&error),
    }
    match scratch.as_slice() == actual {
        true => Ok(()),
        false => Err(Objection { expected: Expected::Bytes(scratch.clone()) }),
    }
}
