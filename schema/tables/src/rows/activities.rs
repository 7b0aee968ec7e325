//! Rows of activities.

use chrono::NaiveDateTime;
use cordboard_schema::activity::{Activity, AudioSpan};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_word, naive, parsed, signed, text, unix, unsigned, word};
use crate::tables::activities;

/// An activity.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = activities, treat_none_as_null = true)]
pub struct ActivityRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The call on which it was made.
    pub call_id: Option<String>,
    /// Kind of the activity.
    pub activity_type: String,
    /// The last action on it.
    pub action: String,
    /// A short description.
    pub title: String,
    /// When it is, or when it was made.
    pub at: NaiveDateTime,
    /// First ms in the call's recording; none without audio.
    pub audio_from_ms: Option<i64>,
    /// Ms after the last.
    pub audio_to_ms: Option<i64>,
    /// When it is due.
    pub due_at: Option<NaiveDateTime>,
    /// Further notes.
    pub notes: String,
    /// When it was last changed.
    pub updated_at: NaiveDateTime,
    /// The user who is responsible for it.
    pub owner_id: Option<String>,
}

impl ActivityRow {
    /// Returns the row of `activity`.
    pub fn new(activity: &Activity) -> Result<Self, BadRow> {
        let ms = |ms: Option<u64>| ms.map(|ms| signed("activities.audio", ms)).transpose();
        Ok(Self {
            id: activity.id.to_string(),
            organization_id: activity.organization_id.to_string(),
            call_id: activity.call_id.map(|id| id.to_string()),
            activity_type: word("activities.activity_type", &activity.activity_type)?,
            action: word("activities.action", &activity.action)?,
            title: text(&activity.title),
            at: naive(activity.at),
            audio_from_ms: ms(activity.audio.map(|span| span.from_ms))?,
            audio_to_ms: ms(activity.audio.map(|span| span.to_ms))?,
            due_at: activity.due_at.map(naive),
            notes: activity.notes.clone(),
            updated_at: naive(activity.updated_at),
            owner_id: activity.owner_id.map(|id| id.to_string()),
        })
    }

    /// Returns the activity.
    pub fn into_activity(self) -> Result<Activity, BadRow> {
        let audio = match (self.audio_from_ms, self.audio_to_ms) {
            (Some(from), Some(to)) => Some(AudioSpan {
                from_ms: unsigned("activities.audio_from_ms", from)?,
                to_ms: unsigned("activities.audio_to_ms", to)?,
            }),
            _ => None,
        };
        Ok(Activity {
            id: parsed("activities.id", &self.id)?,
            organization_id: parsed("activities.organization_id", &self.organization_id)?,
            call_id: self.call_id.map(|id| parsed("activities.call_id", &id)).transpose()?,
            activity_type: from_word("activities.activity_type", self.activity_type)?,
            action: from_word("activities.action", self.action)?,
            title: self.title,
            at: unix(self.at),
            audio,
            due_at: self.due_at.map(unix),
            notes: self.notes,
            owner_id: self.owner_id.map(|id| parsed("activities.owner_id", &id)).transpose()?,
            updated_at: unix(self.updated_at),
        })
    }
}
