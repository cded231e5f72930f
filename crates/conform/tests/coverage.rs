//! Walks the specification: what the engine implements has a case for each token, for too few or too many words, and for a
//! value of the wrong type; what it does not implement stands in a list that only shrinks. And the page on conformance
//! is that of this code.
//!
//! `UPDATE=1 cargo test -p resplay-conform --test coverage` rewrites the page, and takes from the list what is implemented.

#[path = "support/generated.rs"]
mod generated;
#[path = "support/switch.rs"]
mod switch;

use generated::{keep, root};
use resplay_conform::suite::{self, Tally};
use resplay_conform::{Booted, Case, Content, Corpus, InProcess, Started, Step, report};
use resplay_engine::Server;
use resplay_spec::{Command, Spec};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use switch::is_set;

/// The groups whose commands are walked, as COMMAND DOCS calls them.
const GROUPS: [&str; 12] = [
    "bitmap",
    "generic",
    "geo",
    "hash",
    "hyperloglog",
    "list",
    "pubsub",
    "set",
    "sorted_set",
    "stream",
    "string",
    "transactions",
];

/// Commands of the groups of a type that take a key of any type, or refuse a wrong one in other words.
const ANY_TYPE: [&str; 9] = ["LCS", "MGET", "MSET", "MSETNX", "PSETEX", "SET", "SETEX", "SETNX", "PFDEBUG"];
/// The others that take only keys of some types.
const TYPED_ELSEWHERE: [&str; 2] = ["SORT", "SORT_RO"];
/// Groups whose commands take keys of any type, or none.
const UNTYPED: [&str; 3] = ["generic", "pubsub", "transactions"];

const NOT_IMPLEMENTED: &str = "crates/conform/tests/not_implemented.txt";
const PAGE: &str = "reports/conformance.md";

/// Every request of the corpus with the command it names, its words in upper case, and its step.
struct Walk {
    sent: BTreeMap<String, Vec<(Vec<String>, Step)>>,
}

impl Walk {
    fn of(corpus: &Corpus) -> Walk {
        let mut sent: BTreeMap<String, Vec<(Vec<String>, Step)>> = BTreeMap::new();
        let cases = corpus.files.iter().flat_map(|(_, transcript)| &transcript.cases);
        for step in cases.flat_map(Case::steps) {
            for words in step.requests() {
                let Some(command) = Spec::get().find(&words) else { continue };
                let upper = words.iter().map(|word| String::from_utf8_lossy(word).to_uppercase()).collect();
                sent.entry(command.name.clone()).or_default().push((upper, step.clone()));
            }
        }
        Walk { sent }
    }

    /// What no case shows of a command.
    fn gaps(&self, command: &Command) -> Vec<String> {
        let sent = self.sent.get(&command.name).map(Vec::as_slice).unwrap_or_default();
        if sent.is_empty() {
            return vec!["any case at all".into()];
        }
        let says = |what: &str| sent.iter().any(|(_, step)| is_answered(step, what));
        let mut gaps: Vec<String> =
            command.tokens().into_iter().filter(|token| !is_sent(sent, token)).map(str::to_owned).collect();
        let own_words = command.name.split(' ').count() as i64;
        let takes_anything = command.arity < 0 && -command.arity <= own_words;
        if !takes_anything && !says("wrong number of arguments for '") {
            gaps.push("a wrong number of words".into());
        }
        if is_typed(command) && !says("WRONGTYPE") {
            gaps.push("a key of the wrong type".into());
        }
        gaps
    }
}

fn is_sent(sent: &[(Vec<String>, Step)], token: &str) -> bool {
    let token = token.trim_matches('"').to_uppercase();
    sent.iter().any(|(words, _)| words[1..].contains(&token))
}

fn is_answered(step: &Step, what: &str) -> bool {
    step.expect.iter().any(|expect| match &expect.content {
        Content::Line(text) | Content::Pattern(text) => text.starts_with('-') && text.contains(what),
        Content::Closed => false,
    })
}

fn is_typed(command: &Command) -> bool {
    let name = command.name.as_str();
    let in_group =
        !UNTYPED.contains(&command.group.as_str()) && command.has_keys && !ANY_TYPE.contains(&name);
    in_group || TYPED_ELSEWHERE.contains(&name)
}

fn engine() -> BTreeSet<String> {
    let args = ["--save", "", "--appendonly", "no"].map(str::to_owned);
    let mut engine = InProcess::boot(Server::new(), &args).expect("the engine boots");
    report::implemented(&mut engine).expect("it answers")
}

fn corpus() -> Corpus {
    Corpus::open(&root().join("corpus")).expect("the corpus is sound")
}

fn walked() -> impl Iterator<Item = &'static Command> {
    Spec::get().commands().filter(|command| GROUPS.contains(&command.group.as_str()))
}

#[test]
fn every_implemented_command_is_shown_with_each_token_and_its_errors() {
    let (walk, implemented) = (Walk::of(&corpus()), engine());
    let mut gaps = BTreeMap::<&str, Vec<String>>::new();
    for command in walked().filter(|command| implemented.contains(&command.name) && !command.is_container) {
        let missing = walk.gaps(command);
        if !missing.is_empty() {
            let line = format!("  {:20} {}", command.name, missing.join(", "));
            gaps.entry(&command.group).or_default().push(line);
        }
    }
    let told: Vec<String> =
        gaps.iter().map(|(group, lines)| format!("{group}:\n{}", lines.join("\n"))).collect();
    assert!(told.is_empty(), "no case in corpus/ shows of these commands:\n{}", told.join("\n"));
}

#[test]
fn what_is_not_implemented_only_becomes_less() {
    let implemented = engine();
    let missing: Vec<&str> =
        walked().map(|command| command.name.as_str()).filter(|name| !implemented.contains(*name)).collect();
    let listed = fs::read_to_string(root().join(NOT_IMPLEMENTED)).expect("the list");
    let added: Vec<&&str> =
        missing.iter().filter(|name| !listed.lines().any(|line| line == **name)).collect();
    assert!(added.is_empty(), "these were implemented, and are not any more: {added:?}");
    let text: String = missing.iter().map(|name| format!("{name}\n")).collect();
    keep(NOT_IMPLEMENTED, &text, "coverage");
}

#[test]
fn the_page_on_conformance_is_that_of_this_code() {
    let corpus = corpus();
    let tally = |stage: &mut dyn resplay_conform::Stage| {
        let mut tally = Tally::default();
        suite::run(&corpus, None, stage, |judged| tally.take(&judged)).expect("the server answers");
        tally
    };
    // The column of redis-server is asked for only when the page is written: the order of its hash tables hangs on a
    // random seed, so that a case or two fall this way or that. What differs there is judged by the replay.
    let cells = match is_set("UPDATE") {
        true => report::cells(&tally(&mut Started::new("redis-server", "7.0.15"))),
        false => report::cells_of(&fs::read_to_string(root().join(PAGE)).unwrap_or_default()),
    };
    let page = report::page(&engine(), &tally(&mut Booted::new(Server::new)), &cells);
    keep(PAGE, &page, "coverage");
}
