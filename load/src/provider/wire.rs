//! The provider's side of the OpenAI Realtime protocol: a client's messages, and the events of one answer.
//!
//! Source: OpenAI's API reference, "Realtime", and the examples in `tests/captures/openai`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::audio::Law;
use serde::Deserialize;
use serde_json::{Value, json};

/// An event of the client. Only what the measurement needs is read.
#[derive(Debug, Deserialize)]
pub(super) struct ClientEvent<'a> {
    /// Its name, as `input_audio_buffer.append`.
    #[serde(rename = "type")]
    pub(super) kind: &'a str,
    /// Base64 of an append.
    pub(super) audio: Option<&'a str>,
    /// Of a `session.update`.
    pub(super) session: Option<Value>,
    /// Of a `response.create`.
    pub(super) response: Option<Value>,
    /// Of a `conversation.item.create`.
    pub(super) item: Option<Value>,
    /// Of a truncate or delete.
    pub(super) item_id: Option<&'a str>,
    /// For a truncate: how much was heard of the item.
    pub(super) audio_end_ms: Option<u64>,
}

/// A client's settings of its session, as far as they matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionSettings {
    /// The format of the audio, both ways.
    pub(super) format: Format,
    /// The side that begins an answer when the caller is done.
    pub(super) answers: AnswersBegin,
}

/// A format of audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// G.711 at 8 kHz, in which markers survive.
    G711(Law),
    /// Linear samples of 16 bits at 24 kHz, for callers in browsers.
    Linear,
}

impl Format {
    /// Octets of a millisecond.
    pub(super) const fn octets_per_ms(self) -> usize {
        match self {
            Self::G711(_) => 8,
            Self::Linear => 48,
        }
    }
}

/// The side that begins an answer when the caller is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswersBegin {
    /// The provider.
    ByItself,
    /// The client, by `response.create`.
    OnRequest,
}

impl SessionSettings {
    /// Reads the session of a `session.update`.
    ///
    /// # Errors
    /// The requested format, if markers do not survive in it.
    pub(super) fn of(session: &Value) -> Result<Self, String> {
        let format = |side: &str| {
            let format = &session["audio"][side]["format"];
            format["type"].as_str().or(format.as_str()).unwrap_or("none").to_owned()
        };
        let is_24_khz = |side: &str| session["audio"][side]["format"]["rate"] == 24_000;
        let format = match (format("input").as_str(), format("output").as_str()) {
            ("audio/pcmu", "audio/pcmu") => Format::G711(Law::Mu),
            ("audio/pcma", "audio/pcma") => Format::G711(Law::A),
            ("audio/pcm", "audio/pcm") if is_24_khz("input") && is_24_khz("output") => Format::Linear,
            (input, output) => return Err(format!("input {input}, output {output}")),
        };
        let create = &session["audio"]["input"]["turn_detection"]["create_response"];
        let answers = match create.as_bool() {
            Some(false) => AnswersBegin::OnRequest,
            _ => AnswersBegin::ByItself,
        };
        Ok(Self { format, answers })
    }
}

