//! Sets.

use super::ordered::Ordered;
use crate::settings::Settings;
use resplay_resp::number::parse_i64;

/// A set: its members, and the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    members: Ordered<()>,
    form: Form,
    /// The order is the result of choices that nobody saw.
    is_shuffled: bool,
}

/// How a set is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    /// Integers in order.
    #[default]
    Intset,
    /// Members as they came.
    Listpack,
    /// A table.
    Table,
    /// Made from tables, whose order decided it.
    Unknown,
}

impl Set {
    /// A set about to take `hint` members, the first of them `first`.
    pub(crate) fn create(first: &[u8], hint: usize, settings: &Settings) -> Set {
        let is_int = parse_i64(first).is_some();
        let form = match hint as u64 {
            hint if is_int && hint <= settings.set_ints_max => Form::Intset,
            hint if hint <= settings.set_entries_max => Form::Listpack,
            _ => Form::Table,
        };
        Set { form, ..Set::default() }
    }

    /// Makes room for so many further members.
    pub(crate) fn widen_for(&mut self, hint: usize, settings: &Settings) {
        let max = match self.form {
            Form::Intset => settings.set_ints_max,
            Form::Listpack => settings.set_entries_max,
            Form::Table | Form::Unknown => return,
        };
        if hint as u64 > max {
            self.form = Form::Table;
        }
    }

    /// How many members there are.
    #[expect(clippy::len_without_is_empty, reason = "an empty set is no key's value")]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether this is a member.
    pub fn contains(&self, member: &[u8]) -> bool {
        self.members.get(member).is_some()
    }

    /// All members: integers in order if all are, else as they came.
    pub fn members(&self) -> Vec<Vec<u8>> {
        let mut members: Vec<Vec<u8>> = self.members.iter().map(|(member, ())| member.to_vec()).collect();
        if self.form == Form::Intset {
            members.sort_by_key(|member| parse_i64(member));
        }
        members
    }

    /// Whether replies may come in any order.
    pub(crate) fn is_unordered(&self) -> bool {
        self.is_shuffled || matches!(self.form, Form::Table | Form::Unknown)
    }

    /// Whether it is kept as integers in order.
    pub(crate) fn is_intset(&self) -> bool {
        self.form == Form::Intset
    }

    pub(super) fn forget_form(&mut self) {
        (self.form, self.is_shuffled) = (Form::Unknown, true);
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        match self.form {
            Form::Intset => Some("intset"),
            Form::Listpack => Some("listpack"),
            Form::Table => Some("hashtable"),
            Form::Unknown => None,
        }
    }

    /// Adds a member; true if it is new.
    pub(crate) fn add(&mut self, member: &[u8], settings: &Settings) -> bool {
        if self.contains(member) {
            return false;
        }
        let fits = |length: usize| length as u64 <= settings.set_value_bytes_max;
        let has_room = (self.len() as u64) < settings.set_entries_max && fits(member.len());
        let is_int = parse_i64(member).is_some();
        match self.form {
            Form::Intset if is_int => {}
            Form::Intset => {
                let becomes_listpack = has_room && self.members.iter().all(|(int, ())| fits(int.len()));
                self.become_string(if becomes_listpack { Form::Listpack } else { Form::Table });
            }
            Form::Listpack if !has_room => self.form = Form::Table,
            Form::Listpack | Form::Table | Form::Unknown => {}
        }
        self.members.set(member, ());
        if self.form == Form::Intset && self.len() as u64 > settings.set_ints_max {
            self.form = Form::Table;
        }
        true
    }

    /// Integers leave their form in order.
    fn become_string(&mut self, form: Form) {
        let sorted = self.members();
        self.members = Ordered::default();
        for member in &sorted {
            self.members.set(member, ());
        }
        self.form = form;
    }

    /// Removes a member; true if it was there.
    pub(crate) fn remove(&mut self, member: &[u8]) -> bool {
        self.members.remove(member)
    }

    /// What is left after SPOP took so much that the rest was copied to a new set instead.
    pub(crate) fn rebuild(&mut self, settings: &Settings) {
        if matches!(self.form, Form::Intset | Form::Unknown) {
            return;
        }
        let mut new = Set { form: Form::Listpack, is_shuffled: self.is_unordered(), ..Set::default() };
        for member in &self.members() {
            new.add(member, settings);
        }
        *self = new;
    }

    /// What it becomes when it is written out and read back: a table is made anew, a smaller form stays unless it has too
    /// many members by now.
    pub(super) fn reloaded(&self, settings: &Settings) -> Set {
        let len = self.len() as u64;
        match self.form {
            Form::Intset if len <= settings.set_ints_max => self.clone(),
            Form::Listpack if len <= settings.set_entries_max => self.clone(),
            Form::Intset | Form::Listpack => Set { form: Form::Table, ..self.clone() },
            Form::Table if len > settings.set_ints_max => self.clone(),
            // In which form it is decides itself by all members together, whatever their order.
            Form::Table => Set { is_shuffled: true, ..Set::collect(&self.members(), true, settings) },
            Form::Unknown => Set { is_shuffled: true, ..self.clone() },
        }
    }

    /// The result of a union or difference that is stored: it begins as integers.
    pub(crate) fn collect(members: &[Vec<u8>], is_order_known: bool, settings: &Settings) -> Set {
        let mut set = Set::default();
        for member in members {
            set.add(member, settings);
        }
        let is_clear = is_order_known || set.form == Form::Intset;
        Set { form: if is_clear { set.form } else { Form::Unknown }, is_shuffled: !is_order_known, ..set }
    }

    /// The result of an intersection that is stored: integers alone become an intset at the end if few enough.
    /// `is_intset`: the smallest of the sets is one, as the result then is at first.
    pub(crate) fn intersected(
        members: &[Vec<u8>],
        is_order_known: bool,
        is_intset: bool,
        settings: &Settings,
    ) -> Set {
        let form = if is_intset { Form::Intset } else { Form::Listpack };
        // It begins with the smallest set, and there may be several.
        let mut set = Set { form, is_shuffled: !is_intset, ..Set::default() };
        for member in members {
            set.add(member, settings);
        }
        let are_ints = members.iter().all(|member| parse_i64(member).is_some());
        if are_ints && set.len() as u64 <= settings.set_ints_max {
            set.form = Form::Intset;
            set.is_shuffled = false;
        } else if !is_order_known && set.form == Form::Listpack {
            set.form = Form::Unknown;
        }
        set
    }
}
