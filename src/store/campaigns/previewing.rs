//! Contacts that agents preview before calling them: each is reserved for one agent for a time, and only that agent calls it.
//!
//! The lease is in the contact's row: the agent and its end. Until then the contact is not due for others (`next_at`), so an expired lease needs no
//! cleanup. Any change of a contact by a call or a verdict ends the lease ([`super::dialling::set`]).

use cordboard_campaigns::campaign::{Campaign, Contact, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::judge::Verdict;
use cordboard_campaigns::preview::{LEASE_MS, SKIPPED_MS};
use cordboard_campaigns::retries::End;
use cordboard_schema::changed::Thing;
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId, QueueId, UserId};
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts, call_events, contacts};
use diesel::prelude::*;

use super::caller_ids::CallerIds;
use super::dialling::{Asked, Reserved, calls, due, finish_if_over, next_due, set, take, under_way, verdict};
use super::rows::{ContactRow, unix};
use super::{filtering, find};
use crate::store::moments::column;
use crate::store::{Connection, StoreError, changes, queues};

/// The answer to an agent who asks for the next contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previewed {
    /// This contact, which is theirs until then.
    Contact(Box<Contact>, UnixMs),
    /// Nobody may be called now. The time is when to ask again, if anybody waits.
    NoneDue(Option<UnixMs>),
}

/// Why an agent gets no contact of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotPreviewed {
    /// There is no such campaign.
    NoSuch,
    /// It does not run, or its contacts are not previewed.
    NotRunning,
}

/// Why a contact in preview is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCalled {
    /// There is no such campaign, or no such contact in it.
    NoSuch,
    /// The campaign does not run, or its contacts are not previewed.
    NotRunning,
    /// The contact is not this agent's, or not any more, or the campaign's filter leaves it out by now.
    NotTheirs,
    /// The contact may not be called before then.
    NotBefore(UnixMs),
    /// The contact is not called any more.
    Ended(End),
    /// All caller ids of the campaign rest until then.
    AllRest(UnixMs),
}

/// Shows an agent the next contact of a campaign that may be called now, and reserves it for that agent. An agent who has one gets it again for the
/// rest of its time; one of another campaign is released.
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
    Ok(Ok(Previewed::NoneDue(next)))
}

/// Reserves the attempt to call a contact that this agent previews, under all rules for calls. The call will have this id.
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

/// Skips a contact that an agent previews: the others come first. It does not count as an attempt.
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

/// Tells whether a call has begun to dial. A call whose agent was not reached has called nobody.
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

/// Tells whether the callee of a reserved attempt may still be called, while its agent is awaited, under all rules for calls.
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

/// Returns the queue for which an agent has begun the call of a previewed contact, whatever has come of it; none for any other call.
pub(in crate::store) fn queue_of_call(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<QueueId>, StoreError> {
    let campaign_id: Option<String> = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .select(attempts::campaign_id)
        .first(connection)
        .optional()?;
    let Some(campaign_id) = campaign_id else { return Ok(None) };
    let campaign_id: CampaignId =
        campaign_id.parse().map_err(|fault| BadRow::new("attempts.campaign_id", fault))?;
    let campaign = find(connection, organization_id, campaign_id)?;
    match campaign.as_ref().and_then(|campaign| campaign.settings.preview_queue()) {
        Some(name) => queues::id_of(connection, organization_id, name),
        None => Ok(None),
    }
}

fn is_previewed(campaign: &Campaign) -> bool {
    campaign.state == CampaignState::Running && campaign.settings.preview_queue().is_some()
}

/// Tells whether a contact may be called now. One that may not waits, or ends.
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

/// A contact that this agent previews, with its campaign.
fn theirs(
    connection: &mut Connection,
    (organization_id, campaign_id, contact_id): (OrganizationId, CampaignId, ContactId),
    user_id: UserId,
    now: UnixMs,
) -> Result<Result<(Campaign, Contact), NotCalled>, StoreError> {
    let Some(campaign) = find(connection, organization_id, campaign_id)? else {
        return Ok(Err(NotCalled::NoSuch));
    };
    if super::listed_contact(connection, organization_id, campaign_id, contact_id)?.is_none() {
        return Ok(Err(NotCalled::NoSuch));
    }
    if !is_previewed(&campaign) {
        return Ok(Err(NotCalled::NotRunning));
    }
    let mut leased = leased(connection, organization_id, user_id, now)?.into_iter();
    let found = leased.find(|(contact, _)| contact.id == contact_id && contact.campaign_id == campaign_id);
    Ok(found.map(|(contact, _)| (campaign, contact)).ok_or(NotCalled::NotTheirs))
}

/// The contacts that an agent previews, and until when. One that can't be read is left out, so that the agent gets another one; when its time is over
/// it is postponed like any other ([`due`]).
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
    let read = rows.into_iter().filter_map(|(row, until)| match row.into_contact() {
        Ok(contact) => Some((contact, unix(until))),
        Err(error) => {
            tracing::error!(%error, "a contact that an agent previews can't be read: the agent gets another one");
            None
        }
    });
    Ok(read.collect())
}

/// Reserves the contact until then.
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
