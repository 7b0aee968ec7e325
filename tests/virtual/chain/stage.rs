//! A server whose profile has a chain of voices, and a stand-in for each of them.

use std::time::{Duration, Instant};

use cordboard_test_support::cascade::{self, CascadeStandIn};
use cordboard_test_support::deepgram::{self, DeepgramStandIn};
use cordboard_test_support::elevenlabs::{Agent, ElevenLabsStandIn};
use cordboard_test_support::gemini::{self, GeminiStandIn};
use cordboard_test_support::openai::{OpenAiStandIn, Script};
use cordboard_test_support::openai_live::{self, OpenAiLiveStandIn};
use cordboard_test_support::server::Token;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::openai::ears::longest_silence;
use crate::openai::stage::{DEAD_AIR_MAX, RATE, Talk, ms};
use crate::openai_live::stage::calendar;
use crate::suites::provider::provider_of;
use crate::world::{Setting, World};

/// The key that only the providers may get from the server.
const KEY: &str = "key-of-the-tests-0123456789";
/// ElevenLabs' agent.
const AGENT: &str = "agent_of_the_chain";

/// A provider of a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    OpenAi,
    Deepgram,
    Gemini,
    OpenAiLive,
    /// Three services, all in one stand-in.
    Cascade,
    /// Its agent speaks first in each conversation, with the script's first greeting.
    ElevenLabs,
}

/// A provider.
pub(crate) enum StandIn {
    OpenAi(OpenAiStandIn),
    Deepgram(DeepgramStandIn),
    Gemini(GeminiStandIn),
    OpenAiLive(OpenAiLiveStandIn),
    Cascade(CascadeStandIn),
    ElevenLabs(ElevenLabsStandIn),
}

impl Who {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Deepgram => "deepgram",
            Self::Gemini => "gemini",
            Self::OpenAiLive => "openai-live",
            Self::Cascade => "cascade",
            Self::ElevenLabs => "elevenlabs",
        }
    }

    fn stands_in(self, script: Script) -> StandIn {
        match self {
            Self::OpenAi => StandIn::OpenAi(provider_of(script)),
            Self::Deepgram => {
                StandIn::Deepgram(DeepgramStandIn::start_here(deepgram::Manners::new(KEY), script).unwrap())
            }
            Self::Gemini => {
                StandIn::Gemini(GeminiStandIn::start_here(gemini::Manners::new(KEY), script).unwrap())
            }
            Self::OpenAiLive => {
                let manners = openai_live::Manners::new(KEY);
                StandIn::OpenAiLive(OpenAiLiveStandIn::start_here(manners, script, calendar).unwrap())
            }
            Self::Cascade => {
                let manners = cascade::Manners::new([KEY; 3]);
                StandIn::Cascade(CascadeStandIn::start_here(manners, script).unwrap())
            }
            Self::ElevenLabs => {
                let agent = Agent::new(AGENT, Some(KEY));
                StandIn::ElevenLabs(ElevenLabsStandIn::start_here(agent, script).unwrap())
            }
        }
    }

    fn settings(self) -> (&'static str, &'static str) {
        match self {
            Self::OpenAi => ("OPENAI_BASE_URL", "OPENAI_API_KEY"),
            Self::Deepgram => ("DEEPGRAM_BASE_URL", "DEEPGRAM_API_KEY"),
            Self::Gemini => ("GEMINI_BASE_URL", "GEMINI_API_KEY"),
            Self::OpenAiLive => ("openai_live.base_url", "openai_live.api_key"),
            Self::Cascade => ("cascade.llm_base_url", "cascade.llm_key"),
            Self::ElevenLabs => ("ELEVENLABS_BASE_URL", "ELEVENLABS_API_KEY"),
        }
    }
}

impl StandIn {
    fn base_url(&self) -> String {
        match self {
            Self::OpenAi(provider) => provider.base_url(),
            Self::Deepgram(provider) => provider.base_url(),
            Self::Gemini(provider) => provider.base_url(),
            Self::OpenAiLive(provider) => provider.base_url(),
            Self::Cascade(provider) => provider.base_url(),
            Self::ElevenLabs(provider) => provider.base_url(),
        }
    }

    /// Becomes unreachable from now on.
    pub(crate) fn leave(&self) {
        match self {
            Self::OpenAi(provider) => provider.leave(),
            Self::Deepgram(provider) => provider.leave(),
            Self::Gemini(provider) => provider.leave(),
            Self::OpenAiLive(provider) => provider.leave(),
            Self::Cascade(provider) => provider.leave(),
            Self::ElevenLabs(provider) => provider.leave(),
        }
    }

    /// Is reachable again after this time.
    pub(crate) fn come_back_after(&self, away: Duration) {
        match self {
            Self::OpenAi(provider) => provider.come_back_after(away),
            Self::Deepgram(provider) => provider.come_back_after(away),
            Self::Gemini(provider) => provider.come_back_after(away),
            Self::OpenAiLive(provider) => provider.come_back_after(away),
            Self::Cascade(provider) => provider.come_back_after(away),
            Self::ElevenLabs(provider) => provider.come_back_after(away),
        }
    }

    /// How many connections were opened so far.
    pub(crate) fn connections(&self) -> usize {
        match self {
            Self::OpenAi(provider) => provider.connection_count(),
            Self::Deepgram(provider) => provider.connection_count(),
            Self::Gemini(provider) => provider.connection_count(),
            Self::OpenAiLive(provider) => provider.connection_count(),
            Self::Cascade(provider) => provider.connection_count(),
            Self::ElevenLabs(provider) => provider.connection_count(),
        }
    }

