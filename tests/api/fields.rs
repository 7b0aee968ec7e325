//! Every text field of every body in the API document, with 5,000 characters, a null character, markup and right-to-left letters. What is accepted is
//! returned unchanged, and what is not accepted is refused by the field's name; nothing is cut, nothing fails.

use serde_json::{Map, Value, json};

use crate::isolation::{First, first};
use crate::people::{PASSWORD, bearer};
use crate::setup::Setup;

/// Texts to send. Each gets a number, because names are unique.
fn texts() -> [String; 3] {
    [
        "\u{fc}".repeat(4_994),
        "a\0b".to_owned(),
        "<script>alert(1)</script> \u{202e}\u{645}\u{62d}\u{645}\u{62f}\u{202c} \u{5d2}\u{5d9}".to_owned(),
    ]
}

/// Routes whose fields other tests cover: those that call an external service, that end the sign-in of this test, or that belong to the operator. A
/// dialplan requests audio ports with its own token.
const LEFT_OUT: [&str; 9] = [
    "/api/v1/audio-ports",
    "/twilio/",
    "/elevenlabs/",
    "/api/v1/admin/",
    "/api/v1/auth/",
    "/api/v1/osdial/",
    "/api/v1/organizations/",
    "/api/v1/leads.csv",
    "/api/v1/webrtc",
];

/// Routes whose `password` is that of the user who asks: any other text is a wrong password.
const WITH_OWN_PASSWORD: [&str; 2] = ["/api/v1/users/{id}/email", "/api/v1/users/{id}/totp/remove"];

/// One step from a body to a text in it.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// To a member of an object.
    Member(String),
    /// To the first item of an array.
    Item,
    /// To one of the alternatives of a value.
    Form(usize),
}

/// The API document, and the rows that paths and bodies name.
struct Desk<'a> {
    document: &'a Value,
    first: &'a First,
    /// Number of values from which a name was made.
    made: u32,
}

