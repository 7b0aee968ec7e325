//! The `CallActor`: the one owner of a call. It hands what happens to the machine and carries out what the machine
//! wants; it decides nothing.
//!
//! ```text
//! RegistryActor ── starts ──> CallActor ── starts ──> AudioSocketActor (the caller's leg)
//!                                       └─ starts ──> RealtimeAiActor (the assistant's leg)
//! ```
//! Legs and assistant end with the call: a call that is over releases them, and the actor goes only when every leg
//! has reported its end, the recording is closed and the journal is on disk, or when the time for that is up.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Recipient, SpawnHandle};
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::LegKind;
use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Event, Fact, JournalEntry};
use cordboard_schema::ids::{CallId, LegId, OrganizationId, OutsideId};
use cordboard_schema::time::UnixMs;
use tokio::sync::oneshot;
use tracing::{Span, error, info_span, warn};

use super::effect::Effect;
use super::log::log;
use super::machine::Machine;
use super::neighbours::Neighbours;
use crate::media::port::{Port, unplug};
use crate::messages::{
    AssistantOrder, AudioConnection, CallLine, CallOver, Command, Journal, StoreFault, ToCall, ToLeg,
};
use crate::panic_text::panic_text;

/// How long a call that has ended waits for its legs, its recording and its last work: a leg drains for 1 s, the store
/// may take 5 s to keep a message. With the 2 s of the commit it is less than the 10 s in which nothing may outlive a call.
const WIND_UP: Duration = Duration::from_secs(7);
/// How long a step that panicked at a deadline is waited with: the deadline still stands, and would panic at once again.
const STEP_RETRY: Duration = Duration::from_secs(1);

/// A call's place in the world.
#[derive(Clone, Copy, Debug)]
pub struct CallIdentity {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Its id.
    pub call_id: CallId,
}

/// How a call comes to be.
#[derive(Debug)]
pub enum Birth {
    /// It is new; the fact is `call_started`.
    New(Box<Fact>),
    /// It was found open in the store after its process died.
    Found(FoundCall),
}

/// What a process that died has left of a call.
#[derive(Debug)]
pub struct FoundCall {
    /// Its journal.
    pub entries: Vec<JournalEntry>,
    /// Milliseconds in its recording, where there is one that can be read.
    pub recorded_ms: Option<u64>,
}

/// The actor of one call.
pub struct CallActor {
    pub(super) identity: CallIdentity,
    pub(super) neighbours: Neighbours,
    pub(super) machine: Machine,
    /// What is told to the machine as soon as the actor runs.
    first_facts: VecDeque<Fact>,
    /// Number of the newest journal entry.
    seq: u64,
    pub(super) line: Option<CallLine>,
    /// Connections that the machine has not judged yet.
    pub(super) arrivals: HashMap<LegId, AudioConnection>,
    pub(super) legs: HashMap<LegId, Leg>,
    pub(super) assistant: Option<AssistantLeg>,
    pub(super) next_asked: Vec<oneshot::Sender<Result<NextStep, StoreFault>>>,
    pub(super) recordings_open: usize,
    timer: Option<SpawnHandle>,
    /// The last step panicked.
    step_failed: bool,
    winding_up: bool,
    /// Only the commit is waited for.
    gone: bool,
    span: Span,
}

/// An audio connection of the call.
pub(super) struct Leg {
    pub(super) recipient: Recipient<ToLeg>,
    /// Where its audio is, once it has joined.
    pub(super) media: Option<(Port, SampleRate)>,
}

/// The assistant of the call.
pub(super) struct AssistantLeg {
    pub(super) leg: LegId,
    pub(super) recipient: Recipient<AssistantOrder>,
    pub(super) port: Port,
}

