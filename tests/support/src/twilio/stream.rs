//! A media stream as Twilio opens it: it sends sound every 20 ms, also silence. It has a queue that plays what arrives, sends marks back once what
//! is before them was played, and sends all of them at once at a `clear`.

use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::{Account, Caller, Lead, Opened, TestRequest, sign};
use crate::audio::g711::{from_mulaw, to_mulaw};

/// One message of sound.
const TICK: Duration = Duration::from_millis(20);
/// The number of samples in it.
const SAMPLES: usize = 160;
/// How much sound may wait to be played, besides what a busy machine's delays add. A first sound that was late stays late.
const AHEAD_MAX: Duration = Duration::from_millis(200);
/// How long the server may take for its half of the closing handshake.
const GOODBYE_LIMIT: Duration = Duration::from_secs(1);

static STRICT: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text = include_str!("../../../captures/twilio/media-streams-client.strict.schema.json");
    #[allow(clippy::unwrap_used, reason = "the schema is a file of this repository")]
    let judge = jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap();
    judge
});

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StreamEnd {
    ByServer,
    HungUp,
    Redirected,
    /// The server redirects the caller.
    Led(Lead),
    Broken,
}

/// Sound or a mark that waits to be played.
enum Queued {
    Sample(i16),
    Mark(String),
}

struct Stream<'a> {
    socket: WebSocketStream<TcpStream>,
    caller: &'a Caller,
    sid: String,
    sequence: u64,
    chunk: u64,
    ticks: u64,
    queue: VecDeque<Queued>,
    waiting: usize,
}

/// Opens the stream and drives it to its end.
pub(super) async fn carry(
    account: &Account,
    caller: &Caller,
    call: &str,
    number: u32,
    url: &str,
    parameters: &[(String, String)],
) -> StreamEnd {
    let sid = format!("MZ{number:032x}");
    let socket = match open(account, url).await {
        Ok(socket) => socket,
        Err(status) => {
            caller.state().streams.push(Opened::Refused(status));
            return StreamEnd::Broken;
        }
    };
    caller.state().streams.push(Opened::Stream);
    let queue = VecDeque::new();
    let mut stream = Stream { socket, caller, sid, sequence: 0, chunk: 0, ticks: 0, queue, waiting: 0 };
    stream.live(call, parameters).await
}

/// The WebSocket, or the status of the refusal.
pub(super) async fn open(account: &Account, url: &str) -> Result<WebSocketStream<TcpStream>, u16> {
    let path = url.strip_prefix("wss://").and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path);
    let stream = TcpStream::connect(account.http).await.map_err(|_| 0_u16)?;
    let _ = stream.set_nodelay(true);
    let request = format!("ws://{}/{path}", account.http);
    let mut request = request.into_client_request().map_err(|_| 0_u16)?;
    let signature = sign(&account.auth_token, url, &[]);
    request.headers_mut().insert("X-Twilio-Signature", signature.parse().map_err(|_| 0_u16)?);
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(_) => Err(0),
    }
}

