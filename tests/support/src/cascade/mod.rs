//! A stand-in for the three services of a cascade: Deepgram's streaming recognition, OpenAI's chat completions and its speech, or
//! ElevenLabs' speech over a WebSocket.
//!
//! It is one server on a free port of 127.0.0.1. What is recognized, answered and heard is in a [`Script`], the same as for the other stand-ins
//! of a voice AI. A script's troubles strike the recognizer, or a streamed speech. Requests are checked against the rules of the API, and the
//! recognizer's messages against the strict schemas. A client that breaks a rule fails its test.
//!
//! ```text
//! server.rs  sockets, HTTP          listen.rs  recognition         chat.rs  the language model
//! book.rs    what happened, for the test      transcription.rs        speech.rs  the synthesis    stream_input.rs  streamed speech
//! ```

mod book;
mod chat;
mod listen;
mod server;
mod speech;
mod stream_input;
mod stream_input_schemas;
mod transcription;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

pub use self::book::{Connection, ServiceRequest, VoiceSocket};
pub use self::server::Fault;
use self::server::Shared;
use crate::driving::drive;
use crate::openai::{Script, Trouble};

/// How the stand-in behaves.
#[derive(Debug, Clone)]
pub struct Manners {
    /// The keys that the recognizer, the model and the speech accept.
    pub keys: [String; 3],
    /// From a request to the first word of the model, where the script says nothing else.
    pub thinks: Duration,
    /// From a request to the first sound of the speech.
    pub speaks: Duration,
    /// How long the recognizer accepts no connection after a trouble has ended one.
    pub stays_lost: Duration,
}

impl Manners {
    /// The usual behaviour.
    #[must_use]
    pub fn new(keys: [&str; 3]) -> Self {
        Self {
            keys: keys.map(str::to_owned),
            thinks: Duration::ZERO,
            speaks: Duration::from_millis(20),
            stays_lost: Duration::ZERO,
        }
    }
}

/// A running stand-in. Stopped on drop; the drop fails a test whose client broke a rule.
#[derive(Debug)]
pub struct CascadeStandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    judged: bool,
}

impl CascadeStandIn {
    /// Starts one on a free port as a task of the current runtime, whose clock may be paused.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start_here(manners: Manners, script: Script) -> io::Result<Self> {
        let (stand_in, listener, stopped) = Self::bind(manners, script)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::spawn(server::run(listener, Arc::clone(&stand_in.shared), stopped));
        Ok(stand_in)
    }

    /// Starts one on a free port, driven by a thread of its own.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(manners: Manners, script: Script) -> io::Result<Self> {
        let (stand_in, listener, stopped) = Self::bind(manners, script)?;
        let shared = Arc::clone(&stand_in.shared);
        drive(async move {
            // Only a runtime without sockets refuses it.
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                server::run(listener, shared, stopped).await;
            }
        });
        Ok(stand_in)
    }

    fn bind(
        manners: Manners,
        script: Script,
    ) -> io::Result<(Self, std::net::TcpListener, oneshot::Receiver<()>)> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(manners, script));
        let (stop, stopped) = oneshot::channel();
        Ok((Self { shared, address, _stop: stop, judged: false }, listener, stopped))
    }

    /// Goes on with another script.
    pub fn rewrite(&self, script: Script) {
        *self.shared.script() = script;
    }

    /// Address of the recognizer.
    #[must_use]
    pub fn recognizer_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address of the model and the speech.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Makes something go wrong now, on every connection to the recognizer.
    pub fn strike(&self, trouble: Trouble) {
        self.shared.strike(trouble);
    }

    /// Makes something go wrong now, on every socket of the streamed speech.
    pub fn strike_speech(&self, trouble: Trouble) {
        self.shared.strike_speech(trouble);
    }

    /// The sockets of the streamed speech, in the order in which they were opened.
    #[must_use]
    pub fn voices(&self) -> Vec<VoiceSocket> {
        self.shared.with(|book| book.voices.clone())
    }

    /// The recognizer sends a text as it is, on every connection.
    pub fn recognizes_raw(&self, text: &str) {
        self.shared.say_raw(text);
    }

    /// The fault that the next request to the model gets.
    pub fn model_fault(&self, fault: Fault) {
        self.shared.with(|book| book.model_faults.push_back(fault));
    }

    /// The fault that the next request for speech gets.
    pub fn speech_fault(&self, fault: Fault) {
        self.shared.with(|book| book.speech_faults.push_back(fault));
    }

    /// The fault that the next utterance gets.
    pub fn utterance_fault(&self, fault: Fault) {
        self.shared.with(|book| book.utterance_faults.push_back(fault));
    }

    /// Becomes unreachable from now on.
    pub fn leave(&self) {
        self.shared.leave();
    }

    /// Is reachable again after this time.
    pub fn come_back_after(&self, away: Duration) {
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            shared.come_back();
        });
    }

    /// How many connections to the recognizer were opened so far.
    #[must_use]
    pub fn connection_count(&self) -> usize {
        self.shared.with(|book| book.connections.len())
    }

    /// The connection to the recognizer with this number, from 0, in its current state.
    #[must_use]
    pub fn connection(&self, number: usize) -> Option<Connection> {
        self.shared.with(|book| book.connections.get(number).cloned())
    }

    /// Requests to the model and the speech, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<ServiceRequest> {
        self.shared.with(|book| book.asked.clone())
    }

    /// Lengths of the utterances that were sent as files.
    #[must_use]
    pub fn utterances(&self) -> Vec<Duration> {
        self.shared.with(|book| book.utterances.clone())
    }

    /// Returns the violations, which [`Drop`] then doesn't judge any more: for a client that is made to break rules.
    #[must_use]
    pub fn into_violations(mut self) -> Vec<String> {
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
        assert!(violations.is_empty(), "against the rules of the services: {violations:#?}");
    }

    fn violations(&self) -> Vec<String> {
        self.shared.with(|book| book.violations.clone())
    }
}

impl Drop for CascadeStandIn {
    fn drop(&mut self) {
        if !self.judged && !std::thread::panicking() {
            let violations = self.violations();
            assert!(violations.is_empty(), "against the rules of the services: {violations:#?}");
        }
    }
}
