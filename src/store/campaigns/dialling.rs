//! Attempts: reserved before a call is dialled, and closed once, with their outcome.
//!
//! A reservation is one transaction that checks the do-not-call list, the counts, the hours and the campaign's state, and removes the contact from
//! those who wait. So nobody is called twice for one attempt, whenever a process dies.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use cordboard_actors::world;
use cordboard_campaigns::attempt::{AttemptState, OUTCOMES, Outcome};
use cordboard_campaigns::campaign::{Attempt, Campaign, Contact, ContactState};
use cordboard_campaigns::dialler::CampaignState;
use cordboard_campaigns::emptied::Emptied;
use cordboard_campaigns::judge::{Candidate, Consent, Verdict, judge};
use cordboard_campaigns::predictive::{AbandonRate, OUTCOMES_LEARNED, QUIET_MS, WINDOW_MS};
use cordboard_campaigns::retries::{After, End, Tried};
use cordboard_campaigns::rules::Mode;
use cordboard_campaigns::variant::Variant;
use cordboard_schema::changed::Thing;
use cordboard_schema::dial::PhoneNumber;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::ids::{CallId, CampaignId, ContactId, OrganizationId};
use cordboard_schema::limits::CAMPAIGN_LOOKED_AT_MAX;
use cordboard_schema::phone::E164;
use cordboard_schema::time::UnixMs;
use cordboard_tables::rows::BadRow;
use cordboard_tables::tables::{attempts, call_events, contacts};
use diesel::prelude::*;

use super::caller_ids::CallerIds;
use super::rows::{AttemptRow, ContactRow, of_word, parsed, unix};
use super::{best_hour, detection, filtering, find, hour_sums, set_state, sums, suppressions};
use crate::store::events::journal_of_kind;
use crate::store::moments::column;
use crate::store::{Connection, StoreError, audit, changes, contact_links, profiles};

/// How far back the limits of countries count.
pub(super) const COUNTED_MS: u64 = 30 * 86_400_000;
/// When a contact that can't be read is tried again, in ms.
const UNREADABLE_MS: u64 = 3_600_000;

/// An attempt to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The id that its call will have.
    pub call_id: CallId,
    /// The callee.
    pub number: E164,
    /// Their time zone, as the list says.
    pub zone: Option<Tz>,
    /// Variables for the assistant.
    pub variables: BTreeMap<String, String>,
    /// The variant for this contact, if the campaign has two.
    pub variant: Option<Variant>,
    /// The number that they are shown; none if the switch chooses it.
    pub shown: Option<PhoneNumber>,
}

/// The result of reading a campaign's due contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueContacts {
    /// The present campaign; none if it was removed.
    pub campaign: Option<Campaign>,
    /// The reserved attempts.
    pub reserved: Vec<Reserved>,
    /// When to read again; none if nobody waits.
    pub next: Option<UnixMs>,
    /// The state of the campaign, if nobody waits.
    pub emptied: Emptied,
    /// Until when all caller ids rest, so that nobody else is called; none if one does not rest.
    pub all_rest_until: Option<UnixMs>,
}

impl DueContacts {
    /// The result for a campaign that calls nobody, or was removed.
    const fn nothing(campaign: Option<Campaign>) -> Self {
        Self { campaign, reserved: Vec::new(), next: None, emptied: Emptied::UnderWay, all_rest_until: None }
    }
}

