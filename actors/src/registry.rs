//! The registry: starts calls, finds them by id and by the ids of other systems, and admits no more than there is
//! room for. It knows which calls exist; only a call knows its own state.
//!
//! | file | subject |
//! | --- | --- |
//! | `registry.rs` | the registry's state, and which calls are admitted |
//! | `registry/actor.rs` | its actor, and the keeper that replaces an actor that died |
//! | `registry/requests.rs` | requests to it |
//! | `registry/answerers.rs` | the profile that answers a call |
//! | `registry/restarts.rs` | calls that have lost their process or their actor |
//! | `registry/placing.rs` | calls that we make |
//! | `registry/daily_cap.rs` | the cap on what calls may cost in a day |
//! | `registry/going_down.rs` | the shutdown: which calls are waited for, and the messages to calls |
//! | `registry/dialling.rs` | what calls may dial: the configuration, and each organization's own rules |
//! | `registry/room.rs` | room for calls, and each organization's share of it |
//! | `registry/refusals.rs` | callers who found no room |
//! | `registry/ended_channels.rs` | channels that ended with their calls |
//! | `registry/shared_settings.rs` | settings that several calls share |
//! | `registry/watch.rs` | its reads from the store |

mod actor;
mod answerers;
mod daily_cap;
mod dialling;
mod ended_channels;
mod going_down;
mod newest;
mod placing;
mod refusals;
mod requests;
mod restarts;
mod room;
mod shared_settings;
mod watch;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use actix::{ArbiterHandle, Recipient};
use cordboard_schema::call::{CallPolicy, Direction, Ending, HangupBy, HangupCause};
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, EffectId, OrganizationId, OutsideId};
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::profile_variables::CallerSaid;
use cordboard_schema::time::UnixMs;
use cordboard_schema::wire::twilio::AccountSid;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use self::daily_cap::Spending;
use self::ended_channels::EndedChannels;
use self::going_down::GoingDown;
use self::placing::PlacedCalls;
use self::refusals::{Refusals, Unanswered};
pub(crate) use self::room::reserve;
use self::room::{Newcomer, Room, Rooms};
use self::shared_settings::SharedSettings;
use crate::call::actor::{Birth, CallActor, CallIdentity};
use crate::call::found::FoundCall;
use crate::call::live_call::LiveCall;
use crate::call::neighbours::Neighbours;
use crate::line::RegistryMailbox;
use crate::messages::{
    Admission, Answerer, AskJournalHealth, CallLine, CallRef, Dialling, Journal, LoadDialling, LoadProfiles,
    Refused, RouterNotice, ToRegistry,
};
use crate::meters::CallMeter;
use crate::vitals::CallVitals;
use crate::world;

pub use daily_cap::DailyCap;

/// Settings of the registry.
pub struct RegistrySettings {
    /// The most calls at a time (`calls.max`).
    pub calls_max: usize,
    /// The most calls of an organization other than the first (`calls.organization_max`).
    pub organization_calls_max: Option<usize>,
    /// The configured policy for every call's machine.
    pub policy: Arc<CallPolicy>,
    /// Each organization's rules on dialling, read at the start.
    pub dialling: BTreeMap<OrganizationId, Dialling>,
    /// The UTC day for which `dialling` counts how many were dialled. Midnight may come between the reading and the start.
    pub dialled_on: UnixMs,
    /// The first organization: calls that name no other belong to it, and it has all of the server's switches. It is
    /// needed even if none of its profiles can be read.
    pub home: OrganizationId,
    /// Name of the profile that answers calls that name none (`audiosocket.default_profile`).
    pub default_profile: Option<String>,
    /// The profiles of the store, read at the start: for each organization the oldest first.
    pub profiles: Vec<PublishedProfile>,
    /// Arbiters on which calls run, one per core.
    pub arbiters: Vec<ArbiterHandle>,
    /// Reads profiles again.
    pub load_profiles: Recipient<LoadProfiles>,
    /// Reads the rules on dialling again.
    pub load_dialling: Recipient<LoadDialling>,
    /// Answers whether the journal keeps up.
    pub journal_health: Recipient<AskJournalHealth>,
    /// The cap on the calls' cost in a day, if there is one.
    pub daily_cap: Option<DailyCap>,
    /// The neighbours of every call. Its `registry` is the line to the registry that is started.
    pub neighbours: Neighbours,
    /// Calls that were open when the last process died.
    pub open_calls: Vec<FoundCall>,
}

