//! Rows of integrations, webhooks, deliveries and custom tools.

use chrono::NaiveDateTime;
use cordboard_schema::custom_tool::CustomTool;
use cordboard_schema::delivery::{Delivery, DeliveryState};
use cordboard_schema::integration::{Integration, IntegrationKind, IntegrationSettings};
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::Webhook;
use diesel::prelude::{Insertable, Queryable, Selectable};

use super::columns::{BadRow, from_json, from_word, json, naive, parsed, unix, word};
use crate::tables::{custom_tools, deliveries, integrations, webhooks};

/// An account at a service.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = integrations)]
pub struct IntegrationRow {
    /// The organization that owns it.
    pub organization_id: String,
    /// Word of an `IntegrationKind`.
    pub kind: String,
    /// JSON of the kind's settings.
    pub settings: String,
    /// JSON of sealed secrets by name.
    pub secrets: String,
    /// When it was set.
    pub updated_at: NaiveDateTime,
}

impl IntegrationRow {
    /// Returns the row of `integration`.
    pub fn new(integration: &Integration) -> Result<Self, BadRow> {
        Ok(Self {
            organization_id: integration.organization_id.to_string(),
            kind: integration.settings.kind().to_string(),
            settings: json("integrations.settings", &integration.settings)?,
            secrets: json("integrations.secrets", &integration.secrets)?,
            updated_at: naive(integration.updated_at),
        })
    }

    /// Returns the integration.
    pub fn into_integration(self) -> Result<Integration, BadRow> {
        let kind: IntegrationKind = parsed("integrations.kind", &self.kind)?;
        let settings = from_json("integrations.settings", &self.settings)?;
        let settings = IntegrationSettings::read(kind, settings, None)
            .map_err(|fault| BadRow::new("integrations.settings", fault))?;
        Ok(Integration {
            organization_id: parsed("integrations.organization_id", &self.organization_id)?,
            settings,
            secrets: from_json("integrations.secrets", &self.secrets)?,
            updated_at: unix(self.updated_at),
        })
    }
}

/// A receiver of events.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub struct WebhookRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// URL that events are sent to.
    pub url: String,
    /// JSON array of `EventKind`s.
    pub events: String,
    /// The signing secret, sealed.
    pub secret: String,
    /// Whether it receives events.
    pub enabled: bool,
    /// The first failure since the last success.
    pub failing_since: Option<NaiveDateTime>,
    /// Why Cordboard disabled it.
    pub off_reason: Option<String>,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

impl WebhookRow {
    /// Returns the row of `webhook`.
    pub fn new(webhook: &Webhook) -> Result<Self, BadRow> {
        Ok(Self {
            id: webhook.id.to_string(),
            organization_id: webhook.organization_id.to_string(),
            url: webhook.url.clone(),
            events: json("webhooks.events", &webhook.events)?,
            secret: webhook.secret.clone(),
            enabled: webhook.enabled,
            failing_since: webhook.failing_since.map(naive),
            off_reason: webhook.off_reason.clone(),
            created_at: naive(webhook.created_at),
        })
    }

    /// Returns the webhook.
    pub fn into_webhook(self) -> Result<Webhook, BadRow> {
        Ok(Webhook {
            id: parsed("webhooks.id", &self.id)?,
            organization_id: parsed("webhooks.organization_id", &self.organization_id)?,
            url: self.url,
            events: from_json("webhooks.events", &self.events)?,
            secret: self.secret,
            enabled: self.enabled,
            failing_since: self.failing_since.map(unix),
            off_reason: self.off_reason,
            created_at: unix(self.created_at),
        })
    }
}

/// One message to one webhook or person.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = deliveries)]
pub struct DeliveryRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// Word of a `Channel`.
    pub channel: String,
    /// The webhook, for a delivery to one.
    pub webhook_id: Option<String>,
    /// The webhook's id, or the person's address or number.
    pub target: String,
    /// The event.
    pub event: String,
    /// The body, or JSON of a `Letter`.
    pub body: String,
    /// Word of a `DeliveryState`.
    pub state: String,
    /// Number of attempts that were started.
    pub attempts: i32,
    /// When it was made.
    pub created_at: NaiveDateTime,
    /// When it is tried next.
    pub due_at: NaiveDateTime,
    /// Whether an attempt is under way.
    pub claimed: bool,
    /// When it is no longer tried.
    pub give_up_at: NaiveDateTime,
    /// When it was last tried.
    pub tried_at: Option<NaiveDateTime>,
    /// Status of the last answer.
    pub status: Option<i32>,
    /// The last answer, shortened.
    pub answer: Option<String>,
}

