//! Agents that are created and changed by HTTP: `POST /v1/convai/agents/create`, `PATCH /v1/convai/agents/{id}`.
//!
//! Each body is checked against a strict schema of the members that we use, with the names and types of ElevenLabs' own client (PyPI
//! `elevenlabs` 2.78.0): anything else in it breaks a rule.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

/// Agents that were written so far.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The ids, and the newest body of each.
    pub(super) agents: Vec<(String, Value)>,
    /// The violations of the rules by the last accepted request.
    pub(super) violations: Vec<String>,
}

impl Written {
    /// Handles a request. `standing` is the agent that existed before; no other agents exist except those that were created here.
    pub(super) fn take(&mut self, method: &str, target: &str, standing: &str, sent: &[u8]) -> (u16, Value) {
        let Ok(body) = serde_json::from_slice::<Value>(sent) else {
            self.violations.push(format!("{method} {target}: the body is not JSON"));
            return (
                422,
                json!({ "detail": [{ "type": "json_invalid", "loc": ["body"], "msg": "JSON decode error" }] }),
            );
        };
        let Some(schema) = &*BODY else {
            self.violations.push("the schema of this file can't be read".to_owned());
            return (500, Value::Null);
        };
        let faults: Vec<String> = schema
            .iter_errors(&body)
            .map(|error| format!("{method} {target}: at `{}`: {}", error.instance_path(), error.masked()))
            .collect();
        if !faults.is_empty() {
            self.violations.extend(faults);
            return (
                422,
                json!({ "detail": [{ "type": "extra_forbidden", "loc": ["body"], "msg": "not permitted" }] }),
            );
        }
        let id = match (method, target.strip_prefix("/v1/convai/agents/")) {
            ("POST", Some("create")) => {
                let id = format!("agent_made_{}", self.agents.len());
                self.agents.push((id.clone(), body));
                return (200, json!({ "agent_id": id }));
            }
            ("PATCH", Some(id)) => id.to_owned(),
            _ => return (404, json!({ "detail": { "status": "not_found", "message": "no such path" } })),
        };
        let name = body["name"].clone();
        match self.agents.iter_mut().find(|(made, _)| *made == id) {
            Some((_, kept)) => *kept = body,
            None if id == standing => self.agents.push((id.clone(), body)),
            None => {
                let words = format!("Document with id {id} not found.");
                return (404, json!({ "detail": { "status": "document_not_found", "message": words } }));
            }
        }
        (
            200,
            json!({ "agent_id": id, "name": name, "conversation_config": {}, "metadata": { "created_at_unix_secs": 1 } }),
        )
    }

    /// The agents that were created, as the list shows them.
    pub(super) fn listed(&self) -> Vec<Value> {
        let row = |(id, body): &(String, Value)| json!({ "agent_id": id, "name": body["name"], "tags": body["tags"], "created_at_unix_secs": 2 });
        self.agents.iter().map(row).collect()
    }
}

static BODY: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let strict = |properties: Value, required: Value| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let format = json!({ "enum": ["pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000", "ulaw_8000"] });
    let text = json!({ "type": "string", "minLength": 1 });
    let truth = json!({ "type": "boolean" });
    let events = json!({ "type": "array", "uniqueItems": true, "items": { "enum": [
        "conversation_initiation_metadata", "ping", "audio", "interruption", "user_transcript", "agent_response",
        "agent_response_correction", "client_tool_call", "agent_tool_request", "agent_tool_response",
    ] } });
    // A value that the model writes has a description.
    let property = json!({ "oneOf": [
        strict(json!({
            "type": { "enum": ["string", "integer", "number", "boolean"] }, "description": text,
            "enum": { "type": "array", "minItems": 1, "items": { "type": "string" } },
        }), json!(["type", "description"])),
        strict(json!({
            "type": { "const": "array" }, "description": text, "items": { "$ref": "#/$defs/property" },
        }), json!(["type", "description", "items"])),
        strict(json!({
            "type": { "const": "object" }, "description": text,
            "properties": { "type": "object", "additionalProperties": { "$ref": "#/$defs/property" } },
            "required": { "type": "array", "items": { "type": "string" } },
        }), json!(["type", "description", "properties"])),
    ] });
    let tool = strict(
        json!({
            "type": { "const": "client" },
            "name": { "type": "string", "pattern": "^[a-zA-Z0-9_-]{1,64}$" },
            "description": text,
            "expects_response": truth,
            "response_timeout_secs": { "type": "integer", "minimum": 1, "maximum": 120 },
            "parameters": strict(json!({
                "type": { "const": "object" },
                "properties": { "type": "object", "additionalProperties": { "$ref": "#/$defs/property" } },
                "required": { "type": "array", "items": { "type": "string" } },
            }), json!(["type", "properties"])),
        }),
        json!(["type", "name", "description"]),
    );
    let agent = strict(
        json!({
            "first_message": { "type": "string" },
            "language": { "type": "string", "pattern": "^[a-z]{2}(-[a-z]{2})?$" },
            "prompt": strict(
                json!({ "prompt": { "type": "string" }, "tools": { "type": "array", "items": tool } }),
                json!(["prompt"]),
            ),
        }),
        json!(["prompt"]),
    );
    let overrides = strict(
        json!({
            "agent": strict(json!({
                "first_message": truth, "language": truth,
                "prompt": strict(json!({ "prompt": truth }), json!([])),
            }), json!([])),
            "tts": strict(json!({ "voice_id": truth, "speed": truth }), json!([])),
        }),
        json!([]),
    );
    let mut schema = strict(
        json!({
            "name": text,
            "tags": { "type": "array", "items": text },
            "conversation_config": strict(json!({
                "asr": strict(json!({ "user_input_audio_format": format }), json!([])),
                "tts": strict(json!({ "agent_output_audio_format": format, "voice_id": text }), json!([])),
                "conversation": strict(
                    json!({ "client_events": events, "max_duration_seconds": { "type": "integer", "minimum": 1 } }),
                    json!([]),
                ),
                "agent": agent,
            }), json!([])),
            "platform_settings": strict(json!({
                "overrides": strict(json!({ "conversation_config_override": overrides }), json!([])),
            }), json!([])),
        }),
        json!(["conversation_config"]),
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$defs"] = json!({ "property": property });
    jsonschema::validator_for(&schema).ok()
});
