//! One struct for each table, and the conversions between domain types and rows.
//!
//! Ids and JSON are text, times are naive UTC, and words are the ones that serde gives their enums. A row may have been written
//! long ago by another program or version, so reading it can fail with [`BadRow`].

mod accounts;
mod activities;
mod appointments;
mod audit;
mod business;
mod call_agents;
mod call_notes;
mod columns;
mod contact_links;
mod customers;
mod dialling;
mod floor;
mod leads;
mod messages;
mod outside;
mod profile;
mod replays;
mod second_draft;
mod shadows;
mod talk;
mod wrap_up_drafts;

pub use accounts::{ApiTokenRow, InvitationRow, LoginSessionRow, MailRow, PasswordResetRow, UserRow};
pub use activities::ActivityRow;
pub use appointments::{AppointmentRow, SlotRow};
pub use audit::AuditRow;
pub use business::{BusinessRow, DidRow, VersionRow, published_profile};
pub use call_agents::CallAgentRow;
pub use call_notes::{CallNoteRow, CallShareRow, CallViewRow};
use chrono::NaiveDateTime;
pub use columns::{BadRow, text as kept_text};
use columns::{from_json, from_word, json, naive, parsed, signed, text, unix, unsigned, word};
pub use contact_links::ContactLinkRow;
use cordboard_schema::call::HangupCause;
use cordboard_schema::call_agent::CallAgent;
use cordboard_schema::customer_profile::other_party;
use cordboard_schema::event::JournalEntry;
use cordboard_schema::fold::{Call, TranscriptItem};
use cordboard_schema::ids::{OrganizationId, OutsideId};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
pub use customers::CustomerRow;
pub use dialling::{DialPolicyRow, ExtensionRow, GrantRow};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};
pub use floor::{
    AgentRow, CallbackRow, DispositionRow, PresenceReasonRow, QueueMemberRow, QueueRow, WrapUpRow,
};
pub use leads::LeadRow;
pub use messages::MessageRow;
pub use outside::{CustomToolRow, DeliveryRow, IntegrationRow, WebhookRow};
pub use profile::{DtmfActionRow, ProfileRow};
pub use replays::{ExampleRow, ReplayRow};
pub use second_draft::SecondDraftRow;
pub use shadows::ShadowCallRow;
pub use talk::TalkLinkRow;
pub use wrap_up_drafts::WrapUpDraftRow;

use crate::tables::{call_events, call_outside_ids, calls, organizations, recordings, transcript_items};

/// A tenant.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations)]
pub struct OrganizationRow {
    /// UUID v7.
    pub id: String,
    /// Display name.
    pub name: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// Since when it is suspended; none if it is not.
    pub suspended_at: Option<NaiveDateTime>,
}

impl OrganizationRow {
    /// Returns the row of a new organization.
    pub fn new(id: OrganizationId, name: &str, created_at: UnixMs) -> Self {
        let created_at = naive(created_at);
        Self { id: id.to_string(), name: name.to_owned(), created_at, suspended_at: None }
    }

    /// Returns its id.
    pub fn organization_id(&self) -> Result<OrganizationId, BadRow> {
        parsed("organizations.id", &self.id)
    }
}

/// A call without its outside ids, its agents and its recording, which have tables of their own.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = calls, treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `fold::Call`, which documents them")]
pub struct CallRow {
    pub id: String,
    pub organization_id: String,
    pub state: String,
    pub direction: String,
    pub from_party: Option<String>,
    pub to_party: Option<String>,
    /// The caller's identity as a website signed it, as JSON.
    pub identity: Option<String>,
    /// The number of the outside party, normalized; none if the switch reports no number.
    pub party_number: Option<String>,
    pub leg_kind: Option<String>,
    pub started_at: NaiveDateTime,
    pub answered_at: Option<NaiveDateTime>,
    pub ended_at: Option<NaiveDateTime>,
    pub hangup_cause: Option<String>,
    pub hangup_by: Option<String>,
    pub profile_id: String,
    pub next: String,
    pub last_seq: i64,
    pub provider: Option<String>,
    pub cost_micros: i64,
    pub failure: Option<String>,
    /// Time from the answer to the end, for figures.
    pub talk_ms: Option<i64>,
    /// Figures counted from its journal, as JSON; none for calls that are older than these figures.
    pub tally: Option<String>,
    /// Stored here and not with the recording, because a call of which nothing could be recorded has no recording.
    pub recording_lost_ms: i64,
    /// Whether figures count it as handed over. It follows from its tally, its agents and its cause, and is stored here so that
    /// lists can use an index.
    pub handed_over: bool,
}

/// The columns of a call that most entries of its journal change; the others mostly change a few times in a call.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = calls, treat_none_as_null = true)]
#[allow(missing_docs, reason = "fields of `CallRow`")]
pub struct CallCountsRow {
    pub last_seq: i64,
    pub cost_micros: i64,
    pub tally: Option<String>,
}

