//! Rows of campaigns, and the conversions to and from them.

use chrono::NaiveDateTime;
use cordboard_campaigns::attempt::AttemptState;
use cordboard_campaigns::campaign::{
    Attempt, AttemptDisposition, Campaign, Contact, ContactState, ListedContact, ListedSuppression,
    Suppression,
};
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts, campaigns, contacts, suppressions};
use diesel::prelude::{Insertable, Queryable, Selectable};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::moments::column;

pub(super) fn unix(at: NaiveDateTime) -> UnixMs {
    at.and_utc().into()
}

fn word<T: DeserializeOwned>(column: &'static str, word: String) -> Result<T, BadRow> {
    serde_json::from_value(Value::String(word)).map_err(|fault| BadRow::new(column, fault))
}

pub(super) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &'static str,
    text: &str,
) -> Result<T, BadRow> {
    text.parse().map_err(|fault| BadRow::new(column, fault))
}

fn json<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T, BadRow> {
    serde_json::from_str(text).map_err(|fault| BadRow::new(column, fault))
}

/// A campaign.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = campaigns)]
pub(super) struct CampaignRow {
    id: String,
    organization_id: String,
    name: String,
    state: String,
    settings: String,
    trouble: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    compared_since: Option<NaiveDateTime>,
}

/// The settings as their column stores them.
pub(super) fn settings(campaign: &Campaign) -> Result<String, BadRow> {
    serde_json::to_string(&campaign.settings).map_err(|fault| BadRow::new("campaigns.settings", fault))
}

impl CampaignRow {
    pub(super) fn new(campaign: &Campaign) -> Result<Self, BadRow> {
        Ok(Self {
            id: campaign.id.to_string(),
            organization_id: campaign.organization_id.to_string(),
            name: campaign.name.clone(),
            state: campaign.state.as_str().to_owned(),
            settings: settings(campaign)?,
            trouble: campaign.trouble.clone(),
            created_at: column(campaign.created_at),
            updated_at: column(campaign.updated_at),
            compared_since: campaign.compared_since.map(column),
        })
    }

    /// Returns the campaign; none if its row can't be read, which is logged.
    pub(super) fn into_readable(self) -> Option<Campaign> {
        let campaign_id = self.id.clone();
        self.into_campaign()
            .inspect_err(|error| tracing::error!(campaign_id, %error, "a campaign's row can't be read"))
            .ok()
    }

    pub(super) fn into_campaign(self) -> Result<Campaign, BadRow> {
        Ok(Campaign {
            id: parsed("campaigns.id", &self.id)?,
            organization_id: parsed("campaigns.organization_id", &self.organization_id)?,
            name: self.name,
            state: word("campaigns.state", self.state)?,
            settings: json("campaigns.settings", &self.settings)?,
            trouble: self.trouble,
            compared_since: self.compared_since.map(unix),
            created_at: unix(self.created_at),
            updated_at: unix(self.updated_at),
        })
    }
}

/// A contact.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contacts)]
pub(super) struct ContactRow {
    pub(super) id: String,
    organization_id: String,
    campaign_id: String,
    number: String,
    variables: String,
    zone: Option<String>,
    consent: String,
    pub(super) state: String,
    end_reason: Option<String>,
    next_at: NaiveDateTime,
    tries: i64,
    last_outcome: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

impl ContactRow {
    /// The row of a new contact in this state.
    pub(super) fn new(contact: &Contact, state: ContactState) -> Result<Self, BadRow> {
        let variables = serde_json::to_string(&contact.variables)
            .map_err(|fault| BadRow::new("contacts.variables", fault))?;
        Ok(Self {
            id: contact.id.to_string(),
            organization_id: contact.organization_id.to_string(),
            campaign_id: contact.campaign_id.to_string(),
            number: contact.number.to_string(),
            variables,
            zone: contact.zone.map(|zone| zone.name().to_owned()),
            consent: contact.consent.clone(),
            state: state.as_str().to_owned(),
            end_reason: contact.end.map(|end| end.as_str().to_owned()),
            next_at: column(contact.next_at),
            tries: contact.tries.into(),
            last_outcome: contact.last_outcome.map(|outcome| outcome.as_str().to_owned()),
            created_at: column(contact.created_at),
            updated_at: column(contact.created_at),
        })
    }

    pub(super) fn into_contact(self) -> Result<Contact, BadRow> {
        self.into_listed()?.into_contact().map_err(|fault| BadRow::new("contacts.number", fault))
    }

