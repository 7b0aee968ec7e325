//! The agent profile: the assistant's persona and settings, as a call keeps them from its first moment on.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::business::BusinessProfile;
use crate::call::CallPolicy;
use crate::custom_tool::OfferedTool;
use crate::digit::{Digit, Digits};
use crate::extraction::{ExtractionField, TopicRule};
use crate::ids::{OrganizationId, ProfileId};
use crate::integration::IntegrationKind;
use crate::intent::HandoffWords;
use crate::profile_variables::{CallerSaid, KnownVariables};
use crate::prompt::prompt;
use crate::shadow::ShadowSettings;
use crate::style::Style;
use crate::switch::{AfterHandoff, AssistantInHandoff, HandoffStyle};
use crate::tool::ToolName;
use crate::voice_chain::{DataRegion, VoiceLink, VoiceName};

/// Persona and settings of an assistant. A live call keeps the copy that it started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentProfile {
    /// Its id.
    pub id: ProfileId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The name by which configuration and people call it; unique in the organization.
    pub name: String,
    /// BCP 47 tag of the language it speaks, as `en`.
    pub language: String,
    /// Persona, rules and knowledge, for a realtime provider.
    #[serde(default)]
    pub instructions: String,
    /// The first words of a call; without any the assistant finds its own.
    #[serde(default)]
    pub greeting: Option<String>,
    /// Speech settings of a realtime provider.
    #[serde(flatten)]
    pub speech: SpeechSettings,
    /// The tools that the assistant may use.
    pub tools: Vec<ToolName>,
    /// Actions of the keys.
    pub dtmf_actions: Vec<DtmfAction>,
    /// The caller's next step when the person who took over leaves first.
    #[serde(default)]
    pub after_handoff: AfterHandoff,
    /// State of the assistant's connection meanwhile.
    #[serde(default)]
    pub assistant_in_handoff: AssistantInHandoff,
    /// Announcement to the agent before they are joined with the caller.
    #[serde(default)]
    pub handoff_style: HandoffStyle,
    /// Words by which its callers ask for a person, and the person they get.
    #[serde(default)]
    pub handoff_words: HandoffWords,
    /// The organization's own requests that the assistant may have made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_tools: Vec<OfferedTool>,
    /// Style of the assistant.
    #[serde(default)]
    pub style: Style,
    /// Notice that every caller hears first, word for word: for example that the call is recorded and that an AI answers.
    #[serde(default)]
    pub notice: Option<String>,
    /// Values that are noted of each call once it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extraction: Vec<ExtractionField>,
    /// Topics that are looked for in each call once it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicRule>,
    /// The published version that this is; 0 of a draft.
    #[serde(default)]
    pub version: u32,
}

impl AgentProfile {
    /// Action of these digits on this profile's calls, if any.
    pub fn key_action(&self, digits: &Digits) -> Option<&KeyAction> {
        self.dtmf_actions.iter().find(|on| on.digits == *digits).map(|on| &on.action)
    }

    /// The person for a caller who asks for one without naming them: the person that the
    /// profile names, else the first that a key leads to, else the one for callers who
    /// can't be served. Only people whom `known` finds by these words count.
    pub fn person_for<'a>(
        &'a self,
        policy: &'a CallPolicy,
        known: impl Fn(&'a str) -> Option<&'a str>,
    ) -> Option<&'a str> {
        let by_keys = self.dtmf_actions.iter().filter_map(|on| match &on.action {
            KeyAction::TransferCall { target } | KeyAction::RequestHandoff { target } => Some(target),
            _ => None,
        });
        let wanted = self.handoff_words.target.iter().chain(by_keys).chain(&policy.fallback_extension);
        wanted.into_iter().find_map(|target| known(target))
    }

    /// Whether further digits behind these could do something.
    pub fn has_longer_keys(&self, digits: &Digits) -> bool {
        self.dtmf_actions.iter().any(|on| on.digits.continues(digits))
    }
}

