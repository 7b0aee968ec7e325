//! A server whose assistant is the stand-in's agent.

use std::time::Duration;

use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn, Shared};
use cordboard_test_support::openai::Script;
use serde_json::json;
use tokio::time::sleep;

use crate::suites::stood_in::{self, StoodIn};
use crate::world::Setting;

/// The key that only the provider may get from the server.
pub(crate) const KEY: &str = "xi-of-the-tests-0123456789";
/// The agent.
pub(crate) const AGENT: &str = "agent_of_the_tests";

/// A server and its provider.
pub(crate) type Stage = stood_in::Stage<Shared>;

impl Stage {
    /// A server whose agent has this set-up, and follows the script.
    pub(crate) async fn of(agent: Agent, script: Script, more: &[Setting<'_>]) -> Self {
        let key = agent.key.clone();
        let provider = ElevenLabsStandIn::start_here(agent, script).unwrap();
        let base_url = provider.base_url();
        let mut known = vec![("ELEVENLABS_BASE_URL", &*base_url), ("ELEVENLABS_AGENT_ID", AGENT)];
        known.extend(key.as_deref().map(|key| ("ELEVENLABS_API_KEY", key)));
        Self::beside(provider, &known, more).await
    }

    /// Gives the profile of calls these tools from now on, and no others.
    pub(crate) async fn with_tools(&self, tools: &[&str]) {
        self.with_profile(|profile| profile["tools"] = json!(tools)).await;
        // New calls know a change of the profile within 2 s.
        sleep(Duration::from_millis(2_500)).await;
    }
}

impl StoodIn for Shared {
    const NAME: &'static str = "elevenlabs";
    // A signed address replaces the key.
    const SECRETS: &'static [&'static str] = &[KEY, "cvtkn_"];
    const RETURNED: &'static str = "client_tool_result";
    const TELLS_ENDS: bool = false;

    async fn opened(script: Script, more: &[Setting<'_>]) -> Stage {
        Stage::of(Agent::new(AGENT, Some(KEY)), script, more).await
    }
}
