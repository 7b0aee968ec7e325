//! Address of OpenAI, or of a compatible server, with the model and the headers.

use tokio_tungstenite::tungstenite::ClientRequestBuilder;
use url::Url;
use url::form_urlencoded::byte_serialize;

use super::failures::REFUSALS;
use super::settings::{DialectChoice, OpenAiSettings};
use crate::assistant::remote::TargetError;
use crate::assistant::remote::credentials::{Credentials, SECRET_BYTES_MIN};
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::target::Target;
use crate::outside_access::OutsideAccess;

/// The address's name in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("openai.base_url");
/// The longest message, in bytes: a minute of linear sound at 24 kHz in base64, or our instructions and tools with each letter
/// escaped, which the server repeats.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// The name of the headers in the configuration.
const HEADERS: &str = "openai.headers";
/// Parts of the names of URL parameters that carry a secret, such as `api_key`.
const SECRET_PARTS: [&str; 6] = ["key", "token", "secret", "password", "signature", "auth"];

/// Returns the place of these settings, reached over this way.
///
/// # Errors
/// [`TargetError`].
pub(super) fn target(settings: &OpenAiSettings, way: OutsideAccess) -> Result<Target, TargetError> {
    let url = realtime_url(settings)?;
    let request = request(&url, settings)?;
    let secrets = credentials(settings).secrets().into_iter().chain(secrets_of_query(settings)).collect();
    let place = Place::of(&url, secrets).ok_or(BAD_URL)?;
    Target::new(place, way, request, (REFUSALS, HEADERS), MESSAGE_BYTES_MAX)
}

/// Returns the address of the WebSocket: the base URL, `/realtime`, the model and the extra parameters.
fn realtime_url(settings: &OpenAiSettings) -> Result<Url, TargetError> {
    let mut url = place::socket_url(&settings.base_url, "/realtime").ok_or(BAD_URL)?;
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

/// Returns the extra parameters that are secret by their names, as they are and as they are sent: a server that repeats its address
/// in a refusal repeats them.
fn secrets_of_query(settings: &OpenAiSettings) -> impl Iterator<Item = String> {
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        SECRET_PARTS.iter().any(|part| name.contains(part))
    };
    let may_be_key =
        move |(name, value): &&(String, String)| is_secret(name) && value.len() >= SECRET_BYTES_MIN;
    let secrets = settings.query.iter().filter(may_be_key);
    secrets.flat_map(|(_, value)| [value.clone(), byte_serialize(value.as_bytes()).collect()])
}

fn credentials(settings: &OpenAiSettings) -> Credentials<'_> {
    Credentials { key: settings.api_key.as_deref(), headers: &settings.headers }
}

fn request(url: &Url, settings: &OpenAiSettings) -> Result<ClientRequestBuilder, TargetError> {
    let request = place::request(url).ok_or(BAD_URL)?;
    let request = match settings.dialect {
        DialectChoice::Beta => request.with_header("OpenAI-Beta", "realtime=v1"),
        DialectChoice::Ga | DialectChoice::Auto => request,
    };
    Ok(credentials(settings).sent_with(request))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_tungstenite::tungstenite::client::IntoClientRequest;

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
        assert_eq!(realtime_url(&settings("ftp://x/v1")), Err(BAD_URL));
    }

    #[test]
    fn keys_among_the_url_parameters_are_secret() {
        let query = [("api_key", "sk-1 2/34"), ("api-version", "2025-04-01-preview"), ("token", "short")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = OpenAiSettings { query, ..settings("http://localhost:8000/v1") };
        let secrets: Vec<String> = secrets_of_query(&settings).collect();
        assert_eq!(secrets, ["sk-1 2/34", "sk-1+2%2F34"]);
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
        assert_eq!(
            target(&bad, OutsideAccess::anywhere().unwrap()).err(),
            Some(TargetError::BadHeader(HEADERS))
        );
    }
}
