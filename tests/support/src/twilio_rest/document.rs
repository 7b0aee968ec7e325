//! The API's OpenAPI document, and the examples of its answers.

use std::sync::LazyLock;

use serde_json::Value;

use super::ReadRequest;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| read(include_str!("../../../captures/twilio/twilio-api-v2010-subset.openapi.json")));
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| read(include_str!("../../../captures/twilio/examples/rest-success.json")));

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// The body of an answer.
pub(super) fn example(name: &str) -> Value {
    let examples = EXAMPLES.as_array().into_iter().flatten();
    examples
        .filter(|example| example["name"] == name)
        .map(|example| example["body"].clone())
        .next()
        .unwrap_or_default()
}

/// The fault that breaks the document in a request.
pub(super) fn faults(request: &ReadRequest) -> Vec<String> {
    let ReadRequest { method, path, query, form, .. } = request;
    let paths = DOCUMENT["paths"].as_object();
    let Some((_, at)) = paths.into_iter().flatten().find(|(template, _)| is_at(template, path)) else {
        return vec![format!("{path}: there is no such resource")];
    };
    let operation = &at[method.to_ascii_lowercase()];
    if operation.is_null() {
        return vec![format!("{method} {path}: there is no such operation")];
    }
    let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
    let mut faults = Vec::new();
    let known = |name: &str| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.filter(|of| of["in"] == "query").any(|of| of["name"] == name)
    };
    for (name, _) in query.iter().filter(|(name, _)| !known(name)) {
        faults.push(format!("{method} {path}: it has no parameter {name}"));
    }
    for (name, value) in form {
        let property = &schema["properties"][name.as_str()];
        let allowed = property["enum"].as_array();
        if property.is_null() {
            faults.push(format!("{method} {path}: it has no field {name}"));
        } else if allowed.is_some_and(|allowed| !allowed.iter().any(|one| one == value.as_str())) {
            faults.push(format!("{method} {path}: {name} can't be {value}"));
        } else if property["type"] == "integer" && value.parse::<i64>().is_err() {
            faults.push(format!("{method} {path}: {name} is not a number: {value}"));
        } else if property["type"] == "boolean" && !matches!(value.as_str(), "true" | "false") {
            faults.push(format!("{method} {path}: {name} is neither true nor false: {value}"));
        } else if property["type"] != "array" && form.iter().filter(|(other, _)| other == name).count() > 1 {
            faults.push(format!("{method} {path}: {name} is repeated"));
        }
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in required.filter(|name| !form.iter().any(|(own, _)| own == name)) {
        faults.push(format!("{method} {path}: {name} is missing"));
    }
    faults
}

/// Whether a path matches a template such as `/Calls/{Sid}.json`.
fn is_at(template: &str, path: &str) -> bool {
    let (parts, of): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), template.split('/').collect());
    parts.len() == of.len()
        && parts.iter().zip(of).all(|(part, of)| match (of.find('{'), of.find('}')) {
            (Some(0), Some(end)) => part.len() > of.len() - end - 1 && part.ends_with(&of[end + 1..]),
            _ => *part == of,
        })
}