impl CallActor {
    /// The actor of a call that begins, or goes on. `None` where a found journal can't be folded.
    pub fn new(identity: CallIdentity, birth: Birth, neighbours: Neighbours) -> Option<Self> {
        let span = info_span!("call", call_id = %identity.call_id);
        let now = neighbours.clock.now();
        let (machine, first_facts, seq) = match birth {
            Birth::New(fact) => {
                let Fact::CallStarted { profile, policy, announced, .. } = &*fact else { return None };
                let machine = Machine::new(profile.clone(), policy.clone(), announced.is_some(), now);
                (machine, VecDeque::from([*fact]), 0)
            }
            Birth::Found(FoundCall { entries, recorded_ms }) => {
                let machine = match Machine::fold(&entries) {
                    Ok(machine) => machine,
                    Err(error) => {
                        span.in_scope(|| error!(%error, "the call can't be resumed"));
                        return None;
                    }
                };
                let seq = entries.last().map_or(0, |entry| entry.seq);
                let first = VecDeque::from([Fact::ServerRestarted { recorded_ms }]);
                (machine, first, seq)
            }
        };
        Some(Self {
            identity,
            neighbours,
            machine,
            first_facts,
            seq,
            line: None,
            arrivals: HashMap::new(),
            legs: HashMap::new(),
            assistant: None,
            next_asked: Vec::new(),
            recordings_open: 0,
            timer: None,
            step_failed: false,
            winding_up: false,
            gone: false,
            span,
        })
    }

    /// One input, then all its effects, then the next input: those facts that the effects made.
    fn step(&mut self, fact: Fact, ctx: &mut Context<Self>) {
        let mut facts = VecDeque::from([fact]);
        while let Some(fact) = facts.pop_front() {
            let effects = self.decide(fact);
            for effect in effects {
                let name = effect.name();
                let done = catch_unwind(AssertUnwindSafe(|| self.carry_out(effect, &mut facts, ctx)));
                if let Err(panic) = done {
                    let reason = panic_text(panic.as_ref()).to_owned();
                    facts.push_back(Fact::EffectFailed { effect: name.to_owned(), reason });
                }
            }
        }
        self.wind_timer(ctx);
        if self.machine.has_ended() {
            self.wind_up(ctx);
        }
    }

    /// The first ring of supervision: the machine decides on a copy, so that a panic leaves the state as it was.
    /// The fact and the decisions are journalled before any effect runs.
    fn decide(&mut self, fact: Fact) -> Vec<Effect> {
        let now = self.neighbours.clock.now();
        let mut machine = self.machine.clone();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike(crate::fault::Fault::PanicInStep);
            let effects = machine.apply(&fact, now);
            (machine, effects)
        }));
        self.step_failed = decided.is_err();
        match decided {
            Ok((machine, effects)) => {
                self.machine = machine;
                let mut events = vec![Event::Fact(fact)];
                let mut to_do = Vec::new();
                for effect in effects {
                    match effect {
                        Effect::Note(decision) => events.push(Event::Decision(decision)),
                        effect => to_do.push(effect),
                    }
                }
                self.journal(now, events);
                to_do
            }
            Err(panic) => {
                let message = panic_text(panic.as_ref()).to_owned();
                let fact = fact.kind().to_owned();
                self.journal(now, vec![Event::Fact(Fact::StepPanicked { fact, message })]);
                Vec::new()
            }
        }
    }

    fn journal(&mut self, at: UnixMs, events: Vec<Event>) {
        let CallIdentity { organization_id, call_id } = self.identity;
        let entries: Vec<JournalEntry> = events
            .into_iter()
            .map(|event| {
                log(&event);
                self.seq += 1;
                JournalEntry { organization_id, call_id, seq: self.seq, at, event }
            })
            .collect();
        self.neighbours.journal.do_send(Journal { entries });
    }

    /// One timer, at the machine's next deadline.
    fn wind_timer(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        if let Some(deadline) = self.machine.next_deadline() {
            let least = if self.step_failed { STEP_RETRY } else { Duration::ZERO };
            let wait = Duration::from_millis(deadline.ms_since(self.neighbours.clock.now())).max(least);
            self.timer = Some(ctx.run_later(wait, |call, ctx| {
                call.timer = None;
                call.told(Fact::DeadlinePassed, ctx);
            }));
        }
    }

    /// The call has ended: it goes when nothing of it is left, or when the time for that is up.
    fn wind_up(&mut self, ctx: &mut Context<Self>) {
        if !self.winding_up {
            self.winding_up = true;
            ctx.run_later(WIND_UP, |call, ctx| {
                if !call.gone {
                    let (legs, recordings) = (call.legs.len(), call.recordings_open);
                    warn!(legs, recordings, "the call goes although parts of it have not reported their end");
                    call.go(ctx);
                }
            });
        }
        if self.machine.is_over() && self.legs.is_empty() && self.recordings_open == 0 {
            self.go(ctx);
        }
    }

    /// Leaves once the journal is on disk; a store that does not answer is not waited for, it keeps the rows.
    fn go(&mut self, ctx: &mut Context<Self>) {
        if self.gone {
            return;
        }
        self.gone = true;
        let committed = self.committed();
        let stored = async move {
            if committed.await.is_err() {
                warn!("the end of the call is not stored yet");
            }
        };
        ctx.spawn(actix::fut::wrap_future::<_, Self>(stored).map(|(), _, ctx| ctx.stop()));
    }

    pub(super) fn told(&mut self, fact: Fact, ctx: &mut Context<Self>) {
        let span = self.span.clone();
        span.in_scope(|| self.step(fact, ctx));
    }
}

