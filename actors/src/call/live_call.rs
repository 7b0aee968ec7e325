//! A whole call: its machine, mailbox, legs and assistant, and its decisions that are not carried out yet. Each part
//! has its own file, with the functions that use it.
//!
//! The call is moved as a whole from an actor that died to the next one. So it contains nothing that a move could
//! break: no future, no timer, no address of the actor. A decision is taken off its list before it is carried out. If
//! an actor dies in the middle of it, the rest is left to the next actor, and nothing is done twice.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use cordboard_schema::dialplan::NextStep;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::ids::CallId;
use cordboard_schema::time::UnixMs;
use tracing::{Span, error_span};

use super::actor::{Birth, CallIdentity};
use super::agenda::Agenda;
use super::assistants::Assistants;
use super::channel::CallerChannel;
use super::controls::ControlLinks;
use super::fact_rate::FactRate;
use super::legs::CallLegs;
use super::neighbours::Neighbours;
use super::next_steps::NextSteps;
use super::phones::CalledPhones;
use super::rebirth::Supervision;
use super::record::CallRecord;
use super::wind_up::WindUp;
use crate::line::{CallLine, CallMailbox};
use crate::live_count::Live;
use crate::panic_text::panic_text;
use crate::vitals::CallVitals;
use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;

/// A call of this node, with everything that belongs to it.
pub struct LiveCall {
    pub(super) identity: CallIdentity,
    pub(super) neighbours: Arc<Neighbours>,
    /// The state after the last step that did not fail.
    pub(super) machine: Machine,
    /// Waiting facts and effects.
    pub(super) agenda: Agenda,
    /// The line to the call, for everything that reports to it.
    pub(super) line: CallLine,
    pub(super) mailbox: CallMailbox,
    /// Limits the events that others report.
    pub(super) fact_rate: FactRate,
    /// Connections with audio, and legs that are made here.
    pub(super) legs: CallLegs,
    /// Connections by which the caller's switch is controlled.
    pub(super) controls: ControlLinks,
    /// The caller's channel, and the switch that has it.
    pub(super) channel: CallerChannel,
    /// Phones that a switch calls for the call.
    pub(super) phones: CalledPhones,
    pub(super) assistants: Assistants,
    /// Questions of dialplans and switches.
    pub(super) next_steps: NextSteps,
    /// The things that its end waits for.
    pub(super) wind_up: WindUp,
    /// Deaths and panics.
    pub(super) supervision: Supervision,
    /// An administrator's view.
    pub(super) vitals: Arc<CallVitals>,
    /// Journal, log, meter and traces.
    pub(super) record: CallRecord,
    pub(super) span: Span,
    /// The call counts as live until this is dropped.
    _live: Live,
}

impl LiveCall {
    /// Creates a call that begins or is resumed. `None` if the first fact does not begin a call.
    pub(crate) fn new(identity: CallIdentity, birth: Birth, neighbours: Arc<Neighbours>) -> Option<Self> {
        // At the highest level, so that no log setting removes the id from its lines.
        let span = error_span!("call", call_id = %identity.call_id);
        let now = neighbours.clock.now();
        let (mut outside_ids, mut first_announced, mut recording_end) = (Vec::new(), None, None);
        let meters = neighbours.meters.clone();
        let (machine, first_fact, record) = match birth {
            Birth::New(fact) => {
                let Fact::CallStarted { profile, policy, announced, outside_ids: names, .. } = &*fact else {
                    return None;
                };
                outside_ids.clone_from(names);
                first_announced.clone_from(announced);
                let machine = Machine::new(profile.clone(), policy.clone(), announced.is_some(), now);
                (machine, *fact, CallRecord::begin(meters))
            }
            Birth::Found(found) => {
                let found = *found;
                recording_end = found.recording_end();
                outside_ids = found.outside_ids;
                let record = CallRecord::go_on(found.newest_seq, found.log, found.caller_page, meters);
                let away_ms = Some(now.ms_since(found.newest_at));
                let restarted = Fact::ServerRestarted { recorded_ms: found.recorded_ms, away_ms };
                (found.machine, restarted, record)
            }
        };
        let (line, mailbox) = CallLine::open();
        let live = neighbours.ledger.calls.one_more();
        let mut call = Self {
            identity,
            neighbours,
            machine,
            agenda: Agenda::begin(first_fact),
            line,
            mailbox,
            fact_rate: FactRate::default(),
            legs: CallLegs::default(),
            controls: ControlLinks::default(),
            channel: CallerChannel::default(),
            phones: CalledPhones::default(),
            assistants: Assistants::default(),
            next_steps: NextSteps::default(),
            wind_up: WindUp::default(),
            supervision: Supervision::default(),
            vitals: Arc::default(),
            record,
            span,
            _live: live,
        };
        call.wind_up.recording_left(recording_end);
        call.find_channel(&outside_ids);
        call.await_dialled();
        first_announced.iter().for_each(|announcement| call.channel.hear_announcement(announcement));
        Some(call)
    }

