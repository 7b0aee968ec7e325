//! A stand-in for Deepgram's Voice Agent, written from Deepgram's documents and schemas alone (`tests/captures/deepgram`).
//!
//! It is a server on a free port of 127.0.0.1. What the agent says, which functions it calls and what goes wrong is in a [`Script`], the same
//! as for the other stand-ins of a voice AI. Every message of the client is checked against the strict schema and the documents' rules, and
//! every one of its own against the schema. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one conversation, without a socket
//! schemas.rs   the schemas                            speech.rs    an answer, piece by piece
//! ```

pub mod schemas;
mod server;
mod session;
mod speech;

use std::io;
use std::sync::{Arc, Mutex};

pub use self::server::Shared;
use crate::openai::Script;
pub use crate::voice_stand_in::Connection;
use crate::voice_stand_in::VoiceStandIn;

/// How the stand-in behaves.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The key that it accepts.
    pub key: String,
    /// Whether it calls a function of its own next to each of the client's.
    pub has_own_functions: bool,
    /// How many injected messages it refuses.
    pub refuses_injections: usize,
}

impl Manners {
    /// The usual behaviour.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), has_own_functions: false, refuses_injections: 0 }
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
pub type DeepgramStandIn = VoiceStandIn<Shared>;

impl DeepgramStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script) -> io::Result<Self> {
        let script = Arc::new(Mutex::new(script));
        Self::start("", |_, sockets| Shared { manners, script, sockets }, server::serve)
    }
}
