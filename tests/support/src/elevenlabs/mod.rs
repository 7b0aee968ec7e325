//! A stand-in for agents at ElevenLabs, written from ElevenLabs' documents and schemas alone (`tests/captures/elevenlabs`).
//!
//! It is a server on a free port of 127.0.0.1: one address for signed addresses and lists, one for conversations. What the agent
//! says, which tools it asks for and what goes wrong is in a [`Script`], the same as for the other stand-in of a voice AI;
//! how the agent is set up in an [`Agent`]. Every message of the client is held against the strict schema and the documents'
//! rules, every one of its own against the schema, too. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    sockets: HTTP, upgrade, frames      session.rs   one conversation, without a socket
//! schemas.rs   the schemas                         agents.rs    agents that are made by HTTP
//! ```

mod agents;
pub mod schemas;
mod server;
mod session;

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// The key of its account; none for an agent that anybody may talk with.
    pub key: Option<String>,
    /// Format of its input, as `ulaw_8000`.
    pub input: &'static str,
    /// Format of its output.
    pub output: &'static str,
    /// It says something first: the script's first greeting.
    pub speaks_first: bool,
    /// It lets its settings be overridden.
    pub allows_overrides: bool,
    /// It tells the words that it says.
    pub tells_words: bool,
    /// It tells the letters that go with its sound.
    pub aligns: bool,
    /// It tells the words of what was heard when it was interrupted.
    pub corrects: bool,
    /// Variables that its texts name, and that have no default.
    pub variables: Vec<&'static str>,
}

impl Agent {
    /// An agent of an account with a key, with audio as telephones have it.
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
        }
    }
}

/// A running stand-in. Ended when dropped, which fails a test whose client broke a rule.
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

    /// Sets the agent up in another way, for conversations from now on.
    pub fn set_up(&self, change: impl FnOnce(&mut Agent)) {
        change(&mut self.shared.agent.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// How often a signed address was asked for.
    #[must_use]
    pub fn signed_urls(&self) -> usize {
        self.shared.tokens().len()
    }

    /// The requests by HTTP so far, each with its first line.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The agents that were made or changed by HTTP, by their ids, each as the newest request has it.
    #[must_use]
    pub fn written_agents(&self) -> Vec<(String, Value)> {
        self.shared.written.lock().unwrap_or_else(PoisonError::into_inner).agents.clone()
    }
}
