//! Makes a plan from a seed.

mod consults;
mod followers;
mod muteness;
mod records;
mod stops;
mod supervision;
mod switch;
mod take_overs;
mod twilio_orders;
mod voices;
mod webrtc;

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::plan::{
    AnswerPlan, Assistant, ByteTransport, Command, ConnectionPlan, DatabaseTrouble, Happening, Line, Manner,
    ModelScript, Place, Plan, ProviderTrouble, SecondVoice, Timed, ToolPlan, WebhookTarget, WordsPlan,
};
use crate::services::{self, PlannedServices};
use crate::stage::AGENTS;

/// Size of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Number of calls.
    pub calls: u32,
    /// All callers have called by then, in ms.
    pub arrivals_ms: u64,
    /// Longest duration of a call, in ms.
    pub call_ms: u64,
}

impl Size {
    /// About thirty short calls.
    pub const USUAL: Self = Self { calls: 30, arrivals_ms: 20_000, call_ms: 16_000 };

    /// Returns when the last call is over, in ms.
    const fn length_ms(self) -> u64 {
        self.arrivals_ms + self.call_ms
    }
}

/// Number of sentences that callers know.
pub const SENTENCES: u8 = 4;

/// Returns the plan of a seed.
#[must_use]
pub fn plan(seed: u64, size: Size) -> Plan {
    let mut chance = StdRng::seed_from_u64(seed);
    let assistant = if chance.random_bool(0.5) { Assistant::Openai } else { Assistant::Builtin };
    let mut happenings = Vec::new();
    // Each kind of fault is missing in some worlds, so that findings can be distinguished.
    let has = |chance: &mut StdRng, share: f64| chance.random_bool(share);
    let (ways, breaks) = (has(&mut chance, 0.5), has(&mut chance, 0.5));
    let (panics, kills) = (has(&mut chance, 0.4), has(&mut chance, 0.5));
    let (steps, programs) = (has(&mut chance, 0.3), has(&mut chance, 0.6));
    for caller in 0..size.calls {
        let faults = Faults { ways, breaks, programs };
        one_call(&mut chance, caller, size, faults, &mut happenings);
    }
    let length_ms = size.length_ms();
    if programs {
        desks(&mut chance, length_ms, &mut happenings);
    }
    let at = |chance: &mut StdRng| chance.random_range(500..length_ms);
    if panics {
        for _ in 0..chance.random_range(1..5) {
            let at_ms = at(&mut chance);
            let what = Happening::Panics { place: place(&mut chance), after: chance.random_range(0..8) };
            happenings.push(Timed { at_ms, what });
        }
    }
    if steps {
        let by_ms = chance.random_range(-7_200_000..7_200_000);
        happenings.push(Timed { at_ms: at(&mut chance), what: Happening::ClockSteps { by_ms } });
    }
    if assistant == Assistant::Openai && chance.random_bool(0.6) {
        for _ in 0..chance.random_range(1..4) {
            let at_ms = at(&mut chance);
            let trouble = trouble(&mut chance);
            happenings.push(Timed { at_ms, what: Happening::Provider { trouble } });
        }
    }
    if programs && chance.random_bool(0.3) {
        let organization = chance.random_range(0..2);
        happenings.push(Timed { at_ms: at(&mut chance), what: Happening::NeverReads { organization } });
    }
    if kills {
        ends_of_lives(&mut chance, size, &mut happenings);
    }
    happenings.sort_by_key(|timed| timed.at_ms);
    let script =
        if assistant == Assistant::Openai { script(&mut chance, size) } else { ModelScript::default() };
    let length_ms = length_ms + 2_000;
    let services = PlannedServices::default();
    let mut plan = Plan {
        seed,
        assistant,
        script,
        second: None,
        second_voice: SecondVoice::default(),
        webhooks: None,
        switch: None,
        services,
        followers: Vec::new(),
        happenings,
        length_ms,
    };
    // Drawn last, so that older plans of the same seed keep what they had.
    more(&mut chance, size, &mut plan);
    switch::add(&mut plan);
    twilio_orders::add(&mut plan);
    services::add(&mut plan);
    webrtc::webrtc(&mut plan);
    muteness::add(&mut plan);
    supervision::add(&mut plan);
    take_overs::add(&mut plan);
    consults::add(&mut plan);
    voices::add(&mut plan, size);
    followers::add(&mut plan);
    stops::add(&mut plan);
    records::add(&mut plan);
    plan
}