/// The actor that knows every call of a node, with all of its state: it is moved as a whole from an actor that died
/// to the next one.
///
/// It owns the calls' lines and names, the room for calls and the profiles that answer them. It receives
/// [`ToRegistry`](crate::messages::ToRegistry): audio and control that arrive, requests for calls, questions about
/// them. It sends [`ToCall`](crate::messages::ToCall) to calls, and starts them.
pub struct RegistryActor {
    rooms: Rooms,
    /// The configured policy of calls.
    configured: Arc<CallPolicy>,
    /// Each organization's rules on dialling, and the number of dialled parties.
    dialling: BTreeMap<OrganizationId, Dialling>,
    /// The configuration's policy combined with those rules, for new calls.
    policies: HashMap<OrganizationId, Arc<CallPolicy>>,
    settings: SharedSettings,
    placed: PlacedCalls,
    /// The first organization: calls that name no other belong to it.
    home: OrganizationId,
    default_profile: Option<String>,
    profiles: Vec<PublishedProfile>,
    /// None for an arbiter that has ended.
    arbiters: Vec<Option<ArbiterHandle>>,
    /// Shared by all calls.
    neighbours: Arc<Neighbours>,
    mailbox: RegistryMailbox,
    /// Has the store read now, for requesters that wait for it.
    reload_requests: mpsc::UnboundedSender<oneshot::Sender<()>>,
    /// Calls that a dead process left open and that are not resumed yet.
    open_calls: Vec<FoundCall>,
    /// Calls whose actor is gone, until that is handled: none may be lost if the registry dies meanwhile.
    #[allow(
        clippy::vec_box,
        reason = "a call is large, and moves from actor to registry and back in its box"
    )]
    orphans: Vec<Box<LiveCall>>,
    /// Notices that are not handled yet: their senders wait for no answer, and send each only once.
    notices: VecDeque<ToRegistry>,
    /// Iterated in order, so that messages to all calls have the same order in each run of a world.
    calls: BTreeMap<CallId, Entry>,
    outside: HashMap<OutsideId, CallId>,
    /// Phones that calls have rung, by the names of their audio.
    phones: HashMap<OutsideId, (CallId, EffectId)>,
    going_down: GoingDown,
    journal_full: bool,
    /// Spending of the day, if there is a cap.
    spending: Option<Spending>,
    ended_channels: EndedChannels,
    refusals: Refusals,
    /// Callers who were refused and whom only one profile may answer: no other profile answers their audio.
    turned_back: Refusals,
    /// Callers for whom there was no profile.
    unanswered: Unanswered,
    /// Requesters that wait until the last call that needs this server is over.
    emptied: Vec<oneshot::Sender<()>>,
    restarts: u32,
    /// Since when the present actor has run.
    since: UnixMs,
}

/// A request for a new call.
#[derive(Clone, Copy)]
struct CallRequest<'a> {
    /// The profile that answers the call.
    answerer: &'a Answerer,
    /// How the call is admitted.
    admission: Admission,
    /// The organization's own account at Twilio that has the caller.
    account: Option<&'a AccountSid>,
    /// Tools in addition to those of its profile.
    tools: &'a [OfferedTool],
}

/// The registry's record of a call.
struct Entry {
    organization_id: OrganizationId,
    line: CallLine,
    outside_ids: Vec<OutsideId>,
    /// The switch that has its channel, by its name in the configuration, if that is known.
    server: Option<String>,
    /// Since when it has been known here.
    since: UnixMs,
    arbiter: usize,
    vitals: Arc<CallVitals>,
    /// The request to end it. Boxed, because there are few, and a fact is large.
    hangup: Option<Box<Fact>>,
    /// Its caller needs no server for now: the call is left to the next one.
    continues_alone: bool,
    /// It has a place for as long as it is known.
    _room: Room,
}

impl RegistryActor {
    fn new(
        settings: RegistrySettings,
        mailbox: RegistryMailbox,
        reload_requests: mpsc::UnboundedSender<oneshot::Sender<()>>,
    ) -> Self {
        let since = settings.neighbours.clock.now();
        Self {
            rooms: Rooms::new(settings.calls_max, settings.organization_calls_max),
            policies: dialling::policies(&settings.policy, &settings.dialling, settings.home),
            configured: settings.policy,
            dialling: settings.dialling,
            settings: SharedSettings::default(),
            placed: PlacedCalls::new(settings.dialled_on),
            home: settings.home,
            default_profile: settings.default_profile,
            profiles: settings.profiles,
            arbiters: settings.arbiters.into_iter().map(Some).collect(),
            neighbours: Arc::new(settings.neighbours),
            mailbox,
            reload_requests,
            open_calls: settings.open_calls,
            orphans: Vec::new(),
            notices: VecDeque::new(),
            calls: BTreeMap::new(),
            outside: HashMap::new(),
            phones: HashMap::new(),
            going_down: GoingDown::No,
            journal_full: false,
            spending: settings.daily_cap.as_ref().map(Spending::new),
            ended_channels: EndedChannels::default(),
            refusals: Refusals::default(),
            turned_back: Refusals::default(),
            unanswered: Unanswered::default(),
            emptied: Vec::new(),
            restarts: 0,
            since,
        }
    }

