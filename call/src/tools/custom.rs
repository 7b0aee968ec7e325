//! Custom tools: HTTP requests that the organization has defined. A call knows their names and arguments. The program around it knows the
//! rest.

use std::borrow::Cow;
use std::sync::Arc;

use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::limits::CUSTOM_TOOL_ARGUMENTS_BYTES_MAX;
use cordboard_schema::tool::ToolName;
use serde_json::{Map, Value};

use super::{Arguments, ToolDefinition};

/// Returns the custom tools of a profile that can be used. A built-in tool of the same name takes precedence.
pub fn usable(tools: &[OfferedTool]) -> impl Iterator<Item = &OfferedTool> {
    let is_built_in = |name: &str| ToolName::ALL.iter().any(|tool| tool.as_str() == name);
    tools.iter().filter(move |tool| !is_built_in(&tool.name))
}

/// Returns the tool's definition for a provider.
pub fn definition(tool: &OfferedTool) -> ToolDefinition {
    ToolDefinition {
        name: Cow::Owned(tool.name.clone()),
        description: Cow::Owned(tool.description.clone()),
        parameters: Arc::clone(&tool.parameters),
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
