//! A session does not last as long as a call may.

use std::time::Duration;

use cordboard_test_support::openai::{Answer, Door, Script, Trouble, Words};

use crate::ears::{behind, has_tone};
use crate::stage::{LIMIT, Stage, Talk, ms};

/// A session is left two minutes before its end: so this one is left three seconds after its start.
const EXPIRES_IN: Duration = Duration::from_secs(123);

fn script(door: Door) -> Script {
    Script::new()
        .door(door)
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(Answer::say("At nine.", 700.0, ms(600)))
        .turn(Answer::say("At five.", 600.0, ms(600)))
        .greeting(Answer::say("Nobody asked for this.", 1300.0, ms(600)))
}

/// The conversation goes on, with all that was said, and without a new greeting.
#[track_caller]
fn assert_rolled_over(stage: &Stage, talk: &Talk<'_>) {
    let greeted = talk.wait_tone_end(1000.0);
    stage.provider.wait_server(1, "session.updated", 1, LIMIT).unwrap();
    stage.provider.wait(0, "the end of the old session", LIMIT, |of| of.ended.clone()).unwrap();
    let parts = ["Good day.", "When do you open?", "At nine."];
    let told = stage.provider.wait(1, "the conversation in the new session", LIMIT, |connection| {
        let remembered = connection.conversation.lines().join("\n");
        parts.iter().all(|part| remembered.contains(part)).then_some(())
    });
    told.unwrap_or_else(|late| panic!("{late}: {:?}", stage.connection(1).conversation.lines()));
    talk.ask(600.0);
    let heard = talk.heard();
    assert!(!has_tone(&behind(&heard, greeted.end), 1000.0), "the caller was greeted again");
    assert!(!has_tone(&heard, 1300.0), "something was said that nobody had asked for");
    assert_eq!(stage.provider.connection_count(), 2);
    assert_eq!(talk.events_of("assistant_replaced").len(), 0);
}

#[test]
fn a_session_is_rolled_over_between_turns_before_it_expires() {
    let stage = Stage::open(script(Door::Open { expires_in: Some(EXPIRES_IN) }));
    let talk = stage.call();
    talk.wait_tone_end(1000.0);
    talk.ask(700.0);
    talk.wait_tone_end(700.0);
    assert_rolled_over(&stage, &talk);
    // It was nobody's failure.
    assert_eq!(talk.events_of("assistant_interrupted").len(), 0);
    // The new one stood before the old one was left: nothing of the caller was lost.
    let updated_at = stage.connection(1).from_server("session.updated").next().unwrap().at;
    let (left_at, _) = stage.connection(0).ended.unwrap();
    assert!(left_at >= updated_at);
    talk.hang_up();
    stage.close();
}

#[test]
fn a_session_is_not_left_in_the_middle_of_an_answer() {
    let long = Answer::say("A long story, which is told to its end.", 700.0, ms(6000));
    let script = Script::new()
        .door(Door::Open { expires_in: Some(EXPIRES_IN) })
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .turn(long);
    let stage = Stage::open(script);
    let talk = stage.call();
    talk.wait_tone_end(1000.0);
    talk.ask(700.0);
    let told = talk.wait_tone_end(700.0);
    assert!(told.length().abs_diff(ms(6000)) <= ms(40), "{told:?}");
    stage.provider.wait_server(1, "session.updated", 1, LIMIT).unwrap();
    let left_at =
        stage.provider.wait(0, "the end of the old session", LIMIT, |of| of.ended.clone()).unwrap().0;
    assert!(talk.place_of(left_at) + ms(60) >= told.end, "it was left while the model was being heard");
    talk.hang_up();
    stage.close();
}

#[test]
fn a_session_that_expires_without_notice_is_made_anew() {
    let stage = Stage::open(script(Door::Open { expires_in: None }));
    let talk = stage.call();
    talk.wait_tone_end(1000.0);
    talk.ask(700.0);
    talk.wait_tone_end(700.0);
    stage.provider.strike(Trouble::Expire);
    assert_rolled_over(&stage, &talk);
    talk.hang_up();
    stage.close();
}
