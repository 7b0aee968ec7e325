//! A small language for calls: steps separated by semicolons. Each step is a fact, or time that passes.
//!
//! ```text
//! announced; connected; ready; says 1 greeting; +2s; speaks; cut 1 2s; spoken 1.2s; words hello; key 0; closed
//! ```
//! `says` is an utterance of 2 s with its text, `connected` a connection that arrives and joins, `twice` repeats the newest fact, `to the
//! end` lets only time pass, and `dead 5s` is time in which the machine is told nothing. `talking` and `after the tone` are calls that have
//! reached that point; their steps are not printed.
//!
//! The first steps may set how the call begins: `announced` or nothing, `insisting` (audio without an announcement is refused), `without
//! extensions`, `offering end_call`, `with stock` (a custom tool), `at most 60s`, `standing by` (the built-in assistant replaces one that
//! fails), `chain 3` (that many voices), `priced` (1,000 tokens cost 64,000 millionths), `dual unicast`, `audio`, `esl` (the caller is on
//! FreeSWITCH), `asterisk` (or on Asterisk, under our control), `twilio`, `reaching people` (its account can call people), `escalating
//! operator` (the business has named them; `escalating in hours operator`: on Fridays only), `admitting +1555*` (numbers), `elsewhere`
//! (another switch rings people), `returning`, `keeping` (after and during a hand-off), `dialling 1`, `mapping 12 repeat` (one more key
//! action), `noticing Words.` (callers hear these first), `reminding 5` (s until a silent caller is asked).
//!
//! The place to which a caller is to be sent exists (`place 1`, with a phone: `place 1 in_call`), does not exist (`lacks 1`), or is unknown
//! (`unseen 1`). The number is the transfer's.
//!
//! `candidate ready` and `candidate failed unreachable` are about the configured assistant that is tried while the standby serves.
//!
//! Facts about a channel: `control` (the next connection), `answered`, `stream` (its WebSocket), `inbound`, `lost`, `done 1`, `fails 1`,
//! `bridged`, `held`, `channel key 1`, `gone`, `bye`, `unrouted 2001` (it comes back by a new connection).
//!
//! The caller's profile is cached as soon as it is requested, unless a script begins with `caching slowly`. Then `cached 2` and `uncached
//! 2` report what became of it.
//!
//! A switch that serves the caller by documents `asks` with a request, as JSON.
//!
//! A call that we make begins with `calling` (mailboxes are talked to), `calling people` (they are hung up on) or `calling Words.` (this
//! message is left in them). `to support` after it connects a person who answers with that queue within 2 s. A call that an agent begins
//! starts with `begun` (it dials) or `begun bo` (a colleague's desk). Its facts are `on record`, `progress ringing`, `picked up`,
//! `unanswered busy`, `unwritten` (the record of the attempt), `by machine` (reported by the line), `sounds machine` (reported by our own
//! detector) and `tone`. `detecting own` sets who detects mailboxes.

mod facts;

use cordboard_call::effect::Effect;
use cordboard_schema::agent::BegunAtDesk;
use cordboard_schema::business::escalation::{EscalationHours, EscalationRules, Otherwise};
use cordboard_schema::call::Unannounced;
use cordboard_schema::custom_tool::OfferedTool;
use cordboard_schema::customer_profile::ProfileOutcome;
use cordboard_schema::event::{Event, Fact};
use cordboard_schema::ids::{CustomToolId, LegId};
use cordboard_schema::outbound::{OnVoicemail, ToQueue};
use cordboard_schema::switch::{
    AfterHandoff, AssistantInHandoff, FreeswitchAudio, FreeswitchMode, HandoffStyle,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::at_desks;
use crate::journals;
use crate::rehearsal::{DEADLINES_MAX, Folding, Rehearsal, Setting};
use crate::show::Played;

/// Plays a script, and prints each fact with its effects.
pub(crate) fn play(script: &str) -> String {
    let mut player = Player::new(script);
    while player.step() {}
    journals::record(script, &player.rehearsal.entries);
    player.printed.to_string()
}

/// Plays steps after a beginning that is not printed.
pub(crate) fn play_after(beginning: &str, steps: &str) -> String {
    let all = play(&format!("{beginning}; {steps}"));
    all.strip_prefix(&play(beginning)).unwrap().to_owned()
}

/// Plays a script, and returns the call as it is then.
pub(crate) fn call_after(script: &str) -> Rehearsal {
    let mut player = Player::new(script);
    while player.step() {}
    player.rehearsal
}

/// Beginnings that many scripts share, and that are not printed.
const BEGINNINGS: [(&str, &str); 2] = [
    ("talking", "connected; ready; says 1 greeting; +2s; played 1"),
    ("after the tone", "recording; key 1; says 2 message_intro; +2s; played 2"),
];

struct Player<'s> {
    rehearsal: Rehearsal,
    steps: Vec<&'s str>,
    printed: Played,
    /// The newest connection.
    leg: LegId,
    caches_at_once: bool,
}

