//! Rows of agent profiles.

use chrono::NaiveDateTime;
use cordboard_schema::extraction::{ExtractionField, TopicRule};
use cordboard_schema::intent::HandoffWords;
use cordboard_schema::profile::{AgentProfile, DtmfAction};
use cordboard_schema::profile_version::Draft;
use cordboard_schema::switch::{AfterHandoff, AssistantInHandoff, HandoffStyle};
use cordboard_schema::time::UnixMs;
use diesel::prelude::{Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};

use super::business::version;
use super::columns::{BadRow, from_json, from_word, json, naive, parsed, text, unsigned};
use crate::tables::{agent_profiles, dtmf_actions};

/// An agent profile without its DTMF map.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = agent_profiles)]
pub struct ProfileRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// Unique in the organization.
    pub name: String,
    /// BCP 47 tag.
    pub language: String,
    /// JSON array of tool names.
    pub tools: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// Instructions for a realtime provider.
    pub instructions: String,
    /// The first words.
    pub greeting: Option<String>,
    /// JSON of `SpeechSettings`.
    pub speech: String,
    /// JSON of the words that ask for a hand-off, and of what happens to caller and assistant during one.
    pub handoff: String,
    /// JSON of a `Style`.
    pub style: String,
    /// Notice that a caller hears first.
    pub notice: Option<String>,
    /// JSON of the fields and topics that are extracted from its calls.
    pub extraction: String,
    /// Increases with each change.
    pub revision: i64,
    /// The revision that was last published.
    pub published_revision: i64,
    /// Number of the version that was last published.
    pub published_version: i64,
}

/// Content of `agent_profiles.handoff`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct HandoffSettings {
    after_handoff: AfterHandoff,
    assistant_in_handoff: AssistantInHandoff,
    #[serde(rename = "style")]
    handoff_style: HandoffStyle,
    #[serde(rename = "words")]
    handoff_words: HandoffWords,
}

/// Content of `agent_profiles.extraction`.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ExtractionSettings {
    fields: Vec<ExtractionField>,
    topics: Vec<TopicRule>,
}

impl ProfileRow {
    /// Returns the row of a new profile.
    pub fn new(profile: &AgentProfile, created_at: UnixMs) -> Result<Self, BadRow> {
        Ok(Self {
            id: profile.id.to_string(),
            organization_id: profile.organization_id.to_string(),
            name: text(&profile.name),
            language: text(&profile.language),
            tools: json("agent_profiles.tools", &profile.tools)?,
            created_at: naive(created_at),
            instructions: text(&profile.instructions),
            greeting: profile.greeting.as_deref().map(text),
            speech: json("agent_profiles.speech", &profile.speech)?,
            handoff: json(
                "agent_profiles.handoff",
                &HandoffSettings {
                    after_handoff: profile.after_handoff,
                    assistant_in_handoff: profile.assistant_in_handoff,
                    handoff_style: profile.handoff_style,
                    handoff_words: profile.handoff_words.clone(),
                },
            )?,
            style: json("agent_profiles.style", &profile.style)?,
            notice: profile.notice.as_deref().map(text),
            extraction: json(
                "agent_profiles.extraction",
                &ExtractionSettings { fields: profile.extraction.clone(), topics: profile.topics.clone() },
            )?,
            revision: 1,
            published_revision: 0,
            published_version: 0,
        })
    }

    /// Returns the draft, with the key map from `dtmf_actions`.
    pub fn into_draft(self, actions: &[DtmfActionRow]) -> Result<Draft, BadRow> {
        Ok(Draft {
            revision: unsigned("agent_profiles.revision", self.revision)?,
            published_revision: unsigned("agent_profiles.published_revision", self.published_revision)?,
            published_version: version("agent_profiles.published_version", self.published_version)?,
            profile: self.into_profile(actions)?,
        })
    }

    /// Returns the profile, with the key map from `dtmf_actions`.
    pub fn into_profile(self, actions: &[DtmfActionRow]) -> Result<AgentProfile, BadRow> {
        let HandoffSettings { after_handoff, assistant_in_handoff, handoff_style, handoff_words } =
            from_json("agent_profiles.handoff", &self.handoff)?;
        let ExtractionSettings { fields, topics } = from_json("agent_profiles.extraction", &self.extraction)?;
        Ok(AgentProfile {
            id: parsed("agent_profiles.id", &self.id)?,
            organization_id: parsed("agent_profiles.organization_id", &self.organization_id)?,
            tools: from_json("agent_profiles.tools", &self.tools)?,
            dtmf_actions: actions
                .iter()
                .filter(|row| row.profile_id == self.id)
                .map(DtmfActionRow::to_action)
                .collect::<Result<_, _>>()?,
            speech: from_json("agent_profiles.speech", &self.speech)?,
            name: self.name,
            language: self.language,
            instructions: self.instructions,
            greeting: self.greeting,
            after_handoff,
            assistant_in_handoff,
            handoff_style,
            handoff_words,
            style: from_json("agent_profiles.style", &self.style)?,
            notice: self.notice,
            extraction: fields,
            topics,
            version: 0,
            custom_tools: Vec::new(),
        })
    }
}

/// Action of a key, or of keys in order, on a profile's calls.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = dtmf_actions)]
pub struct DtmfActionRow {
    /// The profile.
    pub profile_id: String,
    /// The keys in order, one character each.
    pub digit: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// JSON of a `KeyAction`.
    pub action: String,
}

impl DtmfActionRow {
    /// Returns the row of one key of `profile`.
    pub fn new(profile: &AgentProfile, on: &DtmfAction) -> Result<Self, BadRow> {
        Ok(Self {
            profile_id: profile.id.to_string(),
            digit: on.digits.to_string(),
            organization_id: profile.organization_id.to_string(),
            action: json("dtmf_actions.action", &on.action)?,
        })
    }

    fn to_action(&self) -> Result<DtmfAction, BadRow> {
        Ok(DtmfAction {
            digits: from_word("dtmf_actions.digit", self.digit.clone())?,
            action: from_json("dtmf_actions.action", &self.action)?,
        })
    }
}
