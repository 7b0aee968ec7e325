//! The provider `cascade`: composes speech recognition, a language model and speech synthesis. Each may be a cloud service or run
//! on one's own servers.
//!
//! ```text
//! Headset <--> Service <--> Session (the common part of all agents)   <--> Engine <--WebSocket--> recognizer
//!                              Dialect                            Turns (pure)   <--HTTP-------> language model
//!                                                                                <--HTTP, or a WebSocket for each answer--> speech
//! ```

mod asking;
mod chat_model;
mod dialect;
mod engine;
mod failures;
mod kind;
mod listening;
mod model;
mod part_input;
mod recognizer;
mod services;
mod settings;
mod speech;
mod turns;
mod voice_sockets;
mod written;

use std::sync::Arc;
use std::time::Duration;

pub use chat_model::{ChatAnswer, ChatModel};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::wire::deepgram::ListenQuery;
use cordboard_schema::wire::elevenlabs::stream_input::sound_of;
use dialect::{CascadeDialect, input_of};
use engine::{Engine, Manner, Parts, Speech};
use futures_util::FutureExt;
use futures_util::future::{join3, try_join3};
pub use kind::{KIND, RecognizerName, Section, SpeechFormatName, SpeechName, UnusablePlace, own_cascade};
use part_input::chat_tools;
use services::{Services, SpeechPlace};
pub use settings::{CascadeSettings, RecognizerKind, ServiceSettings, SpeechFormat, SpeechKind};
use turns::{Paid, TurnSettings, Turns};
use voice_sockets::{VoiceManner, VoiceSockets};
use written::WrittenConversation;

use super::headset::Headset;
use super::provider::ProviderFault;
use super::rehearsal::Written;
use super::remote::account::{AgentAccount, Agents, Host, NewAgent};
use super::remote::{Loss, TargetError};
use super::voices::Voices;
use crate::live_count::LiveCount;
use crate::outside_access::OutsideAccess;
use crate::tools::ToolDefinition;
use crate::world;

/// Silence in ms after which the recognizer reports the end of an utterance.
const ENDPOINTING_MS: u32 = 300;
/// Time in ms without a word after which the recognizer reports an utterance's end in noise; the minimum that it accepts.
const UTTERANCE_END_MS: u32 = 1_000;
/// Speeds of speech that the API accepts, in percent.
const SPEEDS: std::ops::RangeInclusive<u16> = 25..=400;

/// An assistant composed of three services.
pub type Cascade = AgentAccount<CascadeParts>;

/// The resources of the three services that calls need.
#[derive(Clone, Debug)]
pub struct CascadeParts {
    settings: Arc<CascadeSettings>,
    services: Arc<Services>,
}

impl Host for CascadeParts {
    const NAME: &'static str = "cascade";
    const APPEND_MS: u32 = 20;
    type Settings = CascadeSettings;

    fn new(settings: CascadeSettings, way: OutsideAccess) -> Result<Self, TargetError> {
        let services = Arc::new(Services::new(&settings, way)?);
        Ok(Self { settings: Arc::new(settings), services })
    }

    fn counted_in(self, live: LiveCount) -> Self {
        let services = Arc::unwrap_or_clone(self.services).counted_in(live);
        Self { services: Arc::new(services), ..self }
    }

