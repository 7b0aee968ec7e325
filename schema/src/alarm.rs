//! Alarms: notices to supervisors during a call.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::composed::composed;
use crate::ids::{AlarmId, CallId, OrganizationId, UserId};
use crate::provider::ProviderFailure;
use crate::time::{UnixMs, rfc3339};
use crate::words::is_unspaced;

/// Maximum number of rules of an organization.
pub const ALARM_RULES_MAX: usize = 20;
/// Maximum number of phrases of a rule.
pub const ALARM_PHRASES_MAX: usize = 50;
/// Maximum number of characters of a rule's name, and of a phrase.
pub const ALARM_CHARS_MAX: usize = 80;
/// Maximum time of a rule, in s.
pub const ALARM_S_MAX: u32 = 3_600;
/// Minimum time of a rule, in s.
pub const ALARM_S_MIN: u32 = 5;
/// Maximum number of alarms of an organization within [`ALARMS_RATE_MS`]. Further ones are not raised.
pub const ALARMS_RATE: i64 = 60;
/// Period in which they are counted, in ms.
pub const ALARMS_RATE_MS: u64 = 600_000;

/// Who has to say a phrase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SaidBy {
    /// Caller or assistant.
    #[default]
    Anybody,
    /// The caller.
    Caller,
    /// The assistant.
    Assistant,
}

/// Condition of an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum AlarmOn {
    /// A caller waits for an answer, or for a person who was requested.
    CallerWaits {
        /// For longer than this, in s.
        #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 3600, example = 60))]
        longer_than_s: u32,
    },
    /// The assistant's provider failed during the call.
    AssistantFailed,
    /// One of these phrases is in the transcript. Case and punctuation are ignored.
    WordsSaid {
        /// Words or phrases.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 50, example = json!(["lawyer", "cancel my contract"])))]
        phrases: Vec<String>,
        /// Who has to say it.
        #[serde(default)]
        by: SaidBy,
    },
    /// Caller and assistant are both silent during their conversation.
    Silence {
        /// For longer than this, in s.
        #[cfg_attr(feature = "openapi", schema(minimum = 5, maximum = 3600, example = 30))]
        longer_than_s: u32,
    },
}

/// A rule of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlarmRule {
    /// Name, unique among the organization's rules.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 80, example = "Waits for a minute"))]
    pub name: String,
    /// Whether it raises alarms.
    pub enabled: bool,
    /// Condition that raises the alarm.
    #[serde(flatten)]
    pub on: AlarmOn,
}

/// The rules of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmRules {
    /// The rules, in the order in which they are shown.
    pub rules: Vec<AlarmRule>,
}

impl AlarmRules {
    /// Returns the faults of the rules, if any.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = BTreeSet::new();
        if self.rules.len() > ALARM_RULES_MAX {
            faults.insert(format!("must have at most {ALARM_RULES_MAX} rules"));
        }
        let mut names = BTreeSet::new();
        for rule in &self.rules {
            let is_short = (1..=ALARM_CHARS_MAX).contains(&rule.name.chars().count());
            let is_plain = rule.name.trim() == rule.name && !rule.name.chars().any(char::is_control);
            if !is_short || !is_plain || !names.insert(&rule.name) {
                faults.insert(format!(
                    "must each have a name of 1 to {ALARM_CHARS_MAX} characters that no other rule has"
                ));
            }
            match &rule.on {
                AlarmOn::CallerWaits { longer_than_s } | AlarmOn::Silence { longer_than_s } => {
                    if !(ALARM_S_MIN..=ALARM_S_MAX).contains(longer_than_s) {
                        faults.insert(format!("must each have a time of {ALARM_S_MIN} to {ALARM_S_MAX} s"));
                    }
                }
                AlarmOn::WordsSaid { phrases, .. } => {
                    let is_bad = |phrase: &String| {
                        words_of(phrase).next().is_none() || phrase.chars().count() > ALARM_CHARS_MAX
                    };
                    if !(1..=ALARM_PHRASES_MAX).contains(&phrases.len()) || phrases.iter().any(is_bad) {
                        faults.insert(format!(
                            "must each have 1 to {ALARM_PHRASES_MAX} phrases, of a word at least and {ALARM_CHARS_MAX} characters at most"
                        ));
                    }
                }
                AlarmOn::AssistantFailed => {}
            }
        }
        faults.into_iter().collect()
    }
}

