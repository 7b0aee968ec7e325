//! The streaming recognition is lost in the middle of a call: only it is reconnected, and nothing that the caller says is lost.

use std::time::Duration;

use cordboard_test_support::audio::{babble, silence};
use cordboard_test_support::cascade::Manners;
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble, Words};
use tokio::time::sleep;

use super::stage::{KEYS, Stage};
use crate::openai::ears::{has_tone, tone_length};
use crate::openai::stage::{RATE, ms};
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

const QUESTION: &str = "When do you open?";

fn script() -> Script {
    Script::new()
        .greeting(Answer::say("Good day.", 1000.0, ms(600)))
        .words(Words::Heard(QUESTION.to_owned(), ms(50)))
        .turn(Answer::say("We open at nine.", 700.0, ms(800)))
}

async fn opened(script: Script) -> Stage {
    Stage::of(Manners::new(KEYS), script, &[]).await
}

fn refused() -> Door {
    Door::Refuse { status: 503, code: "SERVICE_UNAVAILABLE".to_owned(), retry_after_s: None }
}

/// No call recorded that its assistant was gone.
async fn assert_unnoticed(stage: &Stage, talk: &crate::openai::stage::Talk<'_>) {
    assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
    assert_eq!(talk.events_of("assistant_failed").await.len(), 0);
    assert_eq!(stage.world().open_of("provider_connections").await, Some(1));
}

#[test]
fn a_loss_between_two_turns_goes_unnoticed() {
    for trouble in [Trouble::Abort, Trouble::Close(1011), Trouble::Close(1012), Trouble::Expire] {
        virtually(async || {
            let stage = opened(script()).await;
            let talk = stage.caller().await;
            talk.wait_tone_end(1000.0).await;
            stage.provider.strike(trouble.clone());
            sleep(ms(400)).await;
            assert_eq!(stage.connections(), 2);
            talk.ask(700.0).await;
            assert_unnoticed(&stage, &talk).await;
            talk.hang_up().await;
            stage.world().balanced().await;
            stage.closed().await;
        });
    }
}

#[test]
fn a_loss_during_an_answer_leaves_it_whole() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Once upon a time.", 1000.0, ms(4_000)).paced(Pace::Times(1.2)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = opened(script).await;
        let talk = stage.caller().await;
        talk.wait_tone_for(1000.0, ms(1_000)).await;
        stage.provider.strike(Trouble::Abort);
        talk.wait_tone_end(1000.0).await;
        assert_eq!(tone_length(&talk.heard(), 1000.0), ms(4_000));
        talk.ask(700.0).await;
        assert_unnoticed(&stage, &talk).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// The next stream hears the words before the loss, and in the gap.
