//! Requests to the port of WebRTC.

use std::net::SocketAddr;

use cordboard_rtc::NoConnection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::web::CameFrom;

/// Questions that wait, at most.
pub(super) const QUESTIONS_MAX: usize = 256;

/// The way to the port. Clones lead to the same one.
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
    /// Its token, or its `resume`, is not good.
    #[error("the token is none of ours, was used, or is too old")]
    BadToken,
    /// It can't be, or there is no room.
    #[error(transparent)]
    NoConnection(#[from] NoConnection),
    /// The port is closed: the server stops.
    #[error("the server stops")]
    Stopping,
}

/// Result of a `PATCH`.
#[derive(Debug, PartialEq, Eq)]
pub enum Patched {
    /// The peer's ICE begins anew; this piece of SDP is for it.
    Restarted(String),
    /// Candidates, which nobody needs here.
    Noted,
    /// The connection does not take it: why.
    Refused(String),
    /// There is no such connection.
    Gone,
}

/// The request.
#[derive(Debug)]
pub(super) enum Question {
    Offer {
        offer: String,
        /// The token or `resume`, and its origin.
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
    /// Has an offer answered, for the party that has shown this token or `resume` from there. It is used once the connection is up.
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

    /// Tells of a peer's candidates, or of new credentials of its ICE.
    pub async fn patch(&self, session: Uuid, fragment: String) -> Patched {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::Patch { session, fragment, reply }, answer).await.unwrap_or(Patched::Gone)
    }

    /// Hangs up. Answers whether there was such a connection.
    pub async fn end(&self, session: Uuid) -> bool {
        let (reply, answer) = oneshot::channel();
        self.ask(Question::End { session, reply }, answer).await.unwrap_or(false)
    }

    async fn ask<T>(&self, question: Question, answer: oneshot::Receiver<T>) -> Option<T> {
        self.0.send(question).await.ok()?;
        answer.await.ok()
    }
}
