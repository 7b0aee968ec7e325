//! A stand-in for Gemini's Live API, written from Google's documents and schemas alone (`tests/captures/gemini`).
//!
//! It is a server on a free port of 127.0.0.1. What the model says, which functions it asks for and what goes wrong is in a
//! [`Script`], the same as for the other stand-ins of a voice AI; how it tells that in its [`Manners`]. Every message of the client is held
//! against the strict schema and the documents' rules, every one of its own against the schema, too. A client that breaks a rule
//! fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one connection's session, without a socket
//! schemas.rs   the schemas                            speech.rs    an answer, piece by piece
//! log.rs       what happened, for the test
//! ```

mod log;
pub mod schemas;
mod server;
mod session;
mod speech;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

pub use self::log::Connection;
use self::server::Shared;
use crate::openai::{Script, Trouble};
use crate::voice_socket::Strike;

/// When words of the model are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordsCome {
    /// Piece by piece, with their sound.
    WithSound,
    /// All at once, before the first sound.
    First,
    /// Behind the end of the turn, piece by piece.
    Last,
}

/// How the stand-in is.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The key that it takes.
    pub key: String,
    /// The model that it has.
    pub model: String,
    /// Its JSON is in binary frames.
    pub is_binary: bool,
    /// It thinks aloud.
    pub thinks: bool,
    /// When words of the model are sent.
    pub words: WordsCome,
    /// Delay of the caller's words after the beginning of the answer to them; none for before it.
    pub hears_late: Option<Duration>,
    /// Sessions can be gone on with.
    pub keeps_sessions: bool,
    /// Of the sessions that are to be gone on with it refuses so many.
    pub refuses_resumption: usize,
    /// It refuses a language.
    pub refuses_language: bool,
}

impl Manners {
    /// The usual ones.
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

/// A running stand-in. Ended when dropped, which fails a test whose client broke a rule.
#[derive(Debug)]
pub struct GeminiStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl GeminiStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(manners, script));
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::run(tokio::net::TcpListener::from_std(listener)?, Arc::clone(&shared), stopped));
        Ok(Self { shared, address, _stop: stop, judged: false })
    }

    /// Address for a client's configuration.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it is, from now on.
    pub fn behaves(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        self.shared.sockets.strike(Strike::Trouble(trouble));
    }

    /// Sends a message as it is, on every connection.
    pub fn say(&self, message: &Value) {
        self.say_raw(&message.to_string());
    }

    /// Announces on every connection that it will be closed in so long, and does nothing about it.
    pub fn go_away(&self, time_left: Duration) {
        self.say(&json!({ "goAway": { "timeLeft": format!("{}s", time_left.as_secs_f64()) } }));
    }

    /// Sends a text as it is, on every connection: what no schema knows.
    pub fn say_raw(&self, text: &str) {
        self.shared.sockets.strike(Strike::Text(text.to_owned()));
    }

    /// Sends a binary frame as it is, on every connection.
    pub fn say_bytes(&self, bytes: &[u8]) {
        self.shared.sockets.strike(Strike::Binary(bytes.to_vec()));
    }

    /// Is gone from now on, as a provider that can't be reached.
    pub fn leave(&self) {
        self.shared.sockets.leave();
    }

    /// Is there again after so long.
    pub fn come_back_after(&self, away: Duration) {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            shared.sockets.come_back();
        });
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.shared.sockets.logs().len()
    }

    /// The connection of this number, from 0, as it stands now.
    #[must_use]
    pub fn connection(&self, number: usize) -> Option<Connection> {
        self.look_at(number, Connection::clone)
    }

    /// Looks at the connection of this number as it stands now, without a copy of all that was said on it.
    pub fn look_at<T>(&self, number: usize, look: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.shared.sockets.logs().get(number).map(look)
    }

    /// Violations so far, with the number of the connection.
    #[must_use]
    pub fn violations(&self) -> Vec<(usize, String)> {
        let connections = self.shared.sockets.logs();
        let mut all = Vec::new();
        for (number, connection) in connections.iter().enumerate() {
            all.extend(connection.violations.iter().map(|violation| (number, violation.clone())));
            if connection.ended.is_none() {
                let unanswered = connection.unanswered.iter();
                all.extend(unanswered.map(|id| (number, format!("{id} was not answered"))));
            }
        }
        all
    }

    /// Takes the judgement out of the hands of [`Drop`]: for a client that is made to break rules.
    #[must_use]
    pub fn into_violations(mut self) -> Vec<(usize, String)> {
        self.judged = true;
        self.violations()
    }

    /// The end of a test.
    ///
    /// # Panics
    /// The client broke a rule.
    pub fn finish(mut self) {
        self.judged = true;
        let violations = self.violations();
        assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
    }
}

impl Drop for GeminiStandIn {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
        }
    }
}
