//! TOML as a tree in which every key and value knows the text it came from, so that a value put in place by a
//! variant or by `--set` is blamed where it was written and not where it landed.

use super::mistake::{Mark, Mistake, Source};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Where it stands.
    pub mark: Mark,
    /// What it is.
    pub value: Value,
}

/// The kinds of value. Dates stay text: no scenario needs them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A list.
    Array(Vec<Tree>),
    /// Keys and values in the order of the text.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub mark: Mark,
    /// Its value.
    pub tree: Tree,
}

impl Tree {
    /// Reads TOML.
    pub fn parse(source: &Arc<Source>) -> Result<Tree, Mistake> {
        let whole = Mark { source: source.clone(), at: 0..source.text.len() };
        let table = DeTable::parse(&source.text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            Mistake::new(error.message()).at(&Mark { source: source.clone(), at })
        })?;
        let value = read_table(source, table.get_ref())?;
        Ok(Tree { mark: whole, value })
    }

    /// The entries of a table; none for other kinds.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of an array; none for other kinds.
    pub fn items(&self) -> &[Tree] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// What a table has under this key.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.entry(key).map(|entry| &entry.tree)
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A copy of a table without some of its keys.
    pub fn without(&self, keys: &[&str]) -> Tree {
        let kept = self.entries().iter().filter(|entry| !keys.contains(&entry.key.as_str())).cloned();
        Tree { mark: self.mark.clone(), value: Value::Table(kept.collect()) }
    }
}

fn read_table(source: &Arc<Source>, table: &DeTable<'_>) -> Result<Value, Mistake> {
    let mut entries = Vec::new();
    for (key, value) in table {
        let mark = Mark { source: source.clone(), at: key.span() };
        let mut tree = read_value(source, value)?;
        if matches!(tree.value, Value::Table(_)) {
            tree.mark = mark.clone();
        }
        entries.push(Entry { key: key.get_ref().to_string(), mark, tree });
    }
    entries.sort_by_key(|entry| entry.mark.at.start);
    Ok(Value::Table(entries))
}

fn read_value(source: &Arc<Source>, value: &Spanned<DeValue<'_>>) -> Result<Tree, Mistake> {
    let mark = Mark { source: source.clone(), at: value.span() };
    let number = |text: &str, radix| i64::from_str_radix(text, radix).ok();
    let read = match value.get_ref() {
        DeValue::String(text) => Some(Value::Text(text.to_string())),
        DeValue::Integer(digits) => number(digits.as_str(), digits.radix()).map(Value::Integer),
        DeValue::Float(digits) => digits.as_str().parse().ok().map(Value::Float),
        DeValue::Boolean(truth) => Some(Value::Bool(*truth)),
        DeValue::Datetime(date) => Some(Value::Text(date.to_string())),
        DeValue::Array(items) => {
            Some(Value::Array(items.iter().map(|item| read_value(source, item)).collect::<Result<_, _>>()?))
        }
        DeValue::Table(table) => Some(read_table(source, table)?),
    };
    let value = read.ok_or_else(|| Mistake::new("a number out of range").at(&mark))?;
    Ok(Tree { mark, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        Tree::parse(&Arc::new(Source { name: "t.toml".into(), text: text.into() })).unwrap()
    }

    #[test]
    fn keys_keep_the_order_of_the_text_and_know_their_place() {
        let tree = tree("z = 1\n[b]\nx = \"q\"\n[a]\n\"d.e\" = [1, 2]\n");
        let keys: Vec<&str> = tree.entries().iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["z", "b", "a"]);
        assert_eq!(tree.get("b").unwrap().get("x").unwrap().mark.words(), "\"q\"");
        let dotted = tree.get("a").unwrap().entry("d.e").unwrap();
        assert_eq!((dotted.mark.words(), dotted.tree.items().len()), ("\"d.e\"", 2));
    }

    #[test]
    fn broken_toml_is_a_mistake_with_a_place() {
        let source = Arc::new(Source { name: "t.toml".into(), text: "a = = 1".into() });
        assert!(Tree::parse(&source).unwrap_err().mark().is_some());
    }
}