impl<'s> Player<'s> {
    fn new(script: &'s str) -> Self {
        let mut steps: Vec<&str> = script.split(';').map(str::trim).filter(|step| !step.is_empty()).collect();
        let mut setting = Setting::default();
        let caches_at_once = steps.first() != Some(&"caching slowly");
        steps.drain(..usize::from(!caches_at_once));
        while let Some(step) = steps.first()
            && begin_with(step, &mut setting)
        {
            steps.remove(0);
        }
        steps.reverse();
        let rehearsal = Rehearsal::begin(setting, Folding::EachStep);
        Self { rehearsal, steps, printed: Played::default(), leg: LegId(0), caches_at_once }
    }

    fn step(&mut self) -> bool {
        let Some(step) = self.steps.pop() else { return false };
        if let Some((_, beginning)) = BEGINNINGS.iter().find(|(name, _)| *name == step) {
            self.play_unprinted(beginning);
            return true;
        }
        let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
        match word {
            "connected" => self.steps.extend(["joined", "arrived"]),
            "says" => self.says(rest),
            "twice" => self.tell_again(),
            "to" => self.pass(None),
            // The process is dead: time passes, and the machine is told nothing.
            "dead" => self.rehearsal.now = self.rehearsal.now + ms(rest),
            _ => match word.strip_prefix('+') {
                Some(time) => self.pass(Some(ms(time))),
                None => self.tell(word, rest),
            },
        }
        true
    }

    fn play_unprinted(&mut self, beginning: &'s str) {
        let printed = std::mem::take(&mut self.printed);
        let steps = std::mem::replace(&mut self.steps, beginning.split(';').rev().map(str::trim).collect());
        while self.step() {}
        (self.printed, self.steps) = (printed, steps);
    }

    fn tell(&mut self, word: &str, rest: &str) {
        if matches!(word, "arrived" | "stream" | "visits") {
            self.leg = self.rehearsal.machine.next_leg();
        }
        let fact = self.fact(word, rest);
        self.tell_fact(&fact);
    }

    fn tell_fact(&mut self, fact: &Fact) {
        let effects = self.rehearsal.tell(fact.clone());
        self.print(fact, &effects);
    }

    /// Prints a fact, and has a profile cached if the fact leads to that.
    fn print(&mut self, fact: &Fact, effects: &[Effect]) {
        self.printed.add(self.rehearsal.now, fact, effects);
        for effect in effects {
            if let Effect::CacheProfile { handoff, .. } = effect
                && self.caches_at_once
            {
                let (handoff, outcome) = (*handoff, ProfileOutcome::Cached);
                let brief = Some("Anna has said last: a plumber.".to_owned());
                self.tell_fact(&Fact::ProfileCached { handoff, outcome, brief });
            }
        }
    }

    /// An utterance of 2 s that is completely reported as soon as it begins.
    fn says(&mut self, rest: &str) {
        let item = rest.split(' ').next().unwrap_or_default();
        self.tell("item", rest);
        self.tell("text", &format!("{item} 2s One two three four."));
    }

    fn tell_again(&mut self) {
        let newest = self.rehearsal.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Fact(Fact::ProfileCached { .. }) if self.caches_at_once => None,
            Event::Fact(fact) => Some(fact.clone()),
            Event::Decision(_) => None,
        });
        self.tell_fact(&newest.unwrap());
    }

    /// Lets time pass; without a length, until no deadline is left.
    fn pass(&mut self, length_ms: Option<u64>) {
        let until = self.rehearsal.now + length_ms.unwrap_or(u64::MAX);
        let mut deadlines = 0;
        while let Some(effects) = self.rehearsal.pass_deadline(until) {
            deadlines += 1;
            let machine = &self.rehearsal.machine;
            assert!(deadlines <= DEADLINES_MAX, "its deadlines go on for ever: {machine:#?}");
            self.print(&Fact::DeadlinePassed, &effects);
        }
        if length_ms.is_some() {
            self.rehearsal.now = until;
        } else {
            assert!(self.rehearsal.machine.is_over(), "the script does not lead to the end");
            self.rehearsal.promises.keep_at_the_end();
        }
    }
}

/// Parses one step into its fact.
pub(crate) fn fact_of(call: &Rehearsal, step: &str) -> Fact {
    let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
    let comes = matches!(word, "arrived" | "stream" | "visits");
    let leg = LegId(call.machine.next_leg().0 - u64::from(!comes));
    let leg = call.machine.caller().filter(|_| !comes).unwrap_or(leg);
    let (rehearsal, printed) = (call.clone(), Played::default());
    Player { rehearsal, steps: Vec::new(), printed, leg, caches_at_once: false }.fact(word, rest)
}

