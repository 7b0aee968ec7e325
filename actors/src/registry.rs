//! The `RegistryActor`: starts calls, finds them by id and by what the outside calls them, and admits no more than
//! there is room for. It knows who is there; what a call does, only the call knows.

mod refusals;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, Addr, ArbiterHandle, AsyncContext, Context, Handler, Recipient, ResponseFuture,
    WrapFuture,
};
use cordboard_schema::call::{CallPolicy, CallState, Direction, Ending, HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Announcement, Decision, Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, OutsideId};
use cordboard_schema::profile::AgentProfile;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{error, info, warn};
use uuid::Uuid;

use self::refusals::Refusals;
use crate::call::actor::{Birth, CallActor, CallIdentity, FoundCall};
use crate::call::neighbours::Neighbours;
use crate::live_count::Alive;
use crate::messages::{
    AskActors, AskJournalHealth, AskNext, AudioArrived, AudioConnection, CallLine, CallOver, CallRef, Census,
    CommandRefused, CountCalls, Drain, EndCall, Expect, Instruct, Journal, JournalHealth, LoadProfiles,
    NextFault, NoSuchCall, Refused, StopNow, StoreFault, ToCall,
};
use crate::vitals::{ActorTree, CallShown, RegistryShown};

/// How often profiles are read again and the journal's health is asked for.
const STORE_LOOK: Duration = Duration::from_secs(2);
/// How long a dialplan's question may be under way in a call: 1 s for the leg's end, 2 s for the commit, and some.
const NEXT_WAIT: Duration = Duration::from_secs(4);

/// What the registry is started with.
pub struct RegistrySettings {
    /// The most calls at a time (`calls.max`).
    pub calls_max: usize,
    /// What every call's machine decides by.
    pub policy: Arc<CallPolicy>,
    /// Name of the profile that answers calls which name none (`audiosocket.default_profile`).
    pub default_profile: Option<String>,
    /// The profiles of the store, read at the start.
    pub profiles: Vec<AgentProfile>,
    /// Where calls live, one per core.
    pub arbiters: Vec<ArbiterHandle>,
    /// What calls own, counted.
    pub alive: Alive,
    /// Reads profiles again.
    pub load_profiles: Recipient<LoadProfiles>,
    /// Says whether the journal keeps up.
    pub journal_health: Recipient<AskJournalHealth>,
    /// Makes the neighbours of a call, once the registry's own address is known.
    pub neighbours: Box<dyn FnOnce(Recipient<CallOver>) -> Neighbours + Send>,
    /// Calls that were open when the last process died.
    pub open_calls: Vec<FoundCall>,
}

/// The actor that knows every call of a node.
pub struct RegistryActor {
    calls_max: usize,
    policy: Arc<CallPolicy>,
    default_profile: Option<String>,
    profiles: Vec<Arc<AgentProfile>>,
    arbiters: Vec<ArbiterHandle>,
    alive: Alive,
    load_profiles: Recipient<LoadProfiles>,
    journal_health: Recipient<AskJournalHealth>,
    neighbours: Neighbours,
    open_calls: Vec<FoundCall>,
    calls: HashMap<CallId, Entry>,
    outside: HashMap<OutsideId, CallId>,
    draining: bool,
    journal_full: bool,
    refusals: Refusals,
    /// Who waits for the last call to be over.
    emptied: Vec<oneshot::Sender<()>>,
}

/// What the registry knows of a call.
struct Entry {
    line: CallLine,
    outside_ids: Vec<OutsideId>,
    arbiter: usize,
}

impl RegistryActor {
    /// Starts the registry on the current arbiter. Calls that were found open are resumed before any message comes in.
    pub fn start(settings: RegistrySettings) -> Addr<Self> {
        Self::create(|ctx| {
            let neighbours = (settings.neighbours)(ctx.address().recipient());
            Self {
                calls_max: settings.calls_max,
                policy: settings.policy,
                default_profile: settings.default_profile,
                profiles: settings.profiles.into_iter().map(Arc::new).collect(),
                arbiters: settings.arbiters,
                alive: settings.alive,
                load_profiles: settings.load_profiles,
                journal_health: settings.journal_health,
                neighbours,
                open_calls: settings.open_calls,
                calls: HashMap::new(),
                outside: HashMap::new(),
                draining: false,
                journal_full: false,
                refusals: Refusals::default(),
                emptied: Vec::new(),
            }
        })
    }

