//! Leads.

use std::collections::HashSet;

use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CustomerId, LeadId, OrganizationId};
use cordboard_schema::lead::{Lead, LeadStatus};
use cordboard_schema::phone::searched_number;
use cordboard_schema::time::UnixMs;
use cordboard_schema::webhook::WebhookEvent;
use cordboard_tables::rows::{BadRow, LeadRow};
use cordboard_tables::tables::{appointments, customers, leads};
use diesel::prelude::*;

use super::inserting::insert_all;
use super::text::{holds, holds_any, kept_text, spellings};
use super::{Connection, StoreError, changes, notifications};

/// Rows that one statement reads or writes.
const AT_ONCE: usize = 500;
/// Appointments whose pages learn that their lead is gone.
const APPOINTMENTS_NOTED: i64 = 50;

/// Filters leads by owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeadOwner {
    /// The user with this id.
    User(String),
    /// No owner yet.
    Unassigned,
}

/// Filters for leads. `None`, or an empty value, does not filter.
#[derive(Clone, Debug, Default)]
pub struct LeadQuery {
    /// Only those with this status.
    pub status: Option<LeadStatus>,
    /// Only those with this owner.
    pub owner: Option<LeadOwner>,
    /// Only those that contain each of these words somewhere, in upper or lower case, or whose phone contains `number`.
    pub words: Vec<String>,
    /// The number that the words together are, without separators.
    pub number: Option<String>,
    /// Only those of this customer.
    pub customer_id: Option<CustomerId>,
    /// Only the one made on this call.
    pub call_id: Option<CallId>,
    /// Only those made then or later.
    pub since: Option<UnixMs>,
    /// Only those made before then.
    pub until: Option<UnixMs>,
    /// Only those made before this one.
    pub before: Option<LeadId>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the leads that match `query`, newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: LeadQuery,
) -> Result<Vec<Lead>, StoreError> {
    let mut found = leads::table
        .filter(leads::organization_id.eq(organization_id.to_string()))
        .order(leads::id.desc())
        .limit(query.limit)
        .select(LeadRow::as_select())
        .into_boxed();
    if let Some(status) = query.status {
        found = found.filter(leads::status.eq(status.as_str()));
    }
    match query.owner {
        Some(LeadOwner::User(owner_id)) => found = found.filter(leads::owner_id.eq(kept_text(&owner_id))),
        Some(LeadOwner::Unassigned) => found = found.filter(leads::owner_id.is_null()),
        None => {}
    }
    for word in &query.words {
        let spelled = spellings(word);
        let number = query.number.clone().or_else(|| searched_number(word));
        let is_in = |column| holds_any(connection, column, &spelled);
        found = found.filter(
            is_in("leads.name")
                .or(is_in("leads.phone"))
                .or(holds(connection, "leads.phone", number.as_deref().unwrap_or(word)))
                .or(is_in("leads.need"))
                .or(is_in("leads.urgency"))
                .or(is_in("leads.budget"))
                .or(is_in("leads.address"))
                .or(is_in("leads.next_step"))
                .or(is_in("leads.notes")),
        );
    }
    if let Some(customer_id) = query.customer_id {
        found = found.filter(leads::customer_id.eq(customer_id.to_string()));
    }
    if let Some(call_id) = query.call_id {
        found = found.filter(leads::call_id.eq(call_id.to_string()));
    }
    if let Some(since) = query.since {
        found = found.filter(leads::created_at.ge(since.to_utc().naive_utc()));
    }
    if let Some(until) = query.until {
        found = found.filter(leads::created_at.lt(until.to_utc().naive_utc()));
    }
    if let Some(before) = query.before {
        found = found.filter(leads::id.lt(before.to_string()));
    }
    Ok(found.load(connection)?.into_iter().map(LeadRow::into_lead).collect::<Result<_, _>>()?)
}

/// Returns the lead with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: LeadId,
) -> Result<Option<Lead>, StoreError> {
    let row = leads::table
        .find(id.to_string())
        .filter(leads::organization_id.eq(organization_id.to_string()))
        .select(LeadRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(LeadRow::into_lead).transpose()?)
}

/// Adds a lead, and notifies webhooks and people. A second one for a call is a unique violation.
pub fn create(connection: &mut Connection, lead: &Lead) -> Result<(), StoreError> {
    diesel::insert_into(leads::table).values(LeadRow::new(lead)).execute(connection)?;
    notifications::report(connection, lead.organization_id, WebhookEvent::LeadCreated(lead.into()))
}

/// Imports leads of an organization; nobody is notified of each. A lead whose customer was deleted since the lookup gets the customer who now has the
/// number, for example after a merge, or none.
pub fn take_in(
    connection: &mut Connection,
    organization_id: OrganizationId,
    leads: &mut [Lead],
) -> Result<(), StoreError> {
    for leads in leads.chunks_mut(AT_ONCE) {
        let named: Vec<_> =
            leads.iter().filter_map(|lead| lead.customer_id).map(|id| id.to_string()).collect();
        let known: HashSet<String> = customers::table
            .filter(customers::organization_id.eq(organization_id.to_string()))
            .filter(customers::id.eq_any(&named))
            .select(customers::id)
            .load(connection)?
            .into_iter()
            .collect();
        let is_gone = |lead: &Lead| lead.customer_id.is_some_and(|id| !known.contains(&id.to_string()));
        for lead in leads.iter_mut().filter(|lead| is_gone(lead)) {
            lead.customer_id = match &lead.phone {
                Some(phone) => super::customers::id_of(connection, organization_id, phone)?
                    .map(|id| id.parse::<CustomerId>().map_err(|fault| BadRow::new("customers.id", fault)))
                    .transpose()?,
                None => None,
            };
        }
        let rows: Vec<_> = leads.iter().map(LeadRow::new).collect();
        insert_all!(connection, leads::table, &rows);
    }
    Ok(())
}

/// Changes the lead with this id. Returns false if it was changed since `read`, its `updated_at` when it was read.
pub fn update(connection: &mut Connection, lead: &Lead, read: UnixMs) -> Result<bool, StoreError> {
    let row = LeadRow::new(lead);
    let found = leads::table
        .find(row.id.clone())
        .filter(leads::organization_id.eq(row.organization_id.clone()))
        .filter(leads::updated_at.eq(read.to_utc().naive_utc()));
    Ok(diesel::update(found).set(&row).execute(connection)? > 0)
}

/// Deletes the lead with this id. Its appointments stay, without it. Returns false if the organization has none.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: LeadId,
) -> Result<bool, StoreError> {
    let (organization, lead) = (organization_id.to_string(), id.to_string());
    // Open pages of these have a link to the lead.
    let linked: Vec<String> = appointments::table
        .filter(appointments::lead_id.eq(&lead))
        .filter(appointments::organization_id.eq(&organization))
        .limit(APPOINTMENTS_NOTED)
        .select(appointments::id)
        .load(connection)?;
    let found = leads::table.find(lead).filter(leads::organization_id.eq(organization));
    if diesel::delete(found).execute(connection)? == 0 {
        return Ok(false);
    }
    linked.iter().for_each(|id| changes::note(organization_id, Thing::Appointment, id));
    Ok(true)
}
