//! Campaigns: the lists, the tries, and who is not to be called.

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
use super::{Connection, StoreError, changes, contact_links, profiles};
pub use agreeing::{CalledAgain, call_again};
pub use best_hour::learned as learned_hours;
pub use caller_ids::{CallerIdSums, caller_ids};
pub(super) use contacts::of_call as contact_of_call;
pub use contacts::{
    Added, ContactCalls, ContactQuery, add as add_contacts, attempts as attempts_of_contact,
    calls_to as calls_to_contacts, count as count_contacts, count_new as count_new_contacts,
    delete_some as delete_some_contacts, find as contact, list as contacts,
};
pub use detection::DetectionSums;
pub use dialling::{
    Closing, EarlierCalls, Looked, Reserved, close as close_attempt, dialled as note_dialled,
    earlier as earlier_calls, open as open_attempts, rate as abandon_rate, reserve as reserve_attempts,
    still as still_to_dial,
};
pub(super) use dispositions::note_wrapped_up;
pub use dispositions::{DispositionChosen, choose_disposition};
pub use filtering::{
    apply_to_some as apply_filter_to_some, is_under_way as filter_is_under_way,
    under_way_everywhere as filters_under_way,
};
pub use forgetting::{ContactPlace, old_contacts};
pub(super) use forgetting::{
    count_old_contacts, delete_old_attempts, delete_old_contacts, forget_evidence_of_calls, forget_numbers,
    forget_old_evidence, let_calls_go,
};
pub use hour_sums::{count_unfilled as attempts_without_hour, fill_some as fill_some_hours};
pub use mailing::{EmailQueued, EmailWanted, queue_email};
pub use outcomes::{DispositionSums, OutcomeSums, Outcomes, VariantSums, outcomes};
pub use previewing::{
    NotCalled, NotPreviewed, Previewed, may_still_be_dialled, preview, reserve as reserve_previewed,
    skip as skip_previewed, was_dialled,
};
use rows::{CampaignRow, of_word};
pub(super) use sums::around_calls as count_around_calls;
pub use suppressions::{
    SuppressionQuery, add as add_suppression, list as suppressions, may_add as may_add_suppression,
    remove as remove_suppression,
};
pub use waiting::waiting as waiting_contacts;

/// The organization's campaigns, the newest first.
pub fn list(
    connection: &mut Connection,
    organization_id: OrganizationId,
) -> Result<Vec<Campaign>, StoreError> {
    let rows = campaigns::table
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .order(campaigns::id.desc())
        .select(CampaignRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(CampaignRow::into_campaign).collect::<Result<_, _>>()?)
}

/// The campaigns that are started and not over, of every organization that is not suspended: for who carries them out.
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

/// The campaign of that id.
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

/// Writes down what its owner wants of it: name, state and settings. Another filter is applied to its list from then on. Contacts who came to an end
/// for want of a consent, or of an hour to be called, wait again where the campaign has one now, in the same parts; those who wait for an hour have their
/// turn sooner where it comes sooner.
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

/// Writes down why the newest call could not be made, or that it could.
pub fn set_trouble(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
    trouble: Option<&str>,
) -> Result<(), StoreError> {
    let found = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()));
    diesel::update(found).set(campaigns::trouble.eq(trouble)).execute(connection)?;
    changes::note(organization_id, Thing::Contact, id);
    Ok(())
}

/// Removes a campaign that has no contacts any more, with its contact links. Its attempts stay: how often a number may be called counts them.
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

/// How far a campaign has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Contacts, by where they stand.
    pub contacts: BTreeMap<ContactState, u64>,
    /// Contacts that are not called any more, by why.
    pub ends: BTreeMap<End, u64>,
    /// Closed attempts, by what became of them.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Attempts that are open.
    pub open: u64,
}

/// How far the campaign has come.
pub fn progress(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<Progress, StoreError> {
    // The database's triggers keep them: to count the rows of a long list takes longer than pages may ask for each second.
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
            // Of attempts that are open.
            _ => progress.open = count,
        }
    }
    Ok(progress)
}

/// Attempts of the campaign that are open.
pub fn count_open(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<i64, StoreError> {
    Ok(attempts::table
        .filter(attempts::campaign_id.eq(id.to_string()))
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        // It has an outcome once it is closed, and those without one are few in an index.
        .filter(attempts::outcome.is_null())
        .filter(attempts::closed_at.is_null())
        .count()
        .get_result(connection)?)
}

/// The state that the campaign's owner wants from now on.
fn set_state(
    connection: &mut Connection,
    campaign: &Campaign,
    state: CampaignState,
    now: UnixMs,
) -> Result<(), StoreError> {
    let changed = Campaign { state, updated_at: campaign.updated_at.next_change(now), ..campaign.clone() };
    update(connection, &changed)
}
