//! Rows of agents, queues, and wrap-ups.

use chrono::NaiveDateTime;
use cordboard_schema::agent::{Agent, AgentAudio};
use cordboard_schema::queue::{Queue, QueueMember};
use cordboard_schema::time::UnixMs;
use cordboard_schema::wrap_up::{Callback, Disposition, PresenceReason, WrapUp};
use diesel::prelude::{AsChangeset, Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, text, unix, word};
use crate::tables::{agents, callbacks, dispositions, presence_reasons, queue_members, queues, wrap_ups};

/// A user's settings for taking calls.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agents, primary_key(user_id), treat_none_as_null = true)]
#[allow(missing_docs, reason = "the fields of `agent::Agent`, which documents them")]
pub struct AgentRow {
    pub user_id: String,
    pub organization_id: String,
    pub extension: Option<String>,
    pub audio: String,
    pub skills: String,
    pub calls_max: i32,
}

impl AgentRow {
    /// Returns the row of `agent`, without the name, which is the user's.
    pub fn new(agent: &Agent) -> Result<Self, BadRow> {
        Ok(Self {
            user_id: agent.user_id.to_string(),
            organization_id: agent.organization_id.to_string(),
            extension: agent.extension.clone(),
            audio: word("agents.audio", &agent.audio)?,
            skills: json("agents.skills", &agent.skills)?,
            calls_max: i32::from(agent.calls_max),
        })
    }

    /// Returns the column's value for an agent's device.
    pub fn audio(audio: AgentAudio) -> Result<String, BadRow> {
        word("agents.audio", &audio)
    }

    /// Returns the agent so that their settings can be replaced: unreadable values have their defaults.
    pub fn into_mended(self, name: String) -> Result<Agent, BadRow> {
        let id = parsed("agents.user_id", &self.user_id)?;
        let usual = Agent::new(parsed("agents.organization_id", &self.organization_id)?, id, name);
        Ok(Agent {
            extension: self.extension,
            audio: from_word("agents.audio", self.audio).unwrap_or(usual.audio),
            skills: from_json("agents.skills", &self.skills).unwrap_or_default(),
            calls_max: from_column("agents.calls_max", self.calls_max).unwrap_or(usual.calls_max),
            ..usual
        })
    }

    /// Returns the agent, with this name.
    pub fn into_agent(self, name: String) -> Result<Agent, BadRow> {
        Ok(Agent {
            organization_id: parsed("agents.organization_id", &self.organization_id)?,
            user_id: parsed("agents.user_id", &self.user_id)?,
            name,
            extension: self.extension,
            audio: from_word("agents.audio", self.audio)?,
            skills: from_json("agents.skills", &self.skills)?,
            calls_max: from_column("agents.calls_max", self.calls_max)?,
        })
    }
}

/// A queue without its members, which have a table of their own.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = queues)]
#[allow(missing_docs, reason = "the fields of `queue::Queue`, which documents them")]
pub struct QueueRow {
    pub id: String,
    pub organization_id: String,
    pub name: String,
    pub title: String,
    pub strategy: String,
    pub ring_s: i32,
    pub skills: String,
    pub priority: i32,
    pub max_wait_s: i32,
    pub max_waiting: i32,
    pub overflow: String,
    pub in_hours_only: bool,
    pub tells_position: bool,
    pub wrap_up_s: i32,
    pub wrap_up_required: bool,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

impl QueueRow {
    /// Returns the row of a new queue.
    pub fn new(queue: &Queue, created_at: UnixMs) -> Result<Self, BadRow> {
        Ok(Self {
            id: queue.id.to_string(),
            organization_id: queue.organization_id.to_string(),
            name: queue.name.clone(),
            title: text(&queue.title),
            strategy: word("queues.strategy", &queue.strategy)?,
            ring_s: into_column("queues.ring_s", queue.ring_s)?,
            skills: json("queues.skills", &queue.skills)?,
            priority: i32::from(queue.priority),
            max_wait_s: into_column("queues.max_wait_s", queue.max_wait_s)?,
            max_waiting: into_column("queues.max_waiting", queue.max_waiting)?,
            overflow: json("queues.overflow", &queue.overflow)?,
            in_hours_only: queue.in_hours_only,
            tells_position: queue.tells_position,
            wrap_up_s: into_column("queues.wrap_up_s", queue.wrap_up_s)?,
            wrap_up_required: queue.wrap_up_required,
            created_at: naive(created_at),
        })
    }

