//! Runs campaigns. One actor owns all of them, because counts span campaigns (how often a number was called, which lines are free), and a single
//! reserver can't reserve a contact twice.
//!
//! ```text
//! what runs ─ Store::changes ─┐                      ┌─ reserve (one transaction: contact, suppression, hours, counts)
//! ends of calls ─ Store::tap ─┼─> CampaignRunner ────┼─ PlaceCall with the reserved call id ─> registry
//! time ───────────────────────┘                      └─ close (one transaction: outcome, next try)
//! ```
//!
//! Exactly once: the attempt with its call's id is committed before anything is dialled, and a call is dialled only once its beginning is on disk. So
//! for an attempt that is open after a crash, either its call has a row, and its outcome is awaited, or nobody was dialled. Then it is dialled with
//! the same id, if it still may be. The registry never makes two calls with one id. If agents talk, it is reserved anew for those who are there.
//!
//! If agents talk (`rules.mode` predictive), `ahead.rs` says how many calls may be dialled. It is asked while an agent waits for a call, and the
//! router reports the agents.
//!
//! A campaign whose agents see each contact first (preview) does not dial by time: `previewing.rs` handles the calls that agents request.
//!
//! A campaign's filter is applied at each reservation. After a change, `filtering.rs` applies it to the whole list.
//!
//! It is a task on the arbiter for outside connections, which carries no audio. Its database work runs on the store's own threads.

mod ahead;
mod calendar;
mod calling_again;
mod disposition;
mod filtering;
mod hours;
mod mailing;
mod previewing;
mod sharing;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ahead::{Ahead, Flight};
use calendar::{Calendar, SetBy, in_calendar};
use cordboard_actors::clock::Clock;
use cordboard_actors::messages::{
    CountAgents, CountCalls, EndCall, PlaceCall, PlaceRefused, Placed, Refused, RegistryLine, RouterLine,
};
use cordboard_actors::world;
use cordboard_campaigns::agreed::CalleeClock;
use cordboard_campaigns::attempt::Outcome;
use cordboard_campaigns::caller_ids::all_rest;
use cordboard_campaigns::campaign::Campaign;
use cordboard_campaigns::dialler::{Dialler, Room};
use cordboard_campaigns::rules::Mode;
use cordboard_campaigns::together::Together;
use cordboard_schema::call::{CallState, HangupBy, HangupCause};
use cordboard_schema::changed::Thing;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::event::{Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, CampaignId, DispositionId, OrganizationId, UserId};
use cordboard_schema::outbound::CheckedCall;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::time::UnixMs;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

pub use filtering::ListFilterer;
pub use hours::HourFiller;
pub use previewing::{CallNotMade, CampaignLine, CampaignMailbox, PreviewedCall};
pub use sharing::SharedLimits;

pub(crate) use calling_again::call_again;
pub(crate) use disposition::{CAMPAIGN_DISPOSITION, set_disposition};
pub(crate) use mailing::{SEND_EMAIL, send_email};

use crate::database_hold::DatabaseHold;
use crate::store::{
    AboutRows as _, CallTimes, Closing, Connection, DialledBefore, DueContacts, Reserved, Store, StoreError,
    Unclosed, change, query,
};

/// Pause before another attempt when the database or the registry failed.
const AGAIN_MS: u64 = 5_000;
/// How long a campaign calls nobody after a call was refused because no line was free.
const NO_LINE_MS: u64 = 2_000;
/// The same pause if a setting must be corrected before any call can be made.
const REFUSED_MS: u64 = 30_000;
/// The same pause for a number that may not be dialled.
const NUMBER_REFUSED_MS: u64 = 3_600_000;
/// The same pause for a contact whose attempt, campaign or own row can't be read.
const UNREADABLE_MS: u64 = 3_600_000;
/// Interval of checks whether a contact may still be called whose call waits in its switch's queue: hours end, and people ask not to be called.
const QUEUED_MS: u64 = 10_000;
/// Interval of checks for what is not reported: lines that became free, attempts whose end was missed.
const RECHECK_MS: u64 = 60_000;
/// After this time a call that can't be read is over: none is as long.
const UNREADABLE_OVER_MS: u64 = 2 * 24 * 3_600_000;
/// Interval of checks whether an agent has become free, or phones have rung for so long that more may be dialled.
const AHEAD_MS: u64 = 1_000;
/// A change of the calendar below this delays nothing.
const SET_MS: u64 = 1_000;
/// An attempt is dialled within this time of its reservation, or the reservation is checked again. If the database is slow, or an agent is awaited,
/// an owner may have paused the campaign in the meantime, or the callee may have asked not to be called.
const FRESH_MS: u64 = 1_000;
/// Attempts that one transaction reserves. The last of them must be dialled right after it.
const RESERVED_MAX: u32 = 10;

/// Runs campaigns.
#[derive(Clone)]
pub struct CampaignRunner {
    /// Stores campaigns, and journals of calls.
    pub store: Store,
    /// Makes calls.
    pub registry: RegistryLine,
    /// Knows which agents are available.
    pub router: RouterLine,
    /// Limits that campaigns share.
    pub limits: SharedLimits,
    /// Whether a mail server is set.
    pub has_mail: bool,
    /// Calls are made only while the database is ours. Another server would count them neither among its own nor among the agents' calls.
    pub database: DatabaseHold,
    /// The clock of calls.
    pub clock: Clock,
}

/// A campaign that is started and not ended.
struct Started {
    campaign: Campaign,
    dialler: Dialler,
    /// When its contacts are checked next; none if another event must come first.
    next: Option<UnixMs>,
    /// Nobody is called before this time, because a call was refused.
    not_before: UnixMs,
    /// The lessons of its calls, if agents talk. Read from the store when needed.
    ahead: Option<Ahead>,
    /// When one of its calls last began; 0 or less if none has since the start of the server.
    served_at: UnixMs,
    /// Whether it waits for the end of another campaign's call, with which it shares a limit.
    waits_for_others: bool,
    /// Whether nobody on its list waits, and people may be added to it.
    waits_for_people: bool,
    /// When the reason ends for which its calls can't be made; none if there is none, or if the next call shows it.
    trouble_until: Option<UnixMs>,
}

