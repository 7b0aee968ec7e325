//! An activity: something done for a customer, such as a message taken on a call; a future event; or a to-do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{Decision, Event, Fact, JournalEntry};
use crate::ids::{ActivityId, CallId, EffectId, OrganizationId, UserId};
use crate::time::{UnixMs, rfc3339};

/// Something done or to be done for a customer: an event or a to-do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The organization that owns it.
    pub organization_id: OrganizationId,
    /// The call on which it was made.
    pub call_id: Option<CallId>,
    /// Kind of the activity.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// The last action on it.
    pub action: ActivityAction,
    /// A short description, such as "Message from +49 30 1234, 6.2 s".
    pub title: String,
    /// For an event: when it was or will be. For a to-do: when it was made.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: UnixMs,
    /// The part of the call's recording that belongs to it.
    pub audio: Option<AudioSpan>,
    /// For a to-do: when it is due.
    #[serde(with = "rfc3339::option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub due_at: Option<UnixMs>,
    /// Further notes; may be empty.
    pub notes: String,
    /// The user who is responsible for it; none if it is everybody's.
    pub owner_id: Option<UserId>,
    /// When it was last changed.
    #[serde(with = "rfc3339")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: UnixMs,
}

impl Activity {
    /// Returns the activity that this entry of a journal makes, if it makes one. `from` is the caller as the call knows them.
    pub fn from_entry(entry: &JournalEntry, from: Option<&str>) -> Option<Self> {
        let (effect, audio, length_ms) = match &entry.event {
            Event::Decision(Decision::MessageTaken { effect, from_ms, to_ms, speech_ms }) => {
                (*effect, AudioSpan { from_ms: *from_ms, to_ms: *to_ms }, *speech_ms)
            }
            // No run of a tool took it. The recording, which ends then, is the whole message.
            Event::Fact(Fact::VoicemailLeft { duration_ms, .. }) => {
                (EffectId(0), AudioSpan { from_ms: 0, to_ms: *duration_ms }, *duration_ms)
            }
            _ => return None,
        };
        let from = from.unwrap_or("an unknown caller");
        Some(Self {
            id: ActivityId::of(entry.call_id, effect, entry.at),
            organization_id: entry.organization_id,
            call_id: Some(entry.call_id),
            activity_type: ActivityType::Event,
            action: ActivityAction::Created,
            title: format!("Message from {from}, {}.{} s", length_ms / 1000, length_ms % 1000 / 100),
            at: entry.at,
            audio: Some(audio),
            due_at: None,
            notes: String::new(),
            owner_id: None,
            updated_at: entry.at,
        })
    }
}

/// A new event or to-do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityBody {
    /// Kind of the activity.
    #[serde(rename = "type")]
    pub activity_type: ActivityType,
    /// A short description.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub title: String,
    /// When an event is; by default now. A to-do has none.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// When a to-do is due. An event has none.
    #[serde(default)]
    pub due_at: Option<DateTime<Utc>>,
    /// Further notes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: String,
    /// The call that it belongs to.
    #[serde(default)]
    pub call_id: Option<CallId>,
    /// The user who is responsible for it; if left out, everybody is.
    #[serde(default)]
    pub owner_id: Option<UserId>,
}

/// A change of an event or a to-do. Fields that are left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ActivityChange {
    /// A short description.
    #[cfg_attr(feature = "openapi", schema(max_length = 300))]
    pub title: Option<String>,
    /// When an event is.
    pub at: Option<DateTime<Utc>>,
    /// When a to-do is due; null means that it has no due time.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<DateTime<Utc>>))]
    pub due_at: Option<Option<DateTime<Utc>>>,
    /// Further notes.
    #[cfg_attr(feature = "openapi", schema(max_length = 4000))]
    pub notes: Option<String>,
    /// True: it is done. False: it is to be done again.
    pub completed: Option<bool>,
    /// The user who is responsible for it; null makes it everybody's.
    #[serde(deserialize_with = "crate::plain::present")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<UserId>))]
    pub owner_id: Option<Option<UserId>>,
}

impl Activity {
    /// Applies a change.
    pub fn change(&mut self, change: ActivityChange, at: UnixMs) {
        let ActivityChange { title, at: when, due_at, notes, completed, owner_id } = change;
        self.title = title.unwrap_or_else(|| std::mem::take(&mut self.title));
        self.at = when.map_or(self.at, UnixMs::from);
        self.due_at = due_at.map_or(self.due_at, |due| due.map(UnixMs::from));
        self.notes = notes.unwrap_or_else(|| std::mem::take(&mut self.notes));
        self.owner_id = owner_id.unwrap_or(self.owner_id);
        self.action = match (completed, self.action) {
            (Some(true), _) | (None, ActivityAction::Completed) => ActivityAction::Completed,
            _ => ActivityAction::Updated,
        };
        self.updated_at = at;
    }
}

/// A part of a call's recording, in ms from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AudioSpan {
    /// The first ms.
    pub from_ms: u64,
    /// The ms after the last.
    pub to_ms: u64,
}

/// Kinds of activities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActivityType {
    /// Something that happened, such as a message left, or that will happen.
    Event,
    /// A task.
    Todo,
}

impl ActivityType {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Todo => "todo",
        }
    }
}

/// The last action on an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ActivityAction {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was done.
    Completed,
}

impl ActivityAction {
    /// Returns its word, as serde writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Completed => "completed",
        }
    }
}
