//! Recognition: what the script has the caller say, reported as Deepgram reports it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast::Receiver;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::book::Connection;
use super::server::{Shared, Strike, header};
use crate::clock::now;
use crate::deepgram::schemas::check_listen;
use crate::openai::schemas::Sender;
use crate::openai::vad::{Noticed, Vad};
use crate::openai::{AudioFormat, Door, End, Trouble, Words};

/// Path of the recognition.
const PATH: &str = "/v1/listen";
/// Silence that ends an utterance.
const TURN_END_MS: u64 = 300;
/// From the beginning of speech to its first words.
const FIRST_WORDS_AFTER: Duration = Duration::from_millis(240);
/// A client that sends nothing for this long counts as gone.
const CLIENT_SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long we wait for the answer to a closing frame.
const CLOSING: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TcpStream>;

/// Something to do later.
enum Task {
    Partial(String),
    Last(String),
}

struct Session<'a> {
    shared: &'a Shared,
    number: usize,
    format: AudioFormat,
    vad: Vad,
    /// The words of the utterance that is being said.
    saying: Option<Words>,
    agenda: Vec<(Instant, Task)>,
    sent_at: Instant,
    /// The audio that arrived.
    heard: Duration,
    is_hung: bool,
    outbox: Vec<Message>,
}

pub(super) async fn serve(shared: &Arc<Shared>, mut stream: TcpStream, head: &str) {
    // Subscribed before anything is awaited: a strike hits the connections that exist.
    let strikes = shared.strikes.subscribe();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if header(head, "authorization") != Some(format!("Token {}", shared.manners.keys[0])) {
        return refuse(&mut stream, head, (401, "INVALID_AUTH")).await;
    }
    let query: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let Some(format) = format(&query).filter(|_| path == PATH) else {
        shared.violate(format!("recognition at {target}"));
        return refuse(&mut stream, head, (400, "BAD_REQUEST")).await;
    };
    if shared.is_struck() {
        return refuse(&mut stream, head, (503, "SERVICE_UNAVAILABLE")).await;
    }
    let door = shared.script().next_door();
    match &door {
        Door::Refuse { status, code, .. } => return refuse(&mut stream, head, (*status, code)).await,
        Door::Mute => {
            // Held open until the client closes it.
            let mut nowhere = [0; 1024];
            while matches!(stream.read(&mut nowhere).await, Ok(count) if count > 0) {}
            return;
        }
        Door::Slow(delay) => sleep(*delay).await,
        _ => {}
    }
    let number = shared.with(|book| {
        book.connections.push(Connection { query, ..Connection::default() });
        book.connections.len() - 1
    });
    let end = match accept_async(stream).await {
        Ok(mut socket) => match door {
            Door::Silent => drain(&mut socket).await,
            Door::Close(code) => close(&mut socket, code, "as the script has it").await,
            Door::NoSession(code) => close(&mut socket, 1011, &code).await,
            _ => Session::new(shared, number, format).hold(&mut socket, strikes).await,
        },
        Err(_) => End::Lost,
    };
    shared.with(|book| book.connections[number].ended.get_or_insert((now(), end)).0);
}

/// The audio format that the address names; none where a parameter is missing that every stream needs.
fn format(query: &[(String, String)]) -> Option<AudioFormat> {
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let is_whole = value("interim_results") == Some("true")
        && value("channels") == Some("1")
        && value("model").is_some();
    let endpointing: u64 = value("endpointing")?.parse().ok()?;
    let utterance_end: u64 = value("utterance_end_ms")?.parse().ok()?;
    if !is_whole || endpointing < 100 || utterance_end < 1_000 {
        return None;
    }
    match (value("encoding")?, value("sample_rate")?) {
        ("mulaw", "8000") => Some(AudioFormat::Pcmu),
        ("alaw", "8000") => Some(AudioFormat::Pcma),
        ("linear16", "16000") => Some(AudioFormat::Pcm { rate: 16_000 }),
        _ => None,
    }
}

