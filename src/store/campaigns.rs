//! Campaigns: lists, attempts, and the do-not-call list.

mod agreeing;
mod best_hour;
mod caller_ids;
mod contacts;
mod detection;
mod dialling;
mod dispositions;
mod filtering;
mod forgetting;
mod hour_sums;
mod mailing;
mod of_person;
mod outcomes;
mod previewing;
mod rows;
mod sums;
mod suppressions;
mod waiting;

use std::collections::BTreeMap;

use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::campaign::{Campaign, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::retries::End;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{attempts, campaign_counts, campaigns};
use diesel::prelude::*;

use super::moments::column;
use super::text::kept_text;
use super::{Connection, StoreError, changes, contact_links, profiles};
pub use agreeing::{CalledAgain, call_again};
pub use best_hour::learned as learned_hours;
pub use caller_ids::{CallerIdSums, caller_ids};
pub(super) use contacts::of_call as contact_of_call;
pub use contacts::{
    Added, ContactCalls, ContactQuery, add as add_contacts, attempts as attempts_of_contact,
    calls_to as calls_to_contacts, count as count_contacts, count_new as count_new_contacts,
    delete_some as delete_some_contacts, find as contact, find_listed as listed_contact, list as contacts,
};
pub use detection::DetectionSums;
pub use dialling::{
    Closing, DialledBefore, DueContacts, EarlierCalls, Reserved, Unclosed, close as close_attempt,
    dialled as note_dialled, dialled_before, earlier as earlier_calls, open as open_attempts,
    rate as abandon_rate, reserve as reserve_attempts, still as still_to_dial,
};
pub(super) use dispositions::note_wrapped_up;
pub use dispositions::{DispositionChosen, choose_disposition};
pub use filtering::{
    apply_to_some as apply_filter_to_some, is_under_way as filter_is_under_way,
    under_way_everywhere as filters_under_way,
};
pub use forgetting::{ContactPlace, old_contacts};
pub(super) use forgetting::{
    count_numbers, count_old_contacts, delete_attempts_to, delete_old_attempts, delete_old_contacts,
    forget_evidence_of_calls, forget_numbers, forget_old_evidence, forget_spellings, let_calls_go,
};
pub use hour_sums::{count_unfilled as attempts_without_hour, fill_some as fill_some_hours};
pub use mailing::{EmailQueued, EmailWanted, queue_email};
pub(super) use of_person::{attempts_by_call, contacts_by_id, ids_of_numbers, suppressions_of};
pub use outcomes::{DispositionSums, OutcomeSums, Outcomes, VariantSums, outcomes};
pub(super) use previewing::queue_of_call as queue_of_previewed;
pub use previewing::{
    NotCalled, NotPreviewed, Previewed, may_still_be_dialled, preview, reserve as reserve_previewed,
    skip as skip_previewed, was_dialled,
};
use rows::{CampaignRow, of_word};
pub(super) use sums::around_calls as count_around_calls;
pub(super) use suppressions::add_of_call as add_suppression_of_call;
pub use suppressions::{
    SuppressionQuery, add as add_suppression, list as suppressions, may_add as may_add_suppression,
    remove as remove_suppression, remove_unreadable as remove_unreadable_suppression,
};
pub use waiting::waiting as waiting_contacts;

/// Returns the organization's campaigns, newest first, without those whose rows can't be read.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Campaign>, StoreError> {
    let rows = campaigns::table
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .order(campaigns::id.desc())
        .select(CampaignRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().filter_map(CampaignRow::into_readable).collect())
}

/// Returns the campaigns that are started and not over, of all organizations that are not suspended.
pub fn started_everywhere(connection: &mut Connection) -> Result<Vec<Campaign>, StoreError> {
    let started = [CampaignState::Running.as_str(), CampaignState::Paused.as_str()];
    let rows = campaigns::table
        .filter(campaigns::state.eq_any(started))
        .order(campaigns::id)
        .select(CampaignRow::as_select())
        .load(connection)?;
    let suspended = profiles::suspended(connection)?;
    let read = rows.into_iter().filter_map(|row| match row.into_campaign() {
        Ok(campaign) => Some(campaign),
        Err(error) => {
            tracing::error!(%error, "a campaign whose row can't be read calls nobody");
            None
        }
    });
    Ok(read.filter(|campaign| !suspended.contains(&campaign.organization_id.to_string())).collect())
}

