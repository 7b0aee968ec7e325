//! A shadow: a second voice that listens to a share of a profile's calls. No caller hears its answers. They are stored next to
//! the answers that callers got, so that a user can compare the two before they change the voice.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{CallId, OrganizationId, ProfileId, ShadowCallId};
use crate::limits::{
    SHADOW_ARGUMENTS_BYTES_MAX, SHADOW_MONTH_COST_MICROS_MAX, SHADOW_TEXT_CHARS_MAX, SHADOW_TOOLS_MAX,
    SHADOW_TURNS_MAX,
};
use crate::profile::SpeechSettings;
use crate::time::{UnixMs, rfc3339};
use crate::voice_chain::{ChainError, VoiceLink, VoiceName, check_chain};

/// The shadow voice, its share of the calls, and its budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShadowSettings {
    /// The shadow's provider.
    pub provider: VoiceName,
    /// The provider's name of a voice; null means the provider's default.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 79, pattern = "^[!-~]+$"))]
    pub voice: Option<String>,
    /// The agent that answers, at a provider that hosts agents.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub agent_id: Option<String>,
    /// Whether the profile's instructions, language and voice replace a hosted agent's own.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = false))]
    pub overrides: bool,
    /// The share of the profile's calls that it listens to, in percent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100, example = 10))]
    pub share_percent: u8,
    /// Maximum cost of the profile's shadows in a calendar month (UTC), in millionths of the currency. Once it is reached, the
    /// shadow listens to no call until the next month.
    #[cfg_attr(
        feature = "openapi",
        schema(minimum = 1, maximum = 1_000_000_000_000_u64, example = 5_000_000)
    )]
    pub month_cost_max_micros: u64,
}

/// Why the settings of a shadow are not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShadowError {
    /// The share is not between 1 and 100 percent.
    #[error("must have a share_percent of 1 to 100")]
    BadShare,
    /// The budget is zero or too large.
    #[error("must have a month_cost_max_micros of 1 to {SHADOW_MONTH_COST_MICROS_MAX}")]
    BadCost,
    /// Its voice is not valid.
    #[error(transparent)]
    BadVoice(#[from] ChainError),
}

impl ShadowSettings {
    /// Returns its voice, as a voice of a chain.
    pub fn link(&self) -> VoiceLink {
        VoiceLink {
            voice: self.voice.clone(),
            agent_id: self.agent_id.clone(),
            overrides: self.overrides,
            ..VoiceLink::of(self.provider)
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// They are not valid.
    pub fn check(&self) -> Result<(), ShadowError> {
        if !(1..=100).contains(&self.share_percent) {
            return Err(ShadowError::BadShare);
        }
        if !(1..=SHADOW_MONTH_COST_MICROS_MAX).contains(&self.month_cost_max_micros) {
            return Err(ShadowError::BadCost);
        }
        let alone = SpeechSettings { voices: vec![self.link()], ..SpeechSettings::default() };
        Ok(check_chain(&alone)?)
    }

    /// Whether it listens to this call. The result is always the same for the same call: it depends on the random part of the
    /// call's id.
    pub fn hears(&self, call_id: CallId) -> bool {
        let chance = call_id.0.as_u64_pair().1;
        chance % 100 < u64::from(self.share_percent)
    }
}

/// A tool call that an assistant requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowTool {
    /// Its name, as the model wrote it.
    pub name: String,
    /// The arguments, as the model wrote them; null if they were too long to be stored.
    pub arguments: Value,
}

/// An assistant's answer in one turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowAnswer {
    /// The words; empty if it said nothing.
    pub text: String,
    /// Time from when the call's assistant noticed the end of the caller's speech until this answer began, in ms. 0 if the answer
    /// began earlier. Null if there was no answer.
    pub after_ms: Option<u64>,
    /// The tools that it requested. A shadow's tools are never run.
    pub tools: Vec<ShadowTool>,
}

impl ShadowAnswer {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.tools.is_empty()
    }

    /// Adds words, up to the limit.
    pub fn add_words(&mut self, words: &str) {
        add_words(&mut self.text, words);
    }

    /// Adds a tool, up to the limit.
    pub fn add_tool(&mut self, name: &str, arguments: &Value) {
        if self.tools.len() < SHADOW_TOOLS_MAX {
            let is_short = arguments.to_string().len() <= SHADOW_ARGUMENTS_BYTES_MAX;
            let arguments = if is_short { arguments.clone() } else { Value::Null };
            let name = name.chars().take(SHADOW_TEXT_CHARS_MAX).collect();
            self.tools.push(ShadowTool { name, arguments });
        }
    }
}

/// Adds words to a text, up to the limit.
pub fn add_words(text: &mut String, words: &str) {
    if !text.is_empty() && !words.is_empty() {
        text.push(' ');
    }
    let room = SHADOW_TEXT_CHARS_MAX.saturating_sub(text.chars().count());
    text.extend(words.chars().take(room));
}

