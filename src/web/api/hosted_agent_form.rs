//! An agent at ElevenLabs for a profile: the body of the requests that create or change one. Pure.
//!
//! ElevenLabs documents that agents are created and changed at `/v1/convai/agents`, their overrides and their events; the names of the members are
//! those of its own client (PyPI `elevenlabs` 2.78.0, `conversational_ai.agents.create`).

use std::time::Duration;

use cordboard_actors::tools::ToolDefinition;
use cordboard_schema::ids::ProfileId;
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::voice_chain::VoiceName;
use cordboard_schema::wire::elevenlabs::language_of;
use serde_json::{Map, Value, json};

/// Telephone audio, which is neither decoded nor encoded on its way.
const AUDIO_FORMAT: &str = "ulaw_8000";
/// Events that a call needs.
const CLIENT_EVENTS: [&str; 10] = [
    "conversation_initiation_metadata",
    "ping",
    "audio",
    "interruption",
    "user_transcript",
    "agent_response",
    "agent_response_correction",
    "client_tool_call",
    // Reports that a tool of ElevenLabs' own runs.
    "agent_tool_request",
    // Reports that it has ended, and that the agent hangs up by a tool of its own.
    "agent_tool_response",
];
/// How long an agent waits for a tool, in s: the longest that ElevenLabs accepts. Ringing a person is a tool, too. Shortly before, the session answers
/// a tool that still runs.
const TOOL_WAIT_S: u32 = 120;
/// Shortest duration of a conversation that an agent gets, in s: ElevenLabs' default. An agent may be kept while a person talks with the caller, which
/// does not count as its call.
const CONVERSATION_S_MIN: u64 = 600;
/// Longest duration that an agent gets, in s; a longer call goes on in another conversation. ElevenLabs documents no limit.
const CONVERSATION_S_MAX: u64 = 7_200;
/// Time for the last words of a call that has reached its longest duration, in s.
const LAST_WORDS_S: u64 = 60;
/// How deep a schema of arguments is followed.
const SCHEMA_DEPTH_MAX: usize = 8;

/// The tag that identifies the agent of a profile.
pub(super) fn tag_of(profile_id: ProfileId) -> String {
    format!("cordboard:{profile_id}")
}

/// The body of the request that creates an agent for a profile or updates it: the profile as in a call that begins now. A call may last for
/// `longest_call`.
pub(super) fn agent_of(profile: &AgentProfile, tools: &[ToolDefinition], longest_call: Duration) -> Value {
    let mut tts = Map::from_iter([("agent_output_audio_format".to_owned(), json!(AUDIO_FORMAT))]);
    tts.extend(voice_of(profile).map(|voice| ("voice_id".to_owned(), json!(voice))));
    let first_message = profile.notice.as_deref().or(profile.greeting.as_deref()).unwrap_or_default();
    let mut agent = Map::from_iter([
        ("first_message".to_owned(), json!(first_message)),
        (
            "prompt".to_owned(),
            json!({
                "prompt": profile.instructions,
                "tools": tools.iter().map(tool).collect::<Vec<_>>(),
            }),
        ),
    ]);
    agent.extend(language_of(&profile.language).map(|language| ("language".to_owned(), json!(language))));
    json!({
        "name": profile.name,
        "tags": ["cordboard", tag_of(profile.id)],
        "conversation_config": {
            "asr": { "user_input_audio_format": AUDIO_FORMAT },
            "tts": tts,
            "conversation": {
                "client_events": CLIENT_EVENTS,
                "max_duration_seconds": conversation_s(longest_call),
            },
            "agent": agent,
        },
        "platform_settings": {
            "overrides": {
                "conversation_config_override": {
                    "agent": { "first_message": true, "language": true, "prompt": { "prompt": true } },
                    "tts": { "voice_id": true, "speed": true },
                },
            },
        },
    })
}

/// How long a conversation may last, in s, so that ElevenLabs doesn't end it before the call ends.
fn conversation_s(longest_call: Duration) -> u64 {
    (longest_call.as_secs() + LAST_WORDS_S).clamp(CONVERSATION_S_MIN, CONVERSATION_S_MAX)
}

/// The voice of the profile at ElevenLabs: in a chain, the one that its ElevenLabs link names.
fn voice_of(profile: &AgentProfile) -> Option<&str> {
    let speech = &profile.speech;
    let link = speech.voices.iter().find(|link| link.provider == VoiceName::known("elevenlabs"));
    match link {
        Some(link) => link.voice.as_deref(),
        None if speech.agent.is_some() => speech.voice.as_deref(),
        // The name of another provider's voice.
        None => None,
    }
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({
        "type": "client",
        "name": tool.name,
        "description": tool.description,
        "expects_response": true,
        "response_timeout_secs": TOOL_WAIT_S,
        "parameters": arguments(&tool.parameters),
    })
}

