//! A stand-in for OpenAI's Realtime API, written from OpenAI's documents and schemas alone (`tests/captures/openai`).
//!
//! It is a WebSocket server on a free port of 127.0.0.1. What the model says, which tools it calls and what goes wrong is in a [`Script`].
//! Every message of the client is checked against the strict schema and the rules of [`Rule`]. A client that breaks one fails its test: in
//! [`OpenAiStandIn::finish`], or when the stand-in is dropped.
//!
//! ```text
//! server.rs    sockets: upgrade, refusals, frames        log.rs           what happened, for the test
//! session.rs   one session, without a socket             conversation.rs  what the model remembers
//!   settings.rs  vad.rs  response.rs  beta.rs            referee.rs       the rules
//! script.rs, answer.rs   what a test specifies           schemas.rs       the schemas
//! ```

pub(crate) mod answer;
mod beta;
mod conversation;
mod format;
mod log;
mod referee;
mod response;
pub mod schemas;
pub(crate) mod script;
mod server;
mod session;
mod settings;
pub(crate) mod vad;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, oneshot};

pub use self::answer::{Answer, Pace};
pub use self::conversation::{Content, Conversation, Item};
pub use self::format::AudioFormat;
pub use self::log::{Connection, End, Entry};
pub use self::referee::{Referee, Refusal, Rule, Violation};
pub use self::script::{Dialect, Door, Script, Trouble, Usage, Words};
use self::server::Shared;
use crate::clock::Calendar;
use crate::priority;
use crate::waiting::{TimedOut, wait_until};

/// How many troubles may wait for a connection's task.
const TROUBLES_MAX: usize = 16;

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
#[derive(Debug)]
pub struct OpenAiStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    judged: bool,
}

