//! Requests and answers often share a Rust type, but differ: a member that may be left out of the request, by serde's defaults, is always present in
//! the answer. So a document has two schemas for such a type.
//!
//! utoipa describes the form that serde reads, which is the request. This module makes the answer's schema from it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Members that an answer leaves out when they are empty (serde's `skip_serializing_if`): the schema, its variant by tag, and the members. A test
/// compares the list with the sources.
const LEFT_OUT: &[(&str, &str, &[&str])] = &[
    ("AgentProfile", "", &["custom_tools", "extraction", "topics"]),
    ("AgentRequest", "consult", &["note"]),
    ("Announcement", "", &["variables", "identity", "writes"]),
    ("BegunAtDesk", "", &["colleague"]),
    ("BusinessProfile", "", &["bookings"]),
    ("CallPolicy", "", &["desks", "desk_phones", "rings_for_others", "queues", "granted", "escalation"]),
    ("ChannelSeen", "", &["is_held", "switch", "from", "to", "unrouted", "unrouted_for"]),
    ("CallView", "", &["tags", "judge_micros"]),
    ("CommandError", "", &["errors", "current"]),
    ("DeskEvent", "offer_gone", &["taken_by"]),
    (
        "CascadeIntegration",
        "",
        &[
            "recognizer_url",
            "recognizer_model",
            "llm_base_url",
            "llm_model",
            "speech_base_url",
            "speech_model",
            "speech_voice",
            "region",
        ],
    ),
    ("Dialled", "", &["from", "heeds_opt_out", "mailbox_detection", "on_answer", "variables"]),
    ("DocumentQuestion", "dialled", &["failure"]),
    ("DocumentQuestion", "heard", &["keys", "words"]),
    ("Fact", "answered_by", &["by"]),
    ("Fact", "call_started", &["dialled", "begun"]),
    ("Fact", "desk_accepted", &["extension", "queue_id"]),
    ("Fact", "desk_failed", &["overflow", "queue_id"]),
    ("Fact", "dial_failed", &["cause"]),
    ("Fact", "dtmf", &["duration_ms"]),
    ("Fact", "leg_arrived", &["agent"]),
    ("Fact", "next_asked", &["lacks"]),
    ("Fact", "profile_cached", &["handoff", "brief"]),
    ("Fact", "queue_entered", &["overflowed"]),
    ("Fact", "server_restarted", &["away_ms"]),
    ("Fact", "tool_done", &["written"]),
    ("Fault", "", &["params"]),
    ("IceServer", "", &["credential", "username"]),
    ("PhoneNow", "failed", &["cause"]),
    ("Problem", "", &["errors", "current", "params"]),
    ("ProfileCustomer", "", &["verified_by"]),
    ("RecordingPayload", "", &["lost_ms"]),
    (
        "Service",
        "",
        &["buffer_before_minutes", "buffer_after_minutes", "capacity", "begins_together", "resource"],
    ),
    ("ServiceIntegration", "", &["region"]),
    ("ToolOutcome", "done", &["extension"]),
    ("ToolOutcome", "failed", &["failure"]),
    ("TwilioIntegration", "", &["caller_id", "sip_domain"]),
    ("TwilioPolicy", "", &["account"]),
];

/// The schemas of a document, for requests and answers.
pub(in crate::web) struct BothWays {
    /// All schemas, by name.
    pub(in crate::web) schemas: Map<String, Value>,
    /// Request schemas whose name differs from their type, by type.
    sent: BTreeMap<String, String>,
    /// The same for answers.
    answered: BTreeMap<String, String>,
}

