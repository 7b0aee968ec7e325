//! The provider's side of one connection: a conversation that continues until the caller hangs up. Without a clock or socket.
//!
//! ```text
//! Silent ──response.create──> Speaking ──all sent, and heard──> Waiting ──> CallerSpeaks ──> Thinking ──> Speaking ...
//!                                └────────barge-in, one answer of three────────┘
//! ```

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cordboard_schema::audio::Law;
use rand::Rng;
use serde_json::{Value, json};

use super::super::board::{SharedBoard, TalkNumber};
use super::super::marker::{FRAME_SAMPLES, Loudness, Marker, wide};
use super::wire::{
    AnswerIds, AnswersBegin, ClientEvent, Format, ResponseEnd, SessionSettings, Writer, new_session, update,
};

/// Half milliseconds of one piece of audio: not a whole number of frames, as with real providers.
const PIECE_HALF_MS: usize = 375;
/// Pause between two pieces: audio arrives some 4.7 times as fast as it is heard.
const PIECE_INTERVAL: Duration = Duration::from_millis(40);
/// Frames of an answer: 2 to 5 s.
const ANSWER_FRAMES: std::ops::Range<u32> = 100..250;
/// Milliseconds of a caller's turn.
const CALLER_SPEAKS_MS: std::ops::Range<u64> = 1_000..2_000;
/// Milliseconds from the end of an answer to the caller's next turn.
const CALLER_WAITS_MS: std::ops::Range<u64> = 300..700;
/// Milliseconds from the end of the caller's turn to the answer.
const THINKING_MS: std::ops::Range<u64> = 200..400;
/// One answer of this many is interrupted.
const BARGE_IN_OF: u32 = 3;
/// Part of an answer, in percent, that the caller hears before they interrupt.
const PATIENCE_PERCENT: std::ops::Range<u32> = 10..80;
/// Seconds that a session lasts, as the provider announces.
const SESSION_S: u64 = 3_600;

const WORDS: &str = "Here is what you asked for, in some detail.";

/// A conversation; see the module's description.
#[derive(Debug)]
pub(super) struct Conversation {
    talk: TalkNumber,
    board: SharedBoard,
    writer: Writer,
    session: Value,
    wanted: Option<SessionSettings>,
    turn: Turn,
    /// Octets of the caller's incomplete frame.
    heard: Vec<u8>,
    octets_heard: u64,
    answers: u32,
    turns: u32,
}

#[derive(Debug)]
enum Turn {
    /// Until the client requests the first answer.
    Silent,
    Speaking(Speaking),
    /// An answer has been heard to its end.
    Waiting {
        until: Instant,
    },
    CallerSpeaks {
        until: Instant,
    },
    Thinking {
        /// `None`: the client decides when.
        until: Option<Instant>,
        /// Of the answer.
        metadata: Value,
    },
}

#[derive(Debug)]
struct Speaking {
    ids: AnswerIds,
    next_frame: u32,
    frames_left: u32,
    /// Octets to be sent with the next piece.
    ready: Vec<u8>,
    next_piece: Instant,
    is_sent: bool,
    /// When the caller interrupts it.
    barge_in_at: Option<Instant>,
    heard_at: Instant,
}

impl Speaking {
    fn next_at(&self) -> Instant {
        let next = if self.is_sent { self.heard_at } else { self.next_piece };
        self.barge_in_at.map_or(next, |barge_in_at| barge_in_at.min(next))
    }
}

impl Conversation {
    /// Makes a conversation on a new connection, and its first event.
    pub(super) fn new(talk: TalkNumber, board: SharedBoard, unix_s: u64) -> (Self, String) {
        let mut writer = Writer::default();
        let session = new_session(&format!("sess_load{:05}", talk.0), unix_s + SESSION_S);
        let created = writer.session("session.created", &session);
        let conversation = Self {
            talk,
            board,
            writer,
            session,
            wanted: None,
            turn: Turn::Silent,
            heard: Vec::new(),
            octets_heard: 0,
            answers: 0,
            turns: 0,
        };
        (conversation, created)
    }

    /// When [`tick`](Self::tick) is due; `None` while the client must begin.
    pub(super) fn next_at(&self) -> Option<Instant> {
        match &self.turn {
            Turn::Silent => None,
            Turn::Speaking(speaking) => Some(speaking.next_at()),
            Turn::Waiting { until } | Turn::CallerSpeaks { until } => Some(*until),
            Turn::Thinking { until, .. } => *until,
        }
    }