impl Stream<'_> {
    async fn live(&mut self, call: &str, parameters: &[(String, String)]) -> StreamEnd {
        let parameters: serde_json::Map<String, Value> =
            parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let start = json!({
            "streamSid": self.sid, "accountSid": Account::SID, "callSid": call, "tracks": ["inbound"],
            "customParameters": parameters,
            "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
        });
        let connected = json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" });
        if !self.send(&connected).await || !self.tell("start", "start", start).await {
            return StreamEnd::Broken;
        }
        let began = Instant::now();
        loop {
            let next = began + TICK * u32::try_from(self.ticks + 1).unwrap_or(u32::MAX);
            if let Some(end) = self.listen(next).await {
                return end;
            }
            self.ticks += 1;
            self.play().await;
            // One who is late has still to play what its clock counts as played.
            let ahead = Duration::from_millis(self.waiting as u64 / 8);
            if Instant::now() < next + TICK && ahead > AHEAD_MAX + self.caller.0.lateness {
                self.caller.broke(format!("{} ms wait to be played", ahead.as_millis()));
            }
            if !self.speak().await {
                return StreamEnd::ByServer;
            }
            if let Some(end) = self.do_as_requested(call).await {
                return end;
            }
        }
    }

    /// Takes what arrives until then, and what has already arrived, however late it is.
    async fn listen(&mut self, until: Instant) -> Option<StreamEnd> {
        loop {
            match timeout_at(until, self.socket.next()).await {
                Err(_) => return None,
                Ok(Some(Ok(Message::Text(text)))) => self.take(&text).await,
                Ok(Some(Ok(Message::Binary(_)))) => self.caller.broke("a binary message"),
                Ok(Some(Ok(Message::Close(_)))) => {
                    let _ = self.socket.flush().await;
                    return Some(StreamEnd::ByServer);
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return Some(StreamEnd::ByServer),
            }
        }
    }

    async fn take(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if !STRICT.is_valid(&message) {
            return self.caller.broke(format!("against the schema: {text}"));
        }
        if message["streamSid"] != self.sid.as_str() {
            self.caller.broke(format!("of another stream: {text}"));
        }
        match message["event"].as_str() {
            Some("media") => {
                let payload = message["media"]["payload"].as_str().unwrap_or_default();
                let octets = STANDARD.decode(payload).unwrap_or_default();
                self.waiting += octets.len();
                self.queue.extend(octets.into_iter().map(|octet| Queued::Sample(from_mulaw(octet))));
            }
            Some("mark") => {
                let name = message["mark"]["name"].as_str().unwrap_or_default().to_owned();
                self.queue.push_back(Queued::Mark(name));
                self.echo_at_front().await;
            }
            _ => {
                self.caller.state().clears += 1;
                self.waiting = 0;
                for queued in std::mem::take(&mut self.queue) {
                    if let Queued::Mark(name) = queued {
                        self.echo(&name).await;
                    }
                }
            }
        }
    }

    /// Plays 20 ms.
    async fn play(&mut self) {
        let mut heard = Vec::with_capacity(SAMPLES);
        while heard.len() < SAMPLES {
            match self.queue.pop_front() {
                Some(Queued::Sample(sample)) => heard.push(sample),
                Some(Queued::Mark(name)) => self.echo(&name).await,
                None => break,
            }
        }
        self.waiting -= heard.len();
        heard.resize(SAMPLES, 0);
        self.caller.state().heard.push((Instant::now(), heard));
        self.echo_at_front().await;
    }

    async fn echo_at_front(&mut self) {
        while let Some(Queued::Mark(_)) = self.queue.front() {
            if let Some(Queued::Mark(name)) = self.queue.pop_front() {
                self.echo(&name).await;
            }
        }
    }

    async fn echo(&mut self, name: &str) {
        self.tell("mark", "mark", json!({ "name": name })).await;
    }

    /// Sends 20 ms of what the caller says, or of silence.
    async fn speak(&mut self) -> bool {
        let (mut said, is_lost) = {
            let mut state = self.caller.state();
            let many = SAMPLES.min(state.saying.len());
            let said: Vec<i16> = state.saying.drain(..many).collect();
            let is_lost = state.losing_ms > 0;
            state.losing_ms = state.losing_ms.saturating_sub(20);
            (said, is_lost)
        };
        if is_lost {
            return true;
        }
        said.resize(SAMPLES, 0);
        self.chunk += 1;
        let octets: Vec<u8> = said.into_iter().map(to_mulaw).collect();
        let media = json!({
            "track": "inbound", "chunk": self.chunk.to_string(), "timestamp": (self.ticks * 20).to_string(),
            "payload": STANDARD.encode(octets),
        });
        self.tell("media", "media", media).await
    }

    async fn do_as_requested(&mut self, call: &str) -> Option<StreamEnd> {
        let request = self.caller.state().requests.pop_front()?;
        let end = match request {
            TestRequest::Press(key) => {
                let pressed = json!({ "track": "inbound_track", "digit": key.to_string() });
                self.tell("dtmf", "dtmf", pressed).await;
                return None;
            }
            TestRequest::Send(text) => {
                let _ = self.socket.send(Message::text(text)).await;
                return None;
            }
            TestRequest::AskAgain => return None,
            TestRequest::Break => return Some(StreamEnd::Broken),
            TestRequest::HangUp => StreamEnd::HungUp,
            TestRequest::Redirect => StreamEnd::Redirected,
            TestRequest::Lead(lead) => StreamEnd::Led(lead),
        };
        self.tell("stop", "stop", json!({ "accountSid": Account::SID, "callSid": call })).await;
        let _ = self.socket.close(None).await;
        let is_more = |message: Option<Result<Message, Error>>| matches!(message, Some(Ok(message)) if !message.is_close());
        let goodbye = async { while is_more(self.socket.next().await) {} };
        let _ = timeout(GOODBYE_LIMIT, goodbye).await;
        Some(end)
    }

    async fn tell(&mut self, event: &str, body: &str, value: Value) -> bool {
        self.sequence += 1;
        let message = json!({
            "event": event, "sequenceNumber": self.sequence.to_string(), body: value, "streamSid": self.sid,
        });
        self.send(&message).await
    }

    async fn send(&mut self, message: &Value) -> bool {
        self.socket.send(Message::text(message.to_string())).await.is_ok()
    }
}
