//! Address of OpenAI's Live API, and the key for it.

use super::failures::REFUSALS;
use super::settings::OpenAiLiveSettings;
use crate::assistant::remote::TargetError;
use crate::assistant::remote::credentials::Credentials;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::target::Target;
use crate::outside_access::OutsideAccess;

/// The address's name in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("openai_live.base_url");
/// The longest message, in bytes: a minute of linear sound at 24 kHz in base64, or our instructions and tools with each letter
/// escaped, which the server repeats.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// The name of the headers in the configuration.
const HEADERS: &str = "openai_live.headers";
/// Path of sessions, relative to the base URL. The first message names the model: there are no parameters.
const PATH: &str = "/live/sessions";

/// Returns the place of these settings, reached over this way.
///
/// # Errors
/// [`TargetError`].
pub(super) fn target(settings: &OpenAiLiveSettings, way: OutsideAccess) -> Result<Target, TargetError> {
    let url = place::socket_url(&settings.base_url, PATH).ok_or(BAD_URL)?;
    let place = Place::of(&url, credentials(settings).secrets()).ok_or(BAD_URL)?;
    let request = credentials(settings).sent_with(place::request(&url).ok_or(BAD_URL)?);
    Target::new(place, way, request, (REFUSALS, HEADERS), MESSAGE_BYTES_MAX)
}

fn credentials(settings: &OpenAiLiveSettings) -> Credentials<'_> {
    Credentials { key: settings.api_key.as_deref(), headers: &settings.headers }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio_tungstenite::tungstenite::client::IntoClientRequest;

    use super::*;

    fn settings(base_url: &str, key: &str) -> OpenAiLiveSettings {
        OpenAiLiveSettings {
            api_key: Some(key.to_owned()),
            base_url: base_url.to_owned(),
            headers: Vec::new(),
            model: "gpt-live-1".to_owned(),
            voice: "marin".to_owned(),
            task_model: "m".to_owned(),
            stall_timeout: Duration::from_secs(4),
        }
    }

    #[test]
    fn azure_is_an_address_and_a_header() {
        let azure = OpenAiLiveSettings {
            headers: vec![("api-key".to_owned(), "key-of-the-resource".to_owned())],
            ..settings("https://x.openai.azure.com/openai/v1", "sk-1")
        };
        let url = place::socket_url(&azure.base_url, PATH).unwrap();
        assert_eq!(url.as_str(), "wss://x.openai.azure.com/openai/v1/live/sessions");
        let request = credentials(&azure).sent_with(place::request(&url).unwrap());
        let request = request.into_client_request().unwrap();
        assert_eq!(request.headers()["api-key"], "key-of-the-resource");
        assert_eq!(request.headers().get("authorization"), None);
        assert!(credentials(&azure).secrets().contains(&"key-of-the-resource".to_owned()));
    }

    #[test]
    fn an_unusable_address_or_key_is_found_before_any_call() {
        let made = |base_url: &str, key: &str| {
            target(&settings(base_url, key), OutsideAccess::anywhere().unwrap()).err()
        };
        assert_eq!(made("https://api.openai.com/v1", "sk-1"), None);
        assert_eq!(made("ftp://api.openai.com", "sk-1"), Some(BAD_URL));
        assert_eq!(made("https://x", "a\r\nb"), Some(TargetError::BadHeader(HEADERS)));
    }
}