impl DeliveryRow {
    /// Returns the row of `delivery`. A finished delivery counts as due when it was made.
    pub fn new(delivery: &Delivery) -> Result<Self, BadRow> {
        let attempts = i32::try_from(delivery.attempts);
        Ok(Self {
            id: delivery.id.to_string(),
            organization_id: delivery.organization_id.to_string(),
            channel: word("deliveries.channel", &delivery.channel)?,
            webhook_id: delivery.webhook_id.map(|id| id.to_string()),
            target: delivery.target.clone(),
            event: delivery.event.clone(),
            body: delivery.body.clone(),
            state: word("deliveries.state", &delivery.state)?,
            attempts: attempts.map_err(|fault| BadRow::new("deliveries.attempts", fault))?,
            created_at: naive(delivery.created_at),
            due_at: naive(delivery.due_at.unwrap_or(delivery.created_at)),
            claimed: delivery.claimed,
            give_up_at: naive(delivery.give_up_at),
            tried_at: delivery.tried_at.map(naive),
            status: delivery.status.map(i32::from),
            answer: delivery.answer.clone(),
        })
    }

    /// Returns the delivery.
    pub fn into_delivery(self) -> Result<Delivery, BadRow> {
        let state: DeliveryState = from_word("deliveries.state", self.state)?;
        let number = |column, fault: std::num::TryFromIntError| BadRow::new(column, fault);
        let status = self.status.map(u16::try_from).transpose();
        Ok(Delivery {
            id: parsed("deliveries.id", &self.id)?,
            organization_id: parsed("deliveries.organization_id", &self.organization_id)?,
            channel: from_word("deliveries.channel", self.channel)?,
            webhook_id: self.webhook_id.map(|id| parsed("deliveries.webhook_id", &id)).transpose()?,
            target: self.target,
            event: self.event,
            body: self.body,
            state,
            attempts: u32::try_from(self.attempts).map_err(|fault| number("deliveries.attempts", fault))?,
            created_at: unix(self.created_at),
            due_at: (state == DeliveryState::Waiting).then(|| unix(self.due_at)),
            claimed: self.claimed,
            give_up_at: unix(self.give_up_at),
            tried_at: self.tried_at.map(unix),
            status: status.map_err(|fault| number("deliveries.status", fault))?,
            answer: self.answer,
        })
    }
}

/// A request that a profile's assistant may have made.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = custom_tools)]
pub struct CustomToolRow {
    /// UUID v7.
    pub id: String,
    /// The organization that owns it.
    pub organization_id: String,
    /// The profile whose assistants may use it.
    pub profile_id: String,
    /// Unique in the profile.
    pub name: String,
    /// When a model should use it.
    pub description: String,
    /// Word of a `ToolMethod`.
    pub method: String,
    /// Template of the address.
    pub url: String,
    /// JSON schema.
    pub parameters: String,
    /// JSON array of `ToolHeader`s.
    pub headers: String,
    /// Timeout, in ms.
    pub timeout_ms: i32,
    /// When it was made.
    pub created_at: NaiveDateTime,
}

impl CustomToolRow {
    /// Returns the row of `tool`.
    pub fn new(tool: &CustomTool, created_at: UnixMs) -> Result<Self, BadRow> {
        let timeout_ms = i32::try_from(tool.timeout_ms);
        Ok(Self {
            id: tool.id.to_string(),
            organization_id: tool.organization_id.to_string(),
            profile_id: tool.profile_id.to_string(),
            name: tool.name.clone(),
            description: tool.description.clone(),
            method: word("custom_tools.method", &tool.method)?,
            url: tool.url.clone(),
            parameters: json("custom_tools.parameters", &tool.parameters)?,
            headers: json("custom_tools.headers", &tool.headers)?,
            timeout_ms: timeout_ms.map_err(|fault| BadRow::new("custom_tools.timeout_ms", fault))?,
            created_at: naive(created_at),
        })
    }

    /// Returns the tool.
    pub fn into_tool(self) -> Result<CustomTool, BadRow> {
        let timeout_ms = u32::try_from(self.timeout_ms);
        Ok(CustomTool {
            id: parsed("custom_tools.id", &self.id)?,
            organization_id: parsed("custom_tools.organization_id", &self.organization_id)?,
            profile_id: parsed("custom_tools.profile_id", &self.profile_id)?,
            name: self.name,
            description: self.description,
            method: from_word("custom_tools.method", self.method)?,
            url: self.url,
            parameters: from_json("custom_tools.parameters", &self.parameters)?,
            headers: from_json("custom_tools.headers", &self.headers)?,
            timeout_ms: timeout_ms.map_err(|fault| BadRow::new("custom_tools.timeout_ms", fault))?,
        })
    }
}