/// Reserves at most `count_max` attempts of a running campaign. Contacts who may not be called now wait, or end. A campaign without waiting contacts
/// and open calls is finished, unless one of its contact links can add contacts.
pub fn reserve(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    now: UnixMs,
    count_max: usize,
) -> Result<DueContacts, StoreError> {
    let Some(campaign) = find(connection, organization_id, campaign_id)? else {
        return Ok(DueContacts::nothing(None));
    };
    if !calls(connection, &campaign)? {
        return Ok(DueContacts::nothing(Some(campaign)));
    }
    // Agents decide when a contact is called (`previewing.rs`).
    let count_max = if campaign.settings.rules.mode == Mode::Preview { 0 } else { count_max };
    let mut reserved = Vec::new();
    let mut caller_ids = CallerIds::of(&campaign);
    let mut all_rest_until = None;
    for contact in due(connection, &campaign, now)? {
        if reserved.len() >= count_max {
            break;
        }
        if !filtering::admits(connection, &campaign, &contact, now)? {
            continue;
        }
        match verdict(connection, &campaign, &contact, Asked::New, now)? {
            Verdict::Wait(until) => {
                let until = until.max(now + 1);
                set(connection, &contact, (ContactState::Waiting, None, until), now)?;
            }
            Verdict::Close(end) => {
                set(connection, &contact, (ContactState::Done, Some(end), contact.next_at), now)?;
            }
            Verdict::Dial => {
                let call_id = CallId(world::new_id());
                match take(connection, &campaign, contact, call_id, &mut caller_ids, now)? {
                    Ok(attempt) => reserved.push(attempt),
                    // They rest for all contacts.
                    Err(until) => {
                        all_rest_until = Some(until);
                        break;
                    }
                }
            }
        }
    }
    let next = next_due(connection, &campaign)?;
    let mut campaign = campaign;
    let emptied = if next.is_none() && reserved.is_empty() {
        finish_if_over(connection, &mut campaign, now)?
    } else {
        Emptied::UnderWay
    };
    Ok(DueContacts { campaign: Some(campaign), reserved, next, emptied, all_rest_until })
}

/// Finishes a campaign without waiting contacts, if no call is open and no contact link can add contacts.
pub(super) fn finish_if_over(
    connection: &mut Connection,
    campaign: &mut Campaign,
    now: UnixMs,
) -> Result<Emptied, StoreError> {
    let emptied = emptied(connection, campaign, now)?;
    if emptied == Emptied::Over {
        set_state(connection, campaign, CampaignState::Finished, now)?;
        let entry = ("campaign.finished", campaign.id.to_string(), campaign.name.clone());
        audit::record_by_system(connection, campaign.organization_id, now, entry)?;
        campaign.state = CampaignState::Finished;
    }
    Ok(emptied)
}

/// Contacts that are due, longest waiting first. One that can't be read is postponed: all others would wait for it.
pub(super) fn due(
    connection: &mut Connection,
    campaign: &Campaign,
    now: UnixMs,
) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<ContactRow> = contacts::table
        .filter(contacts::campaign_id.eq(campaign.id.to_string()))
        .filter(contacts::organization_id.eq(campaign.organization_id.to_string()))
        .filter(contacts::state.eq(ContactState::Waiting.as_str()))
        .filter(contacts::next_at.le(column(now)))
        .order((contacts::next_at, contacts::id))
        .limit(CAMPAIGN_LOOKED_AT_MAX)
        .select(ContactRow::as_select())
        .load(connection)?;
    let (mut due, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let id = row.id.clone();
        match row.into_contact() {
            Ok(contact) => due.push(contact),
            Err(error) => {
                tracing::error!(contact_id = id, %error, "a contact can't be read: it is tried again in an hour, and others are called meanwhile");
                unreadable.push(id);
            }
        }
    }
    if !unreadable.is_empty() {
        let found = contacts::table
            .filter(contacts::id.eq_any(&unreadable))
            .filter(contacts::organization_id.eq(campaign.organization_id.to_string()));
        diesel::update(found).set(contacts::next_at.eq(column(now + UNREADABLE_MS))).execute(connection)?;
    }
    Ok(due)
}

/// The call that a verdict is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A new call, which would begin now.
    New,
    /// The call of a reserved attempt, which does not count as a call yet.
    Reserved(CallId),
    /// A call at a later time, when present calls have ended.
    Later,
}

