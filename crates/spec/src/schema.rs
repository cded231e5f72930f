//! JSON schemas, as far as the specification of commands uses them, applied to replies: strings of every kind are
//! strings, arrays, sets and pushes are arrays, a map is an object, a double is a number.

use regex::bytes::{Regex, RegexBuilder};
use resplay_resp::{Protocol, Reply, Writer};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The shape of a reply, compiled.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    kind: Option<Kind>,
    constant: Option<Value>,
    choices: Vec<Value>,
    one_of: Vec<Schema>,
    any_of: Vec<Schema>,
    pattern: Option<Regex>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    array: Array,
    object: Object,
    /// `$ref: "#"`: the whole schema again.
    is_root: bool,
}

/// The types of JSON, as far as they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// What is asked of arrays.
#[derive(Clone, Debug, Default)]
struct Array {
    /// The first elements, one by one.
    tuple: Vec<Schema>,
    /// The elements after those.
    rest: Rest,
    min: usize,
    max: Option<usize>,
    unique: bool,
}

/// What is asked of objects.
#[derive(Clone, Debug, Default)]
struct Object {
    properties: Vec<(Vec<u8>, Schema)>,
    patterns: Vec<(Regex, Schema)>,
    /// Properties that have no schema of their own.
    rest: Rest,
}

/// What is asked of those that are not told one by one.
#[derive(Clone, Debug, Default)]
enum Rest {
    #[default]
    Anything,
    Nothing,
    Each(Box<Schema>),
}

impl Schema {
    /// Compiles a schema; a word that is not known here is an error, not ignored.
    pub fn compile(value: &Value) -> Result<Schema, String> {
        let words = value.as_object().ok_or("a schema is an object")?;
        let mut schema = Schema::default();
        for (word, value) in words {
            schema.take(word, value).map_err(|why| format!("{word}: {why}"))?;
        }
        // Elements are either told one by one, or alike.
        if let Some(Value::Object(_)) = words.get("items") {
            schema.array.rest = Rest::compile(&words["items"])?;
        }
        Ok(schema)
    }

    fn take(&mut self, word: &str, value: &Value) -> Result<(), String> {
        match word {
            "description" => {}
            "type" => self.kind = Some(Kind::of(value)?),
            "const" => self.constant = Some(value.clone()),
            "enum" => self.choices = value.as_array().cloned().ok_or("an array")?,
            "oneOf" => self.one_of = compile_all(value)?,
            "anyOf" => self.any_of = compile_all(value)?,
            "pattern" => self.pattern = Some(pattern(value.as_str().ok_or("a string")?)?),
            "minimum" => self.minimum = Some(value.as_f64().ok_or("a number")?),
            "maximum" => self.maximum = Some(value.as_f64().ok_or("a number")?),
            "items" if value.is_array() => self.array.tuple = compile_all(value)?,
            "items" => {}
            "additionalItems" => self.array.rest = Rest::compile(value)?,
            "minItems" => self.array.min = count(value)?,
            "maxItems" => self.array.max = Some(count(value)?),
            "uniqueItems" => self.array.unique = value.as_bool().ok_or("a boolean")?,
            "properties" => self.object.properties = properties(value)?,
            "patternProperties" => self.object.patterns = pattern_properties(value)?,
            "additionalProperties" => self.object.rest = Rest::compile(value)?,
            "$ref" if value == "#" => self.is_root = true,
            _ => return Err("not known here".into()),
        }
        Ok(())
    }

    /// Where a reply does not fit, and why: `[1].length: a string, not integer`.
    pub fn check(&self, reply: &Reply) -> Result<(), String> {
        self.fit(reply, self)
    }

