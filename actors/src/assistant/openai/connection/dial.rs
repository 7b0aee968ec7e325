//! Where the provider is, and the way there: name, TCP, TLS, WebSocket, each in its time.

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
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use url::{Host, Url};

use super::Connection;
use super::failures::loss_of_error;
use super::stream::Stream;
use crate::assistant::openai::session::{Loss, Retry};
use crate::assistant::openai::settings::{DialectChoice, OpenAiSettings};
use crate::assistant::provider::ProviderFault;
use crate::live_count::LiveCount;
use crate::way::{NoWay, Way};

/// How long each step to a connection may take: one lost packet is forgiven.
const STEP_MAX: Duration = Duration::from_millis(2_500);
/// Read buffer of a connection, in bytes, which it has for good: a usual audio event. A longer one takes two reads.
const READ_BYTES: usize = 4 * 1024;
/// The longest message of a server, in bytes.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// What may wait for a socket that takes nothing, in bytes: the instructions of a session, and audio.
const WAITING_BYTES_MAX: usize = 1 << 20;

/// Where the provider is reached, and with what.
#[derive(Clone)]
pub(in crate::assistant::openai) struct Target {
    host: String,
    port: u16,
    /// The server's name, where the connection is encrypted.
    tls: Option<ServerName<'static>>,
    way: Way,
    request: ClientRequestBuilder,
    /// What a server that repeats it must not bring into the journal.
    secrets: Vec<String>,
    /// Where connections are counted.
    live: LiveCount,
}

/// Bytes from which on a header's value may be a key: `true` and `v1` are none.
const SECRET_BYTES_MIN: usize = 8;

/// The configuration names no place that can be connected to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The address is none of a web server.
    #[error("openai.base_url is no address of a server: write it as https://api.openai.com/v1")]
    BadUrl,
    /// A header can't be sent.
    #[error("openai.headers, or the key, has what can't stand in a header: write NAME=VALUE in ASCII")]
    BadHeader,
    /// No TLS.
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

impl Target {
    /// The place of these settings, reached by this way.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(in crate::assistant::openai) fn new(
        settings: &OpenAiSettings,
        way: Way,
    ) -> Result<Self, TargetError> {
        let url = realtime_url(settings)?;
        let (host, name) = match url.host().ok_or(TargetError::BadUrl)? {
            Host::Domain(name) => (name.to_owned(), ServerName::try_from(name.to_owned())),
            Host::Ipv4(address) => {
                (address.to_string(), Ok(ServerName::from(std::net::IpAddr::from(address))))
            }
            Host::Ipv6(address) => {
                (address.to_string(), Ok(ServerName::from(std::net::IpAddr::from(address))))
            }
        };
        let port = url.port_or_known_default().ok_or(TargetError::BadUrl)?;
        let tls = match url.scheme() {
            "wss" => Some(name.map_err(|_| TargetError::BadUrl)?),
            _ => None,
        };
        let request = request(&url, settings)?;
        let values =
            settings.headers.iter().map(|(_, value)| value).filter(|value| value.len() >= SECRET_BYTES_MIN);
        let secrets = settings.api_key.iter().chain(values).cloned().collect();
        Ok(Self { host, port, tls, way, request, secrets, live: LiveCount::new() })
    }

    /// Counts connections there from now on.
    pub(in crate::assistant::openai) fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Connects.
    ///
    /// # Errors
    /// Which step failed, and whether another attempt is worth it.
    pub(in crate::assistant::openai) async fn dial(self: Arc<Self>) -> Result<Connection, Loss> {
        let live = self.live.one_more();
        let tcp = step("connect", self.way.connect(&self.host, self.port)).await?;
        let tcp = tcp.map_err(|no_way| match no_way {
            NoWay::Io(error) => self.unreachable(&error),
            NoWay::Inside(inside) => {
                let fault = ProviderFault::new(ProviderFailure::Unreachable, inside.to_string());
                Loss { fault, retry: Retry::Never }
            }
        })?;
        // Pieces of 20 ms go out as they come.
        let _ = tcp.set_nodelay(true);
        let stream = match &self.tls {
            None => Stream::Plain(tcp),
            Some(name) => {
                let connector = TlsConnector::from(Arc::clone(&self.way.tls));
                let encrypted = step("agree on TLS", connector.connect(name.clone(), tcp)).await?;
                Stream::Tls(Box::new(encrypted.map_err(|error| self.unreachable(&error))?))
            }
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(WAITING_BYTES_MAX)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let request = self.request.clone();
        let upgraded = step("answer", client_async_with_config(request, stream, Some(config))).await?;
        let (socket, _) = upgraded.map_err(|error| self.without_secrets(loss_of_error(&error)))?;
        Ok(Connection::new(socket, live))
    }

    /// The loss without keys in its reason: a server may repeat what it was sent.
    fn without_secrets(&self, mut loss: Loss) -> Loss {
        for secret in &self.secrets {
            loss.fault.reason = loss.fault.reason.replace(secret, "[key]");
        }
        loss
    }

    fn unreachable(&self, error: &std::io::Error) -> Loss {
        let reason = format!("no connection to {}:{}: {error}", self.host, self.port);
        Loss { fault: ProviderFault::new(ProviderFailure::Unreachable, reason), retry: Retry::Soon }
    }
}

