//! Gemini: where it is, and what it can't be used without.

use super::layers::Layers;
use super::{BaseUrl, Config, ProviderName};

impl BaseUrl {
    /// Google's own.
    pub fn gemini() -> Self {
        Self("https://generativelanguage.googleapis.com".to_owned())
    }
}

impl Config {
    /// What can't be as the settings say.
    pub(super) fn gemini_contradictions(&self, layers: &mut Layers) {
        let serves = self.assistant.provider == ProviderName::Gemini;
        if serves && self.gemini.api_key.is_none() && self.gemini.base_url == BaseUrl::gemini() {
            layers.contradiction(
                "assistant.provider",
                "Gemini takes no calls without a key".to_owned(),
                "set GEMINI_API_KEY, or gemini.base_url to a server of your own, or assistant.provider to builtin"
                    .to_owned(),
            );
        }
    }
}