    /// The model's memory on a connection, a line each.
    pub(crate) fn remembers(&self, number: usize) -> String {
        let lines = match self {
            Self::OpenAi(provider) => provider.connection(number).unwrap().conversation.lines(),
            Self::Deepgram(provider) => provider.connection(number).unwrap().remembers,
            Self::Gemini(provider) => provider.connection(number).unwrap().remembers,
            Self::OpenAiLive(provider) => provider.connection(number).unwrap().remembers,
            Self::Cascade(provider) => provider.connection(number).unwrap().remembers,
            Self::ElevenLabs(provider) => provider.connection(number).unwrap().remembers,
        };
        lines.join("\n")
    }

    /// When a connection ended, once it has.
    pub(crate) async fn gone(&self, number: usize) -> Instant {
        loop {
            let ended = match self {
                Self::OpenAi(provider) => provider.look_at(number, |of| of.ended.as_ref().map(|of| of.0)),
                Self::Deepgram(provider) => provider.look_at(number, |of| of.ended.as_ref().map(|of| of.0)),
                Self::Gemini(provider) => provider.look_at(number, |of| of.ended.as_ref().map(|of| of.0)),
                Self::OpenAiLive(provider) => provider.look_at(number, |of| of.ended.as_ref().map(|of| of.0)),
                Self::Cascade(provider) => provider.connection(number).map(|of| of.ended.map(|of| of.0)),
                Self::ElevenLabs(provider) => provider.look_at(number, |of| of.ended.as_ref().map(|of| of.0)),
            };
            if let Some(at) = ended.flatten() {
                return at;
            }
            sleep(ms(50)).await;
        }
    }

    fn finish(self) {
        match self {
            Self::OpenAi(provider) => provider.finish(),
            Self::Deepgram(provider) => provider.finish(),
            Self::Gemini(provider) => provider.finish(),
            Self::OpenAiLive(provider) => provider.finish(),
            Self::Cascade(provider) => provider.finish(),
            Self::ElevenLabs(provider) => provider.finish(),
        }
    }
}

/// A server and its providers, in the order of the chain.
pub(crate) struct Stage {
    pub(crate) server: World,
    pub(crate) voices: Vec<StandIn>,
    _folder: TempDir,
}

impl Stage {
    /// A server whose profile has these voices, which follow their scripts. The configuration names no provider: what a chain names is enough.
    pub(crate) async fn of(chain: Vec<(Who, Script)>, more: &[Setting<'_>]) -> Self {
        let names: Vec<Value> = chain.iter().map(|(who, _)| json!({ "provider": who.name() })).collect();
        let voices: Vec<(Who, StandIn)> =
            chain.into_iter().map(|(who, script)| (who, who.stands_in(script))).collect();
        let urls: Vec<(Who, String)> = voices.iter().map(|(who, voice)| (*who, voice.base_url())).collect();
        let mut settings = vec![
            ("assistant.provider", "builtin"),
            ("extensions.operator", "people,operator,1"),
            ("calls.fallback_extension", "operator"),
            ("calls.silence_prompt_s", "300"),
        ];
        for (who, url) in &urls {
            let (base, key) = who.settings();
            settings.extend([(base, url.as_str()), (key, KEY)]);
            match who {
                Who::ElevenLabs => settings.push(("ELEVENLABS_AGENT_ID", AGENT)),
                Who::Cascade => settings.extend([
                    ("cascade.recognizer_url", url.trim_end_matches("/v1")),
                    ("cascade.recognizer_key", KEY),
                    ("cascade.speech_base_url", url.as_str()),
                    ("cascade.speech_key", KEY),
                ]),
                _ => {}
            }
        }
        settings.extend(more);
        let folder = tempfile::tempdir().unwrap();
        let server = World::open(folder.path(), &settings).await;
        let stage =
            Self { server, voices: voices.into_iter().map(|(_, voice)| voice).collect(), _folder: folder };
        stage.with_profile(|profile| profile["voices"] = json!(names)).await;
        // New calls know a change of the profile within 2 s.
        sleep(ms(2_500)).await;
        stage
    }

    /// Changes the profile that calls are answered with.
    pub(crate) async fn with_profile(&self, change: impl FnOnce(&mut Value)) {
        let answer = self.tries_profile(change).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The same, and returns the answer.
    pub(crate) async fn tries_profile(&self, change: impl FnOnce(&mut Value)) -> crate::api::Answer {
        let mut profile = self.server.json("/api/v1/agent-profiles").await["items"][0].clone();
        let path = format!("/api/v1/agent-profiles/{}", profile["id"].as_str().unwrap());
        profile.as_object_mut().unwrap().remove("id");
        change(&mut profile);
        self.server.put(&path, &profile, Token::Admin).await
    }

    pub(crate) async fn caller(&self) -> Talk<'_> {
        Talk::at(&self.server, RATE).await
    }

    /// Ends a test: no rule of a provider was broken, and no other party got the keys.
    pub(crate) async fn closed(self) {
        assert!(!self.server.log().contains(KEY), "the log shows the key");
        self.server.balanced().await;
        self.server.close().await;
        for voice in self.voices {
            voice.finish();
        }
    }
}

/// The providers that spoke on a call, in order.
pub(crate) async fn speakers(talk: &Talk<'_>) -> Vec<String> {
    let ready = talk.events_of("assistant_ready").await;
    ready.iter().map(|event| event["provider"].as_str().unwrap().to_owned()).collect()
}

/// Asserts and prints the longest silence that a caller heard after a moment, up to the newest sound.
pub(crate) fn bridged(what: &str, talk: &Talk<'_>, lost_at: Instant, until: Duration) -> Duration {
    let silence = longest_silence(&talk.heard(), talk.place_of(lost_at), until);
    println!("{what}: the caller heard nothing for {} ms", silence.as_millis());
    assert!(silence <= DEAD_AIR_MAX, "{what}: {silence:?} of silence");
    silence
}
