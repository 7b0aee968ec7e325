use std::sync::Arc;

use cordboard_schema::event::{Fact, PlayedEnd};
use cordboard_schema::fold::Role;
use cordboard_schema::ids::{CallId, ItemId, LegId, OrganizationId, ProfileId, ShadowCallId};
use cordboard_schema::limits::{SHADOW_TOOL_CALLS_MAX, SHADOW_TURNS_MAX};
use cordboard_schema::line::Line;
use cordboard_schema::said::SpokenLine;
use cordboard_schema::shadow::{ShadowCall, ShadowTurn};
use cordboard_schema::time::UnixMs;
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::voice_chain::VoiceName;
use uuid::Uuid;

use super::{Act, Session};
use crate::messages::AssistantOrder;

const LEG: LegId = LegId(7);

/// A session, with the time in ms.
struct Heard(Session);

impl Heard {
    /// Returns a session whose shadow is ready.
    fn new() -> Self {
        let mut heard = Self::before();
        heard.unheard(0, ready());
        heard.0.take_acts();
        heard
    }

    fn before() -> Self {
        let call = ShadowCall {
            id: ShadowCallId(Uuid::nil()),
            organization_id: OrganizationId(Uuid::nil()),
            profile_id: ProfileId(Uuid::nil()),
            call_id: CallId(Uuid::nil()),
            given_by: "openai".to_owned(),
            provider: VoiceName::known("gemini"),
            started_at: UnixMs(0),
            ended_at: None,
            failure: None,
            cost_micros: 0,
            turns: Vec::new(),
        };
        Self(Session::new(call, Vec::new(), Arc::default()))
    }

    fn given(&mut self, at: i64, fact: Fact) {
        self.0.given(fact, UnixMs(at));
    }

    fn unheard(&mut self, at: i64, fact: Fact) {
        self.0.unheard(fact, UnixMs(at));
    }

    /// The call's assistant says this in answer to the caller, who hears `heard_ms` of it.
    fn answers(&mut self, at: i64, item: u64, text: &str, heard_ms: u64, end: PlayedEnd) {
        self.given(at, began(item, None));
        self.given(at, complete(item, text));
        self.0.ordered(AssistantOrder::Heard { item: ItemId(item), heard_ms, end }, UnixMs(at));
    }

    fn turns(self) -> Vec<ShadowTurn> {
        self.0.end(UnixMs(99_000)).turns
    }
}

fn ready() -> Fact {
    Fact::AssistantReady { leg: LEG, provider: "gemini".to_owned(), speaks_text: true }
}

fn began(item: u64, line: Option<Line>) -> Fact {
    Fact::ItemStarted { leg: LEG, item: ItemId(item), line }
}

/// Completes an utterance of one second.
fn complete(item: u64, text: &str) -> Fact {
    Fact::ItemComplete { item: ItemId(item), text: text.to_owned(), audio_ms: 1_000 }
}

fn words(text: &str) -> Fact {
    Fact::Transcript { text: text.to_owned() }
}

const STOPPED: Fact = Fact::SpeechStopped { speech_ms: 900 };

fn tool(name: &str) -> Fact {
    let (tool_call, arguments) = ("call_1".to_owned(), serde_json::json!({}));
    Fact::ToolCall { tool_call, name: name.to_owned(), arguments }
}

