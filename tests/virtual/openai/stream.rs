//! Odd messages over a good connection.

use cordboard_test_support::openai::{Answer, Pace, Script, Trouble, Words};

use super::stage::{Stage, ms};
use crate::suites::voice;
use crate::world::virtually;

fn script() -> Script {
    Script::new().greeting(Answer::say("Hello.", 1000.0, ms(600)))
}

#[test]
fn garbage_is_ignored() {
    virtually(async || {
        let all = [Trouble::UnknownEvents, Trouble::MalformedJson, Trouble::Binary];
        voice::passes_over::<Stage>(all).await;
    });
}

#[test]
fn unknown_events_and_members_are_ignored() {
    virtually(async || {
        let stage =
            Stage::open(script().with_strangers().turn(Answer::say("At nine.", 700.0, ms(1500)))).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let heard = talk.wait_tone_end(700.0).await.length();
        assert_eq!(heard, ms(1500));
        assert_eq!(stage.provider.connection_count(), 1);
        assert_eq!(talk.events_of("assistant_interrupted").await.len(), 0);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn overlapping_answers_are_heard_one_after_the_other() {
    virtually(async || {
        let second = Answer::say("And I say this.", 600.0, ms(1000)).paced(Pace::Burst);
        let first = Answer::say("I say that.", 700.0, ms(2000)).paced(Pace::Times(1.5));
        let stage =
            Stage::open(script().turn(first.until(ms(600), Trouble::Overlap(Box::new(second))))).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let (first, second) = (talk.wait_tone_end(700.0).await, talk.wait_tone_end(600.0).await);
        assert!(second.start >= first.end, "{first:?}, {second:?}");
        assert_eq!((first.length(), second.length()), (ms(2000), ms(1000)));
        let transcript = talk
            .wait("both lines", async || Some(talk.transcript().await).filter(|lines| lines.len() >= 3))
            .await;
        let said: Vec<&String> = transcript.iter().filter(|line| line.starts_with("assistant: ")).collect();
        assert_eq!(said[1..], ["assistant: I say that.", "assistant: And I say this."]);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn words_recognized_late_are_listed_before_their_answer() {
    virtually(async || {
        let script = script().words(Words::Heard("When do you open?".to_owned(), ms(700))).turn(Answer::say(
            "At nine.",
            700.0,
            ms(1500),
        ));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        let lines = talk
            .wait("three lines", async || Some(talk.transcript().await).filter(|lines| lines.len() >= 3))
            .await;
        assert_eq!(lines, ["assistant: Hello.", "caller: When do you open?", "assistant: At nine."]);
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn unrecognized_speech_is_recorded_as_speech() {
    virtually(async || {
        let script = script().words(Words::Failed).turn(Answer::say("Pardon?", 700.0, ms(800)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        let line = talk
            .wait("the caller's line", async || {
                talk.transcript().await.into_iter().find(|line| line.starts_with("caller: "))
            })
            .await;
        assert!(line.starts_with("caller: (speech, "), "{line}");
        talk.hang_up().await;
        stage.close().await;
    });
}

#[test]
fn a_transcription_that_never_comes_holds_nothing_up() {
    virtually(async || {
        let script = script()
            .words(Words::Never)
            .turn(Answer::say("Pardon?", 700.0, ms(600)))
            .turn(Answer::say("Yes.", 600.0, ms(500)));
        let stage = Stage::open(script).await;
        let talk = stage.call().await;
        talk.wait_tone_end(1000.0).await;
        talk.ask(700.0).await;
        talk.wait_tone_end(700.0).await;
        talk.ask(600.0).await;
        let row = talk.hang_up().await;
        assert_eq!(row["hangup_by"], "caller");
        talk.wait("the answer in the transcript", async || {
            talk.transcript().await.contains(&"assistant: Pardon?".to_owned()).then_some(())
        })
        .await;
        stage.close().await;
    });
}
