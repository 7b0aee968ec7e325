//! The contacts of a campaign.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Attempt, Contact, ContactState, DispositionBy, ListedContact};
use cordboard_campaigns::judge::Consent;
use cordboard_campaigns::retries::End;
use cordboard_campaigns::variant::Variant;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId};
use cordboard_schema::phone::E164;
use cordboard_tables::tables::{attempts as tries, calls, campaign_counts, contacts};
use diesel::prelude::*;

use super::rows::{AttemptRow, ContactRow, of_word};
use super::{filtering, find as find_campaign};
use crate::store::{Connection, StoreError, changes, counted};

/// Rows that one statement reads or writes.
const AT_ONCE: usize = 500;

/// Filters for contacts. `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct ContactQuery {
    /// Only those in this state.
    pub state: Option<ContactState>,
    /// Only those that ended for this reason.
    pub end: Option<End>,
    /// Only those whose newest attempt had this outcome.
    pub outcome: Option<Outcome>,
    /// Only the one with this number.
    pub number: Option<E164>,
    /// Only those that were added after this one.
    pub after: Option<ContactId>,
    /// At most this many.
    pub limit: i64,
}

/// Returns the matching contacts of a campaign, in the order in which they were added, also those whose number can't be read.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    query: &ContactQuery,
) -> Result<Vec<ListedContact>, StoreError> {
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
    Ok(rows.into_iter().map(ContactRow::into_listed).collect::<Result<_, _>>()?)
}

/// Returns the contact with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let row = row_of(connection, organization_id, campaign_id, id)?;
    Ok(row.map(ContactRow::into_contact).transpose()?)
}

/// Returns the contact with this id as lists show it, also if its number can't be read.
pub fn find_listed(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactId,
) -> Result<Option<ListedContact>, StoreError> {
    let row = row_of(connection, organization_id, campaign_id, id)?;
    Ok(row.map(ContactRow::into_listed).transpose()?)
}

fn row_of(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    id: ContactId,
) -> Result<Option<ContactRow>, StoreError> {
    Ok(contacts::table
        .find(id.to_string())
        .filter(contacts::campaign_id.eq(campaign_id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .select(ContactRow::as_select())
        .first(connection)
        .optional()?)
}

/// Returns the contact that this call is for; none if no campaign made the call, or the contact was removed.
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

/// Returns the attempts to reach a contact, oldest first.
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

/// A summary of the calls to a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactCalls {
    /// The variant of the newest attempt; none if the campaign had one only.
    pub variant: Option<Variant>,
    /// The number that the newest attempt showed; none if the switch chose it.
    pub shown: Option<String>,
    /// Cost of the ended calls whose records are kept, in millionths of the currency; none without such a call.
    pub cost_micros: Option<u64>,
    /// The newest disposition of a call: its name at that time, and who chose it.
    pub disposition: Option<(String, DispositionBy)>,
}

/// Returns the calls to each of these contacts, by the contact's id as text. A contact without calls is missing.
pub fn calls_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    people: &[ListedContact],
) -> Result<BTreeMap<String, ContactCalls>, StoreError> {
    let mut all: BTreeMap<String, ContactCalls> = BTreeMap::new();
    for people in people.chunks(AT_ONCE) {
        let ids: Vec<String> = people.iter().map(|contact| contact.id.to_string()).collect();
        let their_calls = calls::id.eq(tries::call_id).and(calls::organization_id.eq(tries::organization_id));
        let rows: Vec<TryRow> = tries::table
            .left_join(calls::table.on(their_calls))
            .filter(tries::contact_id.eq_any(&ids))
            .filter(tries::organization_id.eq(organization_id.to_string()))
            // Ordered by contact first, as in the index: by call alone, SQLite would scan all calls of the organization.
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
            of.shown = shown;
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

/// An attempt with its call: contact, variant, shown number, outcome, cost, the disposition's name and who chose it.
type TryRow =
    (String, Option<String>, Option<String>, Option<String>, Option<i64>, (Option<String>, Option<String>));

/// Counts the contacts of a campaign.
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

/// Counts the people who are not on the campaign's list. Each number is looked up by itself, which uses the index.
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

/// The result of adding contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Contacts that were added.
    pub added: usize,
    /// Numbers that were on the list already, or occurred twice in the input.
    pub known: usize,
    /// Added contacts that the campaign's filter leaves out.
    pub left_out: usize,
}

/// Adds contacts to a campaign, who wait or are left out by its filter. Contacts that are on the list already stay unchanged, except that a refusal
/// replaces what was known of their consent: of two statements about a person, the refusal counts.
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
        if states.len() < people.len() {
            note_refusals(connection, (organization_id, campaign_id), people)?;
        }
    }
    // Only this makes an idle campaign read its list again. It is sent for each part of a file, because the sender may disconnect before the last.
    if added.added > 0 {
        changes::note(organization_id, Thing::Campaign, campaign_id);
    }
    Ok(added)
}

/// Notes with the contacts on the list which of these people refused to be called. Each number is looked up by itself, which uses the index.
fn note_refusals(
    connection: &mut Connection,
    (organization_id, campaign_id): (OrganizationId, CampaignId),
    people: &[Contact],
) -> Result<(), StoreError> {
    let (organization, campaign) = (organization_id.to_string(), campaign_id.to_string());
    for contact in people.iter().filter(|contact| Consent::of(&contact.consent) == Consent::Refused) {
        let found = contacts::table
            .filter(contacts::campaign_id.eq(&campaign))
            .filter(contacts::number.eq(contact.number.as_str()))
            .filter(contacts::organization_id.eq(&organization))
            .filter(contacts::consent.ne(&contact.consent));
        let noted = diesel::update(found).set(contacts::consent.eq(&contact.consent)).execute(connection)?;
        if noted > 0 {
            changes::note(organization_id, Thing::Contact, campaign_id);
        }
    }
    Ok(())
}

/// Inserts the rows whose number is not on the list, and returns their states. The unique index finds those numbers: looking up 500 numbers
/// beforehand made SQLite read the whole list each time.
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

/// Removes at most `count` contacts of a campaign, and returns how many. All changes wait for the writer, so a large list is removed in parts.
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
