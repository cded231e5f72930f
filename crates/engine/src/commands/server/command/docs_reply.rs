//! What COMMAND DOCS says of a command. Parts that a command lacks are left out, so a description is written
//! to the side first and counted.

use crate::row::{Arg, Kind, Row};
use resplay_resp::Writer;

/// A map under construction: its pairs, and how many.
struct Pairs<'a> {
    writer: Writer<'a>,
    count: usize,
}

impl Pairs<'_> {
    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.writer.bulk(value.as_bytes());
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn words(&mut self, name: &str, words: &[&str]) {
        if !words.is_empty() {
            self.name(name);
            self.writer.set(words.len());
            words.iter().for_each(|word| self.writer.simple(word.as_bytes()));
        }
    }

    fn name(&mut self, name: &str) {
        self.writer.bulk(name.as_bytes());
        self.count += 1;
    }
}

/// Writes a map whose pairs `fill` gives.
fn reply_map(reply: &mut Writer<'_>, fill: impl FnOnce(&mut Pairs<'_>)) {
    let mut side = Vec::new();
    let mut pairs = Pairs { writer: Writer::new(&mut side, reply.protocol), count: 0 };
    fill(&mut pairs);
    let count = pairs.count;
    reply.map(count);
    reply.out.extend_from_slice(&side);
}

/// One command.
pub fn reply_docs(row: &Row, reply: &mut Writer<'_>) {
    reply_map(reply, |pairs| {
        pairs.text("summary", row.summary);
        pairs.text("since", row.since);
        pairs.text("group", row.group);
        pairs.optional("complexity", Some(row.complexity).filter(|text| !text.is_empty()));
        pairs.words("doc_flags", row.doc_flags);
        pairs.optional("deprecated_since", row.deprecated_since);
        pairs.optional("replaced_by", row.replaced_by);
        reply_history(row, pairs);
        if !row.arguments.is_empty() {
            pairs.name("arguments");
            reply_arguments(row.arguments, &mut pairs.writer);
        }
        if !row.subcommands.is_empty() {
            pairs.name("subcommands");
            pairs.writer.map(row.subcommands.len());
            for subcommand in row.subcommands {
                pairs.writer.bulk(subcommand.name.as_bytes());
                reply_docs(subcommand, &mut pairs.writer);
            }
        }
    });
}

fn reply_history(row: &Row, pairs: &mut Pairs<'_>) {
    if row.history.is_empty() {
        return;
    }
    pairs.name("history");
    pairs.writer.set(row.history.len());
    for (version, change) in row.history {
        pairs.writer.array(2);
        pairs.writer.bulk(version.as_bytes());
        pairs.writer.bulk(change.as_bytes());
    }
}

fn reply_arguments(arguments: &[Arg], reply: &mut Writer<'_>) {
    reply.array(arguments.len());
    for argument in arguments {
        reply_map(reply, |pairs| reply_argument(argument, pairs));
    }
}

fn reply_argument(argument: &Arg, pairs: &mut Pairs<'_>) {
    pairs.text("name", argument.name);
    pairs.text("type", argument.kind.name());
    let is_leaf = !matches!(argument.kind, Kind::OneOf | Kind::Block);
    let shown = argument.display.unwrap_or(argument.name);
    pairs.optional("display_text", is_leaf.then_some(shown));
    if let Some(spec) = argument.key_spec {
        pairs.name("key_spec_index");
        pairs.writer.int(i64::from(spec));
    }
    let token = argument.token.map(str::to_uppercase);
    pairs.optional("token", token.as_deref());
    pairs.optional("since", argument.since);
    pairs.optional("deprecated_since", argument.deprecated_since);
    let flags = [
        (argument.is_optional, "optional"),
        (argument.is_multiple, "multiple"),
        (argument.is_multiple_token, "multiple_token"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| *name).collect();
    pairs.words("flags", &flags);
    if !argument.children.is_empty() {
        pairs.name("arguments");
        reply_arguments(argument.children, &mut pairs.writer);
    }
}
