//! How a conversation is reached: by a signed address if there is a key, else by the agent's own address.
//!
//! The signed address is used as it was received, and never logged or stored: whoever has it can talk with the agent.

use std::sync::Arc;

use cordboard_schema::provider::ProviderFailure;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::failures::REFUSALS;
use super::settings::ElevenLabsSettings;
use crate::assistant::remote::connection::Connection;
use crate::assistant::remote::place::{self, Place, step};
use crate::assistant::remote::stream::Stream;
use crate::assistant::remote::{Loss, Retry, TargetError};
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;

/// The address's name in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("elevenlabs.base_url");
/// The longest message, in bytes: half a minute of linear sound at 48 kHz in base64.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Values in a signed address of at least this many bytes may be the signature.
const SIGNATURE_BYTES_MIN: usize = 12;
/// Bytes of the answer to the request for a signed address.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Address of ElevenLabs, and the credentials for it.
#[derive(Clone)]
pub(super) struct Target {
    /// Base URL of the API.
    base: Url,
    place: Place,
    way: OutsideAccess,
    api_key: Option<String>,
    live: LiveCount,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("place", &self.place).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct SignedUrl {
    signed_url: String,
}

impl Target {
    /// Returns the place of these settings, reached over this way.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(super) fn new(settings: &ElevenLabsSettings, way: OutsideAccess) -> Result<Self, TargetError> {
        let base = Url::parse(&settings.base_url).map_err(|_| BAD_URL)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(BAD_URL);
        }
        let secrets: Vec<String> = settings.api_key.iter().cloned().collect();
        let is_header = |key: &String| key.bytes().all(|byte| byte.is_ascii_graphic());
        if !settings.api_key.iter().all(is_header) {
            return Err(TargetError::BadHeader("elevenlabs.api_key"));
        }
        let place = Place::of(&base, secrets).ok_or(BAD_URL)?;
        Ok(Self { base, place, way, api_key: settings.api_key.clone(), live: LiveCount::new() })
    }

    /// Counts connections to it in `live` from now on.
    pub(super) fn counted_in(self, live: LiveCount) -> Self {
        Self { live, ..self }
    }

    /// Connects to an agent.
    ///
    /// # Errors
    /// The step that failed, and whether a retry is worthwhile.
    pub(super) async fn dial(self: Arc<Self>, agent_id: String) -> Result<Connection, Loss> {
        let live = self.live.one_more();
        let (url, place) = match &self.api_key {
            None => (self.path("/v1/convai/conversation", &agent_id, true), self.place.clone()),
            Some(key) => {
                let url =
                    self.signed_url(&agent_id, key).await.map_err(|loss| self.place.without_secrets(loss))?;
                let place = Place::of(&url, secrets_of(key, &url))
                    .ok_or_else(|| bad_answer("its address is invalid"))?;
                (url, place)
            }
        };
        let request = place::request(&url).ok_or_else(|| bad_answer("its address is invalid"))?;
        place.open(&self.way, request, (REFUSALS, MESSAGE_BYTES_MAX), live).await
    }

    /// Requests the address of one conversation.
    async fn signed_url(&self, agent_id: &str, key: &str) -> Result<Url, Loss> {
        let url = self.path("/v1/convai/conversation/get-signed-url", agent_id, false);
        let body = self.get(&url, key).await?;
        let SignedUrl { signed_url } =
            serde_json::from_slice(&body).map_err(|_| bad_answer("it names no signed_url"))?;
        let url = Url::parse(&signed_url).map_err(|_| bad_answer("its address is invalid"))?;
        match url.scheme() {
            "wss" => Ok(url),
            // An unencrypted signed address loses nothing if the API is reached unencrypted as well.
            "ws" if self.base.scheme() == "http" => Ok(url),
            _ => Err(bad_answer("its address is not an encrypted WebSocket")),
        }
    }

    /// Sends one HTTP request, on its own connection. It is small, and uses the same way and the same timeouts as the WebSocket.
    async fn get(&self, url: &Url, key: &str) -> Result<Vec<u8>, Loss> {
        let mut stream = self.place.connect(&self.way).await?;
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nxi-api-key: {key}\r\nAccept: application/json\r\n\
             Accept-Encoding: identity\r\nUser-Agent: cordboard/{}\r\nConnection: close\r\n\r\n",
            self.place.authority(),
            env!("CARGO_PKG_VERSION"),
        );
        let answer = step("answer", exchange(&mut stream, request.as_bytes())).await?;
        let answer = answer.map_err(|error| {
            let reason = format!("the connection to the provider broke: {error}");
            Loss::new(ProviderFailure::Unreachable, reason, Retry::Soon)
        })?;
        let (status, body) = read_answer(&answer).ok_or_else(|| bad_answer("it is not HTTP"))?;
        if status.is_success() {
            return Ok(body);
        }
        Err(REFUSALS.loss_of_status(status, &String::from_utf8_lossy(&body)))
    }

    fn path(&self, path: &str, agent_id: &str, is_socket: bool) -> Url {
        let mut url = self.base.clone();
        if is_socket {
            let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
            // A change between web schemes is always allowed.
            let _ = url.set_scheme(scheme);
        }
        let whole = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&whole);
        url.set_fragment(None);
        url.query_pairs_mut().append_pair("agent_id", agent_id);
        url
    }
}

