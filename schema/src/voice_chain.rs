//! The chain of voices of a profile: the first speaker, and the voices that take over when one fails.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::business::check::spans_of_day;
use crate::business::hours::{self, WeekHours};
use crate::business::is_language_tag;
use crate::kind_name::{BadKindName, KindName};
use crate::limits::BUSINESS_SPANS_MAX;
use crate::profile::{AgentHost, HostedAgent, SpeechSettings};

/// Maximum number of voices of a chain. The built-in assistant and a person always follow the last one.
pub const VOICES_MAX: usize = 4;
/// Maximum number of languages of a rule.
const LANGUAGES_MAX: usize = 20;
/// Maximum of a voice's limit on a call's cost, in millionths of the currency.
pub const CALL_COST_CAP_MICROS_MAX: u64 = 1_000_000_000_000;
/// Maximum number of characters of a voice's name.
const VOICE_CHARS_MAX: usize = 79;

/// A provider of a voice, as a chain names it: the organization's own account there, else the configuration's account. The server
/// defines which providers exist; a call skips a name that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "openai"))]
#[serde(transparent)]
pub struct VoiceName(KindName);

impl VoiceName {
    /// Returns the provider with this name, which is a constant of the program.
    pub const fn known(name: &'static str) -> Self {
        Self(KindName::known(name))
    }

    /// Returns its word, which is also the provider's name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for VoiceName {
    type Err = BadKindName;

    fn from_str(text: &str) -> Result<Self, BadKindName> {
        text.parse().map(Self)
    }
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Region in which a provider stores the speech data that it hears and says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum DataRegion {
    /// In the European Union.
    Eu,
    /// In the United States.
    Us,
}

impl fmt::Display for DataRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eu => "the EU",
            Self::Us => "the US",
        })
    }
}

/// When a voice of a chain is used. All conditions have to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct VoiceRule {
    /// Languages of the profile, as BCP 47 tags: `pt` includes `pt-BR`. If empty, all languages.
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub languages: Vec<String>,
    /// Hours in the business's time zone; if null, all hours.
    pub hours: Option<WeekHours>,
}

impl VoiceRule {
    /// Whether it applies to a call that begins at `now`, in this language and zone.
    pub fn holds(&self, language: &str, zone: Tz, now: DateTime<Utc>) -> bool {
        let is_of = |tag: &String| {
            let begins = language.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
            begins && matches!(language.as_bytes().get(tag.len()), None | Some(b'-'))
        };
        let speaks = self.languages.is_empty() || self.languages.iter().any(is_of);
        speaks && self.hours.as_ref().is_none_or(|week| hours::is_open(week, &[], zone, now))
    }

    fn has_sound_hours(&self) -> bool {
        self.hours
            .as_ref()
            .is_none_or(|week| week.days().iter().all(|(_, spans)| spans_of_day(spans).is_ok()))
    }

    fn has_sound_languages(&self) -> bool {
        self.languages.len() <= LANGUAGES_MAX && self.languages.iter().all(|tag| is_language_tag(tag))
    }
}

/// One voice of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct VoiceLink {
    /// The voice's provider.
    pub provider: VoiceName,
    /// The provider's name of a voice; null means the provider's default. The same name means a different voice at each provider.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 79, pattern = "^[!-~]+$"))]
    pub voice: Option<String>,
    /// The agent that speaks, at a provider that hosts agents.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9_-]+$"))]
    pub agent_id: Option<String>,
    /// Whether the profile's instructions, first words, language and voice replace a hosted agent's own.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(default = false))]
    pub overrides: bool,
    /// When it is used; if null, at all times. In a call's own copy, a rule that applies is left out.
    #[serde(default)]
    pub when: Option<VoiceRule>,
    /// It stops serving a call once that call's assistants have cost this much, in millionths of the currency; if null, there is
    /// no limit.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000_000_000_u64))]
    pub call_cost_max_micros: Option<u64>,
}

impl VoiceLink {
    /// Returns a provider's default voice, used at all times.
    pub const fn of(provider: VoiceName) -> Self {
        Self {
            provider,
            voice: None,
            agent_id: None,
            overrides: false,
            when: None,
            call_cost_max_micros: None,
        }
    }
}

