//! Speech over ElevenLabs' WebSocket: the sound of the model's words from the script, with the time of each letter.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast::Receiver;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::book::{ServiceRequest, VoiceSocket};
use super::server::{Fault, Shared, Strike, header};
use super::speech::{Share, share};
use super::stream_input_schemas::check;
use crate::clock::now;
use crate::openai::schemas::Sender;
use crate::openai::{AudioFormat, End, Pace, Trouble};

/// Sound of one event, in ms: uneven, as they come.
const EVENTS_MS: [u64; 4] = [140, 260, 180, 420];
/// How long we wait for the answer to a closing frame.
const CLOSING: Duration = Duration::from_secs(2);
/// A time that no clock reaches in a test.
const NEVER: Duration = Duration::from_secs(100_000);

type Socket = WebSocketStream<TcpStream>;

/// Something to do later.
enum Task {
    Event(Value),
    Trouble(Trouble),
}

struct Session<'a> {
    shared: &'a Shared,
    number: usize,
    format: AudioFormat,
    /// How long the client may send nothing.
    idle: Duration,
    heard_at: Instant,
    agenda: VecDeque<(Instant, Task)>,
    /// When the sound of the requested pieces is sent.
    free_at: Instant,
    has_begun: bool,
    has_words: bool,
    is_ended: bool,
    is_hung: bool,
    /// Sound that is sent instead of an answer, again and again.
    endless: Option<Vec<u8>>,
    events: usize,
}

/// Whether this is an address of the streamed speech.
pub(super) fn is_its(target: &str) -> bool {
    target.starts_with("/v1/text-to-speech/")
}

pub(super) async fn serve(shared: &Arc<Shared>, mut stream: TcpStream, head: &str) {
    let strikes = shared.strikes.subscribe();
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if header(head, "xi-api-key") != Some(shared.manners.keys[2].clone()) {
        return refuse(&mut stream, head, 401).await;
    }
    let query: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let voice = path.strip_prefix("/v1/text-to-speech/").and_then(|rest| rest.strip_suffix("/stream-input"));
    let (Some(voice), Some((format, idle))) = (voice.filter(|voice| !voice.is_empty()), asked_for(&query))
    else {
        shared.violate(format!("speech at {target}"));
        return refuse(&mut stream, head, 400).await;
    };
    let voice = voice.to_owned();
    let number = shared.with(|book| {
        book.voices.push(VoiceSocket { voice: voice.clone(), query, ..VoiceSocket::default() });
        book.voices.len() - 1
    });
    let end = match accept_async(stream).await {
        Ok(mut socket) => {
            let session = Session {
                shared,
                number,
                format,
                idle,
                heard_at: now(),
                agenda: VecDeque::new(),
                free_at: now(),
                has_begun: false,
                has_words: false,
                is_ended: false,
                is_hung: false,
                endless: None,
                events: 0,
            };
            session.hold(&mut socket, strikes, &voice).await
        }
        Err(_) => End::Lost,
    };
    shared.with(|book| book.voices[number].ended = Some((now(), end)));
}

/// The audio format that the address asks for, and how long the client may send nothing; `None` where it breaks a rule.
fn asked_for(query: &[(String, String)]) -> Option<(AudioFormat, Duration)> {
    let known = ["model_id", "output_format", "auto_mode", "inactivity_timeout"];
    if query.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return None;
    }
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    value("model_id").filter(|model| !model.is_empty() && *model != "eleven_v3")?;
    let idle: u64 = value("inactivity_timeout").map_or(Some(20), |seconds| seconds.parse().ok())?;
    let format = match value("output_format")? {
        "ulaw_8000" => AudioFormat::Pcmu,
        "pcm_16000" => AudioFormat::Pcm { rate: 16_000 },
        "pcm_24000" => AudioFormat::Pcm { rate: 24_000 },
        _ => return None,
    };
    (1..=180).contains(&idle).then_some((format, Duration::from_secs(idle)))
}