    fn resume_open_calls(&mut self) {
        for found in std::mem::take(&mut self.open_calls) {
            let entries = &found.entries;
            let Some(first) = entries.first() else { continue };
            let identity = CallIdentity { organization_id: first.organization_id, call_id: first.call_id };
            let outside_ids = outside_ids_in(entries);
            let newest_seq = entries.last().map_or(0, |entry| entry.seq);
            info!(call_id = %identity.call_id, "resuming a call that a process left open");
            match CallActor::new(identity, Birth::Found(found), self.neighbours.clone()) {
                Some(call) => self.start_call(identity, outside_ids, call),
                None => self.journal_loss(identity, newest_seq),
            }
        }
    }

    /// A call that can't be resumed has ended all the same.
    fn journal_loss(&self, identity: CallIdentity, newest_seq: u64) {
        let CallIdentity { organization_id, call_id } = identity;
        let ending = Ending { cause: HangupCause::server_restart(), by: HangupBy::Server };
        let event = Event::Decision(Decision::Ended { ending, next: NextStep::Hangup });
        let at = self.neighbours.clock.now();
        let entry = JournalEntry { organization_id, call_id, seq: newest_seq + 1, at, event };
        self.neighbours.journal.do_send(Journal { entries: vec![entry] });
    }

    /// Admits a new call and starts it, or says why not. One actor decides, one message at a time: never one too many.
    fn admit(&mut self, outside_id: OutsideId, announced: Option<Announcement>) -> Result<CallId, Refused> {
        let profile = self.profile().ok_or(Refused::NoProfile)?;
        let organization_id = profile.organization_id;
        let identity = CallIdentity { organization_id, call_id: CallId(Uuid::now_v7()) };
        let fact = Fact::CallStarted {
            profile,
            policy: self.policy.clone(),
            direction: Direction::Inbound,
            outside_ids: vec![outside_id.clone()],
            announced,
        };
        if let Err(refused) = self.room() {
            warn!(%outside_id, reason = %refused, "a call was refused");
            if self.refusals.note(&outside_id) {
                self.journal_refusal(identity, fact, refused);
            }
            return Err(refused);
        }
        if let Some(call) = CallActor::new(identity, Birth::New(Box::new(fact)), self.neighbours.clone()) {
            self.start_call(identity, vec![outside_id], call);
        }
        Ok(identity.call_id)
    }

    fn room(&self) -> Result<(), Refused> {
        if self.draining {
            Err(Refused::Draining)
        } else if self.journal_full {
            Err(Refused::JournalFull)
        } else if self.calls.len() >= self.calls_max {
            Err(Refused::NoCapacity { max: self.calls_max })
        } else {
            Ok(())
        }
    }

    /// A refused call is a caller too: it gets its rows, and its dialplan the fallback.
    fn journal_refusal(&self, identity: CallIdentity, started: Fact, refused: Refused) {
        let cause = match refused {
            Refused::NoCapacity { .. } => HangupCause::no_capacity(),
            Refused::Draining => HangupCause::draining(),
            Refused::JournalFull | Refused::NoProfile => return,
        };
        let ended =
            Decision::Ended { ending: Ending { cause, by: HangupBy::Server }, next: self.policy.fallback() };
        let CallIdentity { organization_id, call_id } = identity;
        let at = self.neighbours.clock.now();
        let events = [Event::Fact(started), Event::Decision(ended)];
        let entries =
            (1..).zip(events).map(|(seq, event)| JournalEntry { organization_id, call_id, seq, at, event });
        self.neighbours.journal.do_send(Journal { entries: entries.collect() });
    }

    fn profile(&self) -> Option<Arc<AgentProfile>> {
        match &self.default_profile {
            Some(name) => self.profiles.iter().find(|profile| profile.name == *name).cloned(),
            None => self.profiles.first().cloned(),
        }
    }

    fn start_call(&mut self, identity: CallIdentity, outside_ids: Vec<OutsideId>, call: CallActor) {
        let Some(arbiter) = self.least_busy() else {
            error!("there is no arbiter for calls");
            return;
        };
        let line = CallLine::new(CallActor::start_in_arbiter(&self.arbiters[arbiter], |_| call).recipient());
        for outside_id in &outside_ids {
            self.outside.insert(outside_id.clone(), identity.call_id);
        }
        self.calls.insert(identity.call_id, Entry { line, outside_ids, arbiter });
    }