/// An attempt for the limits of calls to a number: when it was reserved, dialled and closed.
type CountedRow = (NaiveDateTime, Option<NaiveDateTime>, Option<NaiveDateTime>);

/// When an attempt's phone rang, for the limits of calls to a number. It was dialled right after its reservation, unless no server ran in between.
pub(super) fn rang_at(reserved_at: NaiveDateTime, dialled_at: Option<NaiveDateTime>) -> UnixMs {
    unix(dialled_at.map_or(reserved_at, |at| at.max(reserved_at)))
}

/// Decides whether the contact may be called now, from what is known now. Earlier calls count in all spellings of the number.
pub(super) fn verdict(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
    asked: Asked,
    now: UnixMs,
) -> Result<Verdict, StoreError> {
    let organization_id = campaign.organization_id;
    let mut calls = attempts::table
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::number.eq_any(contact.number.spellings()))
        .filter(attempts::reserved_at.gt(column(now - COUNTED_MS)))
        .select((attempts::reserved_at, attempts::dialled_at, attempts::closed_at))
        .into_boxed();
    if let Asked::Reserved(call_id) = asked {
        calls = calls.filter(attempts::call_id.ne(call_id.to_string()));
    }
    let calls: Vec<CountedRow> = calls.load(connection)?;
    let dialled: Vec<UnixMs> = calls.iter().map(|(at, dialled_at, _)| rang_at(*at, *dialled_at)).collect();
    let candidate = Candidate {
        number: &contact.number,
        zone: contact.zone,
        is_suppressed: suppressions::holds(connection, organization_id, &contact.number)?,
        consent: Consent::of(&contact.consent),
        dialled: &dialled,
        abandoned_at: abandoned_at(connection, campaign, &contact.number, now)?,
        is_being_called: asked != Asked::Later && calls.iter().any(|(.., closed_at)| closed_at.is_none()),
    };
    Ok(judge(&campaign.settings.rules, &candidate, now))
}

/// When a call to this number, in any of its spellings, was last abandoned for want of an agent, as far back as that counts.
fn abandoned_at(
    connection: &mut Connection,
    campaign: &Campaign,
    number: &E164,
    now: UnixMs,
) -> Result<Option<UnixMs>, StoreError> {
    let newest: Option<NaiveDateTime> = attempts::table
        .filter(attempts::organization_id.eq(campaign.organization_id.to_string()))
        .filter(attempts::number.eq_any(number.spellings()))
        .filter(attempts::outcome.eq(Outcome::Abandoned.as_str()))
        .filter(attempts::closed_at.gt(column(now - QUIET_MS)))
        .order(attempts::closed_at.desc())
        .select(attempts::closed_at.assume_not_null())
        .first(connection)
        .optional()?;
    Ok(newest.map(unix))
}

/// Reserves an attempt for a call with this id. The error is the time until which all caller ids of the campaign rest.
pub(super) fn take(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: Contact,
    call_id: CallId,
    caller_ids: &mut CallerIds,
    now: UnixMs,
) -> Result<Result<Reserved, UnixMs>, StoreError> {
    let shown = match caller_ids.choose(connection, campaign, &contact, now)? {
        Ok(shown) => shown,
        Err(until) => return Ok(Err(until)),
    };
    let variant = variant(connection, campaign, &contact)?;
    let attempt = Attempt {
        call_id,
        organization_id: contact.organization_id,
        campaign_id: contact.campaign_id,
        contact_id: contact.id,
        number: contact.number.to_string(),
        is_unreadable: false,
        shown: shown.as_ref().map(ToString::to_string),
        variant,
        state: AttemptState::Reserved,
        reserved_at: now,
        closed_at: None,
        outcome: None,
        disposition: None,
    };
    let zone = campaign.settings.rules.hours.clock(contact.zone, &contact.number);
    let hour = hour_sums::columns(&contact.number, zone, contact.tries.saturating_add(1), now);
    let row = AttemptRow::new(&attempt, campaign.compared_since.filter(|_| variant.is_some()), hour);
    diesel::insert_into(attempts::table).values(row).execute(connection)?;
    // `next_at` is after the reservation only if a time is agreed on (`agreeing.rs`). A contact whom an agent previewed has a later `next_at`, so it
    // is reset.
    set(connection, &contact, (ContactState::Calling, None, contact.next_at.min(now)), now)?;
    let Contact { number, zone, variables, .. } = contact;
    Ok(Ok(Reserved { call_id: attempt.call_id, number, zone, variables, variant, shown }))
}