    pub(crate) fn id(&self) -> CallId {
        self.identity.call_id
    }

    /// Whether the call sends its channel to nothing more, as far as it has decided.
    pub(crate) fn hangs_up(&self) -> bool {
        *self.machine.next_step() == NextStep::Hangup
    }

    /// Whether the call is over, and its caller's channel as well.
    pub(crate) fn has_ended_with_channel(&self) -> bool {
        self.machine.has_ended_with_channel()
    }

    /// The line to this call.
    pub(crate) fn line(&self) -> CallLine {
        self.line.clone()
    }

    pub(crate) fn vitals(&self) -> Arc<CallVitals> {
        Arc::clone(&self.vitals)
    }

    /// Hands the machine a fact, and does everything that follows from it.
    pub(super) fn handle_fact(&mut self, fact: Fact) {
        self.agenda.add(fact);
        self.supervision.is_on_agenda();
        self.work();
    }

    /// An actor begins: it first does everything that the previous one has left, then handles the message at which that one died.
    pub(super) fn go_on(&mut self) {
        self.work();
        if let Some(message) = self.supervision.take_left() {
            self.take_in(message);
        }
    }

    /// Handles one fact, then all its effects, then the next fact: the facts that the effects produced.
    pub(super) fn work(&mut self) {
        loop {
            if self.agenda.has_effects() {
                #[cfg(feature = "fault-injection")]
                crate::fault::strike(crate::fault::Fault::PanicInCall);
            }
            if let Some(effect) = self.agenda.next_effect() {
                self.try_out(effect);
            } else if let Some(fact) = self.agenda.next_fact() {
                self.supervision.begins(fact.kind());
                self.decide(fact);
            } else if let Some(end) = self.left_recording_end() {
                self.agenda.add(end);
            } else {
                break;
            }
        }
        self.supervision.survived();
        if self.machine.has_ended() {
            self.wind_up.begin();
        }
    }

    /// The end of the recording that a dead process has left open, once the call has ended and nobody has continued it.
    fn left_recording_end(&mut self) -> Option<Fact> {
        if self.machine.has_ended() { self.wind_up.take_left_recording() } else { None }
    }

    /// The first ring of supervision: the machine decides on a copy, so that a panic leaves the state as it was. The
    /// fact and the decisions are journalled before any effect runs.
    fn decide(&mut self, fact: Fact) {
        let now = self.neighbours.clock.now();
        let kind = fact.kind();
        let panics = self.supervision.step_begins();
        let mut machine = self.machine.clone();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(feature = "fault-injection")]
            crate::fault::strike_step(&fact);
            let effects = machine.apply(&fact, now);
            (machine, effects)
        }));
        self.supervision.stepped(decided.is_err());
        match decided {
            Ok((machine, effects)) => {
                let mut events = vec![Event::Fact(fact)];
                let mut to_do = VecDeque::new();
                for effect in effects {
                    match effect {
                        Effect::Note(decision) => events.push(Event::Decision(decision)),
                        effect => to_do.push_back(effect),
                    }
                }
                self.journal(now, events);
                self.machine = machine;
                self.agenda.order(to_do);
            }
            Err(panic) => {
                let message = panic_text(panic.as_ref()).to_owned();
                let panicked = Fact::StepPanicked { fact: kind.to_owned(), message };
                self.step_panicked(fact, panicked, panics);
            }
        }
        self.show_caller();
        self.vitals.stepped(kind, now, self.machine.state());
        self.report_alone();
    }

    pub(super) fn journal(&mut self, at: UnixMs, events: Vec<Event>) {
        let journal = self.record.enter(self.identity, at, events);
        self.neighbours.journal.do_send(journal);
    }

    /// Time until the machine's next deadline.
    pub(super) fn next_deadline_in(&self) -> Option<Duration> {
        let deadline = self.machine.next_deadline()?;
        let wait = Duration::from_millis(deadline.ms_since(self.neighbours.clock.now()));
        Some(wait.max(self.supervision.step_pause()))
    }
}

impl fmt::Debug for LiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCall")
            .field("identity", &self.identity)
            .field("seq", &self.record.newest_seq())
            .finish()
    }
}