impl Desk<'_> {
    /// Returns a schema without references, in one of three shapes: alternatives below `oneOf`, members below `properties`, or unchanged.
    fn resolved(&self, schema: &Value) -> Value {
        if let Some(place) = schema["$ref"].as_str() {
            return self.resolved(&self.document.pointer(&place[1..]).unwrap().clone());
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
            for part in parts.iter().map(|part| self.resolved(part)) {
                for (name, member) in part["properties"].as_object().into_iter().flatten() {
                    whole["properties"][name] = member.clone();
                }
                let required = part["required"].as_array().cloned().unwrap_or_default();
                whole["required"].as_array_mut().unwrap().extend(required);
                if part.get("oneOf").is_some() || part["properties"].is_null() {
                    return part;
                }
            }
            return whole;
        }
        let forms = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
        let Some(forms) = forms else { return schema.clone() };
        let forms: Vec<&Value> = forms.iter().filter(|form| form["type"] != "null").collect();
        if let [only] = forms[..] { self.resolved(only) } else { json!({ "oneOf": forms }) }
    }

    /// Collects the ways to the texts of a value.
    fn texts_in(&self, schema: &Value, way: &[Step], all: &mut Vec<Vec<Step>>) {
        let schema = self.resolved(schema);
        let further = |step: Step| [way, &[step]].concat();
        if way.len() > 7 {
            return;
        }
        if let Some(forms) = schema["oneOf"].as_array() {
            for (number, form) in forms.iter().enumerate() {
                self.texts_in(form, &further(Step::Form(number)), all);
            }
        } else if is_of(&schema, "object") || schema.get("properties").is_some() {
            for (name, member) in schema["properties"].as_object().into_iter().flatten() {
                self.texts_in(member, &further(Step::Member(name.clone())), all);
            }
        } else if is_of(&schema, "array") {
            self.texts_in(&schema["items"], &further(Step::Item), all);
        } else if is_of(&schema, "string") && schema.get("enum").is_none() && schema.get("const").is_none() {
            all.push(way.to_vec());
        }
    }

    /// Returns a value that may be accepted: an object has only its required members.
    fn sample(&mut self, name: &str, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return words[0].clone();
        }
        if let Some(forms) = schema["oneOf"].as_array() {
            return self.sample(name, &forms[0]);
        }
        if is_of(&schema, "object") || schema.get("properties").is_some() {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let members = required.iter().filter_map(Value::as_str);
            let members: Vec<String> = members.map(str::to_owned).collect();
            let sampled = members.into_iter().map(|name| {
                let value = self.sample(&name, &schema["properties"][&name]);
                (name, value)
            });
            return Value::Object(sampled.collect::<Map<_, _>>());
        }
        if is_of(&schema, "array") {
            return json!([self.sample(name, &schema["items"])]);
        }
        if is_of(&schema, "integer") || is_of(&schema, "number") {
            return schema.get("minimum").cloned().unwrap_or(json!(1));
        }
        if is_of(&schema, "boolean") {
            return json!(false);
        }
        if is_of(&schema, "string") { json!(self.word(name, &schema)) } else { json!({}) }
    }

    /// Returns a text that a field of this name accepts.
    fn word(&mut self, name: &str, schema: &Value) -> String {
        self.made += 1;
        let n = self.made;
        if let Some(example) = schema["examples"].as_array().and_then(|all| all[0].as_str()) {
            return example.to_owned();
        }
        match (name, schema["format"].as_str()) {
            ("ends_at", _) => "2027-03-01T11:00:00Z".to_owned(),
            (_, Some("date-time")) => "2027-03-01T10:00:00Z".to_owned(),
            (_, Some("date")) => "2027-03-01".to_owned(),
            ("profile_id", _) => self.first.id("profile_id").to_owned(),
            (_, Some("uuid")) => {
                let of = name.trim_end_matches("_id");
                let rows =
                    self.first.rows.iter().find(|(collection, _)| collection.trim_end_matches('s') == of);
                rows.map_or_else(|| self.first.id("uuid").to_owned(), |(_, id)| id.clone())
            }
            ("email", _) => format!("somebody-{n}@example.com"),
            ("phone" | "number" | "from" | "to" | "sms", _) => format!("+49305551{n:05}"),
            ("url", _) => format!("https://hooks.example/{n}"),
            ("tz" | "zone" | "time_zone", _) => "Europe/Berlin".to_owned(),
            ("language" | "languages", _) => "en".to_owned(),
            ("currency", _) => "EUR".to_owned(),
            ("password", _) => PASSWORD.to_owned(),
            ("digits", _) => "7".to_owned(),
            ("target", _) => "internal,1,1".to_owned(),
            ("events", _) => "call.started".to_owned(),
            ("scopes", _) => "calls_read".to_owned(),
            _ => format!("words_{n}"),
        }
    }

    /// Returns `value`, or a sample if there is none, with a text at the end of the way.
    fn with(
        &mut self,
        value: Option<&Value>,
        (name, schema): (&str, &Value),
        way: &[Step],
        text: &str,
    ) -> Value {
        let schema = self.resolved(schema);
        let Some((step, rest)) = way.split_first() else { return json!(text) };
        match step {
            Step::Form(number) => {
                let form = schema["oneOf"][number].clone();
                // The current value may be of another alternative.
                self.with(None, (name, &form), rest, text)
            }
            Step::Item => {
                json!([self.with(value.and_then(|all| all.get(0)), (name, &schema["items"]), rest, text)])
            }
            Step::Member(member) => {
                let mut whole = match value {
                    Some(whole) if whole.is_object() => whole.clone(),
                    _ => self.sample(name, &schema),
                };
                let inner = self.with(whole.get(member), (member, &schema["properties"][member]), rest, text);
                whole[member] = inner;
                whole
            }
        }
    }

    /// Returns a path that names existing rows; none if there are no rows of that kind.
    fn concrete(&self, path: &str) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in path.split('/') {
            let hole = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            let value = match hole {
                Some("id") => {
                    let collection = parts.last()?;
                    self.first.rows.iter().find(|(known, _)| known == collection)?.1.clone()
                }
                Some(name) => self.first.id(name).to_owned(),
                None => part.to_owned(),
            };
            parts.push(value);
        }
        Some(parts.join("/"))
    }
}

/// Whether a schema is of this type, or of this type and null.
fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
}

/// Returns the value at the end of a path.
fn at<'a>(value: &'a Value, way: &[Step]) -> Option<&'a Value> {
    way.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item => value.get(0),
        Step::Form(_) => Some(value),
    })
}