async fn step<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Loss> {
    timeout(STEP_MAX, work).await.map_err(|_| {
        let reason = format!("the provider did not {what} within {} ms", STEP_MAX.as_millis());
        Loss { fault: ProviderFault::new(ProviderFailure::Unreachable, reason), retry: Retry::Soon }
    })
}

/// The address of the WebSocket: the base URL, `/realtime`, the model and what else is asked for.
fn realtime_url(settings: &OpenAiSettings) -> Result<Url, TargetError> {
    let mut url = Url::parse(&settings.base_url).map_err(|_| TargetError::BadUrl)?;
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return Err(TargetError::BadUrl),
    };
    url.set_scheme(scheme).map_err(|()| TargetError::BadUrl)?;
    let path = format!("{}/realtime", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_fragment(None);
    let names_model = |(name, _): &(String, String)| matches!(name.as_str(), "model" | "deployment");
    let names_model = settings.query.iter().any(names_model);
    let mut query = url.query_pairs_mut();
    if !names_model {
        query.append_pair("model", &settings.model);
    }
    for (name, value) in &settings.query {
        query.append_pair(name, value);
    }
    drop(query);
    Ok(url)
}

fn request(url: &Url, settings: &OpenAiSettings) -> Result<ClientRequestBuilder, TargetError> {
    let uri: Uri = url.as_str().parse().map_err(|_| TargetError::BadUrl)?;
    let mut request = ClientRequestBuilder::new(uri);
    let has_own_key = settings
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("api-key"));
    if let (Some(key), false) = (&settings.api_key, has_own_key) {
        request = request.with_header("Authorization", format!("Bearer {key}"));
    }
    if settings.dialect == DialectChoice::Beta {
        request = request.with_header("OpenAI-Beta", "realtime=v1");
    }
    for (name, value) in &settings.headers {
        request = request.with_header(name, value);
    }
    // Bad names and values are found here and not on a call.
    request.clone().into_client_request().map_err(|_| TargetError::BadHeader)?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::openai::settings::AudioChoice;

    fn settings(base_url: &str) -> OpenAiSettings {
        OpenAiSettings {
            api_key: Some("sk-1".to_owned()),
            base_url: base_url.to_owned(),
            model: "gpt realtime".to_owned(),
            headers: Vec::new(),
            query: Vec::new(),
            dialect: DialectChoice::Auto,
            transcription_model: String::new(),
            audio: AudioChoice::Auto,
            stall_timeout: Duration::from_secs(4),
            append_ms: 20,
        }
    }

    #[test]
    fn an_address_is_the_base_with_the_model() {
        let address = |settings: &OpenAiSettings| realtime_url(settings).unwrap().to_string();
        let openai = settings("https://api.openai.com/v1");
        assert_eq!(address(&openai), "wss://api.openai.com/v1/realtime?model=gpt+realtime");
        assert_eq!(
            address(&settings("http://[::1]:8000/v1/")),
            "ws://[::1]:8000/v1/realtime?model=gpt+realtime"
        );
        let azure = OpenAiSettings {
            query: vec![("api-version".into(), "2025".into()), ("deployment".into(), "mine".into())],
            ..settings("https://x.openai.azure.com/openai")
        };
        assert_eq!(
            address(&azure),
            "wss://x.openai.azure.com/openai/realtime?api-version=2025&deployment=mine"
        );
        assert_eq!(realtime_url(&settings("ftp://x/v1")), Err(TargetError::BadUrl));
    }

    #[test]
    fn a_server_that_repeats_the_key_does_not_bring_it_into_the_journal() {
        let headers = vec![("api-key".to_owned(), "0123456789".to_owned())];
        let target = Target::new(
            &OpenAiSettings { headers, ..settings("http://localhost:1/v1") },
            Way::anywhere().unwrap(),
        )
        .unwrap();
        let fault = ProviderFault::new(ProviderFailure::Unauthorized, "bad key sk-1, or 0123456789");
        let loss = target.without_secrets(Loss { fault, retry: Retry::Never });
        assert_eq!(loss.fault.reason, "bad key [key], or [key]");
    }

    #[test]
    fn the_key_is_sent_unless_the_headers_have_one() {
        let sent = |settings: OpenAiSettings| {
            let url = realtime_url(&settings).unwrap();
            let request = request(&url, &settings).unwrap().into_client_request().unwrap();
            let value =
                |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            (value("authorization"), value("api-key"), value("openai-beta"))
        };
        let base = || settings("http://localhost:1/v1");
        assert_eq!(sent(base()), (Some("Bearer sk-1".to_owned()), None, None));
        let azure = OpenAiSettings { headers: vec![("api-key".into(), "k".into())], ..base() };
        assert_eq!(sent(azure), (None, Some("k".to_owned()), None));
        let beta = OpenAiSettings { dialect: DialectChoice::Beta, api_key: None, ..base() };
        assert_eq!(sent(beta), (None, None, Some("realtime=v1".to_owned())));
        let bad = OpenAiSettings { headers: vec![("a b".into(), "k".into())], ..base() };
        assert_eq!(Target::new(&bad, Way::anywhere().unwrap()).err(), Some(TargetError::BadHeader));
    }
}
