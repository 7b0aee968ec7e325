//! Agents who accept every offer, speak at once, and write nothing down.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, spawn_local};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::super::organization::{Account, Organization, QUEUE};
use super::super::samples::{Samples, Spread};
use super::browser::Talker;
use super::{detach, record};

/// State of the visitors' calls, and measured times.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    calls: RefCell<HashMap<String, Rc<Meeting>>>,
    first_ring: RefCell<Samples>,
    profile: RefCell<Samples>,
    two_way: RefCell<Samples>,
    failures: RefCell<Vec<String>>,
}

/// A visitor who has asked for an agent.
#[derive(Debug)]
pub(super) struct Meeting {
    requested_at: Instant,
    known: RefCell<Known>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Known {
    accepted_at: Option<Instant>,
    agent_hears: Option<Instant>,
}

impl Meetings {
    /// Notes that a visitor presses the key now.
    pub(super) fn expect(&self, call: &str) -> Rc<Meeting> {
        let meeting = Rc::new(Meeting {
            requested_at: Instant::now(),
            known: RefCell::default(),
            changed: Notify::new(),
        });
        self.calls.borrow_mut().insert(call.to_owned(), Rc::clone(&meeting));
        meeting
    }

    /// Notes that they hear each other, and how long after the call was accepted.
    pub(super) fn joined(&self, after: Duration) {
        record(&self.two_way, after);
    }

    fn of(&self, call: &str) -> Option<Rc<Meeting>> {
        self.calls.borrow().get(call).cloned()
    }

    fn fail(&self, why: String) {
        self.failures.borrow_mut().push(why);
    }

    pub(super) fn first_ring(&self) -> Spread {
        self.first_ring.borrow().spread()
    }

    pub(super) fn profile(&self) -> Spread {
        self.profile.borrow().spread()
    }

    pub(super) fn two_way(&self) -> Spread {
        self.two_way.borrow().spread()
    }

    pub(super) fn failures(&self) -> Vec<String> {
        self.failures.take()
    }
}

impl Meeting {
    /// Waits until an agent accepts.
    pub(super) async fn accepted(&self) -> Instant {
        self.when(|known| known.accepted_at).await
    }

    /// Waits until the agent hears the visitor.
    pub(super) async fn agent_hears(&self) -> Instant {
        self.when(|known| known.agent_hears).await
    }

    async fn when(&self, read: impl Fn(&Known) -> Option<Instant>) -> Instant {
        loop {
            let changed = self.changed.notified();
            if let Some(at) = read(&self.known.borrow()) {
                return at;
            }
            changed.await;
        }
    }

    fn update(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.borrow_mut());
        self.changed.notify_waiters();
    }
}

/// An agent's desks. Dropping it closes them.
#[derive(Debug)]
pub(super) struct Agent {
    desks: Vec<JoinHandle<()>>,
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.desks.iter().for_each(JoinHandle::abort);
    }
}

impl Agent {
    /// Opens this many desks. The first of them accepts.
    ///
    /// # Errors
    /// Fails if the server opens none.
    pub(super) async fn sit_down(
        organization: &Rc<Organization>,
        account: Account,
        desks: u16,
        meetings: &Rc<Meetings>,
    ) -> Result<Self, String> {
        let mut open = Vec::new();
        for number in 0..desks {
            let socket = connect(organization, &account).await?;
            let worker = (number == 0).then(|| Worker {
                organization: Rc::clone(organization),
                account: account.clone(),
                meetings: Rc::clone(meetings),
            });
            open.push(spawn_local(sit(socket, worker)));
        }
        Ok(Self { desks: open })
    }
}

/// An agent's desk.
pub(in super::super) type Socket = tokio_tungstenite::WebSocketStream<TcpStream>;

