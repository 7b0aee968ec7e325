//! Rows of shadows' records of calls.

use chrono::NaiveDateTime;
use cordboard_schema::shadow::ShadowCall;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, signed, text, unix, unsigned, word};
use crate::tables::shadow_calls;

/// A shadow's record of a call.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = shadow_calls)]
pub struct ShadowCallRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The profile of the assistant that served the caller.
    pub profile_id: String,
    /// The call.
    pub call_id: String,
    /// The provider that answered the caller.
    pub given_by: String,
    /// Word of a `VoiceName`.
    pub provider: String,
    /// When the shadow began to listen.
    pub started_at: NaiveDateTime,
    /// When it ended.
    pub ended_at: Option<NaiveDateTime>,
    /// Why it could not continue.
    pub failure: Option<String>,
    /// Cost, in millionths of the currency.
    pub cost_micros: i64,
    /// JSON of the `ShadowTurn`s.
    pub turns: String,
}

impl ShadowCallRow {
    /// Returns the row of `call`.
    pub fn new(call: &ShadowCall) -> Result<Self, BadRow> {
        Ok(Self {
            id: call.id.to_string(),
            organization_id: call.organization_id.to_string(),
            profile_id: call.profile_id.to_string(),
            call_id: call.call_id.to_string(),
            given_by: text(&call.given_by),
            provider: word("shadow_calls.provider", &call.provider)?,
            started_at: naive(call.started_at),
            ended_at: call.ended_at.map(naive),
            failure: call.failure.as_deref().map(text),
            cost_micros: signed("shadow_calls.cost_micros", call.cost_micros)?,
            turns: json("shadow_calls.turns", &call.turns)?,
        })
    }

    /// Returns the shadow's record of the call.
    pub fn into_call(self) -> Result<ShadowCall, BadRow> {
        Ok(ShadowCall {
            id: parsed("shadow_calls.id", &self.id)?,
            organization_id: parsed("shadow_calls.organization_id", &self.organization_id)?,
            profile_id: parsed("shadow_calls.profile_id", &self.profile_id)?,
            call_id: parsed("shadow_calls.call_id", &self.call_id)?,
            given_by: self.given_by,
            provider: from_word("shadow_calls.provider", self.provider)?,
            started_at: unix(self.started_at),
            ended_at: self.ended_at.map(unix),
            failure: self.failure,
            cost_micros: unsigned("shadow_calls.cost_micros", self.cost_micros)?,
            turns: from_json("shadow_calls.turns", &self.turns)?,
        })
    }
}
