//! Agents at their desks (`/ws/desk`, as `docs/desk.md` has it): they take calls, or not, talk in their browser, and leave.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use cordboard_test_support::audio::tone;
use cordboard_test_support::audiosocket::TimedFrame;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::browser::Browser;
use crate::plan::Manner;

/// Time-out of an answer of the server.
const LIMIT: Duration = Duration::from_secs(10);
/// Tone of agents, in Hz; below all tones of the model.
const VOICE_HZ: f64 = 333.0;

type Socket = WebSocketStream<TcpStream>;

/// A desk that is open.
#[derive(Debug)]
pub struct Desk {
    inner: Rc<Inner>,
    reader: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    server: SocketAddr,
    manner: Manner,
    out: Mutex<SplitSink<Socket, Message>>,
    told: RefCell<DeskLog>,
    waiting: RefCell<BTreeMap<String, oneshot::Sender<Value>>>,
    commands: RefCell<u64>,
    /// Conversations in its browser, with their calls.
    talks: RefCell<Vec<(String, Rc<Browser>)>>,
}

/// Messages that a desk got.
#[derive(Clone, Debug, Default)]
pub struct DeskLog {
    /// Offers that are not gone, by their ids, with their calls.
    pub offers: BTreeMap<String, String>,
    /// All calls that were ever reported to it.
    pub calls: Vec<String>,
    /// All offers, in order.
    pub rings: Vec<Ring>,
    /// Numbers of events that did not follow one another.
    pub gaps: Vec<String>,
    seq: u64,
    /// The socket is gone.
    pub is_over: bool,
    /// Sound that its agent heard, a conversation each.
    pub talks: Vec<Talk>,
    /// When its page was closed; none if it was open when the life of the server ended.
    pub closed_at: Option<Instant>,
}

/// A conversation of an agent in their browser.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Its call.
    pub call: String,
    /// When its connection stood.
    pub began_at: Instant,
    /// Sound that was heard, 20 ms a frame.
    pub heard: Vec<TimedFrame>,
}

/// An offer at a desk.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The offer.
    pub offer: String,
    /// Its call.
    pub call: String,
    /// When it began to ring.
    pub began_at: Instant,
    /// When it was gone; none if it rang until nobody looked any more.
    pub gone_at: Option<Instant>,
}

impl Desk {
    /// Opens one with an access token. None if the server opens none.
    pub async fn open(server: SocketAddr, token: &str, manner: Manner) -> Option<Self> {
        let mut request = format!("ws://{server}/ws/desk").into_client_request().ok()?;
        request
            .headers_mut()
            .insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        let stream = TcpStream::connect(server).await.ok()?;
        let (socket, _) = timeout(LIMIT, client_async(request, stream)).await.ok()?.ok()?;
        let (out, incoming) = socket.split();
        let inner = Rc::new(Inner {
            server,
            manner,
            out: Mutex::new(out),
            told: RefCell::default(),
            waiting: RefCell::default(),
            commands: RefCell::default(),
            talks: RefCell::default(),
        });
        let reader = tokio::task::spawn_local(read(Rc::clone(&inner), incoming));
        Some(Self { inner, reader })
    }

    /// Its agent commands something; goes on by itself.
    pub(crate) fn command(&self, command: Value) {
        let inner = Rc::clone(&self.inner);
        tokio::task::spawn_local(async move {
            // What is refused changes nothing.
            let _ = inner.command(command).await;
        });
    }

    /// Messages that it got so far.
    #[must_use]
    pub fn told(&self) -> DeskLog {
        let talk = |(call, browser): &(String, Rc<Browser>)| Talk {
            call: call.clone(),
            began_at: browser.began(),
            heard: browser.page().heard.clone(),
        };
        let talks = self.inner.talks.borrow().iter().map(talk).collect();
        DeskLog { talks, ..self.inner.told.borrow().clone() }
    }

