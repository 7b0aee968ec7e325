//! An agent at work: their intent and their activity. Pure.
//!
//! Either can change while the other stays as it is: an agent who goes to lunch during a call is still in the call.
//! Their *next* intent counts once they are idle again.

use std::collections::{BTreeSet, VecDeque};

use cordboard_schema::agent::{Activity, Agent, AgentAudio, HelpRequest, Intent, MISSED_A_CALL};
use cordboard_schema::ids::{CallId, DeskId, OfferId, QueueId};
use cordboard_schema::switch::HandoffFailure;
use cordboard_schema::time::UnixMs;

use crate::messages::DeskRefused;

/// How long an agent whose last desk was closed counts as present, in ms: reloading a page takes less.
pub(super) const AWAY_FROM_DESK_MS: u64 = 15_000;
/// The most wrap-ups that wait for an agent. If an agent never writes any, the oldest are forgotten.
const WRAP_UPS_MAX: usize = 16;
/// Calls of an agent that are remembered as written up.
const WRITTEN_MAX: usize = 16;

/// One agent, as the router knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    pub(super) agent: Agent,
    desks: BTreeSet<DeskId>,
    /// No desk is open: the time at which they count as gone.
    gone_at: Option<UnixMs>,
    intent: Intent,
    intent_since: UnixMs,
    next: Option<Intent>,
    activity: Activity,
    activity_since: UnixMs,
    offers: BTreeSet<OfferId>,
    calls: BTreeSet<CallId>,
    help: Option<HelpRequest>,
    wrap_ups: VecDeque<DueWrapUp>,
    /// Calls whose wrap-up they have written, the newest last. An agent writes one wrap-up for a call: if they come
    /// into it again, they could not write a second one, and it would be due forever.
    written: VecDeque<CallId>,
    /// Whether they have a call, or write a wrap-up.
    works: bool,
    /// Since when they have taken calls and had nothing to do: the agent who has waited longest is asked first.
    pub(super) idle_since: UnixMs,
}

/// A call whose wrap-up an agent has to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueWrapUp {
    /// The call.
    pub call_id: CallId,
    /// The queue from which the call came.
    pub queue_id: Option<QueueId>,
    /// Since when it has been due.
    pub since: UnixMs,
    /// Whether the agent is writing it, and takes no calls meanwhile. A wrap-up that was due before the server
    /// restarted, and whose time has passed, is written alongside other work.
    pub keeps_busy: bool,
}

/// State of an agent, for observers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceNow {
    /// The agent.
    pub agent: Agent,
    /// The presence that they chose.
    pub intent: Intent,
    /// Since when they have had this intent.
    pub intent_since: UnixMs,
    /// The intent that begins once they are idle again.
    pub next: Option<Intent>,
    /// Current activity.
    pub activity: Activity,
    /// Since when they have had this activity.
    pub activity_since: UnixMs,
    /// Whether they can be offered a call.
    pub is_free: bool,
    /// The calls that they are in.
    pub calls: Vec<CallId>,
    /// Their request for help in one of them.
    pub help: Option<HelpRequest>,
    /// Wrap-ups that they have to write, the oldest first.
    pub wrap_ups: Vec<DueWrapUp>,
}

impl Presence {
    pub(super) fn new(agent: Agent, now: UnixMs) -> Self {
        Self {
            agent,
            desks: BTreeSet::new(),
            gone_at: None,
            intent: Intent::Offline,
            intent_since: now,
            next: None,
            activity: Activity::Idle,
            activity_since: now,
            offers: BTreeSet::new(),
            calls: BTreeSet::new(),
            help: None,
            wrap_ups: VecDeque::new(),
            written: VecDeque::new(),
            works: false,
            idle_since: now,
        }
    }

    pub(super) fn now(&self) -> PresenceNow {
        PresenceNow {
            agent: self.agent.clone(),
            intent: self.intent.clone(),
            intent_since: self.intent_since,
            next: self.next.clone(),
            activity: self.activity,
            activity_since: self.activity_since,
            is_free: self.is_free(),
            calls: self.calls.iter().copied().collect(),
            help: self.help.clone(),
            wrap_ups: self.wrap_ups.iter().copied().collect(),
        }
    }

    /// One of their desks was opened; the first one sets whether they take calls, and since when they have been idle.
    pub(super) fn desk_opened(&mut self, desk: DeskId, intent: Intent, idle_since: UnixMs, now: UnixMs) {
        self.desks.insert(desk);
        self.gone_at = None;
        if self.intent == Intent::Offline {
            self.want(intent, now);
            self.idle_since = idle_since.min(now);
        }
    }

