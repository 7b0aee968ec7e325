//! The sound of a channel: the audio module's WebSocket and its files, and what the caller hears of them.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::channel_text::EventName;
use super::super::prompts::{Broken, File, Played, PromptEnd};
use super::{Audio, Channel};

/// Message of a server over the WebSocket.
#[derive(Debug, Deserialize)]
struct StreamAudio {
    #[serde(rename = "type")]
    kind: String,
    data: Chunk,
}

/// A piece of sound. All other members are returned with `::play`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    audio_data_type: String,
    sample_rate: u32,
    audio_data: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The body of `::play`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    audio_data_type: &'a str,
    sample_rate: u32,
    file: &'a str,
    #[serde(flatten)]
    rest: &'a Map<String, Value>,
}

impl Channel {
    /// Notes that the WebSocket is open.
    pub(in super::super) fn stream_opened(&mut self) {
        self.fire(EventName::AudioStream("connect"), "", r#"{"status":"connected"}"#);
    }

    /// Notes that the WebSocket could not be opened, or broke without a close. It may be started again.
    pub(in super::super) fn stream_broke(&mut self, code: u8, why: &str) {
        self.audio = Audio::None;
        let body = serde_json::json!({ "status": "error", "message": { "code": code, "error": why } });
        self.fire(EventName::AudioStream("error"), "", &body.to_string());
    }

    /// Notes that the server closed the WebSocket. The module stays attached until it is stopped.
    pub(in super::super) fn stream_closed(&mut self) {
        let body = r#"{"status":"disconnected","message":{"code":1000,"reason":""}}"#;
        self.fire(EventName::AudioStream("disconnect"), "", body);
    }

    /// Handles a text from the server: sound is written to a file, and the server notified.
    pub(in super::super) fn stream_said(&mut self, text: &str) {
        let Some((chunk, bytes)) = sound_of(text) else {
            return self.fire(EventName::AudioStream("json"), "", text);
        };
        if chunk.sample_rate != 8_000 {
            return self
                .fail("the server speaks at another rate than it listens; markers outlive 8 kHz only");
        }
        let path = format!("/tmp/{}_{}.tmp.r8", self.uuid, self.files_written);
        self.files_written += 1;
        let Chunk { audio_data_type, sample_rate, rest, .. } = &chunk;
        let written = Written { audio_data_type, sample_rate: *sample_rate, file: &path, rest };
        // Strings and numbers can always be serialized.
        let body = serde_json::to_string(&written).unwrap_or_default();
        self.prompts.write(File::of(path, &bytes));
        self.fire(EventName::AudioStream("play"), "", &body);
    }

    /// Plays a file after those in the queue.
    pub(super) fn play(&mut self, path: &str, id: Option<&str>, now: Instant) {
        if self.prompts.queue(path, id.map(str::to_owned)).is_none() {
            return self.executed("playback", path, "FILE%20NOT%20FOUND", id);
        }
        self.begin_next(now);
    }

    /// Handles due events: a prompt has ended.
    pub(in super::super) fn tick(&mut self, now: Instant) {
        while let Some((played, ended)) = self.prompts.take_done(now) {
            self.report_played(&played);
            self.begin_next(ended);
        }
    }

    pub(super) fn break_prompt(&mut self, what: Broken, now: Instant) {
        if let Some(played) = self.prompts.stop(what, now) {
            self.report_played(&played);
        }
        self.begin_next(now);
    }

    /// Stops the prompt, because the channel is gone.
    pub(super) fn cut_prompt(&mut self, now: Instant) {
        let Some(played) = self.prompts.stop(Broken::All, now) else { return };
        self.report_heard(&played);
        let Played { prompt, .. } = &played;
        let headers = format!("Playback-File-Path: {}\nPlayback-Status: done\n", prompt.file.path);
        self.fire(EventName::Channel("PLAYBACK_STOP"), &headers, "");
        self.executed("playback", &prompt.file.path, "PLAYBACK%20ERROR", prompt.id.as_deref());
    }

    fn begin_next(&mut self, at: Instant) {
        let Some(playing) = self.prompts.begin_next(at) else {
            if self.prompts.next_at().is_none() {
                self.board.borrow_mut().caller_hears_nothing(self.call);
            }
            return;
        };
        let headers = format!("Playback-File-Path: {}\n", playing.prompt.file.path);
        self.fire(EventName::Channel("PLAYBACK_START"), &headers, "");
    }

    fn report_played(&mut self, played: &Played) {
        self.report_heard(played);
        let (path, ms) = (&played.prompt.file.path, played.heard_ms());
        let status = match played.end {
            PromptEnd::Done => "done",
            PromptEnd::Break => "break",
        };
        let headers = format!(
            "variable_playback_ms: {ms}\nvariable_playback_samples: {}\nPlayback-File-Path: {path}\n\
             Playback-Status: {status}\n",
            ms * 8
        );
        self.fire(EventName::Channel("PLAYBACK_STOP"), &headers, "");
        self.executed("playback", path, "FILE%20PLAYED", played.prompt.id.as_deref());
    }

    fn report_heard(&self, played: &Played) {
        let mut board = self.board.borrow_mut();
        for (marker, at) in played.heard() {
            board.caller_heard(self.call, marker, at);
        }
    }
}

/// Returns the sound of a text, if it has any.
fn sound_of(text: &str) -> Option<(Chunk, Vec<u8>)> {
    let StreamAudio { kind, data } = serde_json::from_str(text).ok()?;
    if kind != "streamAudio" || data.audio_data_type != "raw" {
        return None;
    }
    let bytes = STANDARD.decode(&data.audio_data).ok()?;
    Some((data, bytes))
}
