//! A stand-in for agents at ElevenLabs, written from ElevenLabs' documents and schemas alone (`tests/captures/elevenlabs`).
//!
//! It is a server on a free port of 127.0.0.1: one address for signed addresses and lists, one for conversations. What the agent
//! says, which tools it asks for and what goes wrong is in a [`Script`], the same as for the other stand-in of a voice AI;
//! how the agent is set up in an [`Agent`]. Every message of the client is held against the strict schema and the documents'
//! rules, every one of its own against the schema, too. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    sockets: HTTP, upgrade, frames      session.rs   one conversation, without a socket
//! schemas.rs   the schemas                         log.rs       what happened, for the test
//! ```

mod agents;
mod log;
pub mod schemas;
mod server;
mod session;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

pub use self::log::Connection;
use self::server::Shared;
use crate::openai::{Script, Trouble};
use crate::voice_socket::Strike;

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
#[derive(Debug)]
pub struct ElevenLabsStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl ElevenLabsStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(agent: Agent, script: Script) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            address,
            agent: Mutex::new(agent),
            script: Arc::new(Mutex::new(script)),
            first_words: Arc::default(),
            sockets: Arc::default(),
            tokens: Mutex::default(),
            asked: Mutex::default(),
            written: Mutex::default(),
        });
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::run(tokio::net::TcpListener::from_std(listener)?, Arc::clone(&shared), stopped));
        Ok(Self { shared, address, _stop: stop, judged: false })
    }

    /// Address for a client's configuration.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the agent up in another way, for conversations from now on.
    pub fn set_up(&self, change: impl FnOnce(&mut Agent)) {
        change(&mut self.shared.agent.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        self.shared.sockets.strike(Strike::Trouble(trouble));
    }

    /// Is gone from now on, as a provider that can't be reached.
    pub fn leave(&self) {
        self.shared.sockets.leave();
    }

    /// Is there again.
    pub fn come_back(&self) {
        self.shared.sockets.come_back();
    }

    /// Is there again after so long.
    pub fn come_back_after(&self, away: Duration) {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            shared.sockets.come_back();
        });
    }

    /// Sends an event as it is, on every connection: what no schema knows.
    pub fn say_raw(&self, text: &str) {
        self.shared.sockets.strike(Strike::Text(text.to_owned()));
    }

    /// How many conversations were opened so far.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.shared.sockets.logs().len()
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

    /// The conversation of this number, from 0, as it stands now.
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
        let written = self.shared.written.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<(usize, String)> =
            written.violations.iter().map(|violation| (usize::MAX, violation.clone())).collect();
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

impl Drop for ElevenLabsStandIn {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
        }
    }
}
