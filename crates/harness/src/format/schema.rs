//! The JSON schema of scenario files, for editors.

use super::file::File;
use crate::{checks, faults, goals};
use resplay_apps::APPS;
use serde_json::{Map, Value, json};

/// The schema: of the typed part from the types, of applications, faults, checks and goals from their tables.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(File).to_value();
    let mut shared = Map::new();
    let apps: Vec<Value> =
        APPS.iter().map(|app| app_schema(app.kind, app.summary, (app.schema)(), &mut shared)).collect();
    set(&mut schema, "/properties/apps/additionalProperties", json!({ "oneOf": apps }));
    let faults = faults_schema(&mut shared);
    set(&mut schema, "/properties/faults/additionalProperties", faults);
    let variant = json!({ "type": "object", "description": "PATH = VALUE; goals, require and expect are those of checks" });
    set(&mut schema, "/properties/variants/additionalProperties", variant);
    set(&mut schema, "/$defs/Checks/properties/require/items", words(checks::rows()));
    set(&mut schema, "/$defs/Checks/properties/goals/items", words(goals::rows()));
    let names: Vec<&str> = checks::names().collect();
    set(&mut schema, "/$defs/Checks/properties/expect/propertyNames", json!({ "enum": names }));
    if let Some(defs) = schema.pointer_mut("/$defs").and_then(Value::as_object_mut) {
        defs.extend(shared);
    }
    schema
}

/// Puts a value at a JSON pointer whose parent exists.
fn set(schema: &mut Value, pointer: &str, value: Value) {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return };
    if let Some(object) = schema.pointer_mut(parent).and_then(Value::as_object_mut) {
        object.insert(key.to_string(), value);
    }
}

fn words(rows: impl Iterator<Item = (&'static str, &'static str)>) -> Value {
    let each = rows.map(|(name, summary)| json!({ "const": name, "description": summary }));
    json!({ "oneOf": each.collect::<Vec<_>>() })
}

fn app_schema(
    kind: &str,
    summary: &str,
    options: schemars::Schema,
    shared: &mut Map<String, Value>,
) -> Value {
    let mut schema = part(options, shared);
    set(&mut schema, "/description", json!(summary));
    set(&mut schema, "/properties/kind", json!({ "const": kind }));
    set(&mut schema, "/required", json!(["kind"]));
    schema
}

fn faults_schema(shared: &mut Map<String, Value>) -> Value {
    let mut properties = part(schemars::schema_for!(faults::When), shared)["properties"].take();
    for row in faults::FAULTS {
        let mut options = part((row.schema)(), shared);
        set(&mut options, "/description", json!(row.summary));
        set(&mut properties, &format!("/{}", row.name), options);
    }
    json!({ "type": "object", "properties": properties, "required": ["at"], "additionalProperties": false })
}

/// A schema without its wrapping; its definitions go to the shared ones.
fn part(schema: schemars::Schema, shared: &mut Map<String, Value>) -> Value {
    let mut value = schema.to_value();
    if let Some(object) = value.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        if let Some(Value::Object(defs)) = object.remove("$defs") {
            shared.extend(defs);
        }
    }
    value
}
