//! The reference of the HTTP API: a table of requests for each subject, from its OpenAPI document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::markdown::{head, members, row, text_of};

const INTRODUCTION: &str = include_str!("http_api.md");

/// Returns the Markdown of every request.
pub(super) fn text(document: &Value) -> String {
    let mut subjects: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, methods) in members(&document["paths"]) {
        for (method, operation) in members(methods) {
            let subject = operation["tags"][0].as_str().unwrap_or("others");
            let request = format!("`{} {path}{}`", method.to_uppercase(), query_of(operation));
            let permission = match text_of(operation, "x-permission") {
                "" => String::new(),
                permission => format!("`{permission}`"),
            };
            let row_of = row([&request, &permission, text_of(operation, "summary")]);
            subjects.entry(subject).or_default().push(row_of);
        }
    }
    let mut text = INTRODUCTION.to_owned();
    for (subject, rows) in subjects {
        text.push_str(&format!(
            "\n## {}\n\n{}{}",
            capitalized(subject),
            head(["request", "permission", "what it does"]),
            rows.concat()
        ));
    }
    text
}

/// Returns the names of the query parameters, as `?state&from`.
fn query_of(operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let names: Vec<_> = parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| text_of(parameter, "name"))
        .collect();
    if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_listed_under_its_subject_with_query_parameters() {
        let document = json!({ "paths": { "/calls": { "get": {
            "tags": ["calls"], "summary": "Lists\ncalls.", "x-permission": "calls_read",
            "parameters": [{ "in": "query", "name": "state" }, { "in": "header", "name": "x" }, { "in": "query", "name": "q" }],
        } } } });
        let text = text(&document);
        let table = "\n## Calls\n\n| request | permission | what it does |\n| --- | --- | --- |\n\
                     | `GET /calls?state&q` | `calls_read` | Lists calls. |\n";
        assert!(text.ends_with(table), "{text}");
    }
}