/// The variant for the contact: the one of an earlier attempt in this comparison, whatever the share is now.
fn variant(
    connection: &mut Connection,
    campaign: &Campaign,
    contact: &Contact,
) -> Result<Option<Variant>, StoreError> {
    let (Some(given), Some(since)) = (campaign.settings.variant_of(contact.id), campaign.compared_since)
    else {
        return Ok(None);
    };
    let before: Option<String> = attempts::table
        .filter(attempts::contact_id.eq(contact.id.to_string()))
        .filter(attempts::organization_id.eq(contact.organization_id.to_string()))
        .filter(attempts::reserved_at.ge(column(since)))
        .filter(attempts::variant.is_not_null())
        .order(attempts::call_id)
        .select(attempts::variant.assume_not_null())
        .first(connection)
        .optional()?;
    Ok(Some(before.map(|word| of_word("attempts.variant", word)).transpose()?.unwrap_or(given)))
}

/// Sets the state of a contact, and ends an agent's preview of it.
pub(super) fn set(
    connection: &mut Connection,
    contact: &Contact,
    state: (ContactState, Option<End>, UnixMs),
    now: UnixMs,
) -> Result<(), StoreError> {
    let place = (contact.organization_id, contact.campaign_id, contact.id);
    set_at(connection, place, state, now)
}

/// The same for a contact whose row may be unreadable.
fn set_at(
    connection: &mut Connection,
    (organization_id, campaign_id, id): (OrganizationId, CampaignId, ContactId),
    (state, end, next_at): (ContactState, Option<End>, UnixMs),
    now: UnixMs,
) -> Result<(), StoreError> {
    let found = contacts::table
        .find(id.to_string())
        .filter(contacts::organization_id.eq(organization_id.to_string()));
    diesel::update(found)
        .set((
            contacts::state.eq(state.as_str()),
            contacts::end_reason.eq(end.map(End::as_str)),
            contacts::next_at.eq(column(next_at)),
            contacts::updated_at.eq(column(now)),
            contacts::previewed_by.eq(None::<String>),
            contacts::previewed_until.eq(None::<NaiveDateTime>),
        ))
        .execute(connection)?;
    changes::note(organization_id, Thing::Contact, campaign_id);
    Ok(())
}

/// When the next contact is due.
pub(super) fn next_due(
    connection: &mut Connection,
    campaign: &Campaign,
) -> Result<Option<UnixMs>, StoreError> {
    let next: Option<NaiveDateTime> = contacts::table
        .filter(contacts::campaign_id.eq(campaign.id.to_string()))
        .filter(contacts::organization_id.eq(campaign.organization_id.to_string()))
        .filter(contacts::state.eq(ContactState::Waiting.as_str()))
        .order((contacts::next_at, contacts::id))
        .select(contacts::next_at)
        .first(connection)
        .optional()?;
    Ok(next.map(unix))
}

