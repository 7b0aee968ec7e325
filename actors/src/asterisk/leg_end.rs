//! How a connection is ended so that the caller's dialplan continues.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use cordboard_schema::limits::AUDIOSOCKET_REFUSALS_MAX;
use cordboard_schema::wire::audiosocket::HANGUP;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::audiosocket_actor::AudioConnection;
use crate::socket::{Readings, Writings};

/// How long a connection is read to its end after we closed our side. An Asterisk closes its side within 1 ms.
const DRAIN_LIMIT: Duration = Duration::from_secs(1);

static REFUSALS: Semaphore = Semaphore::const_new(AUDIOSOCKET_REFUSALS_MAX);

/// Ends a connection so that the dialplan continues: sends the message that ends the leg and our FIN, then reads until the peer's
/// FIN, for at most 1 s. Closing with unread bytes would be a reset, after which Asterisk hangs the caller up.
pub(super) async fn say_goodbye(stream: &TcpStream, writings: &Writings<'_>) {
    let closing = async {
        // After a frame that was sent in part the message would be taken for its rest; the FIN means the same.
        if !writings.is_cut() {
            writings.write(&HANGUP).await?;
        }
        close_and_drain(stream).await
    };
    within_limit(closing).await;
}

/// Does the same as [`say_goodbye`] without the message, because the peer has sent it.
pub(super) async fn close_in_order(stream: &TcpStream) {
    within_limit(close_and_drain(stream)).await;
}

async fn close_and_drain(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).shutdown(Shutdown::Write)?;
    Readings::new(stream).drain().await
}

async fn within_limit(closing: impl Future<Output = io::Result<()>>) {
    match tokio::time::timeout(DRAIN_LIMIT, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the connection broke while it was being ended"),
        Err(_) => tracing::debug!("the peer did not close its side in time"),
    }
}

/// Ends a connection that no call takes: in order, on the current arbiter, within 1 s. If [`AUDIOSOCKET_REFUSALS_MAX`] others are
/// being ended, it is closed at once.
pub fn refuse(connection: AudioConnection) {
    let AudioConnection { uuid, peer, stream, .. } = connection;
    let Ok(permit) = REFUSALS.try_acquire() else {
        tracing::debug!(%uuid, %peer, "too many refused connections: closed at once");
        return;
    };
    tokio::task::spawn_local(async move {
        match TcpStream::from_std(stream) {
            Ok(stream) => say_goodbye(&stream, &Writings::new(&stream)).await,
            Err(error) => tracing::error!(%uuid, %peer, %error, "a refused connection can't be registered"),
        }
        drop(permit);
    });
}