/// Why a chain is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// It has too many voices.
    #[error("must have at most {VOICES_MAX} voices")]
    TooLong,
    /// A voice occurs twice: a circle would never reach a person.
    #[error(
        "names {0} twice, and must name each voice once: after a failure the chain goes on to the next voice, and to a person at its end"
    )]
    Twice(VoiceName),
    /// The name of a voice is not valid.
    #[error("must have a voice's name of 1 to 79 printable characters without spaces, at {0}")]
    BadVoice(VoiceName),
    /// The id of an agent is not valid.
    #[error("must have an agent_id of 1 to 128 letters, digits, - and _, at {0}")]
    BadAgent(VoiceName),
    /// An agent is named at a provider that hosts none.
    #[error("names an agent at {0}, which hosts none")]
    NoAgentsThere(VoiceName),
    /// A rule has too many languages, or one that is not a language.
    #[error("must have languages by BCP 47 tags, at most {LANGUAGES_MAX}, at {0}")]
    BadRule(VoiceName),
    /// The hours of a rule overlap, or are too many.
    #[error("must have hours that do not overlap, at most {BUSINESS_SPANS_MAX} times a day, at {0}")]
    BadHours(VoiceName),
    /// A limit on the call's cost is zero or too large.
    #[error("must have a call_cost_max_micros of 1 to {CALL_COST_CAP_MICROS_MAX}, at {0}")]
    BadCost(VoiceName),
    /// The profile also names a hosted agent.
    #[error("can't be used together with `agent`: name the agent in the chain, at elevenlabs")]
    WithAgent,
}

/// Checks the chain of a profile.
///
/// # Errors
/// It is not valid.
pub fn check_chain(speech: &SpeechSettings) -> Result<(), ChainError> {
    let voices = &speech.voices;
    if voices.len() > VOICES_MAX {
        return Err(ChainError::TooLong);
    }
    if !voices.is_empty() && speech.agent.is_some() {
        return Err(ChainError::WithAgent);
    }
    for (place, link) in voices.iter().enumerate() {
        let provider = link.provider;
        if voices.iter().take(place).any(|before| before.provider == provider) {
            return Err(ChainError::Twice(provider));
        }
        let is_voice = |voice: &str| {
            (1..=VOICE_CHARS_MAX).contains(&voice.len()) && voice.chars().all(|c| c.is_ascii_graphic())
        };
        if !link.voice.as_deref().is_none_or(is_voice) {
            return Err(ChainError::BadVoice(provider));
        }
        if !link.when.as_ref().is_none_or(VoiceRule::has_sound_languages) {
            return Err(ChainError::BadRule(provider));
        }
        if !link.when.as_ref().is_none_or(VoiceRule::has_sound_hours) {
            return Err(ChainError::BadHours(provider));
        }
        if !link.call_cost_max_micros.is_none_or(|cap| (1..=CALL_COST_CAP_MICROS_MAX).contains(&cap)) {
            return Err(ChainError::BadCost(provider));
        }
        match &link.agent_id {
            Some(_) if provider != AgentHost::ElevenLabs.voice() => {
                return Err(ChainError::NoAgentsThere(provider));
            }
            Some(id) if !HostedAgent::is_id(id) => return Err(ChainError::BadAgent(provider)),
            _ => {}
        }
    }
    Ok(())
}

impl SpeechSettings {
    /// Returns the voice at a position of the chain, counted from 0; none after its end, and for a profile without a chain.
    pub fn link(&self, place: u8) -> Option<&VoiceLink> {
        self.voices.get(usize::from(place))
    }

    /// Removes the rules that apply to a call that begins at `now`, in this language and zone. The remaining rules do not apply.
    #[must_use]
    pub fn decided(mut self, language: &str, zone: Tz, now: DateTime<Utc>) -> Self {
        for link in &mut self.voices {
            link.when.take_if(|rule| rule.holds(language, zone, now));
        }
        self
    }