/// A caller's words, and the answers of both assistants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowTurn {
    /// When the caller began to speak, or when their text arrived.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The caller's words, as the assistant of the call understood them; empty if they were not transcribed.
    pub said: String,
    /// The same, as the shadow understood them.
    pub understood: String,
    /// The answer that the caller got.
    pub given: ShadowAnswer,
    /// The shadow's answer. Nobody heard it.
    pub unheard: ShadowAnswer,
}

impl ShadowTurn {
    /// Returns a turn that begins now.
    pub fn new(at: UnixMs) -> Self {
        Self {
            at,
            said: String::new(),
            understood: String::new(),
            given: ShadowAnswer::default(),
            unheard: ShadowAnswer::default(),
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.said.is_empty() && self.understood.is_empty() && self.given.is_empty() && self.unheard.is_empty()
    }
}

/// A shadow's record of a call, or of the part of it that one assistant served.
#[derive(Clone, Debug, PartialEq)]
pub struct ShadowCall {
    /// Its id.
    pub id: ShadowCallId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The profile of the assistant that served the caller.
    pub profile_id: ProfileId,
    /// The call.
    pub call_id: CallId,
    /// The provider that answered the caller, such as `openai`.
    pub given_by: String,
    /// The shadow's voice.
    pub provider: VoiceName,
    /// When the shadow began to listen.
    pub started_at: UnixMs,
    /// When it ended; none while it listens, or if its server crashed.
    pub ended_at: Option<UnixMs>,
    /// Why it could not continue, in words; none if nothing went wrong.
    pub failure: Option<String>,
    /// Cost, in millionths of the currency.
    pub cost_micros: u64,
    /// The turns, oldest first, at most [`SHADOW_TURNS_MAX`].
    pub turns: Vec<ShadowTurn>,
}

impl ShadowCall {
    /// Whether the maximum number of turns is reached.
    pub fn is_full(&self) -> bool {
        self.turns.len() >= SHADOW_TURNS_MAX
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn shadow() -> ShadowSettings {
        ShadowSettings {
            provider: VoiceName::known("gemini"),
            voice: None,
            agent_id: None,
            overrides: false,
            share_percent: 10,
            month_cost_max_micros: 5_000_000,
        }
    }

    #[test]
    fn a_shadows_share_cost_and_voice_are_checked() {
        assert_eq!(shadow().check(), Ok(()));
        for share_percent in [0, 101] {
            assert_eq!(ShadowSettings { share_percent, ..shadow() }.check(), Err(ShadowError::BadShare));
        }
        for month_cost_max_micros in [0, SHADOW_MONTH_COST_MICROS_MAX + 1] {
            let bad = ShadowSettings { month_cost_max_micros, ..shadow() };
            assert_eq!(bad.check(), Err(ShadowError::BadCost));
        }
        let elsewhere = ShadowSettings { agent_id: Some("agent_1".to_owned()), ..shadow() };
        assert_eq!(elsewhere.check(), Err(ChainError::NoAgentsThere(VoiceName::known("gemini")).into()));
    }

    #[test]
    fn a_shadow_always_hears_the_same_share_of_calls() {
        let calls: Vec<CallId> = (0..10_000).map(|_| CallId(Uuid::now_v7())).collect();
        for share_percent in [1, 10, 50, 100] {
            let shadow = ShadowSettings { share_percent, ..shadow() };
            let heard = calls.iter().filter(|call| shadow.hears(**call)).count();
            let expected = usize::from(share_percent) * 100;
            // Four standard deviations of a binomial distribution are at most 200 of 10,000.
            assert!(heard.abs_diff(expected) <= 200, "{heard} of 10000 at {share_percent} %");
            assert_eq!(calls.iter().filter(|call| shadow.hears(**call)).count(), heard);
        }
    }

    #[test]
    fn the_record_of_a_turn_is_bounded() {
        let mut answer = ShadowAnswer::default();
        answer.add_words("one");
        answer.add_words("two");
        assert_eq!(answer.text, "one two");
        answer.add_words(&"é".repeat(SHADOW_TEXT_CHARS_MAX));
        assert_eq!(answer.text.chars().count(), SHADOW_TEXT_CHARS_MAX);
        answer.add_tool("send_sms", &serde_json::json!({ "text": "x".repeat(SHADOW_ARGUMENTS_BYTES_MAX) }));
        assert_eq!(answer.tools[0].arguments, Value::Null);
        for _ in 0..2 * SHADOW_TOOLS_MAX {
            answer.add_tool("end_call", &serde_json::json!({}));
        }
        assert_eq!(answer.tools.len(), SHADOW_TOOLS_MAX);
    }
}
