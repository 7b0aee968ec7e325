//! The contacts that a campaign's filter leaves out.
//!
//! A waiting contact whom the filter does not admit has a state of its own (`left_out`). So queries for waiting contacts don't find it, by the same
//! indexes, and `campaign_counts` counts it. The filter is also checked for each candidate at its reservation (`dialling.rs`, `previewing.rs`). A
//! changed filter is applied to the list in parts, each in a change of its own. The campaign's row stores the progress (`filtered_to`), so it
//! continues after a restart.
//!
//! The same pass makes contacts wait again who ended because there was no consent or no permitted hour, if the campaign has one now: a list may have
//! a million of them, and one statement for all would block the writer for seconds. It also moves the next call of contacts forward who wait for an
//! hour and were never called, if new hours permit it.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_campaigns::callee::Callee;
use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
use cordboard_campaigns::hours::Opening;
use cordboard_campaigns::judge::{Consent, opening};
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

/// The state of a contact who is to be called: waiting, or left out by the filter.
pub(super) fn to_be_called(campaign: &Campaign, contact: &Contact) -> ContactState {
    if campaign.settings.filter.admits(contact) { ContactState::Waiting } else { ContactState::LeftOut }
}

/// Tells whether the filter admits a waiting contact. A contact whom it does not admit is left out from now on.
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

/// Starts applying the filter to the whole list.
pub(super) fn begin(connection: &mut Connection, campaign: &Campaign) -> Result<(), StoreError> {
    let found = campaigns::table
        .find(campaign.id.to_string())
        .filter(campaigns::organization_id.eq(campaign.organization_id.to_string()));
    diesel::update(found).set(campaigns::filtered_to.eq("")).execute(connection)?;
    Ok(())
}

/// Tells whether to pass over the list because contacts ended without a consent and the campaign has one since this change; or because the hours
/// changed and some contacts wait for one, or ended for want of one. Contacts who refused keep their end, so they alone must not begin a pass at each
/// change.
pub(super) fn revives_some(
    connection: &mut Connection,
    before: Option<&Campaign>,
    campaign: &Campaign,
) -> Result<bool, StoreError> {
    let (organization_id, id) = (campaign.organization_id, campaign.id);
    let has_other_hours =
        before.is_some_and(|before| before.settings.rules.hours != campaign.settings.rules.hours);
    let had_consent = before.is_some_and(|before| before.settings.rules.has_consent());
    let has_new_consent = campaign.settings.rules.has_consent() && !had_consent;
    if !has_other_hours && !has_new_consent {
        return Ok(false);
    }
    let known = progress(connection, organization_id, id)?;
    let has_some = |end: End| known.ends.get(&end).is_some_and(|count| *count > 0);
    let some_are = |state: ContactState| known.contacts.get(&state).is_some_and(|count| *count > 0);
    let some_await_hours =
        has_some(End::NotCallable) || some_are(ContactState::Waiting) || some_are(ContactState::LeftOut);
    Ok((has_new_consent && has_some(End::NoConsent)) || (has_other_hours && some_await_hours))
}

/// Callees whose next permitted hour was computed. Many contacts are in the same zones, and it takes longest to find that no hour is permitted.
#[derive(Default)]
struct KnownHours(Vec<(Callee, Option<Tz>, Opening)>);

impl KnownHours {
    /// When a contact may be called by its hours, from `now` on.
    fn of(&mut self, campaign: &Campaign, contact: &Contact, now: UnixMs) -> Opening {
        let (callee, said) = (Callee::of(&contact.number), contact.zone);
        let known = self.0.iter().find(|(of, zone, _)| (*of, *zone) == (callee, said));
        if let Some((.., opens)) = known {
            return *opens;
        }
        let opens = opening(&campaign.settings.rules, callee, said, now);
        self.0.push((callee, said, opens));
        opens
    }

    /// The earlier time for a contact who waits for an hour, if the present hours permit one. The other rules are checked at that time. A contact who
    /// was called waits for the end of a pause, or for an agreed time.
    fn sooner(&mut self, campaign: &Campaign, contact: &Contact, now: UnixMs) -> Option<UnixMs> {
        let waits = matches!(contact.state, ContactState::Waiting | ContactState::LeftOut);
        // An agent has this contact in preview or skipped it, which lasts no longer than that.
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

/// Tells whether a campaign's filter is being applied to its list.
pub fn is_under_way(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<bool, StoreError> {
    Ok(applied_to(connection, organization_id, id)?.is_some())
}

/// The progress of applying a campaign's filter, while that is under way.
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

/// Returns the campaigns of all organizations whose filter is being applied.
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

/// Applies a campaign's filter to the next contacts of its list. Returns whether there are more.
pub fn apply_to_some(
    connection: &mut Connection,
    organization_id: OrganizationId,
    id: CampaignId,
) -> Result<bool, StoreError> {
    let Some(campaign) = find(connection, organization_id, id)? else { return Ok(false) };
    let Some(last) = applied_to(connection, organization_id, id)? else { return Ok(false) };
    let rows: Vec<ContactRow> = contacts::table
        .filter(contacts::campaign_id.eq(id.to_string()))
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::id.gt(last))
        .order(contacts::id)
        .limit(CAMPAIGN_FILTERED_AT_ONCE)
        .select(ContactRow::as_select())
        .load(connection)?;
    let is_full = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= CAMPAIGN_FILTERED_AT_ONCE;
    let newest = rows.last().map(|row| row.id.clone()).filter(|_| is_full);
    let (mut left_out, mut admitted) = (Vec::new(), Vec::new());
    let mut revived: BTreeMap<ContactState, Vec<String>> = BTreeMap::new();
    let mut sooner: BTreeMap<UnixMs, Vec<String>> = BTreeMap::new();
    let has_consent = campaign.settings.rules.has_consent();
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
                    Some(End::NoConsent) => has_consent && Consent::of(&contact.consent) != Consent::Refused,
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
        // `updated_at` is not changed: the filter is not a contact with the person.
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
    // At the end, the dialler looks for waiting contacts, and pages show that the filter was applied.
    changes::note(organization_id, if is_full { Thing::Contact } else { Thing::Campaign }, id);
    Ok(is_full)
}
