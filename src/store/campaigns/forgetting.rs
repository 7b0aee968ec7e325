//! Deletes personal data from campaigns: of deleted customers, and after the retention time. A number on the do-not-call list stays, without the
//! person, because that was promised.

use chrono::NaiveDateTime;
use cordboard_campaigns::campaign::ContactState;
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
use crate::store::moments::column;
use crate::store::{Connection, OldRows, StoreError, changes, deliveries};

/// Contacts in one read.
const CONTACTS_AT_ONCE: i64 = 500;

/// Deletes everybody with one of these numbers from all lists, the evidence of do-not-call entries, and the e-mails that were sent on calls to them:
/// to the list's address, or one that they confirmed. Attempts contain no words, and are deleted with their calls.
pub(in crate::store) fn forget_numbers<'a>(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: impl Iterator<Item = &'a E164>,
) -> Result<(), StoreError> {
    // Lists may have a number without the zero that was written for the customer.
    let numbers: Vec<String> = numbers.flat_map(E164::spellings).collect();
    forget_spellings(connection, organization_id, &numbers)
}

/// The same for numbers in the spellings in which they may be stored.
pub(in crate::store) fn forget_spellings(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
) -> Result<(), StoreError> {
    let owner = organization_id.to_string();
    let lists = lists_of(connection, &owner)?;
    let found: Vec<(String, String)> = contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::number.eq_any(numbers))
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
        .filter(suppressions::number.eq_any(numbers));
    diesel::update(promised)
        .set((suppressions::evidence.eq(""), suppressions::call_id.eq(None::<String>)))
        .execute(connection)?;
    let called: Vec<String> = attempts::table
        .filter(attempts::organization_id.eq(&owner))
        .filter(attempts::number.eq_any(numbers))
        .select(attempts::call_id)
        .load(connection)?;
    // An id that can't be read is no call's, so there is no e-mail.
    let called = called.iter().filter_map(|id| id.parse::<CallId>().ok());
    deliveries::forget_emails_of_calls(connection, organization_id, called)
}

/// The lists of an organization.
pub(super) fn lists_of(connection: &mut Connection, owner: &str) -> Result<Vec<String>, StoreError> {
    let lists = campaigns::table.filter(campaigns::organization_id.eq(owner));
    Ok(lists.select(campaigns::id).load(connection)?)
}

/// Removes the reference to these calls, which are deleted, from do-not-call entries.
pub(in crate::store) fn let_calls_go(connection: &mut Connection, ids: &[String]) -> Result<(), StoreError> {
    let of_calls = suppressions::table.filter(suppressions::call_id.eq_any(ids));
    diesel::update(of_calls).set(suppressions::call_id.eq(None::<String>)).execute(connection)?;
    Ok(())
}

/// Deletes the evidence in do-not-call entries that came from these calls.
pub(in crate::store) fn forget_evidence_of_calls(
    connection: &mut Connection,
    ids: &[String],
) -> Result<(), StoreError> {
    let said = suppressions::table.filter(suppressions::call_id.eq_any(ids));
    diesel::update(said).set(suppressions::evidence.eq("")).execute(connection)?;
    Ok(())
}

/// Deletes the evidence of do-not-call entries older than a moment, at most [`FORGOTTEN_AT_ONCE`] of them. Returns how many.
pub(in crate::store) fn forget_old_evidence(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: NaiveDateTime,
) -> Result<usize, StoreError> {
    let owner = organization_id.to_string();
    let numbers: Vec<String> = suppressions::table
        .filter(suppressions::organization_id.eq(&owner))
        .filter(suppressions::created_at.lt(since))
        // Worded as in the partial index: the planner uses it only then.
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

/// Deletes at most `limit` closed attempts that were made before `since`. Attempts that still count for the limit of calls to a number wait. Returns
/// how many.
pub(in crate::store) fn delete_old_attempts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    (since, now): (UnixMs, UnixMs),
    limit: i64,
) -> Result<usize, StoreError> {
    let since = since.min(now - COUNTED_MS);
    // Their ids are ordered by time and indexed.
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

/// Deletes at most `limit` closed attempts to reach one of these numbers, even if they still count for the limit of calls to a number. Returns how
/// many.
pub(in crate::store) fn delete_attempts_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
    limit: i64,
) -> Result<usize, StoreError> {
    let ids: Vec<String> = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::number.eq_any(numbers))
        .filter(attempts::closed_at.is_not_null())
        .limit(limit)
        .select(attempts::call_id)
        .load(connection)?;
    sums::around(connection, &ids, |connection| {
        Ok(diesel::delete(attempts::table.filter(attempts::call_id.eq_any(&ids))).execute(connection)?)
    })
}

