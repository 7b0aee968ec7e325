//! A browser's first message: whose audio it is, and whether it is admitted.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::ids::{CallId, UserId};
use cordboard_schema::limits::{WEB_AUDIO_HELLO_MS_MAX, WEB_AUDIO_PIPE_MESSAGES_MAX};
use cordboard_schema::page_origin::PageTag;
use cordboard_schema::wire::web_audio::{
    BadHello, BadMessage, BrowserMessage, ByeCause, Hello, Presented, Resume, ServerMessage,
};
use tokio::time::timeout;
use uuid::Uuid;

use super::grants::{AudioPasses, CameFrom, opened_by};
use crate::media::{MessagePipe, PipedMessage};
use crate::messages::{AudioArrived, RegistryLine};
use crate::sign_ins::OpenedBy;

/// How long a leg may take to read that its party hangs up.
const HANG_UP_LIMIT: Duration = Duration::from_secs(1);

/// How a browser's audio is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A WebSocket, `/ws/audio`.
    Socket,
    /// A connection of WebRTC.
    Webrtc,
}

impl Carrier {
    /// The kind of leg for this carrier.
    pub const fn leg_kind(self) -> LegKind {
        match self {
            Self::Socket => LegKind::Web,
            Self::Webrtc => LegKind::Webrtc,
        }
    }
}

/// The audio of a browser on its way from its reader to the arbiter of its call.
#[derive(Debug)]
pub struct WebAudio {
    /// The call that it joins.
    pub call: CallId,
    /// Our name for the party; the caller's is in the call's outside id.
    pub name: Uuid,
    /// The agent whose audio it is; none for the caller's.
    pub agent: Option<UserId>,
    /// The sign-in or API token that has opened it; none for a visitor's.
    pub opened_by: Option<OpenedBy>,
    /// The other site whose page opened it.
    pub page: Option<PageTag>,
    /// Samples a second, both ways.
    pub rate: SampleRate,
    /// Its carrier.
    pub carrier: Carrier,
    /// Its messages, after `hello`.
    pub pipe: MessagePipe,
    /// Address of the peer.
    pub peer: SocketAddr,
    /// Passes with which it can come back.
    pub passes: AudioPasses,
    /// The number of the `resume` with which it came.
    pub resumed: Option<u64>,
    /// How long the call waits for it if it goes away, in ms. The call says so when it starts the leg of a visitor.
    pub return_ms: Option<u64>,
}

impl WebAudio {
    /// Reports to the browser that no call takes its audio, and ends its connection in order.
    pub fn refuse(self) {
        say_bye(&self.pipe, ByeCause::NoCall, "This call is over.");
    }
}

