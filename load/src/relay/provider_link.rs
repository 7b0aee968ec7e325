//! A relay's connection to the provider.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

use super::RelayError;

/// Session settings for the provider. It begins answers by itself.
const SESSION: &str = r#"{"type":"session.update","session":{"type":"realtime","output_modalities":["audio"],"audio":{"input":{"format":{"type":"audio/pcmu"},"turn_detection":{"type":"server_vad"}},"output":{"format":{"type":"audio/pcmu"}}}}}"#;

/// Requests the greeting.
const GREETING: &str = r#"{"type":"response.create"}"#;

/// Bytes read at once: a piece of audio.
const READ_BYTES: usize = 4_096;

/// Bytes of an append of 20 ms.
const APPEND_BYTES: usize = 264;

/// How long the provider may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// See the module's description.
#[derive(Debug)]
pub(super) struct ProviderLink {
    socket: WebSocketStream<TcpStream>,
    /// Whether the session is set up. Nothing is sent before.
    is_ready: bool,
    /// Whether the current answer was interrupted. The rest of it is dropped.
    is_muted: bool,
}

/// Message of the provider.
#[derive(Debug)]
pub(super) enum Heard {
    /// Mu-law octets.
    Audio(Vec<u8>),
    /// The provider reports that the caller speaks.
    CallerSpeaks,
    /// The session is set up: the provider may be asked to speak.
    SetUp,
    /// Nothing that a relay needs.
    Nothing,
    /// The connection is over.
    Ended,
}

#[derive(Debug, Deserialize)]
struct ServerEvent<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    delta: Option<&'a str>,
}

impl ProviderLink {
    /// Connects to the base URL.
    pub(super) async fn connect(base: &Url) -> Result<Self, RelayError> {
        let (Some(host), Some(port)) = (base.host_str(), base.port_or_known_default()) else {
            return Err(RelayError::Url(base.clone()));
        };
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let url = format!("ws://{host}:{port}{}/realtime?model=load", base.path().trim_end_matches('/'));
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
        let (socket, _) = client_async_with_config(url, stream, Some(config)).await.map_err(Box::new)?;
        let mut link = Self { socket, is_ready: false, is_muted: false };
        link.send(SESSION.to_owned()).await?;
        Ok(link)
    }

    /// Sends a caller's octets. Sound before the session is set up is dropped.
    pub(super) async fn append(&mut self, octets: &[u8]) -> Result<(), RelayError> {
        if !self.is_ready {
            return Ok(());
        }
        let mut append = String::with_capacity(APPEND_BYTES);
        append.push_str(r#"{"type":"input_audio_buffer.append","audio":""#);
        STANDARD.encode_string(octets, &mut append);
        append.push_str(r#""}"#);
        self.send(append).await
    }

    /// Waits for the provider. Cancel safe, because the stream below is.
    pub(super) async fn next(&mut self) -> Result<Heard, RelayError> {
        let text = match self.socket.next().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(_))) | None => return Ok(Heard::Ended),
            Some(Ok(_)) => return Ok(Heard::Nothing),
            Some(Err(error)) => return Err(Box::new(error).into()),
        };
        let no_event = |error: &dyn std::fmt::Display| RelayError::Event(error.to_string());
        let event: ServerEvent<'_> = serde_json::from_str(&text).map_err(|error| no_event(&error))?;
        Ok(match (event.kind.as_ref(), event.delta) {
            ("response.output_audio.delta", Some(audio)) if !self.is_muted => {
                Heard::Audio(STANDARD.decode(audio).map_err(|error| no_event(&error))?)
            }
            ("input_audio_buffer.speech_started", _) => {
                self.is_muted = true;
                Heard::CallerSpeaks
            }
            ("response.created", _) => {
                self.is_muted = false;
                Heard::Nothing
            }
            ("session.updated", _) => {
                self.is_ready = true;
                Heard::SetUp
            }
            _ => Heard::Nothing,
        })
    }

    /// Asks the provider to speak.
    pub(super) async fn greet(&mut self) -> Result<(), RelayError> {
        self.send(GREETING.to_owned()).await
    }

    /// Closes properly.
    pub(super) async fn close(mut self) {
        let closing = async {
            let _ = self.socket.close(None).await;
            while let Some(Ok(_)) = self.socket.next().await {}
        };
        let _ = timeout(CLOSE_TIMEOUT, closing).await;
    }

    async fn send(&mut self, text: String) -> Result<(), RelayError> {
        let sent: Result<(), Error> = self.socket.send(Message::text(text)).await;
        Ok(sent.map_err(Box::new)?)
    }
}
