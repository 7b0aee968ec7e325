//! The caller is in the middle of something when a voice is lost.

use cordboard_test_support::audio::silence;
use cordboard_test_support::openai::{Answer, Script, Words};
use tokio::time::sleep;

use super::stage::{Stage, Who, bridged, speakers};
use crate::openai::ears::{behind, has_tone};
use crate::openai::stage::{RATE, ms};
use crate::world::virtually;

#[test]
fn the_next_voice_answers_what_the_caller_already_asked() {
    virtually(async || {
        // It hears the caller, and is lost before it answers.
        let one = Script::new()
            .greeting(Answer::say("Good day.", 1000.0, ms(600)))
            .words(Words::Heard("When do you open?".to_owned(), ms(50)))
            .turn(Answer::say("At nine.", 700.0, ms(500)).delayed(ms(4000)));
        let other = Script::new().greeting(Answer::say("We open at nine.", 600.0, ms(800)));
        let stage = Stage::of(vec![(Who::OpenAi, one), (Who::Deepgram, other)], &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(300), RATE));
        sleep(ms(900)).await;
        stage.voices[0].leave();
        let gone = stage.voices[0].gone(0).await;
        let answered = talk.wait_tone_end(600.0).await;
        bridged("asked, and lost before the answer", &talk, gone, answered.start);
        assert!(stage.voices[1].remembers(0).contains("When do you open?"));
        talk.hang_up().await;
        stage.closed().await;
    });
}

#[test]
fn a_caller_who_awaits_no_answer_notices_no_change() {
    virtually(async || {
        let one = Script::new().greeting(Answer::say("Good day.", 1000.0, ms(600)));
        let other = Script::new().turn(Answer::say("At nine.", 700.0, ms(500)));
        let stage = Stage::of(vec![(Who::OpenAi, one), (Who::Gemini, other)], &[]).await;
        let talk = stage.caller().await;
        talk.wait_tone_end(1000.0).await;
        sleep(ms(2000)).await;
        stage.voices[0].leave();
        let gone = stage.voices[0].gone(0).await;
        sleep(ms(4000)).await;
        assert_eq!(speakers(&talk).await, ["openai", "gemini"]);
        assert!(!has_tone(&behind(&talk.heard(), talk.place_of(gone)), 1000.0), "greeted again");
        talk.ask(700.0).await;
        talk.hang_up().await;
        stage.closed().await;
    });
}
