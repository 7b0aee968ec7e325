//! A server whose assistant is the stand-in's agent.

use std::time::{Duration, Instant};

use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::openai::Script;
use cordboard_test_support::server::Token;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::suites::voice::VoiceStage;
use crate::world::{Setting, World};

/// The key that the server is to show to the provider, and to nobody else.
pub(crate) const KEY: &str = "xi-of-the-tests-0123456789";
/// The agent.
pub(crate) const AGENT: &str = "agent_of_the_tests";

/// A server and its provider.
pub(crate) struct Stage {
    pub(crate) server: World,
    pub(crate) provider: ElevenLabsStandIn,
    _folder: TempDir,
}

impl Stage {
    /// A server whose agent is set up so, and does as the script says.
    pub(crate) async fn of(agent: Agent, script: Script, more: &[Setting<'_>]) -> Self {
        let key = agent.key.clone();
        let provider = ElevenLabsStandIn::start_here(agent, script).unwrap();
        let base_url = provider.base_url();
        let mut settings = vec![
            ("assistant.provider", "elevenlabs"),
            ("ELEVENLABS_BASE_URL", &base_url),
            ("ELEVENLABS_AGENT_ID", AGENT),
            ("extensions.operator", "people,operator,1"),
            ("calls.fallback_extension", "operator"),
            ("calls.silence_prompt_s", "300"),
        ];
        settings.extend(key.as_deref().map(|key| ("ELEVENLABS_API_KEY", key)));
        settings.extend(more);
        let folder = tempfile::tempdir().unwrap();
        let server = World::open(folder.path(), &settings).await;
        Self { server, provider, _folder: folder }
    }

    /// The profile that calls are answered with has these tools from now on, and no others.
    pub(crate) async fn with_tools(&self, tools: &[&str]) {
        let mut profile = self.server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        profile["tools"] = json!(tools);
        let set = self.server.put(&path, &profile, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());
        // New calls know a change of the profile within 2 s.
        sleep(Duration::from_millis(2_500)).await;
    }
}

impl VoiceStage for Stage {
    const NAME: &'static str = "elevenlabs";
    const TELLS_ENDS: bool = false;

    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        Self::of(Agent::new(AGENT, Some(KEY)), script, more).await
    }

    fn world(&self) -> &World {
        &self.server
    }

    fn leaves(&self) {
        self.provider.leave();
    }

    fn returns_after(&self, away: Duration) {
        self.provider.come_back_after(away);
    }

    fn connections(&self) -> usize {
        self.provider.connection_count()
    }

    async fn gone(&self, number: usize) -> Instant {
        loop {
            let ended = self.provider.connection(number).and_then(|connection| connection.ended);
            if let Some((at, _)) = ended {
                return at;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    fn remembers(&self, number: usize) -> String {
        self.provider.connection(number).unwrap().remembers.join("\n")
    }

    fn returned(&self, number: usize) -> usize {
        self.provider.connection(number).unwrap().from_client("client_tool_result").count()
    }

    async fn closed(self) {
        assert!(!self.server.log().contains(KEY), "the log shows the key");
        assert!(!self.server.log().contains("cvtkn_"), "the log shows a signed address");
        self.server.close().await;
        self.provider.finish();
    }
}