    /// Admits a new call and starts it, or returns why not. One actor decides, one message at a time, so there is
    /// never one call too many.
    fn admit(
        &mut self,
        outside_id: OutsideId,
        announced: Option<Announcement>,
        wanted: CallRequest<'_>,
    ) -> Result<CallId, Refused> {
        let admitted = self.admit_as(outside_id.clone(), announced, wanted);
        if admitted.is_ok() {
            self.unanswered.forget(&outside_id);
        }
        if let Err(refused) = admitted {
            let (is_exact, is_unanswered) = (wanted.answerer.is_exact(), refused == Refused::NoProfile);
            let is_of_another = self.owner(wanted.answerer) != self.home;
            // Their audio must not be answered by another organization either, if it arrives under the name anyway.
            // The first organization answers it once it has a profile: a dialplan may give all its callers the same
            // name.
            if is_exact || (is_unanswered && is_of_another) {
                self.turned_back.note(&outside_id);
            }
            if is_unanswered && !is_exact {
                let organization_id = self.owner(wanted.answerer);
                let next = self.fallback_for(wanted.answerer, &outside_id, wanted.account);
                warn!(%outside_id, %organization_id, "no agent profile answers a call: the caller goes to the fallback");
                self.unanswered.note(outside_id, next);
            }
        }
        admitted
    }

    fn admit_as(
        &mut self,
        outside_id: OutsideId,
        announced: Option<Announcement>,
        CallRequest { answerer, admission, account, tools }: CallRequest<'_>,
    ) -> Result<CallId, Refused> {
        let caller = announced.as_ref().map(CallerSaid::from).unwrap_or_default();
        let profile = self.for_call(self.answerer(answerer).ok_or(Refused::NoProfile)?, caller, tools);
        let organization_id = profile.organization_id;
        let identity = CallIdentity { organization_id, call_id: CallId(world::new_id()) };
        let mut policy = self.policy_at(organization_id, dialling::held(&outside_id, account));
        let page_ms = policy.page_return_ms;
        if outside_id.kind.is_visitor() && page_ms > policy.meet_timeout_ms {
            // A browser tries WebRTC for some seconds before it uses the socket.
            Arc::make_mut(&mut policy).meet_timeout_ms = page_ms;
        }
        let newcomer = Newcomer::of(organization_id, std::slice::from_ref(&outside_id)).answered_by(&profile);
        let fact = Fact::CallStarted {
            profile,
            policy,
            direction: Direction::Inbound,
            outside_ids: vec![outside_id.clone()],
            announced,
            dialled: None,
            begun: None,
        };
        let room = match self.room_for(admission, newcomer) {
            Ok(room) => room,
            Err(refused) => {
                warn!(%outside_id, reason = %refused, "a call was refused");
                let is_noted = admission != Admission::OrElse || !refused.is_for_want_of_room();
                if is_noted && self.refusals.note(&outside_id) {
                    self.journal_refusal(identity, fact, refused);
                }
                return Err(refused);
            }
        };
        self.begin(identity, fact, Some(outside_id), room);
        Ok(identity.call_id)
    }

    /// The same for a call that was not announced.
    fn admit_unasked(
        &mut self,
        outside_id: OutsideId,
        announced: Option<Announcement>,
    ) -> Result<CallId, Refused> {
        if self.turned_back.has(&outside_id) {
            return Err(Refused::NoProfile);
        }
        let usual = CallRequest {
            answerer: &Answerer::Named(None),
            admission: Admission::Usual,
            account: None,
            tools: &[],
        };
        self.admit(outside_id, announced, usual)
    }

    fn begin(
        &mut self,
        identity: CallIdentity,
        mut started: Fact,
        outside_id: Option<OutsideId>,
        room: Room,
    ) {
        self.settings.share(&mut started);
        let neighbours = Arc::clone(&self.neighbours);
        if let Some(call) = LiveCall::new(identity, Birth::New(Box::new(started)), neighbours) {
            self.start_call(identity, outside_id.into_iter().collect(), call, room);
        }
    }

