//! The profile of a caller that a person sees before they answer: who the caller is, what was said and done on this call, and
//! earlier calls.
//!
//! It is built when a hand-off is requested, and cached before any phone rings. Its JSON is a public interface
//! (`docs/customer-profile.md`). Everything that a party said is plain text in it, whatever it looks like.

mod brief;
mod lookup;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use brief::brief;
pub use lookup::{CustomerData, FoundBy, ProfileRequest, choose};

use crate::activity::{Activity, ActivityAction, ActivityType};
use crate::appointment::{Appointment, AppointmentStatus};
use crate::call::{Direction, HangupBy, HangupCause};
use crate::customer::Customer;
use crate::fold::{Call, Role, TranscriptItem};
use crate::ids::{CallId, CustomerId, OrganizationId};
pub use crate::kinds::ProfileSource;
use crate::limits::{
    PROFILE_ACTIVITIES_MAX, PROFILE_EARLIER_CALLS_MAX, PROFILE_HISTORY_CHARS_MAX, PROFILE_LINE_CHARS_MAX,
    PROFILE_LINES_MAX, PROFILE_TEXT_CHARS_MAX, PROFILE_VARIABLES_MAX,
};
use crate::phone::E164;
use crate::time::{UnixMs, rfc3339};
use crate::wire::twilio::CallSid;

/// Variables of a contact that hold their name, or parts of it.
const NAMES: [&str; 3] = ["name", "first_name", "last_name"];

/// A caller, as the person who is asked to take over sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerProfile {
    /// The switch that the caller came by.
    pub source: ProfileSource,
    /// The call at Twilio, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub call_sid: Option<CallSid>,
    /// The call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// The customer.
    pub customer: ProfileCustomer,
    /// The conversation so far, oldest first, at most the newest 200 lines. Of the assistant's words it has those that the caller
    /// heard.
    pub conversation_history: Vec<ProfileLine>,
    /// Activities on this call, oldest first: events, to-dos and appointments.
    pub activities: Vec<ProfileActivity>,
    /// Two sentences: the caller and their last request, and the actions taken.
    pub summary: String,
    /// Up to five earlier calls with this number, newest first.
    pub earlier_calls: Vec<EarlierCall>,
    /// For a campaign's call: what the campaign's list says about the contact, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
}

/// The caller. Unknown fields are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileCustomer {
    /// The customer; null for a new caller.
    pub id: Option<CustomerId>,
    /// Their name; for a new caller, the name that they said.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their number; if it is not a customer's, as the switch reported it.
    pub phone: String,
    /// How they were identified.
    pub known_by: KnownBy,
    /// The talk link whose secret signed the identity, if a website signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<String>,
}

/// How a customer was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// By the number that they call from, or that was called.
    Number,
    /// By the website's server, which signed the identity.
    Site,
    /// By the caller's words, which the assistant wrote down. Nobody verified them.
    Words,
    /// Not identified: a new caller.
    Nothing,
}

/// A line of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileLine {
    /// The speaker.
    pub role: Role,
    /// The words; text, never markup.
    pub content: String,
    /// When it was said.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
}

/// An activity that was recorded on the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileActivity {
    /// Kind of the activity.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// The last action on it.
    pub action: ActivityAction,
    /// A short description.
    pub title: String,
    /// For an event: when it was or will be. For a to-do: when it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
}

/// A call with the same number before this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarlierCall {
    /// The call.
    pub id: CallId,
    /// Direction of the call.
    pub direction: Direction,
    /// When it began.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// When it ended.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<UnixMs>,
    /// Why it ended.
    pub hangup_cause: Option<HangupCause>,
    /// The party that ended the call.
    pub hangup_by: Option<HangupBy>,
    /// The last request, and the actions taken.
    pub summary: String,
}

/// Result of caching a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ProfileOutcome {
    /// All readers find it.
    Cached,
    /// Only readers on this server find it. Redis gets it once it is back.
    CachedHere {
        /// Why other readers do not find it.
        reason: String,
    },
    /// No reader finds it.
    Failed {
        /// The reason.
        reason: String,
    },
}

