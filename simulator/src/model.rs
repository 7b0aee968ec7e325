//! The provider's model: from a plan's script to what its stand-in says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble, Words};
use serde_json::json;

use crate::plan::{AnswerPlan, ConnectionPlan, ModelScript, ProviderTrouble, ToolPlan, WordsPlan};
use crate::stage::SERVICE;

/// Rate of the model's sound, in Hz.
const RATE: u32 = 24_000;
/// Amplitude of it.
const AMPLITUDE: f64 = 8_000.0;
/// Length of most of its tones, at most.
const LONG: Duration = Duration::from_secs(3);
/// Tones that answers have; so far apart that 20 ms tell them apart.
const TONES: u32 = 50;
const TONES_APART_HZ: f64 = 55.0;
const LOWEST_HZ: f64 = 600.0;

/// The to-do that the model writes down.
pub(crate) const TASK_TITLE: &str = "call back";
/// And the event.
pub(crate) const EVENT: &str = "A visit";

/// The words of an answer.
#[must_use]
pub(crate) fn words(number: u32) -> String {
    format!("#{number}# says the model.")
}

/// The number of the answer that these words are of, or begin.
#[must_use]
pub(crate) fn number_in(words: &str) -> Option<u32> {
    words.strip_prefix('#')?.split_once('#')?.0.parse().ok()
}

/// The tone of an answer.
#[must_use]
pub(crate) fn tone_of(number: u32) -> u32 {
    number * 7 % TONES
}

/// The tones.
pub(crate) fn tones() -> impl Iterator<Item = f64> {
    (0..TONES).map(hz)
}

fn hz(tone: u32) -> f64 {
    LOWEST_HZ + TONES_APART_HZ * f64::from(tone)
}

/// Answers are numbered on from life to life, since each life plays the script from its beginning. A multiple of `TONES`: an answer keeps its
/// tone.
const NUMBERS_OF_LIFE: u32 = 20 * TONES;
/// And those of the second voice of a chain on from these.
const NUMBERS_OF_VOICE: u32 = 10 * TONES;

/// A voice of the callers' profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    First,
    Second,
}

/// Script of a voice's stand-in in a life of the server, of which the first is 0.
#[must_use]
pub(crate) fn script(plan: &ModelScript, voice: Voice, life: usize) -> Script {
    let life = u32::try_from(life).unwrap_or_default();
    let numbers = NUMBERS_OF_LIFE * life + if voice == Voice::Second { NUMBERS_OF_VOICE } else { 0 };
    let answer = |planned: &AnswerPlan| {
        let number = planned.number + numbers;
        answer(&AnswerPlan { number, ..planned.clone() })
    };
    let mut script = if plan.is_mute_when_gone { Script::new().mute_when_gone() } else { Script::new() };
    for planned in &plan.doors {
        script = script.door(door(*planned));
    }
    for planned in &plan.requests {
        script = script.greeting(answer(planned));
    }
    for planned in &plan.turns {
        script = script.turn(answer(planned));
    }
    for planned in &plan.after_tools {
        script = script.after_tools(answer(planned));
    }
    for (turn, planned) in (1..).zip(&plan.words) {
        script = script.words(words_of_turn(*planned, turn, life));
    }
    script
}

/// The words of a caller's turn. No two turns of a world have the same words.
fn words_of_turn(plan: WordsPlan, turn: usize, life: u32) -> Words {
    match plan {
        WordsPlan::After { ms } => {
            Words::Heard(format!("Turn {turn} of life {life}, says the caller."), Duration::from_millis(ms))
        }
        WordsPlan::Failed => Words::Failed,
        WordsPlan::Never => Words::Never,
    }
}

fn door(plan: ConnectionPlan) -> Door {
    match plan {
        ConnectionPlan::Open => Door::Open { expires_in: None },
        ConnectionPlan::Refuse { status } => {
            Door::Refuse { status, code: "server_error".to_owned(), retry_after_s: None }
        }
        ConnectionPlan::Slow { ms } => Door::Slow(Duration::from_millis(ms)),
        ConnectionPlan::Silent => Door::Silent,
    }
}

