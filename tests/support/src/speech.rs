//! A service that speaks texts with voices, as OpenAI, ElevenLabs and Deepgram describe theirs: `POST …/audio/speech`,
//! `POST /v1/text-to-speech/{voice}` and `POST /v1/speak`, with the lists `GET /v2/voices` and `GET /v1/models`. Anything undocumented in a
//! request is recorded as a fault. Below `/refuses` no key is valid.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use crate::driving::{Door, drive};
use crate::http::{Request, answer, read_request};

/// A voice that the service does not have.
pub const UNKNOWN: &str = "nobody";
/// A voice for which the service has no capacity.
pub const TOO_MANY: &str = "busy";
/// The sample rate of what it says.
const RATE: f64 = 24_000.0;

/// The service. It ends with the process.
#[derive(Clone, Debug)]
pub struct SpeechStandIn {
    address: std::net::SocketAddr,
    shelf: Arc<Shelf>,
}

#[derive(Debug)]
struct Shelf {
    key: String,
    asked: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

impl SpeechStandIn {
    /// Starts one on a free port of this machine, on a thread of its own.
    ///
    /// # Errors
    /// No port could be had.
    pub fn start(key: &str) -> std::io::Result<Self> {
        let mut door = Door::open()?;
        let address = door.address();
        let shelf =
            Arc::new(Shelf { key: key.to_owned(), asked: AtomicUsize::new(0), faults: Mutex::default() });
        let kept = Arc::clone(&shelf);
        let serving = door.serving(move |stream| serve(stream, Arc::clone(&kept)))?;
        drive(door.held_open(serving));
        Ok(Self { address, shelf })
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Texts that it was asked to say.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.shelf.asked.load(Ordering::Relaxed)
    }

    /// Faults of requests against the description.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        self.shelf.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sound of a voice: a tone that differs for each voice and text, 10 ms a character.
    #[must_use]
    pub fn sound_of(&self, voice: &str, text: &str) -> Vec<i16> {
        let sum: u32 = voice.bytes().chain(text.bytes()).map(u32::from).sum();
        let step = f64::from(200 + sum % 800) * std::f64::consts::TAU / RATE;
        let length = u32::try_from(text.chars().count() * 240).unwrap_or(u32::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "within 16 bit")]
        let sample = |at: u32| (12_000.0 * (f64::from(at) * step).sin()) as i16;
        (0..length).map(sample).collect()
    }
}

async fn serve(mut connection: TcpStream, shelf: Arc<Shelf>) {
    let Some(request) = read_request(&mut connection, &mut Vec::new()).await else { return };
    let stand_in = SpeechStandIn { address: ([127, 0, 0, 1], 0).into(), shelf };
    let (status, kind, body) = stand_in.answer_to(&request);
    let headers = [("Content-Type", kind.to_owned()), ("Connection", "close".to_owned())];
    // It doesn't matter if a client breaks off.
    let _ = answer(&mut connection, status, &headers, &body).await;
}

type Answered = (u16, &'static str, Vec<u8>);

fn told(status: u16, value: &Value) -> Answered {
    (status, "application/json", value.to_string().into_bytes())
}

impl SpeechStandIn {
    fn answer_to(&self, request: &Request) -> Answered {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let knows = |header: &str, value: String| request.header(header) == Some(&*value);
        let key = &self.shelf.key;
        let is_known = knows("authorization", format!("Bearer {key}"))
            || knows("authorization", format!("Token {key}"))
            || knows("xi-api-key", key.clone());
        if !is_known || path.starts_with("/refuses/") {
            return told(401, &json!({ "detail": "the key is none" }));
        }
        match (request.method.as_str(), path) {
            ("GET", "/v2/voices") => told(200, &elevenlabs_voices()),
            ("GET", "/v1/models") => told(200, &deepgram_models()),
            ("POST", "/v1/speak") => self.deepgram(request, query),
            ("POST", path) if path.ends_with("/audio/speech") => self.openai(request),
            ("POST", path) => match path.strip_prefix("/v1/text-to-speech/") {
                Some(voice) => self.elevenlabs(request, voice, query),
                None => told(404, &json!({})),
            },
            _ => told(404, &json!({})),
        }
    }

    /// `gpt-4o-mini-tts`: 24 kHz, 16 bit, mono, without a header.
    fn openai(&self, request: &Request) -> Answered {
        let body = self.body(request, &["model", "voice", "input", "response_format"]);
        self.expect(body["response_format"] == "pcm", "response_format", &body);
        self.expect(body["input"].as_str().is_some_and(|text| text.chars().count() <= 4_096), "input", &body);
        self.says(body["voice"].as_str(), body["input"].as_str(), 400)
    }

    fn elevenlabs(&self, request: &Request, voice: &str, query: &str) -> Answered {
        let body = self.body(request, &["text", "model_id"]);
        self.expect(query == "output_format=pcm_24000", "query", &body);
        self.says(Some(voice), body["text"].as_str(), 404)
    }

    fn deepgram(&self, request: &Request, query: &str) -> Answered {
        let body = self.body(request, &["text"]);
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let value = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let form = (value("encoding"), value("sample_rate"), value("container"));
        self.expect(form == (Some("linear16"), Some("24000"), Some("none")), "query", &body);
        self.says(value("model"), body["text"].as_str(), 400)
    }

    fn says(&self, voice: Option<&str>, text: Option<&str>, unknown: u16) -> Answered {
        let (Some(voice), Some(text)) = (voice, text.filter(|text| !text.is_empty())) else {
            return told(400, &json!({ "error": "no voice or no text" }));
        };
        self.shelf.asked.fetch_add(1, Ordering::Relaxed);
        match voice {
            UNKNOWN => told(unknown, &json!({ "error": "there is no such voice" })),
            TOO_MANY => told(429, &json!({ "error": "too many requests" })),
            voice => {
                let sound = self.sound_of(voice, text);
                (200, "audio/pcm", sound.into_iter().flat_map(i16::to_le_bytes).collect())
            }
        }
    }

    /// A JSON body that has these members and no others.
    fn body(&self, request: &Request, members: &[&str]) -> Value {
        let body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_whole = body.len() == members.len() && members.iter().all(|name| body.contains_key(*name));
        let body = Value::Object(body);
        self.expect(is_whole, "members", &body);
        self.expect(request.header("content-type") == Some("application/json"), "content-type", &body);
        body
    }

    fn expect(&self, holds: bool, what: &str, body: &Value) {
        if !holds {
            let mut faults = self.shelf.faults.lock().unwrap_or_else(PoisonError::into_inner);
            faults.push(format!("{what} of {body}"));
        }
    }
}

fn elevenlabs_voices() -> Value {
    let voice = |id: &str, name: &str, language: &str| {
        json!({
            "voice_id": id, "name": name, "category": "premade", "labels": { "language": language, "gender": "female" },
            "preview_url": "https://storage.example/preview.mp3", "settings": null,
        })
    };
    let voices = [voice("v0iceOne", "Ada", "en"), voice("v0iceTwo", "Konrad", "de")];
    json!({ "voices": voices, "has_more": false, "total_count": 2, "next_page_token": null })
}

fn deepgram_models() -> Value {
    json!({
        "stt": [{ "name": "nova-3", "canonical_name": "nova-3", "languages": ["en"] }],
        "tts": [{
            "name": "thalia", "canonical_name": "aura-2-thalia-en", "architecture": "aura-2", "languages": ["en", "en-US"],
            "version": "2025-04-07.0", "uuid": "673e3d0a-7d6c-4ce6-a5c5-3b3fe8c4b3a5",
        }],
    })
}
