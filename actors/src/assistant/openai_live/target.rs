//! Where OpenAI's Live API is, and by which key it knows us.

use super::failures::REFUSALS;
use super::settings::OpenAiLiveSettings;
use crate::assistant::remote::TargetError;
use crate::assistant::remote::place::{self, Place};
use crate::assistant::remote::target::Target;
use crate::way::Way;

/// What the address is called in the configuration.
const BAD_URL: TargetError = TargetError::BadUrl("openai_live.base_url");
/// Where sessions are below it. The model stands in the first message: there are no parameters.
const PATH: &str = "/live/sessions";

/// The place of these settings, reached by this way.
///
/// # Errors
/// [`TargetError`].
pub(super) fn target(settings: &OpenAiLiveSettings, way: Way) -> Result<Target, TargetError> {
    let url = place::socket_url(&settings.base_url, PATH).ok_or(BAD_URL)?;
    let secrets: Vec<String> = settings.api_key.iter().cloned().collect();
    let place = Place::of(&url, secrets).ok_or(BAD_URL)?;
    let mut request = place::request(&url).ok_or(BAD_URL)?;
    if let Some(key) = &settings.api_key {
        request = request.with_header("Authorization", format!("Bearer {key}"));
    }
    Target::new(place, way, request, (REFUSALS, "openai_live.api_key"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_address_or_a_key_that_can_t_be_used_is_found_before_any_call() {
        let made = |base_url: &str, key: &str| {
            let settings = OpenAiLiveSettings {
                api_key: Some(key.to_owned()),
                base_url: base_url.to_owned(),
                model: "gpt-live-1".to_owned(),
                voice: "marin".to_owned(),
                task_model: "m".to_owned(),
                stall_timeout: Duration::from_secs(4),
            };
            target(&settings, Way::anywhere().unwrap()).err()
        };
        assert_eq!(made("https://api.openai.com/v1", "sk-1"), None);
        assert_eq!(made("ftp://api.openai.com", "sk-1"), Some(BAD_URL));
        assert_eq!(made("https://x", "a\r\nb"), Some(TargetError::BadHeader("openai_live.api_key")));
    }
}
