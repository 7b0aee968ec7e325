//! Numbers that are not to be called.

use cordboard_actors::world;
use cordboard_campaigns::campaign::{ContactState, Suppression};
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
use crate::store::{Connection, StoreError, changes};

/// Selection of numbers. `None` narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct SuppressionQuery {
    /// Only this one.
    pub number: Option<E164>,
    /// Only those behind this one, in the order of the numbers.
    pub after: Option<E164>,
    /// At most so many.
    pub limit: i64,
}

/// The organization's numbers that are not to be called, in the order of the numbers.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    query: &SuppressionQuery,
) -> Result<Vec<Suppression>, StoreError> {
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
        found = found.filter(suppressions::number.gt(after.as_str()));
    }
    let rows = found.load(connection)?;
    Ok(rows.into_iter().map(SuppressionRow::into_suppression).collect::<Result<_, _>>()?)
}

/// Puts a number on the list; false where it stands there. The first words stay.
pub fn add(connection: &mut Connection, suppression: &Suppression) -> Result<bool, StoreError> {
    if holds(connection, suppression.organization_id, &suppression.number)? {
        return Ok(false);
    }
    diesel::insert_into(suppressions::table).values(SuppressionRow::new(suppression)).execute(connection)?;
    Ok(true)
}

/// Whether programs and pages may put the number on the list: it stands there, a call was with it, or the list has fewer than `most`. Assistants, keys
/// and texts do not ask: a wish not to be called is taken however long the list is, and so is one that an agent has heard.
pub fn may_add(
    connection: &mut Connection,
    organization_id: OrganizationId,
    number: &E164,
    most: i64,
) -> Result<bool, StoreError> {
    if holds(connection, organization_id, number)? {
        return Ok(true);
    }
    let call: Option<String> = calls::table
        .filter(calls::organization_id.eq(organization_id.to_string()))
        .filter(calls::party_number.eq_any(number.spellings()))
        .select(calls::id)
        .first(connection)
        .optional()?;
    if call.is_some() {
        return Ok(true);
    }
    let last: Option<String> = suppressions::table
        .filter(suppressions::organization_id.eq(organization_id.to_string()))
        .order(suppressions::number)
        .offset(most - 1)
        .select(suppressions::number)
        .first(connection)
        .optional()?;
    Ok(last.is_none())
}

/// Takes a number off the list, so that contacts wait again who came to their end because of it; false where it does not stand there.
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

/// Has contacts of this number wait again whom the list alone kept from being called. A campaign that was stopped is over for good.
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
    // By their lists: the index of numbers has the list first.
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
        let Some(campaign) = find(connection, organization_id, contact.campaign_id)? else { continue };
        let state = filtering::to_be_called(&campaign, &contact);
        set(connection, &contact, (state, None, contact.next_at), now)?;
        // It may have nobody else to call.
        changes::note(organization_id, Thing::Campaign, campaign.id);
    }
    Ok(())
}

/// Whether a number is not to be called, as whichever of its spellings it was put on the list.
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
