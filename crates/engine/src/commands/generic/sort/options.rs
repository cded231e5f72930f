//! The options of SORT and SORT_RO.

use super::pattern;
use crate::commands::options::integer;
use resplay_resp::{Args, Error};
use std::ops::Range;

#[derive(Clone, Debug)]
pub(super) struct Options<'a> {
    pub is_descending: bool,
    pub is_alpha: bool,
    /// False after a BY whose pattern names one key for all elements.
    pub is_sorted: bool,
    /// What to sort by; the elements themselves if missing.
    pub by: Option<&'a [u8]>,
    pub get: Vec<&'a [u8]>,
    pub store: Option<&'a [u8]>,
    /// How many elements to pass over and to show; a negative number: none and all.
    limit: (i64, i64),
}

impl<'a> Options<'a> {
    /// The words after the key.
    pub fn parse(words: Args<'a>, is_readonly: bool) -> Result<Options<'a>, Error> {
        let mut options = Options {
            is_descending: false,
            is_alpha: false,
            is_sorted: true,
            by: None,
            get: Vec::new(),
            store: None,
            limit: (0, -1),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
            if is(b"asc") {
                options.is_descending = false;
            } else if is(b"desc") {
                options.is_descending = true;
            } else if is(b"alpha") {
                options.is_alpha = true;
            } else if is(b"limit") && words.len() >= 2 {
                let mut number = || integer(words.next().unwrap_or_default());
                options.limit = (number()?, number()?);
            } else if is(b"store") && !is_readonly {
                options.store = Some(words.next().ok_or(Error::Syntax)?);
            } else if is(b"by") {
                let by = words.next().ok_or(Error::Syntax)?;
                options.by = Some(by);
                options.is_sorted &= pattern::has_place(by);
            } else if is(b"get") {
                options.get.push(words.next().ok_or(Error::Syntax)?);
            } else {
                return Err(Error::Syntax);
            }
        }
        Ok(options)
    }

    /// The places of the elements to show, out of so many.
    pub fn shown(&self, all: usize) -> Range<usize> {
        let within = |number: i64| usize::try_from(number).map_or(0, |number| number.min(all));
        let start = within(self.limit.0);
        let count = if self.limit.1 < 0 { all } else { within(self.limit.1) };
        start..(start + count).min(all)
    }
}
