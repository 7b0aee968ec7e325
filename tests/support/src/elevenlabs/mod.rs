//! A stand-in for agents at ElevenLabs, written from ElevenLabs' documents and schemas alone (`tests/captures/elevenlabs`).
//!
//! It is a server on a free port of 127.0.0.1: one address for signed addresses and lists, one for conversations. What the agent says, which
//! tools it calls and what goes wrong is in a [`Script`], the same as for the other stand-ins of a voice AI. How the agent is set up is in an
//! [`Agent`]. Every message of the client is checked against the strict schema and the documents' rules, and every one of its own against the
//! schema. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    sockets: HTTP, upgrade, frames      session.rs   one conversation, without a socket
//! schemas.rs   the schemas                         agents.rs    agents that are created by HTTP
//! ```

mod agents;
pub mod schemas;
mod server;
mod session;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

pub use self::server::Shared;
use crate::openai::Script;
pub use crate::voice_stand_in::Connection;
use crate::voice_stand_in::VoiceStandIn;

/// How the agent is set up at ElevenLabs.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its id.
    pub id: String,
    /// The key of its account; `None` for a public agent.
    pub key: Option<String>,
    /// The format of its input, such as `ulaw_8000`.
    pub input: &'static str,
    /// The format of its output.
    pub output: &'static str,
    /// Whether it speaks first, with the script's first greeting.
    pub speaks_first: bool,
    /// Whether it lets its settings be overridden.
    pub allows_overrides: bool,
    /// Whether it sends the words that it says.
    pub tells_words: bool,
    /// Whether it sends the letters that go with its sound.
    pub aligns: bool,
    /// Whether it sends the words that were heard when it was interrupted.
    pub corrects: bool,
    /// Variables that its texts contain, and that have no default.
    pub variables: Vec<&'static str>,
    /// How long the answer to a request takes that has created or changed an agent.
    pub writes_in: Duration,
}

impl Agent {
    /// An agent of an account with a key, with the audio format of telephones.
    #[must_use]
    pub fn new(id: &str, key: Option<&str>) -> Self {
        Self {
            id: id.to_owned(),
            key: key.map(str::to_owned),
            input: "ulaw_8000",
            output: "ulaw_8000",
            speaks_first: true,
            allows_overrides: false,
            tells_words: true,
            aligns: false,
            corrects: true,
            variables: Vec::new(),
            writes_in: Duration::ZERO,
        }
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
pub type ElevenLabsStandIn = VoiceStandIn<Shared>;

impl ElevenLabsStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(agent: Agent, script: Script) -> io::Result<Self> {
        let share = |address, sockets| Shared {
            address,
            agent: Mutex::new(agent),
            script: Arc::new(Mutex::new(script)),
            first_words: Arc::default(),
            sockets,
            tokens: Mutex::default(),
            asked: Mutex::default(),
            written: Mutex::default(),
        };
        Self::start("", share, server::serve)
    }

    /// Changes the set-up of the agent, for conversations from now on.
    pub fn set_up(&self, change: impl FnOnce(&mut Agent)) {
        change(&mut self.shared.agent.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How often a signed address was requested.
    #[must_use]
    pub fn signed_urls(&self) -> usize {
        self.shared.tokens().len()
    }

    /// The requests by HTTP so far, each by its first line.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The agents that were created or changed by HTTP, by their ids, each as in the newest request.
    #[must_use]
    pub fn written_agents(&self) -> Vec<(String, Value)> {
        self.shared.written.lock().unwrap_or_else(PoisonError::into_inner).agents.clone()
    }
}
