//! A function's parameters as Gemini describes them: a subset of OpenAPI 3.0, with type names in capitals. Keywords without an
//! equivalent (`additionalProperties`, `$ref`, most formats) are left out, because the model's arguments are also checked here.

use serde_json::{Map, Value, json};

/// Levels of a schema that are described; deeper ones accept any object.
const LEVELS_MAX: usize = 16;
/// Keywords with the same meaning in both.
const SAME: [&str; 11] = [
    "description",
    "title",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "pattern",
];
/// Formats that Gemini knows.
const FORMATS: [&str; 6] = ["date-time", "enum", "int32", "int64", "float", "double"];

/// Returns the description of the values that this JSON schema permits.
pub(super) fn parameters_of(schema: &Value) -> Value {
    described(schema, LEVELS_MAX)
}

fn described(schema: &Value, levels: usize) -> Value {
    let Some(schema) = schema.as_object().filter(|_| levels > 0) else { return json!({ "type": "OBJECT" }) };
    let mut described_as = Map::new();
    let mut put = |name: &str, value: Value| described_as.insert(name.to_owned(), value);
    for name in SAME {
        if let Some(value) = schema.get(name) {
            put(name, value.clone());
        }
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if types.contains(&"null") {
        put("nullable", json!(true));
    }
    let named: Vec<&str> = types.into_iter().filter(|name| *name != "null").collect();
    let words = words_of(schema);
    match named[..] {
        [only] => {
            put("type", json!(only.to_uppercase()));
        }
        [] if schema.contains_key("properties") => {
            put("type", json!("OBJECT"));
        }
        [] if words.is_some() => {
            put("type", json!("STRING"));
        }
        [] => {}
        _ => {
            let each = named.iter().map(|name| json!({ "type": name.to_uppercase() }));
            put("anyOf", each.collect());
        }
    }
    if let Some(words) = words {
        put("enum", json!(words));
    }
    if let Some(format) =
        schema.get("format").filter(|format| format.as_str().is_some_and(|f| FORMATS.contains(&f)))
    {
        put("format", format.clone());
    }
    if let Some(items) = schema.get("items") {
        put("items", described(items, levels - 1));
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        // Gemini refuses a required property that is not described.
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        let known = |name: &&Value| name.as_str().is_some_and(|name| properties.contains_key(name));
        let required: Vec<&Value> = required.filter(known).collect();
        if !required.is_empty() {
            put("required", json!(required));
        }
        let each = properties.iter().map(|(name, schema)| (name.clone(), described(schema, levels - 1)));
        put("properties", Value::Object(each.collect()));
    }
    let either = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
    if let Some(either) = either {
        // Gemini has no type for null.
        let (null, others): (Vec<&Value>, Vec<&Value>) =
            either.iter().partition(|schema| schema["type"] == "null");
        if !null.is_empty() {
            put("nullable", json!(true));
        }
        let mut others: Vec<Value> = others.into_iter().map(|schema| described(schema, levels - 1)).collect();
        let only = if null.is_empty() || others.len() > 1 { None } else { others.pop() };
        if let Some(Value::Object(only)) = only {
            only.into_iter().for_each(|(name, value)| {
                described_as.entry(name).or_insert(value);
            });
        } else if !others.is_empty() {
            put("anyOf", Value::Array(others));
        }
    }
    Value::Object(described_as)
}

/// Returns the permitted values, if they are listed: Gemini accepts only strings for them.
fn words_of(schema: &Map<String, Value>) -> Option<Vec<String>> {
    let one = schema.get("const").map(std::slice::from_ref);
    let values = one.or_else(|| schema.get("enum").and_then(Value::as_array).map(Vec::as_slice))?;
    let words: Option<Vec<String>> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(|value| value.as_str().map(str::to_owned))
        .collect();
    words.filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_keeps_the_keywords_that_gemini_knows() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["kind", "undescribed"],
            "properties": {
                "kind": { "enum": ["call", "visit"], "description": "Which" },
                "at": { "type": ["string", "null"], "format": "date-time" },
                "mail": { "type": "string", "format": "email", "maxLength": 9 },
                "tags": { "type": "array", "items": { "type": "integer", "enum": [1, 2] } },
                "either": { "oneOf": [{ "type": "number" }, { "const": "none" }] },
            },
        });
        let expected = json!({
            "type": "OBJECT", "required": ["kind"],
            "properties": {
                "kind": { "type": "STRING", "enum": ["call", "visit"], "description": "Which" },
                "at": { "type": "STRING", "nullable": true, "format": "date-time" },
                "mail": { "type": "STRING", "maxLength": 9 },
                "tags": { "type": "ARRAY", "items": { "type": "INTEGER" } },
                "either": { "anyOf": [{ "type": "NUMBER" }, { "type": "STRING", "enum": ["none"] }] },
            },
        });
        assert_eq!(parameters_of(&schema), expected);
    }

    #[test]
    fn an_endless_schema_is_cut() {
        let deep =
            (0..100).fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
        let text = parameters_of(&deep).to_string();
        assert_eq!(text.matches("ARRAY").count(), LEVELS_MAX);
        for word in ["properties", "anyOf"] {
            let deep = (0..100).fold(json!({}), |inner, _| match word {
                "properties" => json!({ "type": "object", "properties": { "a": inner } }),
                _ => json!({ "anyOf": [inner] }),
            });
            assert_eq!(parameters_of(&deep).to_string().matches(word).count(), LEVELS_MAX, "{word}");
        }
    }

    #[test]
    fn a_missing_type_follows_from_other_keywords() {
        for (schema, described) in [
            (json!({ "properties": { "a": {} } }), json!({ "type": "OBJECT", "properties": { "a": {} } })),
            (json!({ "enum": ["a", null] }), json!({ "type": "STRING", "enum": ["a"] })),
            (json!({ "description": "anything" }), json!({ "description": "anything" })),
            (json!({ "type": ["null"] }), json!({ "nullable": true })),
            (
                json!({ "anyOf": [{ "type": "string", "description": "x" }, { "type": "null" }], "description": "y" }),
                json!({ "type": "STRING", "nullable": true, "description": "y" }),
            ),
            (
                json!({ "anyOf": [{ "type": "string" }, { "type": "null" }, { "type": "integer" }] }),
                json!({ "anyOf": [{ "type": "STRING" }, { "type": "INTEGER" }], "nullable": true }),
            ),
            (
                json!({ "type": ["string", "integer"] }),
                json!({ "anyOf": [{ "type": "STRING" }, { "type": "INTEGER" }] }),
            ),
        ] {
            assert_eq!(parameters_of(&schema), described);
        }
    }
}
