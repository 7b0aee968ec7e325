//! An owner's rules for a campaign: how fast, when, how often.

use cordboard_schema::time::UnixMs;
use serde::{Deserialize, Serialize};

use crate::attempt::Outcome;
use crate::hours::{ASSUMED_ZONES_MAX, CallingHours, DAYS_OFF_MAX, WINDOWS_MAX, WeekWindow};
use crate::judge::Consent;
use crate::predictive::{ABANDONED_PERMILLE_MAX, DETECTED_QUIET_MS};
use crate::retries::{After, Retries, Tried};

/// Maximum calls at once of a campaign.
pub const AT_ONCE_MAX: u32 = 10_000;
/// Maximum calls per minute of a campaign: 100 a second.
pub const PER_MINUTE_MAX: u32 = 6_000;
/// Maximum characters of the evidence of consent.
pub const CONSENT_CHARS_MAX: usize = 500;

/// Who talks with callees who answer. This determines how many are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Assistants: as many calls as are set, because there is one for each.
    #[default]
    Assistants,
    /// Agents of a queue: calls are dialled ahead of those who will be available, and the share of callees who find none stays below a cap.
    Predictive,
    /// Agents of a queue, who see one contact after another at their desk and request each call.
    Preview,
}

impl Mode {
    /// Whether agents talk.
    pub const fn has_agents(self) -> bool {
        matches!(self, Self::Predictive | Self::Preview)
    }
}

/// How a campaign calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Who talks with people who answer.
    pub mode: Mode,
    /// In mode `predictive`: of 1,000 calls that a person answers, the maximum number for which no agent is available within 2 s, over 24 h.
    #[cfg_attr(feature = "openapi", schema(maximum = 30))]
    pub abandoned_permille_max: u16,
    /// Calls at once, ringing or talking: as many as assistants or agents should talk. In mode `preview` neither this nor the pace applies: each
    /// agent has one call.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10_000))]
    pub at_once_max: u32,
    /// Calls that begin within a minute.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 6_000))]
    pub per_minute_max: u32,
    /// When, in the callee's own time. It narrows what their country allows.
    pub hours: CallingHours,
    /// How often.
    pub retries: Retries,
    /// The evidence that the people on the list agreed to be called, for contacts without their own evidence. A text that only says no, such as `no`, is
    /// none.
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub consent: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            abandoned_permille_max: ABANDONED_PERMILLE_MAX,
            at_once_max: 1,
            per_minute_max: 30,
            hours: CallingHours::default(),
            retries: Retries::default(),
            consent: String::new(),
        }
    }
}

/// Why a value of [`Rules`] is invalid, in words that follow its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// `abandoned_permille_max`.
    #[error("must be 0 to {ABANDONED_PERMILLE_MAX}")]
    Abandoned,
    /// `at_once_max`.
    #[error("must be 1 to {AT_ONCE_MAX}")]
    AtOnce,
    /// `per_minute_max`.
    #[error("must be 1 to {PER_MINUTE_MAX}")]
    PerMinute,
    /// `hours`.
    #[error(
        "must have at most {WINDOWS_MAX} windows, each on a day from 1 to 7 from an earlier to a later minute, at most {DAYS_OFF_MAX} days off, \
         and at most {ASSUMED_ZONES_MAX} assumed zones"
    )]
    Hours,
    /// `retries`.
    #[error("must have 1 to 20 tries, pauses of 1 s to 30 days, and growth of 100 to 1000 percent")]
    Retries,
    /// `consent`.
    #[error("must have at most {CONSENT_CHARS_MAX} characters without control characters")]
    Consent,
}

impl BadRule {
    /// The value's name.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Abandoned => "rules.abandoned_permille_max",
            Self::AtOnce => "rules.at_once_max",
            Self::PerMinute => "rules.per_minute_max",
            Self::Hours => "rules.hours",
            Self::Retries => "rules.retries",
            Self::Consent => "rules.consent",
        }
    }
}

