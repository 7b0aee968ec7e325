//! Events in any order: utterances follow one another, one answer is requested at a time, and the session never asks
//! for a deadline in the past.

use cordboard_actors::assistant::openai::session::{Act, LinkId, Retry};
use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::line::Line;
use cordboard_schema::provider::ProviderFailure;
use cordboard_schema::tool::ToolOutcome;
use cordboard_schema::wire::openai::ClientEvent;
use proptest::prelude::*;
use serde_json::json;

use crate::stage::{Stage, plan, session};

/// One event; the numbers select answers, items, turns and links.
#[derive(Clone, Debug)]
enum Happening {
    Connected,
    Created(bool),
    Updated(bool),
    Lost(bool),
    Say(bool),
    SayText,
    Attend(bool),
    Heard(u64, u64, bool),
    ToolResult(u8),
    Passes(u64),
    AnswerCreated(u8, bool),
    Audio(u8, u8, usize),
    ItemDone(u8, u8),
    AnswerDone(u8, u8, bool),
    SpeechStarted(u8),
    SpeechStopped(u8),
    Transcribed(u8, bool),
    Error(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    let answer = || 0..4_u8;
    prop_oneof![
        2 => Just(Connected),
        3 => any::<bool>().prop_map(Created),
        3 => any::<bool>().prop_map(Updated),
        1 => prop::bool::weighted(0.05).prop_map(Lost),
        2 => any::<bool>().prop_map(Say),
        1 => Just(SayText),
        2 => any::<bool>().prop_map(Attend),
        4 => (1..12_u64, 0..3_000_u64, any::<bool>()).prop_map(|(item, ms, end)| Heard(item, ms, end)),
        2 => answer().prop_map(ToolResult),
        4 => prop_oneof![0..50_u64, 0..2_000_u64].prop_map(Passes),
        6 => (answer(), any::<bool>()).prop_map(|(answer, tagged)| AnswerCreated(answer, tagged)),
        8 => (answer(), answer(), 0..600_usize).prop_map(|(answer, item, ms)| Audio(answer, item, ms)),
        4 => (answer(), answer()).prop_map(|(answer, item)| ItemDone(answer, item)),
        4 => (answer(), 0..4_u8, any::<bool>()).prop_map(|(answer, status, calls)| AnswerDone(answer, status, calls)),
        3 => answer().prop_map(SpeechStarted),
        3 => answer().prop_map(SpeechStopped),
        2 => (answer(), any::<bool>()).prop_map(|(turn, words)| Transcribed(turn, words)),
        1 => (0..5_u8).prop_map(Error),
    ]
}

fn happen(stage: &mut Stage, tag: &str, happening: &Happening) {
    let id = |kind: &str, number: &u8| format!("{kind}{number}");
    match happening {
        Happening::Connected => stage.session.connected(stage.link, stage.now),
        Happening::Created(expires) => {
            let expires_at = expires.then_some(stage.now.0 / 1_000 + 130);
            stage.server(session("session.created", "audio/pcm", expires_at));
        }
        Happening::Updated(pcm) => {
            stage.server(session("session.updated", if *pcm { "audio/pcm" } else { "audio/pcmu" }, None));
        }
        Happening::Lost(for_good) => {
            let retry = if *for_good { Retry::Never } else { Retry::Soon };
            stage.lost(ProviderFailure::Disconnected, retry);
        }
        Happening::Say(intro) => stage.say(if *intro { Line::MessageIntro } else { Line::Goodbye }),
        Happening::SayText => stage.order(AssistantOrder::SayText("Hello.".to_owned())),
        Happening::Attend(listen) => {
            stage.attend(if *listen { Attention::Listen } else { Attention::Converse });
        }
        Happening::Heard(item, ms, finished) => {
            stage.heard(*item, *ms, if *finished { PlayedEnd::Finished } else { PlayedEnd::Cleared });
        }
        Happening::ToolResult(call) => {
            let outcome = ToolOutcome::TimedOut;
            stage.order(AssistantOrder::ToolResult { tool_call: id("c", call), outcome });
        }
        Happening::Passes(ms) => stage.now = stage.now + *ms,
        Happening::AnswerCreated(answer, tagged) => {
            stage.created(&id("r", answer), tagged.then_some(tag));
        }
        Happening::Audio(answer, item, ms) => {
            stage.audio(&id("r", answer), &id("a", item), *ms, "some words");
        }
        Happening::ItemDone(answer, item) => stage.item_done(&id("r", answer), &id("a", item), "some words"),
        Happening::AnswerDone(answer, status, calls) => {
            let status = ["completed", "cancelled", "incomplete", "failed"][usize::from(*status)];
            let call = json!([{ "type": "function_call", "call_id": id("c", answer), "name": "x",
                "arguments": "{}" }]);
            stage.done(&id("r", answer), status, if *calls { call } else { json!([]) });
        }
        Happening::SpeechStarted(turn) => stage.server(json!({ "type": "input_audio_buffer.speech_started",
            "item_id": id("u", turn), "audio_start_ms": 1 })),
        Happening::SpeechStopped(turn) => stage.server(json!({ "type": "input_audio_buffer.speech_stopped",
            "item_id": id("u", turn), "audio_end_ms": 9 })),
        Happening::Transcribed(turn, words) => {
            stage.transcribed(&id("u", turn), if *words { "words" } else { "" });
        }
        Happening::Error(code) => {
            let codes = [
                "internal_error",
                "session_expired",
                "invalid_value",
                "response_cancel_not_active",
                "conversation_already_has_active_response",
            ];
            stage.error(codes[usize::from(*code)], Some(tag));
        }
    }
    stage.session.tick(stage.now);
}

/// Rules for every action of a session.
#[derive(Default)]
struct Rules {
    open: bool,
    items: u64,
    live: Option<LinkId>,
    failed: bool,
    tag: String,
    speaking: bool,
}

impl Rules {
    fn see(&mut self, stage: &mut Stage) -> Result<(), TestCaseError> {
        for act in stage.session.take_acts() {
            prop_assert!(!self.failed, "{act:?} after the end");
            match &act {
                Act::Connect(link) => stage.link = *link,
                Act::Hear(link, _) => self.live = Some(*link),
                Act::Begin { item, .. } => {
                    prop_assert!(!self.open, "an utterance is begun before the last one is complete");
                    self.items += 1;
                    prop_assert_eq!(item.0, self.items);
                    self.open = true;
                }
                Act::Speak(_) | Act::Play(_) => prop_assert!(self.open, "{act:?} of nothing"),
                Act::Complete(_) => {
                    prop_assert!(self.open, "nothing is completed");
                    self.open = false;
                }
                Act::SpeechStarted => {
                    prop_assert!(!self.speaking);
                    self.speaking = true;
                }
                Act::SpeechStopped(_) => {
                    prop_assert!(self.speaking);
                    self.speaking = false;
                }
                Act::Send(link, message) => match &message.event {
                    ClientEvent::ResponseCreate { .. } => {
                        prop_assert_eq!(Some(*link), self.live, "an answer before the session is set up");
                        self.tag = message.event_id.clone();
                    }
                    ClientEvent::ItemTruncate { audio_end_ms, .. } => prop_assert!(*audio_end_ms > 0),
                    _ => {}
                },
                Act::Fail(_) => {
                    prop_assert!(!self.open, "it ends in the middle of an utterance");
                    self.failed = true;
                }
                _ => {}
            }
        }
        let deadline = stage.session.next_deadline();
        prop_assert!(deadline.is_none_or(|at| at > stage.now), "{deadline:?} is due at {:?}", stage.now);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_rules_hold_whatever_happens(
        is_connected in prop::bool::weighted(0.7), happenings in prop::collection::vec(happening(), 1..80),
    ) {
        let mut stage = Stage::dialing(plan());
        let mut rules = Rules::default();
        rules.see(&mut stage)?;
        if is_connected {
            stage.connect(Some(130));
        }
        rules.see(&mut stage)?;
        for happening in &happenings {
            happen(&mut stage, &rules.tag, happening);
            rules.see(&mut stage)?;
        }
    }
}
