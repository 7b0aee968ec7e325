//! Sound while the caller waits.

use cordboard_actors::messages::Attention;
use cordboard_schema::event::PlayedEnd;
use cordboard_schema::line::Line;

use crate::stage::{Stage, plan};

#[test]
fn before_the_provider_was_ever_there_it_rings() {
    let mut stage = Stage::dialing(plan());
    stage.does(&["connect 1"]);
    stage.after(1_190);
    stage.does(&[]);
    stage.after(300);
    stage.does(&["begin 1", "speak 400 ms"]);
    stage.connect(None);
    stage.say(Line::Greeting);
    // The provider is there: no more ringing.
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

#[test]
fn who_waits_for_an_answer_hears_a_voice_and_then_a_tone_until_it_comes() {
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

#[test]
fn the_voice_comes_once_a_turn() {
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
fn nobody_is_comforted_who_waits_for_nothing() {
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