impl Rules {
    /// Returns what follows an outcome. A mailbox that a predictive call has detected may have been a person who heard nothing: they are left alone
    /// for a day, regardless of the pauses. The same applies to a person who answered, heard nothing, and hung up.
    pub fn after(&self, outcome: Outcome, tried: Tried, now: UnixMs) -> After {
        let after = self.retries.after(outcome, tried, now);
        match (after, self.mode, outcome) {
            (After::Retry(from), Mode::Predictive, Outcome::Machine)
            | (After::Retry(from), _, Outcome::HungUpEarly) => {
                After::Retry(from.max(now + DETECTED_QUIET_MS))
            }
            _ => after,
        }
    }

    /// Whether there is evidence that the people on the list agreed. It counts for contacts of whom nothing else is known.
    pub fn has_consent(&self) -> bool {
        Consent::of(&self.consent) == Consent::Given
    }

    /// Everything that is wrong with them.
    pub fn faults(&self) -> Vec<BadRule> {
        let are_hours = self.hours.windows.len() <= WINDOWS_MAX
            && self.hours.days_off.len() <= DAYS_OFF_MAX
            && self.hours.assumed_zones.len() <= ASSUMED_ZONES_MAX
            && self.hours.windows.iter().all(WeekWindow::is_valid);
        let is_consent =
            self.consent.chars().count() <= CONSENT_CHARS_MAX && !self.consent.chars().any(char::is_control);
        let checks = [
            (self.abandoned_permille_max <= ABANDONED_PERMILLE_MAX, BadRule::Abandoned),
            ((1..=AT_ONCE_MAX).contains(&self.at_once_max), BadRule::AtOnce),
            ((1..=PER_MINUTE_MAX).contains(&self.per_minute_max), BadRule::PerMinute),
            (are_hours, BadRule::Hours),
            (self.retries.is_valid(), BadRule::Retries),
            (is_consent, BadRule::Consent),
        ];
        checks.into_iter().filter(|(is_good, _)| !is_good).map(|(_, fault)| fault).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictive_calls_leave_a_supposed_mailbox_alone_for_a_day() {
        let now = UnixMs(1_000_000);
        let after = |mode, outcome| {
            let tried = Tried { all: 1, of_outcome: 1 };
            Rules { mode, ..Rules::default() }.after(outcome, tried, now)
        };
        let hours = |hours: u64| After::Retry(now + hours * 3_600_000);
        assert_eq!(after(Mode::Predictive, Outcome::Machine), hours(24));
        assert_eq!(after(Mode::Assistants, Outcome::Machine), hours(6));
        assert_eq!(after(Mode::Predictive, Outcome::NoAnswer), hours(4));
        assert_eq!(after(Mode::Assistants, Outcome::HungUpEarly), hours(24), "so is who heard nothing");
    }

    #[test]
    fn a_value_beyond_its_limit_is_named() {
        assert_eq!(Rules::default().faults(), []);
        let bad = Rules {
            mode: Mode::Predictive,
            abandoned_permille_max: 31,
            at_once_max: 0,
            per_minute_max: PER_MINUTE_MAX + 1,
            hours: CallingHours {
                windows: vec![WeekWindow { day: 8, from_minute: 0, to_minute: 1 }],
                ..CallingHours::default()
            },
            retries: Retries { tries_max: 21, ..Retries::default() },
            consent: "a\nb".to_owned(),
        };
        let fields: Vec<&str> = bad.faults().into_iter().map(BadRule::field).collect();
        assert_eq!(
            fields,
            [
                "rules.abandoned_permille_max",
                "rules.at_once_max",
                "rules.per_minute_max",
                "rules.hours",
                "rules.retries",
                "rules.consent"
            ]
        );
    }

    #[test]
    fn omitted_values_have_their_defaults() {
        assert_eq!(serde_json::from_str::<Rules>("{}").unwrap(), Rules::default());
        assert_eq!(Rules::default().abandoned_permille_max, 30, "3 % over 24 h");
        assert!(serde_json::from_str::<Rules>(r#"{"at_onze_max": 1}"#).is_err());
        let rules = Rules { mode: Mode::Predictive, abandoned_permille_max: 10, ..Rules::default() };
        let written = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&written).unwrap(), rules);
    }
}
