//! Campaigns forget people: a customer who is deleted, and data that is kept no longer. A number that is not to be called stays, without
//! the person: that was promised.

use chrono::NaiveDateTime;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CampaignId, OrganizationId};
use cordboard_schema::limits::FORGOTTEN_AT_ONCE;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts, campaigns, contacts, suppressions};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::dialling::COUNTED_MS;
use super::sums;
use crate::store::{Connection, StoreError, changes};

/// Forgets everybody with one of these numbers: the contacts of all lists, and what was said where a number was put on the do-not-call list.
/// Tries have no words, and go with their calls.
pub(in crate::store) fn forget_numbers<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    // Lists have numbers without the zero that somebody may have written for the customer.
    let numbers: Vec<String> = numbers.flat_map(E164::spellings).collect();
    let lists: Vec<String> = campaigns::table
        .filter(campaigns::organization_id.eq(&owner))
        .select(campaigns::id)
        .load(connection)?;
    let found: Vec<(String, String)> = contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::number.eq_any(&numbers))
        .select((contacts::id, contacts::campaign_id))
        .load(connection)?;
    let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
    diesel::delete(contacts::table.filter(contacts::id.eq_any(&ids))).execute(connection)?;
    for (_, campaign) in &found {
        let id: CampaignId = campaign.parse().map_err(|fault| BadRow::new("contacts.campaign_id", fault))?;
        changes::note(organization_id, Thing::Contact, id);
    }
    let promised = suppressions::table
        .filter(suppressions::organization_id.eq(&owner))
        .filter(suppressions::number.eq_any(&numbers));
    diesel::update(promised)
        .set((suppressions::evidence.eq(""), suppressions::call_id.eq(None::<String>)))
        .execute(connection)?;
    Ok(())
}

/// Forgets that numbers were put on the do-not-call list on these calls, which go.
pub(in crate::store) fn let_calls_go(connection: &mut Connection, ids: &[String]) -> Result<(), StoreError> {
    let of_calls = suppressions::table.filter(suppressions::call_id.eq_any(ids));
    diesel::update(of_calls).set(suppressions::call_id.eq(None::<String>)).execute(connection)?;
    Ok(())
}

/// Forgets what was said on these calls where a number was put on the do-not-call list.
pub(in crate::store) fn forget_evidence_of_calls(
    connection: &mut Connection,
    ids: &[String],
) -> Result<(), StoreError> {
    let said = suppressions::table.filter(suppressions::call_id.eq_any(ids));
    diesel::update(said).set(suppressions::evidence.eq("")).execute(connection)?;
    Ok(())
}

/// Forgets the same of numbers that were put on it before a moment, at most [`FORGOTTEN_AT_ONCE`] of them. Returns how many.
pub(in crate::store) fn forget_old_evidence(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: NaiveDateTime,
) -> Result<usize, StoreError> {
    let owner = organization_id.to_string();
    let numbers: Vec<String> = suppressions::table
        .filter(suppressions::organization_id.eq(&owner))
        .filter(suppressions::created_at.lt(since))
        // As the condition of its index has it: only that shows the planner that it fits.
        .filter(sql::<Bool>("(suppressions.evidence <> '' OR suppressions.call_id IS NOT NULL)"))
        .order(suppressions::created_at)
        .limit(FORGOTTEN_AT_ONCE)
        .select(suppressions::number)
        .load(connection)?;
    let old = suppressions::table
        .filter(suppressions::organization_id.eq(&owner))
        .filter(suppressions::number.eq_any(&numbers));
    diesel::update(old)
        .set((suppressions::evidence.eq(""), suppressions::call_id.eq(None::<String>)))
        .execute(connection)?;
    Ok(numbers.len())
}

/// Deletes closed tries that were made before `since`, at most `limit` of them; those that are counted by how often a number may be called
/// wait until they are not. Returns how many.
pub(in crate::store) fn delete_old_attempts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (since, now): (UnixMs, UnixMs),
    limit: i64,
) -> Result<usize, StoreError> {
    let since = since.min(now - COUNTED_MS);
    // Their ids are in the order of their moments, and have an index.
    let ids: Vec<String> = attempts::table
        .filter(attempts::call_id.lt(CallId::first_at(since).to_string()))
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::closed_at.is_not_null())
        .limit(limit)
        .select(attempts::call_id)
        .load(connection)?;
    sums::around(connection, &ids, |connection| {
        Ok(diesel::delete(attempts::table.filter(attempts::call_id.eq_any(&ids))).execute(connection)?)
    })
}

/// Contacts that were changed last before a moment, and whom nobody calls now.
macro_rules! old_contacts {
    ($owner:expr, $since:expr) => {
        contacts::table
            // A contact that was changed before that moment was made before it: ids are in the order of their moments, and have an index.
            .filter(contacts::id.lt(CallId::first_at(UnixMs::from($since.and_utc())).to_string()))
            .filter(contacts::organization_id.eq($owner))
            .filter(contacts::updated_at.lt($since))
            .filter(contacts::state.ne(ContactState::Calling.as_str()))
    };
}
pub(in crate::store) use old_contacts;
