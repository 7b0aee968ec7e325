//! Rows of the agents of calls.

use chrono::NaiveDateTime;
use cordboard_schema::call_agent::CallAgent;
use cordboard_schema::fold::Call;
use cordboard_schema::ids::{CallId, OrganizationId};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_word, naive, parsed, signed, unix, unsigned};
use crate::tables::call_agents;

/// An agent of a call.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = call_agents, primary_key(call_id, user_id), treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `call_agent::CallAgent`, which documents them")]
pub struct CallAgentRow {
    pub call_id: String,
    pub user_id: String,
    pub organization_id: String,
    pub outcome: String,
    pub first_at: NaiveDateTime,
    pub joined_at: Option<NaiveDateTime>,
    pub left_at: Option<NaiveDateTime>,
    pub talked_ms: i64,
    pub queue_id: Option<String>,
}

impl CallAgentRow {
    /// Returns the row of an agent of `call`.
    pub fn new(call: &Call, agent: &CallAgent) -> Result<Self, BadRow> {
        Ok(Self {
            call_id: call.id.to_string(),
            user_id: agent.user_id.to_string(),
            organization_id: call.organization_id.to_string(),
            outcome: agent.outcome.as_str().to_owned(),
            first_at: naive(agent.first_at),
            joined_at: agent.joined_at.map(naive),
            left_at: agent.left_at.map(naive),
            talked_ms: signed("call_agents.talked_ms", agent.talked_ms)?,
            queue_id: agent.queue_id.map(|id| id.to_string()),
        })
    }

    /// Returns the call and the organization that owns it.
    pub fn call(&self) -> Result<(OrganizationId, CallId), BadRow> {
        let organization_id = parsed("call_agents.organization_id", &self.organization_id)?;
        Ok((organization_id, parsed("call_agents.call_id", &self.call_id)?))
    }

    /// Returns the agent.
    pub fn into_agent(self) -> Result<CallAgent, BadRow> {
        Ok(CallAgent {
            user_id: parsed("call_agents.user_id", &self.user_id)?,
            outcome: from_word("call_agents.outcome", self.outcome)?,
            first_at: unix(self.first_at),
            joined_at: self.joined_at.map(unix),
            left_at: self.left_at.map(unix),
            talked_ms: unsigned("call_agents.talked_ms", self.talked_ms)?,
            queue_id: self.queue_id.map(|id| parsed("call_agents.queue_id", &id)).transpose()?,
        })
    }
}
