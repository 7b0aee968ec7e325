//! Notices: events that a business wants to know about at once, by e-mail or text message, and their recipients.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::delivery::Letter;
use crate::ids::WebhookId;
use crate::limits::NOTICE_GATHERED_CHARS_MAX;
use crate::report::FigureChange;
use crate::webhook::WebhookEvent;

/// Kinds of notices to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A caller's request to the business was recorded.
    NewLead,
    /// Somebody called, and was not connected with anybody.
    MissedCall,
    /// A person was asked to take over and could not be reached.
    FailedHandoff,
    /// A webhook was disabled because it had not answered for days.
    WebhookOff,
    /// A rule raised an alarm about a live call.
    Alarm,
    /// Figures of a day differ from the usual ones.
    FiguresChanged,
}

impl NoticeKind {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewLead => "new_lead",
            Self::MissedCall => "missed_call",
            Self::FailedHandoff => "failed_handoff",
            Self::WebhookOff => "webhook_off",
            Self::Alarm => "alarm",
            Self::FiguresChanged => "figures_changed",
        }
    }
}

impl NoticeKind {
    /// Returns the plural of its subject, which follows a number.
    const fn several(self) -> &'static str {
        match self {
            Self::NewLead => "new leads",
            Self::MissedCall => "missed calls",
            Self::FailedHandoff => "people could not be reached",
            Self::WebhookOff => "webhooks were switched off",
            Self::Alarm => "alarms",
            Self::FiguresChanged => "days with unusual figures",
        }
    }
}

/// End of a letter that combines more notices than it shows.
const MORE: &str = "\nand more\n";

/// Recipients of one kind of notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Recipients {
    /// E-mail addresses.
    #[cfg_attr(feature = "openapi", schema(max_items = 10, example = json!(["owner@example.com"])))]
    pub email: Vec<String>,
    /// Numbers that get a text message: `+` and digits.
    #[cfg_attr(feature = "openapi", schema(max_items = 10, example = json!(["+4930123456"])))]
    pub sms: Vec<String>,
}

impl Recipients {
    /// Whether there are no recipients.
    pub const fn is_empty(&self) -> bool {
        self.email.is_empty() && self.sms.is_empty()
    }
}

/// Recipients of each kind of notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NoticeSettings {
    /// Recipients for a new lead.
    pub new_lead: Recipients,
    /// Recipients for a missed call: one that ended before anybody, including the assistant, was connected.
    pub missed_call: Recipients,
    /// Recipients for a failed hand-off: a person was asked to take over and could not be reached.
    pub failed_handoff: Recipients,
    /// Recipients for a webhook that was disabled because it had not answered for days.
    pub webhook_off: Recipients,
    /// Recipients for an alarm about a live call.
    pub alarm: Recipients,
    /// Recipients for figures of a day that differ from the usual ones by more than chance.
    pub figures_changed: Recipients,
}

impl NoticeSettings {
    /// Recipients of notices of this kind.
    pub const fn of(&self, kind: NoticeKind) -> &Recipients {
        match kind {
            NoticeKind::NewLead => &self.new_lead,
            NoticeKind::MissedCall => &self.missed_call,
            NoticeKind::FailedHandoff => &self.failed_handoff,
            NoticeKind::WebhookOff => &self.webhook_off,
            NoticeKind::Alarm => &self.alarm,
            NoticeKind::FiguresChanged => &self.figures_changed,
        }
    }
}

/// A notice to people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its kind.
    pub kind: NoticeKind,
    /// Its text.
    pub letter: Letter,
}

impl Notice {
    /// Returns the notice of an event, if there are notices of that kind.
    pub fn of(event: &WebhookEvent) -> Option<Self> {
        let (kind, subject, lines) = match event {
            WebhookEvent::LeadCreated(lead) => {
                let who = lead.name.as_deref().or(lead.phone.as_deref()).unwrap_or("an unknown caller");
                let lines = [
                    ("Name", lead.name.as_deref()),
                    ("Phone", lead.phone.as_deref()),
                    ("Need", lead.need.as_deref()),
                    ("Urgency", lead.urgency.as_deref()),
                    ("Budget", lead.budget.as_deref()),
                    ("Address", lead.address.as_deref()),
                ];
                (NoticeKind::NewLead, format!("New lead: {who}"), text_of(&lines))
            }
            WebhookEvent::CallEnded(call) if call.is_missed() => {
                let from = call.from.as_deref().unwrap_or("an unknown caller");
                let at = call.started_at.to_rfc3339();
                let lines =
                    [("From", call.from.as_deref()), ("To", call.to.as_deref()), ("At", Some(at.as_str()))];
                (NoticeKind::MissedCall, format!("Missed call from {from}"), text_of(&lines))
            }
            WebhookEvent::HandoffFailed(handoff) => {
                let target = handoff.target.as_deref().unwrap_or("a person");
                let at = handoff.at.to_rfc3339();
                let lines = [
                    ("Asked for", handoff.target.as_deref()),
                    ("Caller", handoff.from.as_deref()),
                    ("Reason", Some(handoff.failure.as_str())),
                    ("At", Some(at.as_str())),
                ];
                (NoticeKind::FailedHandoff, format!("{target} could not be reached"), text_of(&lines))
            }
            WebhookEvent::AlarmRaised(alarm) => {
                let (at, call) = (alarm.at.to_rfc3339(), alarm.call_id.to_string());
                let lines = [
                    ("Reason", Some(alarm.detail.as_str())),
                    ("Call", Some(call.as_str())),
                    ("At", Some(at.as_str())),
                ];
                (NoticeKind::Alarm, format!("Alarm: {}", alarm.rule), text_of(&lines))
            }
            _ => return None,
        };
        Some(Self { kind, letter: Letter::new(one_line(&subject), lines) })
    }