/// Returns the campaign with this id.
pub fn find(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<Option<Campaign>, StoreError> {
    let row = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .select(CampaignRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(CampaignRow::into_campaign).transpose()?)
}

/// Adds a campaign.
pub fn create(connection: &mut Connection, campaign: &Campaign) -> Result<(), StoreError> {
    diesel::insert_into(campaigns::table).values(CampaignRow::new(campaign)?).execute(connection)?;
    Ok(())
}

/// Stores name, state and settings of a campaign. A changed filter is applied to the whole list. The same pass makes contacts wait again who ended
/// because there was no consent or no permitted hour, if the campaign has one now, and moves the next call of waiting contacts forward if the new
/// hours permit it.
pub fn update(connection: &mut Connection, campaign: &Campaign) -> Result<(), StoreError> {
    let before = find(connection, campaign.organization_id, campaign.id)?;
    let has_other_filter =
        before.as_ref().is_some_and(|before| before.settings.filter != campaign.settings.filter);
    if has_other_filter || filtering::revives_some(connection, before.as_ref(), campaign)? {
        filtering::begin(connection, campaign)?;
    }
    let found = campaigns::table
        .find(campaign.id.to_string())
        .filter(campaigns::organization_id.eq(campaign.organization_id.to_string()));
    diesel::update(found)
        .set((
            campaigns::name.eq(&campaign.name),
            campaigns::state.eq(campaign.state.as_str()),
            campaigns::settings.eq(rows::settings(campaign)?),
            campaigns::compared_since.eq(campaign.compared_since.map(column)),
            campaigns::updated_at.eq(column(campaign.updated_at)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Stores why the newest call could not be made, or that it could.
pub fn set_trouble(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
    trouble: Option<&str>,
) -> Result<(), StoreError> {
    let found = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()));
    diesel::update(found).set(campaigns::trouble.eq(trouble.map(kept_text))).execute(connection)?;
    changes::note(organization_id, Thing::Contact, id);
    Ok(())
}

/// Removes a campaign that has no contacts any more, with its contact links. Its attempts stay, because the limit of calls to a number counts them.
pub fn delete(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<bool, StoreError> {
    contact_links::delete_of_campaign(connection, organization_id, id)?;
    let found = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()));
    Ok(diesel::delete(found).execute(connection)? > 0)
}

/// The progress of a campaign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Contacts, by state.
    pub contacts: BTreeMap<ContactState, u64>,
    /// Contacts that are not called any more, by reason.
    pub ends: BTreeMap<End, u64>,
    /// Closed attempts, by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Open attempts.
    pub open: u64,
}

/// Returns the campaign's progress.
pub fn progress(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<Progress, StoreError> {
    // The database's triggers keep the counts: counting the rows of a long list takes too long for pages that ask every second.
    let counts: Vec<(String, String, i64)> = campaign_counts::table
        .filter(campaign_counts::campaign_id.eq(id.to_string()))
        .filter(campaign_counts::organization_id.eq(organization_id.to_string()))
        .filter(campaign_counts::count.gt(0_i64))
        .select((campaign_counts::kind, campaign_counts::word, campaign_counts::count))
        .load(connection)?;
    let mut progress = Progress::default();
    for (kind, word, count) in counts {
        let count = u64::try_from(count).unwrap_or_default();
        match kind.as_str() {
            "state" => {
                *progress.contacts.entry(of_word("campaign_counts.word", word)?).or_default() += count;
            }
            "end" => {
                progress.ends.insert(of_word("campaign_counts.word", word)?, count);
                *progress.contacts.entry(ContactState::Done).or_default() += count;
            }
            "outcome" => {
                progress.outcomes.insert(of_word("campaign_counts.word", word)?, count);
            }
            // Open attempts.
            _ => progress.open = count,
        }
    }
    Ok(progress)
}

/// Counts the open attempts of the campaign.
pub fn count_open(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<i64, StoreError> {
    Ok(attempts::table
        .filter(attempts::campaign_id.eq(id.to_string()))
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        // Closed attempts have an outcome, and the few without one are in an index.
        .filter(attempts::outcome.is_null())
        .filter(attempts::closed_at.is_null())
        .count()
        .get_result(connection)?)
}

/// Sets the state of a campaign.
fn set_state(
    connection: &mut Connection,
    campaign: &Campaign,
    state: CampaignState,
    now: UnixMs,
) -> Result<(), StoreError> {
    let changed = Campaign { state, updated_at: campaign.updated_at.next_change(now), ..campaign.clone() };
    update(connection, &changed)
}