/// The state of a campaign without waiting contacts: each has ended, is left out by the filter, or is being called.
fn emptied(connection: &mut Connection, campaign: &Campaign, now: UnixMs) -> Result<Emptied, StoreError> {
    let of_state = |state: Option<ContactState>| {
        let mut found = contacts::table
            .filter(contacts::campaign_id.eq(campaign.id.to_string()))
            .filter(contacts::organization_id.eq(campaign.organization_id.to_string()))
            .select(contacts::id)
            .into_boxed();
        if let Some(state) = state {
            found = found.filter(contacts::state.eq(state.as_str()));
        }
        found
    };
    let calling: Option<String> = of_state(Some(ContactState::Calling)).first(connection).optional()?;
    // A changed filter may admit contacts who don't wait yet.
    if calling.is_some() || filtering::is_under_way(connection, campaign.organization_id, campaign.id)? {
        return Ok(Emptied::UnderWay);
    }
    let anybody: Option<String> = of_state(None).first(connection).optional()?;
    let links = contact_links::ends(connection, campaign.organization_id, campaign.id)?;
    Ok(Emptied::of(anybody.is_some(), &links, now))
}

/// An open attempt: only what is needed to close it. Nothing else of its row can keep it open, and its number blocked for every campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed {
    /// The id of its call.
    pub call_id: CallId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The contact.
    contact_id: ContactId,
    /// When it was reserved.
    reserved_at: UnixMs,
}

/// An open attempt's ids: its call, organization, campaign and contact; when it was reserved.
type UnclosedRow = (String, String, String, String, chrono::NaiveDateTime);

impl Unclosed {
    fn of((call_id, organization_id, campaign_id, contact_id, at): &UnclosedRow) -> Result<Self, BadRow> {
        Ok(Self {
            call_id: parsed("attempts.call_id", call_id)?,
            organization_id: parsed("attempts.organization_id", organization_id)?,
            campaign_id: parsed("attempts.campaign_id", campaign_id)?,
            contact_id: parsed("attempts.contact_id", contact_id)?,
            reserved_at: unix(*at),
        })
    }
}

/// The columns of an [`UnclosedRow`].
const UNCLOSED: (
    attempts::call_id,
    attempts::organization_id,
    attempts::campaign_id,
    attempts::contact_id,
    attempts::reserved_at,
) = (
    attempts::call_id,
    attempts::organization_id,
    attempts::campaign_id,
    attempts::contact_id,
    attempts::reserved_at,
);

/// Returns the open attempts of all organizations. One whose ids can't be read does not stop the others.
pub fn open(connection: &mut Connection) -> Result<Vec<Unclosed>, StoreError> {
    let rows: Vec<UnclosedRow> = attempts::table
        .filter(attempts::closed_at.is_null())
        .order(attempts::reserved_at)
        .select(UNCLOSED)
        .load(connection)?;
    let read = rows.iter().filter_map(|row| match Unclosed::of(row) {
        Ok(attempt) => Some(attempt),
        Err(error) => {
            tracing::error!(call_id = row.0, %error, "an attempt whose ids can't be read stays open");
            None
        }
    });
    Ok(read.collect())
}

/// The dialling of an open attempt's call, as its journal tells a process that has not dialled it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialledBefore {
    /// Whether its switch may keep it in a queue of its own: it has reported nothing about the phone.
    pub is_queued: bool,
    /// The queue for whose agents it was dialled ahead; none if it was not.
    pub queue: Option<String>,
}