impl CallCountsRow {
    /// Returns the columns of `after`, if nothing else has changed since `before`.
    pub fn of_change(before: &Call, after: &Call) -> Result<Option<Self>, BadRow> {
        let counted = Call {
            last_seq: after.last_seq,
            cost_micros: after.cost_micros,
            tally: after.tally.clone(),
            ..before.clone()
        };
        // Not one of the three columns: it changes once in a call, and has an index.
        if counted != *after || before.is_handed_over() != after.is_handed_over() {
            return Ok(None);
        }
        Ok(Some(Self {
            last_seq: signed("calls.last_seq", after.last_seq)?,
            cost_micros: signed("calls.cost_micros", after.cost_micros)?,
            tally: after.tally.as_ref().map(|tally| json("calls.tally", tally)).transpose()?,
        }))
    }
}

impl CallRow {
    /// Returns the row of `call`.
    pub fn new(call: &Call) -> Result<Self, BadRow> {
        Ok(Self {
            id: call.id.to_string(),
            organization_id: call.organization_id.to_string(),
            state: word("calls.state", &call.state)?,
            direction: word("calls.direction", &call.direction)?,
            from_party: call.from.as_deref().map(text),
            to_party: call.to.as_deref().map(text),
            identity: call.identity.as_ref().map(|identity| json("calls.identity", identity)).transpose()?,
            party_number: other_party(call).and_then(|party| party.parse::<E164>().ok()).map(String::from),
            leg_kind: call.leg_kind.map(|kind| word("calls.leg_kind", &kind)).transpose()?,
            started_at: naive(call.started_at),
            answered_at: call.answered_at.map(naive),
            ended_at: call.ended_at.map(naive),
            hangup_cause: call.hangup_cause.as_ref().map(|cause| text(&cause.0)),
            hangup_by: call.hangup_by.map(|by| word("calls.hangup_by", &by)).transpose()?,
            profile_id: call.profile_id.to_string(),
            next: json("calls.next", &call.next)?,
            last_seq: signed("calls.last_seq", call.last_seq)?,
            provider: call.provider.as_deref().map(text),
            cost_micros: signed("calls.cost_micros", call.cost_micros)?,
            failure: call.failure.map(|failure| word("calls.failure", &failure)).transpose()?,
            talk_ms: call.talk_ms().map(|ms| signed("calls.talk_ms", ms)).transpose()?,
            tally: call.tally.as_ref().map(|tally| json("calls.tally", tally)).transpose()?,
            recording_lost_ms: signed("calls.recording_lost_ms", call.recording_lost_ms)?,
            handed_over: call.is_handed_over(),
        })
    }

    /// Returns the call, combined with its rows in the other tables. `outside_ids` are in the order of `position`, agents in any
    /// order.
    pub fn into_call(
        self,
        outside_ids: Vec<OutsideIdRow>,
        agents: Vec<CallAgentRow>,
        recording: Option<RecordingRow>,
    ) -> Result<Call, BadRow> {
        let recording_ms = recording.as_ref().and_then(|row| row.duration_ms);
        let mut agents = agents.into_iter().map(CallAgentRow::into_agent).collect::<Result<Vec<_>, _>>()?;
        agents.sort_by_key(CallAgent::place);
        Ok(Call {
            id: parsed("calls.id", &self.id)?,
            organization_id: parsed("calls.organization_id", &self.organization_id)?,
            state: from_word("calls.state", self.state)?,
            direction: from_word("calls.direction", self.direction)?,
            from: self.from_party,
            to: self.to_party,
            identity: self.identity.map(|text| from_json("calls.identity", &text)).transpose()?,
            leg_kind: self.leg_kind.map(|word| from_word("calls.leg_kind", word)).transpose()?,
            outside_ids: outside_ids.into_iter().map(OutsideIdRow::into_id).collect::<Result<_, _>>()?,
            started_at: unix(self.started_at),
            answered_at: self.answered_at.map(unix),
            ended_at: self.ended_at.map(unix),
            hangup_cause: self.hangup_cause.map(HangupCause),
            hangup_by: self.hangup_by.map(|word| from_word("calls.hangup_by", word)).transpose()?,
            failure: self.failure.map(|word| from_word("calls.failure", word)).transpose()?,
            profile_id: parsed("calls.profile_id", &self.profile_id)?,
            recording: recording.map(|row| row.file),
            recording_ms: recording_ms.map(|ms| unsigned("recordings.duration_ms", ms)).transpose()?,
            recording_lost_ms: unsigned("calls.recording_lost_ms", self.recording_lost_ms)?,
            next: from_json("calls.next", &self.next)?,
            last_seq: unsigned("calls.last_seq", self.last_seq)?,
            provider: self.provider,
            cost_micros: unsigned("calls.cost_micros", self.cost_micros)?,
            agents,
            // An unreadable tally is rebuilt from the journal.
            tally: self.tally.and_then(|text| serde_json::from_str(&text).ok()),
        })
    }
}