/// A session before the client has requested anything.
pub(super) fn new_session(id: &str, expires_at: u64) -> Value {
    let format = json!({ "type": "audio/pcm", "rate": 24_000 });
    json!({
        "type": "realtime", "object": "realtime.session", "id": id, "expires_at": expires_at, "model": "load",
        "output_modalities": ["audio"], "instructions": "", "audio": {
            "input": { "format": format, "noise_reduction": null, "transcription": null, "turn_detection": {
                "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                "create_response": true, "interrupt_response": true } },
            "output": { "format": format, "voice": "marin", "speed": 1 } },
        "tools": [], "tool_choice": "auto", "max_output_tokens": "inf", "truncation": "auto", "include": null,
        "prompt": null, "tracing": null
    })
}

/// Merges the requested settings into a session. The rest stays.
pub(super) fn update(session: &mut Value, asked: &Value) {
    match (session, asked) {
        (Value::Object(session), Value::Object(asked)) => {
            for (name, asked) in asked {
                update(session.entry(name.as_str()).or_insert(Value::Null), asked);
            }
        }
        (session, asked) => *session = asked.clone(),
    }
}

/// Numbers the events and ids of one connection.
#[derive(Debug, Default)]
pub(super) struct Writer {
    events: u64,
}

/// The names of an answer's parts.
#[derive(Clone, Debug)]
pub(super) struct AnswerIds {
    pub(super) response: String,
    pub(super) item: String,
    /// The client's tag of the answer, returned unchanged.
    pub(super) metadata: Value,
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseEnd {
    Completed,
    /// The caller spoke.
    TurnDetected,
    /// The client asked for it.
    ClientCancelled,
}

impl Writer {
    /// Returns an event with this name and these fields.
    pub(super) fn event(&mut self, kind: &str, fields: Value) -> String {
        self.events += 1;
        let mut event = json!({ "type": kind, "event_id": format!("event_{:06}", self.events) });
        if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
            event.extend(fields);
        }
        event.to_string()
    }

    /// `session.created` or `session.updated`.
    pub(super) fn session(&mut self, kind: &str, session: &Value) -> String {
        self.event(kind, json!({ "session": session }))
    }

    /// Events before the audio of an answer.
    pub(super) fn answer_begins(&mut self, ids: &AnswerIds) -> Vec<String> {
        let AnswerIds { response, item, .. } = ids;
        let shown = item_object(item, "in_progress", json!([]));
        vec![
            self.event(
                "response.created",
                json!({ "response": response_object(ids, "in_progress", Value::Null) }),
            ),
            self.event(
                "response.output_item.added",
                json!({ "response_id": response, "output_index": 0, "item": shown }),
            ),
            self.event("conversation.item.added", json!({ "previous_item_id": null, "item": shown })),
            self.event(
                "response.content_part.added",
                json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0,
                    "part": { "type": "audio", "transcript": "" } }),
            ),
        ]
    }

    /// Returns a piece of an answer's audio. Written by hand, because half of everything that the provider sends is this.
    pub(super) fn audio(&mut self, ids: &AnswerIds, octets: &[u8]) -> String {
        self.events += 1;
        let AnswerIds { response, item, .. } = ids;
        let mut text = format!(
            r#"{{"type":"response.output_audio.delta","event_id":"event_{:06}","response_id":"{response}","item_id":"{item}","output_index":0,"content_index":0,"delta":""#,
            self.events
        );
        STANDARD.encode_string(octets, &mut text);
        text.push_str(r#""}"#);
        text
    }

    /// A piece of an answer's words.
    pub(super) fn words(&mut self, ids: &AnswerIds, delta: &str) -> String {
        let AnswerIds { response, item, .. } = ids;
        let fields = json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0,
            "delta": delta });
        self.event("response.output_audio_transcript.delta", fields)
    }

    /// Events after the last audio of an answer.
    pub(super) fn answer_ends(&mut self, ids: &AnswerIds, words: &str, end: ResponseEnd) -> Vec<String> {
        let AnswerIds { response, item, .. } = ids;
        let status = if end == ResponseEnd::Completed { "completed" } else { "incomplete" };
        let shown = item_object(item, status, json!([{ "type": "output_audio", "transcript": words }]));
        let mut events = Vec::new();
        if end == ResponseEnd::Completed {
            let place =
                json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0 });
            let with = |more: Value| {
                let mut fields = place.clone();
                if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
                    fields.extend(more);
                }
                fields
            };
            events.push(self.event("response.output_audio.done", place.clone()));
            events.push(
                self.event("response.output_audio_transcript.done", with(json!({ "transcript": words }))),
            );
            let part = json!({ "part": { "type": "audio", "transcript": words } });
            events.push(self.event("response.content_part.done", with(part)));
        }
        events.push(self.event(
            "response.output_item.done",
            json!({ "response_id": response, "output_index": 0, "item": shown }),
        ));
        events.push(self.event("conversation.item.done", json!({ "previous_item_id": null, "item": shown })));
        let mut done = match end {
            ResponseEnd::Completed => response_object(ids, "completed", Value::Null),
            ResponseEnd::TurnDetected => cancelled(ids, "turn_detected"),
            ResponseEnd::ClientCancelled => cancelled(ids, "client_cancelled"),
        };
        done["output"] = json!([shown]);
        done["usage"] = usage();
        events.push(self.event("response.done", json!({ "response": done })));
        let limits =
            json!([{ "name": "tokens", "limit": 1_000_000, "remaining": 999_000, "reset_seconds": 0.5 }]);
        events.push(self.event("rate_limits.updated", json!({ "rate_limits": limits })));
        events
    }

    /// Events after the caller's words: committed, and transcribed.
    pub(super) fn caller_said(&mut self, item: &str, end_ms: u64, words: &str) -> Vec<String> {
        let content = json!([{ "type": "input_audio", "transcript": null }]);
        let shown = json!({ "id": item, "object": "realtime.item", "type": "message", "status": "completed",
            "role": "user", "content": content });
        vec![
            self.event(
                "input_audio_buffer.speech_stopped",
                json!({ "audio_end_ms": end_ms, "item_id": item }),
            ),
            self.event("input_audio_buffer.committed", json!({ "previous_item_id": null, "item_id": item })),
            self.event("conversation.item.added", json!({ "previous_item_id": null, "item": shown })),
            self.event("conversation.item.done", json!({ "previous_item_id": null, "item": shown })),
            self.event(
                "conversation.item.input_audio_transcription.completed",
                json!({ "item_id": item, "content_index": 0, "transcript": words, "usage": { "type": "tokens",
                    "total_tokens": 26, "input_tokens": 17, "input_token_details": { "text_tokens": 0,
                    "audio_tokens": 17 }, "output_tokens": 9 } }),
            ),
        ]
    }
}