    /// A refused call counts as a call, too: it gets its rows, and its dialplan the fallback.
    fn journal_refusal(&self, identity: CallIdentity, started: Fact, refused: Refused) {
        let cause = match refused {
            Refused::NoCapacity { .. }
            | Refused::ShareUsedUp { .. }
            | Refused::VisitorsShareUsedUp { .. }
            | Refused::KeptForFirst { .. } => HangupCause::no_capacity(),
            Refused::Draining => HangupCause::draining(),
            Refused::DailyCapReached => HangupCause::daily_cap(),
            Refused::JournalFull | Refused::NoProfile => return,
        };
        let next = if let Fact::CallStarted { policy, .. } = &started {
            policy.fallback()
        } else {
            NextStep::Hangup
        };
        let ended = Decision::Ended { ending: Ending { cause, by: HangupBy::Server }, next };
        let CallIdentity { organization_id, call_id } = identity;
        let at = self.neighbours.clock.now();
        let events = [Event::Fact(started), Event::Decision(ended)];
        let mut meter = CallMeter::new(self.neighbours.meters.clone());
        events.iter().for_each(|event| meter.take(at, event));
        let entries =
            (1..).zip(events).map(|(seq, event)| JournalEntry { organization_id, call_id, seq, at, event });
        self.neighbours.journal.do_send(Journal { entries: entries.collect() });
    }

    fn start_call(
        &mut self,
        identity: CallIdentity,
        outside_ids: Vec<OutsideId>,
        call: LiveCall,
        room: Room,
    ) {
        let CallIdentity { organization_id, call_id } = identity;
        let Some(arbiter) = self.least_busy() else {
            error!("there is no arbiter for calls");
            return;
        };
        for outside_id in &outside_ids {
            self.outside.insert(outside_id.clone(), call_id);
        }
        let (line, vitals) = (call.line(), call.vitals());
        let since = self.neighbours.clock.now();
        let entry = Entry {
            organization_id,
            line,
            outside_ids,
            server: None,
            since,
            arbiter,
            vitals,
            hangup: None,
            continues_alone: false,
            _room: room,
        };
        self.calls.insert(call_id, entry);
        self.start_actor(arbiter, Box::new(call));
    }

    /// If the arbiter has ended, the call comes back as one whose actor is gone.
    fn start_actor(&mut self, arbiter: usize, call: Box<LiveCall>) {
        let is_there =
            self.arbiters[arbiter].as_ref().is_some_and(|handle| CallActor::start_on(handle, call));
        if !is_there {
            self.arbiters[arbiter] = None;
        }
    }

    /// A call is gone. Everything that it had at desks ends, even if it could not report that.
    fn is_gone(&mut self, organization_id: OrganizationId, call_id: CallId) {
        self.neighbours.router.tell(RouterNotice::CallGone { organization_id, call_id });
        self.forget(call_id);
    }

    fn forget(&mut self, call_id: CallId) {
        if let Some(entry) = self.calls.remove(&call_id) {
            for outside_id in entry.outside_ids {
                // A name that another call has taken since then stays with that call; otherwise its caller would not be found.
                if self.outside.get(&outside_id) == Some(&call_id) {
                    self.outside.remove(&outside_id);
                }
            }
            self.phones.retain(|_, (of, _)| *of != call_id);
        }
        self.notify_waiting();
    }

    /// The running arbiter with the fewest calls.
    fn least_busy(&self) -> Option<usize> {
        let mut calls_on = vec![0; self.arbiters.len()];
        for entry in self.calls.values() {
            calls_on[entry.arbiter] += 1;
        }
        let are_there = (0..calls_on.len()).filter(|&arbiter| self.arbiters[arbiter].is_some());
        are_there.min_by_key(|&arbiter| calls_on[arbiter])
    }

    fn find(&self, call: &CallRef) -> Option<&Entry> {
        self.calls.get(&self.id_of(call)?)
    }

    fn id_of(&self, call: &CallRef) -> Option<CallId> {
        match call {
            CallRef::Id(id) => Some(*id).filter(|id| self.calls.contains_key(id)),
            CallRef::Outside(outside_id) => self.outside.get(outside_id).copied(),
        }
    }

    /// Gives a call another name, for a dialplan that made a new UUID for the same caller.
    fn add_name(&mut self, call_id: CallId, outside_id: &OutsideId) {
        if let Some(entry) = self.calls.get_mut(&call_id) {
            if !entry.outside_ids.contains(outside_id) {
                entry.outside_ids.push(outside_id.clone());
                entry.line.fact(Fact::OutsideIdAdded { outside_id: outside_id.clone() });
            }
            self.outside.insert(outside_id.clone(), call_id);
        }
    }

    fn notify_all(&self, fact: &Fact) {
        for entry in self.calls.values() {
            entry.line.fact(fact.clone());
        }
    }
}

impl fmt::Debug for RegistryActor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryActor")
            .field("calls", &self.calls.len())
            .field("restarts", &self.restarts)
            .finish()
    }
}
