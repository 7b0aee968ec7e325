//! The agent profile: the assistant's persona and settings. A call keeps its copy from its start.

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
    /// Name that configuration and people use; unique in the organization.
    pub name: String,
    /// BCP 47 tag of the language it speaks, such as `en`.
    pub language: String,
    /// Persona, rules and knowledge, for a realtime provider.
    #[serde(default)]
    pub instructions: String,
    /// The first words of a call; if null, the assistant chooses its own.
    #[serde(default)]
    pub greeting: Option<String>,
    /// Speech settings of a realtime provider.
    #[serde(flatten)]
    pub speech: SpeechSettings,
    /// The tools that the assistant may use.
    pub tools: Vec<ToolName>,
    /// Actions of keys.
    pub dtmf_actions: Vec<DtmfAction>,
    /// What happens to the caller when the person who took over leaves first.
    #[serde(default)]
    pub after_handoff: AfterHandoff,
    /// State of the assistant's connection while a person talks with the caller.
    #[serde(default)]
    pub assistant_in_handoff: AssistantInHandoff,
    /// Announcement to the agent before they are joined with the caller.
    #[serde(default)]
    pub handoff_style: HandoffStyle,
    /// Words with which its callers ask for a person, and the person they get.
    #[serde(default)]
    pub handoff_words: HandoffWords,
    /// The organization's own HTTP requests that the assistant may have made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_tools: Vec<OfferedTool>,
    /// Style of the assistant.
    #[serde(default)]
    pub style: Style,
    /// Notice that every caller hears first, word for word: for example that the call is recorded and that an AI answers.
    #[serde(default)]
    pub notice: Option<String>,
    /// Values that are extracted from each call after it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extraction: Vec<ExtractionField>,
    /// Topics that are searched for in each call after it ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicRule>,
    /// Number of the published version; 0 for a draft.
    #[serde(default)]
    pub version: u32,
}

impl AgentProfile {
    /// Returns the action of these digits on this profile's calls, if any.
    pub fn key_action(&self, digits: &Digits) -> Option<&KeyAction> {
        self.dtmf_actions.iter().find(|on| on.digits == *digits).map(|on| &on.action)
    }

    /// Returns the person for a caller who asks for one without naming them: the person that the profile names, else the first
    /// that a key leads to, else the one for callers who can't be served. Only people whom `known` finds by these words count.
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

    /// Adds the custom tools of the list that a call is made from. A tool of the profile that has the same name is replaced.
    pub fn give_tools(&mut self, tools: &[OfferedTool]) {
        self.custom_tools.retain(|own| tools.iter().all(|tool| tool.name != own.name));
        self.custom_tools.extend_from_slice(tools);
    }

    /// Whether further digits after these could have an action.
    pub fn has_longer_keys(&self, digits: &Digits) -> bool {
        self.dtmf_actions.iter().any(|on| on.digits.continues(digits))
    }
}

/// A published profile, and the business that it speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedProfile {
    /// The newest published version.
    pub profile: AgentProfile,
    /// Its organization's business, if the owner has described it.
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
    /// Returns the copy for a call that begins at `now`. The owner's texts are replaced by the assistant's resolved settings, so
    /// that the call's journal contains the settings that were used. The caller is not known.
    pub fn for_call(&self, now: DateTime<Utc>) -> AgentProfile {
        self.for_call_of(now, CallerSaid::default())
    }

    /// Returns the same for a caller of whom this is known. Variables are filled in (`profile_variables.rs`).
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

/// Speech settings of a realtime provider. A provider ignores settings that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SpeechSettings {
    /// The provider's name of a voice; null means the provider's default.
    pub voice: Option<String>,
    /// Speed of speech in percent, 25 to 150.
    pub speed_percent: u16,
    /// Detection of the end of the caller's turn.
    pub turn_detection: TurnDetection,
    /// Noise reduction on the caller's audio.
    pub noise_reduction: Option<NoiseReduction>,
    /// Whether the caller's words are transcribed.
    pub transcription: bool,
    /// Maximum length of an answer, in tokens; null means the provider's limit.
    pub max_output_tokens: Option<u32>,
    /// A hosted agent that speaks instead of the organization's usual assistant.
    pub agent: Option<HostedAgent>,
    /// The voices of these calls, in order: if one fails, the next one takes over. If empty, the organization's usual assistant
    /// speaks. The built-in assistant and a person are always last.
    pub voices: Vec<VoiceLink>,
    /// Region in which speech data must stay. Voices are skipped unless their account is known to store data there.
    pub must_stay_in: Option<DataRegion>,
    /// A second voice that listens to a share of these calls. No caller hears it.
    pub shadow: Option<ShadowSettings>,
}

/// An agent that is hosted at a provider, with its own voice, tools and turn detection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HostedAgent {
    /// Provider that hosts the agent.
    pub provider: AgentHost,
    /// Its id there.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub agent_id: String,
    /// Whether the profile's instructions, first words, language and voice replace the agent's own. The agent has to allow that
    /// in its settings.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = false))]
    pub overrides: bool,
}

impl HostedAgent {
    /// Maximum length of an id, in characters.
    pub const ID_CHARS_MAX: usize = 128;

    /// Whether a text can be an agent's id.
    pub fn is_id(text: &str) -> bool {
        (1..=Self::ID_CHARS_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    }
}

/// Providers that host agents.
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
    /// Returns the integration through which its agents are reached.
    pub const fn integration(self) -> IntegrationKind {
        match self {
            Self::ElevenLabs => IntegrationKind::known("elevenlabs"),
        }
    }

    /// Returns the name of its agents as a voice of a chain.
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
        /// Level above which audio counts as speech, 0 to 100.
        threshold_percent: u8,
        /// Audio before the detected start that belongs to the turn, in ms.
        prefix_padding_ms: u32,
        /// Silence that ends a turn, in ms.
        silence_duration_ms: u32,
    },
    /// By meaning: the words that were said.
    SemanticVad {
        /// How eagerly the assistant answers.
        eagerness: Eagerness,
    },
}

impl Default for TurnDetection {
    fn default() -> Self {
        Self::ServerVad { threshold_percent: 50, prefix_padding_ms: 300, silence_duration_ms: 500 }
    }
}

/// How soon a semantic turn detection lets the assistant answer.
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
    /// The provider decides.
    #[default]
    Auto,
}

/// Noise reduction on the caller's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoiseReduction {
    /// For a microphone near the mouth, such as a handset's.
    NearField,
    /// For a distant microphone, such as a conference phone's.
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
    /// Says a text.
    Say {
        /// The words. An assistant that only plays recordings can't say them.
        text: String,
    },
    /// Repeats the last sentence.
    Repeat,
    /// Puts the caller's number on the do-not-call list, as the tool `do_not_call` does, confirms it and ends the call.
    DoNotCall,
    /// Says goodbye and ends the call.
    EndCall,
}

/// Returns the DTMF map of a new profile: 0 operator, 1 message, # repeat, * end call.
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
