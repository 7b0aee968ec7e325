//! The contacts that a campaign's filter leaves out.
//!
//! A contact who waits and whom the filter does not admit is in a state of their own (`left_out`). So whatever asks for those who wait finds no
//! others, by the same indexes, and the counts of `campaign_counts` have them. Nobody is reserved whom the filter of that moment does not admit:
//! each candidate is asked (`dialling.rs`, `previewing.rs`). A filter that is changed is applied to the list in parts, each a change of
//! its own; the campaign's row has how far that is (`filtered_to`), so it goes on behind a restart.
//!
//! The same parts have contacts wait again who came to an end for want of a consent, or of an hour to be called, where the campaign has one now:
//! a list may have a million of them, and one statement for all would hold the writer for seconds. Contacts who wait for an hour and were never called
//! have their turn sooner by them, where other hours bring one.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
use cordboard_campaigns::hours::Opening;
use cordboard_campaigns::judge::opening;
use cordboard_campaigns::preview::SKIPPED_MS;
use cordboard_campaigns::retries::End;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CampaignId, OrganizationId};
use cordboard_schema::limits::CAMPAIGN_FILTERED_AT_ONCE;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{campaigns, contacts};
use diesel::prelude::*;

use super::dialling::set;
use super::rows::ContactRow;
use super::{find, progress};
use crate::store::moments::column;
use crate::store::{Connection, StoreError, changes};

/// State of a contact who is to be called: they wait, or the filter leaves them out.
pub(super) fn to_be_called(campaign: &Campaign, contact: &Contact) -> ContactState {
    if campaign.settings.filter.admits(contact) { ContactState::Waiting } else { ContactState::LeftOut }
}

/// Whether the filter admits a contact who waits; one whom it does not is left out from now on.
pub(super) fn admits(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let is_admitted = campaign.settings.filter.admits(contact);
    if !is_admitted {
        set(connection, contact, (ContactState::LeftOut, None, contact.next_at), now)?;
    }
    Ok(is_admitted)
}

/// Has the filter applied to the whole list.
pub(super) fn begin(connection: &mut Connection, campaign: &Campaign) -> Result<(), StoreError> {
    let found = campaigns::table
        .find(campaign.id.to_string())
        .filter(campaigns::organization_id.eq(campaign.organization_id.to_string()));
    diesel::update(found).set(campaigns::filtered_to.eq("")).execute(connection)?;
    Ok(())
}

/// Whether the campaign has a consent for all of its contacts.
fn has_consent(campaign: &Campaign) -> bool {
    !campaign.settings.rules.consent.trim().is_empty()
}

/// Whether contacts who came to an end for want of a consent are to wait again, and no pass over the list that began with this consent has
/// them do so already; or those for whom no hour came, and there are other hours now.
pub(super) fn revives_some(
    connection: &mut Connection,
    before: Option<&Campaign>,
    campaign: &Campaign,
) -> Result<bool, StoreError> {
    let (organization_id, id) = (campaign.organization_id, campaign.id);
    let has_other_hours =
        before.is_some_and(|before| before.settings.rules.hours != campaign.settings.rules.hours);
    let may_consent = has_consent(campaign)
        && !(before.is_some_and(has_consent) && is_under_way(connection, organization_id, id)?);
    if !has_other_hours && !may_consent {
        return Ok(false);
    }
    let known = progress(connection, organization_id, id)?;
    let has_some = |end: End| known.ends.get(&end).is_some_and(|count| *count > 0);
    let some_are = |state: ContactState| known.contacts.get(&state).is_some_and(|count| *count > 0);
    let some_await_hours =
        has_some(End::NotCallable) || some_are(ContactState::Waiting) || some_are(ContactState::LeftOut);
    Ok((may_consent && has_some(End::NoConsent)) || (has_other_hours && some_await_hours))
}

/// Callees for whom it was found out when an hour comes. Many of a list are in the same zones, and that no hour comes takes the longest to find.
#[derive(Default)]
struct KnownHours(Vec<(Callee, Option<Tz>, Opening)>);

impl KnownHours {
    /// When a contact may be called by their hours, from `now` on.
    fn of(&mut self, campaign: &Campaign, contact: &Contact, now: UnixMs) -> Opening {
        let (callee, said) = (Callee::of(&contact.number), contact.zone);
        let known = self.0.iter().find(|(of, zone, _)| (*of, *zone) == (callee, said));
        if let Some((.., comes)) = known {
            return *comes;
        }
        let comes = opening(&campaign.settings.rules, callee, said, now);
        self.0.push((callee, said, comes));
        comes
    }

    /// The turn of somebody who waits for an hour, where it comes sooner by the hours of now: all else that holds for every call is asked then. Somebody
    /// who was called waits for the end of a pause as well, or for a time that was agreed on.
    fn sooner(&mut self, campaign: &Campaign, contact: &Contact, now: UnixMs) -> Option<UnixMs> {
        let waits = matches!(contact.state, ContactState::Waiting | ContactState::LeftOut);
        // An agent has somebody before them, or has left them out, for no longer than that.
        if !waits || contact.tries > 0 || contact.next_at <= now + SKIPPED_MS {
            return None;
        }
        let at = match self.of(campaign, contact, now) {
            Opening::Open => now,
            Opening::At(at) => at,
            Opening::Never => return None,
        };
        (at < contact.next_at).then_some(at)
    }
}

