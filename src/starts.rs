//! Which leg and which assistant a call of this house gets.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use cordboard_actors::assistant::openai::{AudioChoice, DialectChoice, OpenAiSettings, TargetError};
use cordboard_actors::assistant::sounds::{Prompt, SoundError, SoundSet};
use cordboard_actors::assistant::{Builtin, OpenAi, Provider, RealtimeAiActor};
use cordboard_actors::asterisk::{self, AudioSocketActor, LegSettings};
use cordboard_actors::call::neighbours::{NewAssistant, NewUnicast, Starts};
use cordboard_actors::live_count::Alive;
use cordboard_actors::media::{Music, Port};
use cordboard_actors::messages::{
    AssistantOrder, AudioConnection, CallLine, ControlConnection, ControlLine, LegLine, SwitchLine,
};
use cordboard_actors::meters::Meters;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::ids::LegId;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::switch::ControlId;
use uuid::Uuid;

use crate::config::{self, AppendMs, AudioFormatName, Config, DialectName, ProviderName};

/// Starts AudioSocket legs, and the assistants that the configuration names; in the place of one that failed, the
/// built-in one.
pub struct HouseStarts {
    openai: Option<OpenAi>,
    prompts: Arc<SoundSet<Prompt>>,
    alive: Alive,
    meters: Meters,
}

/// Why no call of this house could be served.
#[derive(Debug, thiserror::Error)]
pub enum StartsError {
    /// A shipped sound can't be read: a mistake of the build.
    #[error(transparent)]
    Sounds(#[from] SoundError),
    /// The configuration names no provider that could be connected to.
    #[error(transparent)]
    Provider(#[from] TargetError),
}

impl HouseStarts {
    /// Reads the shipped sounds, makes them ready for the telephone's rate, and prepares the provider. Blocks for some
    /// 25 ms.
    ///
    /// # Errors
    /// [`StartsError`].
    pub fn load(config: &Config, alive: Alive, meters: Meters) -> Result<Self, StartsError> {
        let prompts = SoundSet::embedded()?;
        prompts.prepare(SampleRate::HZ_8000);
        let prompts = Arc::new(prompts);
        let openai = match config.assistant.provider {
            ProviderName::Builtin => None,
            ProviderName::OpenAi => Some(OpenAi::new(openai_settings(&config.openai), Arc::clone(&prompts))?),
        };
        Ok(Self { openai, prompts, alive, meters })
    }
}

/// The section `[openai]` as the provider takes it.
pub fn openai_settings(section: &config::OpenAi) -> OpenAiSettings {
    let pairs = |pairs: &Option<config::Pairs>| pairs.as_ref().map(config::Pairs::to_vec).unwrap_or_default();
    OpenAiSettings {
        api_key: section.api_key.as_ref().map(|key| key.expose().to_owned()),
        base_url: section.base_url.as_str().to_owned(),
        model: section.realtime_model.clone(),
        headers: pairs(&section.headers),
        query: pairs(&section.query),
        dialect: match section.dialect {
            DialectName::Ga => DialectChoice::Ga,
            DialectName::Beta => DialectChoice::Beta,
            DialectName::Auto => DialectChoice::Auto,
        },
        transcription_model: section.transcription_model.clone(),
        audio: match section.audio_format {
            AudioFormatName::Auto => AudioChoice::Auto,
            AudioFormatName::Pcmu => AudioChoice::Pcmu,
            AudioFormatName::Pcma => AudioChoice::Pcma,
            AudioFormatName::Pcm => AudioChoice::Pcm,
        },
        stall_timeout: Duration::from_millis(section.stall_timeout_ms.get().into()),
        append_ms: match section.append_ms {
            AppendMs::Ms20 => 20,
            AppendMs::Ms40 => 40,
            AppendMs::Ms60 => 60,
        },
    }
}

impl Starts for HouseStarts {
    fn leg(&self, leg: LegId, connection: AudioConnection, call: CallLine) -> LegLine {
        let (live, meters) = (self.alive.legs.clone(), self.meters.clone());
        AudioSocketActor::start(LegSettings { leg, connection, call, live, meters })
    }

    fn refuse(&self, connection: AudioConnection) {
        asterisk::refuse(connection);
    }

    fn control(&self, _control: ControlId, _connection: ControlConnection, _call: CallLine) -> ControlLine {
        ControlLine::open().0
    }

    fn refuse_control(&self, connection: ControlConnection, _next: NextStep) {
        drop(connection);
    }

    fn stream(&self, channel: Uuid) -> (String, SampleRate) {
        (format!("ws://127.0.0.1:8085/{channel}"), SampleRate::HZ_8000)
    }

    fn unicast(&self, _unicast: NewUnicast) -> io::Result<(LegLine, SocketAddr)> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn switch(&self, _server: Option<&str>) -> Option<SwitchLine> {
        None
    }

    fn music(&self, port: Port) -> Music {
        Music::start(port)
    }

    fn assistant(&self, assistant: NewAssistant) -> Recipient<AssistantOrder> {
        let provider: Box<dyn Provider> = match (&self.openai, assistant.role) {
            (Some(openai), AssistantRole::Configured) => Box::new(openai.clone()),
            _ => Box::new(Builtin::new(Arc::clone(&self.prompts))),
        };
        RealtimeAiActor::start(assistant, provider, &self.alive.assistants)
    }
}
