//! A stand-in for OpenAI's Live API (full duplex), written from OpenAI's documents and schemas alone (`tests/captures/openai`).
//!
//! It is a server on a free port of 127.0.0.1. What the model says, which functions its backend calls and what goes wrong is in a [`Script`],
//! the same as for the other stand-ins of a voice AI; how it sends that is in its [`Manners`]. Every message of the client is checked against the
//! strict schema and the documents' rules, its audio against the clock, and every message of its own against the schema. A client that breaks a
//! rule fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one connection's session, without a socket
//! schemas.rs   the schemas                            speech.rs    sound that never ends, and the answers in it
//!                                                     backend.rs   what is delegated: functions
//! ```

mod backend;
pub mod schemas;
mod server;
mod session;
mod speech;

use std::io;
use std::sync::PoisonError;
use std::time::Duration;

pub use self::server::Shared;
use crate::openai::Script;
pub use crate::voice_stand_in::Connection;
use crate::voice_stand_in::VoiceStandIn;

/// How the stand-in behaves.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The key that it accepts.
    pub key: String,
    /// The model that it has.
    pub model: String,
    /// How long after their sound the model's words come.
    pub words_late: Duration,
    /// How many commentaries it refuses.
    pub refuses: usize,
    /// It goes on speaking when the caller speaks for less than this.
    pub gives_way_after: Duration,
}

impl Manners {
    /// The usual behaviour.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            model: "gpt-live-1".to_owned(),
            words_late: Duration::ZERO,
            refuses: 0,
            gives_way_after: Duration::from_millis(100),
        }
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
pub type OpenAiLiveStandIn = VoiceStandIn<Shared>;

impl OpenAiLiveStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused. `calendar` returns the time since 1970.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script, calendar: fn() -> Duration) -> io::Result<Self> {
        Self::start("/v1", |_, sockets| Shared::new(manners, script, calendar, sockets), server::serve)
    }

    /// Changes its behaviour from now on.
    pub fn behaves(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
