//! A stand-in for Deepgram's Voice Agent, written from Deepgram's documents and schemas alone (`tests/captures/deepgram`).
//!
//! It is a server on a free port of 127.0.0.1. What the agent says, which functions it asks for and what goes wrong is in a
//! [`Script`], the same as for the other stand-ins of a voice AI. Every message of the client is held against the strict schema and
//! the documents' rules, every one of its own against the schema, too. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one conversation, without a socket
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
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;

pub use self::log::Connection;
use self::server::Shared;
use crate::openai::{Script, Trouble};
use crate::voice_socket::Strike;

/// How the stand-in is.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The key that it takes.
    pub key: String,
    /// It asks for a function of its own beside each of the client's.
    pub has_own_functions: bool,
    /// Of the things to be said that are injected it refuses so many.
    pub refuses_injections: usize,
}

impl Manners {
    /// The usual ones.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), has_own_functions: false, refuses_injections: 0 }
    }
}

/// A running stand-in. Ended when dropped, which fails a test whose client broke a rule.
#[derive(Debug)]
pub struct DeepgramStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl DeepgramStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared =
            Arc::new(Shared { manners, script: Arc::new(Mutex::new(script)), sockets: Arc::default() });
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::run(tokio::net::TcpListener::from_std(listener)?, Arc::clone(&shared), stopped));
        Ok(Self { shared, address, _stop: stop, judged: false })
    }

    /// Address for a client's configuration.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        self.shared.sockets.strike(Strike::Trouble(trouble));
    }

    /// Sends a text as it is, on every connection: what no schema knows.
    pub fn say_raw(&self, text: &str) {
        self.shared.sockets.strike(Strike::Text(text.to_owned()));
    }

    /// Sends bytes as they are, on every connection.
    pub fn sound_raw(&self, bytes: &[u8]) {
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

impl Drop for DeepgramStandIn {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
        }
    }
}
