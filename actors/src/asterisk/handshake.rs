//! From an accepted connection to its UUID.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_schema::limits::AUDIOSOCKET_HANDSHAKE_MS_MAX;
use cordboard_schema::wire::audiosocket::{DecodeError, Decoder, Message, Sender};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::AudioConnection;

const TIME_LIMIT: Duration = Duration::from_millis(AUDIOSOCKET_HANDSHAKE_MS_MAX);

/// Bytes of one read: the UUID's message and what of the caller's first audio came with it.
const READ_BYTES: usize = 1_024;

/// Why a connection did not become an [`AudioConnection`].
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It was closed or broke before its UUID was complete: a port scanner, a health check, or an `AudioSocket()` on
    /// a channel that was not answered.
    #[error("closed before its uuid was complete")]
    Closed(#[source] Option<io::Error>),
    /// The UUID was not complete in time.
    #[error("no uuid within {AUDIOSOCKET_HANDSHAKE_MS_MAX} ms")]
    Silent,
    /// It is not an Asterisk.
    #[error(transparent)]
    NotAsterisk(#[from] DecodeError),
    /// The socket could not be taken off this thread's runtime.
    #[error("the socket can't be handed on")]
    HandOn(#[source] io::Error),
}

/// Waits for the UUID of an accepted connection, 5 s at most for all of it: a peer that sends a byte now and then
/// gains nothing.
///
/// # Errors
/// See [`HandshakeError`]; the connection is closed then.
pub(super) async fn shake(
    mut stream: TcpStream,
    peer: SocketAddr,
) -> Result<AudioConnection, HandshakeError> {
    let (uuid, early) = tokio::time::timeout(TIME_LIMIT, read_uuid(&mut stream))
        .await
        .map_err(|_| HandshakeError::Silent)??;
    let stream = stream.into_std().map_err(HandshakeError::HandOn)?;
    Ok(AudioConnection { uuid, stream, peer, early, port: None, caller: None })
}

/// The UUID, and what was read behind it.
async fn read_uuid(stream: &mut TcpStream) -> Result<(Uuid, Vec<u8>), HandshakeError> {
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut buffer = [0; READ_BYTES];
    loop {
        let read = stream.read(&mut buffer).await.map_err(|error| HandshakeError::Closed(Some(error)))?;
        if read == 0 {
            return Err(HandshakeError::Closed(None));
        }
        let mut rest = &buffer[..read];
        // The decoder takes nothing else as a first message.
        if let Some(Message::Uuid(uuid)) = decoder.decode(&mut rest)? {
            return Ok((uuid, rest.to_vec()));
        }
    }
}
