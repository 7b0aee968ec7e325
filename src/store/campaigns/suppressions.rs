//! The do-not-call list.

use cordboard_actors::world;
use cordboard_campaigns::campaign::{ContactState, ListedSuppression, Suppression};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::retries::End;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::OrganizationId;
use cordboard_schema::phone::E164;
use cordboard_tables::tables::{calls, campaigns, contacts, suppressions};
use diesel::prelude::*;

use super::dialling::set;
use super::rows::{ContactRow, SuppressionRow};
use super::{filtering, find};
use crate::store::{Connection, StoreError, audit, changes};

/// Filters for numbers. `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct SuppressionQuery {
    /// Only this one.
    pub number: Option<E164>,
    /// Only those after this one, as it is stored, in the order of the numbers.
    pub after: Option<String>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the organization's do-not-call list, in the order of the numbers, also those that can't be read.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &SuppressionQuery,
) -> Result<Vec<ListedSuppression>, StoreError> {
    let mut found = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .order(suppressions::number)
        .limit(query.limit)
        .select(SuppressionRow::as_select())
        .into_boxed();
    if let Some(number) = &query.number {
        found = found.filter(suppressions::number.eq_any(number.spellings()));
    }
    if let Some(after) = &query.after {
        found = found.filter(suppressions::number.gt(after));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(SuppressionRow::into_listed).collect::<Result<_, _>>()?)
}

/// Adds a number to the list. Returns false if it is there already; the first evidence stays.
pub fn add(connection: &mut Connection, suppression: &Suppression) -> Result<bool, StoreError> {
    if holds(connection, suppression.organization_id, &suppression.number)? {
        return Ok(false);
    }
    diesel::insert_into(suppressions::table).values(SuppressionRow::new(suppression)).execute(connection)?;
    Ok(true)
}

/// Adds a number to the list as [`add`] does, on a call or after it. A new one is in the audit log.
pub(in crate::store) fn add_of_call(
    connection: &mut Connection,
    suppression: &Suppression,
) -> Result<bool, StoreError> {
    let is_new = add(connection, suppression)?;
    if is_new {
        let Suppression { organization_id, number, source, created_at, .. } = suppression;
        let entry = ("suppression.added", number.to_string(), source.as_str().to_owned());
        audit::record_by_system(connection, *organization_id, *created_at, entry)?;
    }
    Ok(is_new)
}

/// Tells whether programs and pages may add these numbers: there was a call with each that is not on the list, or the list has fewer than `most`
/// numbers. Assistants, keys, text messages and agents are not limited: a person's request not to be called is accepted however long the list is.
pub fn may_add(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[E164],
    most: i64,
) -> Result<bool, StoreError> {
    for number in numbers {
        let is_known =
            holds(connection, organization_id, number)? || had_call(connection, organization_id, number)?;
        if !is_known {
            return has_fewer(connection, organization_id, most);
        }
    }
    Ok(true)
}

fn had_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    let call: Option<String> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::party_number.eq_any(number.spellings()))
        .select(calls::id)
        .first(connection)
        .optional()?;
    Ok(call.is_some())
}

fn has_fewer(
    connection: &mut Connection,
    organization_id: OrganizationId,
    most: i64,
) -> Result<bool, StoreError> {
    let last: Option<String> = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .order(suppressions::number)
        .offset(most - 1)
        .select(suppressions::number)
        .first(connection)
        .optional()?;
    Ok(last.is_none())
}

/// Removes a number from the list, so that contacts wait again who ended because of it. Returns false if it is not on the list.
pub fn remove(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    let found = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .filter(suppressions::number.eq_any(number.spellings()));
    let was_there = diesel::delete(found).execute(connection)? > 0;
    if was_there {
        revive(connection, organization_id, number)?;
    }
    Ok(was_there)
}

/// Removes an entry whose number can't be read, by the text as it is stored. Returns false if there is none. It suppressed nobody, so nobody waits again.
pub fn remove_unreadable(
    connection: &mut Connection,
    organization_id: OrganizationId,
    stored: &str,
) -> Result<bool, StoreError> {
    let found = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .filter(suppressions::number.eq(stored));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// Makes contacts with this number wait again who were not called only because of the list. A stopped campaign stays stopped.
fn revive(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<(), StoreError> {
    let lists: Vec<String> = campaigns::table
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .filter(campaigns::state.ne(CampaignState::Stopped.as_str()))
        .select(campaigns::id)
        .load(connection)?;
    // List by list: the index of numbers begins with the list.
    let rows: Vec<ContactRow> = contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::number.eq_any(number.spellings()))
        .filter(contacts::state.eq(ContactState::Done.as_str()))
        .filter(contacts::end_reason.eq(End::Suppressed.as_str()))
        .select(ContactRow::as_select())
        .load(connection)?;
    let now = world::now().into();
    for row in rows {
        let contact = match row.into_contact() {
            Ok(contact) => contact,
            Err(error) => {
                tracing::error!(%error, "a contact whose row can't be read does not wait again");
                continue;
            }
        };
        let campaign = match find(connection, organization_id, contact.campaign_id) {
            // Such a campaign calls nobody, and must not keep the number on the list.
            Err(StoreError::BadRow(bad)) => {
                tracing::error!(%bad, "a contact of a campaign that can't be read does not wait again");
                continue;
            }
            found => found?,
        };
        let Some(campaign) = campaign else { continue };
        let state = filtering::to_be_called(&campaign, &contact);
        set(connection, &contact, (state, None, contact.next_at), now)?;
        // The campaign may have nobody else to call.
        changes::note(organization_id, Thing::Campaign, campaign.id);
    }
    Ok(())
}

/// Tells whether a number is on the do-not-call list, in any of its spellings.
pub(super) fn holds(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
) -> Result<bool, StoreError> {
    let found: Option<String> = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .filter(suppressions::number.eq_any(number.spellings()))
        .select(suppressions::number)
        .first(connection)
        .optional()?;
    Ok(found.is_some())
}