/// Why a browser is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum TurnedAway {
    /// It ended before its `hello`.
    #[error("the connection ended before its hello")]
    Closed,
    /// It sent no `hello` in time.
    #[error("no hello came within {WEB_AUDIO_HELLO_MS_MAX} ms")]
    Silent,
    /// It sent something else.
    #[error("the first message is not a hello")]
    NoHello,
    /// Its message can't be read.
    #[error("the first message can't be read: {0}")]
    Malformed(#[from] BadMessage),
    /// Its versions or formats are not supported.
    #[error(transparent)]
    Hello(#[from] BadHello),
    /// Its token, or its `resume`, is not valid: unknown, used, too old, or given to a page of another site.
    #[error("the token is unknown, was used already, or is too old")]
    BadToken,
}

impl TurnedAway {
    fn cause(&self) -> ByeCause {
        match self {
            Self::BadToken => ByeCause::BadToken,
            _ => ByeCause::BadHello,
        }
    }
}

/// Reads a browser's `hello`, for 5 s, and finds whose audio it is. A browser that comes back closes its former connection.
///
/// # Errors
/// It is not admitted. It has been sent the reason, and its socket is closed after that.
pub async fn let_in(
    mut pipe: MessagePipe,
    passes: &AudioPasses,
    peer: SocketAddr,
    from: CameFrom,
) -> Result<WebAudio, TurnedAway> {
    match greet(&mut pipe, passes, from).await {
        Ok(guest) => Ok(admit(guest, (Carrier::Socket, pipe), passes, peer).await),
        Err(turned_away) => {
            say_bye(&pipe, turned_away.cause(), &turned_away.to_string());
            Err(turned_away)
        }
    }
}

/// Admits a party that has shown a token or a `resume` with an offer of WebRTC instead of in a `hello`. None if it is
/// no longer valid.
pub(crate) async fn let_in_by(
    pipe: MessagePipe,
    passes: &AudioPasses,
    (presented, from): (&str, CameFrom),
    rate: SampleRate,
    peer: SocketAddr,
) -> Option<WebAudio> {
    let guest = Guest::of(passes, presented, from, rate)?;
    Some(admit(guest, (Carrier::Webrtc, pipe), passes, peer).await)
}

/// Hangs up for a party whose connection is gone, or was never made: it enters with the token or the `resume` that it
/// shows, and says goodbye at once. If it still has a connection, that is closed. Returns whether what it showed was
/// valid.
pub async fn hang_up(
    passes: &AudioPasses,
    registry: &RegistryLine,
    (presented, from): (&str, CameFrom),
    peer: SocketAddr,
) -> bool {
    // It carries no sound, so any rate will do.
    let rate = SampleRate::HZ_24000;
    let Some(guest) = Guest::of(passes, presented, from, rate) else { return false };
    // The call's last kind of leg is the one that carried sound.
    let carrier = passes.carrier_of(guest.name).unwrap_or(Carrier::Socket);
    let (pipe, mut end) = MessagePipe::open(WEB_AUDIO_PIPE_MESSAGES_MAX);
    // Fails only for maps without text keys, and there are none here.
    let goodbye = serde_json::to_string(&BrowserMessage::Bye).unwrap_or_default();
    if end.incoming.send(PipedMessage::Text(goodbye)).await.is_err() {
        return false;
    }
    let audio = admit(guest, (carrier, pipe), passes, peer).await;
    let call = audio.call;
    // If no call takes it, the registry has logged that: the call is over.
    if let Err(cause) = registry.ask(AudioArrived(Box::new(audio))).await {
        tracing::warn!(%peer, %call, %cause, "a hang-up did not reach its call");
    }
    let read = async { while end.outgoing.recv().await.is_some() {} };
    if timeout(HANG_UP_LIMIT, read).await.is_err() {
        tracing::debug!(%peer, %call, "a hang-up is not read yet");
    }
    true
}

/// A connection that comes back replaces its former one.
async fn admit(
    guest: Guest,
    (carrier, pipe): (Carrier, MessagePipe),
    passes: &AudioPasses,
    peer: SocketAddr,
) -> WebAudio {
    let Guest { call, name, agent, opened_by, page, rate, resumed } = guest;
    if resumed.is_some() {
        passes.evict(name).await;
    }
    let passes = passes.clone();
    let return_ms = None;
    WebAudio { call, name, agent, opened_by, page, rate, carrier, pipe, peer, passes, resumed, return_ms }
}

struct Guest {
    call: CallId,
    name: Uuid,
    agent: Option<UserId>,
    opened_by: Option<OpenedBy>,
    page: Option<PageTag>,
    rate: SampleRate,
    resumed: Option<u64>,
}

impl Guest {
    /// The guest of a token or a `resume`.
    fn of(passes: &AudioPasses, presented: &str, from: CameFrom, rate: SampleRate) -> Option<Self> {
        Self::with_token(passes, presented, from, rate).or_else(|| Self::back(passes, presented, from, rate))
    }

    /// The guest of a fresh token.
    fn with_token(passes: &AudioPasses, token: &str, from: CameFrom, rate: SampleRate) -> Option<Self> {
        let grant = passes.redeem(token, from)?;
        Some(Self {
            call: grant.call(),
            name: grant.name(),
            agent: grant.agent(),
            opened_by: grant.opened_by(),
            page: grant.page(),
            rate,
            resumed: None,
        })
    }

    /// The guest who comes back with a `resume`.
    fn back(passes: &AudioPasses, resume: &str, from: CameFrom, rate: SampleRate) -> Option<Self> {
        let resume = passes.returns(resume, from)?;
        let opened_by = opened_by(&resume);
        let Resume { name, call, agent, page, number, .. } = resume;
        Some(Self { call, name, agent, opened_by, page, rate, resumed: Some(number) })
    }
}

async fn greet(pipe: &mut MessagePipe, passes: &AudioPasses, from: CameFrom) -> Result<Guest, TurnedAway> {
    let limit = Duration::from_millis(WEB_AUDIO_HELLO_MS_MAX);
    let first = timeout(limit, pipe.incoming.recv()).await.map_err(|_| TurnedAway::Silent)?;
    let PipedMessage::Text(text) = first.ok_or(TurnedAway::Closed)? else {
        return Err(TurnedAway::NoHello);
    };
    let BrowserMessage::Hello(hello) = BrowserMessage::parse(&text)? else {
        return Err(TurnedAway::NoHello);
    };
    let rate = hello.check()?;
    let Hello { token, resume, .. } = hello;
    let guest = match (token.as_ref().and_then(Presented::text), resume.as_ref().and_then(Presented::text)) {
        (Some(token), None) => Guest::with_token(passes, token, from, rate),
        (None, Some(resume)) => Guest::back(passes, resume, from, rate),
        _ => None,
    };
    guest.ok_or(TurnedAway::BadToken)
}

/// Nothing was sent before, so there is room for it.
fn say_bye(pipe: &MessagePipe, cause: ByeCause, words: &str) {
    let bye = PipedMessage::Text(ServerMessage::bye(cause, words).to_text());
    if pipe.outgoing.try_send(bye).is_err() {
        tracing::debug!("a browser left before it got the reason for its refusal");
    }
}