    /// Returns the notice that a webhook at this host was disabled. It does not contain the rest of the address, which may
    /// contain a secret, because anybody may receive notices.
    pub fn webhook_off(id: WebhookId, host: &str, reason: &str) -> Self {
        let id = id.to_string();
        let text =
            text_of(&[("Address", Some(host)), ("Webhook", Some(id.as_str())), ("Reason", Some(reason))]);
        let subject = "A webhook was switched off".to_owned();
        Self { kind: NoticeKind::WebhookOff, letter: Letter::new(subject, text) }
    }

    /// Returns the notice that figures of a day have changed. `report` is the address of the page that shows them.
    pub fn figures_changed(day: NaiveDate, changes: &[FigureChange], currency: &str, report: &str) -> Self {
        let names: Vec<&str> = changes.iter().map(|change| change.figure.name()).collect();
        let subject = format!("Unusual figures of {day}: {}", names.join(", "));
        let mut text = String::new();
        for FigureChange { figure, usual, now } in changes {
            let (now, usual) = (figure.shown(*now, currency), figure.shown(*usual, currency));
            text.push_str(&format!("{}: {now}, usually {usual}\n", figure.name()));
        }
        text.push_str(&format!("Report: {report}\n"));
        Self { kind: NoticeKind::FiguresChanged, letter: Letter::new(subject, text) }
    }

    /// Returns one letter for a waiting letter and a further notice of its kind.
    pub fn gathered(&self, waiting: &Letter) -> Letter {
        let stands_for = waiting.stands_for.saturating_add(self.letter.stands_for);
        let mut text = waiting.text.clone();
        if text.chars().count() < NOTICE_GATHERED_CHARS_MAX {
            text = format!("{text}\n{}", self.letter.text);
        } else if !text.ends_with(MORE) {
            text.push_str(MORE);
        }
        Letter { subject: format!("{stands_for} {}", self.kind.several()), text, stands_for }
    }
}

/// Returns one line for each value that is present.
fn text_of(lines: &[(&str, Option<&str>)]) -> String {
    let line = |(name, value): &(&str, Option<&str>)| Some(format!("{name}: {}\n", one_line((*value)?)));
    lines.iter().filter_map(line).collect()
}

/// Replaces line breaks, so that words of callers and models can't form a header or a line of their own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::LeadId;
    use crate::webhook::LeadPayload;

    #[test]
    fn combined_notices_give_their_number_and_stay_short() {
        let letter =
            |number: u32| Letter::new(format!("Missed call from {number}"), format!("From: {number}\n"));
        let notice = |number| Notice { kind: NoticeKind::MissedCall, letter: letter(number) };
        let two = notice(2).gathered(&letter(1));
        assert_eq!((two.subject.as_str(), two.stands_for), ("2 missed calls", 2));
        assert_eq!(two.text, "From: 1\n\nFrom: 2\n");
        let all = (2..10_000).fold(letter(1), |waiting, number| notice(number).gathered(&waiting));
        assert_eq!((all.subject.as_str(), all.stands_for), ("9999 missed calls", 9_999));
        assert!(all.text.ends_with(MORE) && all.text.chars().count() < NOTICE_GATHERED_CHARS_MAX + 100);
    }

    #[test]
    fn a_lead_is_listed_in_lines_and_adds_none() {
        let lead = LeadPayload {
            id: "0199d2a5-7f1e-7c3a-9a55-3f2b8c6d7e10".parse::<LeadId>().unwrap(),
            call_id: None,
            customer_id: None,
            name: Some("Ann\r\nBcc: all@example.com".to_owned()),
            phone: Some("+4930123".to_owned()),
            need: Some("A new roof".to_owned()),
            urgency: None,
            budget: None,
            address: None,
        };
        let Notice { kind, letter } = Notice::of(&WebhookEvent::LeadCreated(lead)).unwrap();
        assert_eq!(kind, NoticeKind::NewLead);
        assert_eq!(letter.subject, "New lead: Ann  Bcc: all@example.com");
        assert_eq!(letter.text, "Name: Ann  Bcc: all@example.com\nPhone: +4930123\nNeed: A new roof\n");
    }
}
