//! Address of Deepgram's agents, and the key for them.

use super::failures::REFUSALS;
use super::settings::DeepgramSettings;
use crate::assistant::remote::TargetError;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::target::Target;
use crate::outside_access::OutsideAccess;

/// The address's name in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("deepgram.base_url");
/// The longest message, in bytes: a minute of linear sound at 24 kHz.
const MESSAGE_BYTES_MAX: usize = 3 << 20;
/// Path of agents, relative to the base URL.
const PATH: &str = "/v1/agent/converse";

/// Returns the place of these settings, reached over this way.
///
/// # Errors
/// [`TargetError`].
pub(super) fn target(settings: &DeepgramSettings, way: OutsideAccess) -> Result<Target, TargetError> {
    let url = place::socket_url(&settings.base_url, PATH).ok_or(BAD_URL)?;
    let secrets: Vec<String> = settings.api_key.iter().cloned().collect();
    let place = Place::of(&url, secrets).ok_or(BAD_URL)?;
    let mut request = place::request(&url).ok_or(BAD_URL)?;
    if let Some(key) = &settings.api_key {
        request = request.with_header("Authorization", format!("Token {key}"));
    }
    Target::new(place, way, request, (REFUSALS, "deepgram.api_key"), MESSAGE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn settings(base_url: &str, key: &str) -> DeepgramSettings {
        DeepgramSettings {
            api_key: Some(key.to_owned()),
            base_url: base_url.to_owned(),
            listen_model: "nova-3".to_owned(),
            think_provider: "open_ai".to_owned(),
            think_model: "gpt-4o-mini".to_owned(),
            voice: "aura-2-thalia-en".to_owned(),
            stall_timeout: Duration::from_secs(4),
        }
    }

    #[test]
    fn an_unusable_address_or_key_is_found_before_any_call() {
        let made = |base_url: &str, key: &str| {
            target(&settings(base_url, key), OutsideAccess::anywhere().unwrap()).err()
        };
        assert_eq!(made("https://agent.deepgram.com", "dg-1"), None);
        assert_eq!(made("ftp://agent.deepgram.com", "dg-1"), Some(BAD_URL));
        assert_eq!(made("https://x", "a\r\nb"), Some(TargetError::BadHeader("deepgram.api_key")));
    }
}
