//! Requests and reports to the registry. It never waits for a slow answer here: a task passes the answer on, and a
//! death of the registry does not affect it.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use cordboard_schema::call::{HangupBy, HangupCause};
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::Fact;
use cordboard_schema::ids::{CallId, EffectId, OrganizationId, OutsideId};
use cordboard_schema::limits::CALL_MAILBOX_MAX;
use cordboard_schema::profile::PublishedProfile;
use cordboard_schema::switch::SwitchKind;
use cordboard_schema::time::UnixMs;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::info;
use uuid::Uuid;

use super::{CallRequest, GoingDown, RegistryActor};
use crate::known::Unconfirmed;
use crate::legs::{AnnouncedCaller, AudioSource};
use crate::line::{NotAnswered, PendingRequest};
use crate::messages::{
    Admission, Answerer, Arrival, AskDocument, AskFallback, AskNext, AskOwner, AudioArrived, CallRef, Census,
    ChannelEnded, ChannelsSeen, CommandRefused, ControlArrived, Dialling, DocumentAnswer, EndCall, Expect,
    Instruct, JournalHealth, NameCall, NextFault, NoSuchCall, Refused, Spent, StoreFault, ToCall, ToRegistry,
    Unmatched,
};
use crate::switches::ControlSource;
use crate::vitals::{ActorTree, RegistryShown};

/// How long a dialplan's question may take in a call: 1 s for the leg's end, 2 s for the commit, and a margin.
const NEXT_WAIT: Duration = Duration::from_secs(4);

/// A call's answer, if it comes in time.
async fn in_time<T>(
    answer: impl Future<Output = Result<Result<T, StoreFault>, NotAnswered>>,
) -> Result<T, NextFault> {
    match timeout(NEXT_WAIT, answer).await {
        Ok(Ok(answer)) => answer.map_err(NextFault::NotStored),
        // The call ended while it was asked: its decision is in the store.
        Ok(Err(NotAnswered::Over)) => Err(NextFault::NoSuchCall),
        Ok(Err(NotAnswered::Busy)) => Err(NextFault::Busy),
        Err(_) => Err(NextFault::NotStored(StoreFault::TimedOut)),
    }
}

/// Whether a request ends a call only if nobody has answered.
fn is_taking_back(hangup: &Fact) -> bool {
    matches!(hangup, Fact::Hangup { cause, .. } if *cause == HangupCause::not_callable())
}

impl RegistryActor {
    /// Handles one message. A requester who no longer waits misses only the answer.
    pub(super) fn take(&mut self, message: ToRegistry) {
        let request = match message {
            ToRegistry::ActorGone(call) => {
                self.orphans.push(call);
                None
            }
            notice @ (ToRegistry::PhoneExpected { .. }
            | ToRegistry::PhoneGone { .. }
            | ToRegistry::ContinuesAlone { .. }
            | ToRegistry::DrainExpired) => {
                self.notices.push_back(notice);
                None
            }
            request => Some(request),
        };
        #[cfg(feature = "fault-injection")]
        crate::fault::strike(crate::fault::Fault::PanicInRegistry);
        self.catch_up();
        if let Some(request) = request {
            self.answer(request);
        }
    }

    /// Handles messages that would not be sent again, including those that a dead actor has left.
    pub(super) fn catch_up(&mut self) {
        self.restart_orphans();
        while let Some(notice) = self.notices.pop_front() {
            self.answer(notice);
        }
    }