    /// Returns the queue so that its settings can be replaced: unreadable values have their defaults.
    pub fn into_mended(self, members: Vec<QueueMember>) -> Result<Queue, BadRow> {
        let id = parsed("queues.id", &self.id)?;
        let usual = Queue::usual(parsed("queues.organization_id", &self.organization_id)?, id, self.name);
        Ok(Queue {
            title: self.title,
            strategy: from_word("queues.strategy", self.strategy).unwrap_or(usual.strategy),
            ring_s: from_column("queues.ring_s", self.ring_s).unwrap_or(usual.ring_s),
            skills: from_json("queues.skills", &self.skills).unwrap_or_default(),
            members,
            priority: from_column("queues.priority", self.priority).unwrap_or(usual.priority),
            max_wait_s: from_column("queues.max_wait_s", self.max_wait_s).unwrap_or(usual.max_wait_s),
            max_waiting: from_column("queues.max_waiting", self.max_waiting).unwrap_or(usual.max_waiting),
            overflow: from_json("queues.overflow", &self.overflow).unwrap_or_default(),
            in_hours_only: self.in_hours_only,
            tells_position: self.tells_position,
            wrap_up_s: from_column("queues.wrap_up_s", self.wrap_up_s).unwrap_or(usual.wrap_up_s),
            wrap_up_required: self.wrap_up_required,
            ..usual
        })
    }

    /// Returns the queue, with these members.
    pub fn into_queue(self, members: Vec<QueueMember>) -> Result<Queue, BadRow> {
        Ok(Queue {
            id: parsed("queues.id", &self.id)?,
            organization_id: parsed("queues.organization_id", &self.organization_id)?,
            name: self.name,
            title: self.title,
            strategy: from_word("queues.strategy", self.strategy)?,
            ring_s: from_column("queues.ring_s", self.ring_s)?,
            skills: from_json("queues.skills", &self.skills)?,
            members,
            priority: from_column("queues.priority", self.priority)?,
            max_wait_s: from_column("queues.max_wait_s", self.max_wait_s)?,
            max_waiting: from_column("queues.max_waiting", self.max_waiting)?,
            overflow: from_json("queues.overflow", &self.overflow)?,
            in_hours_only: self.in_hours_only,
            tells_position: self.tells_position,
            wrap_up_s: from_column("queues.wrap_up_s", self.wrap_up_s)?,
            wrap_up_required: self.wrap_up_required,
        })
    }
}

/// A member of a queue.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = queue_members)]
pub struct QueueMemberRow {
    /// The queue.
    pub queue_id: String,
    /// The agent.
    pub user_id: String,
    /// The organization that owns the queue.
    pub organization_id: String,
    /// Members with a smaller tier are asked first.
    pub tier: i32,
}

impl QueueMemberRow {
    /// Returns the rows of the members of `queue`.
    pub fn of(queue: &Queue) -> Vec<Self> {
        let row = |member: &QueueMember| Self {
            queue_id: queue.id.to_string(),
            user_id: member.user_id.to_string(),
            organization_id: queue.organization_id.to_string(),
            tier: i32::from(member.tier),
        };
        queue.members.iter().map(row).collect()
    }

    /// Returns the member.
    pub fn into_member(self) -> Result<QueueMember, BadRow> {
        Ok(QueueMember {
            user_id: parsed("queue_members.user_id", &self.user_id)?,
            tier: from_column("queue_members.tier", self.tier)?,
        })
    }
}

/// A business outcome of a call.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = dispositions)]
#[allow(missing_docs, reason = "the fields of `wrap_up::Disposition`, which documents them")]
pub struct DispositionRow {
    pub id: String,
    pub organization_id: String,
    pub name: String,
    pub position: i32,
}

impl DispositionRow {
    /// Returns the row of `disposition`.
    pub fn new(disposition: &Disposition) -> Result<Self, BadRow> {
        Ok(Self {
            id: disposition.id.to_string(),
            organization_id: disposition.organization_id.to_string(),
            name: disposition.name.clone(),
            position: into_column("dispositions.position", disposition.position)?,
        })
    }

    /// Returns the disposition.
    pub fn into_noun(self) -> Result<Disposition, BadRow> {
        Ok(Disposition {
            id: parsed("dispositions.id", &self.id)?,
            organization_id: parsed("dispositions.organization_id", &self.organization_id)?,
            name: self.name,
            position: from_column("dispositions.position", self.position)?,
        })
    }
}

/// Why an agent can be away.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = presence_reasons)]
#[allow(missing_docs, reason = "the fields of `wrap_up::PresenceReason`, which documents them")]
pub struct PresenceReasonRow {
    pub id: String,
    pub organization_id: String,
    pub name: String,
    pub position: i32,
}

impl PresenceReasonRow {
    /// Returns the row of `reason`.
    pub fn new(reason: &PresenceReason) -> Result<Self, BadRow> {
        Ok(Self {
            id: reason.id.to_string(),
            organization_id: reason.organization_id.to_string(),
            name: reason.name.clone(),
            position: into_column("presence_reasons.position", reason.position)?,
        })
    }

