//! The world around a call: everything that its effects start, and everything that happens to it, ordered by time.

use std::collections::{BTreeMap, BTreeSet};

use cordboard_call::AssistantOrder;
use cordboard_call::machine::Machine;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::ids::{ItemId, LegId};
use cordboard_schema::outbound::OnVoicemail;
use cordboard_schema::time::UnixMs;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::assistant::Assistant;
use super::caller::Caller;
use super::ear::Ear;
use super::faults::Faults;
use crate::rehearsal::{Folding, Rehearsal, Setting};
use crate::show::Played;

/// The most events that a call may have.
const HAPPENINGS_MAX: usize = 20_000;
/// The most further facts that one fact may lead to at once.
const FACTS_AT_ONCE_MAX: usize = 1_000;
/// How long a message may be on its way to a mailbox, in ms.
const POST_MS_MAX: u64 = 3;
/// The greatest age of events that a dying process has not written yet, in ms.
const UNWRITTEN_MS_MAX: u64 = 200;
/// How long late facts may still reach a call that is over, in ms.
const LATE_MS_MAX: u64 = 5_000;

/// A sender of facts to the call. Facts of one sender arrive in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sender {
    Leg,
    Assistant,
    Candidate,
    Dialplan,
    Registry,
    Recorder,
    Store,
    Switch,
}

/// Something that will happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A fact reaches the call's mailbox, if the process to which it is reported is still alive.
    Reported(u32, Fact),
    /// An order reaches the assistant.
    Ordered(u32, LegId, AssistantOrder),
    /// An utterance is heard to its end.
    EarFinishes,
    /// The switch connects.
    Dials,
    /// The party that we call answers.
    Answers,
    /// A connection that was accepted becomes a leg.
    Joins(LegId),
    AssistantConnects(LegId),
    CallerActs,
    SpeechNoticed(usize, u64),
    SpeechEnds(usize),
    SpeechIsOver(usize),
    DialplanAsks,
    ProcessStarts,
}

pub(crate) struct World {
    pub(crate) faults: Faults,
    pub(crate) random: StdRng,
    pub(crate) call: Rehearsal,
    pub(crate) caller: Caller,
    pub(crate) assistant: Option<Assistant>,
    /// The assistant that is tried alongside.
    pub(crate) candidate: Option<LegId>,
    pub(crate) is_up: bool,
    /// The place in the journal of the report of each speech that counts.
    pub(crate) speeches_heard: BTreeSet<usize>,
    /// How much of each utterance reached the caller.
    pub(crate) items_heard: Vec<(ItemId, u64)>,
    /// How many answers the assistants reported usage for.
    pub(crate) answers_used: u64,
    pub(crate) printed: Played,
    /// How often the switch was ordered to call, by all processes together.
    pub(crate) dialled: u32,
    pub(super) ear: Option<Ear>,
    /// The number of the process that has the call.
    pub(super) process: u32,
    happenings: BTreeMap<(UnixMs, u64), Happening>,
    happenings_numbered: u64,
    posted: BTreeMap<Sender, UnixMs>,
    /// How many entries of the journal are on disk.
    pub(super) committed: usize,
}

impl World {
    pub(crate) fn new(faults: Faults, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut setting = Setting { announced: random.random_bool(0.5), ..Setting::default() };
        setting.policy.standby_assistant = random.random_bool(0.5);
        setting.price();
        let is_ours = random.random_bool(0.3);
        setting.outbound = is_ours.then_some(OnVoicemail::Talk);
        setting.chain(random.random_range(0..=4));
        let call = Rehearsal::begin(setting, Folding::Never);
        let mut world = Self {
            faults,
            random,
            call,
            caller: Caller::default(),
            assistant: None,
            candidate: None,
            is_up: true,
            speeches_heard: BTreeSet::new(),
            items_heard: Vec::new(),
            answers_used: 0,
            printed: Played::default(),
            dialled: 0,
            ear: None,
            process: 0,
            happenings: BTreeMap::new(),
            happenings_numbered: 0,
            posted: BTreeMap::new(),
            committed: 0,
        };
        if is_ours {
            world.attempt_is_recorded();
            return world;
        }
        let dials_after_ms = world.random.random_range(0..1_000);
        world.later(dials_after_ms, Happening::Dials);
        world.later(dials_after_ms, Happening::CallerActs);
        world
    }

    /// Plays the call to its end, including late reports.
    pub(crate) fn run(&mut self) {
        for _ in 0..HAPPENINGS_MAX {
            if self.is_up && self.call.machine.is_over() {
                return self.tell_the_rest();
            }
            if !self.next() {
                break;
            }
        }
        // Only time passes from now on.
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
        let mut told = 0;
        while let Some(((at, _), happening)) = self.happenings.pop_first().filter(|((at, _), _)| *at <= until)
        {
            told += 1;
            assert!(told <= HAPPENINGS_MAX, "a call that is over leads to more for ever: {happening:?}");
            if let Happening::Reported(..) = happening {
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
            Happening::Reported(process, fact) if process == self.process => self.tell(fact),
            Happening::Ordered(process, leg, order) if process == self.process => {
                self.assistant_is_told(leg, &order);
            }
            Happening::Reported(..) | Happening::Ordered(..) => {}
            Happening::EarFinishes => self.ear_hears(),
            Happening::Dials => self.switch_dials(),
            Happening::Answers => self.callee_answers(),
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

    pub(crate) fn later(&mut self, ms: u64, happening: Happening) {
        self.happenings_numbered += 1;
        self.happenings.insert((self.call.now + ms, self.happenings_numbered), happening);
    }

    /// Sends the call a fact. It arrives a little later, after those of the same sender.
    pub(crate) fn post(&mut self, sender: Sender, fact: Fact) {
        let arrives = self.call.now + self.random.random_range(0..=POST_MS_MAX);
        let latest = self.posted.get(&sender).copied().unwrap_or(arrives);
        let at = arrives.max(latest);
        self.posted.insert(sender, at);
        self.later(at.ms_since(self.call.now), Happening::Reported(self.process, fact));
    }

    /// Whether a fault that occurs in this many of a thousand cases occurs now.
    pub(crate) fn goes_wrong(&mut self, of_thousand: u32) -> bool {
        of_thousand > 0 && self.random.random_range(0..1_000) < of_thousand
    }

    pub(crate) fn is_plugged(&self) -> bool {
        self.ear.is_some()
    }

    pub(crate) fn asks_unanswered(&self) -> usize {
        if self.caller.gone { 0 } else { self.caller.asking }
    }

    pub(super) fn tell(&mut self, fact: Fact) {
        // Like the actor: how much of an assistant's words was heard is reported before its failure.
        let mut facts = self.heard_before(&fact);
        facts.push(fact);
        let mut told = 0;
        while !facts.is_empty() {
            let fact = facts.remove(0);
            told += 1;
            assert!(told <= FACTS_AT_ONCE_MAX, "a fact leads to more for ever: {fact:?}");
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

    /// The process dies. Its parts are gone, and so are the steps of its journal that were not written yet.
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
        self.candidate = None;
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
            self.tell(Fact::ServerRestarted { recorded_ms: None, away_ms: None });
        }
    }
}