/// Returns the facts that the shadow got.
fn messages(acts: &[Act]) -> Vec<&str> {
    let messages = acts.iter().filter_map(|act| match act {
        Act::Order(AssistantOrder::Happened(what)) => Some(what.as_str()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn it_joins_knowing_what_was_said_and_greets_nobody() {
    let mut heard = Heard::before();
    heard.answers(0, 1, "Good day.", 1_000, PlayedEnd::Finished);
    heard.given(2_000, Fact::SpeechStarted);
    heard.given(3_000, words("Hello."));
    assert!(heard.0.take_acts().is_empty(), "the shadow is not ready");
    heard.unheard(3_500, ready());
    let said = |role, text: &str| SpokenLine { role, text: text.to_owned() };
    let known = vec![said(Role::Assistant, "Good day."), said(Role::Caller, "Hello.")];
    let takes_over = AssistantOrder::TakeOver { said: known, first_item: ItemId(1) };
    assert_eq!(heard.0.take_acts(), [Act::Order(takes_over)]);
}

#[test]
fn both_answers_share_a_turn_whoever_hears_its_end_first() {
    let mut heard = Heard::new();
    heard.unheard(1_000, Fact::SpeechStarted);
    heard.given(1_040, Fact::SpeechStarted);
    heard.unheard(2_000, STOPPED);
    // The shadow answers before the call's assistant has detected the end.
    heard.unheard(2_100, began(1, None));
    heard.given(2_200, STOPPED);
    heard.unheard(2_300, words("Open?"));
    heard.given(2_900, began(4, None));
    // Words may arrive after the beginning of the answer to them.
    heard.given(3_000, words("When do you open?"));
    heard.unheard(3_100, complete(1, "From nine to five."));
    heard.given(3_200, complete(4, "At nine."));
    heard.given(8_000, Fact::SpeechStarted);
    heard.unheard(8_050, Fact::SpeechStarted);
    heard.given(9_000, STOPPED);
    heard.unheard(9_000, STOPPED);
    heard.given(9_600, began(5, None));
    heard.given(9_700, complete(5, "Yes."));
    let turns = heard.turns();
    assert_eq!(turns.len(), 2);
    assert_eq!((&turns[0].said[..], &turns[0].understood[..]), ("When do you open?", "Open?"));
    assert_eq!((&turns[0].given.text[..], turns[0].given.after_ms), ("At nine.", Some(700)));
    assert_eq!((&turns[0].unheard.text[..], turns[0].unheard.after_ms), ("From nine to five.", Some(0)));
    assert_eq!((&turns[1].given.text[..], turns[1].given.after_ms), ("Yes.", Some(600)));
    assert_eq!((&turns[1].unheard.text[..], turns[1].unheard.after_ms), ("", None), "it has not answered");
}

#[test]
fn a_pause_in_what_the_caller_says_begins_no_turn() {
    let mut heard = Heard::new();
    for at in [1_000, 3_000] {
        heard.given(at, Fact::SpeechStarted);
        heard.given(at + 900, STOPPED);
        heard.given(at + 950, words("and"));
    }
    heard.given(4_500, began(1, None));
    heard.given(4_600, complete(1, "Yes."));
    let turns = heard.turns();
    assert_eq!(turns.len(), 1);
    assert_eq!((&turns[0].said[..], turns[0].given.after_ms), ("and and", Some(600)));
}

#[test]
fn a_line_of_the_call_is_no_answer() {
    let mut heard = Heard::new();
    heard.given(1_000, Fact::SpeechStarted);
    heard.given(1_900, STOPPED);
    heard.given(2_000, began(1, Some(Line::OneMoment)));
    heard.given(2_100, complete(1, "One moment."));
    heard.unheard(2_000, began(1, Some(Line::OneMoment)));
    heard.unheard(2_100, complete(1, "One moment."));
    let mut turns = heard.turns();
    assert!(turns.is_empty(), "{:?}", turns.pop());
}

#[test]
fn it_learns_what_callers_heard_when_they_speak_next() {
    let mut heard = Heard::new();
    heard.given(1_000, Fact::SpeechStarted);
    heard.given(1_900, STOPPED);
    heard.unheard(2_500, began(1, None));
    heard.answers(2_500, 4, "We open at nine.", 500, PlayedEnd::Cleared);
    assert!(messages(&heard.0.take_acts()).is_empty(), "the message would cancel its present answer");
    heard.given(3_000, Fact::SpeechStarted);
    let acts = heard.0.take_acts();
    let [what] = messages(&acts)[..] else { panic!("{acts:?}") };
    assert!(what.contains("\"We open\""), "only what was heard: {what}");
    heard.given(3_100, Fact::SpeechStarted);
    assert!(messages(&heard.0.take_acts()).is_empty(), "sent twice");
}

#[test]
fn its_answer_is_cut_where_the_caller_would_interrupt() {
    let mut heard = Heard::new();
    heard.unheard(1_000, Fact::SpeechStarted);
    heard.unheard(1_900, STOPPED);
    heard.unheard(2_000, began(1, None));
    heard.unheard(2_750, Fact::SpeechStarted);
    let (item, end) = (ItemId(1), PlayedEnd::Cleared);
    let cut = Act::Order(AssistantOrder::Heard { item, heard_ms: 750, end });
    assert_eq!(heard.0.take_acts(), [cut]);
    heard.unheard(2_760, complete(1, "We open"));
    assert_eq!(heard.turns()[0].unheard.text, "We open");
}

#[test]
fn tools_are_answered_but_endless_requests_end_the_shadow() {
    let mut heard = Heard::new();
    heard.unheard(1_000, Fact::SpeechStarted);
    heard.unheard(2_000, tool("transfer_call"));
    let acts = heard.0.take_acts();
    let [Act::Order(AssistantOrder::ToolResult { outcome: ToolOutcome::Done { note, .. }, .. })] = &acts[..]
    else {
        panic!("{acts:?}")
    };
    assert!(note.contains("nothing was carried out"), "{note}");
    for _ in 0..SHADOW_TOOL_CALLS_MAX {
        heard.unheard(2_000, tool("transfer_call"));
    }
    assert_eq!(heard.0.take_acts().last(), Some(&Act::End));
    heard.unheard(3_000, tool("transfer_call"));
    assert!(heard.0.take_acts().is_empty(), "the shadow was released");
}

#[test]
fn turns_after_the_last_kept_one_change_nothing() {
    let mut heard = Heard::new();
    for turn in 0..SHADOW_TURNS_MAX + 2 * SHADOW_TOOL_CALLS_MAX {
        let number = u64::try_from(turn).unwrap() + 1;
        let at = i64::try_from(number).unwrap() * 10_000;
        heard.unheard(at, Fact::SpeechStarted);
        heard.unheard(at + 900, STOPPED);
        heard.unheard(at + 950, words("Open?"));
        heard.unheard(at + 1_000, tool("transfer_call"));
        heard.unheard(at + 1_100, began(number, None));
        heard.unheard(at + 1_200, complete(number, "At nine."));
    }
    assert!(!heard.0.take_acts().contains(&Act::End), "each turn has one tool");
    let turns = heard.turns();
    assert_eq!(turns.len(), SHADOW_TURNS_MAX);
    let last = turns.last().unwrap();
    assert_eq!((&last.understood[..], &last.unheard.text[..]), ("Open?", "At nine."));
    assert_eq!(last.unheard.tools.len(), 1);
}

#[test]
fn it_ignores_orders_about_what_the_caller_hears() {
    let mut heard = Heard::new();
    let ordered = [
        AssistantOrder::Say(Line::StillThere),
        AssistantOrder::SayText("Hello.".to_owned()),
        AssistantOrder::GoOn,
        AssistantOrder::Resync,
        AssistantOrder::Stop,
        AssistantOrder::ToolResult { tool_call: "call_9".to_owned(), outcome: ToolOutcome::done("Done.") },
    ];
    for order in ordered {
        heard.0.ordered(order, UnixMs(1_000));
    }
    assert!(heard.0.take_acts().is_empty());
    let hold = AssistantOrder::Happened("the caller is on hold".to_owned());
    heard.0.ordered(hold.clone(), UnixMs(1_000));
    assert_eq!(heard.0.take_acts(), [Act::Order(hold)]);
    let typed = AssistantOrder::CallerTyped("When do you open?".to_owned());
    heard.0.ordered(typed.clone(), UnixMs(2_000));
    assert_eq!(heard.0.take_acts(), [Act::Order(typed)]);
    assert_eq!(heard.turns()[0].said, "When do you open?");
}