/// Adds ends of the server's lives, and callers who come back after them.
fn ends_of_lives(chance: &mut StdRng, size: Size, happenings: &mut Vec<Timed>) {
    for _ in 0..chance.random_range(1..3) {
        let at_ms = chance.random_range(500..size.length_ms());
        let away_ms = chance.random_range(200..6_000);
        let what = if chance.random_bool(0.8) {
            Happening::Killed { away_ms }
        } else {
            Happening::Restarted { away_ms }
        };
        happenings.push(Timed { at_ms, what });
        // A switch dials again, sooner or later, when the server was away.
        for caller in 0..size.calls {
            if chance.random_bool(0.8) {
                let at_ms = at_ms + away_ms + chance.random_range(50..4_000);
                happenings.push(Timed { at_ms, what: Happening::ComesBack { caller } });
            }
        }
    }
}

/// Adds further kinds of faults. Some worlds are without each of them, too.
fn more(chance: &mut StdRng, size: Size, plan: &mut Plan) {
    if chance.random_bool(0.5) {
        for timed in &mut plan.happenings {
            if let Happening::Breaks { caller } = timed.what
                && chance.random_bool(0.5)
            {
                timed.what = Happening::BreaksUnderTheWriter { caller };
            }
        }
    }
    let has_desks = plan.happenings.iter().any(|timed| matches!(timed.what, Happening::DeskOpens { .. }));
    if has_desks && chance.random_bool(0.3) {
        for _ in 0..chance.random_range(1..5) {
            let at_ms = chance.random_range(1_000..plan.length_ms);
            let after = chance.random_range(0..12);
            plan.happenings.push(Timed { at_ms, what: Happening::Panics { place: Place::Router, after } });
        }
    }
    if chance.random_bool(0.2) {
        for _ in 0..chance.random_range(1..6) {
            let at_ms = chance.random_range(1_000..plan.length_ms);
            let place = if chance.random_bool(0.5) { Place::Call } else { Place::Step };
            let after = chance.random_range(0..30);
            plan.happenings.push(Timed { at_ms, what: Happening::Panics { place, after } });
        }
    }
    if plan.assistant == Assistant::Openai {
        if chance.random_bool(0.5) {
            plan.script.words = (0..size.calls * 6).map(|_| words(chance)).collect();
        }
        if chance.random_bool(0.4) {
            chain(chance, size, plan);
        }
        if has_desks && chance.random_bool(0.5) {
            holds(chance, plan);
        }
        if chance.random_bool(0.2) {
            // The server does not hear a caller who speaks at that moment.
            for at_ms in said(chance, plan, 0.1) {
                let trouble = ProviderTrouble::Hangs;
                plan.happenings.push(Timed { at_ms, what: Happening::Provider { trouble } });
            }
        }
    }
    at_ends(chance, has_desks, plan);
    twilio(chance, plan);
    database(chance, plan);
    if chance.random_bool(0.4) {
        const TARGETS: [WebhookTarget; 3] =
            [WebhookTarget::Takes, WebhookTarget::RefusesTwice, WebhookTarget::NeverAnswers];
        plan.webhooks = Some(TARGETS[chance.random_range(0..TARGETS.len())]);
    }
    if plan.assistant == Assistant::Openai && chance.random_bool(0.6) {
        further_tools(chance, &mut plan.script);
    }
    plan.happenings.sort_by_key(|timed| timed.at_ms);
}

/// Replaces some tools by others that write something down or ask for a person.
fn further_tools(chance: &mut StdRng, script: &mut ModelScript) {
    const TOOLS: [ToolPlan; 3] = [ToolPlan::Lead, ToolPlan::Event, ToolPlan::RequestHandoff];
    for answer in script.turns.iter_mut().chain(&mut script.after_tools) {
        for tool in &mut answer.tools {
            if chance.random_bool(0.4) {
                *tool = TOOLS[chance.random_range(0..TOOLS.len())];
            }
        }
    }
}