/// Handles a step that sets how the call begins. Returns whether it is one.
fn begin_with(step: &str, setting: &mut Setting) -> bool {
    let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
    match word {
        "announced" if !setting.announced => setting.announced = true,
        "insisting" => setting.policy.unannounced = Unannounced::Refuse,
        "without" => setting.policy.extensions.clear(),
        "offering" => {
            setting.profile.tools = rest.split(',').filter(|tool| !tool.is_empty()).map(named).collect()
        }
        "with" => setting.profile.custom_tools.push(custom_tool(rest)),
        "standing" => setting.policy.standby_assistant = true,
        "chain" => {
            setting.chain(rest.parse().unwrap());
        }
        "capped" => {
            let (place, cap_micros) = rest.split_once(' ').unwrap();
            setting.cap(place.parse().unwrap(), cap_micros.parse().unwrap());
        }
        "priced" => setting.price(),
        "dual" => {
            setting.freeswitch(FreeswitchMode::Dual, named(if rest.is_empty() { "websocket" } else { rest }))
        }
        "audio" => setting.freeswitch(FreeswitchMode::Audio, FreeswitchAudio::Websocket),
        "esl" => setting.freeswitch(FreeswitchMode::Esl, FreeswitchAudio::Websocket),
        "asterisk" => setting.asterisk = true,
        "twilio" => setting.twilio = true,
        "reaching" => {
            (setting.policy.twilio.reaches_extensions, setting.policy.twilio.calls_people) = (true, true);
        }
        "desk" => drop(setting.policy.desks.insert(rest.to_owned())),
        "phone" => drop(setting.policy.desk_phones.insert(rest.to_owned())),
        "elsewhere" => setting.policy.rings_for_others = true,
        "queue" => drop(setting.policy.queues.insert(rest.to_owned())),
        "escalating" => setting.policy.escalation = Some(escalation(rest)),
        "admitting" => setting.policy.dial.numbers_allowed.push(rest.parse().unwrap()),
        "noting" => setting.policy.asterisk.record_people = true,
        "returning" => setting.profile.after_handoff = AfterHandoff::Return,
        "warm" => setting.profile.handoff_style = HandoffStyle::Warm,
        "keeping" => setting.profile.assistant_in_handoff = AssistantInHandoff::Kept,
        "dialling" => setting.policy.dial.per_call_max = rest.parse().unwrap(),
        "calling" => {
            setting.outbound = Some(match rest {
                "" => OnVoicemail::Talk,
                "people" => OnVoicemail::HangUp,
                text => OnVoicemail::LeaveMessage { text: text.to_owned() },
            });
        }
        "detecting" => setting.mailbox_detection = named(rest),
        "heeding" => setting.heeds_opt_out = true,
        "to" if setting.on_answer.is_none() && rest != "the end" => {
            let message = "Nobody is free.".to_owned();
            setting.on_answer = Some(ToQueue { queue: rest.to_owned(), within_ms: 2_000, message });
        }
        "begun" => {
            let colleague = Some(rest.to_owned()).filter(|colleague| !colleague.is_empty());
            setting.outbound = colleague.is_none().then_some(OnVoicemail::Talk);
            setting.begun = Some(BegunAtDesk { by: at_desks::ADA, colleague });
        }
        "noticing" => setting.profile.notice = Some(rest.to_owned()),
        "reminding" => setting.profile.style.silence_reminder_s = Some(rest.parse().unwrap()),
        "mapping" => setting.map(rest),
        "at" => setting.policy.max_duration_ms = ms(rest.trim_start_matches("most ")),
        _ => return false,
    }
    true
}

/// Parses a name as the journal writes it.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(Value::String(name.to_owned())).unwrap()
}

/// Parses `2s`, `1.5s`, `700ms`.
pub(crate) fn ms(time: &str) -> u64 {
    match time.strip_suffix("ms") {
        Some(ms) => ms.parse().unwrap(),
        None => (time.strip_suffix('s').unwrap_or(time).parse::<f64>().unwrap() * 1000.0).round() as u64,
    }
}

/// The people whom a business has named, in order. The rehearsal's first day is a Thursday.
fn escalation(named: &str) -> EscalationRules {
    let of_hours = named.strip_prefix("in hours ");
    let friday = serde_json::json!({ "friday": [{ "from": "08:00", "to": "17:00" }] });
    let hours = of_hours.map(|_| EscalationHours {
        week: serde_json::from_value(friday).unwrap(),
        holidays: Vec::new(),
        time_zone: Default::default(),
    });
    let targets = of_hours.unwrap_or(named).split(',').map(str::to_owned).collect();
    EscalationRules { targets, otherwise: Otherwise::TakeMessage, hours }
}

/// A custom tool of this name.
fn custom_tool(name: &str) -> OfferedTool {
    OfferedTool {
        id: CustomToolId(Uuid::from_u128(5)),
        name: name.to_owned(),
        description: "Looks something up.".to_owned(),
        parameters: serde_json::json!({ "type": "object" }).into(),
        timeout_ms: 5_000,
    }
}