/// An open attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenAttempt {
    organization_id: OrganizationId,
    campaign_id: CampaignId,
    /// When its outcome is looked up, if it is not reported before.
    ask_at: UnixMs,
    /// State of its call.
    flight: Flight,
    /// Whether its call belongs to an agent and dials once the agent is heard.
    is_agents: bool,
    /// Whether an earlier process has dialled it.
    is_of_before: bool,
    /// Whether this process has requested its call. Until then, nobody else can dial it.
    is_requested: bool,
    /// Whether its switch may still keep the call in a queue of its own: it has reported nothing about the phone.
    is_queued: bool,
}

impl OpenAttempt {
    /// Makes an attempt whose call rings, as far as is known.
    const fn ringing(
        organization_id: OrganizationId,
        campaign_id: CampaignId,
        since: UnixMs,
        ask_at: UnixMs,
    ) -> Self {
        let flight = Flight::Rings { since };
        Self {
            organization_id,
            campaign_id,
            ask_at,
            flight,
            is_agents: false,
            is_of_before: false,
            is_requested: false,
            is_queued: false,
        }
    }

    /// The state of its call at this moment. Nothing rings while its switch may keep it in a queue.
    fn flight_at(&self, now: UnixMs) -> Flight {
        if self.is_queued { self.flight.ringing_from(now) } else { self.flight }
    }
}

#[derive(Default)]
struct Known {
    calendar: Calendar,
    started: BTreeMap<CampaignId, Started>,
    open: BTreeMap<CallId, OpenAttempt>,
    /// Queues for whose agents calls of open attempts were dialled ahead. Their campaign may have ended in the meantime, or call for another queue.
    queues: BTreeMap<CallId, String>,
    /// Campaigns that share a limit.
    together: BTreeMap<sharing::Group, Together>,
    /// When campaigns, and attempts that may have been written, are read again; none if they could be read.
    read_again_at: Option<UnixMs>,
    /// Whether such attempts may exist. No one else is called until they are found, because they count among the calls at once.
    has_strays: bool,
}

impl Known {
    /// Adjusts to a changed calendar: nothing waits longer because the calendar was set back, and ringing times stay correct.
    fn mind_calendar(&mut self) {
        let SetBy { back_ms: ms, ahead_ms } = self.calendar.set_by();
        if ahead_ms >= SET_MS {
            self.open.values_mut().for_each(|attempt| attempt.flight = attempt.flight.later(ahead_ms));
        }
        if ms < SET_MS {
            return;
        }
        for started in self.started.values_mut() {
            started.dialler.set_back(ms);
            started.not_before = started.not_before - ms;
            started.next = started.next.map(|at| at - ms);
            started.served_at = started.served_at - ms;
        }
        self.together.values_mut().for_each(|together| together.set_back(ms));
        for attempt in self.open.values_mut() {
            attempt.ask_at = attempt.ask_at - ms;
            attempt.flight = attempt.flight.earlier(ms);
        }
        self.read_again_at = self.read_again_at.map(|at| at - ms);
    }

    /// When something is due.
    fn next(&self) -> Option<UnixMs> {
        let checks =
            self.started.values().flat_map(|started| [started.next, started.trouble_until]).flatten();
        let asks = self.open.values().map(|attempt| attempt.ask_at);
        checks.chain(asks).chain(self.read_again_at).min()
    }

    /// Handles the result of checking a campaign's contacts at this moment. Returns the attempts to dial.
    fn apply_due(
        &mut self,
        limits: &SharedLimits,
        (organization_id, id): (OrganizationId, CampaignId),
        due: DueContacts,
        now: UnixMs,
    ) -> Vec<Reserved> {
        let DueContacts { campaign, reserved, next, emptied, all_rest_until } = due;
        match campaign {
            Some(campaign) => {
                if let Some(started) = self.started.get_mut(&id) {
                    started.dialler.changed(campaign.state, &campaign.settings.rules);
                    started.ahead.take_if(|ahead| !ahead.holds(&campaign.settings));
                    started.campaign = campaign;
                }
            }
            None => drop(self.started.remove(&id)),
        }
        for attempt in &reserved {
            let rings = OpenAttempt::ringing(organization_id, id, now, now + AGAIN_MS);
            self.open.insert(attempt.call_id, rings);
            self.begins_together(limits, id, now);
        }
        if let Some(started) = self.started.get_mut(&id) {
            reserved.iter().for_each(|_| started.dialler.reserved(now));
            // A caller id that other campaigns use, too, may be free earlier than is known now.
            let next = all_rest_until.map(|until| until.min(now + RECHECK_MS)).or(next);
            started.next = next.or(emptied.recheck_at()).map(|at| at.max(now + 1));
            started.waits_for_people = emptied.waits();
        }
        reserved
    }

