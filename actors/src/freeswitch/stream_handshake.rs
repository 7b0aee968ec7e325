//! From an accepted connection to a channel's audio, up to the answer, which the leg sends.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::audio::SampleRate;
use cordboard_schema::limits::STREAM_HANDSHAKE_MS_MAX;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::audio_stream_actor::{StreamConnection, StreamProof};
use super::stream_refusal::{FORBIDDEN, turn_down};
use super::stream_request::{BadRequest, StreamRequest, parse};
use super::stream_tokens::StreamTokens;

const TIME_LIMIT: Duration = Duration::from_millis(STREAM_HANDSHAKE_MS_MAX);

/// Size of a read in bytes: a request, and any of the first audio that came with it.
const READ_BYTES: usize = 1_024;

/// Why a connection did not become a [`StreamConnection`].
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It was closed or broke before its request was complete: by a port scanner, or a health check.
    #[error("closed before its request was complete")]
    Closed(#[source] Option<io::Error>),
    /// The request was not complete in time.
    #[error("no request within {STREAM_HANDSHAKE_MS_MAX} ms")]
    Silent,
    /// It does not request a stream.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// It has a token that is not valid, or no longer valid.
    #[error("the token is wrong, was used, or is older than 30 s")]
    WrongToken,
    /// The socket could not be detached from this thread's runtime.
    #[error("the socket can't be passed on")]
    HandOn(#[source] io::Error),
}

/// Waits for the request of an accepted connection, for at most 5 s in all, and answers it if it is refused. `on_failure` is called
/// before that answer.
///
/// # Errors
/// See [`HandshakeError`]; the connection is closed then.
pub(super) async fn shake(
    mut stream: TcpStream,
    peer: SocketAddr,
    (tokens, rate): (&StreamTokens, SampleRate),
    on_failure: impl FnOnce(&HandshakeError),
) -> Result<StreamConnection, HandshakeError> {
    let mut read = Vec::new();
    let reading = tokio::time::timeout(TIME_LIMIT, read_request(&mut stream, &mut read)).await;
    let accepted = reading.map_err(|_| HandshakeError::Silent).flatten().and_then(|request| {
        let proof = proof_of(&request, tokens)?;
        Ok((request, proof))
    });
    let (request, proof) = match accepted {
        Ok(accepted) => accepted,
        Err(error) => {
            on_failure(&error);
            match &error {
                HandshakeError::BadRequest(bad) => turn_down(stream, bad.status(), &bad.to_string()).await,
                HandshakeError::WrongToken => turn_down(stream, FORBIDDEN, &error.to_string()).await,
                HandshakeError::Closed(_) | HandshakeError::Silent | HandshakeError::HandOn(_) => {}
            }
            return Err(error);
        }
    };
    let StreamRequest { uuid, key, head_bytes, .. } = request;
    let stream = stream.into_std().map_err(HandshakeError::HandOn).inspect_err(on_failure)?;
    let early = read.split_off(head_bytes);
    Ok(StreamConnection { uuid, key, proof, rate, stream, peer, early })
}

async fn read_request(stream: &mut TcpStream, read: &mut Vec<u8>) -> Result<StreamRequest, HandshakeError> {
    let mut buffer = [0; READ_BYTES];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) => return Err(HandshakeError::Closed(None)),
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(error) => return Err(HandshakeError::Closed(Some(error))),
        }
        if let Some(request) = parse(read)? {
            return Ok(request);
        }
    }
}

fn proof_of(request: &StreamRequest, tokens: &StreamTokens) -> Result<StreamProof, HandshakeError> {
    match &request.token {
        None => Ok(StreamProof::None),
        Some(token) if tokens.redeem(request.uuid, token) => Ok(StreamProof::Token),
        Some(_) => Err(HandshakeError::WrongToken),
    }
}
