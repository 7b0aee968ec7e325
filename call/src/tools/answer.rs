//! The answers that a model gets when a tool ends, and their schemas.

use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::tool::ToolOutcome;
use serde_json::{Value, json};

/// The answer to a model about a tool that gave none in time. It may have been done: a model that takes this for a failure does it
/// again, and the caller has two orders.
pub const NO_ANSWER: &str = "no answer in time, and nobody knows whether it was done: call it again only if doing it twice does no harm";

/// Returns a model's answer: `result` if the tool succeeded, `error` if it did not, and any further findings.
pub fn answer(outcome: &ToolOutcome) -> Value {
    match outcome {
        ToolOutcome::Done { note, extension: None } => json!({ "result": note }),
        ToolOutcome::Done { note, extension: Some(checked) } => {
            json!({ "result": note, "state": checked.state, "found_by": checked.found_by })
        }
        ToolOutcome::Failed { reason, failure: Some(failure) } => {
            json!({ "error": reason, "failure": failure })
        }
        ToolOutcome::Refused { reason } | ToolOutcome::Failed { reason, failure: None } => {
            json!({ "error": reason })
        }
        ToolOutcome::TimedOut => json!({ "error": NO_ANSWER }),
    }
}

/// Returns the schema for tools whose answers have no findings.
pub(super) fn plain_results() -> Value {
    one_of(json!({ "result": { "type": "string" } }), json!({ "error": { "type": "string" } }))
}

/// Returns the schema for tools that check an extension.
pub(super) fn extension_results() -> Value {
    let found = json!({
        "result": { "type": "string" },
        "state": { "type": "string", "enum": ["registered", "in_call", "unregistered", "unknown"] },
        "found_by": { "type": "string" },
    });
    one_of(found, json!({ "error": { "type": "string" } }))
}

/// Returns the schema for tools that ask a person to take over.
pub(super) fn handoff_results() -> Value {
    let failures = HandoffFailure::ALL.map(HandoffFailure::as_str);
    let unreached = json!({
        "error": { "type": "string" },
        "failure": { "type": "string", "enum": failures },
    });
    one_of(json!({ "result": { "type": "string" } }), unreached)
}

/// Returns the schema of an object with either the first properties or the others. All are required, except `failure`, which refusals don't
/// have.
fn one_of(success: Value, fault: Value) -> Value {
    let object = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let names: Vec<String> = success.as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
    let required: Vec<&str> = names.iter().map(String::as_str).collect();
    json!({ "oneOf": [object(success, &required), object(fault, &["error"])] })
}

#[cfg(test)]
mod tests {
    use cordboard_schema::switch::{ExtensionChecked, ExtensionState};
    use cordboard_schema::tool::ToolName;

    use super::*;
    use crate::tools::TOOLS;

    /// Whether a schema made by `one_of` accepts this answer.
    fn admits(schema: &Value, answer: &Value) -> bool {
        let has_all = |object: &Value| {
            let answered = answer.as_object().unwrap();
            let known = answered.iter().all(|(name, value)| {
                let property = &object["properties"][name];
                let words = property["enum"].as_array();
                property["type"] == "string" && words.is_none_or(|words| words.contains(value))
            });
            known
                && object["required"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|name| answered.contains_key(name.as_str().unwrap()))
        };
        schema["oneOf"].as_array().unwrap().iter().any(has_all)
    }

    #[test]
    fn every_tools_answers_match_its_schema() {
        let extension =
            ExtensionChecked { state: ExtensionState::InCall, found_by: "show channels".to_owned() };
        let unreached = ToolOutcome::Failed { reason: "busy".into(), failure: Some(HandoffFailure::Busy) };
        let faults = [
            ToolOutcome::Refused { reason: "no".to_owned() },
            ToolOutcome::failed("no"),
            ToolOutcome::TimedOut,
        ];
        for tool in &TOOLS {
            let results = (tool.results)();
            let done = match tool.tool {
                ToolName::CheckExtension => {
                    ToolOutcome::Done { note: "ok".into(), extension: Some(extension.clone()) }
                }
                _ => ToolOutcome::done("ok"),
            };
            for outcome in faults.iter().chain([&done]) {
                assert!(admits(&results, &answer(outcome)), "{}: {outcome:?}", tool.tool);
            }
            let reaches = matches!(tool.tool, ToolName::RequestHandoff | ToolName::EscalateToHuman);
            assert_eq!(admits(&results, &answer(&unreached)), reaches);
        }
    }
}
