//! Where the journals of servers end up when their processes do.

use resplay_base::journal::Entry;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Journals by server, one after the other when a server was started several times. Clones share them.
#[derive(Clone, Default)]
pub struct Recorder {
    journals: Rc<RefCell<BTreeMap<String, Vec<Entry>>>>,
}

impl Recorder {
    /// Adds the journal of a process that has ended.
    pub fn add(&self, server: &str, mut journal: Vec<Entry>) {
        let mut journals = self.journals.borrow_mut();
        journals.entry(server.to_string()).or_default().append(&mut journal);
    }

    /// All journals.
    pub fn take(&self) -> BTreeMap<String, Vec<Entry>> {
        std::mem::take(&mut self.journals.borrow_mut())
    }
}