    /// The arbiter with the fewest calls.
    fn least_busy(&self) -> Option<usize> {
        let mut calls_on = vec![0; self.arbiters.len()];
        for entry in self.calls.values() {
            calls_on[entry.arbiter] += 1;
        }
        (0..calls_on.len()).min_by_key(|&arbiter| calls_on[arbiter])
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

    /// Gives a call one more name, as a dialplan does that made a new UUID for the same caller.
    fn add_name(&mut self, call_id: CallId, outside_id: &OutsideId) {
        if let Some(entry) = self.calls.get_mut(&call_id) {
            if !entry.outside_ids.contains(outside_id) {
                entry.outside_ids.push(outside_id.clone());
                entry.line.fact(Fact::OutsideIdAdded { outside_id: outside_id.clone() });
            }
            self.outside.insert(outside_id.clone(), call_id);
        }
    }

    fn tell_all(&self, fact: &Fact) {
        for entry in self.calls.values() {
            entry.line.fact(fact.clone());
        }
    }

    /// Resolves when no call is left.
    fn emptied(&mut self) -> ResponseFuture<()> {
        let (sender, receiver) = oneshot::channel();
        if self.calls.is_empty() {
            let _ = sender.send(());
        } else {
            self.emptied.push(sender);
        }
        Box::pin(async move {
            let _ = receiver.await;
        })
    }

    fn look_at_store(&mut self, ctx: &mut Context<Self>) {
        let profiles = self.load_profiles.send(LoadProfiles);
        let health = self.journal_health.send(AskJournalHealth);
        let look = async move { (timeout(STORE_LOOK, profiles).await, timeout(STORE_LOOK, health).await) };
        ctx.spawn(look.into_actor(self).map(|(profiles, health), registry, ctx| {
            // A store that does not answer changes nothing: calls go on with the profiles that are known.
            if let Ok(Ok(Ok(profiles))) = profiles {
                registry.profiles = profiles.into_iter().map(Arc::new).collect();
            }
            if let Ok(Ok(JournalHealth { waiting, waiting_max, .. })) = health {
                registry.journal_full = waiting >= waiting_max;
            }
            ctx.run_later(STORE_LOOK, Self::look_at_store);
        }));
    }
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.resume_open_calls();
        ctx.run_later(STORE_LOOK, Self::look_at_store);
    }
}

impl Handler<AudioArrived> for RegistryActor {
    type Result = ();

    fn handle(&mut self, AudioArrived(connection): AudioArrived, _: &mut Context<Self>) {
        let outside_id = OutsideId::audiosocket(connection.uuid);
        let known = self.outside.get(&outside_id).copied();
        match known.map_or_else(|| self.admit(outside_id, None), Ok) {
            Ok(call_id) => match self.calls.get(&call_id) {
                Some(entry) => entry.line.tell(ToCall::AudioArrived(connection)),
                None => self.neighbours.starts.refuse(connection),
            },
            Err(refused) => {
                let AudioConnection { peer, uuid, .. } = &connection;
                info!(%peer, %uuid, %refused, "an audio connection was refused");
                self.neighbours.starts.refuse(connection);
            }
        }
    }
}

impl Handler<Expect> for RegistryActor {
    type Result = Result<CallId, Refused>;

    fn handle(&mut self, expect: Expect, _: &mut Context<Self>) -> Self::Result {
        let Expect { outside_id, announcement, call } = expect;
        let known = self.outside.get(&outside_id).copied().or_else(|| self.id_of(call.as_ref()?));
        let Some(call_id) = known else { return self.admit(outside_id, Some(announcement)) };
        self.add_name(call_id, &outside_id);
        if let Some(entry) = self.calls.get(&call_id) {
            entry.line.fact(Fact::Announced { announcement });
        }
        Ok(call_id)
    }
}

impl Handler<AskNext> for RegistryActor {
    type Result = ResponseFuture<Result<NextStep, NextFault>>;

