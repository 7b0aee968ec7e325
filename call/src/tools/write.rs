//! Records that the tools ask the store to write: typed, and no longer than the store keeps.

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

/// Something that the store is to write for a call. The same run of a tool, asked for again, writes nothing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolWrite {
    /// The call's lead: made, or changed by what was said later. Empty words change nothing.
    Lead(LeadWords),
    /// Something about appointments.
    Estimate(EstimateRequest),
    /// A text message to the caller, or to a number that the dial policy admits.
    Text(TextRequest),
    /// The party on the call is not called again.
    DoNotCall(OptOut),
    /// A new event or to-do.
    CreateActivity(NewActivity),
    /// One of this call's events or to-dos is changed.
    ChangeActivity {
        /// Kind that it must have.
        activity_type: ActivityType,
        /// The event or to-do.
        id: ActivityId,
        /// The change.
        change: ActivityChange,
    },
    /// The caller is to be called back. No tool asks for that: a queue does that has found nobody for them.
    Callback(CallbackRequest),
}

impl ToolWrite {
    /// Whether it is to be written also where the store could not do it in time: somebody who is not to be called any more says so once, and
    /// nobody asks them again.
    pub const fn is_owed(&self) -> bool {
        matches!(self, Self::DoNotCall(_))
    }
}

/// A caller who is to be called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackRequest {
    /// The queue that has found nobody for them.
    pub queue_id: QueueId,
    /// The number to call.
    pub phone: E164,
    /// The request, in one line.
    pub about: String,
}

/// The caller's words about themselves and their wish. Fields that they left open are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadWords {
    /// Their name.
    pub name: String,
    /// The number to call back; if none is given, the one that they call from.
    pub phone: Option<E164>,
    /// The request.
    pub need: String,
    /// Urgency.
    pub urgency: String,
    /// The budget.
    pub budget: String,
    /// The address.
    pub address: String,
}

/// A request about appointments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EstimateRequest {
    /// When something is free.
    FreeSlots {
        /// The service.
        service: String,
        /// From when on; now if nothing is said.
        from: Option<DateTime<Utc>>,
        /// Until when; a week later if nothing is said.
        to: Option<DateTime<Utc>>,
    },
    /// Keep a slot for the caller.
    Hold {
        /// The service.
        service: String,
        /// The time.
        starts_at: DateTime<Utc>,
        /// Name of the customer who comes.
        name: String,
        /// The address.
        address: String,
        /// Notes for the staff.
        notes: String,
    },
    /// Agree on what is held.
    Confirm(AppointmentId),
    /// To another time.
    Move(AppointmentId, DateTime<Utc>),
    /// Call it off.
    Cancel(AppointmentId),
}

/// A new event or to-do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Kind: an event or a to-do.
    pub activity_type: ActivityType,
    /// A line for people.
    pub title: String,
    /// When an event is, and when a to-do is to be done by.
    pub at: Option<DateTime<Utc>>,
    /// More, in words.
    pub notes: String,
}

/// A name, of at most 120 characters.
pub(super) fn name(field: &str, text: String) -> Result<String, String> {
    fits(field, text, NAME_CHARS_MAX, Lines::One)
}

/// One line of what a business says of itself, as the name of a service.
pub(super) fn business_line(field: &str, text: String) -> Result<String, String> {
    fits(field, text, BUSINESS_LINE_CHARS_MAX, Lines::One)
}

/// One line, of at most 300 characters.
pub(super) fn line(field: &str, text: String) -> Result<String, String> {
    fits(field, text, LINE_CHARS_MAX, Lines::One)
}

/// A line that says something.
pub(super) fn title(field: &str, text: String) -> Result<String, String> {
    let text = line(field, text)?;
    if text.is_empty() { Err(format!("`{field}` must not be empty")) } else { Ok(text) }
}

/// Several lines, of at most 4,000 characters.
pub(super) fn notes(field: &str, text: String) -> Result<String, String> {
    fits(field, text, NOTES_CHARS_MAX, Lines::Many)
}

/// A time that people can mean.
pub(super) fn time(field: &str, at: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    match (0..SET_TIME_MS_MAX).contains(&UnixMs::from(at).0) {
        true => Ok(at),
        false => Err(format!("`{field}` must be between the years 1970 and 2200")),
    }
}

/// Words as lists show them: in one line, and not too long.
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
    fn the_list_shows_a_wish_in_one_bounded_line() {
        assert_eq!(in_a_line(" a bill\r\n\tof\u{7}May "), "a bill of May");
        assert_eq!(in_a_line(&"ä ".repeat(LINE_CHARS_MAX)).chars().count(), LINE_CHARS_MAX);
    }
}
