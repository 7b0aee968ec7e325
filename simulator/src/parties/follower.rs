//! Programs at the control socket (`docs/control-socket.md`) and pages with a live view that only follow an organization's calls. They lose their
//! connections when the plan says so, and whenever the server is gone, and reconnect.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use super::caller::ServerAddresses;
use super::program;
use crate::plan::{FollowerKind, FollowerPlan};

/// Pause before a reconnect after the server closed the connection or was away.
const COMES_BACK: Duration = Duration::from_millis(500);
/// Bytes per read.
const READ_BYTES: usize = 16 * 1024;
/// The id of the only command.
const SUBSCRIBES: &str = "subscribe";

/// Everything that a follower received, in all lives.
#[derive(Clone, Debug, Default)]
pub struct FollowerLog {
    /// The follower's connections, in order.
    pub connections: Vec<Followed>,
}

/// A connection of a follower. Times are in ms from the beginning of the world.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The life.
    pub life: usize,
    /// When it subscribed.
    pub asked_ms: u64,
    /// The number of the last event that it had, if it named one.
    pub after: Option<u64>,
    /// Whether the server resumed there, by its answer. A page gets no answer.
    pub resumed: Option<bool>,
    /// Events, each with its time of arrival.
    pub told: Vec<(u64, Value)>,
    /// When the connection was gone; none if it was open until the end of the life.
    pub ended_ms: Option<u64>,
}

/// The connections of a follower in a life.
pub(crate) type Connections = Rc<RefCell<Vec<Followed>>>;

/// Returns the number of the newest event that was received.
pub(crate) fn newest(connections: &[Followed]) -> Option<u64> {
    let with_events = connections.iter().rfind(|connection| !connection.told.is_empty())?;
    with_events.told.iter().filter_map(|(_, event)| event["seq"].as_u64()).max()
}

/// Begins to follow in this life; `newest` is the number of the newest earlier event.
pub(crate) fn begin(
    plan: &FollowerPlan,
    headers: Vec<String>,
    newest: Option<u64>,
    addresses: &ServerAddresses,
) -> Connections {
    let connections = Connections::default();
    let follower = Follower {
        plan: plan.clone(),
        headers,
        before: newest,
        addresses: addresses.clone(),
        connections: Rc::clone(&connections),
    };
    tokio::task::spawn_local(async move { follower.follow().await });
    connections
}

struct Follower {
    plan: FollowerPlan,
    headers: Vec<String>,
    before: Option<u64>,
    addresses: ServerAddresses,
    connections: Connections,
}

impl Follower {
    async fn follow(&self) {
        sleep_until(self.moment(self.plan.opens_ms)).await;
        loop {
            let now_ms = self.now_ms();
            let next_cut = self.plan.cuts.iter().find(|cut| cut.at_ms > now_ms);
            let lost = async {
                match next_cut {
                    Some(cut) => {
                        sleep_until(self.moment(cut.at_ms)).await;
                        Duration::from_millis(cut.away_ms)
                    }
                    None => std::future::pending().await,
                }
            };
            // The select drops the unfinished future, and its connection with it.
            let away = tokio::select! {
                biased;
                away = lost => away,
                () = self.connection() => COMES_BACK,
            };
            let gone_ms = self.now_ms();
            if let Some(newest) = self.connections.borrow_mut().last_mut() {
                newest.ended_ms.get_or_insert(gone_ms);
            }
            sleep(away).await;
        }
    }

    fn moment(&self, ms: u64) -> Instant {
        self.addresses.began + Duration::from_millis(ms.saturating_sub(self.addresses.began_ms))
    }

    fn now_ms(&self) -> u64 {
        self.addresses.ms_of(Instant::now())
    }

    /// Follows over one connection until the server closes it.
    async fn connection(&self) {
        match self.plan.kind {
            FollowerKind::Program => self.at_control_socket().await,
            FollowerKind::Page => {
                // An error also ends the connection.
                let _ = self.at_live_view().await;
            }
        }
    }

    fn connected(&self, after: Option<u64>) {
        let (life, asked_ms) = (self.addresses.life, self.now_ms());
        self.connections.borrow_mut().push(Followed { life, asked_ms, after, ..Followed::default() });
    }

    /// Records something about the open connection.
    fn note(&self, note: impl FnOnce(&mut Followed)) {
        if let Some(connection) = self.connections.borrow_mut().last_mut() {
            note(connection);
        }
    }