    pub(super) fn into_listed(self) -> Result<ListedContact, BadRow> {
        Ok(ListedContact {
            id: parsed("contacts.id", &self.id)?,
            organization_id: parsed("contacts.organization_id", &self.organization_id)?,
            campaign_id: parsed("contacts.campaign_id", &self.campaign_id)?,
            is_unreadable: self.number.parse::<E164>().is_err(),
            number: self.number,
            variables: json("contacts.variables", &self.variables)?,
            zone: self.zone.map(|zone| parsed("contacts.zone", &zone)).transpose()?,
            consent: self.consent,
            state: word("contacts.state", self.state)?,
            end: self.end_reason.map(|end| word("contacts.end_reason", end)).transpose()?,
            next_at: unix(self.next_at),
            tries: u32::try_from(self.tries).map_err(|fault| BadRow::new("contacts.tries", fault))?,
            last_outcome: self
                .last_outcome
                .map(|outcome| word("contacts.last_outcome", outcome))
                .transpose()?,
            created_at: unix(self.created_at),
        })
    }
}

/// An attempt.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts)]
pub(super) struct AttemptRow {
    call_id: String,
    organization_id: String,
    campaign_id: String,
    contact_id: String,
    number: String,
    reserved_at: NaiveDateTime,
    dialled_at: Option<NaiveDateTime>,
    closed_at: Option<NaiveDateTime>,
    outcome: Option<String>,
    variant: Option<String>,
    shown: Option<String>,
    compared_since: Option<NaiveDateTime>,
    disposition_id: Option<String>,
    disposition_name: Option<String>,
    disposition_by: Option<String>,
    callee_hour: Option<i32>,
    callee_try: Option<i32>,
}

impl AttemptRow {
    /// The row of a reserved attempt, with the comparison that it counts in, and the callee's hour and try number.
    pub(super) fn new(
        attempt: &Attempt,
        compared_since: Option<UnixMs>,
        (callee_hour, callee_try): (i32, i32),
    ) -> Self {
        Self {
            call_id: attempt.call_id.to_string(),
            organization_id: attempt.organization_id.to_string(),
            campaign_id: attempt.campaign_id.to_string(),
            contact_id: attempt.contact_id.to_string(),
            number: attempt.number.clone(),
            reserved_at: column(attempt.reserved_at),
            dialled_at: None,
            closed_at: None,
            outcome: None,
            variant: attempt.variant.map(|variant| variant.as_str().to_owned()),
            shown: attempt.shown.clone(),
            compared_since: compared_since.map(column),
            disposition_id: None,
            disposition_name: None,
            disposition_by: None,
            callee_hour: Some(callee_hour),
            callee_try: Some(callee_try),
        }
    }

    pub(super) fn into_attempt(self) -> Result<Attempt, BadRow> {
        let state = match (self.closed_at, self.dialled_at) {
            (Some(_), _) => AttemptState::Closed,
            (None, Some(_)) => AttemptState::Dialled,
            (None, None) => AttemptState::Reserved,
        };
        let disposition = match (self.disposition_id, self.disposition_by) {
            (Some(id), Some(by)) => Some(AttemptDisposition {
                id: parsed("attempts.disposition_id", &id)?,
                name: self.disposition_name.unwrap_or_default(),
                by: word("attempts.disposition_by", by)?,
            }),
            _ => None,
        };
        Ok(Attempt {
            call_id: parsed("attempts.call_id", &self.call_id)?,
            organization_id: parsed("attempts.organization_id", &self.organization_id)?,
            campaign_id: parsed("attempts.campaign_id", &self.campaign_id)?,
            contact_id: parsed("attempts.contact_id", &self.contact_id)?,
            is_unreadable: self.number.parse::<E164>().is_err(),
            number: self.number,
            shown: self.shown,
            variant: self.variant.map(|variant| word("attempts.variant", variant)).transpose()?,
            state,
            reserved_at: unix(self.reserved_at),
            closed_at: self.closed_at.map(unix),
            outcome: self.outcome.map(|outcome| word("attempts.outcome", outcome)).transpose()?,
            disposition,
        })
    }
}

/// An entry of the do-not-call list.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = suppressions)]
pub(super) struct SuppressionRow {
    organization_id: String,
    number: String,
    source: String,
    evidence: String,
    call_id: Option<String>,
    created_at: NaiveDateTime,
}

impl SuppressionRow {
    pub(super) fn new(suppression: &Suppression) -> Self {
        Self {
            organization_id: suppression.organization_id.to_string(),
            number: suppression.number.to_string(),
            source: suppression.source.as_str().to_owned(),
            evidence: suppression.evidence.clone(),
            call_id: suppression.call_id.map(|id| id.to_string()),
            created_at: column(suppression.created_at),
        }
    }

    pub(super) fn into_listed(self) -> Result<ListedSuppression, BadRow> {
        Ok(ListedSuppression {
            is_unreadable: self.number.parse::<E164>().is_err(),
            number: self.number,
            source: word("suppressions.source", self.source)?,
            evidence: self.evidence,
            call_id: self.call_id.map(|id| parsed("suppressions.call_id", &id)).transpose()?,
            created_at: unix(self.created_at),
        })
    }
}

/// The enum's variant for a column's word.
pub(super) fn of_word<T: DeserializeOwned>(column: &'static str, text: String) -> Result<T, BadRow> {
    word(column, text)
}