#[test]
fn a_stream_lost_mid_sentence_loses_no_words() {
    virtually(async || {
        // The first words are lost with the stream.
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Never)
            .words(Words::Heard(QUESTION.to_owned(), ms(50)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = opened(script).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.rewrite(
            Script::new()
                .words(Words::Never)
                .words(Words::Heard(QUESTION.to_owned(), ms(50)))
                .turn(Answer::say("We open at nine.", 700.0, ms(800)))
                .door(refused())
                .door(refused()),
        );
        talk.caller.say(&babble(7, ms(1_500), RATE));
        sleep(ms(700)).await;
        let before = stage.provider.connection(0).unwrap().audio.len();
        stage.provider.strike(Trouble::Abort);
        talk.caller.say(&silence(ms(1_500), RATE));
        talk.wait_tone_end(700.0).await;
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        assert_eq!(talk.transcript().await[1], format!("caller: {QUESTION}"));
        assert_unnoticed(&stage, &talk).await;
        assert_eq!(stage.connections(), 2);
        let again = stage.provider.connection(1).unwrap().audio.len();
        assert!(again > before, "{again} pieces, and {before} had been heard by the stream that was lost");
        talk.hang_up().await;
        stage.closed().await;
    });
}

/// It is gone for so long that the words from before would have been answered meanwhile.
#[test]
fn words_around_a_long_gap_are_one_turn() {
    virtually(async || {
        let script = Script::new()
            .door(Door::Open { expires_in: None })
            .door(refused())
            .door(refused())
            .door(refused())
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("I have a question".to_owned(), ms(50)))
            // These words are lost with the stream, and the next one hears them.
            .words(Words::Never)
            .words(Words::Heard("about your hours.".to_owned(), ms(50)))
            // A guess, during which they go on speaking.
            .turn(Answer::say("Which one?", 600.0, ms(900)).delayed(ms(5_000)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = opened(script).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        // The words are known; the pause is too short to end a turn.
        talk.caller.say(&silence(ms(460), RATE));
        talk.said().await;
        talk.caller.say(&babble(7, ms(1_500), RATE));
        sleep(ms(900)).await;
        stage.provider.strike(Trouble::Abort);
        talk.caller.say(&silence(ms(3_000), RATE));
        talk.wait_tone_end(700.0).await;
        talk.said().await;
        let said = [
            "assistant: Good day.",
            "caller: I have a question about your hours.",
            "assistant: We open at nine.",
        ];
        talk.wait_written("three lines", async || (talk.transcript().await.len() == 3).then_some(())).await;
        assert_eq!(talk.transcript().await, said);
        assert!(!has_tone(&talk.heard(), 600.0), "the words from before the gap were answered");
        assert_unnoticed(&stage, &talk).await;
        assert_eq!(stage.connections(), 2);
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn several_failed_attempts_count_as_a_failure_of_the_recognition() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .greeting(Answer::say("As I said.", 600.0, ms(800)))
            .turn(Answer::say("Yes?", 700.0, ms(500)));
        let stage = Stage::opened(script, &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        let struck = tokio::time::Instant::now();
        stage.provider.strike(Trouble::Close(1012));
        let interrupted = talk.event("assistant_interrupted").await;
        assert_eq!(interrupted["failure"], "disconnected");
        let reason = interrupted["reason"].as_str().unwrap();
        assert!(reason.starts_with("speech recognition") && reason.contains("4 attempts"), "{reason}");
        let took = struck.elapsed();
        assert!((ms(1_750)..ms(2_500)).contains(&took), "pauses of 0, 250, 500 and 1,000 ms: {took:?}");
        talk.event("assistant_restored").await;
        talk.ask(700.0).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_stalled_stream_is_replaced_and_the_words_are_heard() {
    virtually(async || {
        let script = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard(QUESTION.to_owned(), ms(50)))
            .words(Words::Heard(QUESTION.to_owned(), ms(50)))
            .turn(Answer::say("We open at nine.", 700.0, ms(800)));
        let stage = Stage::of(Manners::new(KEYS), script, &[("cascade.stall_timeout_ms", "2000")]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.strike(Trouble::Hang);
        talk.ask(700.0).await;
        assert_eq!(stage.connections(), 2);
        assert_unnoticed(&stage, &talk).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn two_silent_streams_in_a_row_are_a_failure() {
    virtually(async || {
        let script = script().door(Door::Open { expires_in: None }).door(Door::Silent).greeting(Answer::say(
            "As I said.",
            600.0,
            ms(800),
        ));
        let stage = Stage::of(Manners::new(KEYS), script, &[("cascade.stall_timeout_ms", "2000")]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        stage.provider.strike(Trouble::Hang);
        talk.say_words().await;
        let interrupted = talk.event("assistant_interrupted").await;
        assert_eq!(interrupted["failure"], "stalled");
        assert!(interrupted["reason"].as_str().unwrap().starts_with("speech recognition"), "{interrupted}");
        talk.event("assistant_restored").await;
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_stream_lost_repeatedly_is_not_replaced_forever() {
    virtually(async || {
        let script = Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600))).greeting(Answer::say(
            "As I said.",
            600.0,
            ms(800),
        ));
        let stage = opened(script).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        for _ in 0..5 {
            stage.provider.strike(Trouble::Close(1011));
            sleep(Duration::from_secs(2)).await;
        }
        talk.event("assistant_interrupted").await;
        talk.hang_up().await;
        stage.closed().await;
    });
}
