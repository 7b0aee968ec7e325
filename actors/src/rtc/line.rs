//! Requests to the port of WebRTC.

use std::net::SocketAddr;

use cordboard_rtc::NoConnection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::web::CameFrom;

/// The most waiting requests.
pub(super) const QUESTIONS_MAX: usize = 256;

/// The line to the port. Clones lead to the same port.
#[derive(Clone, Debug)]
pub struct RtcLine(pub(super) mpsc::Sender<Question>);

/// An offer that was answered.
#[derive(Debug)]
pub struct Answered {
    /// Names the connection in its address, and can't be guessed.
    pub session: Uuid,
    /// The SDP.
    pub answer: String,
}

/// Why an offer was not answered.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// Its token, or its `resume`, is not valid.
    #[error("the token is unknown, was used already, or is too old")]
    BadToken,
    /// The connection is not possible, or there is no room.
    #[error(transparent)]
    NoConnection(#[from] NoConnection),
    /// The port is closed because the server stops.
    #[error("the server stops")]
    Stopping,
}

/// Result of a `PATCH`.
#[derive(Debug, PartialEq, Eq)]
pub enum Patched {
    /// The peer's ICE restarts; this piece of SDP is for it.
    Restarted(String),
    /// Candidates, which are not needed here.
    Noted,
    /// The connection does not accept it, for this reason.
    Refused(String),
    /// There is no such connection.
    Gone,
}

/// A request to the port.
#[derive(Debug)]
pub(super) enum Question {
    Offer {
        offer: String,
        /// The token or `resume`, and where it was shown.
        shown: (String, CameFrom),
        peer: SocketAddr,
        reply: oneshot::Sender<Result<Answered, NotAnswered>>,
    },
    Patch {
        session: Uuid,
        fragment: String,
        reply: oneshot::Sender<Patched>,
    },
    End {
        session: Uuid,
        reply: oneshot::Sender<bool>,
    },
}

impl RtcLine {
    /// Has an offer answered, for the party that has shown this token or `resume` from there. The token is used up
    /// once the connection is up.
    ///
    /// # Errors
    /// [`NotAnswered`]
    pub async fn offer(
        &self,
        offer: String,
        shown: (String, CameFrom),
        peer: SocketAddr,
    ) -> Result<Answered, NotAnswered> {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::Offer { offer, shown, peer, reply }, answer)
            .await
            .unwrap_or(Err(NotAnswered::Stopping))
    }

    /// Passes on a peer's candidates, or new credentials of its ICE.
    pub async fn patch(&self, session: Uuid, fragment: String) -> Patched {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::Patch { session, fragment, reply }, answer).await.unwrap_or(Patched::Gone)
    }

    /// Hangs up. Returns whether there was such a connection.
    pub async fn end(&self, session: Uuid) -> bool {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::End { session, reply }, answer).await.unwrap_or(false)
    }

    async fn ask<T>(&self, question: Question, answer: oneshot::Receiver<T>) -> Option<T> {
        self.0.send(question).await.ok()?;
        answer.await.ok()
    }
}