    /// Returns the settings of a voice of the chain: its own name of a voice, and its own agent.
    #[must_use]
    pub fn of_link(&self, link: &VoiceLink) -> Self {
        let agent = link.agent_id.clone().map(|agent_id| HostedAgent {
            provider: AgentHost::ElevenLabs,
            agent_id,
            overrides: link.overrides,
        });
        Self { voice: link.voice.clone(), agent, voices: Vec::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(provider: VoiceName) -> VoiceLink {
        VoiceLink::of(provider)
    }

    #[test]
    fn a_rule_applies_in_its_languages_and_hours() {
        let rule = |rule: serde_json::Value| -> VoiceRule { serde_json::from_value(rule).unwrap() };
        let (zone, now) = (Tz::Europe__Berlin, "2027-05-04T07:30:00Z".parse().unwrap());
        let portuguese = rule(serde_json::json!({ "languages": ["de", "pt"] }));
        for (language, holds) in [("pt-BR", true), ("PT", true), ("de", true), ("den", false), ("en", false)]
        {
            assert_eq!(portuguese.holds(language, zone, now), holds, "{language}");
        }
        // A Tuesday, 09:30 in Berlin.
        let from_nine =
            rule(serde_json::json!({ "hours": { "tuesday": [{ "from": "09:00", "to": "17:00" }] } }));
        assert!(from_nine.holds("en", zone, now) && !from_nine.holds("en", Tz::UTC, now));
        let speech = chain(vec![
            VoiceLink { when: Some(portuguese), ..link(VoiceName::known("gemini")) },
            VoiceLink { when: Some(from_nine), ..link(VoiceName::known("openai")) },
        ]);
        let decided = speech.decided("en", zone, now);
        assert!(decided.voices[0].when.is_some() && decided.voices[1].when.is_none());
    }

    fn chain(voices: Vec<VoiceLink>) -> SpeechSettings {
        SpeechSettings { voices, ..SpeechSettings::default() }
    }

    #[test]
    fn a_chain_names_each_voice_once() {
        let circle = [VoiceName::known("openai"), VoiceName::known("gemini"), VoiceName::known("openai")]
            .map(link)
            .to_vec();
        assert_eq!(check_chain(&chain(circle)), Err(ChainError::Twice(VoiceName::known("openai"))));
        assert_eq!(
            check_chain(&chain(["a", "b", "c", "d", "e"].map(|name| link(VoiceName::known(name))).to_vec())),
            Err(ChainError::TooLong)
        );
        assert_eq!(check_chain(&chain(Vec::new())), Ok(()));
    }

    #[test]
    fn agents_are_named_only_at_providers_that_host_them() {
        let agent =
            |provider, id: &str| chain(vec![VoiceLink { agent_id: Some(id.to_owned()), ..link(provider) }]);
        assert_eq!(check_chain(&agent(VoiceName::known("elevenlabs"), "agent_1")), Ok(()));
        let bad = Err(ChainError::BadAgent(VoiceName::known("elevenlabs")));
        assert_eq!(check_chain(&agent(VoiceName::known("elevenlabs"), "a b")), bad);
        let elsewhere = Err(ChainError::NoAgentsThere(VoiceName::known("gemini")));
        assert_eq!(check_chain(&agent(VoiceName::known("gemini"), "agent_1")), elsewhere);
        let with_agent = SpeechSettings {
            agent: Some(HostedAgent {
                provider: AgentHost::ElevenLabs,
                agent_id: "x".to_owned(),
                overrides: false,
            }),
            ..chain(vec![link(VoiceName::known("openai"))])
        };
        assert_eq!(check_chain(&with_agent), Err(ChainError::WithAgent));
    }

    #[test]
    fn hours_of_a_rule_do_not_overlap() {
        let on_monday = |spans: serde_json::Value| {
            let when = serde_json::from_value(serde_json::json!({ "hours": { "monday": spans } })).unwrap();
            check_chain(&chain(vec![VoiceLink { when: Some(when), ..link(VoiceName::known("openai")) }]))
        };
        let fine =
            serde_json::json!([{ "from": "08:00", "to": "12:00" }, { "from": "13:00", "to": "18:00" }]);
        assert_eq!(on_monday(fine), Ok(()));
        for bad in [
            serde_json::json!([{ "from": "08:00", "to": "12:00" }, { "from": "11:00", "to": "18:00" }]),
            serde_json::json!([{ "from": "08:00", "to": "08:00" }]),
        ] {
            assert_eq!(
                on_monday(bad.clone()),
                Err(ChainError::BadHours(VoiceName::known("openai"))),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_calls_cost_limit_is_positive_and_bounded() {
        let capped = |cap| {
            check_chain(&chain(vec![VoiceLink {
                call_cost_max_micros: cap,
                ..link(VoiceName::known("openai"))
            }]))
        };
        for fine in [None, Some(1), Some(CALL_COST_CAP_MICROS_MAX)] {
            assert_eq!(capped(fine), Ok(()), "{fine:?}");
        }
        for bad in [0, CALL_COST_CAP_MICROS_MAX + 1, u64::MAX] {
            assert_eq!(capped(Some(bad)), Err(ChainError::BadCost(VoiceName::known("openai"))), "{bad}");
        }
    }

    #[test]
    fn each_voice_gets_its_own_name_and_agent() {
        let speech = SpeechSettings { voice: Some("marin".to_owned()), ..SpeechSettings::default() };
        let kore = VoiceLink { voice: Some("Kore".to_owned()), ..link(VoiceName::known("gemini")) };
        assert_eq!(speech.of_link(&kore).voice.as_deref(), Some("Kore"));
        assert_eq!(
            speech.of_link(&link(VoiceName::known("deepgram"))).voice,
            None,
            "another one's name is none here"
        );
    }
}