impl OpenAiStandIn {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// There is no free port, or no thread.
    pub fn start(script: Script) -> io::Result<Self> {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), script)
    }

    /// Starts one on a free port as a task of the current runtime, whose clock may be paused. `calendar` returns the time since 1970.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(
        script: Script,
        calendar: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let calendar = Calendar::new(calendar);
        let (stand_in, listener, stopped) =
            Self::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), script, calendar)?;
        let shared = Arc::clone(&stand_in.shared);
        tokio::spawn(server::run(tokio::net::TcpListener::from_std(listener)?, shared, stopped));
        Ok(stand_in)
    }

    /// Starts one at an address.
    ///
    /// # Errors
    /// The address is taken, or there is no thread.
    pub fn start_at(address: SocketAddr, script: Script) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut stand_in, listener, stopped) = Self::bind(address, script, Calendar::system())?;
        let of_thread = Arc::clone(&stand_in.shared);
        let thread = thread::Builder::new().name("openai-stand-in".to_owned()).spawn(move || {
            priority::raise();
            runtime.block_on(async move {
                // It was bound above, so only a runtime without sockets refuses it.
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    server::run(listener, of_thread, stopped).await;
                }
            });
        })?;
        stand_in.thread = Some(thread);
        Ok(stand_in)
    }

    fn bind(
        address: SocketAddr,
        script: Script,
        calendar: Calendar,
    ) -> io::Result<(Self, std::net::TcpListener, oneshot::Receiver<()>)> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script: Arc::new(Mutex::new(script)),
            connections: Mutex::default(),
            troubles: broadcast::Sender::new(TROUBLES_MAX),
            is_away: AtomicBool::new(false),
            knocks: Mutex::default(),
            calendar,
        });
        let (stop, stopped) = oneshot::channel();
        let stand_in = Self { shared, address, stop: Some(stop), thread: None, judged: false };
        Ok((stand_in, listener, stopped))
    }

    /// The address for a client's configuration: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Address at which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the rest of the script.
    pub fn rewrite(&self, script: Script) {
        *self.shared.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = script;
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        // It is no fault if no connection is there.
        let _ = self.shared.troubles.send(trouble);
    }

    /// Becomes unreachable from now on: connections break, and new ones are cut at once, or accepted and ignored ([`Script::mute_when_gone`]).
    pub fn leave(&self) {
        self.shared.leave();
    }

    /// Is reachable again.
    pub fn come_back(&self) {
        self.shared.come_back();
    }

    /// Is reachable again after this time. Call it in the runtime of [`OpenAiStandIn::start_here`].
    pub fn come_back_after(&self, away: Duration) {
        self.shared.come_back_after(away);
    }

    /// When clients tried to connect while it was unreachable.
    #[must_use]
    pub fn knocks(&self) -> Vec<Instant> {
        self.shared.knocks()
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.shared.connections().len()
    }

    /// The connection with this number, from 0, in its current state.
    #[must_use]
    pub fn connection(&self, number: usize) -> Option<Connection> {
        self.look_at(number, Connection::clone)
    }

    /// Inspects the connection with this number, without copying everything that was sent on it.
    pub fn look_at<T>(&self, number: usize, look: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.shared.connections().get(number).map(look)
    }

    /// All connections, in their current state.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.connections().clone()
    }

    /// Waits until `look` returns a value for the connection with this number.
    ///
    /// # Errors
    /// It has not after `limit`.
    pub fn wait<T>(
        &self,
        number: usize,
        awaited: &str,
        limit: Duration,
        mut look: impl FnMut(&Connection) -> Option<T>,
    ) -> Result<T, TimedOut> {
        wait_until(awaited, limit, || self.shared.connections().get(number).and_then(&mut look))
    }

    /// Waits until the client has sent `count` events of this type on the connection with this number, and returns the last of them.
    ///
    /// # Errors
    /// It has not after `limit`.
    pub fn wait_client(
        &self,
        number: usize,
        kind: &str,
        count: usize,
        limit: Duration,
    ) -> Result<Entry, TimedOut> {
        let awaited = format!("{count} {kind} on connection {number}");
        self.wait(number, &awaited, limit, |connection| {
            connection.from_client(kind).nth(count.saturating_sub(1)).cloned()
        })
    }

    /// Like [`OpenAiStandIn::wait_client`], for events that the stand-in itself has sent.
    ///
    /// # Errors
    /// It has not after `limit`.
    pub fn wait_server(
        &self,
        number: usize,
        kind: &str,
        count: usize,
        limit: Duration,
    ) -> Result<Entry, TimedOut> {
        let awaited = format!("{count} {kind} of the stand-in on connection {number}");
        self.wait(number, &awaited, limit, |connection| {
            connection.from_server(kind).nth(count.saturating_sub(1)).cloned()
        })
    }

    /// Violations so far, with the number of the connection. A call without an output is one as long as its connection is up.
    #[must_use]
    pub fn violations(&self) -> Vec<(usize, Violation)> {
        let connections = self.shared.connections();
        let mut all = Vec::new();
        for (number, connection) in connections.iter().enumerate() {
            all.extend(connection.violations.iter().map(|violation| (number, violation.clone())));
            if connection.ended.is_none() {
                let unanswered = connection.unanswered.iter();
                let how = unanswered.map(|call_id| format!("{call_id} was not answered"));
                all.extend(how.map(|how| (number, Violation { rule: Rule::Unanswered, how })));
            }
        }
        all
    }

    /// Returns the violations, which [`Drop`] then doesn't judge any more: for a client that breaks rules on purpose.
    #[must_use]
    pub fn into_violations(mut self) -> Vec<(usize, Violation)> {
        self.judged = true;
        self.violations()
    }

    /// Ends a test.
    ///
    /// # Panics
    /// The client broke a rule.
    pub fn finish(mut self) {
        self.judged = true;
        let violations = self.violations();
        assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
    }
}

impl Drop for OpenAiStandIn {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread has ended already, or ends now.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic there was reported where it happened.
            let _ = thread.join();
        }
        if !self.judged && !thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
        }
    }
}