async fn refuse(stream: &mut TcpStream, head: &str, (status, code): (u16, &str)) {
    let mut nowhere = vec![0; head.len()];
    let _ = stream.read_exact(&mut nowhere).await;
    let body = json!({ "err_code": code, "err_msg": "as the script has it" }).to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ndg-error: {code}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

impl<'a> Session<'a> {
    fn new(shared: &'a Shared, number: usize, format: AudioFormat) -> Self {
        Self {
            shared,
            number,
            format,
            vad: Vad::default(),
            saying: None,
            agenda: Vec::new(),
            sent_at: now(),
            heard: Duration::ZERO,
            is_hung: false,
            outbox: Vec::new(),
        }
    }

    /// Serves until either side ends it.
    async fn hold(mut self, socket: &mut Socket, mut strikes: Receiver<Strike>) -> End {
        loop {
            for message in std::mem::take(&mut self.outbox) {
                if !self.is_hung && socket.send(message).await.is_err() {
                    return End::Lost;
                }
            }
            let silence = self.sent_at + CLIENT_SILENCE_MAX;
            let due = self.agenda.iter().map(|(due, _)| *due).chain([silence]).min().unwrap_or(silence);
            tokio::select! {
                biased;
                () = sleep_until(due.into()) => {
                    if now() >= silence {
                        self.shared.violate("the recognizer got nothing for 10 s, not even a KeepAlive");
                        return close(socket, 1011, "NET-0001").await;
                    }
                    self.tick();
                }
                strike = strikes.recv() => match strike {
                    Ok(Strike::Trouble(trouble)) => if let Some(end) = self.trouble(trouble, socket).await { return end },
                    Ok(Strike::Text(text)) => self.outbox.push(Message::text(text)),
                    Ok(Strike::Leave) => {
                        let _ = socket.get_ref().set_zero_linger();
                        return End::ByScript;
                    }
                    Ok(Strike::Speech(_)) | Err(_) => {}
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => if self.control(&text) {
                        return close(socket, 1000, "").await;
                    },
                    Some(Ok(Message::Binary(bytes))) => self.hear(&bytes),
                    Some(Ok(Message::Close(frame))) => {
                        // The answer to it goes out with the next read.
                        let _ = timeout(CLOSING, socket.next()).await;
                        return End::ByClient(frame.map(|frame| frame.code.into()));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(Error::ConnectionClosed)) => return End::ByClient(None),
                    Some(Err(_)) | None => return End::Lost,
                },
            }
        }
    }

    /// Handles a control message. Returns whether it ends the stream.
    fn control(&mut self, text: &str) -> bool {
        self.sent_at = now();
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if let Err(fault) = check_listen(&message, Sender::Client) {
            self.shared.violate(fault);
        }
        let kind = message["type"].as_str().unwrap_or_default().to_owned();
        self.shared.with(|book| book.connections[self.number].controls.push(kind.clone()));
        if kind == "Finalize" {
            self.results("", true, false);
        }
        kind == "CloseStream"
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.sent_at = now();
        if bytes.is_empty() || !bytes.len().is_multiple_of(self.format.sample_bytes()) {
            return self.shared.violate(format!("{} bytes of audio", bytes.len()));
        }
        self.shared.with(|book| book.connections[self.number].audio.push(bytes.len()));
        self.heard += Duration::from_millis(self.format.length_ms(bytes.len()));
        let samples = self.format.decode(bytes);
        for noticed in self.vad.hear(&samples, self.format.rate(), TURN_END_MS) {
            match noticed {
                Noticed::Started { .. } => {
                    self.send(&json!({ "type": "SpeechStarted", "channel": [0], "timestamp": 1.0 }));
                    let words = self.shared.script().next_words();
                    if let Words::Heard(text, _) = &words {
                        let first = text.split(' ').next().unwrap_or_default().to_owned();
                        self.agenda.push((now() + FIRST_WORDS_AFTER, Task::Partial(first)));
                    }
                    self.saying = Some(words);
                }
                Noticed::Stopped { .. } => {
                    if let Some(Words::Heard(text, delay)) = self.saying.take() {
                        self.agenda.push((now() + delay, Task::Last(text)));
                    }
                }
            }
        }
    }

    /// Reports what is due.
    fn tick(&mut self) {
        let (due, later): (Vec<_>, Vec<_>) = self.agenda.drain(..).partition(|(due, _)| *due <= now());
        self.agenda = later;
        for (_, task) in due {
            match task {
                Task::Partial(text) => self.results(&text, false, false),
                Task::Last(text) => {
                    self.agenda.retain(|(_, task)| !matches!(task, Task::Partial(_)));
                    self.results(&text, true, true);
                }
            }
        }
    }

    fn results(&mut self, text: &str, is_final: bool, speech_final: bool) {
        // Final words cover all audio that arrived.
        let heard = self.heard.as_secs_f64();
        self.send(&json!({ "type": "Results", "channel_index": [0, 1], "duration": heard, "start": 0.0, "is_final": is_final,
            "speech_final": speech_final,
            "channel": { "alternatives": [{ "transcript": text, "confidence": 0.98, "words": [] }] },
            "metadata": { "request_id": "r", "model_uuid": "m",
                "model_info": { "name": "general-nova-3", "version": "1", "arch": "nova-3" } } }));
    }

    fn send(&mut self, event: &Value) {
        if let Err(fault) = check_listen(event, Sender::Server) {
            self.shared.violate(format!("the stand-in itself: {fault}"));
        }
        self.outbox.push(Message::text(event.to_string()));
    }

    /// Makes something go wrong.
    async fn trouble(&mut self, trouble: Trouble, socket: &mut Socket) -> Option<End> {
        if matches!(trouble, Trouble::Close(_) | Trouble::Abort | Trouble::Leaves(_) | Trouble::Expire) {
            self.shared.struck();
        }
        match trouble {
            Trouble::Close(code) => Some(close(socket, code, "as the script has it").await),
            Trouble::Abort | Trouble::Leaves(_) => {
                // The kernel then resets when the socket is dropped.
                let _ = socket.get_ref().set_zero_linger();
                Some(End::ByScript)
            }
            Trouble::Expire => Some(close(socket, 1011, "the session has expired").await),
            Trouble::Hang => {
                self.is_hung = true;
                None
            }
            Trouble::MalformedJson => {
                self.outbox.push(Message::text("{\"type\":\"Results\",\"chan"));
                None
            }
            Trouble::Binary => {
                self.outbox.push(Message::binary(vec![1, 2, 3]));
                None
            }
            Trouble::UnknownEvents => {
                for text in [
                    r#"{"type":"Mood","deep":[1,2]}"#,
                    r#"{"type":"Results"}"#,
                    r#"{"type":"Results","channel":{"alternatives":7}}"#,
                    r#"{"type":"UtteranceEnd"}"#,
                ] {
                    self.outbox.push(Message::text(text));
                }
                None
            }
            Trouble::Stalls(_) | Trouble::Error { .. } | Trouble::Overlap(_) => None,
        }
    }
}

async fn close(socket: &mut Socket, code: u16, words: &str) -> End {
    let frame = CloseFrame { code: code.into(), reason: words.to_owned().into() };
    if socket.close(Some(frame)).await.is_ok() {
        let _ = timeout(CLOSING, drain(socket)).await;
    }
    End::ByScript
}

/// Reads until the client disconnects.
async fn drain(socket: &mut Socket) -> End {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => return End::ByClient(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => {}
            _ => return End::Lost,
        }
    }
}