    fn fit(&self, reply: &Reply, root: &Schema) -> Result<(), String> {
        if self.is_root {
            return root.fit(reply, root);
        }
        if let Some(kind) = self.kind.filter(|kind| !kind.is_of(reply)) {
            return Err(format!(": {}, not {}", describe(reply), format!("{kind:?}").to_lowercase()));
        }
        self.fit_value(reply)?;
        self.fit_choices(reply, root)?;
        match reply {
            Reply::Map(pairs) => self.object.fit(pairs, root),
            reply => reply.as_slice().map_or(Ok(()), |items| self.array.fit(items, root)),
        }
    }

    fn fit_value(&self, reply: &Reply) -> Result<(), String> {
        let is = |value: &Value| is_value(reply, value);
        if let Some(constant) = self.constant.as_ref().filter(|constant| !is(constant)) {
            return Err(format!(": not {constant}"));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(is) {
            return Err(": none of those listed".into());
        }
        if let (Some(pattern), Some(bytes)) = (&self.pattern, reply.as_bytes())
            && !pattern.is_match(bytes)
        {
            return Err(format!(": does not match {pattern}"));
        }
        let number = match reply {
            Reply::Int(int) => *int as f64,
            Reply::Double(double) => *double,
            _ => return Ok(()),
        };
        let is_within =
            self.minimum.is_none_or(|min| number >= min) && self.maximum.is_none_or(|max| number <= max);
        if is_within { Ok(()) } else { Err(": out of range".into()) }
    }

    fn fit_choices(&self, reply: &Reply, root: &Schema) -> Result<(), String> {
        let fitting =
            |schemas: &[Schema]| schemas.iter().filter(|schema| schema.fit(reply, root).is_ok()).count();
        if !self.any_of.is_empty() && fitting(&self.any_of) == 0 {
            return Err(why_none(&self.any_of, reply, root));
        }
        match (self.one_of.is_empty(), fitting(&self.one_of)) {
            (true, _) | (false, 1) => Ok(()),
            (false, 0) => Err(why_none(&self.one_of, reply, root)),
            (false, many) => Err(format!(": {many} alternatives fit, of which only one may")),
        }
    }
}

/// Why no alternative fits; the reason itself when only one has the right type.
fn why_none(schemas: &[Schema], reply: &Reply, root: &Schema) -> String {
    let mut near = schemas.iter().filter(|schema| schema.kind.is_some_and(|kind| kind.is_of(reply)));
    match (near.next(), near.next()) {
        (Some(only), None) => only.fit(reply, root).err().unwrap_or_default(),
        _ => format!(": none of the {} alternatives fits", schemas.len()),
    }
}

impl Array {
    fn fit(&self, items: &[Reply], root: &Schema) -> Result<(), String> {
        if items.len() < self.min || self.max.is_some_and(|max| items.len() > max) {
            return Err(format!(": {} elements", items.len()));
        }
        for (index, item) in items.iter().enumerate() {
            let fits = match self.tuple.get(index) {
                Some(schema) => schema.fit(item, root),
                None => self.rest.fit(item, root),
            };
            fits.map_err(|why| format!("[{index}]{why}"))?;
        }
        let is_unique = || items.iter().map(bytes).collect::<BTreeSet<_>>().len() == items.len();
        if self.unique && !is_unique() { Err(": an element comes twice".into()) } else { Ok(()) }
    }
}

impl Object {
    fn fit(&self, pairs: &[(Reply, Reply)], root: &Schema) -> Result<(), String> {
        for (key, value) in pairs {
            let Some(name) = key.as_bytes() else { return Err(": a key is no string".into()) };
            let named =
                self.properties.iter().filter(|(property, _)| property == name).map(|(_, schema)| schema);
            let patterns = self.patterns.iter().filter(|(pattern, _)| pattern.is_match(name));
            let mut schemas = named.chain(patterns.map(|(_, schema)| schema)).peekable();
            let fits = match schemas.peek() {
                Some(_) => schemas.try_for_each(|schema| schema.fit(value, root)),
                None => self.rest.fit(value, root),
            };
            fits.map_err(|why| format!(".{}{why}", name.escape_ascii()))?;
        }
        Ok(())
    }
}

impl Rest {
    fn compile(value: &Value) -> Result<Rest, String> {
        Ok(match value {
            Value::Bool(true) => Rest::Anything,
            Value::Bool(false) => Rest::Nothing,
            schema => Rest::Each(Box::new(Schema::compile(schema)?)),
        })
    }

