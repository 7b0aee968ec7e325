//! A stand-in for Gemini's Live API, written from Google's documents and schemas alone (`tests/captures/gemini`).
//!
//! It is a server on a free port of 127.0.0.1. What the model says, which functions it calls and what goes wrong is in a [`Script`], the same
//! as for the other stand-ins of a voice AI; how it sends that is in its [`Manners`]. Every message of the client is checked against the strict
//! schema and the documents' rules, and every one of its own against the schema. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one connection's session, without a socket
//! schemas.rs   the schemas                            speech.rs    an answer, piece by piece
//! ```

pub mod schemas;
mod server;
mod session;
mod speech;

use std::io;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::json;

pub use self::server::Shared;
use crate::openai::Script;
pub use crate::voice_stand_in::Connection;
use crate::voice_stand_in::VoiceStandIn;

/// When the model's words are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsCome {
    /// Piece by piece, with their sound.
    WithSound,
    /// All at once, before the first sound.
    First,
    /// After the end of the turn, piece by piece.
    Last,
}

/// How the stand-in behaves.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The key that it accepts.
    pub key: String,
    /// The model that it has.
    pub model: String,
    /// Whether its JSON is in binary frames.
    pub is_binary: bool,
    /// Whether it thinks aloud.
    pub thinks: bool,
    /// When the model's words are sent.
    pub words: WordsCome,
    /// How long after the beginning of the answer the caller's words come; `None` if they come before it.
    pub hears_late: Option<Duration>,
    /// Whether sessions can be resumed.
    pub keeps_sessions: bool,
    /// How many resumptions of sessions it refuses.
    pub refuses_resumption: usize,
    /// Whether it refuses a language.
    pub refuses_language: bool,
}

impl Manners {
    /// The usual behaviour.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            model: "gemini-2.5-flash-native-audio-preview-09-2025".to_owned(),
            is_binary: false,
            thinks: false,
            words: WordsCome::WithSound,
            hears_late: None,
            keeps_sessions: true,
            refuses_resumption: 0,
            refuses_language: false,
        }
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
pub type GeminiStandIn = VoiceStandIn<Shared>;

impl GeminiStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script) -> io::Result<Self> {
        Self::start("", |_, sockets| Shared::new(manners, script, sockets), server::serve)
    }

    /// Changes its behaviour from now on.
    pub fn behaves(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Announces on every connection that it will be closed in this time, and does not close it.
    pub fn go_away(&self, time_left: Duration) {
        self.say(&json!({ "goAway": { "timeLeft": format!("{}s", time_left.as_secs_f64()) } }));
    }
}
