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

/// Size of a read in bytes: the UUID's message, and any of the caller's first audio that came with it.
const READ_BYTES: usize = 1_024;

/// Why a connection did not become an [`AudioConnection`].
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    /// It was closed or broke before its UUID was complete: by a port scanner, a health check, or an `AudioSocket()` on a channel
    /// that was not answered.
    #[error("closed before its uuid was complete")]
    Closed(#[source] Option<io::Error>),
    /// The UUID was not complete in time.
    #[error("no uuid within {AUDIOSOCKET_HANDSHAKE_MS_MAX} ms")]
    Silent,
    /// The peer is not an Asterisk.
    #[error(transparent)]
    NotAsterisk(#[from] DecodeError),
    /// The socket could not be detached from this thread's runtime.
    #[error("the socket can't be passed on")]
    HandOn(#[source] io::Error),
}

/// Waits for the UUID of an accepted connection, for at most 5 s in all: a peer that sends single bytes slowly gains nothing.
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

/// Reads the UUID. Returns it with the bytes that were read after it.
async fn read_uuid(stream: &mut TcpStream) -> Result<(Uuid, Vec<u8>), HandshakeError> {
    let mut decoder = Decoder::new(Sender::Asterisk);
    let mut buffer = [0; READ_BYTES];
    loop {
        let read = stream.read(&mut buffer).await.map_err(|error| HandshakeError::Closed(Some(error)))?;
        if read == 0 {
            return Err(HandshakeError::Closed(None));
        }
        let mut rest = &buffer[..read];
        // The decoder accepts no other first message.
        if let Some(Message::Uuid(uuid)) = decoder.decode(&mut rest)? {
            return Ok((uuid, rest.to_vec()));
        }
    }
}
