//! The caller's turns: found by loudness, or committed by the client.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::super::format::AudioFormat;
use super::super::response::Cancelled;
use super::super::script::{Cause, Words};
use super::super::vad::Noticed;
use super::{Session, Task, lock};

/// The time between a turn's end and the response to it.
const THINKING: Duration = Duration::from_millis(80);
/// A buffer with less sound than this can't be committed, in ms.
const COMMIT_MS_MIN: u64 = 100;
impl Session {
    pub(super) fn hear(&mut self, audio: &str, now: Instant) {
        let bytes = BASE64.decode(audio).unwrap_or_default();
        let format = self.settings.input();
        let samples = format.decode(&bytes);
        self.heard.extend(&samples);
        self.uncommitted += samples.len();
        if !self.settings.detects_turns() {
            return;
        }
        let silence_ms = self.settings.silence().as_millis() as u64;
        for noticed in self.vad.hear(&samples, format.rate(), silence_ms) {
            match noticed {
                Noticed::Started { at_ms } => {
                    self.turns += 1;
                    let started = json!({ "type": "input_audio_buffer.speech_started",
                                          "audio_start_ms": at_ms, "item_id": self.turn_id() });
                    self.send(started, now);
                    if self.settings.interrupts_responses() {
                        self.cancel(Cancelled::ByTurn, None, now);
                    }
                }
                Noticed::Stopped { at_ms } => {
                    let stopped = json!({ "type": "input_audio_buffer.speech_stopped",
                                          "audio_end_ms": at_ms, "item_id": self.turn_id() });
                    self.send(stopped, now);
                    self.end_turn(now);
                    if self.settings.creates_responses() && self.running.is_empty() {
                        self.agenda.push((now + THINKING, Task::Respond(Cause::Turn)));
                    }
                }
            }
        }
    }

    pub(super) fn commit(&mut self, message: &Value, now: Instant) {
        let format: AudioFormat = self.settings.input();
        if format.length_ms(self.uncommitted * format.sample_bytes()) < COMMIT_MS_MIN {
            let text = "Error committing input audio buffer: buffer too small.".to_owned();
            return self.refuse(&("input_audio_buffer_commit_empty", text), message, now);
        }
        self.turns += 1;
        self.end_turn(now);
    }

    /// Makes the caller's words an item; they are recognized some time later.
    fn end_turn(&mut self, now: Instant) {
        self.uncommitted = 0;
        let id = self.turn_id();
        let previous = self.referee.conversation.last_id().map(ToOwned::to_owned);
        let committed = json!({ "type": "input_audio_buffer.committed", "previous_item_id": previous,
                                "item_id": id });
        self.send(committed, now);
        let item = json!({ "id": id, "object": "realtime.item", "type": "message", "status": "completed",
                           "role": "user", "content": [{ "type": "input_audio", "transcript": null }] });
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.send(json!({ "type": kind, "previous_item_id": previous, "item": item }), now);
        }
        let words = lock(&self.script).next_words();
        if !self.settings.transcribes() {
            return;
        }
        let kind = |end: &str| format!("conversation.item.input_audio_transcription.{end}");
        match words {
            Words::Heard(words, after) => {
                let usage = json!({
                    "type": "tokens", "total_tokens": 26, "input_tokens": 17, "output_tokens": 9,
                    "input_token_details": { "text_tokens": 0, "audio_tokens": 17 },
                });
                let delta =
                    json!({ "type": kind("delta"), "item_id": id, "content_index": 0, "delta": words });
                let completed = json!({ "type": kind("completed"), "item_id": id, "content_index": 0,
                                        "transcript": words, "usage": usage });
                self.agenda.extend([delta, completed].map(|event| (now + after, Task::Send(event))));
            }
            Words::Failed => {
                let error = json!({ "type": "transcription_error", "code": "audio_unintelligible",
                                    "message": "The audio could not be transcribed.", "param": null });
                let failed =
                    json!({ "type": kind("failed"), "item_id": id, "content_index": 0, "error": error });
                self.agenda.push((now, Task::Send(failed)));
            }
            Words::Never => {}
        }
    }

    fn turn_id(&self) -> String {
        format!("item_{}_u{}", self.id, self.turns)
    }
}