impl BothWays {
    /// Makes them from what utoipa knows: `sent` and `answered` are the schemas that a document begins with.
    pub(in crate::web) fn of(
        taken: &Map<String, Value>,
        sent: BTreeSet<String>,
        answered: BTreeSet<String>,
    ) -> Self {
        let mut taken = taken.clone();
        taken.values_mut().for_each(sort_required);
        let taken = &taken;
        let sent = closure(taken, sent);
        let answered = closure(taken, answered);
        let mut answer_schemas = taken.clone();
        for (name, schema) in &mut answer_schemas {
            is_answered(name, schema);
        }
        // Types that need two schemas: those that differ, and those that contain such types.
        let mut two: BTreeSet<String> = taken
            .keys()
            .filter(|name| {
                sent.contains(*name) && answered.contains(*name) && taken[*name] != answer_schemas[*name]
            })
            .cloned()
            .collect();
        loop {
            let leads_to_two = |name: &&String| {
                !two.contains(*name) && references(&taken[*name]).iter().any(|to| two.contains(to))
            };
            let both = sent.intersection(&answered);
            let more: Vec<String> = both.filter(leads_to_two).cloned().collect();
            if more.is_empty() {
                break;
            }
            two.extend(more);
        }
        let free = |mut name: String| {
            while taken.contains_key(&name) {
                name.insert_str(0, "Own");
            }
            name
        };
        let of_sent = two.iter().filter(|name| !name.ends_with("Body"));
        let of_sent = of_sent.map(|name| (name.clone(), free(format!("{name}Body"))));
        let of_answered = two
            .iter()
            .filter_map(|name| Some((name.clone(), free(format!("{}View", name.strip_suffix("Body")?)))));
        let mut made = Self { schemas: Map::new(), sent: of_sent.collect(), answered: of_answered.collect() };
        for name in taken.keys() {
            let is_sent_alone = sent.contains(name) && !answered.contains(name);
            if is_sent_alone || two.contains(name) {
                let mut schema = taken[name].clone();
                made.rename_sent(&mut schema);
                let name = made.sent.get(name).unwrap_or(name).clone();
                made.schemas.insert(name, schema);
            }
            if !is_sent_alone {
                let mut schema = answer_schemas[name].clone();
                made.rename_answered(&mut schema);
                let name = made.answered.get(name).unwrap_or(name).clone();
                made.schemas.insert(name, schema);
            }
        }
        made
    }

    /// Makes a part of the document about requests refer to request schemas.
    pub(in crate::web) fn rename_sent(&self, part: &mut Value) {
        rename(part, &self.sent);
    }

    /// The same for answers.
    pub(in crate::web) fn rename_answered(&self, part: &mut Value) {
        rename(part, &self.answered);
    }
}

/// Completes an OpenAPI document. `sent` lists schemas that programs send outside any operation.
pub(super) fn complete(document: &mut Value, sent: &[&str]) {
    let Some(taken) = document["components"]["schemas"].as_object().cloned() else { return };
    let mut of_sent: BTreeSet<String> = sent.iter().map(|name| (*name).to_owned()).collect();
    let mut of_answered = BTreeSet::new();
    each_operation(document, |operation| {
        for part in ["requestBody", "parameters"] {
            of_sent.extend(operation.get(part).map(references).unwrap_or_default());
        }
        of_answered.extend(operation.get("responses").map(references).unwrap_or_default());
    });
    // Schemas without a reference are used elsewhere, for instance for webhooks and desks.
    let reached = closure(&taken, of_sent.union(&of_answered).cloned().collect());
    of_answered.extend(taken.keys().filter(|name| !reached.contains(*name)).cloned());
    let both = BothWays::of(&taken, of_sent, of_answered);
    each_operation(document, |operation| {
        for part in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(part) {
                both.rename_sent(part);
            }
        }
        if let Some(responses) = operation.get_mut("responses") {
            for content in responses.as_object_mut().into_iter().flat_map(Map::values_mut) {
                let types = content.get_mut("content").and_then(Value::as_object_mut);
                for of_type in types.into_iter().flat_map(Map::values_mut) {
                    if let Some(schema) = of_type.get_mut("schema") {
                        is_answered("", schema);
                    }
                }
            }
            both.rename_answered(responses);
        }
    });
    document["components"]["schemas"] = Value::Object(both.schemas);
}

