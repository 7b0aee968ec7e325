//! Which leg and which assistant a call of this house gets.

use std::sync::Arc;

use actix::Recipient;
use cordboard_actors::assistant::sounds::{Prompt, SoundError, SoundSet};
use cordboard_actors::assistant::{Builtin, RealtimeAiActor};
use cordboard_actors::asterisk::{self, AudioSocketActor, LegSettings};
use cordboard_actors::call::neighbours::{NewAssistant, Starts};
use cordboard_actors::live_count::Alive;
use cordboard_actors::messages::{AssistantOrder, AudioConnection, CallLine, LegLine};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::ids::LegId;

use crate::config::ProviderName;

/// Starts AudioSocket legs and built-in assistants.
pub struct HouseStarts {
    provider: ProviderName,
    prompts: Arc<SoundSet<Prompt>>,
    alive: Alive,
}

impl HouseStarts {
    /// Reads the shipped sounds, and makes them ready for the telephone's rate. Blocks for some 15 ms.
    ///
    /// # Errors
    /// A sound that can't be read: a mistake of the build.
    pub fn load(provider: ProviderName, alive: Alive) -> Result<Self, SoundError> {
        let prompts = SoundSet::embedded()?;
        prompts.prepare(SampleRate::HZ_8000);
        Ok(Self { provider, prompts: Arc::new(prompts), alive })
    }
}

impl Starts for HouseStarts {
    fn leg(&self, leg: LegId, connection: AudioConnection, call: CallLine) -> LegLine {
        AudioSocketActor::start(LegSettings { leg, connection, call, live: self.alive.legs.clone() })
    }

    fn refuse(&self, connection: AudioConnection) {
        asterisk::refuse(connection);
    }

    fn assistant(&self, assistant: NewAssistant) -> Recipient<AssistantOrder> {
        let provider = match self.provider {
            ProviderName::Builtin => Builtin::new(Arc::clone(&self.prompts)),
        };
        RealtimeAiActor::start(assistant, Box::new(provider), &self.alive.assistants)
    }
}
