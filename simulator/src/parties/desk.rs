//! Agents at their desks (`/ws/desk`, as `docs/desk.md` specifies): they take calls or not, talk in their browser, ask others about their callers,
//! leave, and write wrap-ups.

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

use super::browser::{Browser, RATE};
use super::switchboard::name_of_phone;
use crate::http;
use crate::plan::{ConsultDecision, ConsultPlan, Consulted, Manner};
use crate::stage::AGENTS;

/// Timeout for an answer of the server.
const LIMIT: Duration = Duration::from_secs(10);
/// Tones of agents, in Hz; below all tones of the model. Agents of the same organization have different tones.
const VOICES_HZ: [f64; AGENTS.len()] = [333.0, 250.0, 333.0];
/// Amplitude of a tone.
const AMPLITUDE: f64 = 6_000.0;
/// How often an agent tries to decide a consultation while the party asked may not be there yet, and the pause between two tries.
const CONSULT_TRIES: usize = 10;
const CONSULT_PAUSE: Duration = Duration::from_millis(500);
/// Least duration of an agent's words after a consultation.
const SAYS_MIN: Duration = Duration::from_millis(1_500);
/// Pause before each try to write a wrap-up after a conversation, and the number of tries: the server has to store first that the agent has talked.
const WRAP_UP_PAUSE: Duration = Duration::from_millis(500);
const WRAP_UP_TRIES: usize = 4;

/// Returns the tone that identifies an agent, in Hz.
#[must_use]
pub(crate) fn voice_hz(agent: usize) -> f64 {
    VOICES_HZ[agent % VOICES_HZ.len()]
}

type Socket = WebSocketStream<TcpStream>;

/// An open desk.
#[derive(Debug)]
pub struct Desk {
    inner: Rc<Inner>,
    reader: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Inner {
    server: SocketAddr,
    /// The agent's authorization, as a header.
    headers: Vec<String>,
    /// Index of the agent.
    agent: usize,
    manner: Manner,
    out: Mutex<SplitSink<Socket, Message>>,
    told: RefCell<DeskLog>,
    waiting: RefCell<BTreeMap<String, oneshot::Sender<Value>>>,
    commands: RefCell<u64>,
    /// Conversations in the agent's browser.
    talks: RefCell<Vec<LiveTalk>>,
}

#[derive(Debug)]
struct LiveTalk {
    call: String,
    browser: Rc<Browser>,
    said: Vec<(Instant, Instant)>,
}

/// Messages that a desk received.
#[derive(Clone, Debug, Default)]
pub struct DeskLog {
    /// Current offers by their ids, with their calls.
    pub offers: BTreeMap<String, String>,
    /// All calls that were ever reported to the desk.
    pub calls: Vec<String>,
    /// All offers, in order.
    pub rings: Vec<Ring>,
    /// Events whose numbers did not follow the one before.
    pub gaps: Vec<String>,
    seq: u64,
    /// Whether the socket is gone.
    pub is_over: bool,
    /// Sound that the agent heard, by conversation.
    pub talks: Vec<Talk>,
    /// When the page was closed; none if it was open when the life of the server ended.
    pub closed_at: Option<Instant>,
}

/// A conversation of an agent in their browser.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Its call.
    pub call: String,
    /// When the connection was established.
    pub began_at: Instant,
    /// The heard sound, a frame each 20 ms.
    pub heard: Vec<TimedFrame>,
    /// When the agent spoke: beginning and end.
    pub said: Vec<(Instant, Instant)>,
}

/// An offer at a desk.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The offer's id.
    pub offer: String,
    /// Its call.
    pub call: String,
    /// When it began to ring.
    pub began_at: Instant,
    /// When it was gone; none if it rang until the end of the observation.
    pub gone_at: Option<Instant>,
}