/// The schema of a tool's arguments as ElevenLabs expects it: an object.
fn arguments(schema: &Value) -> Value {
    match property("arguments", schema, 0) {
        Value::Object(mut object) if object.get("type") == Some(&json!("object")) => {
            object.remove("description");
            Value::Object(object)
        }
        _ => json!({ "type": "object", "properties": {}, "required": [] }),
    }
}

/// A value of a schema: its type, description and allowed values. ElevenLabs has no members for the rest of a schema; the call checks it anyway. Each
/// value has a description, which tells the model what to write: by default its name.
fn property(name: &str, schema: &Value, depth: usize) -> Value {
    let description = schema["description"].as_str().unwrap_or(name);
    let kind = kind_of(schema);
    let within = |name: &str, schema: &Value| match depth < SCHEMA_DEPTH_MAX {
        true => property(name, schema, depth + 1),
        false => json!({ "type": "string", "description": name }),
    };
    match kind {
        "object" => {
            let properties = schema["properties"].as_object();
            let properties: Map<String, Value> = properties
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), within(name, schema)))
                .collect();
            let known = |name: &&Value| name.as_str().is_some_and(|name| properties.contains_key(name));
            let required: Vec<Value> =
                schema["required"].as_array().into_iter().flatten().filter(known).cloned().collect();
            json!({
                "type": "object", "description": description, "properties": properties, "required": required,
            })
        }
        "array" => {
            json!({ "type": "array", "description": description, "items": within(name, &schema["items"]) })
        }
        kind => {
            let mut property = Map::from_iter([
                ("type".to_owned(), json!(kind)),
                ("description".to_owned(), json!(description)),
            ]);
            let choices: Vec<&str> =
                schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if kind == "string" && !choices.is_empty() {
                property.insert("enum".to_owned(), json!(choices));
            }
            Value::Object(property)
        }
    }
}

/// The type of a value: of several the first that is not null, and text by default.
fn kind_of(schema: &Value) -> &'static str {
    let stated = &schema["type"];
    let several = stated.as_array().into_iter().flatten();
    let kind = stated.as_str().or_else(|| several.filter_map(Value::as_str).find(|kind| *kind != "null"));
    match kind {
        Some("object") => "object",
        Some("array") => "array",
        Some("integer") => "integer",
        Some("number") => "number",
        Some("boolean") => "boolean",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn definition(parameters: Value) -> ToolDefinition {
        ToolDefinition {
            name: "look_up".into(),
            description: "Looks a part up.".into(),
            parameters: Arc::new(parameters),
        }
    }

    #[test]
    fn a_client_tools_schema_has_only_what_elevenlabs_knows() {
        let shown = tool(&definition(json!({
            "type": "object", "additionalProperties": false,
            "properties": {
                "part": { "type": "string", "description": "Its name.", "minLength": 1 },
                "colour": { "type": ["string", "null"], "enum": ["red", "blue", null] },
                "sizes": { "type": "array", "items": { "type": "integer", "minimum": 1 } },
            },
            "required": ["part", "nothing"],
        })));
        assert_eq!(
            shown,
            json!({
                "type": "client", "name": "look_up", "description": "Looks a part up.",
                "expects_response": true, "response_timeout_secs": 120,
                "parameters": {
                    "type": "object",
                    "properties": {
                        "part": { "type": "string", "description": "Its name." },
                        "colour": { "type": "string", "description": "colour", "enum": ["red", "blue"] },
                        "sizes": {
                            "type": "array", "description": "sizes",
                            "items": { "type": "integer", "description": "sizes" },
                        },
                    },
                    "required": ["part"],
                },
            })
        );
    }

    #[test]
    fn a_conversation_lasts_as_long_as_a_call() {
        for (call_s, conversation) in [(1, 600), (600, 660), (3_600, 3_660), (86_400, 7_200)] {
            assert_eq!(conversation_s(Duration::from_secs(call_s)), conversation, "{call_s}");
        }
    }

    #[test]
    fn endless_schemas_are_cut_off() {
        let mut schema = json!({ "type": "string" });
        for _ in 0..100 {
            schema = json!({ "type": "object", "properties": { "in": schema } });
        }
        let text = arguments(&schema).to_string();
        assert_eq!(text.matches("\"object\"").count(), SCHEMA_DEPTH_MAX + 1);
        assert_eq!(arguments(&json!("nothing"))["type"], "object");
    }
}
