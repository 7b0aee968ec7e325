//! Callers as Twilio connects them: a signed webhook, the stream that its TwiML requests, and a queue that plays what is sent.
//!
//! ```text
//! TwilioCallers   the account: signs, calls, hangs up
//!   webhook       POST of a form, and the token in the TwiML that comes back
//!   Line          one call's stream, with the clock of its sound
//!     Player      what is played when, and which marks are echoed (pure)
//! ```
//! Source: twilio.com/docs/voice/media-streams/websocket-messages.

mod line;
mod player;
mod webhook;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use cordboard_schema::wire::twilio::Form;
use tokio::task::spawn_local;
use tokio::time::timeout;
use uuid::Uuid;

use super::super::board::{CallNumber, SharedBoard};
use super::pacing::{Outlet, Pacing};
pub(in super::super) use line::Line;

/// The account of a measured server.
pub(in super::super) const ACCOUNT_SID: &str = "AC00000000000000000000000000000001";
/// Key of its signatures.
pub(in super::super) const AUTH_TOKEN: &str = "load";
/// The server's public address. The name is never looked up, only signed.
pub(in super::super) const PUBLIC_BASE: &str = "https://load.example";

/// How long a webhook or an upgrade may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// All callers of a measurement. Within a `LocalSet`.
#[derive(Debug)]
pub(in super::super) struct TwilioCallers {
    to: SocketAddr,
    board: SharedBoard,
    pacing: Pacing,
    lines: RefCell<HashMap<u16, Rc<Line>>>,
}

impl TwilioCallers {
    /// Makes callers for the server whose HTTP is at this address. None calls yet.
    pub(super) fn of(to: SocketAddr, board: SharedBoard) -> Self {
        let pacing = Pacing::start(Rc::clone(&board));
        Self { to, board, pacing, lines: RefCell::default() }
    }

    /// Starts one more call.
    ///
    /// # Errors
    /// Fails if its webhook is not answered with a stream, or the stream is not accepted.
    pub(super) async fn call(&self) -> io::Result<CallNumber> {
        let sid = format!("CA{}", Uuid::new_v4().simple());
        let asked_at = Instant::now();
        let twiml = in_time(webhook::post(self.to, "/twilio/voice", &form(&sid, "ringing"))).await?;
        self.board.borrow_mut().measured.webhook_answered.record(asked_at.elapsed());
        let token = webhook::stream_token(&twiml)?;
        let call = self.board.borrow_mut().add_call();
        let opened = line::open(self.to, sid, &token, call, Rc::clone(&self.board));
        let (line, listening) = in_time(opened).await?;
        spawn_local(listening);
        self.lines.borrow_mut().insert(call.0, Rc::clone(&line));
        self.pacing.begin(call, Outlet::Twilio(line));
        Ok(call)
    }

    /// Hangs up as Twilio does: the stream stops and closes, and the status is posted.
    pub(super) fn hang_up(&self, call: CallNumber) {
        self.board.borrow_mut().hang_up(call, Instant::now());
        self.pacing.end(call);
        let Some(line) = self.lines.borrow_mut().remove(&call.0) else { return };
        line.stop();
        let (to, board) = (self.to, Rc::clone(&self.board));
        spawn_local(async move {
            let body = form(line.call_sid(), "completed");
            if let Err(error) = in_time(webhook::post(to, "/twilio/status", &body)).await {
                board.borrow_mut().fail_call(call, &format!("its status is not taken: {error}"));
            }
        });
    }
}

async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(ANSWER_TIMEOUT, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Twilio's form about a call.
fn form(sid: &str, status: &str) -> Form {
    [
        ("CallSid", sid),
        ("AccountSid", ACCOUNT_SID),
        ("From", "+15550100002"),
        ("To", "+15550100001"),
        ("CallStatus", status),
        ("Direction", "inbound"),
        ("ApiVersion", "2010-04-01"),
    ]
    .into_iter()
    .collect()
}