/// Adds faults at the very moment when something ends, and a provider that is lost while a voice speaks.
fn at_ends(chance: &mut StdRng, has_desks: bool, plan: &mut Plan) {
    let has_model = plan.assistant == Assistant::Openai;
    let places = [
        (Place::RouterAtEnd, has_desks && chance.random_bool(0.6)),
        (Place::StepOfEnd, chance.random_bool(0.3)),
        (Place::ToolDone, has_model && chance.random_bool(0.3)),
    ];
    for (place, _) in places.into_iter().filter(|(_, is_struck)| *is_struck) {
        for _ in 0..chance.random_range(1..5) {
            let at_ms = chance.random_range(1_000..plan.length_ms);
            let after = chance.random_range(0..3);
            plan.happenings.push(Timed { at_ms, what: Happening::Panics { place, after } });
        }
    }
    if plan.second.is_some() && chance.random_bool(0.6) {
        let said = plan.script.turns.iter_mut().filter(|answer| answer.length_ms > 1_000);
        for answer in said {
            if chance.random_bool(0.2) {
                answer.lost_after_ms = Some(chance.random_range(300..answer.length_ms));
                answer.gone_ms = Some(chance.random_range(3_000..9_000));
            }
        }
    }
}

/// Has some callers with sound telephone connections call a number at Twilio. Only in worlds without deaths: an unanswered webhook ends a call at
/// Twilio.
fn twilio(chance: &mut StdRng, plan: &mut Plan) {
    let is_death = |timed: &Timed| timed.what.ends_a_life() || matches!(timed.what, Happening::Panics { .. });
    if plan.happenings.iter().any(is_death) || chance.random_bool(0.3) {
        return;
    }
    let reconnects = |timed: &Timed| match timed.what {
        Happening::IsDoubled { caller } | Happening::ComesBack { caller } => Some(caller),
        _ => None,
    };
    let left_out: BTreeSet<u32> = plan.happenings.iter().filter_map(reconnects).collect();
    for timed in &mut plan.happenings {
        if let Happening::Calls { caller, line, announced, way } = &mut timed.what
            && *line == Line::Audiosocket
            && way.is_none()
            && !left_out.contains(&*caller)
            && chance.random_bool(0.5)
        {
            *line = Line::Twilio;
            *announced = false;
        }
    }
}

/// Has the database be away or slow for some seconds. Never together with a kill: callers and dialplans would know more of a process's unstored data
/// than the next process does.
fn database(chance: &mut StdRng, plan: &mut Plan) {
    const TROUBLES: [DatabaseTrouble; 4] = [
        DatabaseTrouble::Away,
        DatabaseTrouble::AnswerLost,
        DatabaseTrouble::CommitLost,
        DatabaseTrouble::Slow,
    ];
    let is_killed = plan.happenings.iter().any(|timed| timed.what.ends_a_life());
    if is_killed || plan.has_line(Line::Twilio) || chance.random_bool(0.5) {
        return;
    }
    let trouble = TROUBLES[chance.random_range(0..TROUBLES.len())];
    let ms = chance.random_range(1_000..10_000);
    let last_ms = plan.length_ms.saturating_sub(ms + 1_000).max(1_001);
    let at_ms = chance.random_range(1_000..last_ms);
    plan.happenings.push(Timed { at_ms, what: Happening::Database { trouble, ms } });
}

/// Returns a share of the moments at which callers begin to speak.
fn said(chance: &mut StdRng, plan: &Plan, share: f64) -> Vec<u64> {
    let speaks = |timed: &&Timed| matches!(timed.what, Happening::Says { .. });
    let moments = plan.happenings.iter().filter(speaks).map(|timed| timed.at_ms);
    moments.filter(|_| chance.random_bool(share)).collect()
}

/// Programs put callers on hold who have just spoken, and take them off hold again.
fn holds(chance: &mut StdRng, plan: &mut Plan) {
    let mut commands = Vec::new();
    for timed in &plan.happenings {
        if let Happening::Calls { caller, line, .. } = timed.what
            && chance.random_bool(0.4)
        {
            let organization = usize::from(line == Line::SecondBrowser);
            let begins = timed.at_ms + chance.random_range(1_500..5_000);
            let ends = begins + chance.random_range(300..4_000);
            for (at_ms, command) in [(begins, Command::Hold), (ends, Command::Unhold)] {
                let at_ms = at_ms.min(plan.length_ms);
                commands.push(Timed { at_ms, what: Happening::Commands { organization, caller, command } });
            }
        }
    }
    plan.happenings.extend(commands);
}

/// Draws when the words of a turn are reported.
fn words(chance: &mut StdRng) -> WordsPlan {
    match chance.random_range(0..20) {
        0 => WordsPlan::Failed,
        1 => WordsPlan::Never,
        2..12 => WordsPlan::After { ms: 150 },
        _ => WordsPlan::After { ms: chance.random_range(150..1_500) },
    }
}

