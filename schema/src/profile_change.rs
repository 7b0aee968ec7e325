//! A change of an agent profile as programs send it, by HTTP and over the control socket: only the fields that it names.

use serde::{Deserialize, Serialize};

use crate::extraction::{ExtractionField, TopicRule};
use crate::intent::HandoffWords;
use crate::plain::{named, present};
use crate::profile::{AgentProfile, DtmfAction, HostedAgent, NoiseReduction, TurnDetection};
use crate::profile_body::words_or_none;
use crate::shadow::ShadowSettings;
use crate::style::Style;
use crate::switch::{AfterHandoff, AssistantInHandoff, HandoffStyle};
use crate::tool::ToolName;
use crate::voice_chain::{DataRegion, VoiceLink};

/// A change of an agent profile. Fields that are left out stay as they are; null clears optional fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProfileChange {
    /// Name that configuration and users use; unique in the organization.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 1, max_length = 64, example = "receptionist")
    )]
    pub name: Option<String>,
    /// BCP 47 tag of the language it speaks.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "en"))]
    pub language: Option<String>,
    /// Persona, rules and knowledge, for a realtime provider.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 40000))]
    pub instructions: Option<Option<String>>,
    /// The first words of a call; if null, the assistant chooses its own.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1000))]
    pub greeting: Option<Option<String>>,
    /// The provider's name of a voice.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = Option<String>, min_length = 1, max_length = 79, pattern = "^[!-~]+$")
    )]
    pub voice: Option<Option<String>>,
    /// Speed of speech in percent.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = u16, minimum = 25, maximum = 150))]
    pub speed_percent: Option<u16>,
    /// Detection of the end of the caller's turn.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = TurnDetection))]
    pub turn_detection: Option<TurnDetection>,
    /// Noise reduction on the caller's audio.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<NoiseReduction>))]
    pub noise_reduction: Option<Option<NoiseReduction>>,
    /// Whether the caller's words are transcribed.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = bool))]
    pub transcription: Option<bool>,
    /// Maximum length of an answer, in tokens.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 100000))]
    pub max_output_tokens: Option<Option<u32>>,
    /// The hosted agent that speaks. Replaces the whole value.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<HostedAgent>))]
    pub agent: Option<Option<HostedAgent>>,
    /// The voices that speak, in order. Replaces the whole list.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<VoiceLink>>, max_items = 4))]
    pub voices: Option<Option<Vec<VoiceLink>>>,
    /// Region in which speech data must stay.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DataRegion>))]
    pub must_stay_in: Option<Option<DataRegion>>,
    /// A second voice that listens to a share of these calls and that no caller hears. Replaces the whole value.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ShadowSettings>))]
    pub shadow: Option<Option<ShadowSettings>>,
    /// The tools that the assistant may use.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<ToolName>>))]
    pub tools: Option<Option<Vec<ToolName>>>,
    /// Actions of the keys. Each key occurs at most once.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<DtmfAction>>))]
    pub dtmf_actions: Option<Option<Vec<DtmfAction>>>,
    /// What happens to the caller when the person who took over leaves first.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = AfterHandoff))]
    pub after_handoff: Option<AfterHandoff>,
    /// State of the assistant's connection while a person talks with the caller.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = AssistantInHandoff))]
    pub assistant_in_handoff: Option<AssistantInHandoff>,
    /// Announcement to the agent before they are joined with the caller.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = HandoffStyle))]
    pub handoff_style: Option<HandoffStyle>,
    /// Words with which its callers ask for a person, and the person they get. Replaces the whole value.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = HandoffWords))]
    pub handoff_words: Option<HandoffWords>,
    /// Style of the assistant. Replaces the whole value.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Style))]
    pub style: Option<Style>,
    /// Notice that every caller hears first, word for word.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1000))]
    pub notice: Option<Option<String>>,
    /// Values that are extracted from each call after it ends. Replaces the whole list.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<ExtractionField>>, max_items = 12))]
    pub extraction: Option<Option<Vec<ExtractionField>>>,
    /// Topics that are searched for in each call after it ends. Replaces the whole list.
    #[serde(deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Vec<TopicRule>>, max_items = 20))]
    pub topics: Option<Option<Vec<TopicRule>>>,
    /// Whether it is published for new calls, which is the default; otherwise it is stored as a draft until it is published.
    #[serde(deserialize_with = "named", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = bool, default = true))]
    pub publish: Option<bool>,
    /// The revision that this changes. If it is not the current one, nothing is changed (`edited_meanwhile`). If left out, the
    /// current one is changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// Ignored, so that a profile can be sent back as it was read.
    #[serde(skip_serializing)]
    pub published_version: Option<u32>,
    /// Ignored, like `published_version`.
    #[serde(skip_serializing)]
    pub has_unpublished_changes: Option<bool>,
}

impl ProfileChange {
    /// Whether it is published for new calls.
    pub fn publishes(&self) -> bool {
        self.publish.unwrap_or(true)
    }

    /// Returns the profile with the changed fields.
    #[must_use]
    pub fn applied_to(self, mut profile: AgentProfile) -> AgentProfile {
        set(&mut profile.name, self.name.map(|name| name.trim().to_owned()));
        set(&mut profile.language, self.language);
        set(&mut profile.instructions, self.instructions.map(Option::unwrap_or_default));
        set(&mut profile.greeting, self.greeting.map(words_or_none));
        set(&mut profile.speech.voice, self.voice);
        set(&mut profile.speech.speed_percent, self.speed_percent);
        set(&mut profile.speech.turn_detection, self.turn_detection);
        set(&mut profile.speech.noise_reduction, self.noise_reduction);
        set(&mut profile.speech.transcription, self.transcription);
        set(&mut profile.speech.max_output_tokens, self.max_output_tokens);
        set(&mut profile.speech.agent, self.agent);
        set(&mut profile.speech.must_stay_in, self.must_stay_in);
        set(&mut profile.speech.shadow, self.shadow);
        set(&mut profile.speech.voices, self.voices.map(Option::unwrap_or_default));
        set(&mut profile.tools, self.tools.map(Option::unwrap_or_default));
        set(&mut profile.dtmf_actions, self.dtmf_actions.map(Option::unwrap_or_default));
        set(&mut profile.after_handoff, self.after_handoff);
        set(&mut profile.assistant_in_handoff, self.assistant_in_handoff);
        set(&mut profile.handoff_style, self.handoff_style);
        set(&mut profile.handoff_words, self.handoff_words);
        set(&mut profile.style, self.style);
        set(
            &mut profile.notice,
            self.notice.map(|notice| words_or_none(notice.map(|text| text.trim().to_owned()))),
        );
        set(&mut profile.extraction, self.extraction.map(Option::unwrap_or_default));
        set(&mut profile.topics, self.topics.map(Option::unwrap_or_default));
        profile
    }
}

fn set<T>(member: &mut T, named: Option<T>) {
    if let Some(value) = named {
        *member = value;
    }
}
