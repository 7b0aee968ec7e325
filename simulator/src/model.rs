//! The provider's model: turns a plan's script into what its stand-in says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use cordboard_test_support::audio::{Sound, tone};
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble, Words};
use serde_json::json;

use crate::plan::{AnswerPlan, ConnectionPlan, ModelScript, Plan, ProviderTrouble, ToolPlan, WordsPlan};
use crate::stage::service;

/// Rate of the model's sound, in Hz.
const RATE: u32 = 24_000;
/// Amplitude of the model's sound.
const AMPLITUDE: f64 = 8_000.0;
/// Length of most of its tones at most.
const LONG: Duration = Duration::from_secs(3);
/// Number of different tones of answers: far enough apart for 20 ms of sound to distinguish them.
const TONES: u32 = 50;
const TONES_APART_HZ: f64 = 55.0;
const LOWEST_HZ: f64 = 600.0;

/// Title of the to-do that the model writes.
pub(crate) const TASK_TITLE: &str = "call back";
/// Title of the event that the model writes.
pub(crate) const EVENT: &str = "A visit";
/// The need in the lead that the model writes.
pub(crate) const NEED: &str = "a new roof";

/// Returns the beginning of a time that models and programs request, by its index. Each overlaps its neighbours.
#[must_use]
pub(crate) fn slot_begins(slot: u8) -> String {
    format!("2027-05-05T{:02}:{:02}:00Z", 8 + slot / 2, slot % 2 * 30)
}

/// Returns the words of an answer.
#[must_use]
pub(crate) fn words(number: u32) -> String {
    format!("#{number}# says the model.")
}

/// Returns the number of the answer that these words belong to or begin.
#[must_use]
pub(crate) fn number_in(words: &str) -> Option<u32> {
    words.strip_prefix('#')?.split_once('#')?.0.parse().ok()
}

/// Returns the tone of an answer, in Hz.
#[must_use]
pub(crate) fn tone_of(number: u32) -> u32 {
    number * 7 % TONES
}

/// Returns all tones.
pub(crate) fn tones() -> impl Iterator<Item = f64> {
    (0..TONES).map(hz)
}

fn hz(tone: u32) -> f64 {
    LOWEST_HZ + TONES_APART_HZ * f64::from(tone)
}

/// Least distance between the answer numbers of two voices in a life: a multiple of `TONES`, so that an answer keeps its tone.
const NUMBERS_OF_VOICE: u32 = 10 * TONES;

/// A voice of the callers' profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    First,
    Second,
}

/// Returns the script of a voice's stand-in in a life of the server, counted from 0.
#[must_use]
pub(crate) fn script(plan: &Plan, voice: Voice, life: usize) -> Script {
    let life = u32::try_from(life).unwrap_or_default();
    let numbers = numbers_before(plan, voice, life);
    let answer = |planned: &AnswerPlan| {
        let number = planned.number + numbers;
        answer(&AnswerPlan { number, ..planned.clone() })
    };
    let own = match voice {
        Voice::First => &plan.script,
        Voice::Second => plan.second.as_ref().unwrap_or(&plan.script),
    };
    let mut script = if own.is_mute_when_gone { Script::new().mute_when_gone() } else { Script::new() };
    for planned in &own.doors {
        script = script.door(door(*planned));
    }
    for planned in &own.requests {
        script = script.greeting(answer(planned));
    }
    for planned in &own.turns {
        script = script.turn(answer(planned));
    }
    for planned in &own.after_tools {
        script = script.after_tools(answer(planned));
    }
    for (turn, planned) in (1..).zip(&own.words) {
        script = script.words(words_of_turn(*planned, turn, life));
    }
    script
}

/// Returns how many numbers come before this voice's answers. Answers are numbered from voice to voice and from life to life, because each plays its
/// script from the beginning. Scripts of more than [`NUMBERS_OF_VOICE`] answers get more room.
fn numbers_before(plan: &Plan, voice: Voice, life: u32) -> u32 {
    let greatest = plan.script.numbers().chain(plan.second.iter().flat_map(ModelScript::numbers)).max();
    let of_voice = NUMBERS_OF_VOICE.max(greatest.unwrap_or_default().next_multiple_of(TONES));
    2 * of_voice * life + if voice == Voice::Second { of_voice } else { 0 }
}

/// Returns the words of a caller's turn. No two turns of a world have the same words.
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

/// Returns the beginning of an answer's tone. A tone is made once for all answers that have it: a script has hundreds.
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
        ToolPlan::DoNotCall => "do_not_call",
        ToolPlan::Books { .. } => "book_estimate",
        ToolPlan::Unknown => "format_disk",
    }
}

fn arguments(tool: ToolPlan) -> serde_json::Value {
    match tool {
        ToolPlan::TransferCall => json!({ "target": "operator" }),
        ToolPlan::TransferNowhere => json!({ "target": "the pope" }),
        ToolPlan::CreateLead => json!({ "name": "Ada", "summary": "wants a new roof" }),
        ToolPlan::Lead => json!({ "name": "Ada", "need": NEED }),
        ToolPlan::Event => json!({ "title": EVENT, "at": "2027-05-05T10:00:00Z" }),
        ToolPlan::RequestHandoff => json!({ "target": "operator", "reason": "they ask for a person" }),
        ToolPlan::CreateTodo => json!({ "title": TASK_TITLE }),
        ToolPlan::Text => json!({ "text": "We come on Wednesday." }),
        ToolPlan::DoNotCall => json!({ "said": "Never call me again." }),
        ToolPlan::Books { slot, service: index } => json!({
            "action": "hold", "service": service(index).name, "name": "Ada", "starts_at": slot_begins(slot),
        }),
        _ => json!({}),
    }
}

/// Returns the trouble of all connections from now on; none if the trouble is one of the transport.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::generate::{Size, plan};

    fn with_two_voices(size: Size) -> Plan {
        let found = (0..200).map(|seed| plan(seed, size)).find(|plan| plan.second.is_some());
        found.unwrap()
    }

    #[test]
    fn a_large_worlds_answers_have_different_numbers() {
        let plan = with_two_voices(Size { calls: 60, ..Size::USUAL });
        let mut known = BTreeSet::new();
        for life in 0..3 {
            for voice in [Voice::First, Voice::Second] {
                let before = numbers_before(&plan, voice, life);
                assert_eq!(before % TONES, 0, "an answer keeps its tone");
                let script = if voice == Voice::First { Some(&plan.script) } else { plan.second.as_ref() };
                for number in script.unwrap().numbers() {
                    assert!(known.insert(before + number), "{} of {voice:?} in life {life}", before + number);
                }
            }
        }
        assert_eq!(known.len(), 6 * 12 * 60);
    }

    #[test]
    fn a_usual_worlds_answers_keep_their_numbers() {
        let plan = with_two_voices(Size::USUAL);
        let before = [(Voice::First, 0), (Voice::Second, 0), (Voice::First, 1), (Voice::Second, 2)];
        assert_eq!(before.map(|(voice, life)| numbers_before(&plan, voice, life)), [0, 500, 1_000, 2_500]);
    }
}
