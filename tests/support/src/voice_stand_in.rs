//! A stand-in for a voice AI as a test uses it, whatever its provider: started, struck, inspected and judged. A provider's own parts, such as its
//! key and its script, are in `S`, which its connections share.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::audio::Sound;
use crate::openai::schemas::Sender;
use crate::openai::{End, Entry, Trouble};
use crate::voice_socket::{Snapshot, Sockets, Strike};

/// One connection that a client opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Every event, in order, with the number of bytes instead of its sound.
    pub entries: Vec<Entry>,
    /// The lengths of the client's binary frames, in bytes.
    pub frames: Vec<usize>,
    /// The caller's sound.
    pub heard: Sound,
    /// The agent's memory, a line each: `agent: …`, `caller: …`, `told: …`, `context: …`, `system: …`, `returned …`.
    pub remembers: Vec<String>,
    /// The client's violations of the rules.
    pub violations: Vec<String>,
    /// Function calls that have no response yet.
    pub unanswered: Vec<String>,
    /// How and when it ended.
    pub ended: Option<(Instant, End)>,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            frames: Vec::new(),
            heard: Sound { rate: 8000, samples: Vec::new() },
            remembers: Vec::new(),
            violations: Vec::new(),
            unanswered: Vec::new(),
            ended: None,
        }
    }

    /// The client's events of this kind.
    pub fn from_client(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Client && entry.kind == kind)
    }

    /// The stand-in's events of this kind.
    pub fn from_server(&self, kind: &str) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == Sender::Server && entry.kind == kind)
    }

    /// Records the current state of its session.
    pub(crate) fn publish(
        &mut self,
        Snapshot { rate, heard, remembers, violations, unanswered }: Snapshot<'_>,
    ) {
        self.heard.rate = rate;
        let known = self.heard.samples.len();
        self.heard.samples.extend(&heard[known..]);
        remembers.clone_into(&mut self.remembers);
        let judged = self.violations.len();
        self.violations.extend_from_slice(&violations[judged..]);
        self.unanswered = unanswered;
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
#[derive(Debug)]
pub struct VoiceStandIn<S> {
    pub(crate) shared: Arc<S>,
    sockets: Arc<Sockets>,
    base_url: String,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl<S> VoiceStandIn<S> {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused. Clients append `path` to its address; `share` makes
    /// what
    /// its connections share, and `serve` serves each of them.
    pub(crate) fn start<F>(
        path: &str,
        share: impl FnOnce(SocketAddr, Arc<Sockets>) -> S,
        serve: impl Fn(Arc<S>, TcpStream) -> F + Send + 'static,
    ) -> io::Result<Self>
    where
        S: Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let sockets = Arc::<Sockets>::default();
        let shared = Arc::new(share(address, Arc::clone(&sockets)));
        let (stop, stopped) = oneshot::channel();
        let (accepting, of_connections) = (Arc::clone(&sockets), Arc::clone(&shared));
        tokio::spawn(async move {
            let serve = move |stream| {
                tokio::spawn(serve(Arc::clone(&of_connections), stream));
            };
            accepting.run(listener, stopped, serve).await;
        });
        let base_url = format!("http://{address}{path}");
        Ok(Self { shared, sockets, base_url, _stop: stop, judged: false })
    }

    /// The address for a client's configuration.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Makes something go wrong now, on every connection.
    pub fn strike(&self, trouble: Trouble) {
        self.sockets.strike(Strike::Trouble(trouble));
    }

    /// Sends an event as it is, on every connection.
    pub fn say(&self, event: &Value) {
        self.say_raw(&event.to_string());
    }

    /// Sends a text as it is, on every connection, such as one that no schema knows.
    pub fn say_raw(&self, text: &str) {
        self.sockets.strike(Strike::Text(text.to_owned()));
    }

    /// Sends a binary frame as it is, on every connection.
    pub fn say_bytes(&self, bytes: &[u8]) {
        self.sockets.strike(Strike::Binary(bytes.to_vec()));
    }

    /// Becomes unreachable from now on.
    pub fn leave(&self) {
        self.sockets.leave();
    }

    /// Is reachable again.
    pub fn come_back(&self) {
        self.sockets.come_back();
    }

    /// Is reachable again after this time.
    pub fn come_back_after(&self, away: Duration) {
        let sockets = Arc::clone(&self.sockets);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            sockets.come_back();
        });
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.sockets.connections().len()
    }

    /// The connection with this number, from 0, in its current state.
    #[must_use]
    pub fn connection(&self, number: usize) -> Option<Connection> {
        self.look_at(number, Connection::clone)
    }

    /// Inspects the connection with this number, without copying everything that was sent on it.
    pub fn look_at<T>(&self, number: usize, look: impl FnOnce(&Connection) -> T) -> Option<T> {
        self.sockets.connections().get(number).map(look)
    }

    /// Violations so far, with the number of the connection; `usize::MAX` for those outside any connection.
    #[must_use]
    pub fn violations(&self) -> Vec<(usize, String)> {
        let beside = self.sockets.beside();
        let mut all: Vec<(usize, String)> =
            beside.iter().map(|violation| (usize::MAX, violation.clone())).collect();
        for (number, connection) in self.sockets.connections().iter().enumerate() {
            all.extend(connection.violations.iter().map(|violation| (number, violation.clone())));
            if connection.ended.is_none() {
                let unanswered = connection.unanswered.iter();
                all.extend(unanswered.map(|id| (number, format!("{id} was not answered"))));
            }
        }
        all
    }

    /// Returns the violations, which [`Drop`] then doesn't judge any more: for a client that is made to break rules.
    #[must_use]
    pub fn into_violations(mut self) -> Vec<(usize, String)> {
        self.judged = true;
        self.violations()
    }

    /// Ends a test.
    ///
    /// # Panics
    /// The client broke a rule.
    pub fn finish(mut self) {
        self.judged = true;
        self.judge();
    }

    fn judge(&self) {
        let violations = self.violations();
        assert!(violations.is_empty(), "against the rules of the provider: {violations:#?}");
    }
}

impl<S> Drop for VoiceStandIn<S> {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            self.judge();
        }
    }
}
