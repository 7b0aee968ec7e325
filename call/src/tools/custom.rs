//! Custom tools: HTTP requests that the organization has defined. A call knows their names and arguments. The program around it knows the
//! rest.

use std::borrow::Cow;
use std::sync::Arc;

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::limits::CUSTOM_TOOL_ARGUMENTS_BYTES_MAX;
use cordboard_schema::tool::ToolName;
use serde_json::{Map, Value, json};

use super::{Arguments, ToolDefinition};

/// Keywords that providers refuse at the top of a function's parameters. The program around the call still checks them.
const REFUSED_AT_TOP: [&str; 5] = ["oneOf", "anyOf", "allOf", "enum", "not"];

/// Returns the custom tools of a profile that can be used. A built-in tool of the same name takes precedence.
pub fn usable(tools: &[OfferedTool]) -> impl Iterator<Item = &OfferedTool> {
    tools.iter().filter(|tool| ToolName::named(&tool.name).is_none())
}

/// Returns the tool's definition for a provider.
pub fn definition(tool: &OfferedTool) -> ToolDefinition {
    ToolDefinition {
        name: Cow::Owned(tool.name.clone()),
        description: Cow::Owned(tool.description.clone()),
        parameters: accepted(&tool.parameters),
    }
}

/// Returns the schema in a form that providers accept. A provider that refuses a schema refuses the whole session, so the profile's
/// callers would have no assistant.
fn accepted(schema: &Arc<Value>) -> Arc<Value> {
    let mut accepted = Value::clone(schema);
    if let Value::Object(top) = &mut accepted {
        top.retain(|keyword, _| !REFUSED_AT_TOP.contains(&keyword.as_str()));
        top.entry("properties").or_insert_with(|| json!({}));
    }
    complete(&mut accepted);
    if accepted == **schema { Arc::clone(schema) } else { Arc::new(accepted) }
}

/// Adds what providers require: every array says what its items are, and every part is an object.
fn complete(schema: &mut Value) {
    if schema.is_boolean() {
        *schema = json!({});
    }
    let Value::Object(parts) = schema else { return };
    let is_array = match parts.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind.as_str() == Some("array")),
        Some(kind) => kind.as_str() == Some("array"),
        None => false,
    };
    if is_array {
        parts.entry("items").or_insert_with(|| json!({ "type": "string" }));
    }
    for (keyword, value) in parts.iter_mut() {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => properties.values_mut().for_each(complete),
            ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => schemas.iter_mut().for_each(complete),
            ("items", items) => complete(items),
            _ => {}
        }
    }
}

/// Parses the arguments that a model wrote. The program around the call checks whether they fit the tool's schema.
///
/// # Errors
/// Returns an error, in words for the model, if they are not an object or are too long.
pub fn arguments(written: &Value) -> Result<Map<String, Value>, String> {
    let arguments: Map<String, Value> = Arguments::deserialize_from(written)
        .map_err(|fault| format!("the arguments must be an object of JSON: {fault}"))?;
    let length = serde_json::to_string(&arguments).map_or(usize::MAX, |text| text.len());
    if length > CUSTOM_TOOL_ARGUMENTS_BYTES_MAX {
        return Err(format!("the arguments have more than {CUSTOM_TOOL_ARGUMENTS_BYTES_MAX} bytes"));
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use cordboard_schema::ids::CustomToolId;
    use serde_json::json;

    use super::*;

    fn tool(name: &str) -> OfferedTool {
        OfferedTool {
            id: "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse::<CustomToolId>().unwrap(),
            name: name.to_owned(),
            description: String::new(),
            parameters: Arc::new(json!({ "type": "object" })),
            timeout_ms: 1_000,
        }
    }

    #[test]
    fn a_built_in_tool_wins_over_its_custom_namesake() {
        let tools = [tool("stock"), tool("end_call")];
        assert_eq!(usable(&tools).map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["stock"]);
    }

    #[test]
    fn a_schema_is_told_in_a_form_that_providers_accept() {
        let told = |parameters: Value| {
            let parameters = Arc::new(parameters);
            let told = definition(&OfferedTool { parameters: Arc::clone(&parameters), ..tool("stock") });
            (Value::clone(&told.parameters), Arc::ptr_eq(&told.parameters, &parameters))
        };
        let usual = json!({ "type": "object", "properties": { "tags": { "type": "array", "items": {} } } });
        assert_eq!(told(usual.clone()), (usual, true), "one copy for all calls");
        for (written, expected) in [
            (json!({ "type": "object" }), json!({ "type": "object", "properties": {} })),
            (
                json!({
                    "type": "object", "properties": { "id": { "type": "string", "enum": ["a"] } },
                    "oneOf": [{ "required": ["id"] }],
                }),
                json!({ "type": "object", "properties": { "id": { "type": "string", "enum": ["a"] } } }),
            ),
            (
                json!({ "type": "object", "properties": {
                    "any": true,
                    "tags": { "type": ["array", "null"] },
                    "either": { "anyOf": [{ "type": "array", "items": { "type": "array" } }] },
                } }),
                json!({ "type": "object", "properties": {
                    "any": {},
                    "tags": { "type": ["array", "null"], "items": { "type": "string" } },
                    "either": {
                        "anyOf": [{
                            "type": "array", "items": { "type": "array", "items": { "type": "string" } },
                        }],
                    },
                } }),
            ),
        ] {
            assert_eq!(told(written), (expected, false));
        }
    }

    #[test]
    fn arguments_are_an_object_however_it_is_written() {
        for written in [json!({ "a": 1 }), json!("{\"a\":1}")] {
            assert_eq!(Value::Object(arguments(&written).unwrap()), json!({ "a": 1 }));
        }
        for written in [json!(null), json!("")] {
            assert_eq!(arguments(&written), Ok(Map::new()));
        }
        for written in [json!([1]), json!("x"), json!({ "a": "x".repeat(9_000) })] {
            assert!(arguments(&written).is_err(), "{written}");
        }
        let of_bytes = |bytes: usize| arguments(&json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) }));
        assert!(of_bytes(CUSTOM_TOOL_ARGUMENTS_BYTES_MAX).is_ok());
        assert!(of_bytes(CUSTOM_TOOL_ARGUMENTS_BYTES_MAX + 1).is_err());
    }
}
