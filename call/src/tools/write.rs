//! Records that tools ask the store to write: typed, and no longer than the store keeps.

use chrono::{DateTime, Utc};
use cordboard_schema::activity::{ActivityChange, ActivityType};
use cordboard_schema::ids::{ActivityId, AppointmentId, QueueId};
use cordboard_schema::limits::{
    BUSINESS_LINE_CHARS_MAX, LINE_CHARS_MAX, NAME_CHARS_MAX, NOTES_CHARS_MAX, SET_TIME_MS_MAX,
};
use cordboard_schema::phone::E164;
use cordboard_schema::plain::{Lines, text_fault};
use cordboard_schema::time::UnixMs;

use super::do_not_call::OptOut;
use super::send_sms::TextRequest;

/// A record for the store to write for a call. If the same run of a tool is requested again, nothing is written twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolWrite {
    /// The call's lead: created, or changed by what was said later. Empty fields change nothing.
    Lead(LeadWords),
    /// A request about appointments.
    Estimate(EstimateRequest),
    /// A text message to the caller, or to a number that the dial policy allows.
    Text(TextRequest),
    /// The party on the call must not be called again.
    DoNotCall(OptOut),
    /// A new event or to-do.
    CreateActivity(NewActivity),
    /// A change to one of this call's events or to-dos.
    ChangeActivity {
        /// The kind that it must have.
        activity_type: ActivityType,
        /// The event or to-do.
        id: ActivityId,
        /// The change.
        change: ActivityChange,
    },
    /// The caller is to be called back. No tool requests this; a queue that could not serve them does.
    Callback(CallbackRequest),
}

impl ToolWrite {
    /// Whether it must be written even if the store could not do it in time. A party that asks not to be called again says so once, and
    /// nobody asks them again.
    pub const fn must_be_written(&self) -> bool {
        matches!(self, Self::DoNotCall(_))
    }
}

/// A caller who is to be called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRequest {
    /// The queue that could not serve them.
    pub queue_id: QueueId,
    /// The number to call.
    pub phone: E164,
    /// What they called about, in one line.
    pub about: String,
}

/// What the caller said about themselves and their request. Fields without an answer are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadWords {
    /// Their name.
    pub name: String,
    /// The number to call back; `None` for the number that they call from.
    pub phone: Option<E164>,
    /// What they need.
    pub need: String,
    /// How urgent it is.
    pub urgency: String,
    /// The budget.
    pub budget: String,
    /// The address.
    pub address: String,
}

/// A request about appointments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EstimateRequest {
    /// Find free slots.
    FreeSlots {
        /// The service; that of `moved` if there is one.
        service: String,
        /// The start of the search; now if `None`.
        from: Option<DateTime<Utc>>,
        /// The end of the search; a week later if `None`.
        to: Option<DateTime<Utc>>,
        /// The caller's appointment that is to be moved, for which its own time is free.
        moved: Option<AppointmentId>,
    },
    /// Find the upcoming appointments of the person who talks with the assistant. The store decides which are theirs.
    FindAppointments,
    /// Hold a slot for the caller.
    Hold {
        /// The service.
        service: String,
        /// The time.
        starts_at: DateTime<Utc>,
        /// The customer's name.
        name: String,
        /// The address.
        address: String,
        /// Notes for the staff.
        notes: String,
    },
    /// Confirm the held appointment.
    Confirm(AppointmentId),
    /// Move it to this time.
    Move(AppointmentId, DateTime<Utc>),
    /// Cancel it.
    Cancel(AppointmentId),
}

/// A new event or to-do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// The kind: an event or a to-do.
    pub activity_type: ActivityType,
    /// A title in one line.
    pub title: String,
    /// When an event happens, or a to-do is due.
    pub at: Option<DateTime<Utc>>,
    /// Further notes.
    pub notes: String,
}

/// Checks a name: at most 120 characters.
pub(super) fn name(field: &str, text: String) -> Result<String, String> {
    fits(field, text, NAME_CHARS_MAX, Lines::One)
}

/// Checks a line that a business uses about itself, such as the name of a service.
pub(super) fn business_line(field: &str, text: String) -> Result<String, String> {
    fits(field, text, BUSINESS_LINE_CHARS_MAX, Lines::One)
}

/// Checks a line: at most 300 characters.
pub(super) fn line(field: &str, text: String) -> Result<String, String> {
    fits(field, text, LINE_CHARS_MAX, Lines::One)
}

/// Checks a line that must not be empty.
pub(super) fn title(field: &str, text: String) -> Result<String, String> {
    let text = line(field, text)?;
    if text.is_empty() { Err(format!("`{field}` must not be empty")) } else { Ok(text) }
}

/// Checks a text of several lines: at most 4,000 characters.
pub(super) fn notes(field: &str, text: String) -> Result<String, String> {
    fits(field, text, NOTES_CHARS_MAX, Lines::Many)
}

/// Checks that a time is plausible.
pub(super) fn time(field: &str, at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    match (0..SET_TIME_MS_MAX).contains(&UnixMs::from(at).0) {
        true => Ok(at),
        false => Err(format!("`{field}` must be between the years 1970 and 2200")),
    }
}

/// Returns the words as lists show them: in one line, and not too long.
pub(crate) fn in_a_line(words: &str) -> String {
    let words: Vec<&str> = words.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.chars().take(LINE_CHARS_MAX).collect()
}

fn fits(field: &str, text: String, chars_max: usize, lines: Lines) -> Result<String, String> {
    match text_fault(&text, chars_max, lines) {
        None => Ok(text.trim().to_owned()),
        Some(fault) => Err(format!("`{field}` {fault}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_listed_in_one_short_line() {
        assert_eq!(in_a_line(" a bill\r\n\tof\u{7}May "), "a bill of May");
        assert_eq!(in_a_line(&"ä ".repeat(LINE_CHARS_MAX)).chars().count(), LINE_CHARS_MAX);
    }
}
