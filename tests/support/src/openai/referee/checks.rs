//! The checks of each event of the client.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::super::format::AudioFormat;
use super::super::schemas::{self, Members, Sender};
use super::super::script::Dialect;
use super::{Call, Referee, Refusal, Rule};

/// An event that is sent this soon after one that makes it wrong may have crossed with it.
const CROSSING: Duration = Duration::from_millis(250);
/// The most bytes of sound that an `append` may hold.
const APPEND_BYTES_MAX: usize = 15 << 20;
/// The longest id of a client that every server accepts.
const ITEM_ID_MAX: usize = 32;

impl Referee {
    pub(super) fn check_form(&mut self, message: &Value, kind: &str) {
        let is_beta_session = self.dialect == Dialect::Beta && kind == "session.update";
        if !is_beta_session && let Err(how) = schemas::check(message, Sender::Client, Members::Named) {
            self.violate(Rule::Schema, how);
        }
        if let Some(event_id) = message["event_id"].as_str()
            && !self.event_ids.insert(event_id.to_owned())
        {
            self.violate(Rule::EventId, format!("{event_id} was used before"));
        }
    }

    pub(super) fn require_updated(&mut self, kind: &str) {
        if !self.updated {
            self.violate(Rule::UpdatedFirst, format!("{kind} before session.updated"));
        }
    }

