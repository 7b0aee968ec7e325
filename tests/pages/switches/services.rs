//! Services for callers who ask in words: a model, in the stand-in of OpenAI, and a real Redis for the callers' profiles.

use std::path::Path;

use cordboard_test_support::audio::{Sound, share_heard};
use cordboard_test_support::openai::{OpenAiStandIn, Script};
use cordboard_test_support::redis::Redis;
use serde_json::{Value, json};

use crate::setup::{cached, model};

/// The recording of the words, spoken by a synthesizer.
const WORDS: &str = "tests/pages/browser/desk/sounds/transfer_to_an_agent.wav";

pub(super) struct Services {
    model: OpenAiStandIn,
    redis: Redis,
}

impl Services {
    pub(super) fn start() -> Self {
        Self { model: OpenAiStandIn::start(Script::new()).unwrap(), redis: Redis::start().unwrap() }
    }

    /// The server's settings for these services. Assistants are built in, except for a profile that names OpenAI.
    pub(super) fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("OPENAI_API_KEY", "sk-of-the-tests-0123456789".to_owned()),
            ("OPENAI_BASE_URL", self.model.base_url()),
            ("REDIS_URL", self.redis.url()),
        ]
    }

    /// Answers a script's request; returns `None` if it is about something else.
    pub(super) fn answer(&self, question: &Value) -> Option<Value> {
        match question["ask"].as_str() {
            Some("model") => {
                self.model.rewrite(model(question));
                Some(Value::Null)
            }
            Some("cached") => Some(cached(&self.redis, question["extension"].as_str().unwrap_or_default())),
            // The share of the recording that has reached the model, 0 to 1.
            Some("words_heard") => {
                let words = Sound::read_wav(&Path::new(env!("CARGO_MANIFEST_DIR")).join(WORDS)).unwrap();
                let heard = self.model.connections().into_iter().next_back().and_then(|connection| {
                    let heard = connection.heard;
                    share_heard(&heard, &words.resampled(heard.rate))
                });
                Some(json!(heard.map_or(0.0, |share| share.heard)))
            }
            _ => None,
        }
    }

    /// Forbidden requests to the model's API.
    pub(super) fn rules_broken(&self) -> Vec<String> {
        self.model.violations().iter().map(|violation| format!("{violation:?}")).collect()
    }
}
