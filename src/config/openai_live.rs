//! OpenAI's Live API: by which key it is used, and what it can't be used without.

use super::layers::Layers;
use super::{BaseUrl, Config, OpenAiLive, ProviderName, Secret};

impl Config {
    /// The key of the Live API. That of the section `[openai]` goes to no other address than that section's.
    pub fn openai_live_key(&self) -> Option<&Secret> {
        let OpenAiLive { api_key, base_url, .. } = &self.openai_live;
        let common = self.openai.api_key.as_ref().filter(|_| *base_url == self.openai.base_url);
        api_key.as_ref().or(common)
    }

    /// What can't be as the settings say.
    pub(super) fn openai_live_contradictions(&self, layers: &mut Layers) {
        let serves = self.assistant.provider == ProviderName::OpenAiLive;
        let is_public = self.openai_live.base_url == BaseUrl::openai();
        if serves && is_public && self.openai_live_key().is_none() {
            layers.contradiction(
                "assistant.provider",
                "OpenAI takes no calls without a key".to_owned(),
                "set OPENAI_API_KEY, or openai_live.base_url to a server of your own, or assistant.provider to builtin"
                    .to_owned(),
            );
        }
    }
}
