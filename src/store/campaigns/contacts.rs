//! The people of a campaign.

use std::collections::HashSet;

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Attempt, Contact, ContactState};
use cordboard_campaigns::retries::End;
use cordboard_schema::ids::{CampaignId, ContactId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_schema::tables::{attempts as tries, contacts};
use diesel::prelude::*;

use super::rows::{AttemptRow, ContactRow};
use crate::store::inserting::insert_all;
use crate::store::{Connection, StoreError};

/// So many rows are looked up, and written, by one statement.
const AT_ONCE: usize = 500;

/// Which contacts to list. What is `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct ContactQuery {
    /// Only those that stand so.
    pub state: Option<ContactState>,
    /// Only those that ended so.
    pub end: Option<End>,
    /// Only those whose newest try had this outcome.
    pub outcome: Option<Outcome>,
    /// Only the one with this number.
    pub number: Option<E164>,
    /// Only those that were added after this one.
    pub after: Option<ContactId>,
    /// At most so many.
    pub limit: i64,
}

/// The contacts of a campaign that fit, in the order in which they were added.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    query: &ContactQuery,
) -> Result<Vec<Contact>, StoreError> {
    let mut found = contacts::table
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .order(contacts::id)
        .limit(query.limit)
        .select(ContactRow::as_select())
        .into_boxed();
    if let Some(state) = query.state {
        found = found.filter(contacts::state.eq(state.as_str()));
    }
    if let Some(end) = query.end {
        found = found.filter(contacts::end_reason.eq(end.as_str()));
    }
    if let Some(outcome) = query.outcome {
        found = found.filter(contacts::last_outcome.eq(outcome.as_str()));
    }
    if let Some(number) = &query.number {
        found = found.filter(contacts::number.eq(number.as_str()));
    }
    if let Some(after) = query.after {
        found = found.filter(contacts::id.gt(after.to_string()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(ContactRow::into_contact).collect::<Result<_, _>>()?)
}

/// The contact of that id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let row = contacts::table
        .find(id.to_string())
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .select(ContactRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(ContactRow::into_contact).transpose()?)
}

/// The tries to reach a contact, the oldest first.
pub fn attempts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: ContactId,
) -> Result<Vec<Attempt>, StoreError> {
    let rows = tries::table
        .filter(tries::contact_id.eq(id.to_string()))
        .filter(tries::organization_id.eq(organization_id.to_string()))
        .order(tries::call_id)
        .select(AttemptRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(AttemptRow::into_attempt).collect::<Result<_, _>>()?)
}

/// Contacts of a campaign.
pub fn count(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
) -> Result<i64, StoreError> {
    Ok(contacts::table
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .count()
        .get_result(connection)?)
}

/// What became of people who were to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// How many were.
    pub added: usize,
    /// How many numbers are on the list already, or stand twice among those that were given.
    pub known: usize,
}

/// Adds people to a campaign. Whoever is on its list already stays as they are.
pub fn add(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    people: &[Contact],
) -> Result<Added, StoreError> {
    let mut added = Added::default();
    for people in people.chunks(AT_ONCE) {
        let numbers: Vec<&str> = people.iter().map(|contact| contact.number.as_str()).collect();
        let mut known: HashSet<String> = contacts::table
            .filter(contacts::campaign_id.eq(campaign_id.to_string()))
            .filter(contacts::organization_id.eq(organization_id.to_string()))
            .filter(contacts::number.eq_any(&numbers))
            .select(contacts::number)
            .load(connection)?
            .into_iter()
            .collect();
        let new = people.iter().filter(|contact| known.insert(contact.number.to_string()));
        let rows = new.map(ContactRow::new).collect::<Result<Vec<_>, _>>()?;
        added.added += rows.len();
        added.known += people.len() - rows.len();
        insert_all!(connection, contacts::table, &rows);
    }
    Ok(added)
}

/// Removes some contacts of a campaign, at most `count`; how many. Everybody waits for the writer, so there are never all of them at once.
pub fn delete_some(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    count: i64,
) -> Result<usize, StoreError> {
    let ids: Vec<String> = contacts::table
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .limit(count)
        .select(contacts::id)
        .load(connection)?;
    let mut deleted = 0;
    for ids in ids.chunks(AT_ONCE) {
        let found = contacts::table
            .filter(contacts::id.eq_any(ids))
            .filter(contacts::organization_id.eq(organization_id.to_string()));
        deleted += diesel::delete(found).execute(connection)?;
    }
    Ok(deleted)
}