/// Whether a campaign's filter is being applied to its list.
pub fn is_under_way(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<bool, StoreError> {
    Ok(applied_to(connection, organization_id, id)?.is_some())
}

/// How far a campaign's filter is applied to its list, while that is under way.
fn applied_to(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<Option<String>, StoreError> {
    let found: Option<Option<String>> = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()))
        .select(campaigns::filtered_to)
        .first(connection)
        .optional()?;
    Ok(found.flatten())
}

/// The campaigns whose filter is being applied to their lists, of every organization: for who applies them.
pub fn under_way_everywhere(
    connection: &mut Connection,
) -> Result<Vec<(OrganizationId, CampaignId)>, StoreError> {
    let rows: Vec<(String, String)> = campaigns::table
        .filter(campaigns::filtered_to.is_not_null())
        .order(campaigns::id)
        .select((campaigns::organization_id, campaigns::id))
        .load(connection)?;
    rows.into_iter()
        .map(|(organization_id, id)| {
            let owner: OrganizationId =
                organization_id.parse().map_err(|fault| BadRow::new("campaigns.organization_id", fault))?;
            let id: CampaignId = id.parse().map_err(|fault| BadRow::new("campaigns.id", fault))?;
            Ok((owner, id))
        })
        .collect()
}

/// Applies a campaign's filter to the next contacts of its list; whether there are more.
pub fn apply_to_some(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<bool, StoreError> {
    let Some(campaign) = find(connection, organization_id, id)? else { return Ok(false) };
    let Some(behind) = applied_to(connection, organization_id, id)? else { return Ok(false) };
    let rows: Vec<ContactRow> = contacts::table
        .filter(contacts::campaign_id.eq(id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::id.gt(behind))
        .order(contacts::id)
        .limit(CAMPAIGN_FILTERED_AT_ONCE)
        .select(ContactRow::as_select())
        .load(connection)?;
    let is_full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= CAMPAIGN_FILTERED_AT_ONCE;
    let newest = rows.last().map(|row| row.id.clone()).filter(|_| is_full);
    let (mut left_out, mut admitted) = (Vec::new(), Vec::new());
    let mut revived: BTreeMap<ContactState, Vec<String>> = BTreeMap::new();
    let mut sooner: BTreeMap<UnixMs, Vec<String>> = BTreeMap::new();
    let has_consent = has_consent(&campaign);
    let (mut hours, now) = (KnownHours::default(), world::now().into());
    for row in rows {
        let contact = match row.into_contact() {
            Ok(contact) => contact,
            Err(error) => {
                tracing::error!(%error, "a filter is not applied to a contact whose row can't be read");
                continue;
            }
        };
        if let Some(at) = hours.sooner(&campaign, &contact, now) {
            sooner.entry(at).or_default().push(contact.id.to_string());
        }
        match (contact.state, to_be_called(&campaign, &contact)) {
            (ContactState::Waiting, ContactState::LeftOut) => left_out.push(contact.id.to_string()),
            (ContactState::LeftOut, ContactState::Waiting) => admitted.push(contact.id.to_string()),
            (ContactState::Done, state) => {
                let waits_again = match contact.end {
                    Some(End::NoConsent) => has_consent,
                    Some(End::NotCallable) => hours.of(&campaign, &contact, now) != Opening::Never,
                    _ => false,
                };
                if waits_again {
                    revived.entry(state).or_default().push(contact.id.to_string());
                }
            }
            _ => {}
        }
    }
    for (ids, state) in [(left_out, ContactState::LeftOut), (admitted, ContactState::Waiting)] {
        let found = contacts::table
            .filter(contacts::id.eq_any(&ids))
            .filter(contacts::organization_id.eq(organization_id.to_string()));
        // Their age stays as it was: a filter is nothing that they have to do with.
        diesel::update(found).set(contacts::state.eq(state.as_str())).execute(connection)?;
    }
    for (at, ids) in sooner {
        let found = contacts::table
            .filter(contacts::id.eq_any(ids))
            .filter(contacts::organization_id.eq(organization_id.to_string()));
        diesel::update(found).set(contacts::next_at.eq(column(at))).execute(connection)?;
    }
    for (state, ids) in revived {
        let found = contacts::table
            .filter(contacts::id.eq_any(ids))
            .filter(contacts::organization_id.eq(organization_id.to_string()));
        diesel::update(found)
            .set((
                contacts::state.eq(state.as_str()),
                contacts::end_reason.eq(None::<String>),
                contacts::updated_at.eq(column(campaign.updated_at)),
            ))
            .execute(connection)?;
    }
    let found = campaigns::table
        .find(id.to_string())
        .filter(campaigns::organization_id.eq(organization_id.to_string()));
    diesel::update(found).set(campaigns::filtered_to.eq(newest)).execute(connection)?;
    // At the end whoever carries campaigns out looks for those who wait now, and pages show that it is over.
    changes::note(organization_id, if is_full { Thing::Contact } else { Thing::Campaign }, id);
    Ok(is_full)
}
