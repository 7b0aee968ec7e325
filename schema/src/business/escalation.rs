//! People to reach when a caller needs a person: the business's own rules.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::hours::{self, Holiday, WeekHours};
use super::{BusinessProfile, zone};

/// People whom an assistant may contact for a caller, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Names of extensions, and numbers that the dial policy allows, in the order in which they are tried.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10))]
    pub targets: Vec<String>,
    /// When they may be contacted.
    #[serde(default)]
    pub when: EscalationTime,
    /// Offer to a caller if nobody answers.
    #[serde(default)]
    pub otherwise: Otherwise,
}

/// When people may be contacted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EscalationTime {
    /// At all times.
    #[default]
    Always,
    /// While the business is open. A business without hours is always open.
    OpenHours,
}

/// Offer to a caller if nobody answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// To leave a message.
    #[default]
    TakeMessage,
    /// None: the caller is asked to call again.
    CallAgain,
}

/// An [`Escalation`] together with the hours that it depends on: a call's own copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscalationRules {
    /// Names of extensions, and numbers, in order.
    pub targets: Vec<String>,
    /// Offer to a caller if nobody answers.
    pub otherwise: Otherwise,
    /// The hours in which they may be contacted; none means at all times.
    pub hours: Option<EscalationHours>,
}

/// Opening hours, as a call and the desks keep them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EscalationHours {
    /// Hours of the week.
    pub week: WeekHours,
    /// Days with other hours.
    pub holidays: Vec<Holiday>,
    /// Their time zone.
    #[serde(with = "zone")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "Europe/Berlin"))]
    pub time_zone: Tz,
}

impl EscalationHours {
    /// Returns the hours of this business, if it has any.
    pub fn of(business: &BusinessProfile) -> Option<Self> {
        let week = business.hours.clone()?;
        Some(Self { week, holidays: business.holidays.clone(), time_zone: business.time_zone })
    }

    /// Whether the business is open at that time.
    pub fn are_open(&self, at: DateTime<Utc>) -> bool {
        hours::is_open(&self.week, &self.holidays, self.time_zone, at)
    }
}

impl EscalationRules {
    /// Returns the rules of this business.
    pub(super) fn of(escalation: &Escalation, business: &BusinessProfile) -> Self {
        let hours = match escalation.when {
            EscalationTime::OpenHours => EscalationHours::of(business),
            EscalationTime::Always => None,
        };
        Self { targets: escalation.targets.clone(), otherwise: escalation.otherwise, hours }
    }

    /// Whether people may be contacted at that time.
    pub fn hold_at(&self, at: DateTime<Utc>) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.are_open(at))
    }

    /// Returns from when they may be contacted, if they may not now, in the business's time zone: `Monday at 08:00`.
    pub fn hold_from(&self, at: DateTime<Utc>) -> Option<String> {
        let EscalationHours { week, holidays, time_zone } = self.hours.as_ref()?;
        let opens = hours::next_opening(week, holidays, *time_zone, at)?;
        Some(opens.with_timezone(time_zone).format("%A, %-d %B at %H:%M").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(when: &str) -> EscalationRules {
        let profile: BusinessProfile = serde_json::from_value(serde_json::json!({
            "hours": { "monday": [{ "from": "08:00", "to": "17:00" }] },
            "time_zone": "Europe/Berlin",
            "escalation": { "targets": ["operator"], "when": when },
        }))
        .unwrap();
        profile.escalation_rules().unwrap()
    }

    #[test]
    fn people_are_reached_during_open_hours_on_the_business_clock() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (open, closed) = (at("2026-01-05T07:30:00Z"), at("2026-01-05T16:30:00Z"));
        let rules_of_hours = rules("open_hours");
        assert!(rules_of_hours.hold_at(open) && !rules_of_hours.hold_at(closed));
        assert_eq!(rules_of_hours.hold_from(closed).as_deref(), Some("Monday, 12 January at 08:00"));
        assert!(rules("always").hold_at(closed));
    }

    #[test]
    fn a_call_reads_back_its_stored_rules() {
        let kept = serde_json::to_value(rules("open_hours")).unwrap();
        assert_eq!(serde_json::from_value::<EscalationRules>(kept).unwrap(), rules("open_hours"));
    }
}
