//! The events at the stand-in, and the words of its model.

use std::collections::VecDeque;
use std::time::Instant;

use serde_json::Value;

use super::server::Fault;
use crate::audio::Sound;
use crate::openai::{End, Pace, Trouble};

/// One connection to the recognizer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Connection {
    /// Query of the address, in its order.
    pub query: Vec<(String, String)>,
    /// Lengths of the frames of audio, in bytes.
    pub audio: Vec<usize>,
    /// Control messages, by their types.
    pub controls: Vec<String>,
    /// The lines that the model got in its last request, while this was the newest connection.
    pub remembers: Vec<String>,
    /// The ids of tools whose results the model got while this was the newest connection.
    pub returned: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

/// One socket of the streamed speech.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VoiceSocket {
    /// The voice, as the address names it.
    pub voice: String,
    /// Query of the address, in its order.
    pub query: Vec<(String, String)>,
    /// The texts after the first message, as they arrived.
    pub texts: Vec<String>,
    /// Whether one of them was to be spoken at once.
    pub is_flushed: bool,
    /// Whether the client has announced that no text follows.
    pub has_end: bool,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

/// One request to the model or the speech, or one text of a streamed speech.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRequest {
    /// When it came.
    pub at: Instant,
    /// Its path.
    pub path: String,
    /// Its body.
    pub body: Value,
    /// Whether the client has cancelled it.
    pub is_cancelled: bool,
}

/// The words of the model, and how they sound.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) sound: Sound,
    pub(super) pace: Pace,
    pub(super) silence: std::time::Duration,
    pub(super) trouble: Option<(std::time::Duration, Trouble)>,
    /// How many bytes of the words were spoken.
    pub(super) spoken: usize,
    /// How much of the sound was sent.
    pub(super) sent: std::time::Duration,
}

/// Everything that happened.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) connections: Vec<Connection>,
    pub(super) asked: Vec<ServiceRequest>,
    pub(super) voices: Vec<VoiceSocket>,
    pub(super) lines: Vec<Line>,
    pub(super) violations: Vec<String>,
    pub(super) model_faults: VecDeque<Fault>,
    pub(super) speech_faults: VecDeque<Fault>,
    pub(super) utterance_faults: VecDeque<Fault>,
    pub(super) calls: usize,
    /// Lengths of the utterances that were sent as files.
    pub(super) utterances: Vec<std::time::Duration>,
}
