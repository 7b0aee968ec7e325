//! The connection dies in the middle of a word. Each outcome is seen once here; `failures.rs`, next to the code, tests the outcome of each close.

use cordboard_test_support::openai::{Answer, End, Pace, Script, Trouble, Words};

use super::ears::has_tone;
use super::stage::{Stage, Talk, ms};
use crate::world::virtually;

/// A second into an answer of six, this happens. If the model is asked again, it says another tone.
async fn struck(trouble: Trouble) -> Stage {
    let answer = Answer::say("We open at nine and close at five, but on Sundays we", 700.0, ms(6000));
    let script = Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard("When do you open?".to_owned(), ms(50)))
        .turn(answer.paced(Pace::Times(1.2)).until(ms(1000), trouble))
        .greeting(Answer::say("As I said, at nine.", 600.0, ms(800)))
        .turn(Answer::say("You are welcome.", 1300.0, ms(500)));
    Stage::open(script).await
}

async fn asked(stage: &Stage) -> Talk<'_> {
    let talk = stage.call().await;
    talk.wait_tone_end(1000.0).await;
    talk.ask(700.0).await;
    talk
}

/// The conversation goes on, on another connection.
async fn survived(trouble: Trouble, failure: &str) {
    let stage = struck(trouble).await;
    let talk = asked(&stage).await;
    let before = talk.wait_tone_end(700.0).await;
    let went_on = talk.wait_tone_end(600.0).await;
    let (died_at, _) = stage.provider.wait(0, "the end of the first connection", |of| of.ended.clone()).await;
    assert!(before.length() > ms(500), "nothing of the answer was heard: {before:?}");
    talk.assert_no_dead_air(died_at, went_on.start);

    assert_eq!(stage.provider.connection_count(), 2);
    assert_eq!(talk.event("assistant_interrupted").await["failure"], failure);
    let restored = talk.event("assistant_restored").await;
    assert!(restored["attempts"].as_u64().unwrap() >= 1, "{restored}");
    let remembered = stage.connection(1).conversation.lines().join("\n");
    for part in ["Good day.", "When do you open?", "We open"] {
        assert!(remembered.contains(part), "{part:?} is not in:\n{remembered}");
    }
    // Words that were not heard are not remembered.
    assert!(!remembered.contains("Sundays"), "{remembered}");
    let heard = talk.heard();
    assert!(!has_tone(&super::ears::behind(&heard, before.end), 1000.0), "the caller was greeted again");

    talk.ask(1300.0).await;
    assert_eq!(stage.server.open_of("provider_connections").await, Some(1));
    talk.hang_up().await;
    stage.server.balanced().await;
    stage.close().await;
}

/// No call tries again; the built-in assistant takes over.
async fn replaced(trouble: Trouble) {
    let stage = struck(trouble).await;
    let talk = asked(&stage).await;
    talk.wait_prompt("assistant_away").await;
    let (died_at, end) = stage.provider.wait(0, "the end of the connection", |of| of.ended.clone()).await;
    assert_eq!(end, End::ByScript);
    talk.assert_no_dead_air(died_at, talk.place_of(died_at) + ms(3000));
    assert_eq!(talk.event("assistant_replaced").await["role"], "standby");
    assert_eq!(stage.provider.connection_count(), 1);
    talk.hang_up().await;
    stage.close().await;
}

#[test]
fn closed_with_1011_it_goes_on() {
    virtually(async || {
        survived(Trouble::Close(1011), "provider_error").await;
    });
}

/// No call tries again at once. The built-in assistant takes over, and later the provider comes back.
async fn comes_back_later(trouble: Trouble) {
    let stage = struck(trouble).await;
    let talk = asked(&stage).await;
    talk.event("assistant_replaced").await;
    assert_eq!(stage.provider.connection_count(), 1);
    talk.wait_prompt("assistant_away").await;
    talk.event("assistant_returned").await;
    talk.wait_tone_end(600.0).await;
    assert_eq!(stage.provider.connection_count(), 2);
    talk.hang_up().await;
    stage.close().await;
}

#[test]
fn closed_with_1000_it_comes_back_later() {
    virtually(async || {
        comes_back_later(Trouble::Close(1000)).await;
    });
}

#[test]
fn closed_with_1008_it_stays_lost() {
    virtually(async || {
        replaced(Trouble::Close(1008)).await;
    });
}

#[test]
fn a_provider_that_falls_silent_mid_word_is_reconnected() {
    virtually(async || {
        let stage = struck(Trouble::Hang).await;
        let talk = asked(&stage).await;
        let before = talk.wait_tone_end(700.0).await;
        let went_on = talk.wait_tone_end(600.0).await;
        let silences = super::ears::longest_silence(&talk.heard(), before.end, went_on.start);
        assert!(silences <= super::stage::DEAD_AIR_MAX, "{silences:?}");
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        assert_eq!(stage.provider.connection_count(), 2);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_provider_that_never_answers_a_turn_is_reconnected() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .turn(Answer::never(Trouble::Hang))
            .greeting(Answer::say("Here I am again.", 600.0, ms(800)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        let went_on = talk.wait_tone_end(600.0).await;
        let stopped_at =
            stage.connection(0).from_server("input_audio_buffer.speech_stopped").next().unwrap().at;
        talk.assert_no_dead_air(stopped_at, went_on.start);
        assert_eq!(talk.event("assistant_interrupted").await["failure"], "stalled");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_connection_lost_while_nobody_speaks_is_silently_restored() {
    virtually(async || {
        let stage = struck(Trouble::UnknownEvents).await;
        let talk = stage.call().await;
        let greeted = talk.wait_tone_end(1000.0).await;
        stage.provider.strike(Trouble::Abort);
        stage.provider.wait_server(1, "session.updated", 1).await;
        talk.event("assistant_restored").await;
        // The caller notices nothing of it, and is answered as before.
        talk.ask(700.0).await;
        let heard = talk.heard();
        assert!(!has_tone(&heard, 600.0), "something was said that was not asked for");
        assert!(!has_tone(&super::ears::behind(&heard, greeted.end), 1000.0), "the caller was greeted again");
        talk.hang_up().await;
        stage.close().await;
    });
}
