//! ElevenLabs: where it is, and which agent speaks.

use cordboard_schema::profile::HostedAgent;

use super::layers::Layers;
use super::listing::SettingValue;
use super::{BaseUrl, Config, ProviderName};

impl BaseUrl {
    /// ElevenLabs' own.
    pub fn elevenlabs() -> Self {
        Self("https://api.elevenlabs.io".to_owned())
    }
}

/// The id of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentId(String);

impl AgentId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SettingValue for AgentId {
    fn expected() -> String {
        "an agent's id: letters, digits, - and _".to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        if HostedAgent::is_id(text) { Ok(Self(text.to_owned())) } else { Err("it is no id".to_owned()) }
    }

    fn shown(&self) -> String {
        self.0.clone()
    }
}

impl Config {
    /// What can't be as the settings say.
    pub(super) fn elevenlabs_contradictions(&self, layers: &mut Layers) {
        let serves = self.assistant.provider == ProviderName::ElevenLabs;
        if serves && self.elevenlabs.agent_id.is_none() {
            layers.contradiction(
                "assistant.provider",
                "ElevenLabs serves callers with an agent, and none is named".to_owned(),
                "set ELEVENLABS_AGENT_ID, or assistant.provider to builtin".to_owned(),
            );
        }
    }
}
