//! How long the caller waits for the first sound of an answer, and how much of that is ours: the services take fixed times.

use std::time::Duration;

use cordboard_test_support::audio::babble;
use cordboard_test_support::cascade::Manners;
use cordboard_test_support::openai::{Answer, Script, Words};
use tokio::time::{Instant, sleep};

use super::stage::{KEYS, Stage};
use crate::openai::ears::{behind, tone_span};
use crate::openai::stage::{RATE, ms};
use crate::suites::voice::VoiceStage;
use crate::world::virtually;

/// The number of measured turns.
const TURNS: usize = 24;
/// The silence after which the recognizer has final words.
const ENDPOINTING: Duration = ms(300);
/// The time from there to the words.
const RECOGNIZES: Duration = ms(120);
/// The time from a request to the first word.
const THINKS: Duration = ms(350);
/// The time from a request to the first sound.
const SPEAKS: Duration = ms(150);
/// Cordboard's own share at most: two frames of the telephone, one each way, and a window of voice detection.
const OURS_MAX: Duration = ms(60);

#[test]
fn cordboard_adds_two_frames_to_the_three_services() {
    virtually(async || {
        let mut script = Script::new().greeting(Answer::say("Hello.", 1000.0, ms(500)));
        for _ in 0..TURNS {
            script = script
                .words(Words::Heard("When do you open?".to_owned(), RECOGNIZES))
                .turn(Answer::say("We open at nine.", 700.0, ms(600)));
        }
        let manners = Manners { thinks: THINKS, speaks: SPEAKS, ..Manners::new(KEYS) };
        let stage = Stage::of(manners, script, &[]).await;
        let talk = stage.caller().await;
        let mut from = talk.wait_tone_end(1000.0).await.end;
        let sum = ENDPOINTING + RECOGNIZES + THINKS + SPEAKS;
        let mut waits = Vec::new();
        for turn in 0..TURNS {
            // Not in step with the frames of the telephone, nor with the last turn.
            sleep(ms(700 + 7 * turn as u64)).await;
            let words = babble(7, ms(900), RATE);
            let loud = words.samples.iter().rposition(|sample| sample.unsigned_abs() > 1_000).unwrap_or(0);
            let loud = cordboard_test_support::audio::duration_of(loud, RATE);
            let begun = Instant::now();
            talk.caller.say(&words);
            let answer = talk
                .wait("the answer", async || {
                    let heard = behind(&talk.heard(), from);
                    tone_span(&heard, 700.0).filter(|span| span.end + ms(200) < heard.length())
                })
                .await;
            waits.push((from + answer.start).saturating_sub(talk.place_of((begun + loud).into_std())));
            from += answer.end;
        }
        waits.sort();
        let (p50, p95) = (waits[TURNS / 2], waits[TURNS * 95 / 100]);
        println!("caller's end to first audio: p50 {p50:?}, p95 {p95:?}; the services take {sum:?}");
        let ours = p95.saturating_sub(sum);
        assert!(ours <= OURS_MAX, "p95 {p95:?}, of which {ours:?} are ours");
        talk.hang_up().await;
        stage.closed().await;
    });
}
