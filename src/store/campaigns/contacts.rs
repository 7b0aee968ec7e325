//! The people of a campaign.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Attempt, Contact, ContactState, DispositionBy};
use cordboard_campaigns::retries::End;
use cordboard_campaigns::variant::Variant;
use cordboard_schema::changed::Thing;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts as tries, calls, campaign_counts, contacts};
use diesel::prelude::*;

use super::rows::{AttemptRow, ContactRow, of_word};
use super::{filtering, find as find_campaign};
use crate::store::{Connection, StoreError, changes, counted};

/// So many rows are looked up, and written, by one statement.
const AT_ONCE: usize = 500;

/// The contacts to list. A member that is `None` narrows nothing.
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
        found = found.filter(contacts::number.eq_any(number.spellings()));
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

/// The contact who was called by this call; none where no campaign has made it, or the contact is on no list any more.
pub(in crate::store) fn of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<Contact>, StoreError> {
    let contact: Option<String> = tries::table
        .find(call_id.to_string())
        .filter(tries::organization_id.eq(organization_id.to_string()))
        .select(tries::contact_id)
        .first(connection)
        .optional()?;
    let Some(contact) = contact else { return Ok(None) };
    let row = contacts::table
        .find(contact)
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

/// The calls to a contact, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactCalls {
    /// The variant of the newest try; none where the campaign had one.
    pub variant: Option<Variant>,
    /// The number that the newest try showed; none where that was left to the switch.
    pub shown: Option<PhoneNumber>,
    /// Cost of the calls that are over and whose record is kept, in millionths of the currency; none where there is no such call.
    pub cost_micros: Option<u64>,
    /// How the newest of the calls of which somebody has said it ended for the business: the disposition's name then, and who said it.
    pub disposition: Option<(String, DispositionBy)>,
}

/// The calls to each of these contacts, by the contact's id as text. A contact who was never called is missing.
pub fn calls_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    people: &[Contact],
) -> Result<BTreeMap<String, ContactCalls>, StoreError> {
    let mut all: BTreeMap<String, ContactCalls> = BTreeMap::new();
    for people in people.chunks(AT_ONCE) {
        let ids: Vec<String> = people.iter().map(|contact| contact.id.to_string()).collect();
        let their_calls = calls::id.eq(tries::call_id).and(calls::organization_id.eq(tries::organization_id));
        let rows: Vec<TryRow> = tries::table
            .left_join(calls::table.on(their_calls))
            .filter(tries::contact_id.eq_any(&ids))
            .filter(tries::organization_id.eq(organization_id.to_string()))
            // By the contact first, as the index is: by calls alone SQLite would go through all calls of the organization.
            .order((tries::contact_id, tries::call_id))
            .select((
                tries::contact_id,
                tries::variant,
                tries::shown,
                tries::outcome,
                calls::cost_micros.nullable(),
                (tries::disposition_name, tries::disposition_by),
            ))
            .load(connection)?;
        for (contact, variant, shown, outcome, cost_micros, disposition) in rows {
            let of = all.entry(contact).or_default();
            of.variant = variant.map(|word| of_word("attempts.variant", word)).transpose()?;
            of.shown = shown
                .map(|number| number.parse().map_err(|fault| BadRow::new("attempts.shown", fault)))
                .transpose()?;
            if let Some(cost) = cost_micros.filter(|_| outcome.is_some()) {
                of.cost_micros = Some(of.cost_micros.unwrap_or_default().saturating_add(counted(cost)));
            }
            if let (Some(name), Some(by)) = disposition {
                of.disposition = Some((name, of_word("attempts.disposition_by", by)?));
            }
        }
    }
    Ok(all)
}

/// A try with its call: contact, variant, number that was shown, outcome, cost; the disposition's name, and who said it.
type TryRow =
    (String, Option<String>, Option<String>, Option<String>, Option<i64>, (Option<String>, Option<String>));

/// Contacts of a campaign.
pub fn count(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
) -> Result<i64, StoreError> {
    let counts: Vec<i64> = campaign_counts::table
        .filter(campaign_counts::campaign_id.eq(campaign_id.to_string()))
        .filter(campaign_counts::organization_id.eq(organization_id.to_string()))
        .filter(campaign_counts::kind.eq_any(["state", "end"]))
        .select(campaign_counts::count)
        .load(connection)?;
    Ok(counts.into_iter().sum())
}

/// How many of these people a campaign does not have. Each number is asked for by itself, as the index has it.
pub fn count_new(
    connection: &mut Connection,
    campaign_id: CampaignId,
    people: &[Contact],
) -> Result<i64, StoreError> {
    let campaign = campaign_id.to_string();
    let numbers: BTreeSet<&str> = people.iter().map(|contact| contact.number.as_str()).collect();
    let mut new = 0;
    for number in numbers {
        let known: Option<String> = contacts::table
            .filter(contacts::campaign_id.eq(&campaign))
            .filter(contacts::number.eq(number))
            .select(contacts::id)
            .first(connection)
            .optional()?;
        new += i64::from(known.is_none());
    }
    Ok(new)
}

/// Result for people who were to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// How many were.
    pub added: usize,
    /// How many numbers are on the list already, or stand twice among those that were given.
    pub known: usize,
    /// How many of those who were added the campaign's filter leaves out.
    pub left_out: usize,
}

/// Adds people to a campaign, who wait, or are left out by its filter. Whoever is on its list already stays as they are.
pub fn add(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    people: &[Contact],
) -> Result<Added, StoreError> {
    let mut added = Added::default();
    let Some(campaign) = find_campaign(connection, organization_id, campaign_id)? else { return Ok(added) };
    for people in people.chunks(AT_ONCE) {
        let row = |contact| ContactRow::new(contact, filtering::to_be_called(&campaign, contact));
        let rows = people.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        let states = insert_new(connection, &rows)?;
        added.added += states.len();
        added.known += people.len() - states.len();
        added.left_out += states.iter().filter(|state| *state == ContactState::LeftOut.as_str()).count();
    }
    // A campaign that has nobody to call looks at its list by nothing else. A file comes in parts, and its sender may be gone before the last.
    if added.added > 0 {
        changes::note(organization_id, Thing::Campaign, campaign_id);
    }
    Ok(added)
}

/// Inserts the rows whose number the campaign does not have; their states. The index of numbers says which those are: to ask for 500 numbers
/// beforehand had SQLite read the whole list, at each 500 contacts of a file.
fn insert_new(connection: &mut Connection, rows: &[ContactRow]) -> Result<Vec<String>, StoreError> {
    let of_number = (contacts::campaign_id, contacts::number);
    match connection {
        Connection::Sqlite(sqlite) => {
            let mut states = Vec::new();
            for row in rows {
                let insert =
                    diesel::insert_into(contacts::table).values(row).on_conflict(of_number).do_nothing();
                if insert.execute(sqlite)? > 0 {
                    states.push(row.state.clone());
                }
            }
            Ok(states)
        }
        Connection::Postgres(_) if rows.is_empty() => Ok(Vec::new()),
        Connection::Postgres(postgres) => {
            let insert =
                diesel::insert_into(contacts::table).values(rows).on_conflict(of_number).do_nothing();
            Ok(insert.returning(contacts::state).get_results(postgres)?)
        }
    }
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