impl Actor for CallActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.line = Some(CallLine::new(ctx.address().recipient()));
        while let Some(fact) = self.first_facts.pop_front() {
            self.told(fact, ctx);
        }
    }
}

impl Drop for CallActor {
    /// However the actor ends, the registry learns of it here, and only here.
    fn drop(&mut self) {
        self.neighbours.registry.do_send(CallOver(self.identity.call_id));
    }
}

impl Handler<ToCall> for CallActor {
    type Result = ();

    fn handle(&mut self, message: ToCall, ctx: &mut Context<Self>) {
        match message {
            ToCall::Fact(fact) => {
                self.keep_in_mind(&fact, ctx);
                self.told(fact, ctx);
            }
            ToCall::AudioArrived(connection) => {
                let leg = self.machine.next_leg();
                let outside_id = OutsideId::audiosocket(connection.uuid);
                self.arrivals.insert(leg, connection);
                self.told(Fact::LegArrived { leg, leg_kind: LegKind::Audiosocket, outside_id }, ctx);
                // A step that panicked has neither taken it nor refused it.
                self.refuse_arrival(leg);
            }
            ToCall::LegJoined { leg, leg_kind, rate, port } => {
                if let Some(known) = self.legs.get_mut(&leg) {
                    known.media = Some((port, rate));
                    self.told(Fact::LegJoined { leg, leg_kind, rate }, ctx);
                }
            }
            ToCall::Command { command, reply } => {
                let admitted = self.machine.admits(&command);
                // A program that no longer waits has asked all the same.
                let _ = reply.send(admitted);
                if admitted.is_ok() {
                    let fact = match command {
                        Command::Say(text) => Fact::SayAsked { text },
                        Command::SendDtmf(digits) => Fact::DtmfAsked { digits },
                    };
                    self.told(fact, ctx);
                }
            }
            ToCall::NextAsked { reply } => {
                self.next_asked.push(reply);
                self.told(Fact::NextAsked, ctx);
            }
        }
    }
}

impl CallActor {
    /// Keeps what effects will need of a fact, besides what the machine makes of it.
    fn keep_in_mind(&mut self, fact: &Fact, ctx: &mut Context<Self>) {
        match fact {
            Fact::LegLeft { leg, .. } => self.let_go(*leg, ctx),
            Fact::AssistantFailed { leg, .. } => self.hear_out(*leg, ctx),
            Fact::RecordingFinished { .. } => self.recordings_open = self.recordings_open.saturating_sub(1),
            _ => {}
        }
    }

    /// A leg is gone: first the machine is told what was heard on it, then the leg that left is forgotten.
    fn let_go(&mut self, leg: LegId, ctx: &mut Context<Self>) {
        let Some(Leg { media: Some((port, _)), .. }) = self.legs.remove(&leg) else { return };
        let heard = self.assistant.as_ref().map(|assistant| unplug(&assistant.port.mouth, &port.ear));
        for played in heard.into_iter().flatten() {
            self.told(played.into(), ctx);
        }
    }
}