/// Returns what the journal of an open attempt's call says about its dialling. A journal that can't be read says nothing, and stops no campaign.
pub fn dialled_before(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<DialledBefore, StoreError> {
    let started = match journal_of_kind(connection, organization_id, call_id, "call_started") {
        Err(error) if error.is_of_the_row() => {
            tracing::error!(%call_id, %error, "the beginning of a campaign's call can't be read");
            Vec::new()
        }
        started => started?,
    };
    let Some(Event::Fact(Fact::CallStarted { dialled: Some(dialled), begun, .. })) =
        started.into_iter().next().map(|entry| entry.event)
    else {
        return Ok(DialledBefore::default());
    };
    let is_report = call_events::kind.eq("dial_progress").or(call_events::kind.eq("dial_answered"));
    let reported: Option<i64> = call_events::table
        .filter(call_events::call_id.eq(call_id.to_string()))
        .filter(call_events::organization_id.eq(organization_id.to_string()))
        .filter(is_report)
        .select(call_events::seq)
        .first(connection)
        .optional()?;
    Ok(DialledBefore {
        is_queued: dialled.kind.queued_ms_max() > 0 && reported.is_none(),
        queue: dialled.on_answer.as_ref().filter(|_| begun.is_none()).map(|to| to.queue.clone()),
    })
}

/// Tells whether a campaign makes calls now: it runs, and its organization is not suspended.
pub(super) fn calls(connection: &mut Connection, campaign: &Campaign) -> Result<bool, StoreError> {
    let is_running = campaign.state == CampaignState::Running;
    Ok(is_running && !profiles::is_suspended(connection, campaign.organization_id)?)
}

/// Returns an attempt whose call was never made, for dialling now. None if it may not be dialled any more: the campaign makes no calls, its filter
/// leaves the contact out, the contact may not be called now, or an agent who previewed it has gone.
pub fn still(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    now: UnixMs,
) -> Result<Option<Reserved>, StoreError> {
    let Some(attempt) = attempt(connection, organization_id, call_id)? else { return Ok(None) };
    let Some(campaign) = find(connection, organization_id, attempt.campaign_id)? else { return Ok(None) };
    let contact = super::contact(connection, organization_id, campaign.id, attempt.contact_id)?;
    let calls = calls(connection, &campaign)? && campaign.settings.rules.mode != Mode::Preview;
    let filter = &campaign.settings.filter;
    let Some(contact) = contact.filter(|contact| calls && filter.admits(contact)) else { return Ok(None) };
    match verdict(connection, &campaign, &contact, Asked::Reserved(call_id), now)? {
        Verdict::Dial => {
            let Contact { number, zone, variables, .. } = contact;
            let Attempt { variant, shown, .. } = attempt;
            let shown = shown.map(|number| parsed("attempts.shown", &number)).transpose()?;
            Ok(Some(Reserved { call_id, number, zone, variables, variant, shown }))
        }
        Verdict::Wait(_) | Verdict::Close(_) => Ok(None),
    }
}

fn attempt(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Option<Attempt>, StoreError> {
    let row = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::closed_at.is_null())
        .select(AttemptRow::as_select())
        .first(connection)
        .optional()?;
    Ok(row.map(AttemptRow::into_attempt).transpose()?)
}

/// An attempt whose call is going on, with its campaign and contact; or why there is none, in words for the assistant.
pub(super) fn under_way(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
) -> Result<Result<(Attempt, Campaign, Contact), &'static str>, StoreError> {
    let Some(attempt) = attempt(connection, organization_id, call_id)? else {
        return Ok(Err("this call is of no campaign, or it is over"));
    };
    let campaign = find(connection, organization_id, attempt.campaign_id)?;
    let contact = super::contact(connection, organization_id, attempt.campaign_id, attempt.contact_id)?;
    Ok(match (campaign, contact) {
        (Some(campaign), Some(contact)) => Ok((attempt, campaign, contact)),
        _ => Err("this person is not on a list any more"),
    })
}

/// Stores that an attempt's call has begun.
pub fn dialled(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    now: UnixMs,
) -> Result<(), StoreError> {
    let found = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::dialled_at.is_null());
    diesel::update(found).set(attempts::dialled_at.eq(column(now))).execute(connection)?;
    Ok(())
}

/// Attempts of a campaign that were closed in the 24 h before a moment.
macro_rules! closed_lately {
    ($organization_id:expr, $campaign_id:expr, $now:expr) => {
        attempts::table
            .filter(attempts::organization_id.eq($organization_id.to_string()))
            .filter(attempts::campaign_id.eq($campaign_id.to_string()))
            .filter(attempts::closed_at.gt(column($now - WINDOW_MS)))
    };
}

/// Recent calls of a campaign, for its pacing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EarlierCalls {
    /// Calls of the last 24 h that a person answered, in order: when they ended, and whether no agent was free.
    pub live: Vec<(UnixMs, bool)>,
    /// The newest calls in order: whether a person answered.
    pub answered: Vec<bool>,
}