    /// No service with OpenAI's API lists its voices.
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
            output: sound_of(headset.speaks_best_at()),
            voice: profile.speech.voice.clone().unwrap_or_else(|| self.settings.voice.clone()),
            speed_percent: (speed != 100).then(|| speed.clamp(*SPEEDS.start(), *SPEEDS.end())),
            pause_ms: profile.style.turn_silence_ms().map_or(self.settings.pause_ms, u64::from),
            limit: self.services.llm.limit(&profile.speech),
        };
        let query = Arc::new(query(&manner, &profile.language));
        let services = Arc::clone(&self.services);
        let dial = Box::new(move || {
            connect(manner.clone(), Arc::clone(&services), Arc::clone(&query)).boxed_local()
        });
        Ok((CascadeDialect::new(Arc::clone(&self.settings)), dial))
    }

    /// Uses the language model alone: recognition and speech aren't needed.
    fn in_writing(
        &self,
        profile: &Arc<AgentProfile>,
        tools: &[ToolDefinition],
    ) -> Result<Box<dyn Written>, ProviderFault> {
        let client = self.services.client().map_err(|Loss { fault, .. }| fault)?;
        let model = (client, self.services.llm.clone(), self.settings.llm.model.clone());
        Ok(Box::new(WrittenConversation::new(model, Arc::clone(profile), chat_tools(tools))))
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

fn voice_manner(manner: &Manner) -> VoiceManner {
    VoiceManner { voice: manner.voice.clone(), sound: manner.output, speed_percent: manner.speed_percent }
}

/// Checks whether the speech service is reachable, and connects to it if it streams.
async fn speech(services: &Services, manner: &Manner, client: &reqwest::Client) -> Result<Speech, Loss> {
    match &services.speech {
        SpeechPlace::Requests(service) => {
            service.check(client).await?;
            Ok(Speech::Requests { service: service.clone(), running: None })
        }
        SpeechPlace::Stream(place) => {
            let voice = voice_manner(manner);
            let first = Arc::clone(place).dial(voice.clone()).await?;
            let sockets = VoiceSockets::new((Arc::clone(place), voice), first, manner.settings.stall_timeout);
            Ok(Speech::Stream(Box::new(sockets)))
        }
    }
}

/// Checks whether all three services are reachable, and connects to those that stream.
async fn stand(services: &Services, query: &ListenQuery, manner: &Manner) -> Result<Parts, Loss> {
    let client = services.client()?;
    let recognizer = services.listen(query, &client, manner.settings.stall_timeout);
    let parts = try_join3(recognizer, services.llm.check(&client), speech(services, manner, &client)).await;
    let (recognizer, (), speech) = parts?;
    Ok(Parts { client, recognizer, speech })
}

async fn connect(manner: Manner, services: Arc<Services>, query: Arc<ListenQuery>) -> Result<Engine, Loss> {
    let parts = stand(&services, &query, &manner).await?;
    let settings = TurnSettings {
        pause_ms: manner.pause_ms,
        barge_in_ms: manner.settings.barge_in_ms,
        endpointing_ms: ENDPOINTING_MS.into(),
        utterance_end_ms: UTTERANCE_END_MS.into(),
        pieces: parts.speech.pieces(),
        hears_at_once: parts.recognizer.answers_sound(),
    };
    let paid = Paid {
        recognizer: manner.settings.recognizer.model.clone(),
        model: manner.settings.llm.model.clone(),
        speech: manner.settings.speech.model.clone(),
    };
    let session = format!("{:08x}", world::random::<u32>());
    let input = manner.input;
    let turns = move |now| Turns::new(settings, paid, input, session, now);
    Ok(Engine::new(manner, services, parts, turns))
}

/// Connects as a call would, and closes the connections: checks whether all three services are reachable and accept their keys.
///
/// # Errors
/// The fault that a call would meet.
pub async fn check(settings: &CascadeSettings) -> Result<(), ProviderFault> {
    let way = OutsideAccess::anywhere().map_err(TargetError::Tls);
    let checked = match way {
        Ok(way) => check_each(settings, way).await,
        Err(error) => Err(error),
    };
    let parts =
        checked.map_err(|error| ProviderFault::new(ProviderFailure::Unreachable, error.to_string()))?;
    parts.into_iter().collect()
}

/// Works as [`check`], over this way, and returns the result of each part, in the order of recognition, language model and speech.
///
/// # Errors
/// An address or a key is unusable.
pub async fn check_each(
    settings: &CascadeSettings,
    way: OutsideAccess,
) -> Result<[Result<(), ProviderFault>; 3], TargetError> {
    let services = Services::new(settings, way)?;
    let manner = Manner {
        settings: Arc::new(settings.clone()),
        input: input_of(cordboard_schema::audio::SampleRate::HZ_8000),
        output: sound_of(cordboard_schema::audio::SampleRate::HZ_8000),
        voice: settings.voice.clone(),
        speed_percent: None,
        pause_ms: settings.pause_ms,
        limit: None,
    };
    let fault = |Loss { fault, .. }: Loss| fault;
    let client = match services.client() {
        Ok(client) => client,
        Err(loss) => return Ok([(); 3].map(|()| Err(loss.fault.clone()))),
    };
    let query = query(&manner, "en");
    let recognition = async {
        let recognizer = services.listen(&query, &client, settings.stall_timeout).await?;
        recognizer.close().await;
        Ok(())
    };
    let speaking = async {
        match &services.speech {
            SpeechPlace::Requests(service) => service.check(&client).await,
            SpeechPlace::Stream(place) => Arc::clone(place).check(voice_manner(&manner)).await,
        }
    };
    let (recognition, llm, speaking) = join3(recognition, services.llm.check(&client), speaking).await;
    Ok([recognition.map_err(fault), llm.map_err(fault), speaking.map_err(fault)])
}
