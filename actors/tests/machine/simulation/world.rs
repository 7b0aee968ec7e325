//! The world round a call: everything that its effects start, and everything that happens to it, in order of time.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_actors::call::effect::Effect;
use cordboard_actors::call::machine::Machine;
use cordboard_actors::messages::AssistantOrder;
use cordboard_schema::audio::SampleRate;
use cordboard_schema::call::{LegEnd, LegKind};
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::ids::{EffectId, ItemId, LegId};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::assistant::Assistant;
use super::caller::Caller;
use super::ear::{Ear, Heard};
use super::faults::Faults;
use crate::rehearsal::{Folding, Rehearsal, START, Setting, outside_id};
use crate::show::Played;

/// No call has more happenings than this.
const HAPPENINGS_MAX: usize = 20_000;
/// A message is under way to a mailbox for no longer than this.
const POST_MS_MAX: u64 = 3;
/// What a process that dies has not written yet is no older than this.
const UNWRITTEN_MS_MAX: u64 = 200;
/// What is told to a call that is over is told within this time.
const LATE_MS_MAX: u64 = 5_000;

/// Who tells the call something. Facts of one sender arrive in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    Leg,
    Assistant,
    Dialplan,
    Registry,
    Recorder,
    Store,
}

/// Something that will happen.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A fact reaches the mailbox of the call, if the process in which it was told still lives.
    Told(u32, Fact),
    /// An order reaches the assistant.
    Ordered(u32, LegId, AssistantOrder),
    /// An utterance is heard to its end.
    EarFinishes,
    /// The switch connects.
    Dials,
    /// A connection that was taken becomes a leg.
    Joins(LegId),
    AssistantConnects(LegId),
    CallerActs,
    SpeechNoticed(usize, u64),
    SpeechEnds(usize),
    SpeechIsOver(usize),
    DialplanAsks,
    ProcessStarts,
}

pub struct World {
    pub faults: Faults,
    pub random: StdRng,
    pub call: Rehearsal,
    pub caller: Caller,
    pub assistant: Option<Assistant>,
    pub is_up: bool,
    /// Where in the journal the call was told of each speech that counts.
    pub speeches_heard: BTreeSet<usize>,
    /// How much of which utterance reached the caller.
    pub items_heard: Vec<(ItemId, u64)>,
    pub printed: Played,
    ear: Option<Ear>,
    /// The number of the process that carries the call.
    process: u32,
    happenings: BTreeMap<(UnixMs, u64), Happening>,
    happenings_numbered: u64,
    posted: BTreeMap<Sender, UnixMs>,
    /// Entries of the journal that are on disk.
    committed: usize,
}

impl World {
    pub fn new(faults: Faults, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let setting = Setting { announced: random.random_bool(0.5), ..Setting::default() };
        let call = Rehearsal::begin(setting, Folding::Never);
        let mut world = Self {
            faults,
            random,
            call,
            caller: Caller::default(),
            assistant: None,
            is_up: true,
            speeches_heard: BTreeSet::new(),
            items_heard: Vec::new(),
            printed: Played::default(),
            ear: None,
            process: 0,
            happenings: BTreeMap::new(),
            happenings_numbered: 0,
            posted: BTreeMap::new(),
            committed: 0,
        };
        let dials_after_ms = world.random.random_range(0..1_000);
        world.later(dials_after_ms, Happening::Dials);
        world.later(dials_after_ms, Happening::CallerActs);
        world
    }

    /// Plays the call to its end, and what is still told afterwards.
    pub fn run(&mut self) {
        for _ in 0..HAPPENINGS_MAX {
            if self.is_up && self.call.machine.is_over() {
                return self.tell_the_rest();
            }
            if !self.next() {
                break;
            }
        }
        // Nothing happens any more but time.
        self.call.let_time_end_it();
    }

    fn next(&mut self) -> bool {
        let happening = self.happenings.keys().next().copied();
        let deadline = self.call.machine.next_deadline().filter(|_| self.is_up);
        match (happening, deadline) {
            (Some((at, _)), Some(deadline)) if deadline <= at => self.pass(deadline),
            (None, Some(deadline)) => self.pass(deadline),
            (Some((at, _)), _) => {
                self.call.now = self.call.now.max(at);
                if let Some((_, happening)) = self.happenings.pop_first() {
                    self.happen(happening);
                }
            }
            (None, None) => return false,
        }
        true
    }

    fn pass(&mut self, deadline: UnixMs) {
        self.call.now = self.call.now.max(deadline);
        self.tell(Fact::DeadlinePassed);
    }

    fn tell_the_rest(&mut self) {
        let until = self.call.now + LATE_MS_MAX;
        while let Some(((at, _), happening)) = self.happenings.pop_first().filter(|((at, _), _)| *at <= until)
        {
            if let Happening::Told(..) = happening {
                self.call.now = self.call.now.max(at);
                self.happen(happening);
            }
        }
        self.call.let_time_end_it();
    }