    /// Takes one step. Returns events to send at once.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<String> {
        if self.next_at().is_none_or(|at| at > now) {
            return Vec::new();
        }
        match std::mem::replace(&mut self.turn, Turn::Silent) {
            Turn::Silent => Vec::new(),
            Turn::Speaking(speaking) if speaking.barge_in_at.is_some_and(|at| at <= now) => {
                let mut events = self.caller_begins(now);
                if !speaking.is_sent {
                    events.extend(self.writer.answer_ends(&speaking.ids, "", ResponseEnd::TurnDetected));
                }
                events
            }
            Turn::Speaking(speaking) if speaking.is_sent => {
                self.turn = Turn::Waiting { until: now + some_ms(CALLER_WAITS_MS) };
                Vec::new()
            }
            Turn::Speaking(speaking) => self.speak_on(speaking),
            Turn::Waiting { .. } => self.caller_begins(now),
            Turn::CallerSpeaks { .. } => self.caller_is_done(now),
            Turn::Thinking { metadata, .. } => self.begin_answer(metadata, now),
        }
    }

    /// Handles an event of the client. Returns the events that answer it.
    ///
    /// # Errors
    /// The reason why measuring is impossible.
    pub(super) fn receive(&mut self, text: &str, now: Instant) -> Result<Vec<String>, String> {
        let event: ClientEvent<'_> =
            serde_json::from_str(text).map_err(|error| format!("an event can't be read: {error}"))?;
        let item = |event: &ClientEvent<'_>| event.item_id.unwrap_or_default().to_owned();
        if event.kind != "input_audio_buffer.append" {
            self.board.borrow_mut().provider_asked(self.talk, now);
        }
        match event.kind {
            "input_audio_buffer.append" => {
                self.hear(event.audio.unwrap_or_default(), now)?;
                Ok(Vec::new())
            }
            "session.update" => self.update(&event.session.unwrap_or_default()),
            "response.create" => {
                Ok(self.asked_to_speak(event.response.unwrap_or_default()["metadata"].take(), now))
            }
            "response.cancel" => Ok(self.cancel(now)),
            "conversation.item.truncate" => {
                let fields = json!({ "item_id": item(&event), "content_index": 0,
                    "audio_end_ms": event.audio_end_ms });
                Ok(vec![self.writer.event("conversation.item.truncated", fields)])
            }
            "conversation.item.delete" => {
                let fields = json!({ "item_id": item(&event) });
                Ok(vec![self.writer.event("conversation.item.deleted", fields)])
            }
            "conversation.item.create" => {
                let fields = json!({ "previous_item_id": null, "item": event.item.unwrap_or_default() });
                let added = self.writer.event("conversation.item.added", fields.clone());
                Ok(vec![added, self.writer.event("conversation.item.done", fields)])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn update(&mut self, asked: &Value) -> Result<Vec<String>, String> {
        update(&mut self.session, asked);
        let wanted = SessionSettings::of(&self.session);
        let wanted = wanted.map_err(|format| {
            format!("the server requests {format}; use audio/pcmu, audio/pcma, or audio/pcm at 24 kHz")
        })?;
        self.wanted = Some(wanted);
        if wanted.format == Format::Linear {
            self.board.borrow_mut().serves_unmarked(self.talk);
        }
        Ok(vec![self.writer.session("session.updated", &self.session)])
    }

    fn asked_to_speak(&mut self, metadata: Value, now: Instant) -> Vec<String> {
        match &self.turn {
            Turn::Speaking(speaking) if !speaking.is_sent => {
                return vec![self.refusal("conversation_already_has_active_response")];
            }
            // An answer is timed by its first frame, which must not queue behind another answer.
            Turn::Speaking(Speaking { heard_at, .. }) => {
                self.turn = Turn::Thinking { until: Some(*heard_at), metadata };
                return Vec::new();
            }
            Turn::CallerSpeaks { .. } => self.board.borrow_mut().speech_stopped(self.talk),
            Turn::Silent | Turn::Waiting { .. } | Turn::Thinking { .. } => {}
        }
        self.begin_answer(metadata, now)
    }

    fn hear(&mut self, audio: &str, now: Instant) -> Result<(), String> {
        let before = self.heard.len();
        STANDARD
            .decode_vec(audio, &mut self.heard)
            .map_err(|error| format!("an append is not base64: {error}"))?;
        self.octets_heard += (self.heard.len() - before) as u64;
        if self.format() == Format::Linear {
            self.heard.clear();
            return Ok(());
        }
        let mut at = 0;
        while let Some(frame) = self.heard.get(at..at + FRAME_SAMPLES) {
            at += if let Some(marker) = Marker::of_octets(frame) {
                self.board.borrow_mut().provider_heard(self.talk, marker, now);
                FRAME_SAMPLES
            } else if let Some(two_frames) = self.heard.get(at..at + 2 * FRAME_SAMPLES) {
                next_marker(two_frames)
            } else {
                break;
            };
        }
        self.heard.drain(..at);
        Ok(())
    }

    fn caller_begins(&mut self, now: Instant) -> Vec<String> {
        self.turns += 1;
        self.turn = Turn::CallerSpeaks { until: now + some_ms(CALLER_SPEAKS_MS) };
        self.board.borrow_mut().speech_started(self.talk, now);
        let fields = json!({ "audio_start_ms": self.heard_ms(), "item_id": self.caller_item() });
        vec![self.writer.event("input_audio_buffer.speech_started", fields)]
    }

    fn caller_is_done(&mut self, now: Instant) -> Vec<String> {
        self.board.borrow_mut().speech_stopped(self.talk);
        let until = match self.wanted.map(|wanted| wanted.answers) {
            Some(AnswersBegin::OnRequest) => None,
            _ => Some(now + some_ms(THINKING_MS)),
        };
        self.turn = Turn::Thinking { until, metadata: Value::Null };
        let (item, end_ms) = (self.caller_item(), self.heard_ms());
        self.writer.caller_said(&item, end_ms, "And what about the other one?")
    }

    fn begin_answer(&mut self, metadata: Value, now: Instant) -> Vec<String> {
        self.answers += 1;
        let frames = rand::rng().random_range(ANSWER_FRAMES);
        let lasts = Duration::from_millis(20) * frames;
        let is_interrupted = rand::rng().random_ratio(1, BARGE_IN_OF);
        let patience = lasts * rand::rng().random_range(PATIENCE_PERCENT) / 100;
        let ids = AnswerIds {
            response: format!("resp_{}_{}", self.talk.0, self.answers),
            item: format!("item_{}_{}", self.talk.0, self.answers),
            metadata,
        };
        let mut events = self.writer.answer_begins(&ids);
        events.push(self.writer.words(&ids, WORDS));
        let speaking = Speaking {
            ids,
            next_frame: match self.format() {
                Format::G711(_) => self.board.borrow_mut().begin_answer(self.talk, frames, now),
                Format::Linear => 0,
            },
            frames_left: frames,
            ready: Vec::new(),
            next_piece: now,
            is_sent: false,
            barge_in_at: is_interrupted.then(|| now + patience),
            heard_at: now + lasts,
        };
        events.extend(self.speak_on(speaking));
        events
    }

    /// Returns the next piece of an answer, and its end after the last.
    fn speak_on(&mut self, mut speaking: Speaking) -> Vec<String> {
        let format = self.format();
        let piece_octets = format.octets_per_ms() * PIECE_HALF_MS / 2;
        while speaking.ready.len() < piece_octets && speaking.frames_left > 0 {
            let marker = Marker { source: self.talk.0, sequence: speaking.next_frame };
            match format {
                Format::G711(law) => speaking.ready.extend(marker.octets(law, Loudness::Speech)),
                Format::Linear => speaking
                    .ready
                    .extend(wide(&marker.samples(Loudness::Speech)).into_iter().flat_map(i16::to_le_bytes)),
            }
            speaking.next_frame += 1;
            speaking.frames_left -= 1;
        }
        let piece = piece_octets.min(speaking.ready.len());
        let mut events = vec![self.writer.audio(&speaking.ids, &speaking.ready[..piece])];
        speaking.ready.drain(..piece);
        speaking.next_piece += PIECE_INTERVAL;
        if speaking.ready.is_empty() && speaking.frames_left == 0 {
            speaking.is_sent = true;
            events.extend(self.writer.answer_ends(&speaking.ids, WORDS, ResponseEnd::Completed));
        }
        self.turn = Turn::Speaking(speaking);
        events
    }

    fn cancel(&mut self, now: Instant) -> Vec<String> {
        match std::mem::replace(&mut self.turn, Turn::Silent) {
            Turn::Speaking(speaking) if !speaking.is_sent => {
                self.turn = Turn::Waiting { until: now + some_ms(CALLER_WAITS_MS) };
                self.writer.answer_ends(&speaking.ids, "", ResponseEnd::ClientCancelled)
            }
            turn => {
                self.turn = turn;
                vec![self.refusal("response_cancel_not_active")]
            }
        }
    }

    fn refusal(&mut self, code: &str) -> String {
        let error = json!({ "type": "invalid_request_error", "code": code, "message": code, "param": null,
            "event_id": null });
        self.writer.event("error", json!({ "error": error }))
    }

    fn caller_item(&self) -> String {
        format!("item_{}_u{}", self.talk.0, self.turns)
    }

    /// Milliseconds of the caller's audio so far.
    fn heard_ms(&self) -> u64 {
        self.octets_heard / self.format().octets_per_ms() as u64
    }

    /// Returns G.711 until the client has requested another format.
    fn format(&self) -> Format {
        self.wanted.map_or(Format::G711(Law::Mu), |wanted| wanted.format)
    }
}

/// Returns how far the next marker is in two frames that do not begin with one; a whole frame if there is none.
fn next_marker(two_frames: &[u8]) -> usize {
    let starts_at = |at: &usize| Marker::of_octets(&two_frames[*at..at + FRAME_SAMPLES]).is_some();
    (1..FRAME_SAMPLES).find(starts_at).unwrap_or(FRAME_SAMPLES)
}

fn some_ms(range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rand::rng().random_range(range))
}

#[cfg(test)]
mod tests;