    fn answer(&mut self, message: ToRegistry) {
        match message {
            ToRegistry::AudioArrived(PendingRequest { request: AudioArrived(audio), reply }) => {
                let _ = reply.send(self.audio_arrived(audio));
            }
            ToRegistry::ControlArrived(PendingRequest { request: ControlArrived(connection), reply }) => {
                self.control_arrived(connection);
                let _ = reply.send(());
            }
            ToRegistry::ChannelsSeen(PendingRequest { request, reply }) => {
                let _ = reply.send(self.unmatched(&request));
            }
            ToRegistry::Expect(PendingRequest { request, reply }) => {
                let _ = reply.send(self.expect(request));
            }
            ToRegistry::NameCall(PendingRequest { request, reply }) => {
                let _ = reply.send(self.name_call(&request));
            }
            ToRegistry::AskOwner(PendingRequest { request: AskOwner(call), reply }) => {
                let _ = reply.send(self.owner_of(&call));
            }
            ToRegistry::AskNext(PendingRequest { request, reply }) => self.ask_next(request, reply),
            ToRegistry::AskFallback(PendingRequest { request, reply }) => {
                let AskFallback { answerer, outside_id, account } = &request;
                let _ = reply.send(self.fallback_for(answerer, outside_id, account.as_ref()));
            }
            ToRegistry::AskDocument(PendingRequest { request, reply }) => self.ask_document(request, reply),
            ToRegistry::PlaceCall(PendingRequest { request, reply }) => {
                let _ = reply.send(self.place(request));
            }
            ToRegistry::CallColleague(PendingRequest { request, reply }) => {
                let _ = reply.send(self.call_colleague(request));
            }
            ToRegistry::EndCall(PendingRequest { request, reply }) => {
                let _ = reply.send(self.end_call(request));
            }
            ToRegistry::ChannelEnded(PendingRequest { request, reply }) => {
                let _ = reply.send(self.channel_ended(request));
            }
            ToRegistry::Instruct(PendingRequest { request, reply }) => self.instruct(request, reply),
            ToRegistry::CountCalls(PendingRequest { reply, .. }) => {
                let _ = reply.send(self.census());
            }
            ToRegistry::AskActors(PendingRequest { reply, .. }) => {
                let _ = reply.send(self.actors());
            }
            ToRegistry::Drain(PendingRequest { request, reply }) => self.drain(request, reply),
            ToRegistry::StopNow(PendingRequest { reply, .. }) => {
                self.go_down(GoingDown::Stopping);
                self.when_emptied(reply);
            }
            ToRegistry::PhoneExpected { call_id, ringing, channel } => {
                // Whichever switch it comes from.
                let names = SwitchKind::ALL.map(|kind| kind.outside_id(channel));
                self.phones.extend(names.map(|name| (name, (call_id, ringing))));
            }
            ToRegistry::PhoneGone { call_id, ringing } => {
                self.phones.retain(|_, of| *of != (call_id, ringing));
            }
            ToRegistry::ContinuesAlone { call_id, is_so } => self.continues_alone(call_id, is_so),
            ToRegistry::DrainExpired => self.go_down(GoingDown::DrainExpired),
            ToRegistry::ActorGone(call) => {
                self.orphans.push(call);
                self.restart_orphans();
            }
            ToRegistry::ReloadSettings(PendingRequest { reply, .. }) => {
                // Dropped if the task is gone: the requester learns that.
                let _ = self.reload_requests.send(reply);
            }
            ToRegistry::StoreSeen { profiles, dialling, dialled, health, spent, awaited } => {
                self.store_seen(profiles, dialling, dialled, health, spent);
                for reply in awaited {
                    let _ = reply.send(());
                }
            }
        }
    }

    /// A store that does not answer changes nothing: calls go on with the known profiles. A sender that has sent a
    /// newer state meanwhile no longer waits for this confirmation.
    fn store_seen(
        &mut self,
        profiles: Option<Unconfirmed<Vec<PublishedProfile>>>,
        dialling: Option<Unconfirmed<BTreeMap<OrganizationId, Dialling>>>,
        dialled: Option<(UnixMs, BTreeMap<OrganizationId, u64>)>,
        health: Option<JournalHealth>,
        spent: Option<Spent>,
    ) {
        if let Some(Unconfirmed { found, taken }) = profiles {
            self.profiles = found;
            let _ = taken.send(());
        }
        if let Some(Unconfirmed { found, taken }) = dialling {
            self.dialling_is(found);
            let _ = taken.send(());
        }
        if let Some((day, dialled)) = dialled {
            self.dialled_is(day, dialled);
        }
        if let Some(JournalHealth { waiting, waiting_max, .. }) = health {
            self.journal_full = waiting >= waiting_max;
        }
        if let (Some(spending), Some(spent)) = (&mut self.spending, spent) {
            spending.seen(spent);
        }
    }

    /// Audio of any kind: of a phone that a call has rung, of an existing call, or of a call that begins with it.
    fn audio_arrived(&mut self, mut audio: Box<dyn AudioSource>) -> Result<(), NoSuchCall> {
        let name = audio.outside_id();
        if let Some(caller) = audio.take_caller() {
            let AnnouncedCaller { announcement, profile } = *caller;
            // If the call is refused, its audio is refused below as well.
            let _ = self.expect(Expect {
                outside_id: name.clone(),
                announcement,
                call: None,
                profile: Answerer::Named(profile),
                admission: Admission::Usual,
                account: None,
                tools: Vec::new(),
            });
        }
        if let Some((entry, ringing)) = self.phone_named(&name) {
            entry.line.tell(ToCall::AudioArrived(Arrival::Audio { audio, ringing: Some(ringing) }));
            return Ok(());
        }
        let call_id = match self.id_of(&audio.call()) {
            None if self.has_ended(&name) => {
                info!(peer = %audio.peer(), %name, "audio came after the end of its call");
                None
            }
            None if audio.begins_calls() => self
                .admit_unasked(name.clone(), None)
                .inspect_err(|refused| info!(peer = %audio.peer(), %name, %refused, "audio was refused"))
                .ok(),
            None => {
                info!(peer = %audio.peer(), %name, "audio was refused: no call waits for it");
                None
            }
            known => known,
        };
        match call_id.and_then(|call_id| self.calls.get(&call_id)) {
            Some(entry) => {
                entry.line.tell(ToCall::AudioArrived(Arrival::Audio { audio, ringing: None }));
                Ok(())
            }
            None => {
                audio.refuse();
                Err(NoSuchCall)
            }
        }
    }

