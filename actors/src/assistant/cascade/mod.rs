//! The provider `cascade`: speech recognition, a language model and speech synthesis, put together here. Each may be a service of
//! somebody's, or run on machines of one's own.
//!
//! ```text
//! Headset <--> Service <--> Session (what all agents have in common) <--> Engine <--WebSocket--> recognizer
//!                              Dialect                            Turns (pure)   <--HTTP-------> language model
//!                                                                                <--HTTP-------> speech
//! ```

mod asking;
mod chat_model;
mod dialect;
mod engine;
mod failures;
mod model;
mod recognizer;
mod services;
mod settings;
mod speech;
mod told;
mod turns;

use std::sync::Arc;
use std::time::Duration;

pub use chat_model::{ChatAnswer, ChatModel};
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::ListenQuery;
use dialect::{CascadeDialect, input_of};
use engine::{Engine, Manner};
use futures_util::FutureExt;
use futures_util::future::try_join3;
use recognizer::Recognizer;
use services::Services;
pub use settings::{CascadeSettings, RecognizerKind, ServiceSettings, SpeechFormat};
use turns::{Paid, TurnSettings, Turns};

use super::headset::Headset;
use super::provider::ProviderFault;
use super::remote::account::{AgentAccount, Agents, Host, NewAgent};
use super::remote::{Loss, TargetError};
use super::voices::Voices;
use crate::live_count::LiveCount;
use crate::way::Way;
use crate::world;

/// Silence in ms behind which the recognizer tells that an utterance is over.
const ENDPOINTING_MS: u32 = 300;
/// Time in ms without a word behind which it tells that in noise; the least that it takes.
const UTTERANCE_END_MS: u32 = 1_000;
/// Speeds of speech that the API takes, in percent.
const SPEEDS: std::ops::RangeInclusive<u16> = 25..=400;

/// An assistant that is put together of three services.
pub type Cascade = AgentAccount<CascadeParts>;

/// The part of the three services that calls need.
#[derive(Clone, Debug)]
pub struct CascadeParts {
    settings: Arc<CascadeSettings>,
    services: Arc<Services>,
}

impl Host for CascadeParts {
    const NAME: &'static str = "cascade";
    const APPEND_MS: u32 = 20;
    const NOT_IN_WRITING: &'static str = "a cascade can't be asked in writing";
    type Settings = CascadeSettings;

    fn new(settings: CascadeSettings, way: Way) -> Result<Self, TargetError> {
        let services = Arc::new(Services::new(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), services })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let services = Arc::unwrap_or_clone(self.services).counted_in(live);
        Self { services: Arc::new(services), ..self }
    }

    /// No service of OpenAI's form lists its voices.
    fn voices(&self) -> Option<&Voices> {
        None
    }
}

impl Agents for CascadeParts {
    type Dialect = CascadeDialect;

    fn stall_timeout(&self) -> Duration {
        self.settings.stall_timeout
    }

    fn agent(&self, headset: &Headset) -> Result<NewAgent<CascadeDialect>, ProviderFault> {
        let profile = headset.profile();
        let speed = profile.speech.speed_percent;
        let manner = Manner {
            settings: Arc::clone(&self.settings),
            input: input_of(headset.speaks_best_at()),
            voice: profile.speech.voice.clone().unwrap_or_else(|| self.settings.voice.clone()),
            speed_percent: (speed != 100).then(|| speed.clamp(*SPEEDS.start(), *SPEEDS.end())),
        };
        let query = Arc::new(query(&manner, &profile.language));
        let services = Arc::clone(&self.services);
        let dial = Box::new(move || {
            connect(manner.clone(), Arc::clone(&services), Arc::clone(&query)).boxed_local()
        });
        Ok((CascadeDialect::new(Arc::clone(&self.settings)), dial))
    }
}

fn query(manner: &Manner, language: &str) -> ListenQuery {
    ListenQuery {
        model: manner.settings.recognizer.model.clone(),
        language: language.split('-').next().filter(|tag| !tag.is_empty()).map(str::to_lowercase),
        format: manner.input,
        endpointing_ms: ENDPOINTING_MS,
        utterance_end_ms: UTTERANCE_END_MS,
    }
}

/// Looks whether all three are there, and connects to the recognizer.
async fn stand(
    services: &Services,
    query: &ListenQuery,
    time: Duration,
) -> Result<(reqwest::Client, Recognizer), Loss> {
    let client = services.client()?;
    let recognizer = services.listen(query, &client, time);
    let parts = try_join3(recognizer, services.llm.look(&client), services.speech.look(&client)).await;
    let (recognizer, (), ()) = parts?;
    Ok((client, recognizer))
}

async fn connect(manner: Manner, services: Arc<Services>, query: Arc<ListenQuery>) -> Result<Engine, Loss> {
    let parts = stand(&services, &query, manner.settings.stall_timeout).await?;
    let settings = TurnSettings {
        pause_ms: manner.settings.pause_ms,
        barge_in_ms: manner.settings.barge_in_ms,
        endpointing_ms: ENDPOINTING_MS.into(),
        utterance_end_ms: UTTERANCE_END_MS.into(),
    };
    let paid =
        Paid { model: manner.settings.llm.model.clone(), speech: manner.settings.speech.model.clone() };
    let session = format!("{:08x}", world::random::<u32>());
    let input = manner.input;
    let turns = move |now| Turns::new(settings, paid, input, session, now);
    Ok(Engine::new(manner, services, parts, turns))
}

/// Connects as a call would, and hangs up: whether all three can be reached and take their keys.
///
/// # Errors
/// What a call would meet.
pub async fn look(settings: &CascadeSettings) -> Result<(), ProviderFault> {
    let unreachable =
        |error: TargetError| ProviderFault::new(ProviderFailure::Unreachable, error.to_string());
    let way = Way::anywhere().map_err(|error| unreachable(TargetError::Tls(error)))?;
    let services = Services::new(settings, way).map_err(unreachable)?;
    let manner = Manner {
        settings: Arc::new(settings.clone()),
        input: input_of(cordboard_schema::audio::SampleRate::HZ_8000),
        voice: settings.voice.clone(),
        speed_percent: None,
    };
    let looked = stand(&services, &query(&manner, "en"), settings.stall_timeout).await;
    let (_, recognizer) = looked.map_err(|Loss { fault, .. }| fault)?;
    recognizer.close().await;
    Ok(())
}