/// A profile as it is stored in the cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedProfile {
    /// The organization that owns it. Every reader checks it, whatever the key says.
    pub organization_id: OrganizationId,
    /// The profile.
    #[serde(flatten)]
    pub profile: CustomerProfile,
}

/// Stored records of a call.
#[derive(Clone, Debug)]
pub struct KnownOfCall {
    /// When it was read.
    pub at: UnixMs,
    /// The call.
    pub call: Call,
    /// The newest lines of its transcript, oldest first.
    pub lines: Vec<TranscriptItem>,
    /// Its events and to-dos, in any order.
    pub activities: Vec<Activity>,
    /// Its appointments, in any order.
    pub appointments: Vec<Appointment>,
    /// The customer with the number of the other party.
    pub by_number: Option<Customer>,
    /// The customer for whom tools have recorded something.
    pub by_words: Option<Customer>,
    /// The name that was said, if a tool has recorded it.
    pub said_name: String,
    /// Calls with the same number before it, newest first.
    pub earlier: Vec<EarlierCall>,
    /// Variables of the contact, if a campaign made the call.
    pub contact: BTreeMap<String, String>,
}

impl KnownOfCall {
    /// Returns the name of a party who is not a customer: the name that was said, else the one in the campaign's list.
    fn said_or_listed_name(&self) -> String {
        if !self.said_name.is_empty() {
            return short(&self.said_name);
        }
        let parts = NAMES.iter().filter_map(|name| self.contact.get(*name)).map(|part| part.trim());
        short(&parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    }
}

/// Builds the profile of a caller from the stored records of their call. Its size is bounded, however large the records are.
pub fn build_customer_profile(known: &KnownOfCall) -> CustomerProfile {
    let KnownOfCall { at, call, lines, activities, appointments, earlier, contact, .. } = known;
    let mut activities = done((activities, appointments), *at);
    activities.drain(..activities.len().saturating_sub(PROFILE_ACTIVITIES_MAX));
    let mut profile = CustomerProfile {
        source: ProfileSource::of(call.outside_ids.first().map(|name| name.kind)),
        call_sid: call.outside_ids.iter().find_map(|outside_id| outside_id.at_twilio()),
        call_id: Some(call.id),
        customer: ProfileCustomer::of(known),
        conversation_history: history(lines),
        activities,
        summary: String::new(),
        earlier_calls: earlier.iter().take(PROFILE_EARLIER_CALLS_MAX).cloned().collect(),
        variables: contact
            .iter()
            .take(PROFILE_VARIABLES_MAX)
            .map(|(name, value)| (short(name), short(value)))
            .collect(),
    };
    profile.summary = brief(&profile);
    profile
}

/// Returns what was recorded on a call as it is at that time, oldest first.
fn done((activities, appointments): (&[Activity], &[Appointment]), at: UnixMs) -> Vec<ProfileActivity> {
    let written = activities.iter().map(ProfileActivity::of);
    let booked = appointments.iter().map(|one| ProfileActivity::of_appointment(one, at));
    let mut done: Vec<_> = written.chain(booked).collect();
    done.sort_by_key(|activity| activity.at);
    done
}

/// Returns the newest lines, up to the limit.
fn history(lines: &[TranscriptItem]) -> Vec<ProfileLine> {
    let mut room = PROFILE_HISTORY_CHARS_MAX;
    let newest = lines.iter().rev().take(PROFILE_LINES_MAX).map(|line| ProfileLine {
        role: line.role,
        content: cut(&line.text, PROFILE_LINE_CHARS_MAX),
        at: line.at,
    });
    let mut kept: Vec<_> = newest
        .take_while(|line| {
            let chars = line.content.chars().count();
            let fits = chars <= room;
            room = room.saturating_sub(chars);
            fits
        })
        .collect();
    kept.reverse();
    kept
}

/// Returns a text, or its beginning and `…` if it is longer.
fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(chars_max.saturating_sub(1)).chain(['…']).collect(),
    }
}

