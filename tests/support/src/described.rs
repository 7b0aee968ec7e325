//! The server's own documents, OpenAPI and AsyncAPI, compared with everything that a test gets and sends.
//!
//! The clients of the tests check each exchange here, so a test fails where the server and its documents differ, whatever the test is about.
//! The documents are fetched from the first server of a process and compiled once, part by part as they are needed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where the server is not as described"
)]

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use jsonschema::{Registry, Validator};
use serde_json::{Map, Value, json};

/// The addresses of the documents for their validators.
const API: &str = "https://documents.test/api";
const CLOSED_API: &str = "https://documents.test/api-closed";
const CONTROL: &str = "https://documents.test/control";
const CLOSED_CONTROL: &str = "https://documents.test/control-closed";
/// A path that is not in the documents: only builds for tests have it.
const FAULTS: &str = "/api/v1/admin/faults";

/// One exchange with the HTTP API.
#[derive(Debug, Clone, Copy, Hash)]
pub struct Exchange<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The body; empty where there was none.
    pub sent: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// The answer's `Content-Type`, where it has one.
    pub content_type: Option<&'a str>,
    /// The answer's body.
    pub body: &'a [u8],
}

/// The documents of the server that this process tests.
struct Documents {
    api: Value,
    control: Value,
    registry: Registry<'static>,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
    /// The hashes of exchanges that match the documents, and the keys of the hash.
    well: Mutex<HashSet<u64>>,
    hashes: RandomState,
}

static DOCUMENTS: OnceLock<Documents> = OnceLock::new();

/// Fetches the documents from this server, unless this process has already fetched them.
pub fn learn(server: SocketAddr) {
    DOCUMENTS.get_or_init(|| {
        let http =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).build().new_agent();
        let fetch = |path: &str| {
            let answer = http.get(format!("http://{server}{path}")).call();
            let text = answer.unwrap_or_else(|fault| panic!("GET {path}: {fault}"));
            let text = text.into_body().into_with_config().limit(u64::MAX).read_to_vec().unwrap();
            serde_json::from_slice(&text).unwrap_or_else(|fault| panic!("{path} is not JSON: {fault}"))
        };
        Documents::new(fetch("/api/openapi.json"), fetch("/api/asyncapi.json"))
    });
}

/// Takes the documents of the API and of the control socket from a server in this process.
///
/// # Panics
/// They are not JSON.
pub fn know<T: AsRef<[u8]>>(documents: impl FnOnce() -> [T; 2]) {
    DOCUMENTS.get_or_init(|| {
        let [api, control] =
            documents().map(|text| serde_json::from_slice(text.as_ref()).expect("a document of JSON"));
        Documents::new(api, control)
    });
}

/// Checks an exchange against the API's document.
///
/// # Panics
/// They disagree.
#[track_caller]
pub fn check_exchange(exchange: Exchange<'_>) {
    if let Err(fault) = documents().exchange(exchange) {
        let Exchange { method, path, sent, status, body, .. } = exchange;
        panic!(
            "{method} {path} was answered {status}, and the API's document disagrees: {fault}\nsent: {}\nanswered: {}",
            shortened(sent),
            shortened(body)
        );
    }
}

/// Checks an event of `/api/v1/live` against the API's document.
///
/// # Panics
/// They disagree.
#[track_caller]
pub fn check_live(event: &Value) {
    let of_body =
        ["paths", "/api/v1/live", "get", "responses", "200", "content", "text/event-stream", "schema"];
    let place = format!("{CLOSED_API}#{}", pointer(&of_body));
    if let Err(fault) = documents().validate(&place, event) {
        panic!("an event of /api/v1/live, and the API's document disagrees: {fault}\n{event}");
    }
}

/// Checks a message from `/ws/desk` against the API's document.
///
/// # Panics
/// They disagree.
#[track_caller]
pub fn check_desk(message: &Value) {
    let place = format!("{CLOSED_API}#{}", pointer(&["components", "schemas", "DeskMessage"]));
    if let Err(fault) = documents().validate(&place, message) {
        panic!("/ws/desk, and the API's document disagrees: {fault}\n{message}");
    }
}

/// Checks a message from `/ws/control` against the document of that socket. `command` is the request, where the message is an answer.
///
/// # Panics
/// They disagree.
#[track_caller]
pub fn check_control(message: &Value, command: Option<&Value>) {
    if let Err(fault) = documents().control(message, command) {
        panic!("/ws/control, and its document disagrees: {fault}\nasked: {command:?}\n{message}");
    }
}

