//! Address of a provider, and the steps to connect to it: name, TCP, TLS, WebSocket, each with its timeout.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::provider::ProviderFailure;
use http::Uri;
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use url::{Host, Url};

use super::ahead::Ahead;
use super::by_frame::ByFrame;
use super::connection::{Connection, READ_BYTES};
use super::loss::{Loss, Refusals, Retry};
use super::secrets::Secrets;
use super::stream::Stream;
use crate::live_count::Live;
use crate::outside_access::{ConnectError, OutsideAccess};

/// Timeout of each step to a connection: long enough for one lost packet.
const STEP_MAX: Duration = Duration::from_millis(2_500);
/// Bytes that may be queued for a socket that accepts nothing: the instructions of a session, and audio.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// The settings name no place that can be connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The address is not a web server's.
    #[error("{0} is not a server's address: write it like https://api.example.com")]
    BadUrl(&'static str),
    /// A header can't be sent.
    #[error("{0}, or the key, has characters that a header can't contain: use ASCII")]
    BadHeader(&'static str),
    /// TLS can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

/// A server, by its address.
#[derive(Clone)]
pub(in crate::assistant) struct Place {
    host: String,
    port: u16,
    /// The server's name, if the connection is encrypted.
    tls: Option<ServerName<'static>>,
    secrets: Secrets,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Place {
    /// Returns the server of an address with ws, wss, http or https; `None` for any other address.
    pub(in crate::assistant) fn of(url: &Url, secrets: Vec<String>) -> Option<Self> {
        let (host, name) = match url.host()? {
            Host::Domain(name) => (name.to_owned(), ServerName::try_from(name.to_owned())),
            Host::Ipv4(address) => {
                (address.to_string(), Ok(ServerName::from(std::net::IpAddr::from(address))))
            }
            Host::Ipv6(address) => {
                (address.to_string(), Ok(ServerName::from(std::net::IpAddr::from(address))))
            }
        };
        let port = url.port_or_known_default()?;
        let tls = match url.scheme() {
            "wss" | "https" => Some(name.ok()?),
            "ws" | "http" => None,
            _ => return None,
        };
        Some(Self { host, port, tls, secrets: Secrets::of(secrets) })
    }

    /// Returns the value of the `Host` header.
    pub(in crate::assistant) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{host}:{}", self.port)
    }

    /// Connects, with encryption if the address asks for it.
    ///
    /// # Errors
    /// The step that failed, and whether a retry is worthwhile.
    pub(in crate::assistant) async fn connect(&self, way: &OutsideAccess) -> Result<Stream, Loss> {
        let tcp = step("connect", way.connect(&self.host, self.port)).await?;
        let tcp = tcp.map_err(|no_way| match no_way {
            ConnectError::Io(error) => self.unreachable(&error),
            ConnectError::Inside(inside) => {
                Loss::new(ProviderFailure::Unreachable, inside.to_string(), Retry::Never)
            }
        })?;
        // Pieces of 20 ms are sent as they arrive.
        let _ = tcp.set_nodelay(true);
        Ok(match &self.tls {
            None => Stream::Plain(tcp),
            Some(name) => {
                let connector = TlsConnector::from(Arc::clone(&way.tls));
                let encrypted = step("agree on TLS", connector.connect(name.clone(), tcp)).await?;
                Stream::Tls(Box::new(encrypted.map_err(|error| self.unreachable(&error))?))
            }
        })
    }

    /// Connects, and requests a WebSocket. A message of more than `message_bytes_max` ends the connection.
    ///
    /// # Errors
    /// The same as of [`Self::connect`].
    pub(in crate::assistant) async fn open(
        &self,
        way: &OutsideAccess,
        request: ClientRequestBuilder,
        (refusals, message_bytes_max): (Refusals, usize),
        live: Live,
    ) -> Result<Connection, Loss> {
        let stream = Ahead::of(ByFrame::of(self.connect(way).await?));
        let config = socket_config(message_bytes_max);
        let upgraded = step("answer", client_async_with_config(request, stream, Some(config))).await?;
        let (socket, _) = upgraded.map_err(|error| self.without_secrets(refusals.loss_of_error(&error)))?;
        Ok(Connection::new(socket, (refusals, self.secrets.clone()), live))
    }

    /// Redacts keys from the reason of a loss, because a server may repeat what it was sent.
    pub(in crate::assistant) fn without_secrets(&self, loss: Loss) -> Loss {
        self.secrets.out_of_loss(loss)
    }

    fn unreachable(&self, error: &std::io::Error) -> Loss {
        let reason = format!("no connection to {}:{}: {error}", self.host, self.port);
        Loss::new(ProviderFailure::Unreachable, reason, Retry::Soon)
    }
}

/// The settings of a socket. A server can make each live call hold one message of this length.
fn socket_config(message_bytes_max: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WAITING_BYTES_MAX)
        .max_message_size(Some(message_bytes_max))
        .max_frame_size(Some(message_bytes_max))
}

/// Runs a step with a timeout.
///
/// # Errors
/// It has not ended in time.
pub(in crate::assistant) async fn step<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Loss> {
    timeout(STEP_MAX, work).await.map_err(|_| {
        let reason = format!("the provider did not {what} within {} ms", STEP_MAX.as_millis());
        Loss::new(ProviderFailure::Unreachable, reason, Retry::Soon)
    })
}

/// Returns the address of a WebSocket at this path relative to a base URL with http, https, ws or wss; `None` for any other URL.
pub(in crate::assistant) fn socket_url(base_url: &str, path: &str) -> Option<Url> {
    let mut url = Url::parse(base_url).ok()?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return None,
    };
    url.set_scheme(scheme).ok()?;
    let path = format!("{}{path}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_fragment(None);
    Some(url)
}

/// Returns a request for a WebSocket at an address.
pub(in crate::assistant) fn request(url: &Url) -> Option<ClientRequestBuilder> {
    let uri: Uri = url.as_str().parse().ok()?;
    Some(ClientRequestBuilder::new(uri))
}

#[cfg(test)]
mod tests {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::Role;
    use tokio_tungstenite::tungstenite::{Error, Message};

    use super::*;
    use crate::assistant::provider::ProviderFault;

    #[tokio::test]
    async fn a_message_longer_than_the_protocols_ends_the_connection() {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let config = Some(socket_config(1_000));
        let mut ours = WebSocketStream::from_raw_socket(ours, Role::Client, config).await;
        let mut theirs = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        for bytes in [1_000, 1_001] {
            theirs.feed(Message::text("a".repeat(bytes))).await.unwrap();
        }
        theirs.flush().await.unwrap();
        assert_eq!(ours.next().await.unwrap().unwrap().len(), 1_000);
        let error = ours.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Capacity(_)), "{error}");
    }

    #[test]
    fn keys_repeated_by_a_server_stay_out_of_the_journal() {
        let url = Url::parse("http://localhost:1/v1").unwrap();
        let place = Place::of(&url, vec!["sk-1".to_owned(), "0123456789".to_owned()]).unwrap();
        let fault = ProviderFault::new(ProviderFailure::Unauthorized, "bad key sk-1, or 0123456789");
        let loss = place.without_secrets(Loss { fault, retry: Retry::Never });
        assert_eq!(loss.fault.reason, "bad key [key], or [key]");
    }

    #[test]
    fn an_address_with_another_scheme_is_rejected() {
        let place = |text: &str| Place::of(&Url::parse(text).unwrap(), Vec::new());
        assert!(place("ftp://x/v1").is_none());
        assert_eq!(place("ws://[::1]:8000/v1").unwrap().authority(), "[::1]:8000");
        assert_eq!(place("wss://x.example/v1").unwrap().authority(), "x.example:443");
    }
}