/// Opens a desk of an agent.
///
/// # Errors
/// Fails if the server opens none.
pub(in super::super) async fn connect(
    organization: &Organization,
    account: &Account,
) -> Result<Socket, String> {
    let failed = |error: &dyn std::fmt::Display| format!("a desk can't be opened: {error}");
    let at = organization.at();
    let mut request = format!("ws://{at}/ws/desk").into_client_request().map_err(|error| failed(&error))?;
    let bearer = format!("Bearer {}", account.token);
    let bearer = HeaderValue::from_str(&bearer).map_err(|error| failed(&error))?;
    request.headers_mut().insert("Authorization", bearer);
    let stream = TcpStream::connect(at).await.map_err(|error| failed(&error))?;
    let (socket, _) = client_async(request, stream).await.map_err(|error| failed(&error))?;
    Ok(socket)
}

/// Handles the calls of an agent.
struct Worker {
    organization: Rc<Organization>,
    account: Account,
    meetings: Rc<Meetings>,
}

/// Serves a desk: messages are read, and answered if it is the agent's first.
async fn sit(socket: Socket, worker: Option<Worker>) {
    let (mut sink, mut stream) = socket.split();
    let (commands, mut to_send) = mpsc::unbounded_channel::<String>();
    let worker = worker.map(Rc::new);
    loop {
        tokio::select! {
            command = to_send.recv() => {
                let Some(command) = command else { return };
                if sink.send(Message::text(command)).await.is_err() {
                    return;
                }
            }
            message = stream.next() => {
                let Some(Ok(message)) = message else { return };
                let Some(worker) = worker.as_ref().filter(|_| message.is_text()) else { continue };
                let event = serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
                worker.take(&event, &commands);
            }
        }
    }
}

impl Worker {
    /// Accepts an offer, requests its audio, and lets both speak.
    fn take(self: &Rc<Self>, event: &Value, commands: &mpsc::UnboundedSender<String>) {
        let say = |command: Value| drop(commands.send(command.to_string()));
        if event["kind"] == "offered" {
            let offer = &event["offer"];
            let call = offer["call_id"].as_str().unwrap_or_default().to_owned();
            let Some(meeting) = self.meetings.of(&call) else { return };
            let offered_at = Instant::now();
            record(&self.meetings.first_ring, offered_at.duration_since(meeting.requested_at));
            detach(Rc::clone(self).look_up(call.clone(), offered_at));
            say(json!({ "id": format!("accept {call}"), "command": "accept", "offer_id": offer["id"] }));
            meeting.update(|known| known.accepted_at = Some(Instant::now()));
            return;
        }
        let Some((what, call)) = event["id"].as_str().and_then(|id| id.split_once(' ')) else { return };
        if event["ok"] != true {
            return self.meetings.fail(format!("{what} was refused: {}", event["error"]));
        }
        match what {
            "accept" => {
                say(json!({ "id": format!("audio {call}"), "command": "audio", "call_id": call }));
            }
            "audio" => {
                let token = event["result"]["token"].as_str().unwrap_or_default().to_owned();
                detach(Rc::clone(self).talk(call.to_owned(), token));
            }
            _ => {}
        }
    }

    /// Looks up the caller of an offered call.
    async fn look_up(self: Rc<Self>, call: String, offered_at: Instant) {
        let path = format!("/api/customer/data?extension={QUEUE}&call_id={call}");
        match self.organization.ask(Some(&self.account.token), "GET", &path, Value::Null).await {
            Ok(_) => record(&self.meetings.profile, offered_at.elapsed()),
            Err(why) => self.meetings.fail(format!("no profile: {why}")),
        }
    }

    /// Talks until the visitor leaves. The wrap-up is written at once, so that the agent is available for the next one.
    async fn talk(self: Rc<Self>, call: String, token: String) {
        let Some(meeting) = self.meetings.of(&call) else { return };
        let audio = match Talker::connect(self.organization.at(), &token).await {
            Ok(audio) => audio,
            Err(why) => return self.meetings.fail(why),
        };
        audio.speak();
        let heard_at = audio.first_loud().await;
        meeting.update(|known| known.agent_hears = Some(heard_at));
        audio.ended().await;
        let wrap_up = json!({ "call_id": call, "note": "" });
        if let Err(why) =
            self.organization.ask(Some(&self.account.token), "POST", "/api/v1/wrap-ups", wrap_up).await
        {
            self.meetings.fail(format!("no wrap-up: {why}"));
        }
    }
}