    /// Returns the reason.
    pub fn into_noun(self) -> Result<PresenceReason, BadRow> {
        Ok(PresenceReason {
            id: parsed("presence_reasons.id", &self.id)?,
            organization_id: parsed("presence_reasons.organization_id", &self.organization_id)?,
            name: self.name,
            position: from_column("presence_reasons.position", self.position)?,
        })
    }
}

/// An agent's wrap-up of a call.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = wrap_ups)]
#[allow(missing_docs, reason = "the fields of `wrap_up::WrapUp`, which documents them")]
pub struct WrapUpRow {
    pub call_id: String,
    pub user_id: String,
    pub organization_id: String,
    pub queue_id: Option<String>,
    pub disposition_id: Option<String>,
    /// Name of the disposition when it was chosen.
    pub disposition_name: Option<String>,
    pub note: String,
    pub started_at: NaiveDateTime,
    pub ended_at: NaiveDateTime,
}

impl WrapUpRow {
    /// Returns the row of `wrap_up`, with the name of its disposition.
    pub fn new(wrap_up: &WrapUp, disposition_name: Option<String>) -> Self {
        Self {
            call_id: wrap_up.call_id.to_string(),
            user_id: wrap_up.user_id.to_string(),
            organization_id: wrap_up.organization_id.to_string(),
            queue_id: wrap_up.queue_id.map(|id| id.to_string()),
            disposition_id: wrap_up.disposition_id.map(|id| id.to_string()),
            disposition_name,
            note: text(&wrap_up.note),
            started_at: naive(wrap_up.started_at),
            ended_at: naive(wrap_up.ended_at),
        }
    }

    /// Returns the wrap-up.
    pub fn into_wrap_up(self) -> Result<WrapUp, BadRow> {
        Ok(WrapUp {
            organization_id: parsed("wrap_ups.organization_id", &self.organization_id)?,
            call_id: parsed("wrap_ups.call_id", &self.call_id)?,
            user_id: parsed("wrap_ups.user_id", &self.user_id)?,
            queue_id: self.queue_id.map(|id| parsed("wrap_ups.queue_id", &id)).transpose()?,
            disposition_id: self
                .disposition_id
                .map(|id| parsed("wrap_ups.disposition_id", &id))
                .transpose()?,
            note: self.note,
            started_at: unix(self.started_at),
            ended_at: unix(self.ended_at),
        })
    }
}

/// A caller who is to be called back.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = callbacks)]
#[allow(missing_docs, reason = "the fields of `wrap_up::Callback`, which documents them")]
pub struct CallbackRow {
    pub id: String,
    pub organization_id: String,
    pub queue_id: Option<String>,
    pub call_id: String,
    pub customer_id: Option<String>,
    pub phone: String,
    pub about: String,
    pub state: String,
    pub user_id: Option<String>,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

impl CallbackRow {
    /// Returns the row of `callback`.
    pub fn new(callback: &Callback) -> Result<Self, BadRow> {
        Ok(Self {
            id: callback.id.to_string(),
            organization_id: callback.organization_id.to_string(),
            queue_id: callback.queue_id.map(|id| id.to_string()),
            call_id: callback.call_id.to_string(),
            customer_id: callback.customer_id.map(|id| id.to_string()),
            phone: callback.phone.to_string(),
            about: text(&callback.about),
            state: word("callbacks.state", &callback.state)?,
            user_id: callback.user_id.map(|id| id.to_string()),
            created_at: naive(callback.created_at),
            updated_at: naive(callback.updated_at),
        })
    }

    /// Returns the callback.
    pub fn into_callback(self) -> Result<Callback, BadRow> {
        Ok(Callback {
            id: parsed("callbacks.id", &self.id)?,
            organization_id: parsed("callbacks.organization_id", &self.organization_id)?,
            queue_id: self.queue_id.map(|id| parsed("callbacks.queue_id", &id)).transpose()?,
            call_id: parsed("callbacks.call_id", &self.call_id)?,
            customer_id: self.customer_id.map(|id| parsed("callbacks.customer_id", &id)).transpose()?,
            phone: parsed("callbacks.phone", &self.phone)?,
            about: self.about,
            state: from_word("callbacks.state", self.state)?,
            user_id: self.user_id.map(|id| parsed("callbacks.user_id", &id)).transpose()?,
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}

/// Converts a number for a column of 32 bits.
fn into_column(column: &'static str, number: u32) -> Result<i32, BadRow> {
    i32::try_from(number).map_err(|fault| BadRow::new(column, fault))
}

fn from_column<T: TryFrom<i32, Error: std::fmt::Display>>(
    column: &'static str,
    number: i32,
) -> Result<T, BadRow> {
    T::try_from(number).map_err(|fault| BadRow::new(column, fault))
}
