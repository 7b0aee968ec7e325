//! A session does not last as long as a call may.

use std::time::Duration;

use cordboard_test_support::openai::{Answer, Door, Script, Trouble, Words};

use super::ears::{behind, has_tone};
use super::stage::{Stage, Talk, ms};
use crate::world::virtually;

/// A session is replaced two minutes before its end: so this one is replaced three seconds after its start.
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

/// The conversation goes on, with everything that was said, and without a new greeting.
async fn assert_rolled_over(stage: &Stage, talk: &Talk<'_>) {
    let greeted = talk.wait_tone_end(1000.0).await;
    stage.provider.wait_server(1, "session.updated", 1).await;
    stage.provider.wait(0, "the end of the old session", |of| of.ended.clone()).await;
    let parts = ["Good day.", "When do you open?", "At nine."];
    stage
        .provider
        .wait(1, "the conversation in the new session", |connection| {
            let remembered = connection.conversation.lines().join("\n");
            parts.iter().all(|part| remembered.contains(part)).then_some(())
        })
        .await;
    talk.ask(600.0).await;
    let heard = talk.heard();
    assert!(!has_tone(&behind(&heard, greeted.end), 1000.0), "the caller was greeted again");
    assert!(!has_tone(&heard, 1300.0), "something was said that was not asked for");
    assert_eq!(stage.provider.connection_count(), 2);
    assert_eq!(talk.events_of("assistant_replaced").await.len(), 0);
}

#[test]
fn a_session_is_rolled_over_between_turns_before_it_expires() {
    virtually(async || {
        let stage = Stage::open(script(Door::Open { expires_in: Some(EXPIRES_IN) })).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        assert_rolled_over(&stage, &talk).await;
        // It counts as nobody's failure.
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        // The new one was up before the old one was left: nothing from the caller was lost.
        let updated_at = stage.connection(1).from_server("session.updated").next().unwrap().at;
        let (left_at, _) = stage.connection(0).ended.unwrap();
        assert!(left_at >= updated_at);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn an_expiring_session_is_not_left_during_an_answer() {
    virtually(async || {
        let long = Answer::say("A long story, which is told to its end.", 700.0, ms(6000));
        let script = Script::new()
            .door(Door::Open { expires_in: Some(EXPIRES_IN) })
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(long);
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let told = talk.wait_tone_end(700.0).await;
        assert_eq!(told.length(), ms(6000));
        stage.provider.wait_server(1, "session.updated", 1).await;
        let left_at = stage.provider.wait(0, "the end of the old session", |of| of.ended.clone()).await.0;
        assert!(talk.place_of(left_at) >= told.end, "it was left while the model was being heard");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_session_that_expires_without_notice_is_replaced() {
    virtually(async || {
        let stage = Stage::open(script(Door::Open { expires_in: None })).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        stage.provider.strike(Trouble::Expire);
        assert_rolled_over(&stage, &talk).await;
        talk.hang_up().await;
        stage.close().await;
    });
}
