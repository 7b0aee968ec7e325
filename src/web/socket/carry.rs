//! Carries a WebSocket of the web server over a pipe to and from its leg. The socket stays with its worker; the leg runs on its call's arbiter.

use std::time::Duration;

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, Session};
use cordboard_actors::media::{PipeEnd, PipedMessage};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::close_handshake::PeerGoodbye;

/// How long a peer may take for its half of the close handshake.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);

/// Carries messages both ways until either side ends. A peer that reads nothing for `stall_limit` is given up.
pub(super) async fn carry(
    session: Session,
    mut messages: AggregatedMessageStream,
    end: PipeEnd,
    stall_limit: Duration,
    goodbye: PeerGoodbye,
) {
    let PipeEnd { incoming, outgoing, .. } = end;
    let mut pongs = session.clone();
    let reading = read(&mut messages, &incoming, &mut pongs);
    let writing = write(session, outgoing, stall_limit);
    let is_ended_by_peer = tokio::select! {
        biased;
        () = reading => true,
        () = writing => false,
    };
    if is_ended_by_peer {
        goodbye.peer_closes();
        // A browser that closes waits for our half of the handshake, and only then tries again.
        let _ = timeout(GOODBYE_LIMIT, pongs.close(None)).await;
        return;
    }
    // The peer's further messages are no longer read, except its close frame.
    drop(incoming);
    let last_messages = async { while let Some(Ok(_)) = messages.recv().await {} };
    if timeout(GOODBYE_LIMIT, last_messages).await.is_err() {
        tracing::debug!("a WebSocket's peer did not close in time");
    }
}

async fn read(
    messages: &mut AggregatedMessageStream,
    incoming: &mpsc::Sender<PipedMessage>,
    pongs: &mut Session,
) {
    while let Some(message) = messages.recv().await {
        let passed_on = match message {
            Ok(AggregatedMessage::Text(text)) => incoming.send(PipedMessage::Text(text.to_string())).await,
            Ok(AggregatedMessage::Binary(bytes)) => incoming.send(PipedMessage::Binary(bytes.to_vec())).await,
            Ok(AggregatedMessage::Ping(payload)) => {
                let _ = pongs.pong(&payload).await;
                Ok(())
            }
            Ok(AggregatedMessage::Pong(_)) => Ok(()),
            Ok(AggregatedMessage::Close(_)) => return,
            Err(error) => {
                tracing::debug!(%error, "a WebSocket of a leg broke");
                return;
            }
        };
        if passed_on.is_err() {
            // The leg has ended its side: the writer sends the close frame.
            return std::future::pending().await;
        }
    }
}

async fn write(mut session: Session, mut outgoing: mpsc::Receiver<PipedMessage>, stall_limit: Duration) {
    while let Some(message) = outgoing.recv().await {
        let sending = async {
            match message {
                PipedMessage::Text(text) => session.text(text).await,
                PipedMessage::Binary(bytes) => session.binary(bytes).await,
            }
        };
        if !matches!(timeout(stall_limit, sending).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(stall_limit, session.close(Some(CloseCode::Normal.into()))).await;
}