/// Returns a campaign's calls until `now`.
pub fn earlier(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    now: UnixMs,
) -> Result<EarlierCalls, StoreError> {
    let answered = [Outcome::Talked.as_str(), Outcome::Abandoned.as_str()];
    let closed = || {
        closed_lately!(organization_id, campaign_id, now)
            .select((attempts::closed_at.assume_not_null(), attempts::outcome.assume_not_null()))
    };
    let live: Vec<(NaiveDateTime, String)> =
        closed().filter(attempts::outcome.eq_any(answered)).order(attempts::closed_at).load(connection)?;
    // All outcomes by name: in the index the times are ordered within each outcome. Without them all attempts of the campaign would be read.
    let newest: Vec<(NaiveDateTime, String)> = closed()
        .filter(attempts::outcome.eq_any(OUTCOMES.map(Outcome::as_str)))
        .order(attempts::closed_at.desc())
        .limit(i64::try_from(OUTCOMES_LEARNED).unwrap_or(i64::MAX))
        .load(connection)?;
    let is_abandoned = |outcome: &str| outcome == Outcome::Abandoned.as_str();
    Ok(EarlierCalls {
        live: live.into_iter().map(|(at, outcome)| (unix(at), is_abandoned(&outcome))).collect(),
        answered: newest.into_iter().rev().map(|(_, outcome)| answered.contains(&outcome.as_str())).collect(),
    })
}

/// Returns the abandon rate of a campaign's calls that ended in the 24 h before `now`.
pub fn rate(
    connection: &mut Connection,
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    now: UnixMs,
) -> Result<AbandonRate, StoreError> {
    let mut count = |outcome: Outcome| -> Result<u32, StoreError> {
        let found: i64 = closed_lately!(organization_id, campaign_id, now)
            .filter(attempts::outcome.eq(outcome.as_str()))
            .count()
            .get_result(connection)?;
        Ok(u32::try_from(found).unwrap_or(u32::MAX))
    };
    let abandoned = count(Outcome::Abandoned)?;
    Ok(AbandonRate { live: count(Outcome::Talked)?.saturating_add(abandoned), abandoned })
}

/// How an attempt is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Its call ended with this outcome.
    Ended(Outcome),
    /// Nobody was called, and the contact is not called before then. It does not count as an attempt, and is deleted.
    NotDialled(UnixMs),
}

impl Closing {
    /// The outcome.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Ended(outcome) => outcome,
            Self::NotDialled(_) => Outcome::NotDialled,
        }
    }
}