/// Returns the body that leaves a thing unchanged: the current state for a `PUT`, otherwise the required members.
fn base(setup: &Setup, desk: &mut Desk, (method, path): (&str, &str), schema: &Value) -> Value {
    let resolved = desk.resolved(schema);
    let now = if method == "POST" {
        None
    } else {
        Some(bearer(setup, "GET", path, &desk.first.owner, &Value::Null))
    };
    let now = now.filter(|now| now.status == 200).map(|now| now.json());
    match now {
        Some(now) => {
            let names = resolved["properties"].as_object().cloned().unwrap_or_default();
            let is_sent = |name: &&String| method == "PUT" || *name == "revision";
            let kept = names.keys().filter(is_sent).filter_map(|name| {
                now.get(name).filter(|value| !value.is_null()).map(|value| (name.clone(), value.clone()))
            });
            Value::Object(kept.collect())
        }
        None => desk.sample("", &resolved),
    }
}

#[test]
fn each_text_field_keeps_text_unchanged_or_refuses_it() {
    let setup = Setup::open();
    let first = first(&setup);
    let document = setup.json("/api/openapi.json");
    let mut desk = Desk { document: &document, first: &first, made: 0 };
    let (mut taken, mut refused, mut wrong) = (0, 0, Vec::new());
    for (path, operations) in document["paths"].as_object().unwrap() {
        if LEFT_OUT.iter().any(|left| path.starts_with(left)) {
            continue;
        }
        let Some(concrete) = desk.concrete(path) else { continue };
        for (method, operation) in operations.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }
            let method = method.to_uppercase();
            let mut ways = Vec::new();
            desk.texts_in(schema, &[], &mut ways);
            let own_password = WITH_OWN_PASSWORD.contains(&path.as_str()).then_some("password");
            // Members that the server writes are sent back with a thing, and ignored.
            let is_left_out = |way: &&Vec<Step>| {
                ["revision", "updated_at"]
                    .into_iter()
                    .chain(own_password)
                    .any(|name| way.last() == Some(&Step::Member(name.to_owned())))
            };
            for way in ways.iter().filter(|way| !is_left_out(way)) {
                for text in texts() {
                    let text = format!("{text} {:05}", desk.made);
                    let before = base(&setup, &mut desk, (&method, &concrete), schema);
                    let body = desk.with(Some(&before), ("", schema), way, &text);
                    let answer = bearer(&setup, &method, &concrete, &first.owner, &body);
                    let said = answer.text();
                    let begin: String = text.chars().take(9).collect();
                    let place = format!("{method} {path} {way:?} {begin:?}: {}: {said:.300}", answer.status);
                    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    match answer.status {
                        200..=299 => {
                            taken += 1;
                            let shown = at(&told, way).and_then(Value::as_str);
                            if shown.is_some_and(|shown| shown != text && shown != text.trim()) {
                                wrong.push(format!("not as it was sent: {place}"));
                            }
                        }
                        400 | 422 => {
                            refused += 1;
                            let names: Vec<&str> = way
                                .iter()
                                .filter_map(|step| {
                                    if let Step::Member(name) = step { Some(name.as_str()) } else { None }
                                })
                                .collect();
                            let is_it = |told: &str| {
                                names.iter().any(|name| told.split('.').any(|part| part == *name))
                            };
                            let fields = told["errors"].as_array().cloned().unwrap_or_default();
                            let is_named =
                                fields.iter().any(|fault| fault["field"].as_str().is_some_and(is_it));
                            let is_said = names.iter().any(|name| said.contains(&format!("`{name}`")));
                            // A sample that is refused unchanged says nothing about this field.
                            let is_good = || {
                                let alone = bearer(&setup, &method, &concrete, &first.owner, &before);
                                !matches!(alone.status, 400 | 422)
                            };
                            if !is_named && !is_said && is_good() {
                                wrong.push(format!("refused, and not by its name: {place}"));
                            }
                        }
                        // The named thing does not exist, exists already, or is not available at the moment.
                        403 | 404 | 409 | 429 | 503 => {}
                        _ => wrong.push(format!("failed: {place}")),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), taken + refused, wrong.join("\n"));
    assert!(
        taken > 80 && refused > 500,
        "{taken} taken, {refused} refused: the document has changed its shape"
    );
}