fn answer(plan: &AnswerPlan) -> Answer {
    let mut answer = match (plan.length_ms, &plan.tools[..]) {
        (0, [first, rest @ ..]) => {
            let call = Answer::call(name(*first), &arguments(*first));
            rest.iter().fold(call, |answer, tool| answer.and_call(name(*tool), &arguments(*tool)))
        }
        (_, tools) => {
            let said = Answer::say_sound(&words(plan.number), sound(plan));
            tools.iter().fold(said, |answer, tool| answer.and_call(name(*tool), &arguments(*tool)))
        }
    };
    answer = answer.delayed(Duration::from_millis(plan.delay_ms));
    if plan.is_slow {
        answer = answer.paced(Pace::Times(1.2));
    }
    match plan.lost_after_ms {
        Some(ms) => {
            let gone = plan.gone_ms.map(Duration::from_millis).map_or(Trouble::Abort, Trouble::Leaves);
            answer.until(Duration::from_millis(ms), gone)
        }
        None => answer,
    }
}

/// The beginning of an answer's tone. A tone is made once for all answers that have it: a script has hundreds.
fn sound(plan: &AnswerPlan) -> Sound {
    thread_local! {
        static TONES_MADE: RefCell<BTreeMap<u32, Sound>> = const { RefCell::new(BTreeMap::new()) };
    }
    let (number, length) = (tone_of(plan.number), Duration::from_millis(plan.length_ms.max(100)));
    TONES_MADE.with_borrow_mut(|made| {
        let whole = made.entry(number).or_insert_with(|| tone(hz(number), AMPLITUDE, LONG, RATE));
        if length > whole.length() {
            *whole = tone(hz(number), AMPLITUDE, length, RATE);
        }
        let count = (length.as_millis() as u64 * u64::from(RATE) / 1_000) as usize;
        Sound { rate: RATE, samples: whole.samples[..count].to_vec() }
    })
}

fn name(tool: ToolPlan) -> &'static str {
    match tool {
        ToolPlan::EndCall => "end_call",
        ToolPlan::TakeMessage => "take_message",
        ToolPlan::HoldCall => "hold_call",
        ToolPlan::UnholdCall => "unhold_call",
        ToolPlan::TransferCall | ToolPlan::TransferNowhere => "transfer_call",
        ToolPlan::CreateLead | ToolPlan::Lead => "create_lead",
        ToolPlan::Event => "create_event",
        ToolPlan::RequestHandoff => "request_handoff",
        ToolPlan::CreateTodo => "create_todo",
        ToolPlan::Text => "send_sms",
        ToolPlan::Books { .. } => "book_estimate",
        ToolPlan::Unknown => "format_disk",
    }
}

fn arguments(tool: ToolPlan) -> serde_json::Value {
    match tool {
        ToolPlan::TransferCall => json!({ "target": "operator" }),
        ToolPlan::TransferNowhere => json!({ "target": "the pope" }),
        ToolPlan::CreateLead => json!({ "name": "Ada", "summary": "wants a new roof" }),
        ToolPlan::Lead => json!({ "name": "Ada", "need": "a new roof" }),
        ToolPlan::Event => json!({ "title": EVENT, "at": "2027-05-05T10:00:00Z" }),
        ToolPlan::RequestHandoff => json!({ "target": "operator", "reason": "they ask for a person" }),
        ToolPlan::CreateTodo => json!({ "title": TASK_TITLE }),
        ToolPlan::Text => json!({ "text": "We come on Wednesday." }),
        ToolPlan::Books { slot } => json!({
            "action": "hold", "service": SERVICE, "name": "Ada",
            "starts_at": format!("2027-05-05T{:02}:{:02}:00Z", 8 + slot / 2, slot % 2 * 30),
        }),
        _ => json!({}),
    }
}

/// The trouble of all connections now; none if the transport is struck.
#[must_use]
pub(crate) fn trouble(plan: ProviderTrouble) -> Option<Trouble> {
    match plan {
        ProviderTrouble::Closes => Some(Trouble::Close(1011)),
        ProviderTrouble::Hangs => Some(Trouble::Hang),
        ProviderTrouble::Malformed => Some(Trouble::MalformedJson),
        ProviderTrouble::Expires => Some(Trouble::Expire),
        ProviderTrouble::Resets | ProviderTrouble::Stalls { .. } | ProviderTrouble::Leaves { .. } => None,
    }
}