    fn handle(&mut self, AskNext(call): AskNext, _: &mut Context<Self>) -> Self::Result {
        let Some(entry) = self.find(&call) else { return Box::pin(async { Err(NextFault::NoSuchCall) }) };
        let (reply, answer) = oneshot::channel();
        entry.line.tell(ToCall::NextAsked { reply });
        Box::pin(async move {
            match timeout(NEXT_WAIT, answer).await {
                Ok(Ok(answer)) => Ok(answer?),
                // The call went while it was asked: what it decided is in the store.
                Ok(Err(_)) => Err(NextFault::NoSuchCall),
                Err(_) => Err(NextFault::NotStored(StoreFault::TimedOut)),
            }
        })
    }
}

impl Handler<Instruct> for RegistryActor {
    type Result = ResponseFuture<Result<(), CommandRefused>>;

    fn handle(&mut self, Instruct { call_id, command }: Instruct, _: &mut Context<Self>) -> Self::Result {
        let Some(entry) = self.calls.get(&call_id) else {
            return Box::pin(async { Err(CommandRefused::NoSuchCall) });
        };
        let (reply, answer) = oneshot::channel();
        entry.line.tell(ToCall::Command { command, reply });
        // A call that went while it was asked is over.
        Box::pin(async move { answer.await.unwrap_or(Err(CommandRefused::NoSuchCall)) })
    }
}

impl Handler<EndCall> for RegistryActor {
    type Result = Result<(), NoSuchCall>;

    fn handle(&mut self, EndCall { call_id, by, cause }: EndCall, _: &mut Context<Self>) -> Self::Result {
        let entry = self.calls.get(&call_id).ok_or(NoSuchCall)?;
        entry.line.fact(Fact::Hangup { by, cause });
        Ok(())
    }
}

impl Handler<CallOver> for RegistryActor {
    type Result = ();

    fn handle(&mut self, CallOver(call_id): CallOver, _: &mut Context<Self>) {
        if let Some(entry) = self.calls.remove(&call_id) {
            for outside_id in entry.outside_ids {
                self.outside.remove(&outside_id);
            }
        }
        if self.calls.is_empty() {
            for waiting in self.emptied.drain(..) {
                let _ = waiting.send(());
            }
        }
    }
}

impl Handler<CountCalls> for RegistryActor {
    type Result = actix::MessageResult<CountCalls>;

    fn handle(&mut self, _: CountCalls, _: &mut Context<Self>) -> Self::Result {
        actix::MessageResult(Census {
            calls: self.calls.len(),
            calls_max: self.calls_max,
            legs: self.alive.legs.now(),
            assistants: self.alive.assistants.now(),
            refused: self.refusals.callers(),
            admitting: self.room().is_ok(),
        })
    }
}

impl Handler<AskActors> for RegistryActor {
    type Result = actix::MessageResult<AskActors>;

    fn handle(&mut self, _: AskActors, _: &mut Context<Self>) -> Self::Result {
        let shown = |(call_id, entry): (&CallId, &Entry)| CallShown {
            call_id: *call_id,
            arbiter: entry.arbiter,
            state: CallState::Live,
            mailbox: 0,
            restarts: 0,
            steps: 0,
            last_step: None,
            legs: Vec::new(),
            assistant: None,
        };
        let registry = RegistryShown { restarts: 0, mailbox: 0, since: self.neighbours.clock.now() };
        actix::MessageResult(ActorTree { registry, calls: self.calls.iter().map(shown).collect() })
    }
}

impl Handler<Drain> for RegistryActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Drain { timeout_ms }: Drain, ctx: &mut Context<Self>) -> Self::Result {
        self.draining = true;
        info!(calls = self.calls.len(), timeout_ms, "draining: no new calls");
        ctx.run_later(Duration::from_millis(timeout_ms), |registry, _| {
            registry.tell_all(&Fact::DrainExpired)
        });
        self.emptied()
    }
}

impl Handler<StopNow> for RegistryActor {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: StopNow, _: &mut Context<Self>) -> Self::Result {
        self.draining = true;
        self.tell_all(&Fact::ServerStopping);
        self.emptied()
    }
}

/// Every name that a journal gives its call.
fn outside_ids_in(entries: &[JournalEntry]) -> Vec<OutsideId> {
    let mut names = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Fact(Fact::CallStarted { outside_ids, .. }) => names.extend_from_slice(outside_ids),
            Event::Fact(Fact::OutsideIdAdded { outside_id }) => names.push(outside_id.clone()),
            _ => {}
        }
    }
    names
}
