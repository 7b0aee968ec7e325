//! An agent profile as programs send it, by HTTP and over the control socket.

use serde::Deserialize;

use crate::extraction::{ExtractionField, TopicRule};
use crate::ids::{OrganizationId, ProfileId};
use crate::intent::HandoffWords;
use crate::profile::{AgentProfile, DtmfAction, HostedAgent, NoiseReduction, SpeechSettings, TurnDetection};
use crate::shadow::ShadowSettings;
use crate::style::Style;
use crate::switch::{AfterHandoff, AssistantInHandoff, HandoffStyle};
use crate::tool::ToolName;
use crate::voice_chain::{DataRegion, VoiceLink};

/// A complete agent profile. Fields that are left out have their defaults. To change only some fields, there is
/// [`ProfileChange`](crate::profile_change::ProfileChange).
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// Name that configuration and users use; unique in the organization.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64, example = "receptionist"))]
    pub name: String,
    /// BCP 47 tag of the language it speaks.
    #[serde(default = "english")]
    #[cfg_attr(feature = "openapi", schema(example = "en", default = "en"))]
    pub language: String,
    /// Persona, rules and knowledge, for a realtime provider.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 40000))]
    pub instructions: String,
    /// The first words of a call; if null, the assistant chooses its own.
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub greeting: Option<String>,
    /// The provider's name of a voice.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 79, pattern = "^[!-~]+$"))]
    pub voice: Option<String>,
    /// Speed of speech in percent.
    #[serde(default = "usual_speed")]
    #[cfg_attr(feature = "openapi", schema(minimum = 25, maximum = 150, default = 100))]
    pub speed_percent: u16,
    /// Detection of the end of the caller's turn.
    #[serde(default)]
    pub turn_detection: TurnDetection,
    /// Noise reduction on the caller's audio.
    pub noise_reduction: Option<NoiseReduction>,
    /// Whether the caller's words are transcribed.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "openapi", schema(default = true))]
    pub transcription: bool,
    /// Maximum length of an answer, in tokens.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100000))]
    pub max_output_tokens: Option<u32>,
    /// A hosted agent that speaks; if null, the organization's usual assistant speaks.
    pub agent: Option<HostedAgent>,
    /// The voices that speak, in order: if one fails, the next one takes over. Each provider at most once. If empty, the
    /// organization's usual voice speaks.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 4))]
    pub voices: Vec<VoiceLink>,
    /// Region in which speech data must stay. Voices whose account is not known to store data there are skipped.
    pub must_stay_in: Option<DataRegion>,
    /// A second voice that listens to a share of these calls. No caller hears it; its answers are stored next to those that
    /// callers got.
    pub shadow: Option<ShadowSettings>,
    /// The tools that the assistant may use.
    #[serde(default)]
    pub tools: Vec<ToolName>,
    /// Actions of the keys. Each key occurs at most once.
    #[serde(default)]
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
    /// Style of the assistant.
    #[serde(default)]
    pub style: Style,
    /// Notice that every caller hears first, word for word: for example that the call is recorded and that an AI answers. An
    /// assistant that only plays recordings can't say it.
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub notice: Option<String>,
    /// Values that are extracted from each call after it ends: by the judge model if one is configured, else by rules.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 12))]
    pub extraction: Vec<ExtractionField>,
    /// Topics that are searched for in each call after it ends.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub topics: Vec<TopicRule>,
    /// Whether it is published for new calls; otherwise it is stored as a draft until it is published.
    #[serde(default = "yes")]
    #[cfg_attr(feature = "openapi", schema(default = true))]
    pub publish: bool,
    /// The revision that this replaces. If it is not the current one, nothing is changed (`edited_meanwhile`). For a new profile
    /// it is 0 or left out.
    pub revision: Option<u64>,
    /// Ignored, so that a profile can be sent back as it was read.
    pub published_version: Option<u32>,
    /// Ignored, like `published_version`.
    pub has_unpublished_changes: Option<bool>,
}

fn english() -> String {
    "en".to_owned()
}

fn usual_speed() -> u16 {
    SpeechSettings::default().speed_percent
}

fn yes() -> bool {
    true
}

/// Returns words for callers; none if they are blank.
pub(crate) fn words_or_none(words: Option<String>) -> Option<String> {
    words.filter(|words| !words.trim().is_empty())
}

impl ProfileBody {
    /// Returns the profile with this id and organization.
    pub fn into_profile(self, id: ProfileId, organization_id: OrganizationId) -> AgentProfile {
        AgentProfile {
            id,
            organization_id,
            name: self.name.trim().to_owned(),
            language: self.language,
            instructions: self.instructions,
            greeting: words_or_none(self.greeting),
            speech: SpeechSettings {
                voice: self.voice,
                speed_percent: self.speed_percent,
                turn_detection: self.turn_detection,
                noise_reduction: self.noise_reduction,
                transcription: self.transcription,
                max_output_tokens: self.max_output_tokens,
                agent: self.agent,
                voices: self.voices,
                must_stay_in: self.must_stay_in,
                shadow: self.shadow,
            },
            tools: self.tools,
            dtmf_actions: self.dtmf_actions,
            after_handoff: self.after_handoff,
            assistant_in_handoff: self.assistant_in_handoff,
            handoff_style: self.handoff_style,
            handoff_words: self.handoff_words,
            custom_tools: Vec::new(),
            style: self.style,
            notice: words_or_none(self.notice.map(|notice| notice.trim().to_owned())),
            extraction: self.extraction,
            topics: self.topics,
            version: 0,
        }
    }
}
