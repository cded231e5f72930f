//! Overrides by dotted path, as variants and `--set` give them: `apps.web.strategy = "mutex"`.

use super::mistake::{Mark, Mistake, Source};
use super::tree::{Entry, Tree, Value};
use std::sync::Arc;

/// The tables whose keys are names that the file itself chose; a path through them must name an existing one.
const NAMED: [&str; 3] = ["apps", "faults", "nodes"];

/// Keys of a variant that stand for `checks.KEY`, because every variant of a scenario writes them.
const SHORT: [&str; 3] = ["expect", "goals", "require"];

/// Lays the overrides of a variant over the base.
pub fn apply_variant(base: &mut Tree, variant: &Tree) -> Result<(), Mistake> {
    variant.entries().iter().try_for_each(|entry| apply(base, &entry.key, &entry.mark, entry.tree.clone()))
}

/// Lays one `--set PATH=VALUE` over the base. VALUE is TOML if it reads as such, else a string.
pub fn apply_set(base: &mut Tree, argument: &str) -> Result<(), Mistake> {
    let source = Arc::new(Source { name: "--set".into(), text: argument.into() });
    let all = Mark { source, at: 0..argument.len() };
    let Some((path, _)) = argument.split_once('=') else {
        return Err(all
            .mistake("--set takes PATH=VALUE")
            .with_help("for example nodes.cache.config.maxmemory=16mb"));
    };
    let mark = all.part(0..path.len());
    apply(base, path, &mark, value_of(&all, path.len() + 1))
}

/// The value of a `--set`, which begins at this byte of the argument.
fn value_of(argument: &Mark, begin: usize) -> Tree {
    let mark = argument.part(begin..argument.at.end);
    let text = mark.words().trim();
    let wrapped = Arc::new(Source { name: "--set".into(), text: format!("value = {text}").into() });
    let parsed = Tree::parse(&wrapped).ok().filter(|tree| tree.entries().len() == 1);
    let value = parsed.and_then(|tree| tree.get("value").map(|tree| tree.value.clone()));
    let mut tree = Tree { value: value.unwrap_or_else(|| Value::Text(text.to_string())), mark: mark.clone() };
    remark(&mut tree, &mark);
    tree
}

/// Everything inside is blamed on the whole.
fn remark(tree: &mut Tree, mark: &Mark) {
    tree.mark = mark.clone();
    match &mut tree.value {
        Value::Array(items) => items.iter_mut().for_each(|item| remark(item, mark)),
        Value::Table(entries) => entries.iter_mut().for_each(|entry| {
            entry.mark = mark.clone();
            remark(&mut entry.tree, mark);
        }),
        _ => {}
    }
}

fn apply(base: &mut Tree, path: &str, mark: &Mark, value: Tree) -> Result<(), Mistake> {
    let short = SHORT.contains(&path).then_some(("checks", mark.clone()));
    let segments: Vec<(&str, Mark)> = short.into_iter().chain(segments(path, mark)).collect();
    put(base, &[], &segments, value)
}

/// The words of a path, each with its own place.
fn segments<'a>(path: &'a str, mark: &Mark) -> Vec<(&'a str, Mark)> {
    let quoted = usize::from(mark.words().starts_with(['"', '\'']));
    let mut begin = quoted;
    let mut found = Vec::new();
    for word in path.split('.') {
        found.push((word, mark.part(begin..begin + word.len())));
        begin += word.len() + 1;
    }
    found
}

/// Walks down to the last word of a path and puts the value there. Tables merge, but a fault has one kind only, and
/// what a variant expects is all that it expects: these two are replaced, as is all else.
fn put(tree: &mut Tree, above: &[&str], path: &[(&str, Mark)], value: Tree) -> Result<(), Mistake> {
    let Some(((word, mark), below)) = path.split_first() else {
        match above {
            ["faults", _] | ["checks", "expect"] => tree.value = value.value,
            _ => merge(tree, value),
        }
        return Ok(());
    };
    let Value::Table(entries) = &mut tree.value else {
        return Err(mark.mistake(format!("`{}` is not a table, so nothing stands below it", above.join("."))));
    };
    let known = entries.iter().position(|entry| entry.key == *word);
    if known.is_none() && !below.is_empty() && above.len() == 1 && NAMED.contains(&above[0]) {
        let kind = above[0].trim_end_matches('s');
        let names = entries.iter().map(|entry| entry.key.as_str());
        return Err(Mistake::unknown(kind, word, names).at(mark));
    }
    let index = known.unwrap_or_else(|| {
        let value = if below.is_empty() { value.value.clone() } else { Value::Table(Vec::new()) };
        let place = if below.is_empty() { value_place(&value, mark, &path[0].1) } else { mark.clone() };
        entries.push(Entry { key: word.to_string(), mark: mark.clone(), tree: Tree { mark: place, value } });
        entries.len() - 1
    });
    let above: Vec<&str> = above.iter().copied().chain([*word]).collect();
    put(&mut entries[index].tree, &above, below, value)
}

/// A table is blamed on its key, as the tables of a file are.
fn value_place(value: &Value, key: &Mark, otherwise: &Mark) -> Mark {
    if matches!(value, Value::Table(_)) { key.clone() } else { otherwise.clone() }
}

fn merge(old: &mut Tree, new: Tree) {
    match (&mut old.value, new.value) {
        (Value::Table(entries), Value::Table(fresh)) => {
            for entry in fresh {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => {
                        known.mark = entry.mark;
                        merge(&mut known.tree, entry.tree);
                    }
                    None => entries.push(entry),
                }
            }
        }
        (_, value) => *old = Tree { mark: new.mark, value },
    }
}