/// A published profile, and the business that it speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedProfile {
    /// The newest published version.
    pub profile: AgentProfile,
    /// Its organization's business, where the owner has described it.
    pub business: Option<Arc<BusinessProfile>>,
}

impl From<AgentProfile> for PublishedProfile {
    fn from(profile: AgentProfile) -> Self {
        Self { profile, business: None }
    }
}

/// An assistant's settings at the start of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedAssistant {
    /// Facts about itself, the business and the time.
    pub instructions: String,
    /// Speech settings.
    pub speech: SpeechSettings,
}

/// Resolves an assistant's settings for a call with this profile that begins at `now`.
pub fn resolve(
    profile: &AgentProfile,
    business: Option<&BusinessProfile>,
    now: DateTime<Utc>,
) -> ResolvedAssistant {
    ResolvedAssistant {
        instructions: prompt(profile, business, now),
        speech: profile.style.applied(&profile.speech),
    }
}

impl PublishedProfile {
    /// The copy for a call that begins at `now`, with the assistant's resolved settings in place of the owner's texts: so the call's
    /// journal has the settings that were used. The caller is not known.
    pub fn for_call(&self, now: DateTime<Utc>) -> AgentProfile {
        self.for_call_of(now, CallerSaid::default())
    }

    /// The same for a caller of whom this is said. Variables are filled (`profile_variables.rs`).
    pub fn for_call_of(&self, now: DateTime<Utc>, caller: CallerSaid<'_>) -> AgentProfile {
        let Self { profile, business } = self;
        let known = KnownVariables {
            assistant: &profile.name,
            language: &profile.language,
            business: business.as_deref(),
            caller,
            now,
        };
        let fill = |text: &Option<String>| text.as_deref().map(|text| known.fill(text));
        let written = AgentProfile {
            instructions: known.fill(&profile.instructions),
            greeting: fill(&profile.greeting),
            notice: fill(&profile.notice),
            ..profile.clone()
        };
        let ResolvedAssistant { instructions, speech } = resolve(&written, business.as_deref(), now);
        let zone = business.as_deref().map_or(Tz::UTC, |business| business.time_zone);
        let speech = speech.decided(&written.language, zone, now);
        AgentProfile { instructions, speech, ..written }
    }
}

/// Speech settings of a realtime provider. It ignores settings that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SpeechSettings {
    /// The provider's name of a voice; its default if there is none.
    pub voice: Option<String>,
    /// Speed of speech in percent, 25 to 150.
    pub speed_percent: u16,
    /// Detection of the end of the caller's turn.
    pub turn_detection: TurnDetection,
    /// Noise reduction on the caller's audio.
    pub noise_reduction: Option<NoiseReduction>,
    /// Whether the caller's words are written down.
    pub transcription: bool,
    /// Longest answer, in tokens; the provider's limit if there is none.
    pub max_output_tokens: Option<u32>,
    /// The hosted agent that speaks, in the place of what speaks with the organization's other callers.
    pub agent: Option<HostedAgent>,
    /// The voices of these calls, the first one first: if one can't go on, the next one does. Without any, the organization's usual
    /// one speaks. The built-in assistant and a person stand at the end, always.
    pub voices: Vec<VoiceLink>,
    /// Region in which speech data must stay. Voices whose account is not known to store data there are skipped.
    pub must_stay_in: Option<DataRegion>,
    /// A second voice that hears a share of these calls, and that no caller hears.
    pub shadow: Option<ShadowSettings>,
}

/// An agent that is hosted at a provider, which knows its voice, its tools and how it takes turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HostedAgent {
    /// Host of the agent.
    pub provider: AgentHost,
    /// Its id there.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub agent_id: String,
    /// Whether the profile's instructions, first words, language and voice go in the place of the agent's own. The agent has to
    /// allow that in its settings.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = false))]
    pub overrides: bool,
}