    pub(super) fn desk_closed(&mut self, desk: DeskId, now: UnixMs) {
        if self.desks.remove(&desk) && self.desks.is_empty() {
            self.gone_at = Some(now + AWAY_FROM_DESK_MS);
        }
    }

    /// When they count as gone.
    pub(super) fn deadline(&self) -> Option<UnixMs> {
        self.gone_at
    }

    /// Whether they have gone by now; if so, they become offline.
    pub(super) fn goes(&mut self, now: UnixMs) -> bool {
        let gone = self.gone_at.is_some_and(|at| at <= now);
        if gone {
            self.gone_at = None;
            // During a call only the connection of the desk may be lost: the choice counts if they are back at its end.
            if self.activity != Activity::OnCall {
                self.next = None;
            }
            self.want(Intent::Offline, now);
        }
        gone
    }

    /// They set their intent. An agent who has no open desk can't.
    pub(super) fn want_by_desk(&mut self, intent: Intent, now: UnixMs) {
        if !self.desks.is_empty() && intent != Intent::Offline {
            self.next = None;
            self.want(intent, now);
        }
    }

    /// They set the intent that begins once they are idle.
    pub(super) fn want_next(&mut self, intent: Option<Intent>, now: UnixMs) {
        self.next = intent.filter(|intent| *intent != Intent::Offline);
        self.settle(now);
    }

    fn want(&mut self, intent: Intent, now: UnixMs) {
        if self.intent != intent {
            (self.intent, self.intent_since) = (intent, now);
            // Time away is no time in which they have waited for a call.
            self.idle_since = now;
        }
    }

    /// Whether they take calls, or would if they were not busy.
    pub(super) fn is_there(&self) -> bool {
        self.intent != Intent::Offline
    }

    /// Whether they take calls: now, or once they have time.
    pub(super) fn takes_calls(&self) -> bool {
        self.intent == Intent::Available
    }

    pub(super) fn is_away(&self) -> bool {
        matches!(self.intent, Intent::Away { .. })
    }

    /// Whether a call can be offered to them now.
    pub(super) fn is_free(&self) -> bool {
        self.intent == Intent::Available
            && !self.desks.is_empty()
            && !self.writes()
            && self.engaged() < usize::from(self.agent.calls_max)
    }

    /// Whether a call can be accepted for them now: they have nothing to do, and their sound comes from their browser.
    pub(super) fn is_at_once(&self) -> bool {
        self.is_free() && self.engaged() == 0 && self.agent.audio == AgentAudio::Browser
    }

    /// Why they can't begin a call of a queue now; none if they can.
    pub(super) fn why_not_at_once(&self) -> Option<DeskRefused> {
        if self.is_at_once() {
            None
        } else if self.engaged() > 0 {
            Some(DeskRefused::InCall)
        } else if self.writes() {
            Some(DeskRefused::WrapUpDue)
        } else if self.agent.audio != AgentAudio::Browser {
            Some(DeskRefused::TalksByPhone)
        } else {
            Some(DeskRefused::NotAvailable)
        }
    }

    /// Whether they take calls, and one could be accepted for them later without any action of theirs.
    pub(super) fn is_at_work(&self) -> bool {
        self.intent == Intent::Available
            && !self.desks.is_empty()
            && !self.is_at_once()
            && self.agent.audio == AgentAudio::Browser
    }

    /// They have not answered, or could not be heard: they take no calls until they choose to again.
    pub(super) fn is_unheard(&mut self, now: UnixMs) {
        if self.intent == Intent::Available {
            self.want(Intent::Away { reason: Some(MISSED_A_CALL.to_owned()) }, now);
        }
    }

    /// Why no call can be offered to them now.
    pub(super) fn why_not(&self) -> Option<HandoffFailure> {
        if self.is_free() {
            None
        } else if !self.is_there() {
            Some(HandoffFailure::Offline)
        } else if self.is_away() {
            Some(HandoffFailure::Unavailable)
        } else {
            Some(HandoffFailure::Busy)
        }
    }

    /// Whether they are in this call.
    pub(super) fn has(&self, call: CallId) -> bool {
        self.calls.contains(&call)
    }

    /// Number of their calls, including those that are offered to them.
    pub(super) fn engaged(&self) -> usize {
        self.calls.len() + self.offers.len()
    }

    /// Whether they are writing a wrap-up, and take no calls meanwhile.
    fn writes(&self) -> bool {
        self.wrap_ups.iter().any(|due| due.keeps_busy)
    }

