//! Sound while the caller waits.

use cordboard_actors::assistant::openai::session::Plan;
use cordboard_actors::messages::Attention;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::line::Line;
use serde_json::json;

use crate::stage::{Stage, plan};

#[test]
fn callers_hear_ringing_before_the_first_connection() {
    let mut stage = Stage::dialing(plan());
    stage.does(&["connect 1"]);
    stage.after(790);
    stage.does(&[]);
    stage.after(300);
    stage.does(&["begin 1", "speak 400 ms"]);
    stage.connect(None);
    stage.say(Line::Greeting);
    // The provider is connected: no more ringing.
    stage.does(&[
        "-> session.update whole",
        "hear on 1 as Pcmu",
        "ready",
        "complete \"\"",
        "-> response.create cb_2 greeting",
    ]);
    stage.created("r1", Some("cb_2"));
    stage.audio("r1", "a1", 20, "Hello.");
    stage.does(&["begin 2 Greeting", "speak 20 ms"]);
}

/// A provider that is connected and does not greet is as silent as one that is not there. No voice asks for a moment before the greeting.
#[test]
fn a_late_greeting_is_preceded_by_ringing() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.created("r1", Some("cb_2"));
    stage.acts();
    stage.after(799);
    stage.does(&[]);
    stage.after(1_201);
    let acts = stage.acts();
    assert!(acts[0] == "begin 1" && acts[1..].iter().all(|act| act.starts_with("speak ")), "{acts:?}");
    stage.audio("r1", "a1", 20, "Hello.");
    stage.does(&["complete \"\"", "begin 2 Greeting", "speak 20 ms"]);
}

/// The assistant is ready while the phone of a called person still rings. They wait no longer than others.
#[test]
fn a_called_persons_late_greeting_is_preceded_by_ringing() {
    let mut stage = Stage::ready();
    stage.after(10_000);
    stage.does(&[]);
    stage.say(Line::Greeting);
    stage.created("r1", Some("cb_2"));
    stage.acts();
    stage.after(799);
    stage.does(&[]);
    stage.after(1);
    let acts = stage.acts();
    assert!(acts[0] == "begin 1" && acts[1..].iter().all(|act| act.starts_with("speak ")), "{acts:?}");
    stage.audio("r1", "a1", 20, "Hello.");
    stage.does(&["complete \"\"", "begin 2 Greeting", "speak 20 ms"]);
}

/// The time counts from the answer, not from the beginning of the next voice.
#[test]
fn callers_hear_ringing_at_once_though_the_first_voice_failed() {
    let mut stage = Stage::dialing(Plan { waited_ms: 500, ..plan() });
    stage.does(&["connect 1"]);
    stage.after(299);
    stage.does(&[]);
    stage.after(1);
    stage.does(&["begin 1", "speak 100 ms"]);
}

#[test]
fn a_waiting_caller_hears_voice_then_tone_until_the_answer() {
    let mut stage = Stage::ready();
    stage.caller_speaks("u1", 600);
    stage.transcribed("u1", "When?");
    stage.created("r1", None);
    stage.acts();
    stage.after(1_199);
    stage.does(&[]);
    stage.after(1);
    stage.does(&["begin 1 OneMoment", "play OneMoment", "complete \"One moment, please.\""]);
    stage.after(1_240 + 1_199);
    stage.does(&[]);
    stage.after(1);
    let begun = stage.acts();
    assert_eq!(begun[0], "begin 2");
    stage.audio("r1", "a1", 20, "At nine.");
    stage.does(&["complete \"\"", "begin 3", "speak 20 ms"]);
    stage.after(900);
    stage.does(&[]);
}

/// No shipped recording says it in the profile's language; a tone has no language.
#[test]
fn callers_whose_language_has_no_recording_hear_only_a_tone() {
    let mut stage = Stage::dialing(Plan { one_moment: None, ..plan() });
    stage.connect(None);
    stage.caller_speaks("u1", 600);
    stage.transcribed("u1", "Wann?");
    stage.created("r1", None);
    stage.acts();
    stage.after(1_199);
    stage.does(&[]);
    stage.after(1);
    let begun = stage.acts();
    assert!(begun[0] == "begin 1" && begun[1].starts_with("speak "), "{begun:?}");
}

/// The call plays music to a caller for whom people are rung, so there is no tone.
#[test]
fn callers_waiting_for_a_person_hear_words_but_no_tone() {
    for (tool, hears_tone) in
        [("request_handoff", false), ("escalate_to_human", false), ("create_lead", true)]
    {
        let mut stage = Stage::ready();
        stage.caller_speaks("u1", 600);
        stage.transcribed("u1", "A person, please.");
        stage.created("r1", None);
        let call =
            json!({ "id": "f1", "type": "function_call", "call_id": "c1", "name": tool, "arguments": "{}" });
        stage.done("r1", "completed", json!([call]));
        stage.acts();
        stage.after(60_000);
        let acts = stage.acts();
        assert!(acts.iter().any(|act| act.contains("OneMoment")), "{tool}: {acts:?}");
        assert_eq!(acts.iter().any(|act| act.starts_with("speak")), hears_tone, "{tool}: {acts:?}");
    }
}

#[test]
fn the_voice_is_heard_once_per_turn() {
    let mut stage = Stage::ready();
    for (turn, voice) in [("u1", 1), ("u2", 1)] {
        stage.caller_speaks(turn, 600);
        stage.created(&format!("r{turn}"), None);
        stage.after(1_300);
        let acts = stage.acts();
        assert_eq!(acts.iter().filter(|act| act.contains("OneMoment")).count(), 2 * voice, "{acts:?}");
    }
}

#[test]
fn callers_who_wait_for_nothing_hear_nothing() {
    let mut stage = Stage::ready();
    stage.say(Line::Greeting);
    stage.acts();
    stage.answer("r1", Some("cb_2"), "a1", 400, "Hello.");
    stage.heard(1, 400, PlayedEnd::Finished);
    stage.acts();
    stage.after(60_000);
    stage.does(&[]);
    stage.attend(Attention::Listen);
    stage.caller_speaks("u1", 600);
    stage.transcribed("u1", "My message.");
    stage.acts();
    stage.after(60_000);
    stage.does(&[]);
}