    async fn at_control_socket(&self) {
        let Some(mut socket) = program::open(self.addresses.http, &self.headers).await else { return };
        let after = newest(&self.connections.borrow()).or(self.before);
        let mut command =
            json!({ "command": "subscribe", "topics": ["calls", "transcripts"], "id": SUBSCRIBES });
        if let Some(after) = after {
            command["after"] = json!(after);
        }
        self.connected(after);
        if socket.send(Message::text(command.to_string())).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap_or_default();
            if message["id"] != SUBSCRIBES {
                let at_ms = self.now_ms();
                self.note(|connection| connection.told.push((at_ms, message)));
            } else if message["ok"] == true {
                self.note(|connection| connection.resumed = message["result"]["resumed"].as_bool());
            } else {
                // The server may be unable to read the calls at the moment.
                return;
            }
        }
    }

    async fn at_live_view(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.addresses.http).await?;
        stream.set_nodelay(true)?;
        let headers: String = self.headers.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!(
            "GET /api/v1/live?topics=calls HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n{headers}\r\n",
            self.addresses.http
        );
        self.connected(None);
        stream.write_all(head.as_bytes()).await?;
        let (mut events, mut bytes) = (EventStream::default(), vec![0; READ_BYTES]);
        while !events.is_over {
            let count = stream.read(&mut bytes).await?;
            let Some(told) = events.take(&bytes[..count]).filter(|_| count > 0) else { break };
            let at_ms = self.now_ms();
            self.note(|connection| connection.told.extend(told.into_iter().map(|event| (at_ms, event))));
        }
        Ok(())
    }
}

/// An answer with server-sent events, parsed as its bytes arrive.
#[derive(Debug, Default)]
struct EventStream {
    /// Bytes that are not parsed yet.
    bytes: Vec<u8>,
    /// Whether the answer's head has arrived.
    is_open: bool,
    /// The beginning of an event.
    text: Vec<u8>,
    /// Whether the answer has ended.
    is_over: bool,
}

impl EventStream {
    /// Takes more bytes; returns the events that they complete. None if it is another kind of answer.
    fn take(&mut self, bytes: &[u8]) -> Option<Vec<Value>> {
        self.bytes.extend_from_slice(bytes);
        if !self.is_open {
            let Some(end) = place_of(b"\r\n\r\n", &self.bytes) else { return Some(Vec::new()) };
            let head = String::from_utf8_lossy(&self.bytes[..end]).to_ascii_lowercase();
            if !head.starts_with("http/1.1 200 ") || !head.contains("transfer-encoding: chunked") {
                return None;
            }
            self.bytes.drain(..end + 4);
            self.is_open = true;
        }
        while let Some(end) = place_of(b"\r\n", &self.bytes) {
            let length = std::str::from_utf8(&self.bytes[..end]).ok()?;
            let length = usize::from_str_radix(length.trim(), 16).ok()?;
            let (begins, whole) = (end + 2, end + 2 + length + 2);
            if self.bytes.len() < whole {
                break;
            }
            self.text.extend_from_slice(&self.bytes[begins..begins + length]);
            self.bytes.drain(..whole);
            self.is_over |= length == 0;
        }
        let mut events = Vec::new();
        while let Some(end) = place_of(b"\n\n", &self.text) {
            let event: Vec<u8> = self.text.drain(..end + 2).collect();
            let event = String::from_utf8_lossy(&event);
            // A heartbeat has no data.
            if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                events.push(serde_json::from_str(data).ok()?);
            }
        }
        Some(events)
    }
}

fn place_of(wanted: &[u8], bytes: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
        27\r\nevent: snapshot\nid: 1\ndata: {\"seq\":1}\n\n\r\n\
        e\r\n: still here\n\n\r\n\
        f\r\ndata: {\"seq\":2}\r\n2\r\n\n\n\r\n0\r\n\r\n";

    #[test]
    fn events_are_whole_however_their_bytes_are_split() {
        for piece in 1..ANSWER.len() {
            let mut events = EventStream::default();
            let told: Option<Vec<Vec<Value>>> =
                ANSWER.as_bytes().chunks(piece).map(|bytes| events.take(bytes)).collect();
            let numbers: Vec<Option<u64>> =
                told.unwrap().concat().iter().map(|event| event["seq"].as_u64()).collect();
            assert_eq!((numbers, events.is_over), (vec![Some(1), Some(2)], true), "pieces of {piece}");
        }
    }

    #[test]
    fn an_error_answer_is_not_an_event_stream() {
        let refused = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(EventStream::default().take(refused), None);
    }

    #[test]
    fn the_newest_number_is_that_of_the_last_events() {
        let told = |numbers: &[u64]| Followed {
            told: numbers.iter().map(|number| (0, json!({ "seq": number }))).collect(),
            ..Followed::default()
        };
        // A restarted server may begin with a smaller number.
        assert_eq!(newest(&[told(&[80, 81]), told(&[7, 9]), told(&[])]), Some(9));
        assert_eq!(newest(&[told(&[])]), None);
    }
}