fn documents() -> &'static Documents {
    DOCUMENTS.get().expect("a server of the tests has been started, and its documents are known")
}

impl Documents {
    fn new(api: Value, control: Value) -> Self {
        let (mut closed_api, mut closed_control) = (api.clone(), control.clone());
        close(&mut closed_api);
        close(&mut closed_control);
        let kept = [
            (API, api.clone()),
            (CLOSED_API, closed_api),
            (CONTROL, control.clone()),
            (CLOSED_CONTROL, closed_control),
        ];
        let registry = kept.into_iter().fold(Registry::new(), |registry, (name, document)| {
            let document = jsonschema::Draft::Draft202012.create_resource(document);
            registry.add(name, document).expect("a document of JSON")
        });
        let registry = registry.prepare().expect("documents without dangling references");
        let (compiled, well, hashes) = (Mutex::default(), Mutex::default(), RandomState::new());
        Self { api, control, registry, compiled, well, hashes }
    }

    /// Checks an exchange. A test that waits for something polls and gets the same answer many times: that answer is checked once.
    fn exchange(&self, exchange: Exchange<'_>) -> Result<(), String> {
        let hash = self.hashes.hash_one(exchange);
        if self.well.lock().unwrap().contains(&hash) {
            return Ok(());
        }
        self.new_exchange(exchange)?;
        self.well.lock().unwrap().insert(hash);
        Ok(())
    }