fn item_object(id: &str, status: &str, content: Value) -> Value {
    json!({ "id": id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant",
        "content": content })
}

fn response_object(ids: &AnswerIds, status: &str, details: Value) -> Value {
    json!({ "object": "realtime.response", "id": ids.response, "status": status, "status_details": details,
        "output": [], "conversation_id": "conv_load", "output_modalities": ["audio"], "max_output_tokens": "inf",
        "audio": { "output": { "format": { "type": "audio/pcmu" }, "voice": "marin" } }, "usage": null,
        "metadata": ids.metadata })
}

fn cancelled(ids: &AnswerIds, reason: &str) -> Value {
    response_object(ids, "cancelled", json!({ "type": "cancelled", "reason": reason }))
}

fn usage() -> Value {
    json!({ "total_tokens": 228, "input_tokens": 142, "output_tokens": 86, "input_token_details": {
        "text_tokens": 120, "audio_tokens": 22, "image_tokens": 0, "cached_tokens": 0, "cached_tokens_details": {
        "text_tokens": 0, "audio_tokens": 0, "image_tokens": 0 } }, "output_token_details": { "text_tokens": 24,
        "audio_tokens": 62 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_append_is_read_without_copying() {
        let text = r#"{"type":"input_audio_buffer.append","event_id":"x","audio":"/8q7"}"#;
        let event: ClientEvent<'_> = serde_json::from_str(text).unwrap();
        assert_eq!((event.kind, event.audio), ("input_audio_buffer.append", Some("/8q7")));
    }

    #[test]
    fn an_update_changes_what_it_names_and_nothing_else() {
        let mut session = new_session("sess_1", 7);
        let asked = json!({ "audio": { "input": { "turn_detection": { "create_response": false },
            "format": { "type": "audio/pcmu" } }, "output": { "format": { "type": "audio/pcmu" } } } });
        update(&mut session, &asked);
        update(
            &mut session,
            &json!({ "audio": { "input": { "turn_detection": { "type": "semantic_vad" } } } }),
        );
        let wanted = SessionSettings { format: Format::G711(Law::Mu), answers: AnswersBegin::OnRequest };
        assert_eq!(SessionSettings::of(&session), Ok(wanted));
        assert_eq!(
            (&session["id"], &session["audio"]["output"]["voice"]),
            (&json!("sess_1"), &json!("marin"))
        );
    }

    #[test]
    fn the_session_says_which_law_and_who_begins() {
        let session = |format: &str, create: bool| {
            json!({ "audio": { "input": { "format": { "type": format },
                "turn_detection": { "type": "server_vad", "create_response": create } },
                "output": { "format": { "type": format } } } })
        };
        let wanted = SessionSettings::of(&session("audio/pcmu", true)).unwrap();
        assert_eq!(
            wanted,
            SessionSettings { format: Format::G711(Law::Mu), answers: AnswersBegin::ByItself }
        );
        let wanted = SessionSettings::of(&session("audio/pcma", false)).unwrap();
        assert_eq!(
            wanted,
            SessionSettings { format: Format::G711(Law::A), answers: AnswersBegin::OnRequest }
        );
        let refused = SessionSettings::of(&session("audio/pcm", true)).unwrap_err();
        assert_eq!(refused, "input audio/pcm, output audio/pcm");
    }

    #[test]
    fn audio_events_have_the_same_form_as_others() {
        let ids =
            AnswerIds { response: "resp_1".to_owned(), item: "item_1".to_owned(), metadata: Value::Null };
        let mut writer = Writer::default();
        let event: Value = serde_json::from_str(&writer.audio(&ids, &[0xff, 0xca, 0xbb])).unwrap();
        let by_hand = Writer::default().event(
            "response.output_audio.delta",
            json!({ "response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": "/8q7" }),
        );
        assert_eq!(event, serde_json::from_str::<Value>(&by_hand).unwrap());
    }
}