    fn open_of(&self, id: CampaignId) -> u32 {
        let count = self.open.values().filter(|attempt| attempt.campaign_id == id).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

impl CampaignRunner {
    /// Runs campaigns for as long as the store is open, including the calls that agents request.
    pub async fn run(self, asked: &mut CampaignMailbox) {
        // The tap comes first: entries that are journalled while the attempts are read are then seen twice rather than never.
        let mut tap = self.store.tap();
        let mut changes = self.store.changes();
        let mut known = Known::default();
        while let Err(error) = self.reread(&mut known).await {
            tracing::warn!(%error, "campaigns can't be read; trying again later");
            sleep(Duration::from_millis(AGAIN_MS)).await;
        }
        loop {
            // Each event restarts the wait. After the calendar was set back, the wait would be longer by that much.
            known.mind_calendar();
            tokio::select! {
                biased;
                changed = changes.recv() => match changed {
                    Ok(changed) if changed.what == Thing::Campaign => {
                        self.read_started(&mut known, changed.id.parse().ok()).await;
                    }
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.read_started(&mut known, None).await,
                    Err(RecvError::Closed) => return,
                },
                // None once no server exists that could send requests.
                Some(asked) = asked.recv() => self.call_previewed(&mut known, asked).await,
                () = until(known.next()) => self.time_passes(&mut known).await,
                // Last, because there may always be another entry.
                entry = tap.recv() => match entry {
                    Ok(entry) => {
                        known.mind_calendar();
                        note(&mut known, &entry, self.clock);
                    }
                    Err(RecvError::Lagged(_)) => {
                        let now = now();
                        known.open.values_mut().for_each(|attempt| attempt.ask_at = now);
                    }
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }

    /// Reads the attempts that an earlier process left open, and the campaigns that are started.
    async fn reread(&self, known: &mut Known) -> Result<(), StoreError> {
        let (open, started) = self
            .store
            .reads()
            .run(|connection: &mut Connection| {
                let mut open = Vec::new();
                for attempt in query::open_attempts(connection)? {
                    let Unclosed { organization_id, call_id, .. } = attempt;
                    open.push((attempt, query::dialled_before(connection, organization_id, call_id)?));
                }
                Ok((open, query::started_campaigns(connection)?))
            })
            .await?;
        let now = now();
        for (attempt, DialledBefore { is_queued, queue }) in open {
            let Unclosed { call_id, organization_id, campaign_id, .. } = attempt;
            let rings = OpenAttempt::ringing(organization_id, campaign_id, now, now);
            known.open.insert(call_id, OpenAttempt { is_of_before: true, is_queued, ..rings });
            known.queues.extend(queue.map(|queue| (call_id, queue)));
        }
        take_in(known, started, None, now);
        Ok(())
    }

    /// Reads the started campaigns after a change of this one; with `None`, others may have changed, too.
    async fn read_started(&self, known: &mut Known, changed: Option<CampaignId>) {
        match self.store.reads().run(query::started_campaigns).await {
            Ok(started) => take_in(known, started, changed, now()),
            Err(error) => {
                // A campaign's state is checked again before anybody is called. A newly started campaign is not known yet.
                tracing::warn!(%error, "campaigns can't be read: changes to them take effect later");
                known.read_again_at = Some(now() + AGAIN_MS);
            }
        }
    }

    async fn time_passes(&self, known: &mut Known) {
        known.mind_calendar();
        let now = now();
        if known.read_again_at.is_some_and(|at| at <= now) {
            known.read_again_at = None;
            self.read_started(known, None).await;
            self.find_strays(known).await;
        }
        let asked: Vec<CallId> =
            known.open.iter().filter(|(_, attempt)| attempt.ask_at <= now).map(|(id, _)| *id).collect();
        if !asked.is_empty() {
            self.ask_all(known, &asked).await;
        }
        self.end_troubles(known, now).await;
        let due = known.started.iter().filter(|(_, started)| started.next.is_some_and(|at| at <= now));
        let mut due: Vec<(CampaignId, &Started)> = due.map(|(id, started)| (*id, started)).collect();
        sharing::by_turn(&mut due);
        let due: Vec<CampaignId> = due.into_iter().map(|(id, _)| id).collect();
        for id in due {
            self.dial(known, id).await;
        }
    }

    /// Finds out what became of the calls of these attempts. If the database fails for one, the others are looked up later, too, because each would
    /// wait for the timeout.
    async fn ask_all(&self, known: &mut Known, asked: &[CallId]) {
        // After this, everything that was journalled of them is on disk.
        let committed = self.store.commit().await;
        let mut left = asked;
        if let Err(fault) = committed {
            tracing::warn!(
                attempts = asked.len(),
                ?fault,
                "outcomes of a campaign's calls are not on disk yet; looking them up again later"
            );
        } else {
            while let [call_id, others @ ..] = left {
                if !self.ask(known, *call_id).await {
                    break;
                }
                left = others;
            }
        }
        left.iter().for_each(|call_id| later(known, *call_id, AGAIN_MS));
    }

    /// Finds out what became of an attempt's call: closes the attempt, waits for the call's end, or dials it if it never was dialled. Returns whether
    /// the database answers.
    async fn ask(&self, known: &mut Known, call_id: CallId) -> bool {
        let Some(attempt) = known.open.get(&call_id).copied() else { return true };
        let organization_id = attempt.organization_id;
        let read = move |connection: &mut Connection| {
            let Some(call) = query::call(connection, organization_id, call_id)? else {
                return Ok(None);
            };
            let has_dialled = call.answered_at.is_some()
                || (call.hangup_cause != Some(HangupCause::not_recorded())
                    && query::was_dialled(connection, organization_id, call_id)?);
            Ok::<_, StoreError>(Some((call, has_dialled)))
        };
        let found = match self.store.reads().run(read).await {
            Ok(found) => found,
            Err(error) if error.is_about_rows() => {
                return self.close_unreadable(known, call_id, organization_id, &error).await;
            }
            Err(error) => {
                tracing::warn!(%call_id, %error, "the outcome of a campaign's call can't be read; trying again later");
                later(known, call_id, AGAIN_MS);
                return !error.is_of_the_connection();
            }
        };
        match found {
            // The database took too long to store its beginning. The next one would wait as well.
            Some((call, false)) if call.hangup_cause == Some(HangupCause::not_recorded()) => {
                let until = now() + AGAIN_MS;
                wait(known, attempt.campaign_id, until);
                self.close(known, call_id, Closing::NotDialled(until)).await
            }
            // The agent for whom it was made was never heard, or left before. Nobody was called.
            Some((call, false)) if call.state == CallState::Ended => {
                self.close(known, call_id, Closing::NotDialled(now())).await
            }
            // Its contact was no longer to be called before the switch had dialled. Nobody was called.
            Some((call, true))
                if call.state == CallState::Ended
                    && attempt.is_queued
                    && call.answered_at.is_none()
                    && call.hangup_cause == Some(HangupCause::not_callable()) =>
            {
                self.close(known, call_id, Closing::NotDialled(now())).await
            }
            Some((call, true)) if call.state == CallState::Ended => {
                let outcome = Outcome::of_call(call.failure, call.answered_at.is_some());
                self.close(known, call_id, Closing::Ended(outcome)).await
            }
            Some((_, false)) if attempt.is_agents => self.ask_again(known, call_id, attempt, FRESH_MS).await,
            Some((call, true)) if attempt.is_queued && call.answered_at.is_none() => {
                self.ask_again(known, call_id, attempt, QUEUED_MS).await
            }
            Some((call, _)) => {
                if call.answered_at.is_some() {
                    answered_before(known, call_id);
                }
                later(known, call_id, RECHECK_MS);
                true
            }
            None => {
                self.dial_again(known, call_id, attempt).await;
                true
            }
        }
    }

    /// Closes an attempt whose call has ended and can't be read, which would keep its line from the campaign for ever. If somebody answered, they
    /// count as reached: nobody knows what was said. Returns whether the database answers.
    async fn close_unreadable(
        &self,
        known: &mut Known,
        call_id: CallId,
        organization_id: OrganizationId,
        unreadable: &StoreError,
    ) -> bool {
        let read = move |connection: &mut Connection| query::call_times(connection, organization_id, call_id);
        let was_answered = match self.store.reads().run(read).await {
            Ok(Some(CallTimes { was_answered, has_ended })) => {
                // A call that a killed process left open, and that can't be read, is never ended.
                let is_over = has_ended || now() >= call_id.began_at() + UNREADABLE_OVER_MS;
                is_over.then_some(was_answered)
            }
            Ok(None) => Some(false),
            Err(error) => {
                tracing::warn!(%call_id, %error, "the outcome of a campaign's call can't be read; trying again later");
                later(known, call_id, AGAIN_MS);
                return !error.is_of_the_connection();
            }
        };
        let Some(was_answered) = was_answered else {
            later(known, call_id, RECHECK_MS);
            return true;
        };
        tracing::error!(%call_id, error = %unreadable, "the outcome of a campaign's call can't be read: its attempt is closed without it");
        self.close(known, call_id, Closing::Ended(Outcome::of_call(None, was_answered))).await
    }

    /// Checks again whether a contact may be called while the agent is awaited, or while the call waits in its switch's queue. If not, the call ends,
    /// and its attempt with it. Otherwise it is checked again after this time. Returns whether the database answers.
    async fn ask_again(
        &self,
        known: &mut Known,
        call_id: CallId,
        OpenAttempt { organization_id, is_agents, .. }: OpenAttempt,
        again_ms: u64,
    ) -> bool {
        let at = now();
        let read = move |connection: &mut Connection| match is_agents {
            true => query::may_still_be_dialled(connection, organization_id, call_id, at),
            false => Ok(query::still_to_dial(connection, organization_id, call_id, at)?.is_some()),
        };
        match self.store.reads().run(read).await {
            Ok(true) => later(known, call_id, again_ms),
            Ok(false) => {
                let (by, cause) = (HangupBy::Server, HangupCause::not_callable());
                // A call that is over already is closed at the next check.
                if self.registry.ask(EndCall { organization_id, call_id, by, cause }).await.is_err() {
                    tracing::warn!(%call_id, "a call to a contact who must no longer be called could not be ended; trying again later");
                }
                later(known, call_id, FRESH_MS);
            }
            Err(error) => {
                tracing::warn!(%call_id, %error, "whether a contact may still be called can't be read; trying again later");
                later(known, call_id, AGAIN_MS);
                return !error.is_of_the_connection();
            }
        }
        true
    }

    /// Dials an attempt that was reserved and never dialled, if it still may be.
    async fn dial_again(&self, known: &mut Known, call_id: CallId, attempt: OpenAttempt) {
        let (organization_id, now) = (attempt.organization_id, now());
        if !self.database.is_ours() {
            // The other server may be dialling it.
            return later(known, call_id, AGAIN_MS);
        }
        let is_ahead = |started: &Started| {
            started.campaign.settings.predictive_queue().is_some() && !attempt.is_requested
        };
        if known.started.get(&attempt.campaign_id).is_some_and(is_ahead) {
            // The agents for whom it was reserved may have left: after a start, no desk is open yet. It is reserved again for those who are there.
            self.close(known, call_id, Closing::NotDialled(now)).await;
            return;
        }
        let read = move |connection: &mut Connection| {
            query::still_to_dial(connection, organization_id, call_id, now)
        };
        match self.store.reads().run(read).await {
            Ok(Some(reserved)) => {
                if self.place(known, attempt.campaign_id, reserved, None).await.is_ok() {
                    self.note_placed(vec![(organization_id, call_id)]).await;
                }
            }
            Ok(None) => {
                self.close(known, call_id, Closing::NotDialled(now)).await;
            }
            // Nothing changes it, and while it is open, no campaign calls its number.
            Err(error @ StoreError::BadRow(_)) => {
                tracing::error!(%call_id, %error, "a campaign's attempt can't be read: nobody is called, and its contact waits again");
                self.close(known, call_id, Closing::NotDialled(now + UNREADABLE_MS)).await;
            }
            Err(error) => {
                tracing::warn!(%call_id, %error, "a campaign's attempt can't be read; trying again later");
                later(known, call_id, AGAIN_MS);
            }
        }
    }

    /// Calls the contacts that a campaign may call now.
    async fn dial(&self, known: &mut Known, id: CampaignId) {
        let is_previewed = |started: &Started| started.campaign.settings.rules.mode == Mode::Preview;
        if known.started.get(&id).is_some_and(is_previewed) {
            return self.recheck(known, id).await;
        }
        if !self.database.is_ours() {
            if let Some(started) = known.started.get_mut(&id) {
                started.next = Some(now() + AGAIN_MS);
            }
            return;
        }
        if known.has_strays {
            return after_strays(known, id);
        }
        let Some((count, now)) = self.room(known, id).await else { return };
        let Some(started) = known.started.get(&id) else { return };
        let campaign = (started.campaign.organization_id, id);
        let Some(due) = self.reserve(known, campaign, count, now).await else { return };
        let (reserved_at, all_rest_until) = (self::now(), due.all_rest_until);
        let reserved = known.apply_due(&self.limits, campaign, due, now);
        self.place_all(known, campaign, reserved, reserved_at).await;
        if let Some(until) = all_rest_until {
            self.all_rest(known, id, until).await;
        }
    }

    /// Returns how many calls of a campaign may be dialled, and the moment for which that holds. If there is no room, sets the time of the next
    /// check.
    async fn room(&self, known: &mut Known, id: CampaignId) -> Option<(u32, UnixMs)> {
        let free = self.free().await;
        let ahead = self.dials_ahead(known, id).await;
        let now = now();
        let (free, paced_until) = match known.room_together(&self.limits, id, now) {
            Room::Now(places) => (free.min(places), None),
            Room::At(at) => (free, Some(at)),
            Room::AfterACall | Room::None => (0, None),
        };
        let started = known.started.get_mut(&id)?;
        if now < started.not_before {
            started.next = Some(started.not_before);
            return None;
        }
        let room = started.dialler.room(now, ahead.map_or(free, |ahead| free.min(ahead)));
        let room = match (room, paced_until) {
            (Room::Now(_), Some(at)) => Room::At(at),
            _ => room,
        };
        started.next = match room {
            Room::Now(_) => started.next,
            Room::At(at) => Some(at.max(now + 1)),
            // Nothing reports that an agent becomes free, or that earlier calls can be read again.
            Room::AfterACall if ahead.is_some() => {
                Some(now + if started.ahead.is_some() { AHEAD_MS } else { AGAIN_MS })
            }
            // The end of one of its own calls is reported, the end of another campaign's is not.
            Room::AfterACall => Some(now + if free == 0 { NO_LINE_MS } else { RECHECK_MS }),
            Room::None => None,
        };
        match room {
            Room::Now(count) => Some((count.min(RESERVED_MAX), now)),
            Room::At(_) | Room::AfterACall | Room::None => None,
        }
    }

    /// Reserves at most `count` attempts of a campaign; none if the database fails.
    async fn reserve(
        &self,
        known: &mut Known,
        (organization_id, id): (OrganizationId, CampaignId),
        count: u32,
        now: UnixMs,
    ) -> Option<DueContacts> {
        let reserve = move |connection: &mut Connection| {
            change::reserve_attempts(connection, organization_id, id, now, count as usize)
        };
        match self.store.change(reserve).await {
            Ok(due) => Some(due),
            Err(error) => {
                // If it is unknown whether the transaction was committed, the attempts are found like those of a dead process.
                tracing::warn!(campaign_id = %id, %error, "no attempt of a campaign can be reserved; trying again later");
                if let Some(started) = known.started.get_mut(&id) {
                    started.next = Some(now + AGAIN_MS);
                }
                known.has_strays = true;
                self.find_strays(known).await;
                None
            }
        }
    }

    /// Places the calls of attempts that were reserved at this moment.
    async fn place_all(
        &self,
        known: &mut Known,
        (organization_id, id): (OrganizationId, CampaignId),
        reserved: Vec<Reserved>,
        reserved_at: UnixMs,
    ) {
        let mut placed = Vec::new();
        for attempt in reserved {
            let call_id = attempt.call_id;
            if now().ms_since(reserved_at) > FRESH_MS {
                later(known, call_id, 0);
            } else if self.place(known, id, attempt, None).await.is_ok() {
                placed.push((organization_id, call_id));
            }
        }
        self.note_placed(placed).await;
    }

    /// Stores that nobody is called because all caller ids of a campaign rest.
    async fn all_rest(&self, known: &mut Known, id: CampaignId, until: UnixMs) {
        let Some(started) = known.started.get(&id) else { return };
        let why = all_rest(started.campaign.settings.caller_ids.len(), until);
        self.trouble(known, id, Some(why)).await;
        if let Some(started) = known.started.get_mut(&id) {
            started.trouble_until = Some(until);
        }
    }

    /// Returns how many calls a campaign may dial ahead for agents; none if assistants talk.
    async fn dials_ahead(&self, known: &mut Known, id: CampaignId) -> Option<u32> {
        let started = known.started.get(&id)?;
        let organization_id = started.campaign.organization_id;
        let queue = started.campaign.settings.predictive_queue()?.to_owned();
        if started.ahead.is_none() {
            self.learn(known, id).await;
        }
        let Some(agents) = self.router.ask(CountAgents { organization_id, queue: queue.clone() }).await
        else {
            return Some(0);
        };
        let Some(agents) = agents else {
            self.trouble(known, id, Some(format!("there is no queue named {queue}"))).await;
            return Some(0);
        };
        let (in_flight, is_alone) = known.in_flight(organization_id, &queue, id);
        let ahead = known.started.get_mut(&id).and_then(|started| started.ahead.as_mut());
        // Without knowing how many calls were abandoned, the campaign could break the cap.
        Some(ahead.map_or(0, |ahead| ahead.dials(agents, &in_flight, is_alone, now())))
    }

    /// Reads the results of a campaign's earlier calls.
    async fn learn(&self, known: &mut Known, id: CampaignId) {
        let Some(started) = known.started.get_mut(&id) else { return };
        let (organization_id, at) = (started.campaign.organization_id, now());
        let read =
            move |connection: &mut Connection| query::earlier_calls(connection, organization_id, id, at);
        match self.store.reads().run(read).await {
            Ok(earlier) => {
                started.ahead = Some(Ahead::new(&started.campaign.settings, &earlier));
                let open = known.open.values_mut().filter(|attempt| attempt.campaign_id == id);
                open.for_each(|attempt| attempt.flight = attempt.flight.uncounted());
            }
            Err(error) => {
                tracing::warn!(campaign_id = %id, %error, "a campaign's earlier calls can't be read: nobody is called");
            }
        }
    }

    /// Adds attempts that are open in the database and not known here. They are read in the same way as a change is written, after all earlier
    /// writes, so it is certain by then whether those were made.
    async fn find_strays(&self, known: &mut Known) {
        let found = self.store.change(query::open_attempts).await;
        let now = now();
        known.has_strays &= found.is_err();
        let Ok(open) = found else {
            known.read_again_at = Some(now + AGAIN_MS);
            return;
        };
        for Unclosed { call_id, organization_id, campaign_id, .. } in open {
            if known.open.contains_key(&call_id) {
                continue;
            }
            let rings = OpenAttempt::ringing(organization_id, campaign_id, now, now + AGAIN_MS);
            known.open.insert(call_id, rings);
            if let Some(started) = known.started.get_mut(&campaign_id) {
                started.dialler.reserved(now);
            }
        }
    }

    /// Places an attempt's call, for this agent if there is one. Its beginning is noted later (`note_placed`), so that others that were reserved with
    /// it don't wait for the database.
    ///
    /// # Errors
    /// Returns why the call was not made. The attempt has been handled by then.
    async fn place(
        &self,
        known: &mut Known,
        id: CampaignId,
        reserved: Reserved,
        by: Option<UserId>,
    ) -> Result<(), CallNotMade> {
        let Reserved { call_id, number, zone, variables, variant, shown } = reserved;
        let Some(attempt) = known.open.get(&call_id).copied() else { return Err(CallNotMade::Unknown) };
        let Some(started) = known.started.get(&id) else {
            self.close(known, call_id, Closing::NotDialled(now())).await;
            return Err(CallNotMade::Unknown);
        };
        let organization_id = attempt.organization_id;
        let settings = &started.campaign.settings;
        let (profile, version) = settings.talks(variant);
        let of_version = version.and_then(|version| Some((profile?.to_owned(), version)));
        let call = match settings.call(variant, &number, shown.map(String::from), variables) {
            Ok(call) => call,
            Err(faults) => {
                let why = faults.first().map(|fault| format!("`{}` {fault}", fault.field()));
                self.trouble(known, id, why.clone()).await;
                self.close(known, call_id, Closing::NotDialled(now() + NUMBER_REFUSED_MS)).await;
                return Err(CallNotMade::Bad(why.unwrap_or_default()));
            }
        };
        let clock = CalleeClock::of_callee(&settings.rules.hours, zone, &number);
        let (goal, sends_email) = (settings.goal, settings.sends_email);
        if let (None, Some(to)) = (by, &call.on_answer) {
            known.queues.insert(call_id, to.queue.clone());
        }
        let of_campaign = (goal, sends_email, clock);
        let call = self.with_tools(known, (organization_id, call_id), of_campaign, call).await?;
        let published = match of_version {
            None => None,
            Some(version) => Some(self.at_version(known, id, (organization_id, call_id), version).await?),
        };
        let request = PlaceCall { organization_id, call_id, call, by, published };
        if let Some(attempt) = known.open.get_mut(&call_id) {
            attempt.is_requested = true;
        }
        // The registry died of this very request, or is busy. Whether the call exists is looked up later.
        let Ok(answer) = self.registry.ask(request).await else {
            later(known, call_id, AGAIN_MS);
            return Err(CallNotMade::Unknown);
        };
        match answer {
            Ok(placed) => {
                if let (Placed::New, Some(attempt)) = (placed, known.open.get_mut(&call_id)) {
                    attempt.is_of_before = false;
                }
                // The contact is checked again until the agent is heard.
                later(known, call_id, if by.is_some() { FRESH_MS } else { RECHECK_MS });
                self.trouble(known, id, None).await;
                Ok(())
            }
            Err(refused) => {
                self.refused(known, id, call_id, &refused).await;
                Err(CallNotMade::Refused(refused))
            }
        }
    }

    /// Adds the tools that an assistant has on a call, if no agent talks. If they can't be read, the call is made later.
    async fn with_tools(
        &self,
        known: &mut Known,
        (organization_id, call_id): (OrganizationId, CallId),
        (goal, sends_email, clock): (Option<DispositionId>, bool, CalleeClock),
        call: CheckedCall,
    ) -> Result<CheckedCall, CallNotMade> {
        // Agents talk on this call.
        if call.on_answer.is_some() {
            return Ok(call);
        }
        match self.tools(organization_id, goal, sends_email, clock).await {
            Ok(tools) => Ok(CheckedCall { tools, ..call }),
            Err(error) => {
                tracing::warn!(%call_id, %error, "dispositions can't be read for a campaign's call; trying again later");
                later(known, call_id, AGAIN_MS);
                Err(CallNotMade::Unknown)
            }
        }
    }

    /// Sets the profile of a call to this version of it. If the version does not exist, the campaign pauses. If it can't be read, the call is made
    /// later.
    async fn at_version(
        &self,
        known: &mut Known,
        id: CampaignId,
        (organization_id, call_id): (OrganizationId, CallId),
        (profile, version): (String, u32),
    ) -> Result<Box<PublishedProfile>, CallNotMade> {
        match self.published(organization_id, &profile, version).await {
            Ok(Some(published)) => Ok(published),
            Ok(None) => {
                let why = format!("there is no version {version} of a published profile {profile} any more");
                self.trouble(known, id, Some(why.clone())).await;
                wait(known, id, now() + REFUSED_MS);
                self.close(known, call_id, Closing::NotDialled(now() + REFUSED_MS)).await;
                Err(CallNotMade::Bad(why))
            }
            Err(error) => {
                tracing::warn!(%call_id, %error, "the profile of a campaign's call can't be read; trying again later");
                later(known, call_id, AGAIN_MS);
                Err(CallNotMade::Unknown)
            }
        }
    }

    /// Stores that the calls of these attempts have begun.
    async fn note_placed(&self, placed: Vec<(OrganizationId, CallId)>) {
        if placed.is_empty() {
            return;
        }
        let (count, at) = (placed.len(), now());
        let note = move |connection: &mut Connection| {
            placed.iter().try_for_each(|(organization_id, call_id)| {
                change::note_dialled(connection, *organization_id, *call_id, at)
            })
        };
        if let Err(error) = self.store.change(note).await {
            tracing::debug!(count, %error, "the beginnings of calls could not be stored with their attempts");
        }
    }

    /// Returns the tools that an assistant has on a campaign's calls in addition to those of its profile.
    async fn tools(
        &self,
        organization_id: OrganizationId,
        goal: Option<DispositionId>,
        sends_email: bool,
        clock: CalleeClock,
    ) -> Result<Vec<OfferedTool>, StoreError> {
        let read = move |connection: &mut Connection| query::dispositions(connection, organization_id);
        let dispositions = self.store.reads().run(read).await?;
        let mut tools = vec![calling_again::offered(clock)];
        tools.extend(disposition::offered(&dispositions, goal));
        if sends_email && self.has_mail {
            tools.push(mailing::offered());
        }
        Ok(tools)
    }

    /// Returns a version of a published profile.
    async fn published(
        &self,
        organization_id: OrganizationId,
        profile: &str,
        version: u32,
    ) -> Result<Option<Box<PublishedProfile>>, StoreError> {
        let profile = profile.to_owned();
        let read = move |connection: &mut Connection| {
            query::profile_at_version(connection, organization_id, &profile, version)
        };
        Ok(self.store.reads().run(read).await?.map(Box::new))
    }

    /// Handles a call that was refused.
    async fn refused(&self, known: &mut Known, id: CampaignId, call_id: CallId, refused: &PlaceRefused) {
        let pause_ms = match refused {
            // Only this number is affected: the dial policy does not allow it, until it is changed.
            PlaceRefused::NotDialable(_) => {
                self.trouble(known, id, Some(refused.to_string())).await;
                self.close(known, call_id, Closing::NotDialled(now() + NUMBER_REFUSED_MS)).await;
                return;
            }
            PlaceRefused::Refused(
                Refused::NoCapacity { .. } | Refused::ShareUsedUp { .. } | Refused::KeptForFirst { .. },
            ) => NO_LINE_MS,
            _ => REFUSED_MS,
        };
        let until = now() + pause_ms;
        wait(known, id, until);
        if pause_ms == REFUSED_MS {
            self.trouble(known, id, Some(refused.to_string())).await;
        }
        self.close(known, call_id, Closing::NotDialled(until)).await;
    }

    /// Closes an attempt. If it can't be written, that is tried again later. Returns whether the database answers.
    async fn close(&self, known: &mut Known, call_id: CallId, closing: Closing) -> bool {
        let Some(attempt) = known.open.get(&call_id).copied() else { return true };
        let (organization_id, at) = (attempt.organization_id, now());
        let close = move |connection: &mut Connection| {
            change::close_attempt(connection, organization_id, call_id, closing, at)
        };
        if let Err(error) = self.store.change(close).await {
            tracing::warn!(%call_id, %error, "an attempt can't be closed; trying again later");
            later(known, call_id, AGAIN_MS);
            return !error.is_of_the_connection();
        }
        known.queues.remove(&call_id);
        let OpenAttempt { flight, is_of_before, .. } = known.open.remove(&call_id).unwrap_or(attempt);
        if let Some(started) = known.started.get_mut(&attempt.campaign_id) {
            if let Some(ahead) = &mut started.ahead {
                ahead.closed(flight, closing.outcome(), at);
            }
            if is_of_before {
                started.dialler.closed_of_before(closing.outcome(), at);
            } else {
                started.dialler.closed(closing.outcome(), at);
            }
            started.next = Some(started.not_before.max(at));
        }
        known.wake_others(at);
        true
    }

    /// Stores why calls can't be made, or that they can, if this has changed.
    async fn trouble(&self, known: &mut Known, id: CampaignId, trouble: Option<String>) {
        let Some(started) = known.started.get_mut(&id).filter(|it| it.campaign.trouble != trouble) else {
            return;
        };
        if let Some(why) = &trouble {
            tracing::warn!(campaign_id = %id, why, "a campaign's call could not be made");
        }
        started.trouble_until = trouble.as_deref().and_then(|why| trouble::ends_at(why, now()));
        let again_at = trouble.is_none().then(|| now() + AGAIN_MS);
        let before = std::mem::replace(&mut started.campaign.trouble, trouble.clone());
        let organization_id = started.campaign.organization_id;
        let write = move |connection: &mut Connection| {
            change::set_campaign_trouble(connection, organization_id, id, trouble.as_deref())
        };
        if let Err(error) = self.store.change(write).await {
            tracing::debug!(campaign_id = %id, %error, "a campaign's problem could not be stored");
            // The next call that is made, or can't be, stores it.
            if let Some(started) = known.started.get_mut(&id) {
                started.campaign.trouble = before;
                started.trouble_until = again_at;
            }
        }
    }

    /// Stores that calls can be made again where the reason against them is over.
    async fn end_troubles(&self, known: &mut Known, now: UnixMs) {
        let is_over = |started: &Started| started.trouble_until.is_some_and(|at| at <= now);
        let over: Vec<CampaignId> =
            known.started.iter().filter(|(_, started)| is_over(started)).map(|(id, _)| *id).collect();
        for id in over {
            if let Some(started) = known.started.get_mut(&id) {
                started.trouble_until = None;
            }
            self.trouble(known, id, None).await;
        }
    }

    /// Returns how many calls there is room for. A tenth of all is left for inbound callers.
    async fn free(&self) -> u32 {
        let Ok(census) = self.registry.ask(CountCalls).await else { return 0 };
        u32::try_from(census.free()).unwrap_or(u32::MAX)
    }
}

/// Replaces the known campaigns after a change of this one. Those that remember their pace and failures keep them.
fn take_in(known: &mut Known, campaigns: Vec<Campaign>, changed: Option<CampaignId>, now: UnixMs) {
    let ids: BTreeSet<CampaignId> = campaigns.iter().map(|campaign| campaign.id).collect();
    known.started.retain(|id, _| ids.contains(id));
    for campaign in campaigns {
        let rules = &campaign.settings.rules;
        match known.started.get_mut(&campaign.id) {
            // It waits for nothing, so many such campaigns need no check for each change of one.
            Some(started)
                if started.waits_for_people
                    && changed.is_some_and(|id| id != campaign.id)
                    && started.campaign == campaign => {}
            Some(started) => {
                started.dialler.changed(campaign.state, rules);
                started.ahead.take_if(|ahead| !ahead.holds(&campaign.settings));
                started.campaign = campaign;
                started.next = Some(now);
            }
            None => {
                let dialler = Dialler::new(campaign.state, rules, known.open_of(campaign.id));
                let started = Started {
                    dialler,
                    next: Some(now),
                    not_before: now,
                    ahead: None,
                    served_at: UnixMs(0),
                    waits_for_others: false,
                    waits_for_people: false,
                    trouble_until: campaign
                        .trouble
                        .as_deref()
                        .and_then(|why| trouble::of_before_ends_at(why, now)),
                    campaign,
                };
                known.started.insert(started.campaign.id, started);
            }
        }
    }
}

/// Notes a decision of a call. If the call is over, its outcome is looked up at once.
fn note(known: &mut Known, entry: &JournalEntry, clock: Clock) {
    let Some(attempt) = known.open.get_mut(&entry.call_id) else { return };
    let decision = match &entry.event {
        Event::Fact(fact) => return note_dialling(attempt, fact, in_calendar(entry.at, clock)),
        Event::Decision(decision) => decision,
    };
    let ahead = known.started.get_mut(&attempt.campaign_id).and_then(|it| it.ahead.as_mut());
    attempt.flight = match ahead {
        Some(ahead) => ahead.decided(attempt.flight, decision, in_calendar(entry.at, clock)),
        // The campaign has ended, or has nothing to learn from it.
        None => attempt.flight.after(decision),
    };
    match decision {
        Decision::Ended { .. } => attempt.ask_at = now(),
        // The call that tests failing lines may be a long talk: the others don't wait for its end.
        Decision::Answered => {
            if let Some(started) = known.started.get_mut(&attempt.campaign_id)
                && started.dialler.answered()
            {
                started.next = Some(started.not_before.max(now()));
            }
        }
        _ => {}
    }
}

/// Notes whether the switch of an attempt's call may keep it in a queue of its own, until it reports something about the phone at `at`.
fn note_dialling(attempt: &mut OpenAttempt, fact: &Fact, at: UnixMs) {
    match fact {
        Fact::CallStarted { dialled: Some(dialled), .. } if dialled.kind.queued_ms_max() > 0 => {
            attempt.is_queued = true;
            attempt.ask_at = attempt.ask_at.min(now() + QUEUED_MS);
        }
        Fact::DialProgress { .. } | Fact::DialAnswered if attempt.is_queued => {
            attempt.is_queued = false;
            attempt.flight = attempt.flight.ringing_from(at);
        }
        _ => {}
    }
}

/// Lets a campaign call nobody before a moment.
fn wait(known: &mut Known, id: CampaignId, until: UnixMs) {
    if let Some(started) = known.started.get_mut(&id) {
        started.not_before = started.not_before.max(until);
    }
}

/// Schedules a check of a campaign's contacts after attempts that may have been written were looked for.
fn after_strays(known: &mut Known, id: CampaignId) {
    let soon = now() + 1;
    let again_at = known.read_again_at.map_or(soon, |at| at.max(soon));
    known.read_again_at = Some(again_at);
    if let Some(started) = known.started.get_mut(&id) {
        started.next = Some(again_at);
    }
}

/// Notes a call that was answered before this process knew it: an agent has it, or nobody will. It counts when it is over.
fn answered_before(known: &mut Known, call_id: CallId) {
    if let Some(attempt) = known.open.get_mut(&call_id)
        && matches!(attempt.flight, Flight::Rings { .. })
    {
        attempt.flight = Flight::Known;
    }
}

fn later(known: &mut Known, call_id: CallId, ms: u64) {
    if let Some(attempt) = known.open.get_mut(&call_id) {
        attempt.ask_at = now() + ms;
    }
}

fn now() -> UnixMs {
    world::now().into()
}

/// Waits for a moment of the calendar; forever if there is none.
async fn until(at: Option<UnixMs>) {
    match at {
        // A change of the clock is noticed within a minute.
        Some(at) => sleep(Duration::from_millis(at.ms_since(now()).min(RECHECK_MS))).await,
        None => std::future::pending().await,
    }
}
