//! Rows of replays and examples.

use chrono::NaiveDateTime;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::replay::{Example, Replay};
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, signed, text, unix, unsigned, word};
use crate::tables::{examples, replays};

/// A replay.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = replays)]
pub struct ReplayRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The profile of the assistant that answers.
    pub profile_id: String,
    /// Word of a `ReplayKind`.
    pub kind: String,
    /// The call.
    pub call_id: Option<String>,
    /// The name of the user who requested it; empty if it was a program.
    pub asked_by: String,
    /// The published version; none for the draft.
    pub version: Option<i64>,
    /// Revision of the draft.
    pub draft_revision: i64,
    /// Word of a `ReplayState`.
    pub state: String,
    /// Why it failed.
    pub reason: Option<String>,
    /// Total steps.
    pub steps: i64,
    /// Completed steps.
    pub steps_done: i64,
    /// Cost, in millionths of the currency.
    pub cost_micros: i64,
    /// When it began.
    pub started_at: NaiveDateTime,
    /// When it ended.
    pub ended_at: Option<NaiveDateTime>,
    /// JSON of a `ReplayResult`.
    pub result: String,
    /// Word of a `DraftSlot`.
    pub draft: String,
}

impl ReplayRow {
    /// Returns the row of `replay`.
    pub fn new(replay: &Replay, organization_id: OrganizationId) -> Result<Self, BadRow> {
        Ok(Self {
            id: replay.id.to_string(),
            organization_id: organization_id.to_string(),
            profile_id: replay.profile_id.to_string(),
            kind: word("replays.kind", &replay.kind)?,
            call_id: replay.call_id.map(|id| id.to_string()),
            asked_by: text(&replay.asked_by),
            version: replay.version.map(i64::from),
            draft_revision: signed("replays.draft_revision", replay.draft_revision)?,
            state: word("replays.state", &replay.state)?,
            reason: replay.reason.as_deref().map(text),
            steps: replay.steps.into(),
            steps_done: replay.steps_done.into(),
            cost_micros: signed("replays.cost_micros", replay.cost_micros)?,
            started_at: naive(replay.started_at),
            ended_at: replay.ended_at.map(naive),
            result: json("replays.result", &replay.result)?,
            draft: word("replays.draft", &replay.draft)?,
        })
    }

    /// Returns the replay.
    pub fn into_replay(self) -> Result<Replay, BadRow> {
        let small = |column: &'static str, number: i64| {
            u32::try_from(number).map_err(|fault| BadRow::new(column, fault))
        };
        Ok(Replay {
            id: parsed("replays.id", &self.id)?,
            profile_id: parsed("replays.profile_id", &self.profile_id)?,
            kind: from_word("replays.kind", self.kind)?,
            call_id: self.call_id.map(|id| parsed("replays.call_id", &id)).transpose()?,
            asked_by: self.asked_by,
            version: self.version.map(|version| small("replays.version", version)).transpose()?,
            draft_revision: unsigned("replays.draft_revision", self.draft_revision)?,
            state: from_word("replays.state", self.state)?,
            reason: self.reason,
            steps: small("replays.steps", self.steps)?,
            steps_done: small("replays.steps_done", self.steps_done)?,
            cost_micros: unsigned("replays.cost_micros", self.cost_micros)?,
            started_at: unix(self.started_at),
            ended_at: self.ended_at.map(unix),
            result: from_json("replays.result", &self.result)?,
            draft: from_word("replays.draft", self.draft)?,
        })
    }
}

/// An example.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = examples)]
pub struct ExampleRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The profile that it belongs to.
    pub profile_id: String,
    /// The call.
    pub call_id: String,
    /// The single turn that is replayed.
    pub turn_seq: Option<i64>,
    /// Name.
    pub name: String,
    /// JSON of `Expectations`.
    pub expectations: String,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

impl ExampleRow {
    /// Returns the row of `example`.
    pub fn new(example: &Example, organization_id: OrganizationId) -> Result<Self, BadRow> {
        Ok(Self {
            id: example.id.to_string(),
            organization_id: organization_id.to_string(),
            profile_id: example.profile_id.to_string(),
            call_id: example.call_id.to_string(),
            turn_seq: example.turn_seq.map(|seq| signed("examples.turn_seq", seq)).transpose()?,
            name: text(&example.name),
            expectations: json("examples.expectations", &example.expectations)?,
            created_at: naive(example.created_at),
        })
    }

    /// Returns the example.
    pub fn into_example(self) -> Result<Example, BadRow> {
        Ok(Example {
            id: parsed("examples.id", &self.id)?,
            profile_id: parsed("examples.profile_id", &self.profile_id)?,
            call_id: parsed("examples.call_id", &self.call_id)?,
            turn_seq: self.turn_seq.map(|seq| unsigned("examples.turn_seq", seq)).transpose()?,
            name: self.name,
            expectations: from_json("examples.expectations", &self.expectations)?,
            created_at: unix(self.created_at),
        })
    }
}
