//! Lists.

use super::compact::listpack_bytes;
use crate::settings::Settings;

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// The elements, leftmost first.
    pub items: Vec<Vec<u8>>,
    form: Form,
}

/// How a list is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// In one piece.
    #[default]
    Listpack,
    /// In several.
    Quicklist,
    /// It was a quicklist and then shrank, or came from a file: it hangs on how the pieces were cut.
    Either,
}

impl List {
    /// A list written as a whole.
    pub(crate) fn collect(items: Vec<Vec<u8>>, settings: &Settings) -> List {
        let mut list = List { items, form: Form::Listpack };
        list.grow(&[] as &[Vec<u8>], settings);
        list
    }

    pub(super) fn forget_form(&mut self) {
        self.form = Form::Either;
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        match self.form {
            Form::Listpack => Some("listpack"),
            Form::Quicklist => Some("quicklist"),
            Form::Either => None,
        }
    }

    /// These words are about to be added, which may be too much for one piece. Their length counts, not what they
    /// would take there.
    pub(crate) fn grow(&mut self, words: &[impl AsRef<[u8]>], settings: &Settings) {
        let added: u64 = words.iter().map(|word| word.as_ref().len() as u64).sum();
        let bytes = listpack_bytes(self.items.iter().map(Vec::as_slice)) + added;
        if exceeds(bytes, (self.items.len() + words.len()) as u64, settings.list_size_max) {
            self.form = Form::Quicklist;
        }
    }

    /// What it becomes when it is written out and read back: one piece that is small enough is a listpack. How many
    /// pieces others have is not known.
    pub(super) fn reloaded(&self, settings: &Settings) -> List {
        let bytes = listpack_bytes(self.items.iter().map(Vec::as_slice));
        let (count, limit) = (self.items.len() as u64, settings.list_size_max);
        let is_over = if limit < 0 { exceeds(bytes, 0, limit) } else { count > limit.max(1) as u64 };
        let form = match (self.form, is_over) {
            (Form::Listpack, false) => Form::Listpack,
            (_, true) => Form::Quicklist,
            (Form::Quicklist | Form::Either, false) => Form::Either,
        };
        List { items: self.items.clone(), form }
    }

    /// Elements were removed or replaced.
    pub(crate) fn shrink(&mut self, settings: &Settings) {
        let bytes = listpack_bytes(self.items.iter().map(Vec::as_slice));
        let (count, limit) = (self.items.len() as u64, settings.list_size_max);
        if self.form == Form::Quicklist && !exceeds(bytes * 2, count * 2, limit) {
            self.form = Form::Either;
        }
    }
}

/// Whether one piece may not hold so much: a positive limit counts elements, a negative one is a class of sizes.
fn exceeds(bytes: u64, count: u64, limit: i64) -> bool {
    match limit {
        0.. => bytes > 8192 || count > limit.max(1) as u64,
        _ => bytes > 4096 << (-limit - 1).min(4),
    }
}