/// Returns the secrets of a conversation with a signed address: the key, and everything that may sign the address, because the
/// documentation does not always name that parameter the same.
fn secrets_of(key: &str, signed: &Url) -> Vec<String> {
    let values = signed.query_pairs().filter(|(name, _)| name != "agent_id");
    let values = values.map(|(_, value)| value.into_owned());
    let query = signed.query().map(str::to_owned);
    let long = values.filter(|value| value.len() >= SIGNATURE_BYTES_MIN);
    std::iter::once(key.to_owned()).chain(query).chain(long).collect()
}

fn bad_answer(what: &str) -> Loss {
    let reason = format!("the answer to the request for a signed address is invalid: {what}");
    Loss::new(ProviderFailure::BadProtocol, reason, Retry::Never)
}

async fn exchange(stream: &mut Stream, request: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut answer = Vec::new();
    let read = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await;
    match read {
        // Some servers end TLS without a close message: the answer's own length shows whether it is complete.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(answer),
        Err(error) => Err(error),
        Ok(_) => Ok(answer),
    }
}

/// Returns status and body of a complete answer.
fn read_answer(answer: &[u8]) -> Option<(http::StatusCode, Vec<u8>)> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(answer).ok()? else { return None };
    let status = http::StatusCode::from_u16(response.code?).ok()?;
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(header.value).ok().map(str::trim)
    };
    let body = answer.get(head..)?;
    if value("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return Some((status, unchunked(body)?));
    }
    let body = match value("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => body.get(..length)?,
        None => body,
    };
    Some((status, body.to_vec()))
}

fn unchunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let httparse::Status::Complete((head, length)) = httparse::parse_chunk_size(body).ok()? else {
            return None;
        };
        let length = usize::try_from(length).ok()?;
        if length == 0 {
            return Some(whole);
        }
        let end = head.checked_add(length)?;
        whole.extend_from_slice(body.get(head..end)?);
        body = body.get(end.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn target(base_url: &str, key: Option<&str>) -> Result<Target, TargetError> {
        let settings = ElevenLabsSettings {
            api_key: key.map(str::to_owned),
            base_url: base_url.to_owned(),
            agent_id: None,
            overrides: false,
            stall_timeout: Duration::from_secs(4),
        };
        Target::new(&settings, OutsideAccess::anywhere().unwrap())
    }

    #[test]
    fn an_agents_address_is_below_the_base_url() {
        let public = target("https://api.elevenlabs.io", None).unwrap();
        let url = public.path("/v1/convai/conversation", "agent 1&x", true);
        assert_eq!(url.as_str(), "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=agent+1%26x");
        assert_eq!(target("wss://x", None).err(), Some(BAD_URL));
        assert!(matches!(target("https://x", Some("a\r\nb")), Err(TargetError::BadHeader(_))));
    }

    #[test]
    fn an_addresss_signature_is_secret_and_an_agents_id_not() {
        let signed = "wss://x/v1/convai/conversation?agent_id=agent_0123456789&conversation_signature=cvtkn_0123456789&v=2";
        let secrets = secrets_of("xi-1", &Url::parse(signed).unwrap());
        let query = "agent_id=agent_0123456789&conversation_signature=cvtkn_0123456789&v=2";
        assert_eq!(secrets, ["xi-1", query, "cvtkn_0123456789"]);
    }

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(read_answer(plain), Some((http::StatusCode::OK, b"{}".to_vec())));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n";
        assert_eq!(read_answer(chunked), Some((http::StatusCode::OK, b"{}".to_vec())));
        for bad in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"[..],
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{",
            b"220 smtp",
            b"",
        ] {
            assert_eq!(read_answer(bad), None);
        }
    }
}