fn short(text: &str) -> String {
    cut(text, PROFILE_TEXT_CHARS_MAX)
}

/// Returns the number or name of the other party of a call, as the switch reported it.
pub fn other_party(call: &Call) -> Option<&str> {
    match call.direction {
        Direction::Inbound => call.from.as_deref(),
        Direction::Outbound => call.to.as_deref(),
        // No outside party takes part.
        Direction::Internal => None,
    }
}

impl ProfileCustomer {
    fn of(known: &KnownOfCall) -> Self {
        let by_number = known.by_number.as_ref().map(|customer| (customer, KnownBy::Number));
        let by_words = known.by_words.as_ref().map(|customer| (customer, KnownBy::Words));
        let number = short(other_party(&known.call).unwrap_or_default());
        if let Some(signed) = known.call.identity.as_deref() {
            return Self {
                id: None,
                name: short(&signed.name),
                email: short(&signed.email),
                phone: number,
                known_by: KnownBy::Site,
                verified_by: Some(short(&signed.by)),
            };
        }
        match by_number.or(by_words) {
            Some((customer, known_by)) => Self {
                id: Some(customer.id),
                name: if customer.name.is_empty() {
                    known.said_or_listed_name()
                } else {
                    short(&customer.name)
                },
                email: short(&customer.email),
                phone: customer.phone.as_ref().map_or(number, E164::to_string),
                known_by,
                verified_by: None,
            },
            None => Self {
                id: None,
                name: known.said_or_listed_name(),
                email: String::new(),
                phone: number,
                known_by: KnownBy::Nothing,
                verified_by: None,
            },
        }
    }
}

impl ProfileCustomer {
    /// Updates the customer to the current records, which may be newer than the cached profile. `now` is the customer with their
    /// id, or, for a new caller, the customer who has their number.
    pub fn brought_up_to_date(&mut self, now: Option<&Customer>) {
        let Some(now) = now else {
            if self.id.take().is_some() {
                // The customer was deleted: their data no longer belongs to anybody.
                (self.name, self.email, self.known_by) = (String::new(), String::new(), KnownBy::Nothing);
            }
            return;
        };
        if self.id.replace(now.id).is_none() {
            self.known_by = KnownBy::Number;
        }
        if !now.name.is_empty() {
            self.name = short(&now.name);
        }
        self.email = short(&now.email);
        if let Some(phone) = &now.phone {
            self.phone = phone.to_string();
        }
    }
}

impl ProfileActivity {
    fn of(activity: &Activity) -> Self {
        let Activity { activity_type, action, at, .. } = *activity;
        Self { activity_type, action, title: short(&activity.title), at }
    }

    /// An appointment is shown as an event, as it is at that time.
    fn of_appointment(appointment: &Appointment, at: UnixMs) -> Self {
        let (action, how) = match appointment.status {
            AppointmentStatus::Held if appointment.has_lapsed(at) => {
                (ActivityAction::Updated, "no longer held")
            }
            AppointmentStatus::Held => (ActivityAction::Created, "held"),
            AppointmentStatus::Confirmed => (ActivityAction::Created, "booked"),
            AppointmentStatus::Moved => (ActivityAction::Updated, "moved"),
            AppointmentStatus::Cancelled => (ActivityAction::Updated, "called off"),
        };
        let title = format!("Appointment {how}: {}", appointment.service);
        Self { activity_type: ActivityType::Event, action, title: short(&title), at: appointment.starts_at }
    }
}

impl EarlierCall {
    /// Returns a finished call, with its caller's last words and what was recorded on it, as that is at this time.
    pub fn of(
        call: &Call,
        last_words: Option<&str>,
        recorded: (&[Activity], &[Appointment]),
        at: UnixMs,
    ) -> Self {
        Self {
            id: call.id,
            direction: call.direction,
            at: call.started_at,
            ended_at: call.ended_at,
            hangup_cause: call.hangup_cause.clone(),
            hangup_by: call.hangup_by,
            summary: brief::of_earlier(last_words, &done(recorded, at)),
        }
    }
}

#[cfg(test)]
mod tests;
