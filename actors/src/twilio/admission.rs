//! The first messages of a stream: which call it belongs to, and whether it is admitted.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::limits::{TWILIO_MESSAGES_BEFORE_START_MAX, TWILIO_START_MS_MAX, TWILIO_TOKEN_MS};
use cordboard_schema::wire::twilio::CallSid;
use cordboard_schema::wire::twilio_media::{BadFormat, BadMessage, StreamMessage, StreamStart};
use tokio::time::timeout;

use super::media_actor::MediaStream;
use crate::media::{MessagePipe, PipedMessage};
use crate::one_time_tokens::OneTimeTokens;

/// The name of the `<Parameter>` that holds the token.
const TOKEN: &str = "token";

/// One-time tokens of streams, each for one call. Clones share them.
#[derive(Clone, Debug)]
pub struct StreamPasses(OneTimeTokens<CallSid>);

impl Default for StreamPasses {
    fn default() -> Self {
        Self(OneTimeTokens::new(Duration::from_millis(TWILIO_TOKEN_MS)))
    }
}

impl StreamPasses {
    /// The name of the parameter that brings a token back.
    pub const PARAMETER: &str = TOKEN;

    /// Returns a new token for one stream of this call: 22 letters, digits, `-` and `_`.
    pub fn mint(&self, call: CallSid) -> String {
        self.0.mint(call)
    }

    fn redeem(&self, call: &CallSid, token: &str) -> bool {
        self.0.redeem(call, token)
    }
}

/// Why a stream is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum TurnedAway {
    /// It ended before it said which call it belongs to.
    #[error("the stream ended before its start")]
    Closed,
    /// It did not say in time which call it belongs to.
    #[error("the stream did not start within {TWILIO_START_MS_MAX} ms")]
    Silent,
    /// It sent something other than its start.
    #[error("the stream's first message is not its start")]
    NoStart,
    /// Its start can't be read.
    #[error("the stream's start can't be read: {0}")]
    Malformed(#[from] BadMessage),
    /// Its audio format is not supported.
    #[error(transparent)]
    Format(#[from] BadFormat),
    /// It brings no token, or one that is not valid: used already, too old, or another call's.
    #[error("the stream has no valid token in its parameters")]
    NoToken,
}

/// Reads a stream up to its `start`, for at most 5 s, and checks its format and its token. Nothing is sent.
///
/// # Errors
/// The stream is not admitted; dropping the pipe closes its socket.
pub async fn let_in(
    mut pipe: MessagePipe,
    passes: &StreamPasses,
    peer: SocketAddr,
) -> Result<MediaStream, TurnedAway> {
    let limit = Duration::from_millis(TWILIO_START_MS_MAX);
    let start = timeout(limit, read_start(&mut pipe)).await.map_err(|_| TurnedAway::Silent)??;
    start.format.check()?;
    let StreamStart { stream, call, parameters, .. } = start;
    let token = parameters.get(TOKEN).ok_or(TurnedAway::NoToken)?;
    if !passes.redeem(&call, token) {
        return Err(TurnedAway::NoToken);
    }
    Ok(MediaStream { call, stream, pipe, peer })
}

async fn read_start(pipe: &mut MessagePipe) -> Result<StreamStart, TurnedAway> {
    for _ in 0..TWILIO_MESSAGES_BEFORE_START_MAX {
        match pipe.incoming.recv().await.ok_or(TurnedAway::Closed)? {
            PipedMessage::Binary(_) => return Err(TurnedAway::NoStart),
            PipedMessage::Text(text) => match StreamMessage::parse(&text)? {
                StreamMessage::Start(start) => return Ok(*start),
                StreamMessage::Connected { .. } | StreamMessage::Other { .. } => {}
                StreamMessage::Stop => return Err(TurnedAway::Closed),
                StreamMessage::Media(_) | StreamMessage::Dtmf { .. } | StreamMessage::Mark { .. } => {
                    return Err(TurnedAway::NoStart);
                }
            },
        }
    }
    Err(TurnedAway::NoStart)
}