    /// Whether a channel has ended with its call. If a slow switch brings its control or audio after that, they begin
    /// no new call.
    fn has_ended(&self, channel: &OutsideId) -> bool {
        self.placed.is_hung_up(channel) || self.ended_channels.has(channel)
    }

    /// The call that has rung the phone of this name, and its ringing.
    fn phone_named(&self, name: &OutsideId) -> Option<(&super::Entry, EffectId)> {
        let (call_id, ringing) = self.phones.get(name)?;
        Some((self.calls.get(call_id)?, *ringing))
    }

    fn control_arrived(&mut self, connection: Box<dyn ControlSource>) {
        let outside_id = connection.seen().switch.outside_id(connection.channel());
        let known = self.outside.get(&outside_id).copied();
        if known.is_none() && self.has_ended(&outside_id) {
            let channel = connection.channel();
            info!(%channel, "a control connection came after the end of its call");
            return connection.refuse(NextStep::Hangup);
        }
        let announced = Some(connection.announcement().clone());
        match known.map_or_else(|| self.admit_unasked(outside_id.clone(), announced), Ok) {
            Ok(call_id) => match self.calls.get_mut(&call_id) {
                Some(entry) => {
                    entry.server = connection.server().map(str::to_owned).or(entry.server.take());
                    entry.line.tell(ToCall::ControlArrived(connection));
                }
                None => connection.refuse(NextStep::Again),
            },
            Err(refused) => {
                let (peer, channel) = (connection.peer(), connection.channel());
                info!(%peer, %channel, %refused, "a control connection was refused");
                let instead = self.unanswered.next_of(&outside_id).cloned();
                connection.refuse(instead.unwrap_or_else(|| self.fallback()));
            }
        }
    }

    /// Channels of a switch that don't match the present calls. A call that did not exist yet when the switch was
    /// asked is not missed.
    fn unmatched(&self, seen: &ChannelsSeen) -> Unmatched {
        // Calls and channels are many, so each is looked up in a set.
        let there: HashSet<&Uuid> = seen.channels.iter().collect();
        let is_there = |channel: &Uuid| there.contains(channel);
        let is_ours = |channel: &Uuid| {
            let name = seen.kind.outside_id(*channel);
            self.outside.contains_key(&name) || self.phones.contains_key(&name)
        };
        let unknown = seen.channels.iter().copied().filter(|channel| !is_ours(channel)).collect();
        let held_there = self.calls.values().filter(|entry| {
            let is_on_it = entry.server.as_ref().is_none_or(|server| *server == seen.server);
            is_on_it && entry.since < seen.asked_at
        });
        let channels =
            held_there.flat_map(|entry| entry.outside_ids.iter().filter_map(|name| seen.kind.channel(name)));
        let gone = channels.filter(|channel| !is_there(channel)).collect();
        Unmatched { gone, unknown }
    }

    fn expect(&mut self, expect: Expect) -> Result<CallId, Refused> {
        let Expect { outside_id, announcement, call, profile, admission, account, tools } = expect;
        let known = self.outside.get(&outside_id).copied().or_else(|| self.id_of(call.as_ref()?));
        let Some(call_id) = known else {
            let wanted =
                CallRequest { answerer: &profile, admission, account: account.as_ref(), tools: &tools };
            return self.admit(outside_id, Some(announcement), wanted);
        };
        self.add_name(call_id, &outside_id);
        if let Some(entry) = self.calls.get(&call_id) {
            entry.line.fact(Fact::Announced { announcement });
        }
        Ok(call_id)
    }

    fn owner_of(&self, call: &CallRef) -> Option<OrganizationId> {
        let of_phone = |name| self.phone_named(name).map(|(entry, _)| entry);
        let entry = self.find(call).or_else(|| match call {
            CallRef::Outside(name) => of_phone(name),
            CallRef::Id(_) => None,
        });
        entry.map(|entry| entry.organization_id)
    }

    fn name_call(&mut self, NameCall { call, outside_id }: &NameCall) -> Result<CallId, NoSuchCall> {
        if let CallRef::Outside(name) = call
            && let Some(of) = self.phones.get(name).copied()
        {
            // It is a phone's name, not one of the call's own.
            self.phones.insert(outside_id.clone(), of);
            return Ok(of.0);
        }
        let call_id = self.id_of(call).ok_or(NoSuchCall)?;
        self.add_name(call_id, outside_id);
        Ok(call_id)
    }