    pub(super) fn check_update(&mut self, session: &Value) -> Result<(), Refusal> {
        let voice = &session["audio"]["output"]["voice"];
        match &self.voice_heard {
            Some(heard) if !voice.is_null() && voice != heard => {
                let how = format!("from {heard} to {voice}");
                self.violate(Rule::VoiceStays, how);
                let text = "Cannot update a conversation's voice if assistant audio is present.";
                Err(("cannot_update_voice", text.to_owned()))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_sound(&mut self, audio: &str) -> Result<(), Refusal> {
        let sample_bytes = self.input.map_or(1, AudioFormat::sample_bytes);
        let fault = match BASE64.decode(audio) {
            Ok(bytes) if bytes.len() > APPEND_BYTES_MAX => format!("{} bytes in one append", bytes.len()),
            Ok(bytes) if !bytes.len().is_multiple_of(sample_bytes) => {
                format!("{} bytes are not whole samples", bytes.len())
            }
            Ok(bytes) if bytes.is_empty() => "an append without sound".to_owned(),
            Ok(_) => return Ok(()),
            Err(error) => format!("not base64: {error}"),
        };
        self.violate(Rule::Sound, fault.clone());
        Err(("invalid_value", fault))
    }

    pub(super) fn check_create(&mut self, message: &Value, now: Instant) -> Result<(), Refusal> {
        // A request with instructions of its own asks for a line, not for what follows from outputs.
        if !message["response"]["instructions"].is_string() {
            let left = self.unanswered();
            if !left.is_empty() {
                self.violate(Rule::OutputsFirst, format!("response.create before {left:?} were answered"));
            }
            if self.outputs_served {
                self.violate(Rule::OutputsFirst, "a second response.create for the same outputs".to_owned());
            }
        }
        if let Some((active, since)) = self.active.iter().next() {
            let text = format!(
                "Conversation already has an active response in progress: {active}. \
                 Wait until the response is finished before creating a new one."
            );
            if now.saturating_duration_since(self.known_at(*since)) > CROSSING {
                self.violate(Rule::OneResponse, text.clone());
            }
            return Err(("conversation_already_has_active_response", text));
        }
        self.outputs_served = std::mem::take(&mut self.outputs_wait);
        Ok(())
    }

    pub(super) fn check_cancel(&mut self, now: Instant) -> Result<(), Refusal> {
        if self.dialect == Dialect::Beta {
            self.violate(Rule::Dialect, "response.cancel is not known here".to_owned());
            return Err(("invalid_value", "Unknown event type: response.cancel".to_owned()));
        }
        if !self.active.is_empty() {
            return Ok(());
        }
        let text = "Cancellation failed: no active response found".to_owned();
        let is_known = |done| now.saturating_duration_since(self.known_at(done)) > CROSSING;
        if self.last_done.is_none_or(is_known) {
            self.violate(Rule::CancelActive, text.clone());
        }
        Err(("response_cancel_not_active", text))
    }

    pub(super) fn check_truncate(&mut self, message: &Value) -> Result<(), Refusal> {
        if self.dialect == Dialect::Beta {
            self.violate(Rule::Dialect, "conversation.item.truncate is not known here".to_owned());
            return Err(("invalid_value", "Unknown event type: conversation.item.truncate".to_owned()));
        }
        let id = message["item_id"].as_str().unwrap_or_default();
        let end_ms = message["audio_end_ms"].as_u64().unwrap_or_default();
        let sent_ms = self.sent_ms(id);
        let refusal = match sent_ms {
            Some(sent_ms) if end_ms > sent_ms => {
                ("invalid_value", format!("Audio content of {sent_ms}ms is already shorter than {end_ms}ms"))
            }
            Some(_) if end_ms > 0 && message["content_index"] == 0 => return Ok(()),
            _ => {
                let text = "Only model output audio messages can be truncated";
                ("unsupported_content_type", text.to_owned())
            }
        };
        let how = format!("{id} at {end_ms} ms of {sent_ms:?}: {}", refusal.1);
        self.violate(Rule::Truncate, how);
        Err(refusal)
    }

    pub(super) fn check_delete(&mut self, message: &Value) -> Result<(), Refusal> {
        let id = message["item_id"].as_str().unwrap_or_default();
        if self.conversation.item(id).is_some() {
            return Ok(());
        }
        let text = format!("Error deleting item: the item with id '{id}' does not exist.");
        self.violate(Rule::Delete, text.clone());
        Err(("item_delete_invalid_item_id", text))
    }

    pub(super) fn check_item(&mut self, message: &Value) -> Result<(), Refusal> {
        let item = &message["item"];
        self.outputs_served = false;
        if let Some(previous) = message["previous_item_id"].as_str()
            && previous != "root"
            && self.conversation.item(previous).is_none()
        {
            let text = format!("there is no item '{previous}' to insert after");
            self.violate(Rule::ItemId, text.clone());
            return Err(("invalid_value", text));
        }
        let id = item["id"].as_str().unwrap_or_default();
        if id.len() > ITEM_ID_MAX || self.conversation.item(id).is_some() {
            let text = format!("the item id '{id}' is too long or taken");
            self.violate(Rule::ItemId, text.clone());
            return Err(("invalid_value", text));
        }
        let call_id = item["call_id"].as_str().unwrap_or_default();
        match item["type"].as_str().unwrap_or_default() {
            "function_call" => {
                let call = Call { completed: true, ..Call::default() };
                self.calls.insert(call_id.to_owned(), call);
                Ok(())
            }
            "function_call_output" => self.check_output(call_id),
            "message" if item["role"] == "assistant" => {
                let is_text = |part: &Value| part["type"] == "output_text" || part["type"] == "text";
                if item["content"].as_array().is_some_and(|parts| parts.iter().all(is_text)) {
                    return Ok(());
                }
                let text = "what the model said can be written as output_text only".to_owned();
                self.violate(Rule::Replay, text.clone());
                Err(("invalid_value", text))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn check_output(&mut self, call_id: &str) -> Result<(), Refusal> {
        let fault = match self.calls.get_mut(call_id) {
            None => format!("Tool call ID '{call_id}' not found in conversation."),
            Some(call) => {
                call.outputs += 1;
                if call.cancelled {
                    format!("{call_id} belongs to a cancelled response")
                } else if call.outputs > 1 {
                    format!("{call_id} was answered before")
                } else {
                    self.outputs_wait = true;
                    return Ok(());
                }
            }
        };
        self.violate(Rule::Output, fault.clone());
        Err(("invalid_tool_call_id", fault))
    }
}
