//! The caller speaks, or presses a key, while something is being said.

use cordboard_actors::messages::{AssistantOrder, Attention};
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::line::Line;
use cordboard_schema::tool::ToolOutcome;
use serde_json::json;

use crate::stage::{Stage, message};

fn speech_started(stage: &mut Stage) {
    let event = json!({ "type": "input_audio_buffer.speech_started", "item_id": "u1", "audio_start_ms": 0 });
    stage.server(event);
}

#[test]
fn unheard_words_are_removed_at_the_server() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 2_000, "We open at nine");
    speech_started(&mut stage);
    stage.heard(1, 340, PlayedEnd::Cleared);
    stage.does(&["begin 1", "speak 2000 ms", "caller speaks", "-> conversation.item.truncate a1 at 340"]);
    // Late audio goes to the headset, which mutes it; further messages are left out.
    stage.audio("r1", "a1", 100, " every day");
    stage.audio("r1", "a2", 100, "And also");
    stage.item_done("r1", "a1", "We open at nine every day");
    stage.does(&["speak 100 ms", "complete \"We open at nine every day\""]);
    stage.done("r1", "cancelled", json!([message("a1", "x"), message("a2", "y")]));
    stage.does(&["-> conversation.item.delete a2"]);
}

#[test]
fn truncation_never_exceeds_the_received_audio() {
    let mut stage = Stage::ready();
    stage.answer("r1", None, "a1", 500, "Yes.");
    speech_started(&mut stage);
    stage.heard(1, 560, PlayedEnd::Cleared);
    let acts = stage.acts();
    assert_eq!(acts.last().unwrap(), "-> conversation.item.truncate a1 at 500");
}

#[test]
fn an_unheard_answer_is_deleted() {
    let mut stage = Stage::ready();
    stage.answer("r1", None, "a1", 500, "Yes.");
    stage.answer("r2", None, "a2", 500, "And no.");
    speech_started(&mut stage);
    stage.acts();
    stage.heard(1, 200, PlayedEnd::Cleared);
    stage.heard(2, 0, PlayedEnd::Cleared);
    stage.heard(2, 0, PlayedEnd::Cleared);
    stage.does(&["-> conversation.item.truncate a1 at 200", "-> conversation.item.delete a2"]);
}

#[test]
fn a_fully_heard_answer_stays() {
    let mut stage = Stage::ready();
    stage.answer("r1", None, "a1", 500, "Yes.");
    stage.heard(1, 500, PlayedEnd::Finished);
    speech_started(&mut stage);
    stage.does(&["begin 1", "speak 500 ms", "complete \"Yes.\"", "caller speaks"]);
}

#[test]
fn a_key_stops_the_answer_the_server_is_making() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    stage.audio("r1", "a1", 2_000, "We open");
    stage.say(Line::UnknownKey);
    stage.heard(1, 100, PlayedEnd::Cleared);
    stage.does(&[
        "begin 1",
        "speak 2000 ms",
        "-> conversation.item.truncate a1 at 100",
        "-> response.cancel r1",
    ]);
    stage.done("r1", "cancelled", json!([]));
    stage.does(&["complete \"We open\"", "-> response.create cb_4 unknown_key"]);
}

#[test]
fn speech_before_the_first_sound_of_an_answer_silences_it() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    speech_started(&mut stage);
    stage.audio("r1", "a1", 100, "Well");
    stage.done("r1", "cancelled", json!([message("a1", "Well")]));
    stage.does(&["caller speaks", "-> conversation.item.delete a1"]);
}

/// The request for it crossed with the caller's first sound: the server cuts only what it is making by then.
#[test]
fn a_tool_answer_begun_while_the_caller_speaks_stays_unheard() {
    let mut stage = Stage::ready();
    stage.created("r1", None);
    let call =
        json!({ "id": "f1", "type": "function_call", "call_id": "c1", "name": "look_up", "arguments": "{}" });
    stage.done("r1", "completed", json!([call]));
    let outcome = ToolOutcome::done("free");
    stage.order(AssistantOrder::ToolResult { tool_call: "c1".to_owned(), outcome });
    assert_eq!(stage.acts().last().unwrap(), "-> response.create cb_3");
    speech_started(&mut stage);
    stage.created("r2", Some("cb_3"));
    stage.does(&["caller speaks", "-> response.cancel r2"]);
    stage.audio("r2", "a2", 100, "It is free.");
    stage.done("r2", "cancelled", json!([message("a2", "It is free.")]));
    stage.does(&["-> conversation.item.delete a2"]);
}

#[test]
fn last_words_are_said_although_the_caller_speaks() {
    let mut stage = Stage::ready();
    stage.attend(Attention::Listen);
    stage.say(Line::Goodbye);
    stage.acts();
    stage.created("r1", Some("cb_3"));
    speech_started(&mut stage);
    stage.audio("r1", "a1", 100, "Goodbye.");
    stage.done("r1", "completed", json!([]));
    stage.does(&["caller speaks", "begin 1 Goodbye", "speak 100 ms", "complete \"Goodbye.\""]);
}

/// The server cuts what it is making, and nobody else says these words.
#[test]
fn a_text_cut_before_its_sound_follows_the_callers_answer() {
    let stopped =
        || json!({ "type": "input_audio_buffer.speech_stopped", "item_id": "u1", "audio_end_ms": 600 });
    let mut stage = Stage::ready();
    stage.order(AssistantOrder::SayText("Your table is ready.".to_owned()));
    stage.created("r1", Some("cb_2"));
    speech_started(&mut stage);
    stage.done("r1", "cancelled", json!([]));
    stage.does(&["-> response.create cb_2", "caller speaks"]);
    stage.server(stopped());
    stage.does(&["caller spoke 600 ms"]);
    stage.answer("r2", None, "a2", 20, "Yes?");
    stage.does(&["begin 1", "speak 20 ms", "complete \"Yes?\"", "-> response.create cb_3"]);

    // The answer to the caller takes the place of the first words.
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.created("r1", Some("cb_2"));
    speech_started(&mut stage);
    stage.done("r1", "cancelled", json!([]));
    stage.server(stopped());
    stage.answer("r2", None, "a2", 20, "Hello.");
    stage.does(&[
        "-> response.create cb_2 greeting",
        "caller speaks",
        "caller spoke 600 ms",
        "begin 1",
        "speak 20 ms",
        "complete \"Hello.\"",
    ]);
}

/// Nobody answers the caller now.
#[test]
fn a_cut_text_does_not_wait_when_listening() {
    let mut stage = Stage::ready();
    stage.order(AssistantOrder::SayText("Your table is ready.".to_owned()));
    stage.created("r1", Some("cb_2"));
    speech_started(&mut stage);
    stage.attend(Attention::Listen);
    stage.acts();
    stage.done("r1", "cancelled", json!([]));
    stage.does(&["-> response.create cb_4"]);
}
