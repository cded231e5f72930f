//! What COMMAND INFO says of every command, against the spec.

use resplay_conform::Judged;
use resplay_resp::{Reply, decode};
use resplay_spec::{Command, Spec};
use std::collections::BTreeSet;

/// Flags of the spec that COMMAND INFO does not show.
const HIDDEN: &[&str] =
    &["sentinel", "only_sentinel", "protected", "internal", "may_replicate", "touches_arbitrary_keys"];
/// Flags that make for a category of that name.
const CATEGORIES: &[&str] = &["write", "fast", "blocking", "pubsub", "admin"];

/// The commands of which the engine says something else than the spec.
pub fn misdescribed() -> Vec<String> {
    let mut stage = Judged::start(&[], 1);
    let mut wrong = Vec::new();
    for command in Spec::get().commands() {
        let name = command.name.replace(' ', "|").to_ascii_lowercase();
        let bytes = stage.send(0, &["COMMAND", "INFO", &name]);
        let Ok(Some((Reply::Array(infos), _))) = decode(&bytes) else { panic!("no array for {name}") };
        if let [Reply::Array(info)] = infos.as_slice() {
            wrong.extend(objections(command, info).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    wrong
}

fn objections(command: &Command, info: &[Reply]) -> Vec<String> {
    let numbers = |range: std::ops::Range<usize>| info[range].iter().map(text).collect::<Vec<_>>();
    let (first, last, step) = command.key_range;
    let told = [
        ("arity", numbers(1..2), vec![command.arity.to_string()]),
        ("keys", numbers(3..6), [first, last, step].map(|number| number.to_string()).to_vec()),
        ("flags", shown_flags(&info[2]), expected_flags(command)),
        ("categories", words(&info[6]), expected_categories(command)),
    ];
    let differ = told.into_iter().filter(|(_, told, expected)| told != expected);
    differ.map(|(what, told, expected)| format!("{what} {told:?}, in the spec {expected:?}")).collect()
}

/// That keys are movable follows from where they are.
fn shown_flags(reply: &Reply) -> Vec<String> {
    words(reply).into_iter().filter(|flag| flag != "movablekeys").collect()
}

fn expected_flags(command: &Command) -> Vec<String> {
    let flags: BTreeSet<&String> = command.flags.iter().collect();
    flags.into_iter().filter(|flag| !HIDDEN.contains(&flag.as_str())).cloned().collect()
}

fn expected_categories(command: &Command) -> Vec<String> {
    let has = |flag: &str| command.flags.iter().any(|other| other == flag);
    let is_scripting = command.categories.iter().any(|name| name == "scripting");
    let mut names: BTreeSet<String> = command.categories.iter().cloned().collect();
    names.extend(CATEGORIES.iter().filter(|flag| has(flag)).map(|flag| (*flag).to_owned()));
    names.extend((has("readonly") && !is_scripting).then(|| "read".to_owned()));
    names.extend(has("admin").then(|| "dangerous".to_owned()));
    names.extend((!has("fast")).then(|| "slow".to_owned()));
    names.into_iter().collect()
}

/// In alphabetical order.
fn words(reply: &Reply) -> Vec<String> {
    let (Reply::Array(items) | Reply::Set(items)) = reply else { return Vec::new() };
    let words: BTreeSet<String> =
        items.iter().map(|item| text(item).trim_start_matches('@').to_owned()).collect();
    words.into_iter().collect()
}

fn text(reply: &Reply) -> String {
    match reply {
        Reply::Int(number) => number.to_string(),
        Reply::Simple(text) => String::from_utf8_lossy(text.as_ref()).into_owned(),
        Reply::Bulk(text) => String::from_utf8_lossy(text).into_owned(),
        other => format!("{other:?}"),
    }
}
