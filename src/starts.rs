//! Chooses the assistant and switch of a call.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use actix::{Addr, Recipient};
use cordboard_actors::assistant::kind::voice_kind;
use cordboard_actors::assistant::remote::TargetError;
use cordboard_actors::assistant::sounds::{Prompt, SoundError, SoundSet};
use cordboard_actors::assistant::{Account, Builtin, Ears, PassedOver, Provider, RealtimeAiActor};
use cordboard_actors::call::neighbours::{Dialler, Held, NewAssistant, Starts};
use cordboard_actors::circuits::{Account as Circuit, CircuitsActor, Guarded};
use cordboard_actors::ledger::Ledger;
use cordboard_actors::media::{EndlessSound, Port, play_music};
use cordboard_actors::messages::{NoSwitch, OrderAssistant, SwitchLine};
use cordboard_actors::shadow::{NewShadow, ShadowKeeper, Shadowed};
use cordboard_actors::switches::{ChannelAudio, Holders, KnownSwitches};
use cordboard_actors::world;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::CallPolicy;
use cordboard_schema::grant::Granted;
use cordboard_schema::ids::{OrganizationId, ShadowCallId};
use cordboard_schema::profile::AgentProfile;
use cordboard_schema::provider::AssistantRole;
use cordboard_schema::shadow::ShadowCall;
use cordboard_schema::switch::{Servers, SwitchKind};
use cordboard_schema::usage::ModelPrice;
use cordboard_schema::voice_chain::{VoiceLink, VoiceName};
use cordboard_schema::wire::twilio::AccountSid;

use crate::config::Config;
use crate::configured_voices::{self, ConfiguredVoices};
use crate::outside_accounts::{OutsideAccounts, Voice};
use crate::speech_recognition::{self, SpeechRecognitionError};

/// Starts the assistants that organizations have, or that the configuration names, and the built-in one in place of one that failed.
pub struct ServerStarts {
    /// Voices of the configuration.
    configured: ConfiguredVoices,
    accounts: OutsideAccounts,
    voiced: VoicedProfiles,
    /// Circuits that chains query.
    circuits: Addr<CircuitsActor>,
    /// Prices of models, for calls that use them.
    prices: Arc<BTreeMap<String, ModelPrice>>,
    /// Stores the shadows' answers on calls.
    shadows: Arc<dyn ShadowKeeper>,
    prompts: Arc<SoundSet<Prompt>>,
    /// Speech recognition of the built-in assistant.
    ears: Option<Ears>,
    /// Audio that is requested through the control of channels, for each kind of switch that has it.
    channel_audio: Vec<Arc<dyn ChannelAudio>>,
    /// Switches of the configuration, of every kind.
    switches: KnownSwitches,
    /// Name of the default switch for dialling, if several could.
    dials_as_a_rule: Option<String>,
    ledger: Ledger,
}