    fn happen(&mut self, happening: Happening) {
        if self.is_up && !self.call.machine.has_ended() && self.goes_wrong(self.faults.dies) {
            self.process_dies();
        }
        if self.is_up && self.goes_wrong(self.faults.ended_from_outside) {
            self.ended_from_outside();
        }
        match happening {
            Happening::Told(process, fact) if process == self.process => self.tell(fact),
            Happening::Ordered(process, leg, order) if process == self.process => {
                self.assistant_is_told(leg, &order);
            }
            Happening::Told(..) | Happening::Ordered(..) => {}
            Happening::EarFinishes => self.ear_hears(),
            Happening::Dials => self.switch_dials(),
            Happening::Joins(leg) => self.leg_joins(leg),
            Happening::AssistantConnects(leg) => self.assistant_connects(leg),
            Happening::CallerActs => self.caller_acts(),
            Happening::SpeechNoticed(speech, speech_ms) => self.speech_is_noticed(speech, speech_ms),
            Happening::SpeechEnds(speech) => {
                self.caller.speaking.take_if(|speaking| *speaking == speech);
            }
            Happening::SpeechIsOver(speech) => self.speech_is_over(speech),
            Happening::DialplanAsks => self.dialplan_asks(),
            Happening::ProcessStarts => self.process_starts(),
        }
    }

    pub fn later(&mut self, ms: u64, happening: Happening) {
        self.happenings_numbered += 1;
        self.happenings.insert((self.call.now + ms, self.happenings_numbered), happening);
    }

    /// Sends the call a fact; it arrives a little later, behind those of the same sender.
    pub fn post(&mut self, sender: Sender, fact: Fact) {
        let arrives = self.call.now + self.random.random_range(0..=POST_MS_MAX);
        let behind = self.posted.get(&sender).copied().unwrap_or(arrives);
        let at = arrives.max(behind);
        self.posted.insert(sender, at);
        self.later(at.ms_since(self.call.now), Happening::Told(self.process, fact));
    }

    /// Whether a fault that comes in so many of a thousand cases comes now.
    pub fn goes_wrong(&mut self, of_thousand: u32) -> bool {
        of_thousand > 0 && self.random.random_range(0..1_000) < of_thousand
    }

    pub fn is_plugged(&self) -> bool {
        self.ear.is_some()
    }

    pub fn asks_unanswered(&self) -> usize {
        if self.caller.gone { 0 } else { self.caller.asking }
    }

    fn tell(&mut self, fact: Fact) {
        let mut facts = vec![fact];
        while !facts.is_empty() {
            let fact = facts.remove(0);
            if fact == Fact::SpeechStarted && self.call.machine.caller().is_some() {
                self.speeches_heard.insert(self.call.entries.len());
            }
            let effects = self.call.tell(fact.clone());
            self.printed.add(self.call.now, &fact, &effects);
            for effect in effects {
                facts.extend(self.carry_out(effect));
            }
        }
    }

    /// Does what the machine wants. What is known at once comes back as facts, as in the actor.
    fn carry_out(&mut self, effect: Effect) -> Vec<Fact> {
        match effect {
            Effect::StartLeg(leg) => self.leg_starts(leg),
            Effect::RefuseLeg(leg) => {
                self.caller.leg.take_if(|dialled| *dialled == leg);
                self.later(20, Happening::DialplanAsks);
            }
            Effect::StartRecording(_) => self.recording_starts(),
            Effect::StartAssistant(leg) => self.assistant_starts(leg),
            Effect::Assistant(order) => {
                let leg = self.call.assistant();
                let process = self.process;
                self.later(0, Happening::Ordered(process, leg, order));
            }
            Effect::Plug(cord) => {
                if Some(cord.to) == self.call.machine.caller() {
                    self.ear = Some(Ear::new(cord, self.call.now));
                }
            }
            Effect::Unplug(cord) => {
                let ear = self.ear.take_if(|ear| ear.cord == cord);
                return ear.map(|mut ear| self.cleared(&mut ear)).unwrap_or_default();
            }
            Effect::Clear(cord) => {
                let Some(mut ear) = self.ear.take_if(|ear| ear.cord == cord) else { return Vec::new() };
                let facts = self.cleared(&mut ear);
                self.ear = Some(ear);
                return facts;
            }
            Effect::ReleaseLeg(leg) => self.leg_is_released(leg),
            Effect::SaveMessage { effect, .. } => self.message_is_saved(effect),
            Effect::AnswerNext(next) => {
                self.committed = self.call.entries.len();
                self.dialplan_is_answered(&next);
            }
            Effect::Note(_) => {}
        }
        Vec::new()
    }