    fn new_exchange(&self, exchange: Exchange<'_>) -> Result<(), String> {
        let Exchange { method, path, sent, status, content_type, body } = exchange;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if path == FAULTS || !matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE") {
            return Ok(());
        }
        let item = self.template(path);
        let method = method.to_ascii_lowercase();
        let operation = item.and_then(|(template, item)| Some((template, item.get(&method)?)));
        let Some((template, operation)) = operation else {
            // Pages and assets are not part of the API, and a request for something that doesn't exist gets a problem.
            let is_refused = matches!(status, 401 | 403 | 404 | 405 | 414 | 429);
            return if is_refused || !path.starts_with("/api/") {
                Ok(())
            } else {
                Err("it does not know this path or method".to_owned())
            };
        };
        let place = format!("{}/{method}", pointer(&["paths", template]));
        let described = &operation["responses"][status.to_string()];
        if described.is_null() {
            return Err("it names no such status".to_owned());
        }
        let content = described["content"].as_object();
        let essence = content_type.map(|told| told.split(';').next().unwrap_or_default().trim());
        match (essence, content) {
            _ if body.is_empty() && content.is_none() => {}
            (_, None) => return Err("it describes no body".to_owned()),
            (None, Some(_)) => return Err("it describes a body, and none with a type came".to_owned()),
            (Some(essence), Some(content)) if !content.contains_key(essence) => {
                return Err(format!("it does not describe {essence}"));
            }
            (Some(essence @ ("application/json" | "application/problem+json")), Some(_)) => {
                let mut told: Value = serde_json::from_slice(body)
                    .map_err(|fault| format!("the answer is not JSON: {fault}"))?;
                let of_body = pointer(&["responses", &status.to_string(), "content", essence, "schema"]);
                let place = format!("{CLOSED_API}#{place}{of_body}");
                let new_items = self.leave_new_items(&place, &mut told);
                self.validate(&place, &told)?;
                self.well.lock().unwrap().extend(new_items);
            }
            _ => {}
        }
        if !(200..300).contains(&status) {
            return Ok(());
        }
        self.request(&place, operation, query, sent)
    }

    /// Removes from a list the items that matched in an earlier answer: a journal is read again and again while it grows. Returns the hashes of the
    /// rest.
    fn leave_new_items(&self, place: &str, told: &mut Value) -> Vec<u64> {
        let Some(items) = told.get_mut("items").and_then(Value::as_array_mut) else { return Vec::new() };
        let well = self.well.lock().unwrap();
        items.retain(|item| !well.contains(&self.hashes.hash_one((place, item))));
        items.iter().map(|item| self.hashes.hash_one((place, item))).collect()
    }

    /// Checks an accepted request.
    fn request(&self, place: &str, operation: &Value, query: &str, sent: &[u8]) -> Result<(), String> {
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        // If no parameter is described, none is read. A dialplan may send parameters of newer servers, and sends its token.
        let named: Vec<&str> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let is_of_a_dialplan = operation["tags"][0] == "dialplan";
        let is_read = !named.is_empty() && !is_of_a_dialplan;
        for (name, _) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if is_read && !named.contains(&name) && name != "token" {
                return Err(format!("the parameter {name} was accepted, but is not described"));
            }
        }
        let taken = &operation["requestBody"];
        if sent.is_empty() {
            let is_required = taken["required"] == true;
            return if is_required {
                Err("a body is required, and none was taken".to_owned())
            } else {
                Ok(())
            };
        }
        let Ok(sent) = serde_json::from_slice::<Value>(sent) else { return Ok(()) };
        if taken["content"]["application/json"].is_null() {
            return Ok(());
        }
        let of_body = pointer(&["requestBody", "content", "application/json", "schema"]);
        self.validate(&format!("{API}#{place}{of_body}"), &sent)
            .map_err(|fault| format!("the body was accepted, although its schema refuses it: {fault}"))
    }

    fn control(&self, message: &Value, command: Option<&Value>) -> Result<(), String> {
        let name = match (message["kind"].as_str(), command.and_then(|asked| asked["command"].as_str())) {
            (Some(kind), _) if message.get("seq").is_some() => kind.to_owned(),
            (_, Some(command)) if message["ok"] == true => format!("{command}Answer"),
            _ if message["ok"] == false => "refusal".to_owned(),
            _ => return Err("it is neither an event nor the answer to a request".to_owned()),
        };
        let place = |name: &str| pointer(&["components", "messages", name, "payload"]);
        if self.control.pointer(&place(&name)).is_none() {
            return Err(format!("it describes no message {name}"));
        }
        self.validate(&format!("{CLOSED_CONTROL}#{}", place(&name)), message)?;
        match command {
            Some(asked) if message["ok"] == true => {
                let name = asked["command"].as_str().unwrap_or_default();
                self.validate(&format!("{CONTROL}#{}", place(name)), asked).map_err(|fault| {
                    format!("the command was accepted, although its schema refuses it: {fault}")
                })
            }
            _ => Ok(()),
        }
    }

    /// The path of the document that matches a path: the one with the most fixed words.
    fn template(&self, path: &str) -> Option<(&str, &Value)> {
        let paths = self.api["paths"].as_object()?.iter();
        let fitting = paths.filter(|(template, _)| fits(template, path));
        let found = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((found.0, found.1))
    }

    fn validate(&self, place: &str, told: &Value) -> Result<(), String> {
        let validator = self.validator(place);
        // Describing an error costs more than finding out whether there is one.
        if validator.is_valid(told) {
            return Ok(());
        }
        let faults: Vec<String> = validator
            .iter_errors(told)
            .map(|fault| {
                format!(
                    "{} at {:?}",
                    shortened(fault.to_string().as_bytes()),
                    fault.instance_path().to_string()
                )
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    fn validator(&self, place: &str) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap();
        if let Some(known) = compiled.get(place) {
            return known.clone();
        }
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_registry(&self.registry)
            .build(&json!({ "$ref": place }))
            .unwrap_or_else(|fault| panic!("{place}: {fault}"));
        compiled.entry(place.to_owned()).or_insert_with(|| Arc::new(validator)).clone()
    }
}

/// Whether a path matches a template. Each exchange checks some 300 templates.
fn fits(template: &str, path: &str) -> bool {
    let mut words = path.split('/');
    let has_word = |place: &str| words.next().is_some_and(|word| place.starts_with('{') || place == word);
    template.split('/').all(has_word) && words.next().is_none()
}

/// A JSON pointer, as the fragment of a reference.
fn pointer(steps: &[&str]) -> String {
    let escaped = |step: &&str| {
        let step = step.replace('~', "~0").replace('/', "~1");
        format!("/{}", step.replace('{', "%7B").replace('}', "%7D").replace('+', "%2B"))
    };
    steps.iter().map(escaped).collect()
}

/// Forbids members that an object of the document does not name: everything in an answer has to be described.
fn close(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    close_within(document, &schemas, false);
    // A schema that others refer to may be a part of theirs: it is closed where it is referred to.
    for schema in document["components"]["schemas"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(members) = schema.as_object_mut() {
            members.remove("unevaluatedProperties");
        }
    }
}

/// `is_part`: this is a part of an `allOf`, `oneOf` or `anyOf`, and the whole of it is closed.
fn close_within(value: &mut Value, schemas: &Map<String, Value>, is_part: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match (name.as_str(), member) {
                    ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                        parts.iter_mut().for_each(|part| close_within(part, schemas, true));
                    }
                    // These are data, not schemas.
                    ("example" | "examples" | "default" | "enum", _) => {}
                    (_, member) => close_within(member, schemas, false),
                }
            }
            if !is_part && !members.contains_key("additionalProperties") && is_of_objects(members, schemas, 0)
            {
                members.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| close_within(item, schemas, false)),
        _ => {}
    }
}

