//! Writes to a control socket: answers first, then events. The only place that waits for the socket.

use std::sync::Arc;
use std::time::Duration;

use actix_ws::{CloseCode, CloseReason, Session};
use bytes::Bytes;
use bytestring::ByteString;
use cordboard_schema::limits::{
    CONTROL_END_MS_MAX, CONTROL_WAITING_BYTES_MAX, CONTROL_WAITING_MAX, CONTROL_WRITE_MS_MAX,
};
use cordboard_schema::wire::control::Answer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::web::live::Following;

/// Order for the writer.
pub(super) enum Order {
    /// An answer.
    Answer(ByteString),
    /// An answer; after it these events, and no others. The first ones occupy this room until they are written.
    Follow { answer: String, following: Box<Following>, room: OwnedSemaphorePermit },
    /// An answer; after it no events.
    Unfollow(String),
    /// A ping to the client.
    Ping,
    /// The answer to the client's ping.
    Pong(Bytes),
}

/// The text of an answer or a first event, which may be long, with its part of the room for such texts: that is released once it is written.
struct RoomyText {
    text: String,
    _room: Option<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for RoomyText {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// An answer's text, once there is room for it. `None` if there is no room within the time for a write.
pub(super) async fn with_room(room: Arc<Semaphore>, text: String) -> Option<ByteString> {
    let room = room_for(room, text.len()).await?;
    roomy(text, Some(room))
}

/// Room for texts of this many bytes; texts longer than all the room get it all. `None` if there is none within the time for a write.
pub(super) async fn room_for(room: Arc<Semaphore>, bytes: usize) -> Option<OwnedSemaphorePermit> {
    let bytes = u32::try_from(bytes.min(CONTROL_WAITING_BYTES_MAX)).unwrap_or(u32::MAX);
    let room = room.acquire_many_owned(bytes);
    timeout(Duration::from_millis(CONTROL_WRITE_MS_MAX), room).await.ok()?.ok()
}

/// Text as it is sent; it is always `Some`, because a `String` is valid UTF-8.
fn roomy(text: String, room: Option<OwnedSemaphorePermit>) -> Option<ByteString> {
    ByteString::try_from(Bytes::from_owner(RoomyText { text, _room: room })).ok()
}

/// How a socket is closed.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) reason: CloseReason,
    /// Whether waiting messages are written first.
    pub(super) says_all: bool,
}

/// Why nothing more is written.
enum Stop {
    /// The socket is closed with this.
    Close(Ending),
    /// The connection is gone.
    Gone,
}

/// Serializes an answer.
pub(super) fn text(answer: &Answer) -> String {
    // All its parts were JSON before.
    serde_json::to_string(answer).unwrap_or_default()
}

/// Writes until the socket is closed.
pub(super) async fn write(
    session: Session,
    mut orders: mpsc::Receiver<Order>,
    mut ending: oneshot::Receiver<Ending>,
) {
    let mut writer = Writer { session, following: None };
    let Stop::Close(Ending { reason, says_all }) = writer.until_end(&mut orders, &mut ending).await else {
        return;
    };
    writer.following = None;
    orders.close();
    if says_all {
        while let Ok(order) = orders.try_recv() {
            if writer.carry_out(order).await.is_err() {
                break;
            }
        }
    }
    tracing::debug!(code = ?reason.code, reason = reason.description, "a control socket is closed");
    // A client that does not read takes no close frame either, and the kernel ends the connection.
    let _ = timeout(Duration::from_millis(CONTROL_END_MS_MAX), writer.session.close(Some(reason))).await;
}

struct Writer {
    session: Session,
    following: Option<Box<Following>>,
}

impl Writer {
    async fn until_end(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        ending: &mut oneshot::Receiver<Ending>,
    ) -> Stop {
        loop {
            let written = tokio::select! {
                biased;
                ending = &mut *ending => return ending.map_or(Stop::Gone, Stop::Close),
                order = orders.recv() => match order {
                    Some(order) => self.carry_out(order).await,
                    None => return Stop::Gone,
                },
                event = next(&mut self.following) => match event {
                    Ok(event) => self.say(event).await,
                    Err(stop) => return stop,
                },
            };
            if let Err(stop) = written {
                return stop;
            }
        }
    }

    async fn carry_out(&mut self, order: Order) -> Result<(), Stop> {
        match order {
            Order::Answer(answer) => self.say(answer).await,
            Order::Follow { answer, mut following, mut room } => {
                self.say(answer).await?;
                for event in following.first() {
                    let share = room.split(event.len().min(room.num_permits()));
                    if let Some(event) = roomy(event, share) {
                        self.say(event).await?;
                    }
                }
                self.following = Some(following);
                Ok(())
            }
            Order::Unfollow(answer) => {
                self.following = None;
                self.say(answer).await
            }
            Order::Ping => in_time(self.session.ping(b"")).await,
            Order::Pong(bytes) => in_time(self.session.pong(&bytes)).await,
        }
    }

    async fn say(&mut self, text: impl Into<ByteString>) -> Result<(), Stop> {
        in_time(self.session.text(text)).await
    }
}

/// The next event of the subscription; never, if there is none.
async fn next(following: &mut Option<Box<Following>>) -> Result<String, Stop> {
    let Some(following) = following else { return std::future::pending().await };
    match following.next().await {
        Some(event) => Ok(event),
        None if following.was_slow() => {
            let waiting = CONTROL_WAITING_MAX;
            Err(slow(&format!(
                "too slow: {waiting} events are waiting to be read; connect again, and resume with `after`"
            )))
        }
        None => Err(slow("the server's view of the calls starts again: connect again, and subscribe")),
    }
}

/// One write, with its timeout.
async fn in_time(write: impl Future<Output = Result<(), actix_ws::Closed>>) -> Result<(), Stop> {
    match timeout(Duration::from_millis(CONTROL_WRITE_MS_MAX), write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(actix_ws::Closed)) => Err(Stop::Gone),
        Err(_) => {
            let waited_s = CONTROL_WRITE_MS_MAX / 1_000;
            Err(slow(&format!(
                "too slow: nothing was read for {waited_s} s; connect again, and resume with `after`"
            )))
        }
    }
}

fn slow(reason: &str) -> Stop {
    let reason = CloseReason { code: CloseCode::Again, description: Some(reason.to_owned()) };
    Stop::Close(Ending { reason, says_all: false })
}