/// Why this server can't serve calls.
#[derive(Debug, thiserror::Error)]
pub enum StartsError {
    /// A shipped sound can't be read: a fault of the build.
    #[error(transparent)]
    Sounds(#[from] SoundError),
    /// The configuration names no provider that could be connected.
    #[error(transparent)]
    Provider(#[from] TargetError),
    /// The configured speech recognition of the built-in assistant can't be used.
    #[error(transparent)]
    Ears(#[from] SpeechRecognitionError),
}

impl ServerStarts {
    /// Prepares the configured provider. Blocks for some 10 ms, and for as long as it takes to read a speech model if one is configured.
    ///
    /// # Errors
    /// [`StartsError`].
    pub fn load(
        config: &Config,
        (prompts, accounts, shadows): (Arc<SoundSet<Prompt>>, OutsideAccounts, Arc<dyn ShadowKeeper>),
        (channel_audio, switches): (Vec<Arc<dyn ChannelAudio>>, KnownSwitches),
        ledger: Ledger,
        circuits: Addr<CircuitsActor>,
    ) -> Result<Self, StartsError> {
        let configured = ConfiguredVoices::load(config, &prompts, &ledger)?;
        let prices = Arc::new(config.prices.by_model());
        let ears = speech_recognition::start(config)?;
        let dials_as_a_rule = config.calls.switch.clone();
        Ok(Self {
            configured,
            accounts,
            voiced: VoicedProfiles::default(),
            circuits,
            prices,
            shadows,
            prompts,
            ears,
            channel_audio,
            switches,
            dials_as_a_rule,
            ledger,
        })
    }

    /// Returns the account that serves a call with this copy of a profile, or the first of its chain; none if it is the built-in assistant. If the
    /// profile names a hosted agent, no other account replaces it.
    pub fn account_for(&self, profile: &AgentProfile) -> Option<Arc<dyn Account>> {
        let account = self.named_by(profile)?;
        let voice = account.name().parse().ok()?;
        self.check_region(profile, voice).is_ok().then_some(account)
    }

    fn named_by(&self, profile: &AgentProfile) -> Option<Arc<dyn Account>> {
        let chain = &profile.speech.voices;
        if !chain.is_empty() {
            // A call continues with the next one at once if the first may not be asked.
            let mut asked = chain.iter().filter(|link| self.is_asked(profile, link).is_ok());
            let account = |link: &VoiceLink| self.account_of(profile.organization_id, link.provider).ok();
            return asked.find_map(account).map(|(account, _)| account);
        }
        let Some(agent) = &profile.speech.agent else { return self.account(profile.organization_id) };
        let voice = agent.provider.voice();
        match self.accounts.speaking(profile.organization_id, voice) {
            Voice::Configured => self.configured.usual().filter(|account| account.name() == voice.as_str()),
            Voice::Own(account) => Some(account),
            Voice::Unusable => None,
        }
    }

    /// Checks that the audio stays in the profile's region.
    ///
    /// # Errors
    /// Fails, in words, if the account at this voice is not known to keep it there.
    fn check_region(&self, profile: &AgentProfile, voice: VoiceName) -> Result<(), String> {
        let Some(wanted) = profile.speech.must_stay_in else { return Ok(()) };
        let organization_id = profile.organization_id;
        let region = match self.accounts.speaking(organization_id, voice) {
            Voice::Configured => self.configured.region(voice),
            Voice::Own(_) | Voice::Unusable => self.accounts.region(organization_id, voice),
        };
        if region == Some(wanted) {
            return Ok(());
        }
        Err(format!("the account at {voice} is not known to keep what it hears in {wanted}"))
    }

    /// Checks that the rules of a voice allow it.
    ///
    /// # Errors
    /// Fails, in words, if they don't.
    fn is_asked(&self, profile: &AgentProfile, link: &VoiceLink) -> Result<(), String> {
        if link.when.is_some() {
            return Err(format!(
                "the rule of {} does not hold for this call: its language, or its hour",
                link.provider
            ));
        }
        self.check_region(profile, link.provider)
    }

    /// The account that serves an organization's calls; none if it is the built-in assistant.
    fn account(&self, organization_id: OrganizationId) -> Option<Arc<dyn Account>> {
        match self.accounts.voice(organization_id) {
            Voice::Configured => self.configured.usual(),
            Voice::Own(account) => Some(account),
            Voice::Unusable => None,
        }
    }

    /// Returns the account that a chain names, for an organization's calls, and its circuit. Fails, in words, if there is none.
    fn account_of(
        &self,
        organization_id: OrganizationId,
        voice: VoiceName,
    ) -> Result<(Arc<dyn Account>, Circuit), String> {
        let revision = self.accounts.revision(organization_id, voice);
        let own = configured_voices::own_account(&self.accounts, organization_id, voice)?;
        let circuit = configured_voices::circuit_of(organization_id, voice, own.as_ref().map(|_| revision));
        let account = own.or_else(|| self.configured.of(voice));
        Ok((account.ok_or_else(|| configured_voices::no_account(voice))?, circuit))
    }

    /// Returns the provider at the assistant's place in the profile's chain. The assistant gets that voice's settings.
    fn provider(&self, assistant: &mut NewAssistant) -> Box<dyn Provider> {
        let profile = &assistant.profile;
        let Some(link) = profile.speech.link(assistant.at.place) else {
            let account = self.account_for(profile);
            return account.map_or_else(|| self.builtin(), |account| account.provider(profile));
        };
        let asked = self.is_asked(profile, link);
        match asked.and_then(|()| self.account_of(profile.organization_id, link.provider)) {
            Ok((account, circuit)) => {
                assistant.profile = self.voiced.of(profile, assistant.at.place, link);
                let provider = account.provider(&assistant.profile);
                let guarded = Guarded::new(provider, circuit, self.circuits.clone());
                Box::new(guarded.forgiving(account.failures_of(&assistant.profile)))
            }
            Err(reason) => {
                let name = voice_kind(link.provider).map_or("unknown", |kind| kind.name.as_str());
                Box::new(PassedOver::new(name, reason))
            }
        }
    }

    /// Returns the shadow that listens to the assistant's call; none if its profile has none, or the shadow does not take this call.
    fn shadow(&self, assistant: &NewAssistant) -> Option<NewShadow> {
        let profile = &assistant.profile;
        let settings = profile.speech.shadow.as_ref()?;
        let call_id = assistant.facts.call_id.parse().ok().filter(|call_id| settings.hears(*call_id))?;
        let (organization_id, voice) = (profile.organization_id, settings.provider);
        let account = self
            .check_region(profile, voice)
            .and_then(|()| self.account_of(organization_id, voice))
            .map(|(account, _)| account);
        let speech = profile.speech.of_link(&settings.link());
        let call = ShadowCall {
            id: ShadowCallId(world::new_id()),
            organization_id,
            profile_id: profile.id,
            call_id,
            given_by: String::new(),
            provider: voice,
            started_at: world::now().into(),
            ended_at: None,
            failure: None,
            cost_micros: 0,
            turns: Vec::new(),
        };
        Some(NewShadow {
            call,
            account,
            profile: Arc::new(AgentProfile { speech, ..AgentProfile::clone(profile) }),
            cap_micros: settings.month_cost_max_micros,
            prices: Arc::clone(&self.prices),
            keeper: Arc::clone(&self.shadows),
            live: self.ledger.assistants.clone(),
        })
    }

    fn builtin(&self) -> Box<dyn Provider> {
        Box::new(Builtin::new(Arc::clone(&self.prompts)).with_ears(self.ears.clone()))
    }
}

/// Profiles with the settings of a voice of their chain, shared by calls with the same profile. For each organization and place in a chain it has the
/// newest, while a call uses it.
#[derive(Default)]
struct VoicedProfiles(Mutex<HashMap<(OrganizationId, u8), Voiced>>);

/// A profile with the settings of a voice, and its origin.
#[derive(Default)]
struct Voiced {
    made_of: Weak<AgentProfile>,
    profile: Weak<AgentProfile>,
}

impl VoicedProfiles {
    /// Returns the profile with the settings of this link, at this place of its chain.
    fn of(&self, profile: &Arc<AgentProfile>, place: u8, link: &VoiceLink) -> Arc<AgentProfile> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let voiced = newest.entry((profile.organization_id, place)).or_default();
        // The address is not reused while a pointer to it exists, even a weak one.
        let is_same = Weak::as_ptr(&voiced.made_of) == Arc::as_ptr(profile);
        if let Some(same) = voiced.profile.upgrade().filter(|_| is_same) {
            return same;
        }
        let speech = profile.speech.of_link(link);
        let own = Arc::new(AgentProfile { speech, ..AgentProfile::clone(profile) });
        *voiced = Voiced { made_of: Arc::downgrade(profile), profile: Arc::downgrade(&own) };
        own
    }
}

/// Returns the shipped sounds at the telephone's rate. They are read once for all servers of a process, which blocks for some 15 ms.
///
/// # Errors
/// Fails if one can't be read: a fault of the build.
pub fn prompts() -> Result<Arc<SoundSet<Prompt>>, StartsError> {
    static READ: OnceLock<Arc<SoundSet<Prompt>>> = OnceLock::new();
    if let Some(prompts) = READ.get() {
        return Ok(Arc::clone(prompts));
    }
    let prompts = SoundSet::embedded()?;
    prompts.prepare(SampleRate::HZ_8000);
    Ok(Arc::clone(READ.get_or_init(|| Arc::new(prompts))))
}

impl Starts for ServerStarts {
    fn channel_audio(&self, kind: SwitchKind) -> Option<&dyn ChannelAudio> {
        let audio = self.channel_audio.iter().find(|audio| audio.switch_kind() == kind)?;
        Some(&**audio)
    }

    fn switch(&self, name: &str) -> Option<SwitchLine> {
        self.switches.named(name)
    }

    fn switches(&self) -> Vec<SwitchLine> {
        self.switches.lines()
    }

    fn holders(&self, organization_id: OrganizationId, held: Held<'_>) -> Holders {
        match held.account.filter(|_| held.kind.servers() == Servers::Account) {
            Some(account) => {
                let own = self.accounts.own_switch(organization_id, account);
                own.map(|switch| Holders::one(switch.line)).unwrap_or_default()
            }
            None => self.switches.holders(held.kind, held.server),
        }
    }

    fn dialler(
        &self,
        organization_id: OrganizationId,
        granted: &Granted,
        name: Option<&str>,
    ) -> Result<Dialler, NoSwitch> {
        let switches = self.accounts.switches(organization_id, &self.switches);
        switches.dialler(granted, name, self.dials_as_a_rule.as_deref())
    }

    fn speaks_text(&self, profile: &AgentProfile) -> bool {
        self.account_for(profile).is_some_and(|account| account.speaks_text())
    }

    fn policy(
        &self,
        organization_id: OrganizationId,
        account: Option<&AccountSid>,
        mut policy: Arc<CallPolicy>,
    ) -> Arc<CallPolicy> {
        let rings_for_others = self.dialler(organization_id, &policy.granted, None).is_ok();
        if policy.rings_for_others != rings_for_others {
            Arc::make_mut(&mut policy).rings_for_others = rings_for_others;
        }
        // The policy already has the configuration's part.
        let has_provider = match self.accounts.voice(organization_id) {
            _ if self.accounts.hosts_agents(organization_id) => Some(true),
            Voice::Configured => None,
            Voice::Own(_) => Some(true),
            Voice::Unusable => Some(false),
        };
        if let Some(has_provider) = has_provider {
            let own = Arc::make_mut(&mut policy);
            own.standby_assistant = has_provider;
            own.prices = if has_provider { BTreeMap::clone(&self.prices) } else { BTreeMap::new() };
        }
        // A chain of voices may name one that serves no other call: of the configuration, or of the organization, whose first one may be unusable.
        let may_name_one = || !self.configured.is_empty() || self.accounts.has_voice(organization_id);
        if policy.prices.is_empty() && !self.prices.is_empty() && may_name_one() {
            Arc::make_mut(&mut policy).prices = BTreeMap::clone(&self.prices);
        }
        if let Some(sid) = account {
            let account = self.accounts.own_twilio(organization_id, sid);
            let own = &mut Arc::make_mut(&mut policy).twilio;
            own.account = Some(sid.clone());
            own.reaches_extensions = account.as_ref().is_some_and(|account| account.sip_domain.is_some());
            own.calls_people = account.as_ref().is_some_and(|account| account.caller_id.is_some());
        }
        policy
    }

    fn music(&self, port: Port) -> EndlessSound {
        play_music(port)
    }

    fn assistant(&self, mut assistant: NewAssistant) -> Recipient<OrderAssistant> {
        let provider = match assistant.at.role {
            AssistantRole::Configured => {
                let shadow = self.shadow(&assistant);
                let provider = self.provider(&mut assistant);
                match shadow {
                    Some(shadow) => Box::new(Shadowed::new(provider, shadow)),
                    None => provider,
                }
            }
            AssistantRole::Standby => self.builtin(),
        };
        RealtimeAiActor::start(assistant, provider, &self.ledger.assistants)
    }
}
