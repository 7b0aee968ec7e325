//! How a control connection ends: reported once, and so that the channel's dialplan continues as it should.

use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use cordboard_schema::call::HangupCause;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::limits::{ESL_FAREWELL_MS_MAX, ESL_REFUSALS_MAX};
use cordboard_schema::wire::esl::{BadValue, Command};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::commands::{give_up, hang_up_command, transfer_command};
use super::esl_arrival::ControlConnection;
use super::esl_connection::Link;
use crate::socket::{Readings, Writings};

const FAREWELL_LIMIT: Duration = Duration::from_millis(ESL_FAREWELL_MS_MAX);

static REFUSALS: Semaphore = Semaphore::const_new(ESL_REFUSALS_MAX);

/// The one report to the call that its control link is gone. If it is dropped without a report, as after a panic or when the
/// arbiter stops, it reports that.
#[derive(Debug)]
pub(super) struct Leaving {
    link: Rc<Link>,
    reason: String,
}

impl Leaving {
    pub(super) fn new(link: Rc<Link>) -> Self {
        Self { link, reason: "its part of Cordboard failed".to_owned() }
    }

    /// Reports that the link is gone, for this reason.
    pub(super) fn tell(mut self, reason: String) {
        self.reason = reason;
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.link.is_lost(&self.reason);
    }
}

/// Ends a connection once everything was sent: our FIN, then reading until FreeSWITCH's, for at most 2 s.
pub(super) async fn close_in_order(stream: &TcpStream) {
    let closing = async {
        SockRef::from(stream).shutdown(Shutdown::Write)?;
        Readings::new(stream).drain().await
    };
    within_limit(closing).await;
}

async fn within_limit(closing: impl Future<Output = io::Result<()>>) {
    match tokio::time::timeout(FAREWELL_LIMIT, closing).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the connection broke while it was being ended"),
        Err(_) => tracing::debug!("FreeSWITCH did not close its side in time"),
    }
}

/// Ends a control connection that no call takes, on the current arbiter, within 2 s. Its channel is hung up, sent elsewhere, or
/// left to its dialplan, which continues after `socket`. If [`ESL_REFUSALS_MAX`] others are being ended, the connection is closed
/// at once, and the dialplan continues.
pub fn refuse_control(connection: ControlConnection, next: NextStep) {
    let ControlConnection { channel, peer, stream, .. } = connection;
    let Ok(permit) = REFUSALS.try_acquire() else {
        tracing::debug!(%channel, %peer, "too many refused control connections: closed at once");
        return;
    };
    let commands = match farewell(channel, next) {
        Ok(commands) => commands,
        Err(error) => {
            tracing::error!(%channel, %error, "the channel is left to its dialplan");
            Vec::new()
        }
    };
    tokio::task::spawn_local(async move {
        match TcpStream::from_std(stream) {
            Ok(stream) => say_and_close(&stream, &commands).await,
            Err(error) => {
                tracing::error!(%channel, %peer, %error, "a refused connection can't be registered")
            }
        }
        drop(permit);
    });
}

/// Uses `api`, which is done when it answers. The `exit` after it ends the `socket` application; the dialplan would continue there
/// if the channel still existed.
fn farewell(channel: Uuid, next: NextStep) -> Result<Vec<u8>, BadValue> {
    let commands = match next {
        NextStep::Hangup => vec![Command::Api(hang_up_command(channel, &HangupCause::normal_clearing())?)],
        NextStep::Goto(target) => {
            let mut commands = give_up(channel)?;
            commands.push(Command::Api(transfer_command(channel, &target, None)?));
            commands
        }
        NextStep::Again => Vec::new(),
    };
    let mut bytes = Vec::new();
    commands.iter().for_each(|command| command.encode(&mut bytes));
    Command::Exit.encode(&mut bytes);
    Ok(bytes)
}

async fn say_and_close(stream: &TcpStream, commands: &[u8]) {
    let closing = async {
        Writings::new(stream).write(commands).await?;
        Readings::new(stream).drain().await
    };
    within_limit(closing).await;
}
