//! From a [`Tree`] to typed options: a serde deserializer whose errors are [`Mistake`]s with a place.

use super::mistake::{Mark, Mistake};
use super::tree::{Entry, Tree, Value};
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads a typed value from a tree.
pub fn read<T: DeserializeOwned>(tree: &Tree) -> Result<T, Mistake> {
    T::deserialize(tree).map_err(|mistake| mistake.at(&tree.mark))
}

impl<'de> Deserializer<'de> for &'de Tree {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Array(items) => visitor.visit_seq(Items(items.iter())),
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.iter(), current: None }),
        }
        .map_err(|mistake| mistake.at(&self.mark))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let wrong = || serde::de::Error::invalid_type(Unexpected::Other("this"), &"one word, or one key");
        match &self.value {
            Value::Text(text) => visitor.visit_enum(Word(text)),
            Value::Table(entries) if entries.len() == 1 => visitor
                .visit_enum(MapAccessDeserializer::new(Entries { rest: entries.iter(), current: None })),
            _ => Err(wrong()),
        }
        .map_err(|mistake: Mistake| mistake.at(&self.mark))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Tree>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let read = |tree: &'de Tree| seed.deserialize(tree).map_err(|mistake| mistake.at(&tree.mark));
        self.0.next().map(read).transpose()
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        self.current = self.rest.next();
        let Some(entry) = self.current else { return Ok(None) };
        let key = BorrowedStrDeserializer::new(&entry.key);
        seed.deserialize(key).map(Some).map_err(|mistake: Mistake| mistake.at(&entry.mark))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Mistake> {
        let entry = self.current.ok_or_else(|| Mistake::new("a value without a key"))?;
        seed.deserialize(&entry.tree).map_err(|mistake| mistake.at(&entry.tree.mark))
    }
}

/// A variant named by one word.
struct Word<'de>(&'de str);

impl<'de> EnumAccess<'de> for Word<'de> {
    type Error = Mistake;
    type Variant = Word<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant), Mistake> {
        let name = StrDeserializer::<Mistake>::new(self.0);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'de> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Mistake> {
        Err(Mistake::new(format!("`{}` needs a value", self.0)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Mistake> {
        Err(Mistake::new(format!("`{}` needs values", self.0)))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Mistake> {
        Err(Mistake::new(format!("`{}` needs a table", self.0)))
    }
}

impl Mark {
    /// A mistake at this very place.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(message).at(self)
    }
}

#[cfg(test)]
mod tests {
    use super::super::mistake::Source;
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Options {
        how_many: u8,
        how: Option<How>,
        #[serde(default)]
        more: BTreeMap<String, f64>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum How {
        Gently,
        With(Vec<String>),
    }

    fn options(text: &str) -> Result<Options, Mistake> {
        let source = Arc::new(Source { name: "t.toml".into(), text: text.into() });
        read(&Tree::parse(&source)?)
    }

    fn blamed(text: &str) -> String {
        options(text).unwrap_err().mark().unwrap().words().to_string()
    }

    #[test]
    fn typed_options_come_out() {
        let read = options("how-many = 3\nhow = { with = [\"care\"] }\nmore = { a = 1.5 }").unwrap();
        assert_eq!(read.how, Some(How::With(vec!["care".into()])));
        assert_eq!(options("how-many = 3\nhow = \"gently\"").unwrap().how, Some(How::Gently));
    }

    #[test]
    fn every_mistake_is_blamed_on_the_words_that_made_it() {
        assert_eq!(blamed("how-many = 3\nhow-mnay = 2"), "how-mnay");
        assert_eq!(blamed("how-many = 300"), "300");
        assert_eq!(blamed("how-many = 3\nhow = \"gentyl\""), "\"gentyl\"");
        assert_eq!(blamed("how-many = 3\nhow = { with = [1] }"), "1");
        assert_eq!(blamed("how-many = 3\nmore = { a = \"x\" }"), "\"x\"");
    }
}
