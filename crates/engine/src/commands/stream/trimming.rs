//! MAXLEN and MINID with their options, of XADD and XTRIM.

use super::ids::{self, Wanted};
use crate::commands::options::integer;
use crate::context::Context;
use resplay_datatypes::Stream;
use resplay_datatypes::stream::Trim;
use resplay_resp::{Args, Error};

/// What to trim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trimming {
    what: Trim,
    is_exact: bool,
    limit: u64,
    /// Where the number or id stands.
    at: usize,
}

/// The words of XADD before the fields, or of XTRIM after the key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// MAXLEN or MINID.
    pub(super) trimming: Option<Trimming>,
    /// NOMKSTREAM.
    pub(super) no_mkstream: bool,
    /// XADD's id, and where it stands.
    pub(super) id: Option<(Wanted, usize)>,
}

impl Options {
    /// Reads them. For XADD they end at the id.
    pub(super) fn parse(ctx: &Context<'_>, args: Args<'_>, is_xadd: bool) -> Result<Options, Error> {
        let mut options = Options { trimming: None, no_mkstream: false, id: None };
        let mut limit = None;
        let mut at = 2;
        while let Some(word) = args.get(at) {
            let has_more = at + 1 < args.len();
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is_xadd && word == b"*" {
                options.id = Some((Wanted::Any, at));
                break;
            } else if has_more && (is(b"maxlen") || is(b"minid")) {
                at = options.strategy(args, at, is(b"maxlen"))?;
            } else if has_more && is(b"limit") {
                at += 1;
                limit = Some(not_negative(&args[at], "LIMIT")?);
            } else if is_xadd && is(b"nomkstream") {
                options.no_mkstream = true;
            } else if is_xadd {
                options.id = Some((ids::wanted(word)?, at));
                break;
            } else {
                return Err(Error::Syntax);
            }
            at += 1;
        }
        options.set_limit(ctx, limit, is_xadd)?;
        Ok(options)
    }

    /// MAXLEN or MINID at `at`; where its last word stands.
    fn strategy(&mut self, args: Args<'_>, at: usize, is_maxlen: bool) -> Result<usize, Error> {
        if self.trimming.is_some() {
            let why = "MAXLEN and MINID options at the same time are not compatible";
            return Err(syntax(why));
        }
        let operator = args.get(at + 1).filter(|word| at + 2 < args.len() && matches!(*word, b"~" | b"="));
        let at = at + 1 + usize::from(operator.is_some());
        let what = if is_maxlen {
            Trim::MaxLen(not_negative(&args[at], "MAXLEN")?)
        } else {
            Trim::MinId(ids::strict(&args[at], 0)?)
        };
        self.trimming = Some(Trimming { what, is_exact: operator != Some(b"~"), limit: 0, at });
        Ok(at)
    }

    fn set_limit(&mut self, ctx: &Context<'_>, limit: Option<u64>, is_xadd: bool) -> Result<(), Error> {
        let Some(trimming) = &mut self.trimming else {
            return match limit {
                Some(1..) => Err(syntax("LIMIT cannot be used without specifying a trimming strategy")),
                _ if !is_xadd => Err(syntax("XTRIM must be called with a trimming strategy")),
                Some(0) => Err(syntax("LIMIT cannot be used without the special ~ option")),
                _ => Ok(()),
            };
        };
        if ctx.data.is_loading {
            // What stands in the file is what was trimmed.
            return Ok(());
        }
        trimming.limit = match limit {
            Some(_) if trimming.is_exact => {
                return Err(syntax("LIMIT cannot be used without the special ~ option"));
            }
            Some(limit) => limit,
            None if trimming.is_exact => 0,
            None => default_limit(ctx.server.config.settings.stream_node_max_entries),
        };
        Ok(())
    }
}

impl Trimming {
    /// Trims; how many entries went.
    pub(super) fn run(&self, stream: &mut Stream) -> u64 {
        stream.log_mut().trim(self.what, self.is_exact, self.limit)
    }

    /// The words that do the same again: where each stands, and what must stand there instead.
    pub(super) fn rewritten(&self, stream: &Stream) -> Vec<(usize, Vec<u8>)> {
        if self.is_exact {
            return Vec::new();
        }
        let threshold = match self.what {
            Trim::MaxLen(_) => stream.len().to_string(),
            Trim::MinId(_) => stream.log().first_kept_id().to_string(),
        };
        vec![(self.at - 1, b"=".to_vec()), (self.at, threshold.into_bytes())]
    }
}

/// Puts other words in the place of some of a command's, to be repeated like that.
pub(super) fn rewrite(ctx: &mut Context<'_>, args: Args<'_>, others: &[(usize, Vec<u8>)]) {
    if others.is_empty() {
        return;
    }
    let mut words: Vec<&[u8]> = args.iter().collect();
    for (at, word) in others {
        words[*at] = word;
    }
    ctx.rewrite(&words);
}

fn default_limit(node_max_entries: u64) -> u64 {
    match node_max_entries.saturating_mul(100) {
        0 => 10_000,
        limit => limit.min(1_000_000),
    }
}

fn not_negative(text: &[u8], name: &str) -> Result<u64, Error> {
    u64::try_from(integer(text)?).map_err(|_| Error::Custom(format!("ERR The {name} argument must be >= 0.")))
}

fn syntax(why: &str) -> Error {
    Error::Custom(format!("ERR syntax error, {why}"))
}
