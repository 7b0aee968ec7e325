//! Contacts that agents see before they are called: each is one agent's for a time, and is called by that agent alone.
//!
//! A lease is in the contact's row: whose, and until when. Until then the contact is nobody else's turn (`next_at`), so a lease that runs
//! out needs nobody to end it. Each change of a contact by a call or a verdict ends it too ([`super::dialling::set`]).

use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::judge::Verdict;
use cordboard_campaigns::preview::{LEASE_MS, SKIPPED_MS};
use cordboard_campaigns::retries::End;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::tables::{call_events, contacts};
use diesel::prelude::*;

use super::caller_ids::CallerIds;
use super::dialling::{Asked, Reserved, calls, due, finish_if_over, next_due, set, take, under_way, verdict};
use super::rows::{ContactRow, unix};
use super::{filtering, find};
use crate::store::moments::column;
use crate::store::{Connection, StoreError, changes};

/// An answer to an agent who asks for the next contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previewed {
    /// This one, who is theirs until then.
    Contact(Box<Contact>, UnixMs),
    /// Nobody may be called at this moment; somebody may be looked at then, if anybody waits.
    Nobody(Option<UnixMs>),
}

/// Why an agent sees nobody of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPreviewed {
    /// There is no such campaign.
    NoSuch,
    /// It does not run, or its contacts are not previewed.
    NotRunning,
}

/// Why a contact whom an agent sees is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCalled {
    /// There is no such campaign, or no such contact of it.
    NoSuch,
    /// The campaign does not run, or its contacts are not previewed.
    NotRunning,
    /// The contact is not this agent's, or not any more; also where the campaign's filter leaves them out by now.
    NotTheirs,
    /// The contact may not be called before then.
    NotBefore(UnixMs),
    /// The contact is not called any more.
    Ended(End),
    /// All caller ids of the campaign rest until then.
    AllRest(UnixMs),
}

/// Shows an agent the next contact of a campaign who may be called at this moment, and keeps them for that agent. An agent who has one
/// sees them again, for the rest of their time; one of another campaign is let go.
pub fn preview(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    user_id: UserId,
    now: UnixMs,
) -> Result<Result<Previewed, NotPreviewed>, StoreError> {
    let Some(mut campaign) = find(connection, organization_id, campaign_id)? else {
        return Ok(Err(NotPreviewed::NoSuch));
    };
    if !is_previewed(&campaign) {
        return Ok(Err(NotPreviewed::NotRunning));
    }
    for (contact, until) in leased(connection, organization_id, user_id, now)? {
        if contact.campaign_id != campaign.id {
            set(connection, &contact, (ContactState::Waiting, None, now), now)?;
        } else if may_be_called(connection, &campaign, &contact, now)?.is_ok() {
            return Ok(Ok(Previewed::Contact(Box::new(contact), until)));
        }
    }
    for contact in due(connection, &campaign, now)? {
        if may_be_called(connection, &campaign, &contact, now)?.is_ok() {
            let until = now + LEASE_MS;
            lease(connection, &contact, user_id, until)?;
            let contact = Contact { next_at: until, ..contact };
            return Ok(Ok(Previewed::Contact(Box::new(contact), until)));
        }
    }
    let next = next_due(connection, &campaign)?;
    if next.is_none() {
        finish_if_over(connection, &mut campaign, now)?;
    }
    Ok(Ok(Previewed::Nobody(next)))
}

/// Reserves the attempt to call a contact whom this agent has before them, by all that holds for every call. The call will have this id.
pub fn reserve(
    connection: &mut Connection,
    (organization_id, campaign_id, contact_id): (OrganizationId, CampaignId, ContactId),
    user_id: UserId,
    call_id: CallId,
    now: UnixMs,
) -> Result<Result<Reserved, NotCalled>, StoreError> {
    let (campaign, contact) =
        match theirs(connection, (organization_id, campaign_id, contact_id), user_id, now)? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
    match may_be_called(connection, &campaign, &contact, now)? {
        Ok(()) => {
            let mut caller_ids = CallerIds::of(&campaign);
            let taken = take(connection, &campaign, contact, call_id, &mut caller_ids, now)?;
            Ok(taken.map_err(NotCalled::AllRest))
        }
        Err(why) => Ok(Err(why)),
    }
}

/// An agent leaves out a contact whom they have before them: the others go first. It is no try.
pub fn skip(
    connection: &mut Connection,
    (organization_id, campaign_id, contact_id): (OrganizationId, CampaignId, ContactId),
    user_id: UserId,
    now: UnixMs,
) -> Result<Result<(), NotCalled>, StoreError> {
    match theirs(connection, (organization_id, campaign_id, contact_id), user_id, now)? {
        Ok((campaign, contact)) => {
            let state = filtering::to_be_called(&campaign, &contact);
            set(connection, &contact, (state, None, now + SKIPPED_MS), now)?;
            Ok(Ok(()))
        }
        Err(why) => Ok(Err(why)),
    }
}