impl HostedAgent {
    /// Characters of an id.
    pub const ID_CHARS_MAX: usize = 128;

    /// Whether a text can be an agent's id.
    pub fn is_id(text: &str) -> bool {
        (1..=Self::ID_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    }
}

/// Hosts of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum AgentHost {
    /// ElevenLabs.
    ElevenLabs,
}

impl std::fmt::Display for AgentHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.integration().as_str())
    }
}

impl AgentHost {
    /// The integration that its agents are reached by.
    pub const fn integration(self) -> IntegrationKind {
        match self {
            Self::ElevenLabs => IntegrationKind::known("elevenlabs"),
        }
    }

    /// The voice that its agents are, of a chain.
    pub const fn voice(self) -> VoiceName {
        match self {
            Self::ElevenLabs => VoiceName::known("elevenlabs"),
        }
    }
}

impl Default for SpeechSettings {
    fn default() -> Self {
        Self {
            voice: None,
            speed_percent: 100,
            turn_detection: TurnDetection::default(),
            noise_reduction: None,
            transcription: true,
            max_output_tokens: None,
            agent: None,
            voices: Vec::new(),
            must_stay_in: None,
            shadow: None,
        }
    }
}

/// Detection of the end of the caller's turn by a realtime provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TurnDetection {
    /// By silence.
    ServerVad {
        /// Level that counts as speech, 0 to 100.
        threshold_percent: u8,
        /// Audio before the detected start that belongs to the turn.
        prefix_padding_ms: u32,
        /// Silence that ends a turn.
        silence_duration_ms: u32,
    },
    /// By the words.
    SemanticVad {
        /// Eagerness to answer.
        eagerness: Eagerness,
    },
}

impl Default for TurnDetection {
    fn default() -> Self {
        Self::ServerVad { threshold_percent: 50, prefix_padding_ms: 300, silence_duration_ms: 500 }
    }
}

/// Eagerness of a semantic turn detection to let the assistant answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Eagerness {
    /// Waits up to 8 s.
    Low,
    /// Waits up to 4 s.
    Medium,
    /// Waits up to 2 s.
    High,
    /// As the provider thinks best.
    #[default]
    Auto,
}

/// Noise reduction on the caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoiseReduction {
    /// Noise of a microphone near the mouth, as a handset's.
    NearField,
    /// Noise of a microphone far away, as a conference phone's.
    FarField,
}

/// One row of a profile's DTMF map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DtmfAction {
    /// The key, or the keys in order.
    #[serde(alias = "digit")]
    pub digits: Digits,
    /// The action.
    pub action: KeyAction,
}

/// Action of a key or a sequence of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum KeyAction {
    /// Connects the caller with a named extension, as the tool `transfer_call` does.
    TransferCall {
        /// A name from `[extensions]`.
        target: String,
    },
    /// Rings a named extension and joins the person with the caller, as the tool `request_handoff` does.
    RequestHandoff {
        /// A name from `[extensions]`.
        target: String,
    },
    /// Takes a message.
    TakeMessage,
    /// Says this.
    Say {
        /// The words; an assistant of recordings only can't.
        text: String,
    },
    /// Says the last thing again.
    Repeat,
    /// Puts the caller's number on the do-not-call list, as the tool `do_not_call` does, says so and ends the call.
    DoNotCall,
    /// Says goodbye and ends the call.
    EndCall,
}

/// The DTMF map of a new profile: 0 operator, 1 message, # repeat, * end call.
pub fn default_dtmf_actions() -> Vec<DtmfAction> {
    let operator = KeyAction::TransferCall { target: "operator".to_owned() };
    [
        (Digit::ZERO, operator),
        (Digit::ONE, KeyAction::TakeMessage),
        (Digit::HASH, KeyAction::Repeat),
        (Digit::STAR, KeyAction::EndCall),
    ]
    .map(|(digit, action)| DtmfAction { digits: digit.into(), action })
    .into()
}
