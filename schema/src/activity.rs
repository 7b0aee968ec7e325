//! An activity: something done for a customer on a call.

use serde::{Deserialize, Serialize};

use crate::event::{Decision, Event, JournalEntry};
use crate::ids::{ActivityId, CallId, OrganizationId};
use crate::time::{UnixMs, rfc3339};

/// Something done for a customer, as a message taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// The call on which it was done.
    pub call_id: CallId,
    /// What kind of thing it is.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// What was done with it.
    pub action: ActivityAction,
    /// A line for people, as "Message from +49 30 1234, 6.2 s".
    pub title: String,
    /// When.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The part of the call's recording that belongs to it.
    pub audio: Option<AudioSpan>,
}

impl Activity {
    /// The activity that this entry of a journal makes, if it makes one. `from` is the caller as the call knows them.
    pub fn from_entry(entry: &JournalEntry, from: Option<&str>) -> Option<Self> {
        let Event::Decision(Decision::MessageTaken { effect, from_ms, to_ms, speech_ms }) = entry.event
        else {
            return None;
        };
        let from = from.unwrap_or("an unknown caller");
        Some(Self {
            id: ActivityId::of(entry.call_id, effect, entry.at),
            organization_id: entry.organization_id,
            call_id: entry.call_id,
            activity_type: ActivityType::Event,
            action: ActivityAction::Created,
            title: format!("Message from {from}, {}.{} s", speech_ms / 1000, speech_ms % 1000 / 100),
            at: entry.at,
            audio: Some(AudioSpan { from_ms, to_ms }),
        })
    }
}

/// A part of a call's recording, in ms from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AudioSpan {
    /// First ms.
    pub from_ms: u64,
    /// Ms after the last.
    pub to_ms: u64,
}

/// Kinds of activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActivityType {
    /// Something that happened, as a message left.
    Event,
}

/// What was done with an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActivityAction {
    /// It was made.
    Created,
}
