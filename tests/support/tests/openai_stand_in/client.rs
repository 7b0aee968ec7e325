//! A client that does what the test asks for, within the rules or not.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cordboard_test_support::audio::Sound;
use cordboard_test_support::openai::{AudioFormat, OpenAiStandIn, Script};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The time by which everything happens.
pub(crate) const LIMIT: Duration = Duration::from_secs(5);

/// Next message.
#[derive(Debug)]
pub(crate) enum Came {
    Event(Value),
    Text(String),
    Binary,
    Closed(Option<u16>),
    Reset,
    Nothing,
}

pub(crate) struct Client {
    runtime: Runtime,
    socket: WebSocketStream<TcpStream>,
    /// All events that arrived.
    pub(crate) events: Vec<Value>,
}

impl Client {
    /// Opens a connection; the error is the refusal of the upgrade.
    pub(crate) fn dial(address: SocketAddr, path: &str) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let socket = runtime.block_on(async {
            let mut request = format!("ws://{address}{path}").into_client_request()?;
            request.headers_mut().insert("authorization", "Bearer sk-of-the-test".parse().unwrap());
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok::<_, Error>(client_async(request, stream).await?.0)
        })?;
        Ok(Self { runtime, socket, events: Vec::new() })
    }

    /// Opens a session at a stand-in.
    pub(crate) fn open(provider: &OpenAiStandIn) -> Self {
        Self::dial(provider.address(), "/v1/realtime?model=gpt-realtime-2.1").unwrap()
    }

    /// Opens a session and configures it as a telephone bridge does.
    pub(crate) fn ready(provider: &OpenAiStandIn) -> Self {
        let mut client = Self::open(provider);
        client.wait("session.created");
        client.send(&session_update());
        client.wait("session.updated");
        client
    }

    /// A stand-in with this script, and a client that is ready.
    pub(crate) fn with(script: Script) -> (OpenAiStandIn, Self) {
        let provider = OpenAiStandIn::start(script).unwrap();
        let client = Self::ready(&provider);
        (provider, client)
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string());
    }

    pub(crate) fn send_text(&mut self, text: &str) {
        self.runtime.block_on(self.socket.send(Message::text(text))).unwrap();
    }

    pub(crate) fn send_binary(&mut self) {
        self.runtime.block_on(self.socket.send(Message::binary(vec![1, 2, 3]))).unwrap();
    }

    /// Sends a sound as G.711, all at once.
    pub(crate) fn speak(&mut self, sound: &Sound) {
        for part in AudioFormat::Pcmu.encode(sound).chunks(320) {
            self.send(&json!({ "type": "input_audio_buffer.append", "audio": BASE64.encode(part) }));
        }
    }

    pub(crate) fn next(&mut self, limit: Duration) -> Came {
        let came = self.runtime.block_on(async {
            timeout(limit, async {
                loop {
                    match self.socket.next().await {
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        came => return came,
                    }
                }
            })
            .await
        });
        match came {
            Err(_) => Came::Nothing,
            Ok(Some(Ok(Message::Text(text)))) => match serde_json::from_str::<Value>(&text) {
                Ok(event) => {
                    self.events.push(event.clone());
                    Came::Event(event)
                }
                Err(_) => Came::Text(text.to_string()),
            },
            Ok(Some(Ok(Message::Binary(_)))) => Came::Binary,
            Ok(Some(Ok(Message::Close(frame)))) => Came::Closed(frame.map(|frame| frame.code.into())),
            Ok(_) => Came::Reset,
        }
    }

    /// Reads up to the next event of this type.
    #[track_caller]
    pub(crate) fn wait(&mut self, kind: &str) -> Value {
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.next(deadline.saturating_duration_since(Instant::now())) {
                Came::Event(event) if event["type"] == kind => return event,
                Came::Event(_) => {}
                other => panic!("no {kind}, but {other:?}, after {:#?}", self.events),
            }
        }
    }

    /// Reads what arrives until it ends or nothing has arrived for a while.
    pub(crate) fn read_out(&mut self) -> Came {
        loop {
            match self.next(Duration::from_millis(500)) {
                Came::Event(_) => {}
                other => return other,
            }
        }
    }

    /// The types of all events that arrived, in order.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.events.iter().filter_map(|event| event["type"].as_str()).collect()
    }

    /// All sound that arrived, as samples.
    pub(crate) fn sound(&self, format: AudioFormat, kind: &str) -> Sound {
        let deltas = self.events.iter().filter(|event| event["type"] == kind);
        let bytes: Vec<u8> =
            deltas.flat_map(|event| BASE64.decode(event["delta"].as_str().unwrap()).unwrap()).collect();
        Sound { rate: format.rate(), samples: format.decode(&bytes) }
    }
}

/// A session as a telephone bridge configures it.
pub(crate) fn session_update() -> Value {
    json!({ "type": "session.update", "event_id": "update-1", "session": {
        "type": "realtime", "instructions": "Be brief.", "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": { "type": "audio/pcmu" }, "noise_reduction": null,
                "transcription": { "model": "gpt-transcribe", "language": "en" },
                "turn_detection": { "type": "server_vad", "silence_duration_ms": 500 },
            },
            "output": { "format": { "type": "audio/pcmu" }, "voice": "marin" },
        },
        "tools": [{ "type": "function", "name": "end_call", "description": "Ends the call.",
                    "parameters": { "type": "object", "properties": {} } }],
    } })
}

/// A request for a response.
pub(crate) fn create() -> Value {
    json!({ "type": "response.create" })
}