/// Closes an attempt, and decides what happens to its contact. Returns false if it is closed already.
pub fn close(
    connection: &mut Connection,
    organization_id: OrganizationId,
    call_id: CallId,
    closing: Closing,
    now: UnixMs,
) -> Result<bool, StoreError> {
    let found: Option<UnclosedRow> = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()))
        .filter(attempts::closed_at.is_null())
        .select(UNCLOSED)
        .first(connection)
        .optional()?;
    let Some(attempt) = found.as_ref().map(Unclosed::of).transpose()? else { return Ok(false) };
    let Unclosed { campaign_id, contact_id, .. } = attempt;
    let campaign = readable(call_id, find(connection, organization_id, campaign_id))?;
    let contact = readable(call_id, super::contact(connection, organization_id, campaign_id, contact_id))?;
    let place = (organization_id, campaign_id, contact_id);
    let row = attempts::table
        .find(call_id.to_string())
        .filter(attempts::organization_id.eq(organization_id.to_string()));
    let outcome = match closing {
        Closing::Ended(outcome) => outcome,
        Closing::NotDialled(until) => {
            diesel::delete(row).execute(connection)?;
            let state = match (&campaign, &contact) {
                (Some(campaign), Some(contact)) => filtering::to_be_called(campaign, contact),
                _ => ContactState::Waiting,
            };
            set_at(connection, place, (state, None, until), now)?;
            return Ok(true);
        }
    };
    let detected = match detection::of_call(connection, organization_id, call_id) {
        // Failing here would mean that its contact is called for ever, and that the campaign never ends.
        Err(StoreError::BadRow(bad)) => {
            tracing::error!(%call_id, %bad, "the report of a detector of mailboxes can't be read: its call counts without one");
            None
        }
        detected => detected?,
    };
    sums::around(connection, &[call_id.to_string()], |connection| {
        diesel::update(row)
            .set((
                attempts::closed_at.eq(column(now)),
                attempts::outcome.eq(outcome.as_str()),
                attempts::detected_by.eq(detected.map(|detected| detected.by.as_str())),
                attempts::detected_as.eq(detected.map(|detected| detected.who.as_str())),
                attempts::detection_wrong.eq(detected.map(|detected| detected.is_wrong)),
            ))
            .execute(connection)?;
        Ok(())
    })?;
    let (Some(campaign), Some(contact)) = (campaign, contact) else {
        // One of them can't be read, or is gone, and then this changes nothing.
        let next = match outcome {
            Outcome::Talked => (ContactState::Done, Some(End::Reached), now),
            _ => (ContactState::Waiting, None, now + UNREADABLE_MS),
        };
        set_at(connection, place, next, now)?;
        return Ok(true);
    };
    let tried = tried(connection, &contact, outcome)?;
    let rules = &campaign.settings.rules;
    let to_be_called = filtering::to_be_called(&campaign, &contact);
    let next = match rules.after(outcome, tried, now) {
        After::Retry(from) => {
            let at = best_hour::from(connection, &campaign, &contact, outcome, (from, now))?;
            (to_be_called, None, at)
        }
        // `next_at` is after the reservation only if an assistant has agreed on a time. If the call or an outage lasts longer than that, the contact is
        // called late. If agents talk by now, an agent calls.
        After::Done(End::Reached) if contact.next_at > attempt.reserved_at => {
            (to_be_called, None, contact.next_at)
        }
        After::Done(end) => (ContactState::Done, Some(end), contact.next_at),
    };
    set(connection, &contact, next, now)?;
    let row = contacts::table
        .find(contact.id.to_string())
        .filter(contacts::organization_id.eq(organization_id.to_string()));
    diesel::update(row)
        .set((contacts::tries.eq(i64::from(tried.all)), contacts::last_outcome.eq(outcome.as_str())))
        .execute(connection)?;
    Ok(true)
}

/// The campaign or the contact of an attempt that is closed; none if it can't be read. Failing would keep the attempt open for ever.
fn readable<T>(call_id: CallId, found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(StoreError::BadRow(bad)) => {
            tracing::error!(%call_id, %bad, "the campaign or the contact of an attempt can't be read: it is closed without its rules");
            Ok(None)
        }
        found => found,
    }
}

/// How often a contact was tried, including the newest attempt.
fn tried(connection: &mut Connection, contact: &Contact, outcome: Outcome) -> Result<Tried, StoreError> {
    let of = |outcome: Option<Outcome>| {
        let mut found = attempts::table
            .filter(attempts::contact_id.eq(contact.id.to_string()))
            .filter(attempts::organization_id.eq(contact.organization_id.to_string()))
            .filter(attempts::closed_at.is_not_null())
            .into_boxed();
        if let Some(outcome) = outcome {
            found = found.filter(attempts::outcome.eq(outcome.as_str()));
        }
        found.count()
    };
    let all: i64 = of(None).get_result(connection)?;
    let of_outcome: i64 = of(Some(outcome)).get_result(connection)?;
    let whole = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    // Attempts that retention has deleted count as well.
    let all = whole(all).max(contact.tries.saturating_add(1));
    Ok(Tried { all, of_outcome: whole(of_outcome) })
}
