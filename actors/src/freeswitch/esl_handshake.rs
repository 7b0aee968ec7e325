//! From an accepted connection to its channel: `connect`, and FreeSWITCH's answer.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::event::Announcement;
use cordboard_schema::limits::{
    ANNOUNCED_VARIABLES_BYTES_MAX, ANNOUNCED_VARIABLES_MAX, ESL_HANDSHAKE_MS_MAX,
};
use cordboard_schema::outbound::DETECTION_VARIABLES;
use cordboard_schema::switch::{AnswerState, ChannelSeen, HandoffFailure, SwitchKind};
use cordboard_schema::wire::esl::{
    ChannelData, Command, Control, Decoder, EslError, Event, Frame, SocketMode, UNROUTED,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::commands::CAUSES;
use super::esl_arrival::ControlConnection;
use super::translation::is_held;
use crate::switches::OWN_VARIABLES;

const TIME_LIMIT: Duration = Duration::from_millis(ESL_HANDSHAKE_MS_MAX);

/// Size of a read in bytes. The answer has some 5,000.
const READ_BYTES: usize = 4_096;

/// Number of characters that an error text shows of a channel id that is not a UUID.
const SHOWN_ID_CHARS: usize = 64;

/// FreeSWITCH's own variables that are passed on by their names.
const KNOWN_VARIABLES: &[&str] = &["sip_call_id", "accountcode"];

/// Why a connection did not become a [`ControlConnection`].
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It was closed or broke before it had named its channel: by a port scanner, a health check, or a caller who left.
    #[error("closed before it had named its channel")]
    Closed(#[source] Option<io::Error>),
    /// The answer was not complete in time.
    #[error("no answer to `connect` within {ESL_HANDSHAKE_MS_MAX} ms")]
    Silent,
    /// The bytes are not those of an event socket.
    #[error(transparent)]
    NotFreeswitch(#[from] EslError),
    /// The answer names no channel.
    #[error("the answer to `connect` names no channel: this is not an outbound event socket")]
    NoChannel,
    /// FreeSWITCH finds a channel only by the exact spelling of its id, and we write a UUID in the form that FreeSWITCH itself
    /// makes.
    #[error(
        "the channel's id is {0:?}, and calls are known by UUIDs as FreeSWITCH makes them (lower case, with hyphens): leave \
         `origination_uuid` out or give it such a UUID, and set `inbound-use-callid-as-uuid` of the SIP profile to false"
    )]
    OddId(String),
    /// The dialplan opened it in a mode in which no call can be controlled: events arrive late or never.
    #[error(
        "the dialplan opened the socket without `async full`, so that no events arrive and nothing can be stopped: write \
         <action application=\"socket\" data=\"HOST:PORT async full\"/>"
    )]
    NotAsyncFull,
    /// The socket could not be detached from this thread's runtime.
    #[error("the socket can't be passed on")]
    HandOn(#[source] io::Error),
}

/// Sends `connect` and waits for the answer, for at most 5 s in all. Nothing more is sent: FreeSWITCH keeps no events
/// until they are requested, and the call that takes the connection requests them first.
///
/// # Errors
/// See [`HandshakeError`]; the connection is closed then, and the dialplan continues.
pub(super) async fn shake(
    mut stream: TcpStream,
    peer: SocketAddr,
    server: Option<String>,
) -> Result<ControlConnection, HandshakeError> {
    let shaking = connect(&mut stream);
    let (block, early) =
        tokio::time::timeout(TIME_LIMIT, shaking).await.map_err(|_| HandshakeError::Silent)??;
    let data = ChannelData::of(&block).ok_or(HandshakeError::NoChannel)?;
    let channel = channel_of(&data.channel)?;
    if (data.socket_mode, data.control) != (SocketMode::Async, Control::Full) {
        return Err(HandshakeError::NotAsyncFull);
    }
    let stream = stream.into_std().map_err(HandshakeError::HandOn)?;
    let seen = channel_seen(&data, &block);
    let announcement = announcement(data, &block, seen.domain.as_deref());
    Ok(ControlConnection { channel, stream, peer, early, server, seen, announcement })
}

fn channel_of(id: &str) -> Result<Uuid, HandshakeError> {
    let channel = Uuid::parse_str(id).ok().filter(|channel| channel.to_string() == id);
    channel.ok_or_else(|| HandshakeError::OddId(id.chars().take(SHOWN_ID_CHARS).collect()))
}

/// Returns the answer to `connect`, and what was read after it.
async fn connect(stream: &mut TcpStream) -> Result<(Event, Vec<u8>), HandshakeError> {
    let broken = |error| HandshakeError::Closed(Some(error));
    stream.write_all(&Command::Connect.to_bytes()).await.map_err(broken)?;
    // The answer has no body.
    let mut decoder = Decoder::with_body_bytes_max(0);
    let mut buffer = [0; READ_BYTES];
    loop {
        let read = stream.read(&mut buffer).await.map_err(broken)?;
        if read == 0 {
            return Err(HandshakeError::Closed(None));
        }
        let mut rest = &buffer[..read];
        match decoder.decode(&mut rest)? {
            Some(Frame::ChannelData(block)) => return Ok((block, rest.to_vec())),
            Some(_) => return Err(HandshakeError::NoChannel),
            None => {}
        }
    }
}

/// Returns the state of a channel that its dialplan has just handed over, which is not bridged.
fn channel_seen(data: &ChannelData, block: &Event) -> ChannelSeen {
    ChannelSeen {
        switch: SwitchKind::Freeswitch,
        // If it has ended meanwhile, an event says so at once.
        answer_state: data.answer_state.unwrap_or(AnswerState::Ringing),
        bridged_with: None,
        is_held: block.get("Channel-Call-State").map(is_held),
        domain: ["domain_name", "sip_to_host", "sip_req_host"]
            .into_iter()
            .filter_map(|name| block.variable(name))
            .find(|domain| !domain.is_empty())
            .map(str::to_owned),
        read_rate: data.read_rate_hz.filter(|rate| *rate > 0),
        // They are in the announcement.
        from: None,
        to: None,
        unrouted: block.variable(UNROUTED).filter(|place| !place.is_empty()).map(str::to_owned),
        // The cause of a phone that rang first is in the bridge variable; that of one that refused at once is in the originate
        // variable.
        unrouted_for: CAUSES
            .into_iter()
            .filter_map(|name| block.variable(name))
            .find_map(|cause| HandoffFailure::of_cause(&cause.to_ascii_lowercase())),
    }
}

fn announcement(data: ChannelData, block: &Event, domain: Option<&str>) -> Announcement {
    let said = [
        ("domain", domain),
        ("caller_name", data.caller_name.as_deref()),
        ("context", data.context.as_deref()),
    ];
    let said = said.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let of_dialplan = block.variables().filter(|(name, _)| name.starts_with(OWN_VARIABLES) || is_known(name));
    let variables = bounded(said.chain(of_dialplan));
    Announcement { from: data.caller_number, to: data.destination, variables, ..Announcement::default() }
}

fn is_known(name: &str) -> bool {
    KNOWN_VARIABLES.contains(&name) || DETECTION_VARIABLES.contains(&name)
}

/// Keeps the first variables, as many as there is room for.
fn bounded<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    let mut bytes = 0;
    for (name, value) in variables {
        let more = name.len() + value.len();
        if kept.len() < ANNOUNCED_VARIABLES_MAX && bytes + more <= ANNOUNCED_VARIABLES_BYTES_MAX {
            bytes += more;
            kept.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    kept
}