/// Returns the words of a text as they are compared. In scripts without spaces between words, each character is a word, as in
/// searches: a phrase would otherwise have to be a whole sentence of the caller.
pub fn words_of(text: &str) -> impl Iterator<Item = String> {
    let (mut words, mut begun) = (Vec::new(), String::new());
    for character in composed(text).chars() {
        let is_whole = is_unspaced(character);
        if character.is_alphanumeric() && !is_whole {
            begun.push(character);
            continue;
        }
        if !begun.is_empty() {
            words.push(std::mem::take(&mut begun).to_lowercase());
        }
        if is_whole {
            words.push(character.to_string());
        }
    }
    if !begun.is_empty() {
        words.push(begun.to_lowercase());
    }
    words.into_iter()
}

/// Why an alarm was raised, with the words of the rule's condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum AlarmCause {
    /// The caller has waited.
    CallerWaits {
        /// For this long, in s.
        longer_than_s: u32,
    },
    /// The assistant's provider failed.
    AssistantFailed {
        /// How it failed.
        failure: ProviderFailure,
    },
    /// A phrase was said.
    WordsSaid {
        /// The phrase, as the rule has it.
        phrase: String,
    },
    /// Caller and assistant were silent.
    Silence {
        /// For this long, in s.
        longer_than_s: u32,
    },
}

/// The cause in English, which `static/src/supervision/alarm-words.ts` translates for the pages.
impl fmt::Display for AlarmCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CallerWaits { longer_than_s } => write!(f, "the caller has waited for {longer_than_s} s"),
            Self::AssistantFailed { failure } => write!(f, "the assistant failed: {failure}"),
            Self::WordsSaid { phrase } => write!(f, "said: {phrase}"),
            Self::Silence { longer_than_s } => write!(f, "nobody has said anything for {longer_than_s} s"),
        }
    }
}

/// An alarm to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlarm {
    /// UUID v7.
    pub id: AlarmId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// Name of the rule.
    pub rule: String,
    /// Why it is raised.
    pub cause: AlarmCause,
    /// The time.
    pub at: UnixMs,
}

/// An alarm that was raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alarm {
    /// UUID v7.
    pub id: AlarmId,
    /// The organization that owns it.
    #[serde(skip)]
    pub organization_id: OrganizationId,
    /// The call.
    pub call_id: CallId,
    /// Name of the rule at that time.
    pub rule: String,
    /// Details in words: for how long, or which phrase of the rule. It never contains other words of the conversation.
    pub detail: String,
    /// The time.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// When a user acknowledged it.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub acknowledged_at: Option<UnixMs>,
    /// The user who acknowledged it; null if that user was deleted.
    pub acknowledged_by: Option<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, on: AlarmOn) -> AlarmRule {
        AlarmRule { name: name.to_owned(), enabled: true, on }
    }

    fn said(phrases: &[&str]) -> AlarmOn {
        AlarmOn::WordsSaid {
            phrases: phrases.iter().map(|one| (*one).to_owned()).collect(),
            by: SaidBy::Anybody,
        }
    }

    #[test]
    fn invalid_rules_are_refused() {
        let good = AlarmRules {
            rules: vec![
                rule("Waits", AlarmOn::CallerWaits { longer_than_s: 60 }),
                rule("Fails", AlarmOn::AssistantFailed),
                rule("Lawyer", said(&["lawyer"])),
            ],
        };
        assert!(good.faults().is_empty());
        let bad = AlarmRules {
            rules: vec![
                rule("", AlarmOn::Silence { longer_than_s: 4 }),
                rule("Same", said(&[])),
                rule("Same", said(&["..."])),
            ],
        };
        assert_eq!(bad.faults().len(), 3, "{:?}", bad.faults());
        let many =
            AlarmRules { rules: (0..21).map(|n| rule(&n.to_string(), AlarmOn::AssistantFailed)).collect() };
        assert_eq!(many.faults().len(), 1);
    }

    #[test]
    fn causes_have_the_words_that_the_pages_translate() {
        for (cause, detail) in [
            (AlarmCause::CallerWaits { longer_than_s: 60 }, "the caller has waited for 60 s"),
            (AlarmCause::Silence { longer_than_s: 90 }, "nobody has said anything for 90 s"),
            (
                AlarmCause::AssistantFailed { failure: ProviderFailure::Stalled },
                "the assistant failed: stalled",
            ),
            (AlarmCause::WordsSaid { phrase: "my lawyer".to_owned() }, "said: my lawyer"),
        ] {
            assert_eq!(cause.to_string(), detail);
        }
    }

    #[test]
    fn a_rule_is_one_json_object() {
        let rule = rule("Waits", AlarmOn::CallerWaits { longer_than_s: 60 });
        let json = serde_json::json!({ "name": "Waits", "enabled": true, "on": "caller_waits", "longer_than_s": 60 });
        assert_eq!(serde_json::to_value(&rule).unwrap(), json);
        assert_eq!(serde_json::from_value::<AlarmRule>(json).unwrap(), rule);
    }
}