/// One of a call's outside ids.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = call_outside_ids)]
pub struct OutsideIdRow {
    /// The call.
    pub call_id: String,
    /// Position among the call's names, from 0.
    pub position: i32,
    /// The organization that owns the call.
    pub organization_id: String,
    /// The kind of system that gave the name.
    pub kind: String,
    /// The name.
    pub value: String,
}

impl OutsideIdRow {
    /// Returns the rows of those names of `call` that come after its first `stored` ones.
    pub fn after(call: &Call, stored: usize) -> Result<Vec<Self>, BadRow> {
        let row = |(position, id): (usize, &OutsideId)| {
            Ok(Self {
                call_id: call.id.to_string(),
                position: i32::try_from(position)
                    .map_err(|fault| BadRow::new("call_outside_ids.position", fault))?,
                organization_id: call.organization_id.to_string(),
                kind: word("call_outside_ids.kind", &id.kind)?,
                value: text(&id.value),
            })
        };
        call.outside_ids.iter().enumerate().skip(stored).map(row).collect()
    }

    /// Returns the word of `id`'s kind, as the column stores it.
    pub fn kind_of(id: &OutsideId) -> Result<String, BadRow> {
        word("call_outside_ids.kind", &id.kind)
    }

    fn into_id(self) -> Result<OutsideId, BadRow> {
        Ok(OutsideId { kind: from_word("call_outside_ids.kind", self.kind)?, value: self.value })
    }
}

/// A call's recording.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = recordings, primary_key(call_id), treat_none_as_null = true)]
pub struct RecordingRow {
    /// The call.
    pub call_id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// File name in the recordings folder.
    pub file: String,
    /// Its length, once it is complete.
    pub duration_ms: Option<i64>,
}

impl RecordingRow {
    /// Returns the recording of `call`, if it has one.
    pub fn of(call: &Call) -> Result<Option<Self>, BadRow> {
        let Some(file) = call.recording.clone() else { return Ok(None) };
        Ok(Some(Self {
            call_id: call.id.to_string(),
            organization_id: call.organization_id.to_string(),
            file,
            duration_ms: call.recording_ms.map(|ms| signed("recordings.duration_ms", ms)).transpose()?,
        }))
    }
}

/// One row of the journal.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = call_events)]
pub struct EventRow {
    /// The call.
    pub call_id: String,
    /// Position in the call's journal, from 1.
    pub seq: i64,
    /// The organization that owns the call.
    pub organization_id: String,
    /// When the machine processed it.
    pub at: NaiveDateTime,
    /// The event's kind.
    pub kind: String,
    /// JSON of the event.
    pub data: String,
}

impl EventRow {
    /// Returns the row of `entry`.
    pub fn new(entry: &JournalEntry) -> Result<Self, BadRow> {
        Ok(Self {
            call_id: entry.call_id.to_string(),
            seq: signed("call_events.seq", entry.seq)?,
            organization_id: entry.organization_id.to_string(),
            at: naive(entry.at),
            kind: entry.event.kind().to_owned(),
            data: json("call_events.data", &entry.event)?,
        })
    }

    /// Returns the entry.
    pub fn into_entry(self) -> Result<JournalEntry, BadRow> {
        Ok(JournalEntry {
            organization_id: parsed("call_events.organization_id", &self.organization_id)?,
            call_id: parsed("call_events.call_id", &self.call_id)?,
            seq: unsigned("call_events.seq", self.seq)?,
            at: unix(self.at),
            event: from_json("call_events.data", &self.data)?,
        })
    }
}

/// One line of a transcript.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = transcript_items)]
pub struct TranscriptRow {
    /// The call.
    pub call_id: String,
    /// Position in the call's journal.
    pub seq: i64,
    /// The organization that owns the call.
    pub organization_id: String,
    /// When it was said.
    pub at: NaiveDateTime,
    /// The speaker.
    pub role: String,
    /// The words.
    pub text: String,
    /// Whether it was cut short.
    pub interrupted: bool,
}

impl TranscriptRow {
    /// Returns the row that `entry` adds to its call's transcript, if it adds one.
    pub fn of(entry: &JournalEntry) -> Result<Option<Self>, BadRow> {
        let Some(item) = TranscriptItem::from_entry(entry) else { return Ok(None) };
        Ok(Some(Self {
            call_id: entry.call_id.to_string(),
            seq: signed("transcript_items.seq", item.seq)?,
            organization_id: entry.organization_id.to_string(),
            at: naive(item.at),
            role: word("transcript_items.role", &item.role)?,
            text: text(&item.text),
            interrupted: item.interrupted,
        }))
    }

    /// Returns the line.
    pub fn into_item(self) -> Result<TranscriptItem, BadRow> {
        Ok(TranscriptItem {
            seq: unsigned("transcript_items.seq", self.seq)?,
            at: unix(self.at),
            role: from_word("transcript_items.role", self.role)?,
            text: self.text,
            interrupted: self.interrupted,
        })
    }
}
