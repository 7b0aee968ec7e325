//! A server whose assistant is a cascade of the stand-in's three services.

use std::time::{Duration, Instant};

use cordboard_test_support::cascade::{CascadeStandIn, Manners};
use cordboard_test_support::openai::Script;
use cordboard_test_support::server::Token;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::suites::voice::VoiceStage;
use crate::world::{Setting, World};

/// The keys that only the services may get from the server.
pub(crate) const KEYS: [&str; 3] =
    ["stt-of-the-tests-0123456789", "llm-of-the-tests-0123456789", "tts-of-the-tests-0123456789"];

/// Longer than a recognizer reconnects by itself.
const STAYS_LOST: Duration = Duration::from_millis(1_760);

/// The voice of calls whose profile names none, where the speech is ElevenLabs'.
pub(crate) const VOICE: &str = "21m00Tcm4TlvDq8ikWAM";

/// A server and its services.
pub(crate) struct Stage {
    pub(crate) server: World,
    pub(crate) provider: CascadeStandIn,
    _folder: TempDir,
}

impl Stage {
    /// A server whose services behave like this, and follow the script.
    pub(crate) async fn of(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = CascadeStandIn::start_here(manners, script).unwrap();
        Self::beside(provider, more).await
    }

    /// A server whose speech is ElevenLabs' streaming one.
    pub(crate) async fn of_streamed(manners: Manners, script: Script, more: &[Setting<'_>]) -> Self {
        let provider = CascadeStandIn::start_here(manners, script).unwrap();
        let speech = provider.recognizer_url();
        let mut settings = vec![
            ("cascade.speech", "elevenlabs"),
            ("cascade.speech_base_url", &*speech),
            ("cascade.speech_voice", VOICE),
        ];
        settings.extend(more);
        Self::beside(provider, &settings).await
    }

    async fn beside(provider: CascadeStandIn, more: &[Setting<'_>]) -> Self {
        let (recognizer_url, base_url) = (provider.recognizer_url(), provider.base_url());
        let mut settings = vec![
            ("assistant.provider", "cascade"),
            ("cascade.recognizer_url", &*recognizer_url),
            ("cascade.recognizer_key", KEYS[0]),
            ("cascade.llm_base_url", &*base_url),
            ("cascade.llm_key", KEYS[1]),
            ("cascade.speech_base_url", &*base_url),
            ("cascade.speech_key", KEYS[2]),
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

    /// How many requests the model got, and how many of them were cancelled.
    pub(crate) fn thoughts(&self) -> (usize, usize) {
        let asked = self.provider.asked();
        let thoughts: Vec<_> = asked.iter().filter(|asked| asked.path.ends_with("/completions")).collect();
        (thoughts.len(), thoughts.iter().filter(|asked| asked.is_cancelled).count())
    }

    /// Texts to be spoken, in order.
    pub(crate) fn spoken(&self) -> Vec<String> {
        let asked = self.provider.asked();
        let is_speech = |path: &str| path.ends_with("/speech") || path.ends_with("/stream-input");
        let spoken = asked.iter().filter(|asked| is_speech(&asked.path));
        spoken.map(|asked| asked.body["input"].as_str().unwrap().to_owned()).collect()
    }
}

impl VoiceStage for Stage {
    const NAME: &'static str = "cascade";

    /// Faults of its recognizer last longer than its own reconnecting.
    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        Self::of(Manners { stays_lost: STAYS_LOST, ..Manners::new(KEYS) }, script, more).await
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
        self.provider.connection(number).unwrap().returned.len()
    }

    async fn closed(self) {
        for key in KEYS {
            assert!(!self.server.log().contains(key), "the log shows a key");
        }
        self.server.close().await;
        self.provider.finish();
    }
}

/// A server and its services, with ElevenLabs' streaming speech.
pub(crate) struct StreamedStage(pub(crate) Stage);

impl VoiceStage for StreamedStage {
    const NAME: &'static str = "cascade";

    async fn opened(script: Script, more: &[Setting<'_>]) -> Self {
        Self(Stage::of_streamed(Manners::new(KEYS), script, more).await)
    }

    fn world(&self) -> &World {
        self.0.world()
    }

    fn leaves(&self) {
        self.0.leaves();
    }

    fn returns_after(&self, away: Duration) {
        self.0.returns_after(away);
    }

    fn connections(&self) -> usize {
        self.0.connections()
    }

    async fn gone(&self, number: usize) -> Instant {
        self.0.gone(number).await
    }

    fn remembers(&self, number: usize) -> String {
        self.0.remembers(number)
    }

    fn returned(&self, number: usize) -> usize {
        self.0.returned(number)
    }

    async fn closed(self) {
        self.0.closed().await;
    }
}
