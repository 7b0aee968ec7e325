//! The world around a call: the work that its effects start, and its events, ordered by time.

use std::collections::BTreeMap;

use cordboard_call::effect::Effect;
use cordboard_call::machine::Machine;
use cordboard_schema::event::Fact;
use cordboard_schema::switch::{
    AfterHandoff, AssistantInHandoff, FreeswitchAudio, FreeswitchMode, HandoffStyle,
};
use cordboard_schema::time::UnixMs;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::parties::Assistant;
use super::switch::{Doing, Switch};
use crate::rehearsal::{Folding, Rehearsal, Setting};
use crate::show::Played;

const HAPPENINGS_MAX: usize = 5_000;
/// How long late reports may still reach a call that is over, in ms.
const LATE_MS_MAX: u64 = 10_000;

/// Something that will happen.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A fact reaches the call, if the process to which it is reported is still alive.
    Reported(u32, Fact),
    /// The switch does something.
    Switch(Doing),
    /// The caller does something at random.
    CallerActs,
    AssistantActs,
    /// An utterance is heard to its end.
    Heard(u64),
    Break,
    ProcessStarts,
}

pub(super) struct World {
    pub(super) random: StdRng,
    pub(super) call: Rehearsal,
    pub(super) switch: Switch,
    pub(super) assistant: Assistant,
    pub(super) printed: Played,
    pub(super) ended_at: Option<UnixMs>,
    /// Whether a link led to the channel when the call ended.
    pub(super) had_link_at_end: bool,
    /// How frequent faults are, out of a thousand.
    pub(super) faults: u32,
    pub(super) process: u32,
    is_up: bool,
    happenings: BTreeMap<(UnixMs, u64), Happening>,
    numbered: u64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut setting = Setting::default();
        let mode = match random.random_range(0..10_u32) {
            0 => FreeswitchMode::Esl,
            1 => FreeswitchMode::Audio,
            _ => FreeswitchMode::Dual,
        };
        let audio = match random.random_bool(0.5) {
            true => FreeswitchAudio::Websocket,
            false => FreeswitchAudio::Unicast,
        };
        setting.freeswitch(mode, audio);
        setting.map("7 handoff operator");
        if random.random_bool(0.5) {
            setting.profile.after_handoff = AfterHandoff::Return;
        }
        if random.random_bool(0.5) {
            setting.profile.assistant_in_handoff = AssistantInHandoff::Kept;
            setting.profile.handoff_style = HandoffStyle::Warm;
        }
        setting.policy.standby_assistant = random.random_bool(0.5);
        // Drawn apart, so that calls without a notice are those of their seeds.
        if StdRng::seed_from_u64(!seed).random_bool(0.3) {
            setting.profile.notice = Some("This call is recorded.".to_owned());
        }
        let faults = if random.random_bool(0.3) { 0 } else { random.random_range(0..300) };
        let call = Rehearsal::begin(setting, Folding::Never);
        let mut world = Self {
            random,
            call,
            switch: Switch::default(),
            assistant: Assistant::default(),
            printed: Played::default(),
            ended_at: None,
            had_link_at_end: false,
            faults,
            process: 0,
            is_up: true,
            happenings: BTreeMap::new(),
            numbered: 0,
        };
        world.caller_calls(mode);
        world
    }

    pub(super) fn run(&mut self) {
        for _ in 0..HAPPENINGS_MAX {
            if self.is_up && self.call.machine.is_over() {
                return self.tell_the_rest();
            }
            if !self.next() {
                break;
            }
        }
        panic!("the call never ends: {:#?}", self.call.machine);
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

    /// Events that were under way when the call was over still happen.
    fn tell_the_rest(&mut self) {
        let until = self.call.now + LATE_MS_MAX;
        let mut told = 0;
        while let Some(((at, _), happening)) = self.happenings.pop_first().filter(|((at, _), _)| *at <= until)
        {
            told += 1;
            assert!(told <= HAPPENINGS_MAX, "a call that is over leads to more for ever: {happening:?}");
            self.call.now = self.call.now.max(at);
            if matches!(happening, Happening::Reported(..) | Happening::Switch(_)) {
                self.happen(happening);
            }
        }
        self.call.let_time_end_it();
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Reported(process, fact) if process == self.process && self.is_up => self.tell(fact),
            Happening::Reported(..) => {}
            Happening::Switch(doing) => self.switch_does(doing),
            Happening::CallerActs => self.caller_acts(),
            Happening::AssistantActs => self.assistant_acts(),
            Happening::Heard(utterance) => self.utterance_is_heard(utterance),
            Happening::Break => self.something_breaks(),
            Happening::ProcessStarts => self.process_starts(),
        }
    }

    pub(super) fn later(&mut self, ms: u64, happening: Happening) {
        self.numbered += 1;
        self.happenings.insert((self.call.now + ms, self.numbered), happening);
    }

    /// Has something happen within this many ms.
    pub(super) fn soon(&mut self, most_ms: u64, happening: Happening) {
        let ms = self.random.random_range(0..=most_ms);
        self.later(ms, happening);
    }

    pub(super) fn goes_wrong(&mut self) -> bool {
        self.faults > 0 && self.random.random_range(0..1_000) < self.faults
    }

    pub(super) fn is_served(&self) -> bool {
        self.is_up
    }

    pub(super) fn tell(&mut self, fact: Fact) {
        let had_link = self.call.machine.link().is_some();
        let effects = self.call.tell(fact.clone());
        self.printed.add(self.call.now, &fact, &effects);
        if self.call.machine.has_ended() && self.ended_at.is_none() {
            self.ended_at = Some(self.call.now);
            self.had_link_at_end = had_link;
        }
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::StartAssistant { leg, .. } => self.assistant_starts(leg),
            Effect::Assistant(order) => self.assistant_is_told(&order),
            Effect::Plug(cord) => self.assistant.is_heard |= Some(cord.from) == self.assistant.leg,
            Effect::Unplug(cord) | Effect::Clear(cord) if Some(cord.from) == self.assistant.leg => {
                self.utterance_is_cut();
                self.assistant.is_heard &= matches!(effect, Effect::Clear(_));
            }
            Effect::Note(_) | Effect::Unplug(_) | Effect::Clear(_) => {}
            other => self.switch_is_asked(other),
        }
    }

    /// The process dies, and the next one folds its journal. Its open resources are gone.
    pub(super) fn process_dies(&mut self) {
        self.is_up = false;
        self.process += 1;
        self.assistant = Assistant::default();
        self.switch.server_died();
        let away_ms = self.random.random_range(200..8_000);
        self.later(away_ms, Happening::ProcessStarts);
    }

    fn process_starts(&mut self) {
        self.is_up = true;
        self.call.machine = Machine::fold(&self.call.entries).unwrap();
        if !self.call.machine.has_ended() {
            self.tell(Fact::ServerRestarted { recorded_ms: None, away_ms: None });
        }
        self.soon(500, Happening::Switch(Doing::ComesInbound));
        self.soon(3_000, Happening::Switch(Doing::ComesOutbound));
    }
}
