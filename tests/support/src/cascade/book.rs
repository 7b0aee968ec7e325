//! Events at the stand-in, and the words of its model.

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
    /// Lines that the model got in its last request, while it was the newest.
    pub remembers: Vec<String>,
    /// Ids of tools whose results the model got while it was the newest.
    pub returned: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

/// One socket of the speech that streams.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VoiceSocket {
    /// The voice, as the address names it.
    pub voice: String,
    /// Query of the address, in its order.
    pub query: Vec<(String, String)>,
    /// The texts after the first message, as they came.
    pub texts: Vec<String>,
    /// One of them was to be spoken at once.
    pub is_flushed: bool,
    /// The client has said that no text follows.
    pub has_end: bool,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

/// One request to model or speech, or one text of a speech that streams.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRequest {
    /// When it came.
    pub at: Instant,
    /// Its path.
    pub path: String,
    /// Its body.
    pub body: Value,
    /// The client has broken it off.
    pub is_cancelled: bool,
}

/// Words of the model, and how they sound.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) sound: Sound,
    pub(super) pace: Pace,
    pub(super) silence: std::time::Duration,
    pub(super) trouble: Option<(std::time::Duration, Trouble)>,
    /// Bytes of the words that were spoken.
    pub(super) spoken: usize,
    /// Sound of it that was sent.
    pub(super) sent: std::time::Duration,
}

/// All of it.
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