impl Desk {
    /// Opens a desk with an agent's access token and index. None if the server refuses.
    pub async fn open(server: SocketAddr, token: &str, agent: usize, manner: Manner) -> Option<Self> {
        let mut request = format!("ws://{server}/ws/desk").into_client_request().ok()?;
        request
            .headers_mut()
            .insert("authorization", HeaderValue::from_str(&format!("Bearer {token}")).ok()?);
        let stream = TcpStream::connect(server).await.ok()?;
        let (socket, _) = timeout(LIMIT, client_async(request, stream)).await.ok()?.ok()?;
        let (out, incoming) = socket.split();
        let inner = Rc::new(Inner {
            server,
            headers: vec![format!("authorization: Bearer {token}")],
            agent,
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

    /// Sends a command of its agent, in the background.
    pub(crate) fn command(&self, command: Value) {
        let inner = Rc::clone(&self.inner);
        tokio::task::spawn_local(async move {
            // A refused request changes nothing.
            let _ = inner.command(command).await;
        });
    }

    /// Returns the messages so far.
    #[must_use]
    pub fn told(&self) -> DeskLog {
        let talk = |talk: &LiveTalk| Talk {
            call: talk.call.clone(),
            began_at: talk.browser.began(),
            heard: talk.browser.page().heard.clone(),
            said: talk.said.clone(),
        };
        let talks = self.inner.talks.borrow().iter().map(talk).collect();
        DeskLog { talks, ..self.inner.told.borrow().clone() }
    }

    /// Closes the desk as a page is closed: without a message. The agent's sound ends with it. Returns what the desk received.
    #[must_use]
    pub fn close(self) -> DeskLog {
        DeskLog { closed_at: Some(Instant::now()), ..self.told() }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.reader.abort();
        self.inner.talks.borrow().iter().for_each(|talk| talk.browser.hang_up());
        self.inner.talks.borrow_mut().clear();
    }
}

async fn read(inner: Rc<Inner>, mut incoming: SplitStream<Socket>) {
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(id) = message["id"].as_str() {
            if let Some(answer) = inner.waiting.borrow_mut().remove(id) {
                // Nothing may wait any more.
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
            let gap = format!("{seq} after {}", told.seq);
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

    /// Queues something for the agent to say in a conversation.
    fn says(&self, place: usize, length: Duration) {
        let now = Instant::now();
        if let Some(talk) = self.talks.borrow_mut().get_mut(place) {
            let from = talk.said.last().map_or(now, |(_, until)| now.max(*until));
            talk.said.push((from, from + length));
            talk.browser.say(&tone(voice_hz(self.agent), AMPLITUDE, length, RATE));
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

/// Reacts to a call that is offered to the agent.
async fn answer(inner: Rc<Inner>, offer: Value) {
    let (Manner { answers_after_ms, takes, talks_ms, hands_back, consult }, call) =
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
    let Some(browser) = Browser::connect(inner.server, ("token", token)).await.map(Rc::new) else { return };
    let named = call.as_str().unwrap_or_default().to_owned();
    let place = {
        let mut talks = inner.talks.borrow_mut();
        talks.push(LiveTalk { call: named, browser, said: Vec::new() });
        talks.len() - 1
    };
    let talks = Duration::from_millis(talks_ms);
    inner.says(place, talks);
    if let Some(consult) = consult {
        let after = talks.min(Duration::from_millis(consult.after_ms));
        sleep(after).await;
        consults(&inner, &call, consult).await;
        let rest = SAYS_MIN.max(talks.saturating_sub(after));
        inner.says(place, rest);
        sleep(rest).await;
    } else {
        sleep(talks).await;
    }
    let hand_back = json!({ "command": "hand_back", "call_id": call, "note": "Wants the blue one." });
    // An agent leaves if they may not hand the caller back, because others have the caller or because they were only asked.
    if !hands_back || inner.command(hand_back).await.is_none() {
        let _ = inner.command(json!({ "command": "hang_up", "call_id": call })).await;
    }
    wraps_up(&inner, &call).await;
}

/// Writes the agent's wrap-up. Before that the agent is offered no other call.
async fn wraps_up(inner: &Inner, call: &Value) {
    let body = json!({ "call_id": call, "note": "They want the blue one." });
    for _ in 0..WRAP_UP_TRIES {
        sleep(WRAP_UP_PAUSE).await;
        let answer = http::ask(inner.server, "POST", "/api/v1/wrap-ups", &inner.headers, Some(&body)).await;
        if answer.is_ok_and(|answer| answer.status < 300) {
            return;
        }
    }
}

/// Asks a party about a caller, and decides how the consultation ends.
async fn consults(inner: &Inner, call: &Value, consult: ConsultPlan) {
    let target = match consult.whom {
        Consulted::Colleague { agent } => AGENTS[agent % AGENTS.len()].2.to_owned(),
        Consulted::Queue => "help".to_owned(),
        Consulted::Phone { phone } => name_of_phone(phone),
        Consulted::Nobody => "the pope".to_owned(),
    };
    let asks = json!({ "command": "consult", "call_id": call, "target": target });
    if inner.command(asks).await.is_none() {
        return;
    }
    sleep(Duration::from_millis(consult.asks_ms)).await;
    let cancel = json!({ "command": "cancel_consult", "call_id": call });
    let decides = match consult.end {
        ConsultDecision::Join => json!({ "command": "join_consult", "call_id": call }),
        ConsultDecision::Complete => json!({ "command": "complete_consult", "call_id": call }),
        ConsultDecision::Cancel | ConsultDecision::Wait => cancel.clone(),
    };
    for _ in 0..CONSULT_TRIES {
        // An agent who waits for the colleague to leave decides nothing until that wait ends.
        if consult.end != ConsultDecision::Wait && inner.command(decides.clone()).await.is_some() {
            return;
        }
        sleep(CONSULT_PAUSE).await;
    }
    let _ = inner.command(cancel).await;
}
