//! The configuration's own accounts at providers of voices: those that calls are served by as a rule, and those that chains name.

use std::collections::BTreeMap;
use std::sync::Arc;

use cordboard_actors::assistant::cascade::CascadeParts;
use cordboard_actors::assistant::deepgram::DeepgramAgents;
use cordboard_actors::assistant::elevenlabs::ElevenLabsAgents;
use cordboard_actors::assistant::gemini::GeminiAgents;
use cordboard_actors::assistant::openai::TargetError;
use cordboard_actors::assistant::openai_live::OpenAiLiveSessions;
use cordboard_actors::assistant::sounds::{Prompt, SoundSet};
use cordboard_actors::assistant::{Account, AgentAccount, Host, OpenAi};
use cordboard_actors::circuits::Account as Circuit;
use cordboard_actors::ledger::Ledger;
use cordboard_actors::way::Way;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::time::UnixMs;
use cordboard_schema::voice_chain::{DataRegion, VoiceName};

use crate::config::{BaseUrl, Config, ProviderName, RegionName};
use crate::outside_accounts::{OutsideAccounts, Voice};
use crate::starts::{
    cascade_settings, deepgram_settings, elevenlabs_settings, gemini_settings, openai_live_settings,
    openai_settings,
};

/// The accounts of the house, by their provider.
#[derive(Debug, Default)]
pub(crate) struct HouseVoices {
    /// The one that serves as a rule; none where the built-in assistant does.
    usual: Option<VoiceName>,
    accounts: BTreeMap<VoiceName, Arc<dyn Account>>,
    regions: BTreeMap<VoiceName, DataRegion>,
}

impl HouseVoices {
    /// Prepares the provider that the configuration names, and each other one that it has what it takes for. Blocks for some 10 ms.
    ///
    /// # Errors
    /// The one that is named could not be connected to. Another one is left out, and logged.
    pub(crate) fn load(
        config: &Config,
        prompts: &Arc<SoundSet<Prompt>>,
        ledger: &Ledger,
    ) -> Result<Self, TargetError> {
        let usual = usual(config);
        let mut accounts = BTreeMap::new();
        for voice in VoiceName::ALL.into_iter().filter(|voice| is_set_up(config, *voice)) {
            match account(config, voice, prompts, ledger) {
                Ok(account) => drop(accounts.insert(voice, account)),
                Err(error) if Some(voice) == usual => return Err(error),
                Err(error) => tracing::warn!(%voice, %error, "no chain of voices can name it"),
            }
        }
        let known = |voice| Some((voice, region(config, voice)?));
        let regions = VoiceName::ALL.into_iter().filter_map(known).collect();
        Ok(Self { usual, accounts, regions })
    }

    /// The account that serves as a rule; none where the built-in assistant does.
    pub(crate) fn usual(&self) -> Option<Arc<dyn Account>> {
        self.of(self.usual?)
    }

    /// The account at this provider.
    pub(crate) fn of(&self, voice: VoiceName) -> Option<Arc<dyn Account>> {
        self.accounts.get(&voice).cloned()
    }

    /// Where the account at this provider keeps what it hears, where that is known.
    pub(crate) fn region(&self, voice: VoiceName) -> Option<DataRegion> {
        self.regions.get(&voice).copied()
    }

    /// Whether there is any.
    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

/// The organization's own account of a voice; none where the house's serves its calls.
///
/// # Errors
/// It has one that can't be used, and nobody else's is used in its place; in words.
pub(crate) fn own_account(
    accounts: &OutsideAccounts,
    organization_id: OrganizationId,
    voice: VoiceName,
) -> Result<Option<Arc<dyn Account>>, String> {
    match accounts.speaking(organization_id, voice) {
        Voice::Own(account) => Ok(Some(account)),
        Voice::Unusable => Err(format!("the organization's account at {voice} can't be used")),
        Voice::Configured => Ok(None),
    }
}

/// Whose account serves an organization's calls at a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceAccount {
    /// Its own one, which was set then.
    Own(UnixMs),
    /// The configuration's.
    House,
    /// Its own one, which can't be used.
    Unusable,
    /// Nobody's.
    None,
}

impl VoiceAccount {
    /// Whose the account of a voice is.
    pub(crate) fn of(
        (accounts, config): (Option<&OutsideAccounts>, &Config),
        organization_id: OrganizationId,
        voice: VoiceName,
    ) -> Self {
        let kind = voice.integration();
        let own = accounts.map(|accounts| {
            (accounts.speaking(organization_id, voice), accounts.revision(organization_id, kind))
        });
        match own {
            Some((Voice::Own(_), revision)) => Self::Own(revision),
            Some((Voice::Unusable, _)) => Self::Unusable,
            _ if is_set_up(config, voice) => Self::House,
            _ => Self::None,
        }
    }
}

