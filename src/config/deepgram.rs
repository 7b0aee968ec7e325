//! Deepgram: where it is, and what it can't be used without.

use super::layers::Layers;
use super::{BaseUrl, Config, ProviderName};

impl BaseUrl {
    /// Deepgram's own, of its agents.
    pub fn deepgram() -> Self {
        Self("https://agent.deepgram.com".to_owned())
    }
}

impl Config {
    /// What can't be as the settings say.
    pub(super) fn deepgram_contradictions(&self, layers: &mut Layers) {
        let serves = self.assistant.provider == ProviderName::Deepgram;
        if serves && self.deepgram.api_key.is_none() && self.deepgram.base_url == BaseUrl::deepgram() {
            layers.contradiction(
                "assistant.provider",
                "Deepgram takes no calls without a key".to_owned(),
                "set DEEPGRAM_API_KEY, or deepgram.base_url to a server of your own, or assistant.provider to builtin"
                    .to_owned(),
            );
        }
    }
}