    fn ask_next(
        &self,
        AskNext { call, lacks }: AskNext,
        answered: oneshot::Sender<Result<NextStep, NextFault>>,
    ) {
        let Some(entry) = self.find(&call) else {
            let instead = match &call {
                CallRef::Outside(name) if !lacks => self.unanswered.next_of(name),
                _ => None,
            };
            let _ = answered.send(instead.cloned().ok_or(NextFault::NoSuchCall));
            return;
        };
        let line = entry.line.clone();
        actix_rt::spawn(async move {
            let answer = line.ask(|reply| ToCall::NextAsked { lacks, reply });
            let _ = answered.send(in_time(answer).await);
        });
    }

    fn ask_document(
        &self,
        AskDocument { call, question }: AskDocument,
        answered: oneshot::Sender<Result<DocumentAnswer, NextFault>>,
    ) {
        let id = self.id_of(&CallRef::Outside(call.clone()));
        let Some((id, entry)) = id.and_then(|id| Some((id, self.calls.get(&id)?))) else {
            let _ = answered.send(Err(NextFault::NoSuchCall));
            return;
        };
        let line = entry.line.clone();
        actix_rt::spawn(async move {
            let asked =
                |reply| ToCall::DocumentAsked { call: call.clone(), question: question.clone(), reply };
            let answer = in_time(line.ask(asked)).await;
            let _ = answered.send(answer.map(|step| DocumentAnswer { call: id, step }));
        });
    }

    fn instruct(
        &self,
        Instruct { organization_id, call_id, command }: Instruct,
        answered: oneshot::Sender<Result<(), CommandRefused>>,
    ) {
        let own = |entry: &&super::Entry| entry.organization_id == organization_id;
        let Some(entry) = self.calls.get(&call_id).filter(own) else {
            let _ = answered.send(Err(CommandRefused::NoSuchCall));
            return;
        };
        let line = entry.line.clone();
        actix_rt::spawn(async move {
            // The answer comes before the action: a call that died without an answer has not done it.
            let answer = line.ask(|reply| ToCall::Command { command: command.clone(), reply }).await;
            let _ = answered.send(answer.unwrap_or_else(|fault| {
                Err(match fault {
                    // A call that ended while it was asked is over.
                    NotAnswered::Over => CommandRefused::NoSuchCall,
                    NotAnswered::Busy => CommandRefused::Busy,
                })
            }));
        });
    }

    fn end_call(&mut self, request: EndCall) -> Result<(), NoSuchCall> {
        let EndCall { organization_id, call_id, by, cause } = request;
        let owner = self.calls.get(&call_id).ok_or(NoSuchCall)?.organization_id;
        if owner != organization_id {
            return Err(NoSuchCall);
        }
        self.hang_up(call_id, by, cause)
    }

    fn channel_ended(&mut self, ended: ChannelEnded) -> Result<(), NoSuchCall> {
        let ChannelEnded { outside_id, by, cause } = ended;
        let call_id = self.outside.get(&outside_id).copied().ok_or(NoSuchCall)?;
        self.hang_up(call_id, by, cause)
    }

    fn hang_up(&mut self, call_id: CallId, by: HangupBy, cause: HangupCause) -> Result<(), NoSuchCall> {
        let entry = self.calls.get_mut(&call_id).ok_or(NoSuchCall)?;
        let hangup = Fact::Hangup { by, cause };
        // The first request always finds room. A requester who asks again and again for the end of a stuck call does
        // not fill the memory.
        if entry.hangup.is_none() || entry.line.waiting() < CALL_MAILBOX_MAX {
            entry.line.fact(hangup.clone());
        }
        // A later request of another requester does not replace the first one. One that takes a call back counts only
        // until somebody answers.
        entry.hangup.take_if(|first| is_taking_back(first));
        entry.hangup.get_or_insert_with(|| Box::new(hangup));
        Ok(())
    }

    fn census(&self) -> Census {
        Census {
            calls: self.calls.len(),
            calls_max: self.rooms.calls_max(),
            legs: self.neighbours.ledger.legs(),
            assistants: self.neighbours.ledger.assistants.now(),
            refused: self.refusals.callers() + self.unanswered.callers(),
            admitting: self.admits_calls(),
        }
    }

    fn actors(&self) -> ActorTree {
        let registry =
            RegistryShown { restarts: self.restarts, mailbox: self.mailbox.len(), since: self.since };
        let shown =
            |(id, entry): (&CallId, &super::Entry)| entry.vitals.shown(*id, entry.arbiter, &entry.line);
        let mut calls: Vec<_> = self.calls.iter().map(shown).collect();
        calls.sort_by_key(|call| call.call_id);
        ActorTree { registry, calls }
    }
}