    fn fit(&self, reply: &Reply, root: &Schema) -> Result<(), String> {
        match self {
            Rest::Anything => Ok(()),
            Rest::Nothing => Err(": not foreseen".into()),
            Rest::Each(schema) => schema.fit(reply, root),
        }
    }
}

impl Kind {
    fn of(value: &Value) -> Result<Kind, String> {
        Ok(match value.as_str().ok_or("one type")? {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::String,
            "array" => Kind::Array,
            "object" => Kind::Object,
            other => return Err(format!("{other} is no type")),
        })
    }

    fn is_of(self, reply: &Reply) -> bool {
        match reply {
            Reply::Simple(_) | Reply::Bulk(_) | Reply::Verbatim(..) | Reply::Error(_) => self == Kind::String,
            Reply::Int(_) => matches!(self, Kind::Integer | Kind::Number),
            Reply::Double(_) => self == Kind::Number,
            Reply::BigNumber(_) => matches!(self, Kind::Integer | Kind::Number),
            Reply::Bool(_) => self == Kind::Boolean,
            Reply::Null | Reply::NullArray => self == Kind::Null,
            Reply::Array(_) | Reply::Set(_) | Reply::Push(_) => self == Kind::Array,
            Reply::Map(_) => self == Kind::Object,
        }
    }
}

fn describe(reply: &Reply) -> &'static str {
    match reply {
        Reply::Simple(_) | Reply::Bulk(_) | Reply::Verbatim(..) | Reply::Error(_) => "a string",
        Reply::Int(_) | Reply::BigNumber(_) => "an integer",
        Reply::Double(_) => "a double",
        Reply::Bool(_) => "a boolean",
        Reply::Null | Reply::NullArray => "null",
        Reply::Array(_) | Reply::Set(_) | Reply::Push(_) => "an array",
        Reply::Map(_) => "a map",
    }
}

fn is_value(reply: &Reply, value: &Value) -> bool {
    match (reply, value) {
        (Reply::Int(int), Value::Number(number)) => number.as_i64() == Some(*int),
        (Reply::Double(double), Value::Number(number)) => number.as_f64() == Some(*double),
        (Reply::Bool(is), Value::Bool(expected)) => is == expected,
        (Reply::Null | Reply::NullArray, Value::Null) => true,
        (reply, Value::String(text)) => reply.as_bytes() == Some(text.as_bytes()),
        _ => false,
    }
}

fn bytes(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    Writer::new(&mut out, Protocol::Resp3).reply(reply);
    out
}

fn compile_all(value: &Value) -> Result<Vec<Schema>, String> {
    value.as_array().ok_or("an array")?.iter().map(Schema::compile).collect()
}

fn count(value: &Value) -> Result<usize, String> {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).ok_or("a count".into())
}

fn pattern(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).unicode(false).build().map_err(|error| error.to_string())
}

fn entries(value: &Value) -> Result<&Map<String, Value>, String> {
    value.as_object().ok_or("an object".into())
}

fn properties(value: &Value) -> Result<Vec<(Vec<u8>, Schema)>, String> {
    let compiled = entries(value)?.iter();
    compiled.map(|(name, schema)| Ok((name.as_bytes().to_vec(), Schema::compile(schema)?))).collect()
}

