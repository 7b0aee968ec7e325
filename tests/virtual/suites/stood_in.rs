//! A server whose assistant is a stand-in for a provider that has a connection for each call, whichever provider that is.

use std::time::{Duration, Instant};

use cordboard_test_support::openai::Script;
use cordboard_test_support::server::Token;
use cordboard_test_support::voice_stand_in::{Connection, VoiceStandIn};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

use super::voice::VoiceStage;
use crate::world::{Setting, World};

/// A provider, identified by what the connections of its stand-in share.
pub(crate) trait StoodIn: Sized {
    /// The provider's name.
    const NAME: &'static str;
    /// Texts that the server's log never contains: the key, and everything that replaces it.
    const SECRETS: &'static [&'static str];
    /// The kind of the events that answer function calls.
    const RETURNED: &'static str;
    /// Like [`VoiceStage::TELLS_ENDS`].
    const TELLS_ENDS: bool = true;
    /// Like [`VoiceStage::QUIET_MS`].
    const QUIET_MS: u64 = 0;

    /// A server whose provider behaves as usual, and follows the script.
    async fn opened(script: Script, more: &[Setting<'_>]) -> Stage<Self>;
}

/// A server and its provider.
pub(crate) struct Stage<S> {
    pub(crate) server: World,
    pub(crate) provider: VoiceStandIn<S>,
    _folder: TempDir,
}

impl<S: StoodIn> Stage<S> {
    /// A server that knows the provider by some settings, and has more.
    pub(crate) async fn beside(
        provider: VoiceStandIn<S>,
        known: &[Setting<'_>],
        more: &[Setting<'_>],
    ) -> Self {
        let mut settings = vec![
            ("assistant.provider", S::NAME),
            ("extensions.operator", "people,operator,1"),
            ("calls.fallback_extension", "operator"),
            ("calls.silence_prompt_s", "300"),
        ];
        settings.extend(known);
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

    /// A connection in its current state.
    pub(crate) fn connection(&self, number: usize) -> Connection {
        self.provider.connection(number).unwrap_or_else(|| panic!("there is no connection {number}"))
    }
}

impl<S: StoodIn> VoiceStage for Stage<S> {
    const NAME: &'static str = S::NAME;
    const TELLS_ENDS: bool = S::TELLS_ENDS;
    const QUIET_MS: u64 = S::QUIET_MS;

    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        S::opened(script, more).await
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
        self.connection(number).from_client(S::RETURNED).count()
    }

    async fn closed(self) {
        for &secret in S::SECRETS {
            assert!(!self.server.log().contains(secret), "the log shows {secret}");
        }
        self.server.close().await;
        self.provider.finish();
    }
}