    fn switch_dials(&mut self) {
        if self.caller.gone || self.caller.leg.is_some() {
            return;
        }
        if !self.is_up {
            return self.dialplan_redials();
        }
        let leg = self.call.machine.next_leg();
        self.caller.leg = Some(leg);
        let outside_id = outside_id();
        self.tell(Fact::LegArrived { leg, leg_kind: LegKind::Audiosocket, outside_id });
    }

    fn leg_starts(&mut self, leg: LegId) {
        if self.goes_wrong(self.faults.breaks_early) {
            let how = if self.random.random_bool(0.8) { LegEnd::Broken } else { LegEnd::Closed };
            self.leg_ends(how);
        } else {
            let joins_after_ms = self.random.random_range(0..220);
            self.later(joins_after_ms, Happening::Joins(leg));
        }
    }

    fn leg_joins(&mut self, leg: LegId) {
        if self.caller.leg == Some(leg) {
            self.caller.is_through = true;
            let rate = SampleRate::HZ_8000;
            self.post(Sender::Leg, Fact::LegJoined { leg, leg_kind: LegKind::Audiosocket, rate });
        }
    }

    fn leg_is_released(&mut self, leg: LegId) {
        if self.caller.leg == Some(leg) {
            self.leg_ends(LegEnd::Released);
        } else {
            self.post(Sender::Leg, Fact::LegLeft { leg, how: LegEnd::Released });
        }
    }

    fn recording_starts(&mut self) {
        if self.goes_wrong(self.faults.unrecorded) {
            self.post(Sender::Recorder, Fact::RecordingFailed { reason: "no space left".to_owned() });
        } else {
            let offset_ms = self.call.now.ms_since(START);
            self.post(Sender::Recorder, Fact::RecordingStarted { offset_ms });
        }
    }

    fn message_is_saved(&mut self, effect: EffectId) {
        if self.goes_wrong(self.faults.store_silent) {
            return;
        }
        let outcome = if self.goes_wrong(self.faults.store_refuses) {
            ToolOutcome::Failed { reason: "the database refused".to_owned() }
        } else {
            ToolOutcome::Done { note: "kept".to_owned() }
        };
        self.post(Sender::Store, Fact::ToolDone { effect, outcome });
    }

    /// Gives the caller's ear an utterance; says whether there is one.
    pub fn give_ear(&mut self, item: ItemId, audio_ms: u64) -> bool {
        self.ear_hears();
        let now = self.call.now;
        let Some(ear) = &mut self.ear else { return false };
        ear.give(item, audio_ms, now);
        self.wake_with_the_ear();
        true
    }

    fn ear_hears(&mut self) {
        let now = self.call.now;
        let finished = self.ear.as_mut().map(|ear| ear.hear(now)).unwrap_or_default();
        for heard in finished {
            let fact = self.heard(heard);
            self.post(Sender::Leg, fact);
        }
        self.wake_with_the_ear();
    }

    fn wake_with_the_ear(&mut self) {
        if let Some(end) = self.ear.as_ref().and_then(Ear::next_end) {
            self.later(end.ms_since(self.call.now), Happening::EarFinishes);
        }
    }

    fn cleared(&mut self, ear: &mut Ear) -> Vec<Fact> {
        let now = self.call.now;
        for heard in ear.hear(now) {
            let fact = self.heard(heard);
            self.post(Sender::Leg, fact);
        }
        ear.clear(now).into_iter().map(|heard| self.heard(heard)).collect()
    }

    fn heard(&mut self, Heard { item, heard_ms, end, .. }: Heard) -> Fact {
        self.items_heard.push((item, heard_ms));
        Fact::PlayedUntil { item, heard_ms, end }
    }

    /// The process dies: its parts are gone, and of its journal the steps that were not written yet.
    fn process_dies(&mut self) {
        let unwritten_since = self.call.now - UNWRITTEN_MS_MAX;
        let steps = (self.committed.max(1)..=self.call.entries.len()).filter(|&at| {
            let next = self.call.entries.get(at);
            next.is_none_or(|next| next.at >= unwritten_since && matches!(next.event, Event::Fact(_)))
        });
        let steps: Vec<usize> = steps.collect();
        let kept = steps[self.random.random_range(0..steps.len())];
        self.call.forget_from(kept);
        self.speeches_heard.retain(|at| *at < kept);
        self.is_up = false;
        self.process += 1;
        self.posted.clear();
        self.assistant = None;
        self.ear = None;
        self.caller.hears_nothing_more();
        let away_ms = self.random.random_range(500..40_000);
        self.later(away_ms, Happening::ProcessStarts);
        let redials_after_ms = self.random.random_range(0..500);
        self.later(redials_after_ms, Happening::DialplanAsks);
    }

    fn process_starts(&mut self) {
        self.is_up = true;
        self.call.machine = Machine::fold(&self.call.entries).unwrap();
        self.committed = self.call.entries.len();
        if !self.call.machine.has_ended() {
            self.tell(Fact::ServerRestarted { recorded_ms: None });
        }
    }
}
