//! A server whose assistant is the stand-in's model.

use std::time::{Duration, Instant};

use cordboard_actors::world;
use cordboard_test_support::openai::Script;
use cordboard_test_support::openai_live::{Connection, Manners, OpenAiLiveStandIn};
use cordboard_test_support::server::Token;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::suites::voice::VoiceStage;
use crate::world::{Setting, World};

/// The key that the server is to show to the provider, and to nobody else.
pub(crate) const KEY: &str = "sk-live-of-the-tests-0123456789";

/// The calendar of the tests, since 1970.
pub(crate) fn calendar() -> Duration {
    Duration::from_millis(world::now().timestamp_millis().unsigned_abs())
}

/// A server and its provider.
pub(crate) struct Stage {
    pub(crate) server: World,
    pub(crate) provider: OpenAiLiveStandIn,
    _folder: TempDir,
}

impl Stage {
    /// A server whose provider has these manners, and does as the script says.
    pub(crate) async fn of(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = OpenAiLiveStandIn::start_here(manners, script, calendar).unwrap();
        let base_url = provider.base_url();
        let mut settings = vec![
            ("assistant.provider", "openai-live"),
            ("openai_live.base_url", &base_url),
            ("openai_live.api_key", KEY),
            ("extensions.operator", "people,operator,1"),
            ("calls.fallback_extension", "operator"),
            ("calls.silence_prompt_s", "300"),
        ];
        settings.extend(more);
        let folder = tempfile::tempdir().unwrap();
        let server = World::open(folder.path(), &settings).await;
        Self { server, provider, _folder: folder }
    }

    /// Changes the profile that calls are answered with.
    pub(crate) async fn with_profile(&self, change: impl FnOnce(&mut Value)) {
        let mut profile = self.server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        change(&mut profile);
        let set = self.server.put(&path, &profile, Token::Admin).await;
        assert_eq!(set.status, 200, "{}", set.text());
    }

    /// A connection as it stands.
    pub(crate) fn connection(&self, number: usize) -> Connection {
        self.provider.connection(number).unwrap_or_else(|| panic!("there is no connection {number}"))
    }

    /// The session that was asked for on a connection.
    pub(crate) fn session(&self, number: usize) -> Value {
        self.connection(number).from_client("session.start").next().unwrap().event["session"].clone()
    }
}

impl VoiceStage for Stage {
    const NAME: &'static str = "openai-live";
    const QUIET_MS: u64 = 140;

    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        Self::of(Manners::new(KEY), script, more).await
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
        self.connection(number).remembers.join("\n")
    }

    fn returned(&self, number: usize) -> usize {
        self.connection(number).from_client("response.item.create").count()
    }

    async fn closed(self) {
        assert!(!self.server.log().contains(KEY), "the log shows the key");
        self.server.close().await;
        self.provider.finish();
    }
}