fn each_operation(document: &mut Value, mut visit: impl FnMut(&mut Map<String, Value>)) {
    let items = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in items.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(operation) = operation.as_object_mut() {
            visit(operation);
        }
    }
}

/// Makes an answer schema from a request schema: every member is present, except those that are left out when empty, and programs must accept further
/// members.
fn is_answered(name: &str, schema: &mut Value) {
    is_answered_as(name, "", schema);
}

/// The same for a part of a variant, whose tag may be in another part.
fn is_answered_as(name: &str, variant: &str, schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let own = schema.get("properties").into_iter().chain(parts.filter_map(|part| part.get("properties")));
    let own = own.filter_map(Value::as_object).map(tag).find(|tag| !tag.is_empty());
    let variant = own.unwrap_or(variant).to_owned();
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let left_out = left_out(name, &variant);
        let all = properties.keys().filter(|member| !left_out.contains(&member.as_str())).cloned();
        let all: Vec<Value> = all.map(Value::from).collect();
        if all.is_empty() {
            schema.remove("required");
        } else {
            schema.insert("required".to_owned(), all.into());
        }
    }
    // Without a member that names the type, one variant may look like another and match both.
    let referred = |part: &&Value| part.get("$ref").is_some();
    let untagged =
        schema.get("oneOf").and_then(Value::as_array).map(|parts| parts.iter().filter(referred).count());
    if untagged > Some(1)
        && let Some(parts) = schema.remove("oneOf")
    {
        schema.insert("anyOf".to_owned(), parts);
    }
    for (keyword, part) in schema {
        match (keyword.as_str(), part) {
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| is_answered_as(name, &variant, part));
            }
            ("items" | "additionalProperties", part) => is_answered(name, part),
            ("properties", Value::Object(members)) => {
                members.values_mut().for_each(|member| is_answered("", member));
            }
            _ => {}
        }
    }
}

/// Sorts the names of required members, so that two schemas differ only where their contents do.
fn sort_required(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Array(required)) = members.get_mut("required") {
                required.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            members.values_mut().for_each(sort_required);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_required),
        _ => {}
    }
}

/// Members that an answer may leave out in that schema's variant.
fn left_out(name: &str, tag: &str) -> Vec<&'static str> {
    // A page's schema contains the schema of its rows.
    let name = name.strip_prefix("Page_").unwrap_or(name);
    let of_it = LEFT_OUT.iter().filter(|(schema, variant, _)| *schema == name && *variant == tag);
    of_it.flat_map(|(_, _, members)| members.iter().copied()).collect()
}

/// The variant that these members belong to: the only value that one of them can have.
fn tag<'a>(properties: &'a Map<String, Value>) -> &'a str {
    let only = |member: &'a Value| match member.get("enum")?.as_array()?.as_slice() {
        [only] => only.as_str(),
        _ => None,
    };
    properties.values().find_map(only).unwrap_or_default()
}

/// These schemas and all that they refer to.
fn closure(schemas: &Map<String, Value>, from: BTreeSet<String>) -> BTreeSet<String> {
    let mut waiting: Vec<String> = from.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if let Some(schema) = schemas.get(&name)
            && found.insert(name)
        {
            waiting.extend(references(schema));
        }
    }
    found
}

const SCHEMAS: &str = "#/components/schemas/";

/// The names of the schemas that a part of the document refers to.
pub(in crate::web) fn references(part: &Value) -> BTreeSet<String> {
    match part {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(SCHEMAS));
            own.map(str::to_owned).into_iter().chain(members.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}

fn rename(part: &mut Value, names: &BTreeMap<String, String>) {
    match part {
        Value::Object(members) => {
            for (keyword, member) in members.iter_mut() {
                match member {
                    Value::String(to) if keyword == "$ref" => {
                        if let Some(name) = to.strip_prefix(SCHEMAS).and_then(|name| names.get(name)) {
                            *to = format!("{SCHEMAS}{name}");
                        }
                    }
                    member => rename(member, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}