    /// Closes it as a page is closed: without a word. Its agent's sound goes with it. Gives what it was told.
    #[must_use]
    pub fn close(self) -> DeskLog {
        DeskLog { closed_at: Some(Instant::now()), ..self.told() }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.reader.abort();
        self.inner.talks.borrow().iter().for_each(|(_, talk)| talk.hang_up());
        self.inner.talks.borrow_mut().clear();
    }
}

async fn read(inner: Rc<Inner>, mut incoming: SplitStream<Socket>) {
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(id) = message["id"].as_str() {
            if let Some(answer) = inner.waiting.borrow_mut().remove(id) {
                // Nobody waits any more.
                let _ = answer.send(message);
            }
            continue;
        }
        inner.take(&message);
        if message["kind"] == "offered" {
            let offer = message["offer"].clone();
            tokio::task::spawn_local(answer(Rc::clone(&inner), offer));
        }
    }
    inner.told.borrow_mut().is_over = true;
}

impl Inner {
    fn take(&self, message: &Value) {
        let mut told = self.told.borrow_mut();
        let seq = message["seq"].as_u64().unwrap_or_default();
        if message["kind"] != "snapshot" && seq != told.seq + 1 {
            let gap = format!("{seq} behind {}", told.seq);
            told.gaps.push(gap);
        }
        told.seq = seq;
        // An offer's id is a number.
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match message["kind"].as_str() {
            Some("offered") => {
                let (offer, call) = (text(&message["offer"]["id"]), text(&message["offer"]["call_id"]));
                told.calls.push(call.clone());
                told.rings.push(Ring {
                    offer: offer.clone(),
                    call: call.clone(),
                    began_at: Instant::now(),
                    gone_at: None,
                });
                told.offers.insert(offer, call);
            }
            Some("offer_gone") => {
                let offer = text(&message["offer_id"]);
                told.offers.remove(&offer);
                let rings = told.rings.iter_mut().filter(|ring| ring.offer == offer);
                rings.for_each(|ring| ring.gone_at = Some(Instant::now()));
            }
            Some("snapshot") => {
                told.offers.clear();
                for offer in message["offers"].as_array().into_iter().flatten() {
                    told.offers.insert(text(&offer["id"]), text(&offer["call_id"]));
                }
            }
            _ => {}
        }
    }

    async fn command(&self, mut command: Value) -> Option<Value> {
        let id = {
            let mut commands = self.commands.borrow_mut();
            *commands += 1;
            commands.to_string()
        };
        command["id"] = json!(id);
        let (send, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, send);
        self.out.lock().await.send(Message::text(command.to_string())).await.ok()?;
        let answer = timeout(LIMIT, answer).await.ok()?.ok()?;
        (answer["ok"] == true).then(|| answer["result"].clone())
    }
}

/// An agent's reaction to a call that is offered to them.
async fn answer(inner: Rc<Inner>, offer: Value) {
    let (Manner { answers_after_ms, takes, talks_ms, hands_back }, call) =
        (inner.manner, offer["call_id"].clone());
    sleep(Duration::from_millis(answers_after_ms)).await;
    let Some(takes) = takes else { return };
    let command = if takes { "accept" } else { "decline" };
    let accepted = inner.command(json!({ "command": command, "offer_id": offer["id"] })).await;
    if !takes || accepted.is_none() {
        return;
    }
    let Some(audio) = inner.command(json!({ "command": "audio", "call_id": call })).await else { return };
    let Some(token) = audio["token"].as_str() else { return };
    let Some(talk) = Browser::connect(inner.server, ("token", token)).await.map(Rc::new) else { return };
    let named = call.as_str().unwrap_or_default().to_owned();
    inner.talks.borrow_mut().push((named, Rc::clone(&talk)));
    talk.say(&tone(VOICE_HZ, 6_000.0, Duration::from_millis(talks_ms), super::browser::RATE));
    sleep(Duration::from_millis(talks_ms)).await;
    let command = if hands_back {
        json!({ "command": "hand_back", "call_id": call, "note": "Wants the blue one." })
    } else {
        json!({ "command": "hang_up", "call_id": call })
    };
    let _ = inner.command(command).await;
}