/// Whether a schema names members of objects, itself or in the schemas that it combines.
fn is_of_objects(schema: &Map<String, Value>, schemas: &Map<String, Value>, depth: u8) -> bool {
    if depth > 8 {
        return false;
    }
    let of = |part: &Value| part.as_object().is_some_and(|part| is_of_objects(part, schemas, depth + 1));
    let referred = schema.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
    let is_object = schema.get("type").is_some_and(|kind| {
        *kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("object")))
    });
    (is_object && schema.get("properties").is_some_and(Value::is_object))
        || referred.and_then(|name| schemas.get(name)).is_some_and(of)
        || ["allOf", "oneOf", "anyOf"]
            .iter()
            .filter_map(|name| schema.get(*name).and_then(Value::as_array))
            .flatten()
            .any(of)
}

/// The beginning of a text, for a message.
fn shortened(bytes: &[u8]) -> String {
    const CHARS_MAX: usize = 2_000;
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents() -> Documents {
        let row = json!({ "$ref": "#/components/schemas/Row" });
        let api = json!({
            "paths": {
                "/api/v1/rows/{id}": {
                    "put": {
                        "parameters": [{ "in": "query", "name": "limit" }],
                        "requestBody": {
                            "required": true,
                            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/RowBody" } } },
                        },
                        "responses": { "200": { "content": { "application/json": { "schema": row } } }, "204": {} },
                    },
                },
            },
            "components": {
                "schemas": {
                    "Named": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] },
                    "Row": {
                        "allOf": [
                            { "$ref": "#/components/schemas/Named" },
                            { "type": "object", "properties": { "at": { "type": ["integer", "null"] } }, "required": ["at"] },
                        ],
                    },
                    "RowBody": { "type": "object", "properties": { "name": { "type": "string" } }, "additionalProperties": false },
                },
            },
        });
        let event =
            json!({ "type": "object", "properties": { "kind": {}, "seq": {} }, "required": ["kind", "seq"] });
        Documents::new(api, json!({ "components": { "messages": { "call": { "payload": event } } } }))
    }

    fn put(path: &str, sent: &str, status: u16, body: &str) -> Result<(), String> {
        let content_type = (!body.is_empty()).then_some("application/json; charset=utf-8");
        let (sent, body) = (sent.as_bytes(), body.as_bytes());
        documents().exchange(Exchange { method: "PUT", path, sent, status, content_type, body })
    }

    #[test]
    fn only_differences_from_the_document_are_faults() {
        let at = "/api/v1/rows/17";
        put(at, r#"{"name":"x"}"#, 200, r#"{"name":"x","at":null}"#).unwrap();
        put(at, "{}", 204, "").unwrap();
        for (path, sent, status, body, told) in [
            (at, "{}", 200, r#"{"name":"x"}"#, "\"at\" is a required property"),
            (at, "{}", 200, r#"{"name":"x","at":"now"}"#, "\"now\" is not of types"),
            (at, "{}", 200, r#"{"name":"x","at":1,"more":1}"#, "'more' was unexpected"),
            (at, "{}", 201, "", "no such status"),
            (at, "{}", 204, "{}", "no body"),
            (at, r#"{"colour":"red"}"#, 204, "", "although its schema refuses it"),
            (at, "", 204, "", "a body is required"),
            ("/api/v1/rows/17?page=2", "{}", 204, "", "the parameter page"),
            ("/api/v1/columns", "{}", 204, "", "does not know this path"),
        ] {
            let fault = put(path, sent, status, body).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
        put("/api/v1/columns", "{}", 404, "").unwrap();
        put("/assets/app.js", "{}", 200, "x").unwrap();
    }

    #[test]
    fn a_message_must_be_described_in_the_document() {
        let documents = documents();
        documents.control(&json!({ "kind": "call", "seq": 1 }), None).unwrap();
        for message in [
            json!({ "kind": "call", "seq": 1, "more": 1 }),
            json!({ "kind": "weather", "seq": 1 }),
            json!({}),
        ] {
            documents.control(&message, None).unwrap_err();
        }
    }
}
