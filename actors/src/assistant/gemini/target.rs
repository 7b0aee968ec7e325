//! Address of Gemini, and the key for it.

use super::failures::REFUSALS;
use super::settings::GeminiSettings;
use crate::assistant::remote::TargetError;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::target::Target;
use crate::outside_access::OutsideAccess;

/// The address's name in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("gemini.base_url");
/// The longest message, in bytes: a minute of linear sound at 24 kHz in base64.
const MESSAGE_BYTES_MAX: usize = 4 << 20;
/// Path of live sessions, relative to the base URL.
const PATH: &str = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";

/// Returns the place of these settings, reached over this way. The key is sent in a header, because proxies log addresses.
///
/// # Errors
/// [`TargetError`].
pub(super) fn target(settings: &GeminiSettings, way: OutsideAccess) -> Result<Target, TargetError> {
    let url = place::socket_url(&settings.base_url, PATH).ok_or(BAD_URL)?;
    let secrets: Vec<String> = settings.api_key.iter().cloned().collect();
    let place = Place::of(&url, secrets).ok_or(BAD_URL)?;
    let mut request = place::request(&url).ok_or(BAD_URL)?;
    if let Some(key) = &settings.api_key {
        request = request.with_header("x-goog-api-key", key.as_str());
    }
    Target::new(place, way, request, (REFUSALS, "gemini.api_key"), MESSAGE_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_unusable_address_or_key_is_found_before_any_call() {
        let made = |base_url: &str, key: &str| {
            let settings = GeminiSettings {
                api_key: Some(key.to_owned()),
                base_url: base_url.to_owned(),
                model: "m".to_owned(),
                voice: "Kore".to_owned(),
                stall_timeout: Duration::from_secs(4),
            };
            target(&settings, OutsideAccess::anywhere().unwrap()).err()
        };
        assert_eq!(made("https://generativelanguage.googleapis.com", "AIza1"), None);
        assert_eq!(made("ftp://generativelanguage.googleapis.com", "AIza1"), Some(BAD_URL));
        assert_eq!(made("https://x", "a\r\nb"), Some(TargetError::BadHeader("gemini.api_key")));
    }
}
