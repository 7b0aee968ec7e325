//! The client's connection.

use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::limits::HTTP_REGISTRY_WAIT_MS;
use cordboard_schema::wire::control::{Answer, Command, ServerMessage};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use url::Url;

use crate::command::reachable;
use crate::command::running_server::tls_with_any_certificate;
use crate::config::{Config, Secret};
use crate::error::CommandError;
use crate::tokens::Tokens;

/// How long connecting may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take. The server itself waits for other parts, one after another.
const ANSWER_MAX: Duration = Duration::from_millis(4 * HTTP_REGISTRY_WAIT_MS);
/// How long closing the connection may take.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// Address of the server, and the token that opens its socket.
pub(super) struct Place {
    host: String,
    port: u16,
    token: Secret,
    /// Whether to use TLS, as the configuration's own server may.
    is_encrypted: bool,
}

/// An open connection.
pub(super) struct Connection(WebSocketStream<Box<dyn Line>>);

/// A transport to the server, in the clear or encrypted.
trait Line: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Line for T {}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    /// The server can't be reached.
    #[error("{place} can't be reached: {cause}; does `cordboard serve` run there?")]
    Unreachable { place: String, cause: String },
    /// The server refuses to open the socket.
    #[error("the server does not open the control socket: {status}{}", fix(*.status))]
    Refused { status: u16 },
    /// The server closed the socket.
    #[error("the server closed the control socket: {code} {reason}")]
    Closed { code: u16, reason: String },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The server refuses the command for the moment.
    #[error("the server can't do it at the moment: {0}")]
    NotNow(String),
    /// No answer.
    #[error("no answer came within {} s", ANSWER_MAX.as_secs())]
    NoAnswer,
}

fn fix(status: u16) -> &'static str {
    match status {
        401 => {
            ": the token is not its admin token; set admin_token, or run this in the server's working directory"
        }
        503 => ": too many are open",
        _ => "",
    }
}

impl Lost {
    /// Returns whether another attempt may succeed later.
    pub(super) fn is_passing(&self) -> bool {
        !matches!(self, Self::Refused { status: 400..=499 })
    }
}

impl Place {
    /// Returns the place for this address, or for the server of this configuration.
    pub(super) fn of(config: &Config, url: Option<&str>) -> Result<Self, CommandError> {
        let failed = |why: String| CommandError::Failed(why);
        let (host, port) = match url {
            Some(url) => host_and_port(url).map_err(failed)?,
            None if config.http.listen.port() == 0 => {
                let why = "http.listen has port 0; name the address that `serve` printed with --url";
                return Err(failed(why.to_owned()));
            }
            None => {
                let address = reachable(config.http.listen);
                (address.ip().to_string(), address.port())
            }
        };
        let token = Tokens::admin_of(config)
            .map_err(|cause| CommandError::System { what: "the admin token can't be read", cause })?
            .ok_or_else(|| {
                let folder = config.data_dir.display();
                failed(format!(
                    "there is no admin token in {folder}: set admin_token, or set data_dir to the server's folder"
                ))
            })?;
        let is_encrypted = url.is_none() && config.http.tls_certificate.is_some();
        Ok(Self { host, port, token, is_encrypted })
    }

    pub(super) async fn connect(&self) -> Result<Connection, Lost> {
        let Self { host, port, token, is_encrypted } = self;
        let unreachable = |cause: String| Lost::Unreachable { place: format!("{host}:{port}"), cause };
        let dial = async {
            let stream = TcpStream::connect((host.as_str(), *port));
            let stream = stream.await.map_err(|error| unreachable(error.to_string()))?;
            let stream: Box<dyn Line> = match is_encrypted {
                true => Box::new(encrypted(stream).await.map_err(unreachable)?),
                false => Box::new(stream),
            };
            let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            let mut request = format!("ws://{host}:{port}/ws/control")
                .into_client_request()
                .map_err(|error| unreachable(error.to_string()))?;
            let authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
                .map_err(|_| unreachable("the token can't be sent in a header".to_owned()))?;
            request.headers_mut().insert("authorization", authorization);
            match client_async(request, stream).await {
                Ok((socket, _)) => Ok(Connection(socket)),
                Err(Error::Http(answer)) => Err(Lost::Refused { status: answer.status().as_u16() }),
                Err(error) => Err(unreachable(error.to_string())),
            }
        };
        timeout(CONNECT_MAX, dial).await.map_err(|_| unreachable("no answer in 5 s".to_owned()))?
    }
}

/// Wraps a connection to the own server in TLS. Its address need not be in the certificate.
async fn encrypted(stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
    let tls = tls_with_any_certificate().map_err(|error| error.to_string())?;
    let name = ServerName::try_from("localhost").map_err(|error| error.to_string())?;
    TlsConnector::from(Arc::new(tls)).connect(name, stream).await.map_err(|error| error.to_string())
}

/// Returns host and port of an address such as `ws://10.0.0.5:8080`.
fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let url = Url::parse(text)
        .map_err(|error| format!("--url {text}: {error}; write it like ws://10.0.0.5:8080"))?;
    if !matches!(url.scheme(), "ws" | "http") {
        let why = "this client does not speak TLS to other addresses: name the server's own address, such as ws://10.0.0.5:8080, or a tunnel to it";
        return Err(format!("--url {text}: {why}"));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    match url.port_or_known_default().or(Some(80)) {
        Some(port) if !host.is_empty() => Ok((host, port)),
        _ => Err(format!("--url {text}: it has no host; write it like ws://10.0.0.5:8080")),
    }
}

impl Connection {
    pub(super) async fn send(&mut self, text: String) -> Result<(), Lost> {
        self.0.send(Message::text(text)).await.map_err(|error| Lost::Broken(error.to_string()))
    }

    /// Receives the next message.
    pub(super) async fn receive(&mut self) -> Result<String, Lost> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(Lost::Closed { code: frame.code.into(), reason: frame.reason.to_string() });
                }
                Some(Ok(Message::Close(None))) | None => return Err(Lost::Broken("it ended".to_owned())),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Lost::Broken(error.to_string())),
            }
        }
    }

    /// Sends a command and waits for its answer. Events that arrive first are dropped.
    pub(super) async fn ask(&mut self, command: Command) -> Result<Answer, Lost> {
        let (id, text) = super::text_of(command).map_err(Lost::Broken)?;
        self.send(text).await?;
        let answered = async {
            loop {
                let text = self.receive().await?;
                if let Ok(ServerMessage::Answer(answer)) = ServerMessage::parse(&text)
                    && answer.id.as_ref() == Some(&id)
                {
                    return Ok(answer);
                }
            }
        };
        timeout(ANSWER_MAX, answered).await.unwrap_or(Err(Lost::NoAnswer))
    }

    /// Closes the connection.
    pub(super) async fn close(mut self) {
        // Everything that was wanted has arrived, so a server that does not answer is not waited for.
        let _ = timeout(GOODBYE_MAX, self.0.close(None)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_and_port() {
        assert_eq!(host_and_port("ws://10.0.0.5:8080"), Ok(("10.0.0.5".to_owned(), 8080)));
        assert_eq!(host_and_port("http://[::1]:9/ws/control"), Ok(("::1".to_owned(), 9)));
        assert_eq!(host_and_port("ws://pbx"), Ok(("pbx".to_owned(), 80)));
        for bad in ["wss://pbx:1", "pbx", "10.0.0.5:8080", "ws://"] {
            assert!(host_and_port(bad).unwrap_err().contains("ws://10.0.0.5:8080"), "{bad}");
        }
    }
}