/// Counts the contacts with one of these numbers in all lists, and the attempts to reach them.
pub(in crate::store) fn count_numbers(
    connection: &mut Connection,
    organization_id: OrganizationId,
    numbers: &[String],
) -> Result<(i64, i64), StoreError> {
    let owner = organization_id.to_string();
    let lists = lists_of(connection, &owner)?;
    let listed = contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::number.eq_any(numbers))
        .count()
        .get_result(connection)?;
    let tried = attempts::table
        .filter(attempts::organization_id.eq(&owner))
        .filter(attempts::number.eq_any(numbers))
        .count()
        .get_result(connection)?;
    Ok((listed, tried))
}

/// A position among the contacts of an organization: ordered by list, and by id in each list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPlace {
    campaign_id: String,
    contact_id: String,
}

/// Finds at most `limit` contacts after a position that were last changed before `since` and are not being called. A list may have a million who
/// stay: searching them inside a change would block the writer for each part.
pub fn old_contacts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    after: Option<&ContactPlace>,
    limit: usize,
) -> Result<OldRows<ContactPlace>, StoreError> {
    let changed_before = column(since);
    let lists: Vec<String> = campaigns::table
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .filter(campaigns::id.ge(after.map_or("", |place| place.campaign_id.as_str())))
        .order(campaigns::id)
        .select(campaigns::id)
        .load(connection)?;
    for campaign_id in lists {
        let after = after.filter(|place| place.campaign_id == campaign_id);
        // The list belongs to the organization.
        let window: Vec<(String, String, NaiveDateTime)> = contacts::table
            .filter(contacts::campaign_id.eq(&campaign_id))
            .filter(contacts::id.gt(after.map_or("", |place| place.contact_id.as_str())))
            .filter(contacts::id.lt(first_contact(since)))
            .order(contacts::id)
            .limit(CONTACTS_AT_ONCE)
            .select((contacts::id, contacts::state, contacts::updated_at))
            .load(connection)?;
        let Some((last, ..)) = window.last() else { continue };
        let is_old = |state: &str, updated_at: NaiveDateTime| {
            updated_at < changed_before && state != ContactState::Calling.as_str()
        };
        let old = window.iter().filter(|(_, state, updated_at)| is_old(state, *updated_at));
        let OldRows { ids, read_up_to } =
            OldRows::first(old.map(|(id, ..)| id.clone()).collect(), last, limit);
        let read_up_to = read_up_to.map(|contact_id| ContactPlace { campaign_id, contact_id });
        return Ok(OldRows { ids, read_up_to });
    }
    Ok(OldRows::NONE)
}

/// Deletes those of these contacts that still were last changed before `since` and are not being called. Returns which.
pub(in crate::store) fn delete_old_contacts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: UnixMs,
    ids: &[String],
) -> Result<Vec<String>, StoreError> {
    let old: Vec<String> = contacts::table
        .filter(contacts::id.eq_any(ids))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::updated_at.lt(column(since)))
        .filter(contacts::state.ne(ContactState::Calling.as_str()))
        .order(contacts::id)
        .select(contacts::id)
        .load(connection)?;
    diesel::delete(contacts::table.filter(contacts::id.eq_any(&old))).execute(connection)?;
    Ok(old)
}

/// Counts the contacts that were last changed before a moment and are not being called.
pub(in crate::store) fn count_old_contacts(
    connection: &mut Connection,
    organization_id: OrganizationId,
    since: NaiveDateTime,
) -> Result<i64, StoreError> {
    // List by list: by their ids alone, SQLite would read the contacts of all organizations.
    let lists = lists_of(connection, &organization_id.to_string())?;
    Ok(contacts::table
        .filter(contacts::campaign_id.eq_any(&lists))
        .filter(contacts::id.lt(first_contact(UnixMs::from(since.and_utc()))))
        .filter(contacts::updated_at.lt(since))
        .filter(contacts::state.ne(ContactState::Calling.as_str()))
        .count()
        .get_result(connection)?)
}

/// The first id of a contact made at this moment. Contacts that were last changed before it were made before it; ids are ordered by time and indexed.
fn first_contact(moment: UnixMs) -> String {
    CallId::first_at(moment).to_string()
}
