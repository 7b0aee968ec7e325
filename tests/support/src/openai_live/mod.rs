//! A stand-in for OpenAI's Live API (full duplex), written from OpenAI's documents and schemas alone (`tests/captures/openai`).
//!
//! It is a server on a free port of 127.0.0.1. What the model says, which functions its backend asks for and what goes wrong is in a
//! [`Script`], the same as for the other stand-ins of a voice AI; how it tells that in its [`Manners`]. Every message of the client is held
//! against the strict schema and the documents' rules, its audio against the clock, and every message of its own against the schema, too.
//! A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs    how a connection begins                session.rs   one connection's session, without a socket
//! schemas.rs   the schemas                            speech.rs    sound that never ends, and the answers in it
//! log.rs       what happened, for the test            backend.rs   what is delegated: functions
//! ```

mod backend;
mod log;
pub mod schemas;
mod server;
mod session;
mod speech;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::Value;
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
    /// The model that it has.
    pub model: String,
    /// Delay of the model's words after their sound.
    pub words_late: Duration,
    /// How many commentaries it refuses.
    pub refuses: usize,
    /// It goes on speaking when the caller speaks for less than this.
    pub gives_way_after: Duration,
}

impl Manners {
    /// The usual ones.
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

/// A running stand-in. Ended when dropped, which fails a test whose client broke a rule.
#[derive(Debug)]
pub struct OpenAiLiveStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl OpenAiLiveStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused. `calendar` tells the time since 1970.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script, calendar: fn() -> Duration) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(manners, script, calendar));
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(server::run(tokio::net::TcpListener::from_std(listener)?, Arc::clone(&shared), stopped));
        Ok(Self { shared, address, _stop: stop, judged: false })
    }

    /// Address for a client's configuration.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Changes how it is, from now on.
    pub fn behaves(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        self.shared.sockets.strike(Strike::Trouble(trouble));
    }

    /// Sends an event as it is, on every connection.
    pub fn say(&self, event: &Value) {
        self.say_raw(&event.to_string());
    }

    /// Sends a text as it is, on every connection: what no schema knows.
    pub fn say_raw(&self, text: &str) {
        self.shared.sockets.strike(Strike::Text(text.to_owned()));
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

impl Drop for OpenAiLiveStandIn {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
        }
    }
}
