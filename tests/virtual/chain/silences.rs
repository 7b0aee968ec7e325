//! How long callers hear nothing where a voice is lost in the middle of a call: over pairs of providers, ways to be lost, and moments.

use std::time::Duration;

use cordboard_test_support::audio::silence;
use cordboard_test_support::openai::{Answer, Door, Pace, Script, Trouble};
use tokio::time::{sleep, timeout};

use super::stage::{Stage, Who, speakers};
use crate::openai::ears::{longest_silence, tone_span};
use crate::openai::stage::{DEAD_AIR_MAX, RATE, ms};
use crate::world::virtually;

const PAIRS: [[Who; 2]; 4] = [
    [Who::OpenAi, Who::Deepgram],
    [Who::OpenAi, Who::Gemini],
    [Who::Deepgram, Who::OpenAi],
    [Who::Gemini, Who::OpenAi],
];

/// The time from the beginning of a call until its caller has heard the greeting.
const GREETED: Duration = Duration::from_millis(1_500);
/// The time from the caller's last word until they wait for the answer.
const ASKED: Duration = Duration::from_millis(900);
/// Within this time a voice is lost, where the plan says so.
const LOST: Duration = Duration::from_secs(20);
/// The time from the loss until the next voice has gone on, in every case.
const GONE_ON: Duration = Duration::from_millis(5_500);

/// How a voice is lost, and how the next one behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// Its connections are reset, and nothing listens there any more.
    Gone,
    /// The same, and the next voice is slow to connect and to answer.
    GoneAndSlow,
    /// Its connection is reset, and the next connection there hears nothing.
    Reset,
    /// Its connection is closed as by an internal error, and the next connection there hears nothing.
    Closed,
}

const LOSSES: [Loss; 4] = [Loss::Gone, Loss::GoneAndSlow, Loss::Reset, Loss::Closed];

impl Loss {
    /// The trouble in its script; `None` where the test makes the provider unreachable.
    fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Gone | Self::GoneAndSlow => None,
            Self::Reset => Some(Trouble::Abort),
            Self::Closed => Some(Trouble::Close(1011)),
        }
    }
}

/// The moments, in ms. At 0 the caller waits for the answer, or has just begun to hear it. Later this much of it was sent, or this much time has
/// passed.
fn moments() -> impl Iterator<Item = u64> {
    let step_ms = if std::env::var_os("CORDBOARD_TEST_FULL").is_some() { 70 } else { 700 };
    (0..7 * 700 / step_ms).map(move |number| number * step_ms)
}

/// The calls of a pair of providers, one after the other.
fn calls() -> Vec<(Loss, u64)> {
    LOSSES.into_iter().flat_map(|loss| moments().map(move |at_ms| (loss, at_ms))).collect()
}

/// The voice that is lost on each call.
fn first() -> Script {
    calls().into_iter().fold(Script::new(), |script, (loss, at_ms)| {
        let answer = Answer::say("We open at nine and close at five, but on Sundays we", 700.0, ms(6_000));
        let answer = answer.paced(Pace::Times(1.2)).delayed(ms(1_200));
        let script =
            script.door(Door::Open { expires_in: None }).greeting(Answer::say("Good day.", 1000.0, ms(600)));
        match loss.trouble() {
            Some(trouble) => script.turn(answer.until(ms(at_ms.max(1)), trouble)).door(Door::Mute),
            None => script.turn(answer),
        }
    })
}

/// The voice that goes on.
fn second() -> Script {
    calls().into_iter().fold(Script::new(), |script, (loss, _)| {
        let answer = Answer::say("As I said, at nine.", 600.0, ms(800));
        match loss {
            Loss::GoneAndSlow => script.door(Door::Slow(ms(1_100))).greeting(answer.delayed(ms(1_700))),
            _ => script.door(Door::Open { expires_in: None }).greeting(answer),
        }
    })
}

/// The silences of a chain whose first voice is lost on each call, and which call each belongs to.
async fn silences([one, other]: [Who; 2], silences: &mut Vec<(Duration, String)>) {
    let stage = Stage::of(vec![(one, first()), (other, second())], &[]).await;
    for (loss, at_ms) in calls() {
        let connection = stage.voices[0].connections();
        let talk = stage.caller().await;
        // The sound that was heard is examined once, at the end, because that costs more than everything else.
        sleep(GREETED).await;
        talk.say_words().await;
        talk.caller.say(&silence(ms(300), RATE));
        if loss.trouble().is_none() {
            sleep(ASKED + ms(at_ms)).await;
            stage.voices[0].leave();
        }
        let what = format!("{} to {}, {loss:?}, at {at_ms} ms", one.name(), other.name());
        let lost = timeout(LOST, stage.voices[0].gone(connection)).await;
        let lost_at = lost.unwrap_or_else(|_| panic!("{what}: it is not lost"));
        sleep(GONE_ON).await;
        let heard = talk.heard();
        let went_on = tone_span(&heard, 600.0).unwrap_or_else(|| panic!("{what}: no voice goes on"));
        let silence = longest_silence(&heard, talk.place_of(lost_at), went_on.start);
        assert_eq!(speakers(&talk).await, [one.name(), other.name()], "{what}");
        println!("{what}: the caller heard nothing for {} ms", silence.as_millis());
        silences.push((silence, what));
        talk.hang_up().await;
        stage.voices[0].come_back_after(ms(100));
        // After three failures within a minute the voice would be skipped.
        sleep(Duration::from_secs(60)).await;
    }
    stage.closed().await;
}

#[test]
fn a_hundred_changes_of_voice_leave_no_silence() {
    let mut all = Vec::new();
    for pair in PAIRS {
        virtually(async || silences(pair, &mut all).await);
    }
    all.sort();
    assert_eq!(all.len(), PAIRS.len() * calls().len());
    let at = |per_mille: usize| all[(all.len() * per_mille).div_ceil(1_000) - 1].0.as_millis();
    println!(
        "{} switches in mid-call: nothing was heard for p50 {} ms, p95 {} ms, p99 {} ms, at most {} ms",
        all.len(),
        at(500),
        at(950),
        at(990),
        at(1_000)
    );
    let (longest, what) = all.last().unwrap();
    assert!(*longest <= DEAD_AIR_MAX, "{longest:?}: {what}");
}