/// Adds a second voice, slow answers of the first voice, and moments at which the first voice is lost while a caller waits for it or hears it.
fn chain(chance: &mut StdRng, size: Size, plan: &mut Plan) {
    plan.second = Some(ModelScript { doors: Vec::new(), ..script(chance, size) });
    for answer in &mut plan.script.turns {
        if chance.random_bool(0.3) {
            answer.delay_ms = chance.random_range(1_000..4_000);
        }
        if answer.length_ms > 0 && chance.random_bool(0.15) {
            answer.lost_after_ms = Some(chance.random_range(1..answer.length_ms));
        }
        answer.is_slow = chance.random_bool(0.6);
    }
    for at_ms in said(chance, plan, 0.2) {
        let trouble = ProviderTrouble::Leaves { ms: chance.random_range(800..6_000) };
        let at_ms = (at_ms + chance.random_range(1_500..6_000)).min(plan.length_ms);
        plan.happenings.push(Timed { at_ms, what: Happening::Provider { trouble } });
    }
}

/// Has agents come and go.
fn desks(chance: &mut StdRng, length_ms: u64, into: &mut Vec<Timed>) {
    for agent in 0..AGENTS.len() {
        // Most agents are there before the first call: an agent whose desk is closed is never rung.
        let mut now = if chance.random_bool(0.7) { 0 } else { chance.random_range(0..8_000) };
        while now < length_ms {
            let manner = Manner {
                answers_after_ms: chance.random_range(0..5_000),
                takes: [Some(true), Some(true), Some(true), Some(false), None][chance.random_range(0..5)],
                talks_ms: chance.random_range(200..6_000),
                hands_back: chance.random_bool(0.5),
                consult: None,
            };
            into.push(Timed { at_ms: now, what: Happening::DeskOpens { agent, manner } });
            now += chance.random_range(5_000..60_000);
            if now < length_ms && chance.random_bool(0.5) {
                into.push(Timed { at_ms: now, what: Happening::DeskCloses { agent } });
            }
            now += chance.random_range(10..4_000);
        }
    }
}

/// Kinds of faults that a world has.
#[derive(Clone, Copy)]
struct Faults {
    ways: bool,
    breaks: bool,
    programs: bool,
}

fn one_call(chance: &mut StdRng, caller: u32, size: Size, faults: Faults, into: &mut Vec<Timed>) {
    let line = match chance.random_range(0..10) {
        0..6 => Line::Audiosocket,
        6..8 => Line::FirstBrowser,
        _ => Line::SecondBrowser,
    };
    let begins = chance.random_range(0..size.arrivals_ms);
    let ends = begins + chance.random_range(2_000..size.call_ms);
    let breaks = faults.breaks && chance.random_bool(0.3);
    let has_way = faults.ways && chance.random_bool(0.4);
    let way = (breaks || has_way).then(|| ByteTransport {
        pieces_of: (has_way && chance.random_bool(0.5)).then(|| chance.random_range(1..400)),
        late_ms: if has_way && chance.random_bool(0.5) { chance.random_range(1..120) } else { 0 },
    });
    let announced = line == Line::Audiosocket && chance.random_bool(0.5);
    into.push(Timed { at_ms: begins, what: Happening::Calls { caller, line, announced, way } });
    let mut now = begins + chance.random_range(500..4_000);
    while now < ends {
        let what = act(chance, caller, line, faults);
        into.push(Timed { at_ms: now, what });
        now += chance.random_range(300..5_000);
    }
    if breaks {
        let at_ms = chance.random_range(begins + 500..ends);
        into.push(Timed { at_ms, what: Happening::Breaks { caller } });
        if chance.random_bool(0.8) {
            let back = at_ms + chance.random_range(20..6_000);
            into.push(Timed { at_ms: back, what: Happening::ComesBack { caller } });
        }
    }
    if has_way && chance.random_bool(0.3) {
        let at_ms = chance.random_range(begins + 500..ends);
        let ms = chance.random_range(50..8_000);
        into.push(Timed { at_ms, what: Happening::Stalls { caller, ms } });
    }
    if chance.random_bool(0.9) {
        into.push(Timed { at_ms: ends, what: Happening::HangsUp { caller } });
    }
}