async fn refuse(stream: &mut TcpStream, head: &str, status: u16) {
    let mut nowhere = vec![0; head.len()];
    let _ = stream.read_exact(&mut nowhere).await;
    let body = json!({ "detail": { "status": "as_it_is", "message": "as the script has it" } }).to_string();
    let text = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

impl Session<'_> {
    /// Serves until either side ends it.
    async fn hold(mut self, socket: &mut Socket, mut strikes: Receiver<Strike>, voice: &str) -> End {
        if voice == "nobody" {
            let text = "A voice with voice_id nobody does not exist.";
            return self.fail(socket, ("voice_not_found", text), 1008).await;
        }
        loop {
            let idle_at = if self.is_ended { now() + NEVER } else { self.heard_at + self.idle };
            let due = self.agenda.front().map_or(idle_at, |(due, _)| (*due).min(idle_at));
            tokio::select! {
                biased;
                () = sleep_until(due.into()) => {
                    if now() >= idle_at {
                        let text = "Have not received a new text input within the timeout";
                        return close(socket, 1008, text).await;
                    }
                    if let Some(end) = self.tick(socket).await {
                        return end;
                    }
                }
                strike = strikes.recv() => match strike {
                    Ok(Strike::Speech(trouble)) => if let Some(end) = self.trouble(trouble, socket).await { return end },
                    Ok(Strike::Leave) => {
                        let _ = socket.get_ref().set_zero_linger();
                        return End::ByScript;
                    }
                    _ => {}
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => if let Some(end) = self.heard(&text, voice, socket).await { return end },
                    Some(Ok(Message::Close(frame))) => {
                        // The answer to it goes out with the next read.
                        let _ = timeout(CLOSING, socket.next()).await;
                        return End::ByClient(frame.map(|frame| frame.code.into()));
                    }
                    Some(Ok(Message::Binary(_))) => self.shared.violate("bytes to the speech"),
                    Some(Ok(_)) => {}
                    Some(Err(Error::ConnectionClosed)) => return End::ByClient(None),
                    Some(Err(_)) | None => return End::Lost,
                },
            }
        }
    }

    /// Handles a message of the client.
    async fn heard(&mut self, text: &str, voice: &str, socket: &mut Socket) -> Option<End> {
        self.heard_at = now();
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        if let Err(fault) = check(&message, Sender::Client) {
            self.shared.violate(format!("speech: {fault}"));
        }
        let words = message["text"].as_str().unwrap_or_default();
        if self.is_ended {
            self.shared.violate(format!("speech: {message} after the end"));
            return None;
        }
        if !std::mem::replace(&mut self.has_begun, true) {
            if words != " " {
                self.shared.violate(format!("speech: {message} as the first message"));
            }
            return None;
        }
        if words.is_empty() {
            self.is_ended = true;
            self.shared.with(|book| book.voices[self.number].has_end = true);
            if self.agenda.is_empty() && self.endless.is_none() && !self.is_hung {
                return self.finish(socket).await;
            }
            return None;
        }
        if !words.ends_with(' ') || words.trim().is_empty() {
            self.shared.violate(format!("speech: {message} is not a piece of a text"));
        }
        let asked = ServiceRequest {
            at: now(),
            path: format!("/v1/text-to-speech/{voice}/stream-input"),
            body: json!({ "input": words.trim(), "voice": voice, "flush": message["flush"] == true }),
            is_cancelled: false,
        };
        let is_first = !std::mem::replace(&mut self.has_words, true);
        let fault = self.shared.with(|book| {
            book.asked.push(asked);
            let socket = &mut book.voices[self.number];
            socket.texts.push(words.to_owned());
            socket.is_flushed |= message["flush"] == true;
            if is_first { book.speech_faults.pop_front() } else { None }
        });
        match fault {
            None if self.endless.is_none() && !self.is_hung => self.speaks(words.trim(), is_first),
            None => {}
            Some(Fault::Refuse(status, body)) => {
                let code = if status < 500 { 1008 } else { 1011 };
                let name = body["error"]["code"].as_str().unwrap_or("internal_error");
                return Some(self.fail(socket, (name, "as the script has it"), code).await);
            }
            Some(Fault::Mute) => self.is_hung = true,
            Some(Fault::Body(bytes)) => {
                let event = json!({ "audio": STANDARD.encode(bytes) });
                self.agenda.push_back((now(), Task::Event(event)));
            }
            Some(Fault::Endless(bytes)) => {
                self.endless = Some(bytes);
                self.agenda.push_back((now(), Task::Event(json!({ "audio": "" }))));
            }
        }
        None
    }

    /// Puts the sound of a piece on the agenda.
    fn speaks(&mut self, words: &str, is_first: bool) {
        let Share { bytes, pace, silence, mut sent, mut trouble, line } =
            share(self.shared, words, self.format);
        let delay = if is_first { self.shared.manners.speaks + silence } else { Duration::ZERO };
        let mut at = (now() + delay).max(self.free_at);
        let bytes_of_ms = self.format.sample_bytes() * self.format.rate() as usize / 1000;
        let letters: Vec<char> = format!("{words} ").chars().collect();
        let whole_ms = self.format.length_ms(bytes.len()).max(1);
        let (mut from, mut said) = (0, 0);
        for length_ms in EVENTS_MS.iter().cycle() {
            if from >= bytes.len() {
                break;
            }
            let piece = &bytes[from..(from + *length_ms as usize * bytes_of_ms).min(bytes.len())];
            let begins_ms = self.format.length_ms(from);
            from += piece.len();
            let ends_ms = self.format.length_ms(from);
            let until = if from == bytes.len() {
                letters.len()
            } else {
                (letters.len() as u64 * ends_ms / whole_ms) as usize
            };
            let start_of = |letter: usize| letter as u64 * whole_ms / letters.len() as u64;
            let spelled = &letters[said..until.max(said)];
            let starts: Vec<u64> = (said..said + spelled.len())
                .map(|letter| start_of(letter).saturating_sub(begins_ms))
                .collect();
            let lengths: Vec<u64> =
                (said..said + spelled.len()).map(|letter| start_of(letter + 1) - start_of(letter)).collect();
            said += spelled.len();
            self.events += 1;
            // One name is from the types, the other from published examples.
            let name = if self.events.is_multiple_of(2) { "charsDurationsMs" } else { "charDurationsMs" };
            let alignment = json!({ "chars": spelled, "charStartTimesMs": starts, name: lengths });
            let event = json!({ "audio": STANDARD.encode(piece), "alignment": alignment, "normalizedAlignment": null });
            let length = Duration::from_millis(ends_ms - begins_ms);
            sent += length;
            self.agenda.push_back((at, Task::Event(event)));
            if let Some((_, trouble)) = trouble.take_if(|(after, _)| sent >= *after) {
                self.shared.with(|book| book.lines[line].trouble = None);
                self.agenda.push_back((at, Task::Trouble(trouble)));
            }
            if let Pace::Times(times) = pace {
                at += length.div_f64(times);
            }
        }
        // The client asks for the next piece before the sound of this one is sent.
        self.shared.with(|book| book.lines[line].sent = sent);
        self.free_at = at;
    }

    /// Does the next thing on the agenda.
    async fn tick(&mut self, socket: &mut Socket) -> Option<End> {
        let (_, task) = self.agenda.pop_front()?;
        match task {
            Task::Trouble(trouble) => {
                if let Some(end) = self.trouble(trouble, socket).await {
                    return Some(end);
                }
            }
            Task::Event(event) => {
                if let Some(bytes) = &self.endless {
                    let event = json!({ "audio": STANDARD.encode(bytes) });
                    self.agenda.push_back((now() + Duration::from_millis(5), Task::Event(event)));
                }
                if !self.is_hung && self.send(socket, &event).await.is_none() {
                    return Some(End::Lost);
                }
            }
        }
        if self.is_ended && self.agenda.is_empty() && !self.is_hung {
            self.finish(socket).await
        } else {
            None
        }
    }

    async fn send(&self, socket: &mut Socket, event: &Value) -> Option<()> {
        if let Err(fault) = check(event, Sender::Server) {
            self.shared.violate(format!("the stand-in itself: {fault}"));
        }
        socket.send(Message::text(event.to_string())).await.ok()
    }

    /// Ends after everything was said.
    async fn finish(&mut self, socket: &mut Socket) -> Option<End> {
        if self.send(socket, &json!({ "isFinal": true })).await.is_none() {
            return Some(End::Lost);
        }
        Some(close(socket, 1000, "").await)
    }

    /// Sends the reason why the text can't be spoken, and ends.
    async fn fail(&self, socket: &mut Socket, (name, words): (&str, &str), code: u16) -> End {
        // The schema has no event for errors.
        let event = json!({ "message": words, "error": name, "code": code });
        let _ = socket.send(Message::text(event.to_string())).await;
        close(socket, code, words).await
    }

    /// Makes something go wrong.
    async fn trouble(&mut self, trouble: Trouble, socket: &mut Socket) -> Option<End> {
        let raw = match trouble {
            Trouble::Close(code) => return Some(close(socket, code, "as the script has it").await),
            Trouble::Expire => return Some(close(socket, 1011, "the session has expired").await),
            Trouble::Abort | Trouble::Leaves(_) => {
                // The kernel then resets when the socket is dropped.
                let _ = socket.get_ref().set_zero_linger();
                return Some(End::ByScript);
            }
            Trouble::Hang => {
                self.is_hung = true;
                return None;
            }
            Trouble::MalformedJson => vec![Message::text("{\"audio\":\"chan")],
            Trouble::Binary => vec![Message::binary(vec![1, 2, 3])],
            Trouble::UnknownEvents => vec![
                Message::text(r#"{"mood":"good","deep":[1,2]}"#),
                Message::text(r#"{"audio":null,"isFinal":null}"#),
                Message::text(r#"{"audio":"","alignment":7}"#),
            ],
            Trouble::Stalls(_) | Trouble::Error { .. } | Trouble::Overlap(_) => Vec::new(),
        };
        for message in raw {
            if socket.send(message).await.is_err() {
                return Some(End::Lost);
            }
        }
        None
    }
}

async fn close(socket: &mut Socket, code: u16, words: &str) -> End {
    let frame = CloseFrame { code: code.into(), reason: words.to_owned().into() };
    if socket.close(Some(frame)).await.is_ok() {
        let drained = async { while let Some(Ok(_)) = socket.next().await {} };
        let _ = timeout(CLOSING, drained).await;
    }
    End::ByScript
}