/// Whether a call has begun to dial: that of an agent who was not heard has called nobody.
pub fn was_dialled(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<bool, StoreError> {
    let begun: Option<i64> = call_events::table
        .filter(call_events::call_id.eq(call_id.to_string()))
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(call_events::kind.eq("dial_requested"))
        .select(call_events::seq)
        .first(connection)
        .optional()?;
    Ok(begun.is_some())
}

/// Whether the callee of an attempt that is reserved may still be called, whose agent is awaited: by all that holds for every call.
pub fn may_still_be_dialled(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let Ok((_, campaign, contact)) = under_way(connection, organization_id, call_id)? else {
        return Ok(false);
    };
    if !is_previewed(&campaign)
        || !campaign.settings.filter.admits(&contact)
        || !calls(connection, &campaign)?
    {
        return Ok(false);
    }
    Ok(verdict(connection, &campaign, &contact, Asked::Reserved(call_id), now)? == Verdict::Dial)
}

fn is_previewed(campaign: &Campaign) -> bool {
    campaign.state == CampaignState::Running && campaign.settings.preview_queue().is_some()
}

/// Whether a contact is called at this moment. One who is not waits, or comes to their end.
fn may_be_called(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    now: UnixMs,
) -> Result<Result<(), NotCalled>, StoreError> {
    if !filtering::admits(connection, campaign, contact, now)? {
        return Ok(Err(NotCalled::NotTheirs));
    }
    match verdict(connection, campaign, contact, Asked::New, now)? {
        Verdict::Dial => Ok(Ok(())),
        Verdict::Wait(until) => {
            let until = until.max(now + 1);
            set(connection, contact, (ContactState::Waiting, None, until), now)?;
            Ok(Err(NotCalled::NotBefore(until)))
        }
        Verdict::Close(end) => {
            set(connection, contact, (ContactState::Done, Some(end), contact.next_at), now)?;
            Ok(Err(NotCalled::Ended(end)))
        }
    }
}

/// A contact whom this agent has before them, with their campaign.
fn theirs(
    connection: &mut Connection,
    (organization_id, campaign_id, contact_id): (OrganizationId, CampaignId, ContactId),
    user_id: UserId,
    now: UnixMs,
) -> Result<Result<(Campaign, Contact), NotCalled>, StoreError> {
    let Some(campaign) = find(connection, organization_id, campaign_id)? else {
        return Ok(Err(NotCalled::NoSuch));
    };
    if super::contact(connection, organization_id, campaign_id, contact_id)?.is_none() {
        return Ok(Err(NotCalled::NoSuch));
    }
    if !is_previewed(&campaign) {
        return Ok(Err(NotCalled::NotRunning));
    }
    let mut leased = leased(connection, organization_id, user_id, now)?.into_iter();
    let found = leased.find(|(contact, _)| contact.id == contact_id && contact.campaign_id == campaign_id);
    Ok(found.map(|(contact, _)| (campaign, contact)).ok_or(NotCalled::NotTheirs))
}

/// The contacts whom an agent has before them, and until when.
fn leased(
    connection: &mut Connection,
    organization_id: OrganizationId,
    user_id: UserId,
    now: UnixMs,
) -> Result<Vec<(Contact, UnixMs)>, StoreError> {
    let rows: Vec<(ContactRow, chrono::NaiveDateTime)> = contacts::table
        .filter(contacts::organization_id.eq(organization_id.to_string()))
        .filter(contacts::previewed_by.eq(user_id.to_string()))
        .filter(contacts::previewed_until.gt(column(now)))
        .filter(contacts::state.eq(ContactState::Waiting.as_str()))
        .select((ContactRow::as_select(), contacts::previewed_until.assume_not_null()))
        .load(connection)?;
    rows.into_iter().map(|(row, until)| Ok((row.into_contact()?, unix(until)))).collect()
}

/// Nobody else gets the contact before then.
fn lease(
    connection: &mut Connection,
    contact: &Contact,
    user_id: UserId,
    until: UnixMs,
) -> Result<(), StoreError> {
    let found = contacts::table
        .find(contact.id.to_string())
        .filter(contacts::organization_id.eq(contact.organization_id.to_string()));
    diesel::update(found)
        .set((
            contacts::previewed_by.eq(user_id.to_string()),
            contacts::previewed_until.eq(column(until)),
            contacts::next_at.eq(column(until)),
        ))
        .execute(connection)?;
    changes::note(contact.organization_id, Thing::Contact, contact.campaign_id);
    Ok(())
}