/// Draws an action on a call, or an event that hits the call.
fn act(chance: &mut StdRng, caller: u32, line: Line, faults: Faults) -> Happening {
    let own = usize::from(line == Line::SecondBrowser);
    match chance.random_range(0..100) {
        0..55 => Happening::Says { caller, sentence: chance.random_range(0..SENTENCES) },
        55..75 => {
            let key = match chance.random_range(0..10) {
                0..4 => '1',
                4..7 => '#',
                7 => '0',
                _ => ['7', '*', 'A'][chance.random_range(0..3)],
            };
            Happening::Presses { caller, key }
        }
        75..80 => Happening::FallsSilent { caller, ms: chance.random_range(100..3_000) },
        80..83 if line == Line::Audiosocket => Happening::IsDoubled { caller },
        _ if faults.programs => {
            // Sometimes a program tries to command another organization's call.
            let organization = if chance.random_bool(0.15) { 1 - own } else { own };
            let command = match chance.random_range(0..14) {
                0 => Command::Hangup,
                1..4 => Command::Hold,
                4..7 => Command::Unhold,
                7 => Command::Transfer,
                8..11 => Command::HandOff,
                11 => Command::Queue,
                _ => Command::Say,
            };
            Happening::Commands { organization, caller, command }
        }
        _ => Happening::Says { caller, sentence: chance.random_range(0..SENTENCES) },
    }
}

fn place(chance: &mut StdRng) -> Place {
    const PLACES: [Place; 7] = [
        Place::Step,
        Place::Call,
        Place::Leg,
        Place::Reading,
        Place::Assistant,
        Place::Registry,
        Place::Router,
    ];
    PLACES[chance.random_range(0..PLACES.len())]
}

fn trouble(chance: &mut StdRng) -> ProviderTrouble {
    match chance.random_range(0..6) {
        0 => ProviderTrouble::Closes,
        1 => ProviderTrouble::Resets,
        2 => ProviderTrouble::Hangs,
        3 => ProviderTrouble::Malformed,
        4 => ProviderTrouble::Expires,
        _ => ProviderTrouble::Stalls { ms: chance.random_range(100..6_000) },
    }
}

fn script(chance: &mut StdRng, size: Size) -> ModelScript {
    let mut number = 0;
    let mut answers = |chance: &mut StdRng, count: u32, tools: f64| -> Vec<AnswerPlan> {
        let one = |number: u32, chance: &mut StdRng| {
            let tools = if chance.random_bool(tools) { some_tools(chance) } else { Vec::new() };
            // An answer that requests a tool may have no words.
            let is_mute = !tools.is_empty() && chance.random_bool(0.5);
            AnswerPlan {
                number,
                length_ms: if is_mute { 0 } else { chance.random_range(200..3_000) },
                delay_ms: if chance.random_bool(0.1) { chance.random_range(40..3_000) } else { 40 },
                tools,
                lost_after_ms: None,
                gone_ms: None,
                is_slow: false,
            }
        };
        (0..count)
            .map(|_| {
                number += 1;
                one(number, chance)
            })
            .collect()
    };
    let requests = answers(chance, size.calls * 3, 0.0);
    let turns = answers(chance, size.calls * 6, 0.25);
    let after_tools = answers(chance, size.calls * 3, 0.05);
    let doors = if chance.random_bool(0.3) { doors(chance, size) } else { Vec::new() };
    ModelScript { doors, requests, turns, after_tools, words: Vec::new(), is_mute_when_gone: false }
}

fn some_tools(chance: &mut StdRng) -> Vec<ToolPlan> {
    const TOOLS: [ToolPlan; 9] = [
        ToolPlan::EndCall,
        ToolPlan::TakeMessage,
        ToolPlan::HoldCall,
        ToolPlan::UnholdCall,
        ToolPlan::TransferCall,
        ToolPlan::TransferNowhere,
        ToolPlan::CreateLead,
        ToolPlan::CreateTodo,
        ToolPlan::Unknown,
    ];
    let count = if chance.random_bool(0.2) { 2 } else { 1 };
    (0..count).map(|_| TOOLS[chance.random_range(0..TOOLS.len())]).collect()
}

fn doors(chance: &mut StdRng, size: Size) -> Vec<ConnectionPlan> {
    let door = |chance: &mut StdRng| match chance.random_range(0..10) {
        0 => ConnectionPlan::Refuse { status: 503 },
        1 => ConnectionPlan::Slow { ms: chance.random_range(100..4_000) },
        2 => ConnectionPlan::Silent,
        _ => ConnectionPlan::Open,
    };
    (0..size.calls).map(|_| door(chance)).collect()
}