/// The circuit of a voice's account, for an organization's calls.
pub(crate) fn circuit_of(organization_id: OrganizationId, voice: VoiceName, own: Option<UnixMs>) -> Circuit {
    Circuit { organization_id: own.map(|_| organization_id), voice, revision: own.unwrap_or(UnixMs(0)) }
}

/// That neither the organization nor the house has an account of a voice, in words.
pub(crate) fn no_account(voice: VoiceName) -> String {
    format!("there is no account at {voice}")
}

fn usual(config: &Config) -> Option<VoiceName> {
    match config.assistant.provider {
        ProviderName::Builtin => None,
        ProviderName::OpenAi => Some(VoiceName::OpenAi),
        ProviderName::OpenAiLive => Some(VoiceName::OpenAiLive),
        ProviderName::ElevenLabs => Some(VoiceName::ElevenLabs),
        ProviderName::Deepgram => Some(VoiceName::Deepgram),
        ProviderName::Gemini => Some(VoiceName::Gemini),
        ProviderName::Cascade => Some(VoiceName::Cascade),
    }
}

/// Whether the configuration has what it takes to be served by this provider: its key, or the address of a server of one's own.
pub(crate) fn is_set_up(config: &Config, voice: VoiceName) -> bool {
    let Config { openai, openai_live, deepgram, gemini, elevenlabs, cascade, .. } = config;
    let is_there = match voice {
        VoiceName::OpenAi => openai.api_key.is_some() || openai.base_url != BaseUrl::openai(),
        VoiceName::OpenAiLive => {
            config.openai_live_key().is_some() || openai_live.base_url != BaseUrl::openai()
        }
        VoiceName::Deepgram => deepgram.api_key.is_some() || deepgram.base_url != BaseUrl::deepgram(),
        VoiceName::Gemini => gemini.api_key.is_some() || gemini.base_url != BaseUrl::gemini(),
        VoiceName::ElevenLabs => elevenlabs.api_key.is_some() || elevenlabs.agent_id.is_some(),
        VoiceName::Cascade => {
            let parts = [
                (&cascade.recognizer_key, &cascade.recognizer_url, BaseUrl::deepgram_listen()),
                (&cascade.llm_key, &cascade.llm_base_url, BaseUrl::openai()),
                (&cascade.speech_key, &cascade.speech_base_url, BaseUrl::openai()),
            ];
            parts.into_iter().all(|(key, base_url, public)| key.is_some() || *base_url != public)
        }
    };
    is_there || usual(config) == Some(voice)
}

fn region(config: &Config, voice: VoiceName) -> Option<DataRegion> {
    let name = match voice {
        VoiceName::OpenAi => config.openai.data_region,
        VoiceName::OpenAiLive => config.openai_live.data_region,
        VoiceName::Deepgram => config.deepgram.data_region,
        VoiceName::Gemini => config.gemini.data_region,
        VoiceName::ElevenLabs => config.elevenlabs.data_region,
        VoiceName::Cascade => config.cascade.data_region,
    };
    match name {
        RegionName::Unknown => None,
        RegionName::Eu => Some(DataRegion::Eu),
        RegionName::Us => Some(DataRegion::Us),
    }
}

fn account(
    config: &Config,
    voice: VoiceName,
    prompts: &Arc<SoundSet<Prompt>>,
    ledger: &Ledger,
) -> Result<Arc<dyn Account>, TargetError> {
    Ok(match voice {
        VoiceName::OpenAi => {
            let openai = OpenAi::new(openai_settings(&config.openai), Arc::clone(prompts))?;
            Arc::new(openai.counted_in(ledger.provider_connections.clone()))
        }
        VoiceName::OpenAiLive => {
            Arc::new(agents::<OpenAiLiveSessions>(openai_live_settings(config), prompts, ledger)?)
        }
        VoiceName::ElevenLabs => {
            Arc::new(agents::<ElevenLabsAgents>(elevenlabs_settings(&config.elevenlabs), prompts, ledger)?)
        }
        VoiceName::Deepgram => {
            Arc::new(agents::<DeepgramAgents>(deepgram_settings(&config.deepgram), prompts, ledger)?)
        }
        VoiceName::Gemini => {
            Arc::new(agents::<GeminiAgents>(gemini_settings(&config.gemini), prompts, ledger)?)
        }
        VoiceName::Cascade => {
            Arc::new(agents::<CascadeParts>(cascade_settings(&config.cascade), prompts, ledger)?)
        }
    })
}

/// The configuration's account at a service that has agents.
fn agents<H: Host>(
    settings: H::Settings,
    prompts: &Arc<SoundSet<Prompt>>,
    ledger: &Ledger,
) -> Result<AgentAccount<H>, TargetError> {
    let way = Way::anywhere().map_err(TargetError::Tls)?;
    let account = AgentAccount::<H>::by_way(way, settings, Arc::clone(prompts))?;
    Ok(account.counted_in(ledger.provider_connections.clone()))
}