    /// Their open offers, the oldest first.
    pub(super) fn offered(&self) -> impl Iterator<Item = OfferId> + '_ {
        self.offers.iter().copied()
    }

    pub(super) fn reserve(&mut self, offer: OfferId, now: UnixMs) {
        self.offers.insert(offer);
        self.settle(now);
    }

    /// The offer has ended without them.
    pub(super) fn release(&mut self, offer: OfferId, now: UnixMs) {
        self.offers.remove(&offer);
        self.settle(now);
    }

    /// They did not answer: they take no calls until they choose to again.
    pub(super) fn missed(&mut self, offer: OfferId, now: UnixMs) {
        self.release(offer, now);
        self.is_unheard(now);
    }

    /// They accept what is offered to them.
    pub(super) fn takes_offer(&mut self, offer: OfferId) {
        self.offers.remove(&offer);
    }

    pub(super) fn joins(&mut self, call: CallId, now: UnixMs) {
        self.calls.insert(call);
        self.settle(now);
    }

    /// They are no longer in a call; `wrap_up` is due if they have talked.
    pub(super) fn leaves(&mut self, call: CallId, wrap_up: Option<DueWrapUp>, now: UnixMs) -> bool {
        if !self.calls.remove(&call) {
            return false;
        }
        self.help.take_if(|help| help.call_id == call);
        if let Some(wrap_up) = wrap_up.filter(|_| !self.has_written(call)) {
            // It may be due since they were in this call before.
            self.wrap_ups.retain(|due| due.call_id != call);
            self.add(wrap_up);
        }
        self.settle(now);
        true
    }

    /// They ask for help in a call that they are in; this replaces their earlier note.
    pub(super) fn needs_help(&mut self, call_id: CallId, note: String, now: UnixMs) {
        if self.calls.contains(&call_id) {
            let since =
                self.help.take().filter(|help| help.call_id == call_id).map_or(now, |help| help.since);
            self.help = Some(HelpRequest { call_id, note, since });
        }
    }

    pub(super) fn needs_no_help(&mut self) {
        self.help = None;
    }

    /// An earlier wrap-up is due; nothing new if they are writing it already, have written it meanwhile, or are in
    /// that call again.
    pub(super) fn adds_wrap_up(&mut self, wrap_up: DueWrapUp, now: UnixMs) {
        let is_known = self.wrap_ups.iter().any(|due| due.call_id == wrap_up.call_id);
        let is_over = self.has(wrap_up.call_id) || self.has_written(wrap_up.call_id);
        if !is_known && !is_over {
            self.add(wrap_up);
            self.settle(now);
        }
    }

    fn add(&mut self, wrap_up: DueWrapUp) {
        let place = self.wrap_ups.partition_point(|due| due.since <= wrap_up.since);
        self.wrap_ups.insert(place, wrap_up);
        if self.wrap_ups.len() > WRAP_UPS_MAX {
            self.wrap_ups.pop_front();
        }
    }

    /// They have written the wrap-up of a call that they were in, or still are.
    pub(super) fn wrapped_up(&mut self, call: CallId, now: UnixMs) {
        let is_due = self.wrap_ups.iter().any(|due| due.call_id == call);
        if (is_due || self.has(call)) && !self.has_written(call) {
            self.written.push_back(call);
            if self.written.len() > WRITTEN_MAX {
                self.written.pop_front();
            }
        }
        self.wrap_ups.retain(|wrap_up| wrap_up.call_id != call);
        self.settle(now);
    }

    fn has_written(&self, call: CallId) -> bool {
        self.written.contains(&call)
    }

    /// Sets their activity according to their tasks.
    fn settle(&mut self, now: UnixMs) {
        let activity = if !self.calls.is_empty() {
            Activity::OnCall
        } else if !self.offers.is_empty() {
            Activity::Reserved
        } else if self.writes() {
            Activity::WrapUp
        } else {
            Activity::Idle
        };
        if activity != self.activity {
            (self.activity, self.activity_since) = (activity, now);
        }
        // An offer of a call that somebody else takes does not count as work.
        let works = !self.calls.is_empty() || self.writes();
        if self.works && !works {
            self.idle_since = now;
        }
        self.works = works;
        // An agent who has gone and has no call stays offline.
        if activity != Activity::OnCall && !self.is_there() {
            self.next = None;
        }
        if activity == Activity::Idle
            && let Some(next) = self.next.take()
        {
            self.want(next, now);
        }
    }
}