fn pattern_properties(value: &Value) -> Result<Vec<(Regex, Schema)>, String> {
    entries(value)?.iter().map(|(text, schema)| Ok((pattern(text)?, Schema::compile(schema)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use resplay_resp::decode;

    /// Whether a reply in RESP3 fits; the reason where it does not.
    fn check(schema: &str, reply: &str) -> Result<(), String> {
        let schema = serde_json::from_str(schema).expect("JSON");
        let (reply, _) = decode(reply.as_bytes()).expect("RESP").expect("complete");
        Schema::compile(&schema).expect("a schema").check(&reply)
    }

    fn why(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }

    #[test]
    fn types_are_those_of_the_wire() {
        for (kind, fitting, other) in [
            ("string", "=5\r\ntxt:a\r\n", ":1\r\n"),
            ("number", ",1.5\r\n", "$1\r\n1\r\n"),
            ("integer", ":1\r\n", ",1.5\r\n"),
            ("array", "~1\r\n+a\r\n", "%0\r\n"),
            ("object", "%1\r\n+a\r\n:1\r\n", "*0\r\n"),
            ("null", "_\r\n", "$0\r\n\r\n"),
            ("boolean", "#t\r\n", "_\r\n"),
        ] {
            let schema = format!("{{\"type\":\"{kind}\"}}");
            assert_eq!(check(&schema, fitting), Ok(()));
            let why = check(&schema, other).expect_err("another type");
            assert!(why.ends_with(&format!(", not {kind}")), "{why}");
        }
    }

    #[test]
    fn alternatives_constants_and_ranges_are_checked() {
        let schema = r#"{"oneOf":[{"const":"OK"},{"type":"integer","minimum":0},{"type":"null"}]}"#;
        assert_eq!(check(schema, "+OK\r\n"), Ok(()));
        assert_eq!(check(schema, ":0\r\n"), Ok(()));
        assert_eq!(check(schema, ":-1\r\n"), why(": out of range"));
        assert_eq!(check(schema, "+KO\r\n"), why(": none of the 3 alternatives fits"));
        let twice = r#"{"oneOf":[{"type":"string"},{"const":"OK"}]}"#;
        assert_eq!(check(twice, "+OK\r\n"), why(": 2 alternatives fit, of which only one may"));
        assert_eq!(check(&twice.replace("oneOf", "anyOf"), "+OK\r\n"), Ok(()));
    }

    #[test]
    fn elements_are_checked_one_by_one_and_all_alike() {
        let schema = r#"{"type":"array","items":[{"type":"string"}],"additionalItems":{"type":"integer"},"minItems":1,"maxItems":3}"#;
        assert_eq!(check(schema, "*2\r\n+a\r\n:1\r\n"), Ok(()));
        assert_eq!(check(schema, "*2\r\n+a\r\n+b\r\n"), why("[1]: a string, not integer"));
        assert_eq!(check(schema, "*0\r\n"), why(": 0 elements"));
        let unique = r#"{"items":{"type":"string","pattern":"^[0-9]+$"},"uniqueItems":true}"#;
        assert_eq!(check(unique, "*2\r\n+1\r\n+1\r\n"), why(": an element comes twice"));
        assert_eq!(check(unique, "*1\r\n+x\r\n"), why("[0]: does not match ^[0-9]+$"));
    }

    #[test]
    fn properties_are_checked_by_name_by_pattern_and_beyond() {
        let schema = r##"{"type":"object","properties":{"a":{"type":"integer"},"again":{"$ref":"#"}},
            "patternProperties":{"^db":{"type":"string"}},"additionalProperties":false}"##;
        assert_eq!(check(schema, "%2\r\n+a\r\n:1\r\n+db0\r\n+x\r\n"), Ok(()));
        assert_eq!(
            check(schema, "%1\r\n+again\r\n%1\r\n+a\r\n+x\r\n"),
            why(".again.a: a string, not integer")
        );
        assert_eq!(check(schema, "%1\r\n+b\r\n:1\r\n"), why(".b: not foreseen"));
    }

    #[test]
    fn a_word_that_is_not_known_is_refused() {
        let schema = serde_json::json!({ "format": "date" });
        assert_eq!(Schema::compile(&schema).err(), Some("format: not known here".into()));
    }
}
