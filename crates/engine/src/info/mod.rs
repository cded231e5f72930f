//! INFO: sections of lines `name:value`, each section a function. Only what this server can say truthfully.

mod clients;
mod memory;
mod persistence;
mod server;
mod stats;

use crate::context::Context;
use resplay_resp::Args;
pub(crate) use server::VALKEY_VERSION;
use std::fmt::{Display, Write};

/// A section: its name in INFO's arguments, its heading, and what it says.
struct Section {
    name: &'static str,
    heading: &'static str,
    /// Not shown unless asked for.
    is_extra: bool,
    fill: fn(&Context<'_>, &mut Lines),
}

const fn usual(name: &'static str, heading: &'static str, fill: fn(&Context<'_>, &mut Lines)) -> Section {
    Section { name, heading, is_extra: false, fill }
}

const fn extra(name: &'static str, heading: &'static str, fill: fn(&Context<'_>, &mut Lines)) -> Section {
    Section { name, heading, is_extra: true, fill }
}

/// In the order in which they are shown.
const SECTIONS: &[Section] = &[
    usual("server", "Server", server::fill),
    usual("clients", "Clients", clients::fill),
    usual("memory", "Memory", memory::fill),
    usual("persistence", "Persistence", persistence::fill),
    usual("stats", "Stats", stats::fill),
    usual("replication", "Replication", server::fill_replication),
    usual("cpu", "CPU", server::fill_cpu),
    usual("modules", "Modules", |_, _| {}),
    extra("commandstats", "Commandstats", stats::fill_commands),
    usual("errorstats", "Errorstats", stats::fill_errors),
    usual("cluster", "Cluster", |_, lines| lines.put("cluster_enabled", 0)),
    usual("keyspace", "Keyspace", stats::fill_keyspace),
];

/// Lines under construction.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    fn put(&mut self, name: impl Display, value: impl Display) {
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    fn put_all(&mut self, pairs: &[(&str, u64)]) {
        for (name, value) in pairs {
            self.put(name, value);
        }
    }

    /// A size, and the same for people.
    fn put_bytes(&mut self, name: &str, bytes: u64) {
        self.put(name, bytes);
        self.put(format_args!("{name}_human"), human(bytes));
    }
}

/// The sections that the words name (none: the usual ones), as INFO shows them.
pub fn report(ctx: &Context<'_>, words: Args<'_>) -> String {
    let wanted: Vec<&Section> = SECTIONS.iter().filter(|section| is_wanted(section, words)).collect();
    let mut text = String::new();
    for section in wanted {
        let mut lines = Lines::default();
        (section.fill)(ctx, &mut lines);
        let gap = if text.is_empty() { "" } else { "\r\n" };
        let _ = write!(text, "{gap}# {}\r\n{}", section.heading, lines.0);
    }
    text
}

fn is_wanted(section: &Section, words: Args<'_>) -> bool {
    if words.is_empty() {
        return !section.is_extra;
    }
    words.iter().any(|word| {
        let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
        is(section.name) || is("all") || is("everything") || (is("default") && !section.is_extra)
    })
}

/// 1.50K, 2.00M: as the real servers print sizes for people.
fn human(bytes: u64) -> String {
    const UNITS: &[(u64, &str)] = &[(1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, letter)) => format!("{:.2}{letter}", bytes as f64 / *unit as f64),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people_have_two_decimals_and_a_unit() {
        let shown = [0, 1023, 1024, 1_572_864, 3 << 30].map(human);
        assert_eq!(shown, ["0B", "1023B", "1.00K", "1.50M", "3.00G"]);
    }
}
