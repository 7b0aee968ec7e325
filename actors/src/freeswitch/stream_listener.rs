//! The port of FreeSWITCH's audio WebSockets: one for all calls.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::{STREAM_BACKLOG, STREAM_HANDSHAKES_MAX};
use ipnet::IpNet;
use tokio::net::TcpStream;

use super::stream_handshake::{HandshakeError, shake};
use super::stream_tokens::StreamTokens;
use crate::listening::{
    Blame, CallPort, ConnectionHandler, HandshakeFault, Listener, ListenerHandle, PortSettings, hand_on,
    report, tally,
};
use crate::messages::{AudioArrived, RegistryLine};

/// Address on which audio WebSockets are accepted, and the networks that may connect.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Networks that may connect, because the module has no authentication of its own. If empty, nobody may.
    pub allow: Vec<IpNet>,
    /// The rate that streams are started with, 8000 or 16000 Hz.
    pub rate: SampleRate,
}

impl PortSettings for StreamSettings {
    const PORT: &'static CallPort = &CallPort {
        name: "audio stream",
        setting: "freeswitch.audio_listen",
        check: "audio stream port",
        counter: "audio_stream_connections",
        counts: "Connections to the port of audio WebSockets, by outcome",
    };
    const BACKLOG: i32 = STREAM_BACKLOG;
    const HANDSHAKES_MAX: usize = STREAM_HANDSHAKES_MAX;

    fn listen(&self) -> SocketAddr {
        self.listen
    }

    fn allow(&self) -> &[IpNet] {
        &self.allow
    }
}

/// The port, bound and not open yet: connections are refused.
pub type StreamListener = Listener<StreamSettings>;

/// An accepting listener. Dropping this closes it.
pub type StreamListenerHandle = ListenerHandle<StreamListenerCounters>;

impl StreamListener {
    /// Opens the port, accepts connections on the current arbiter and gives each one that requests a channel's stream to
    /// `registry`; `tokens` are those that switches got.
    ///
    /// # Errors
    /// The system's error: another process has opened the port meanwhile, or the port can't be registered with the runtime.
    ///
    /// # Panics
    /// Outside an arbiter or a `LocalSet`.
    pub fn serve(self, registry: RegistryLine, tokens: StreamTokens) -> io::Result<StreamListenerHandle> {
        self.open(|StreamSettings { rate, .. }, counters| StreamLegHandler {
            registry,
            tokens,
            rate,
            counters,
        })
    }
}

tally! {
    /// Connections of a listener since its start, by their outcome.
    StreamListenerCounters, counted in Counters {
        /// Requested a channel's stream and were given to the registry.
        arrived,
        /// Came from outside the allowed networks, and were closed at once.
        not_allowed,
        /// Closed or broke before their request was complete.
        closed_early,
        /// Did not complete their request in time.
        silent,
        /// Dropped while silent, to make room for another one.
        no_room,
        /// Requested something else.
        bad_request,
        /// Had a token that is not valid.
        wrong_token,
    }
}

/// Accepts connections and passes them on.
struct StreamLegHandler {
    registry: RegistryLine,
    tokens: StreamTokens,
    rate: SampleRate,
    counters: Arc<Counters>,
}

impl ConnectionHandler for StreamLegHandler {
    const KIND: &'static str = "audio websocket";
    const ALLOW_SETTING: &'static str = "freeswitch.allow";

    type Counters = Counters;

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn handshake(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + 'static {
        let (registry, tokens, rate) = (self.registry.clone(), self.tokens.clone(), self.rate);
        let counters = Arc::clone(&self.counters);
        async move {
            // Counted before it is answered, because an answer may take long.
            let turned_down = |error: &HandshakeError| report(error, peer, &*counters);
            let Ok(connection) = shake(stream, peer, (&tokens, rate), turned_down).await else { return };
            let arrived = AudioArrived(Box::new(connection));
            hand_on(arrived, (peer, "an audio websocket"), &registry, &*counters).await;
        }
    }
}

impl HandshakeFault for HandshakeError {
    type Counters = Counters;

    fn blame<'c>(&self, counters: &'c Counters) -> Blame<'c> {
        match self {
            Self::Closed(_) => Blame::Harmless(&counters.closed_early),
            Self::Silent => Blame::Harmless(&counters.silent),
            Self::BadRequest(_) => {
                Blame::Peer(&counters.bad_request, "turned down a request at the port of audio websockets")
            }
            Self::WrongToken => Blame::Peer(&counters.wrong_token, "turned down an audio websocket"),
            Self::HandOn(_) => Blame::Server,
        }
    }
}
